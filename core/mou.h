/* SPDX-License-Identifier: ISC
 *
 * Memoranda of understanding: the table of moves of one version (mou_machine), what a
 * text has to say, and what the rules share.
 */
#pragma once

#include "core/crypto.h"
#include "core/machine.h"
#include "core/rule.h"

#include "pidc/store/v1/mou.pb-c.h"
#include "pidc/v1/mou.pb-c.h"
#include "pidc/v1/mou_event.pb-c.h"

/* A first signature waits so long for the second (5.3). */
#define MOU_SIGNATURE_MONTHS 6

/* States are MouState, events MouStep. */
extern const struct machine mou_machine;
extern const struct machine_move mou_moves[];

/* What the guards look at; borrowed. */
struct mou_subject {
	const struct rule_input *in;
	const Pidc__Store__V1__MouFacts *facts;
	const Pidc__V1__MouTerms *terms;   /* DRAFT, REVISE: proposed; VET: on record */
	const ProtobufCBinaryData *digest; /* VET, APPROVE, SIGN, END: of what somebody read */
	const Pidc__V1__MouSignatureStatement *statement; /* SIGN */
	const char *reason;                               /* GIVE_NOTICE */
};

/* Mou.digest. 0 or PIDC_ENOMEM. */
int mou_digest(const char *mou_id, const ProtobufCBinaryData *terms, struct arena *arena,
	       ProtobufCBinaryData *ret) PIDC_MUSTCHECK;

/* Step the version of the facts (none: E_NOT_FOUND, but for DRAFT); E_VERSION unless
 * expected is 0 or its version. The move is in the arena; reason is the subject's. */
int mou_step(const struct mou_subject *subject, Pidc__V1__MouStep step, uint32_t expected,
	     Pidc__V1__MouMove **ret, struct refusal *refusal) PIDC_MUSTCHECK;

/* When notice that is given now ends the version: after notice_months, at the end of
 * its term at the latest. 0 or PIDC_ENOMEM. */
int mou_notice_end(const struct mou_subject *subject, Pidc__V1__MouMove *move) PIDC_MUSTCHECK;

/* Whether the first signature on record has lapsed. */
bool mou_signature_lapsed(const Pidc__V1__Mou *mou, int64_t now_us);

/* 20 clauses of all partnerships, 4 of each of its types. */
#define MOU_CLAUSES_MAX  32
#define MOU_OUTCOMES_MAX 64

/* --- the text (mou_terms.c, mou_findings.c)
 * ------------------------------------------------------------ */

/* Every value is one that a text may have; clauses may be missing. As rule_check.h. */
int check_mou_terms(const struct mou_subject *subject, struct refusal *refusal) PIDC_MUSTCHECK;

/* NULL: the text has none. */
const Pidc__V1__MouClause *mou_clause_find(const Pidc__V1__MouTerms *terms,
					   Pidc__V1__MouClauseKind kind,
					   Pidc__V1__PartnershipType type);

/* All that is missing of a partnership of these types: findings in the arena. 0 or
 * PIDC_ENOMEM. */
int mou_findings(const Pidc__V1__MouTerms *terms, const Pidc__V1__PartnershipType *types,
		 size_t type_count, struct arena *arena, Pidc__V1__MouFinding ***ret,
		 size_t *ret_count) PIDC_MUSTCHECK;

/* Parse the terms of a version. 0, PIDC_EINTEGRITY or PIDC_ENOMEM. */
int mou_terms_read(const ProtobufCBinaryData *terms, struct arena *arena,
		   Pidc__V1__MouTerms **ret) PIDC_MUSTCHECK;

/* Pack proposed terms and what the tables need of them. 0, PIDC_EREFUSED (values that we
 * do not know) or PIDC_ENOMEM. */
int mou_content_make(const struct mou_subject *subject, const char *mou_id,
		     Pidc__V1__MouContent **ret, struct refusal *refusal) PIDC_MUSTCHECK;

/* Parse the signed bytes strictly. 0 with *ret in the arena, PIDC_EREFUSED or
 * PIDC_ENOMEM. The service asks for the facts by it; the rule reads it again. */
int mou_signature_read(const Pidc__V1__SignedStatement *signed_statement, struct arena *arena,
		       Pidc__V1__MouSignatureStatement **ret,
		       struct refusal *refusal) PIDC_MUSTCHECK;

/* Each: the request of the same name, MouFacts. */
rule_fn rule_draft_mou, rule_revise_mou, rule_vet_mou, rule_sign_mou, rule_terminate_mou;
