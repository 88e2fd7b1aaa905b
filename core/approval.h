/* SPDX-License-Identifier: ISC
 *
 * Approvals: the owner confirms one release (APPROVE_EACH).
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"
#include "core/rule.h"
#include "pidc/v1/statement.pb-c.h"

/* Approvals of one owner that one recipient may wait for at a time: more are no help to
 * whoever has to decide them. */
#define APPROVALS_PENDING_MAX 100

/* What is asked for, as disclosure.proto defines Approval.request_digest. 0 or
 * PIDC_ENOMEM. */
int approval_digest(const Pidc__Store__V1__DecisionQuery *query, struct arena *arena,
		    uint8_t ret[SHA256_LEN]) PIDC_MUSTCHECK;

/* Make the event that asks the owner to confirm this release: its list is frozen there.
 * Concerns and entity are the caller's. 0 or PIDC_ENOMEM. */
int approval_ask(const struct rule_input *in, const Pidc__Store__V1__ReleaseRequest *request,
		 Pidc__V1__Event *event) PIDC_MUSTCHECK;

/* Parse the signed bytes strictly and check the syntax of every value. 0 with *ret in
 * the arena, PIDC_EREFUSED or PIDC_ENOMEM. The service asks for the facts by it; the rule
 * reads it again. */
int approval_read(const Pidc__V1__SignedStatement *signed_statement, struct arena *arena,
		  Pidc__V1__ApprovalStatement **ret, struct refusal *refusal) PIDC_MUSTCHECK;
