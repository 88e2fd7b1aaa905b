/* SPDX-License-Identifier: ISC
 *
 * Who signed: what an owner decides about its data is signed by keys that are bound to
 * somebody of the owner who may decide. Every check_ is as in rule_check.h.
 */
#pragma once

#include "core/rule.h"

/* The key that signed is in force and belongs to somebody of the owner who may
 * decide. field is what a refusal names. */
int check_signer(const Pidc__Store__V1__PrincipalFacts *signer, const char *owner,
		 const char *field, struct refusal *refusal) PIDC_MUSTCHECK;

/* SD-6: a second signature over the same bytes, of another person: principals are
 * counted, not keys. signer has passed check_signer; approval is not NULL. */
int check_approval(const Pidc__V1__SignedStatement *signed_statement, Pidc__V1__Signature *approval,
		   const Pidc__Store__V1__PrincipalFacts *signer,
		   const Pidc__Store__V1__PrincipalFacts *approver, const char *owner,
		   struct refusal *refusal) PIDC_MUSTCHECK;
