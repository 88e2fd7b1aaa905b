/* SPDX-License-Identifier: ISC
 *
 * Reasons: the one table that says of every pidc.v1.Reason its gRPC status, its
 * clause of the policy and its text in English and French. A reason without
 * both texts does not compile into the table's test.
 */
#pragma once

#include "core/error.h"
#include "pidc/v1/reason.pb-c.h"

#include <stdbool.h>

/* What a rule says when it says no. Filled by refuse(), travels to the client
 * as google.rpc.ErrorInfo. */
struct refusal {
	Pidc__V1__Reason reason;
	char field[128];  /* path of the request field at fault, or "" */
	char detail[192]; /* one English sentence with the particulars, or "" */
};

struct reason_info {
	Pidc__V1__Reason reason;
	int grpc_code;      /* enum rpc_code */
	const char *clause; /* of the policy, e.g. "Part IV step 4 (L209)"; "" when technical */
	const char *en;
	const char *fr;
	const char *remedy; /* what the caller can do, English */
	bool is_retryable;
};

/* Never NULL: an unknown reason gives the row of E_INTERNAL. */
const struct reason_info *reason_lookup(Pidc__V1__Reason reason);

/* "E_ROLE", "D_VETO": the enum's name without REASON_. Static storage. */
const char *reason_name(Pidc__V1__Reason reason);

/* By that name; PIDC_V1_REASON_UNSPECIFIED value 0 when unknown. */
Pidc__V1__Reason reason_by_name(const char *name);

/* Fill *refusal. field may be NULL; fmt may be NULL. */
void refusal_set(struct refusal *refusal, Pidc__V1__Reason reason, const char *field,
		 const char *fmt, ...) PIDC_PRINTF(4, 5);

/* As refusal_set, with the value PIDC_EREFUSED, so that a rule can end in
 * `return refuse(…)`. A macro, so that whoever analyses the caller alone sees that
 * it cannot be 0. */
#define refuse(...) (refusal_set(__VA_ARGS__), PIDC_EREFUSED)
