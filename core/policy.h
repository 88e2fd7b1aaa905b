/* SPDX-License-Identifier: ISC
 *
 * Policy documents: the table of moves of a version (policy_machine), what its rules
 * share, and when a review is due.
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"
#include "core/machine.h"
#include "core/rule.h"

#include "pidc/store/v1/policy.pb-c.h"
#include "pidc/v1/policy.pb-c.h"
#include "pidc/v1/policy_event.pb-c.h"

/* A review is announced so many days before it is due (DOC-4). */
#define POLICY_REVIEW_NOTICE_DAYS 180

/* States are PolicyState, events PolicyStep. */
extern const struct machine policy_machine;
extern const struct machine_move policy_moves[];

/* What the guards look at; borrowed. */
struct policy_subject {
	const struct rule_input *in;
	const Pidc__Store__V1__PolicyFacts *facts;
	const ProtobufCBinaryData *text_digest; /* VET, PUBLISH: of what somebody holds */
	int64_t closes_us;                      /* OPEN_CONSULTATION */
	const Pidc__V1__Resolution *resolution; /* ADOPT, REJECT: that is being closed */
};

/* PolicyVersion.digest. 0 or PIDC_ENOMEM. */
int policy_digest(const char *code, const Pidc__V1__PolicyVersion *version, struct arena *arena,
		  uint8_t ret[SHA256_LEN]) PIDC_MUSTCHECK;

/* A step of the version of the facts: E_NOT_FOUND, E_VERSION unless expected is its
 * version, what the machine says. The move is in the arena, title and comment set. */
int policy_step(const struct policy_subject *subject, Pidc__V1__PolicyStep step, uint32_t expected,
		const char *comment, Pidc__V1__PolicyMove **ret,
		struct refusal *refusal) PIDC_MUSTCHECK;

/* Set next_review_due and review_state from last_reviewed_at and the version in force,
 * at this instant. 0 or PIDC_ENOMEM. */
int policy_review_derive(Pidc__V1__PolicyDocument *document, int64_t now_us,
			 struct arena *arena) PIDC_MUSTCHECK;

/* Each: the request of the same name, PolicyFacts. */
rule_fn rule_create_policy_version, rule_revise_policy_version, rule_open_policy_consultation,
	rule_give_policy_input, rule_close_policy_consultation, rule_submit_policy_version,
	rule_vet_policy_version, rule_return_policy_version, rule_publish_policy_version,
	rule_conclude_policy_review;
