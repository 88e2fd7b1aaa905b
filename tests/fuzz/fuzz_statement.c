/* SPDX-License-Identifier: ISC
 *
 * Bytes that claim to be a signed statement, on both ways in: read strictly before
 * they are recorded, and decided with once they are in the register. What does not
 * parse must deny even what a broad grant permits.
 */
#include "core/chain.h"
#include "core/consent.h"
#include "tests/lib/core_story.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_readable(struct story *story, ProtobufCBinaryData bytes)
{
	Pidc__V1__SignedStatement signed_statement = PIDC__V1__SIGNED_STATEMENT__INIT;
	Pidc__V1__ConsentStatement *st = NULL;
	struct refusal refusal = {0};
	int rc;

	signed_statement.statement = bytes;
	rc = consent_read(&signed_statement, story->arena, &st, &refusal);
	if (rc != 0 && (rc != PIDC_EREFUSED || refusal.reason == 0))
		abort();
	return rc == 0;
}

static bool is_parsed(struct story *story, ProtobufCBinaryData bytes)
{
	Pidc__V1__ConsentStatement *st = NULL;

	return statement_parse(&bytes, story->arena, &st, NULL) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ProtobufCBinaryData bytes = {size, (uint8_t *)(uintptr_t)data};
	struct story story;
	struct decision decision;
	bool parsed;

	story_open(&story);
	parsed = is_parsed(&story, bytes);
	if (is_readable(&story, bytes) && !parsed)
		abort();
	story_record(&story, story_grant(&story, "broad"));
	story_record(&story, story_veto(&story, "replaced"));
	story.facts.statements[1]->statement = bytes;
	decision = story_decide(&story);
	if (!parsed && decision.verdict != PIDC__V1__VERDICT__VERDICT_DENY)
		abort();
	story_close(&story);
	return 0;
}
