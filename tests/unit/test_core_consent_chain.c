/* SPDX-License-Identifier: ISC
 *
 * Recording a statement: what may follow what in a chain.
 *
 * CTest labels: sharing
 */
#include "core/consent.h"
#include "tests/lib/consent_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define KIND(name)   PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name

static struct consent_case c;

static int setup(void **state)
{
	(void)state;
	consent_case_open(&c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	consent_case_close(&c);
	return 0;
}

static void chains_count_versions(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	st->version = 2;
	consent_case_expect_refused(&c, st, REASON(E_VERSION), "version");
	st->version = 0;
	consent_case_expect_refused(&c, st, REASON(E_VERSION), "version");
	consent_case_chain_has(&c, story_grant(&c.s, "a"));
	st->version = 1;
	consent_case_expect_refused(&c, st, REASON(E_VERSION), "version");
	st->version = 3;
	consent_case_expect_refused(&c, st, REASON(E_VERSION), "version");
	st->version = 2;
	consent_case_expect_recorded(&c, st);
}

static void only_grant_and_veto_open_a_chain(void **state)
{
	static const Pidc__V1__StatementKind kinds[] = {KIND(REVOKE), KIND(SUSPEND), KIND(RESUME)};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		consent_case_expect_refused(&c, story_change(&c.s, "a", kinds[i], 1),
					    REASON(E_NOT_FOUND), "consent_id");
	consent_case_expect_refused(&c, story_change(&c.s, "a", KIND(REFUSE), 1), REASON(E_FIELD),
				    "consent_request_id");
	consent_case_expect_refused(&c, story_change(&c.s, "a", KIND(CORRECT), 1),
				    REASON(E_NOT_FOUND), "consent_id");
}

static void chain_of_another_owner_does_not_exist(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&c.s, "a");

	(void)state;
	st->owner_org = story_text(&c.s, "fj");
	consent_case_chain_has(&c, st);
	consent_case_expect_refused(&c, story_change(&c.s, "a", KIND(REVOKE), 2),
				    REASON(E_NOT_FOUND), "consent_id");
	consent_case_expect_refused(&c, story_grant(&c.s, "a"), REASON(E_NOT_FOUND), "consent_id");
}

/* Every pair of state and kind; what is not listed is refused. */
static void chain_states_and_kinds(void **state)
{
	static const struct {
		const char *states; /* C current, S suspended, R revoked */
		Pidc__V1__StatementKind kind;
	} allowed[] = {
		{"C", KIND(GRANT)},   {"C", KIND(VETO)},   {"C", KIND(SUSPEND)},
		{"CS", KIND(REVOKE)}, {"S", KIND(RESUME)}, {"C", KIND(CORRECT)},
	};
	const char *states = "CSR";

	(void)state;
	for (size_t at = 0; at < 3; at++)
		for (size_t k = 0; k < 6; k++) {
			uint32_t version = at == 0 ? 2 : 3;
			Pidc__V1__ConsentStatement *st =
				story_change(&c.s, "a", allowed[k].kind, version);

			c.facts.n_chain = 0;
			consent_case_chain_has(&c, story_grant(&c.s, "a"));
			if (at != 0)
				consent_case_chain_has(
					&c,
					story_change(&c.s, "a",
						     at == 1 ? KIND(SUSPEND) : KIND(REVOKE), 2));
			if (allowed[k].kind == KIND(GRANT) || allowed[k].kind == KIND(CORRECT))
				st = story_grant(&c.s, "a");
			st->kind = allowed[k].kind;
			if (allowed[k].kind == KIND(VETO))
				st = story_veto(&c.s, "a");
			st->version = version;
			if (strchr(allowed[k].states, states[at]) != NULL)
				consent_case_expect_recorded(&c, st);
			else
				consent_case_expect_refused(&c, st, REASON(E_STATE), "kind");
		}
}

static void changes_concern_the_chains_recipients(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	consent_case_chain_has(&c, story_grant(&c.s, "a"));
	consent_case_expect_recorded(&c, story_change(&c.s, "a", KIND(REVOKE), 2));
	story_expect_event(&c.in, rule_record_statement, &event,
			   PIDC__V1__EVENT__BODY_CONSENT_RECORDED);
	assert_int_equal(event.n_concerns, 2);
	assert_string_equal(event.concerns[1], "iom");
}

static void a_veto_is_not_suspended(void **state)
{
	(void)state;
	consent_case_chain_has(&c, story_veto(&c.s, "a"));
	consent_case_expect_refused(&c, story_change(&c.s, "a", KIND(SUSPEND), 2), REASON(E_STATE),
				    "kind");
	consent_case_expect_recorded(&c, story_change(&c.s, "a", KIND(REVOKE), 2));
}

static void changes_carry_no_terms(void **state)
{
	Pidc__V1__ConsentStatement *st;

	(void)state;
	consent_case_chain_has(&c, story_grant(&c.s, "a"));
	st = story_grant(&c.s, "a");
	st->kind = KIND(REVOKE);
	st->version = 2;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "data");
	st = story_change(&c.s, "a", KIND(REVOKE), 2);
	st->valid_from = story_time(&c.s, STORY_NOW + STORY_DAY);
	consent_case_expect_refused(&c, st, REASON(E_FIELD),
				    "valid_from"); /* revocation is at once */
	st = story_change(&c.s, "a", KIND(REVOKE), 2);
	st->fall_back = 1;
	consent_case_expect_recorded(&c, st);
	st->kind = KIND(SUSPEND);
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "fall_back");
	st = story_grant(&c.s, "b");
	st->fall_back = 1;
	c.facts.n_chain = 0;
	consent_case_expect_refused(&c, st, REASON(E_FIELD), "fall_back");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(chains_count_versions),
		TEST(only_grant_and_veto_open_a_chain),
		TEST(chain_of_another_owner_does_not_exist),
		TEST(chain_states_and_kinds),
		TEST(changes_concern_the_chains_recipients),
		TEST(a_veto_is_not_suspended),
		TEST(changes_carry_no_terms),
	};

	return cmocka_run_group_tests(tests, consent_case_key_open, consent_case_key_close);
}
