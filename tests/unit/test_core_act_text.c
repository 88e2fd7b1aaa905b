/* SPDX-License-Identifier: ISC
 *
 * What answers to approvals and reclassifications say, in both languages.
 * CTest labels: sharing
 */
#include "core/act_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(s) ((char *)(uintptr_t)(s))

static const char *name_of(void *user, enum statement_name kind, const char *code)
{
	(void)user;
	return kind == NAME_ORG && strcmp(code, "tv") == 0 ? "Tuvalu" : NULL;
}

static const struct statement_reader english = {.language = STATEMENT_ENGLISH, .name = name_of};
static const struct statement_reader french = {.language = STATEMENT_FRENCH, .name = name_of};

static char *answer(bool is_approved, const struct statement_reader *reader, struct arena *arena)
{
	Pidc__V1__ApprovalStatement statement = PIDC__V1__APPROVAL_STATEMENT__INIT;
	Pidc__V1__Approval approval = PIDC__V1__APPROVAL__INIT;
	Google__Protobuf__Timestamp until = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	char *fields[] = {TEXT("month"), TEXT("count")}, *ids[] = {TEXT("c-1")};
	char *text = NULL;

	statement.approval_id = TEXT("a-1");
	statement.owner_org = TEXT("tv");
	statement.is_approved = is_approved;
	statement.reason = TEXT(is_approved ? "" : "twice\nYes");
	until.seconds = 1798761600;
	statement.valid_to = is_approved ? &until : NULL;
	statement.origin = TEXT("pidc.int/register");
	approval.recipient_org = TEXT("iom");
	approval.capacity = PIDC__V1__CAPACITY__CAPACITY_PARTNER;
	approval.purpose = TEXT("ME");
	approval.action = PIDC__V1__ACTION__ACTION_READ;
	approval.fields = fields;
	approval.n_fields = 2;
	approval.contribution_ids = ids;
	approval.n_contribution_ids = 1;
	assert_int_equal(approval_text(&statement, &approval, reader, arena, &text), 0);
	return text;
}

static void test_SD_7_what_a_confirmation_says(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_string_equal(answer(true, &english, arena),
			    "\"Tuvalu\" (tv) confirms the release a-1 to iom as partner.\n"
			    "Purpose: ME. It may read the data. Fields: month, count.\n"
			    "Exactly these contributions, 1: c-1.\n"
			    "It is good for one fetch, until 2027-01-01 00:00:00 UTC.\n"
			    "Signed for the register pidc.int/register and no other.\n");
	arena_free(arena);
}

/* No reason looks like a sentence of ours. */
static void test_SD_7_what_a_refusal_says_in_french(void **state)
{
	struct arena *arena = arena_new(0);
	char *text = answer(false, &french, arena);

	(void)state;
	assert_non_null(strstr(text,
			       "\"Tuvalu\" (tv) refuse la transmission a-1 à iom en qualité de "
			       "partenaire.\n"));
	assert_non_null(strstr(text, "Le motif donné : \"twice"));
	assert_null(strstr(text, "\nYes"));
	assert_null(strstr(text, "retrait"));
	arena_free(arena);
}

static void test_what_a_reclassification_says(void **state)
{
	Pidc__V1__Reclassification said = PIDC__V1__RECLASSIFICATION__INIT;
	struct arena *arena = arena_new(0);
	char *text = NULL;

	(void)state;
	said.owner_org = TEXT("fj");
	said.contribution_id = TEXT("c-1");
	said.version = 3;
	said.from = PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER;
	said.to = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	said.reason = TEXT("no names");
	said.origin = TEXT("pidc.int/register");
	assert_int_equal(reclassification_text(&said, &english, arena, &text), 0);
	assert_string_equal(
		text, "fj lowers the classification of its contribution c-1, from AMBER to GREEN.\n"
		      "It is about version 3 of the contribution and no other.\n"
		      "The reason given: \"no names\"\n"
		      "Signed for the register pidc.int/register and no other.\n");
	assert_int_equal(reclassification_text(&said, &french, arena, &text), 0);
	assert_non_null(strstr(text,
			       "fj abaisse la classification de sa contribution c-1, de AMBER "
			       "à GREEN.\n"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_SD_7_what_a_confirmation_says),
		cmocka_unit_test(test_SD_7_what_a_refusal_says_in_french),
		cmocka_unit_test(test_what_a_reclassification_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
