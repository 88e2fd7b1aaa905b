/* SPDX-License-Identifier: ISC
 *
 * An MoU for the tests of core/: version 2 with the invented Example Development Fund
 * ("edf"), written by the Secretariat's officer; its partnership is negotiated. Everything
 * holds, so that each guard lets every move through until a test spoils it.
 */
#pragma once

#include "core/mou.h"
#include "tests/lib/core_story.h"

struct mou_story {
	struct story story;
	struct rule_input in;
	struct mou_subject subject;
	Pidc__Store__V1__MouFacts facts;
	Pidc__V1__Mou mou;
	Pidc__V1__MouContent content;
	Pidc__V1__MouSignature first; /* of the partner, a day ago */
	Pidc__V1__MouSignature *signatures[1];
	Pidc__V1__MouSignatureStatement statement; /* of PIDC */
	Pidc__V1__Actor *hos, *officer, *signatory;
	/* A complete text of all three types. */
	Pidc__V1__MouTerms terms;
	Pidc__V1__MouClause clauses[32];
	Pidc__V1__MouClause *clause_list[32];
	Pidc__V1__MouOutcome outcome;
	Pidc__V1__MouOutcome *outcomes[1];
	Pidc__V1__MouIndicator indicator;
	Pidc__V1__MouIndicator *indicators[1];
	Pidc__V1__DataScope scope;
	Pidc__V1__PartnershipType types[3];
	uint8_t digest[SHA256_LEN];
};

/* The version is in this state; the Head of Secretariat acts. */
void mou_story_open(struct mou_story *m, Pidc__V1__MouState state);
void mou_story_close(struct mou_story *m);
