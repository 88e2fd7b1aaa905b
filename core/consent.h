/* SPDX-License-Identifier: ISC
 *
 * Reading what an owner signed. The service needs the statement before the rule
 * runs, to ask the database for the facts: these two steps trust nothing and read
 * no fact; rule_record_statement takes both again.
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"
#include "core/reason.h"
#include "pidc/v1/statement.pb-c.h"

/* Parse the signed bytes strictly and check the syntax of every value: ids are
 * UUIDs, organisations, codes and field names are such, lists are within their
 * limits, enum values are known. 0 with *ret in the arena, PIDC_EREFUSED with
 * E_MALFORMED, E_FIELD or E_UNKNOWN_CODE, or PIDC_ENOMEM. */
int consent_read(const Pidc__V1__SignedStatement *signed_statement, struct arena *arena,
		 Pidc__V1__ConsentStatement **ret, struct refusal *refusal) PIDC_MUSTCHECK;

/* Verify the signature: 0 with the signing key's SPKI digest (the fact "signer" is
 * looked up by it), PIDC_EREFUSED with E_FIELD(signed.signature), or PIDC_ENOMEM. */
int consent_verify(const Pidc__V1__SignedStatement *signed_statement, uint8_t ret_spki[SHA256_LEN],
		   struct refusal *refusal) PIDC_MUSTCHECK;
