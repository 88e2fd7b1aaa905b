/* SPDX-License-Identifier: ISC
 *
 * What the statements of a consent have to say; in the order in which
 * rule_record_statement asks. Every function is as in rule_check.h.
 */
#pragma once

#include "core/chain.h"
#include "core/rule.h"

/* A grant's longest life (spec: the term of an MoU, or this). */
#define GRANT_MONTHS_MAX 36

/* What one person can look through; more is more than one filter. */
#define REVOKED_CHAINS_MAX 1000

/* What the owner signed is for this register, by an owner that may, and new. */
int check_recordable(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
		     const Pidc__Store__V1__OrgState *owner, bool is_used,
		     struct refusal *refusal) PIDC_MUSTCHECK;

/* Syntax, without any fact. */
int check_statement_syntax(const Pidc__V1__ConsentStatement *st,
			   struct refusal *refusal) PIDC_MUSTCHECK;

/* Kind and parameters of each condition. */
int check_conditions(const Pidc__V1__ConsentStatement *st, struct refusal *refusal) PIDC_MUSTCHECK;

/* The terms of a GRANT or VETO against the facts. */
int check_terms(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
		struct refusal *refusal) PIDC_MUSTCHECK;

/* REVOKE, SUSPEND and RESUME speak of the chain: they carry no terms. */
int check_no_terms(const Pidc__V1__ConsentStatement *st, struct refusal *refusal) PIDC_MUSTCHECK;

/* The guard at writing (W8): a GRANT that a current looser one already covers
 * says ADD or EXCLUSIVE. */
int check_mode(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
	       struct refusal *refusal) PIDC_MUSTCHECK;

/* The request that the statement answers: open, this owner's, and answered to who
 * asked. *ret is UNSPECIFIED when it answers none. */
int check_answer(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
		 Pidc__V1__SharingRequestState *ret, struct refusal *refusal) PIDC_MUSTCHECK;

/* In how many ways a selector selects; 1 is right. */
int data_selector_ways(const Pidc__V1__DataSelector *data);

/* Whether a standing grant gives at least a part of what st would give from from_us on;
 * true where that cannot be told. */
bool grant_may_cover(const struct chain *chain, const Pidc__V1__ConsentStatement *st,
		     int64_t from_us);
/* Whether st gives all that other gives, on no other conditions. */
bool grant_is_as_loose(const Pidc__V1__ConsentStatement *st,
		       const Pidc__V1__ConsentStatement *other);

/* CORRECT gives nothing that the chain's terms do not give. chain has terms. */
int check_correction(const struct rule_input *in, const struct chain *chain,
		     const Pidc__V1__ConsentStatement *st, struct refusal *refusal) PIDC_MUSTCHECK;

/* Whether every action of inner is one of outer. */
bool actions_are_within(const Pidc__V1__ConsentStatement *inner,
			const Pidc__V1__ConsentStatement *outer);

bool statement_has_condition(const Pidc__V1__ConsentStatement *st, Pidc__V1__ConditionKind kind);
