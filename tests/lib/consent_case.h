/* SPDX-License-Identifier: ISC
 *
 * For the tests of recording a statement: an officer of Tuvalu, whose key is bound,
 * records what it has signed; the facts know the names of the story. Tests change
 * what they are about. Memory is the story's.
 */
#pragma once

#include "pidc/v1/consent.pb-c.h"
#include "tests/lib/core_story.h"

struct consent_case {
	struct story s;
	Pidc__V1__RecordStatementRequest request;
	Pidc__Store__V1__ConsentFacts facts; /* room for 8 of the chain and 8 others */
	Pidc__V1__Principal signer;
	Pidc__Store__V1__PrincipalFacts signer_facts;
	Pidc__V1__Role signer_role;
	struct rule_input in;
};

/* Setup and teardown of a group: the officer's key, one for the program. */
int consent_case_key_open(void **state);
int consent_case_key_close(void **state);

void consent_case_open(struct consent_case *c);
void consent_case_close(struct consent_case *c);

/* The request carries these bytes, or this statement, signed. */
void consent_case_sign_bytes(struct consent_case *c, const uint8_t *data, size_t len);
void consent_case_sign(struct consent_case *c, const Pidc__V1__ConsentStatement *st);

/* Sign it and assert what recording it gives. */
void consent_case_expect_recorded(struct consent_case *c, const Pidc__V1__ConsentStatement *st);
/* SD-6: kept for the approver, told to nobody but the owner. */
void consent_case_expect_pending(struct consent_case *c, const Pidc__V1__ConsentStatement *st);
void consent_case_expect_refused(struct consent_case *c, const Pidc__V1__ConsentStatement *st,
				 Pidc__V1__Reason reason, const char *field);

/* What is recorded already: of the same chain, of others of the owner. */
void consent_case_chain_has(struct consent_case *c, const Pidc__V1__ConsentStatement *st);
void consent_case_others_have(struct consent_case *c, const Pidc__V1__ConsentStatement *st);
