/* SPDX-License-Identifier: ISC
 *
 * From a name to a screened prospect: both tables of moves in full, and every refusal.
 *
 * CTest labels: process
 */
#include "core/partnership.h"
#include "tests/lib/machine_doc.h"
#include "tests/lib/partnership_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define S(name)      PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name
#define E(name)      PIDC__V1__PARTNERSHIP_EVENT_KIND__PARTNERSHIP_EVENT_KIND_##name
#define N(name)      PIDC__V1__NOMINATION_STATE__NOMINATION_STATE_##name
#define NE(name)     PIDC__V1__NOMINATION_EVENT_KIND__NOMINATION_EVENT_KIND_##name
#define R(name)      MACHINE_ROLE(name)
#define REASON(name) PIDC__V1__REASON__REASON_##name
#define BODY(name)   PIDC__V1__EVENT__BODY_##name

static struct partnership_story p;

static int setup(void **state)
{
	(void)state;
	partnership_story_open(&p);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	partnership_story_close(&p);
	return 0;
}

/* --- the tables, against the process as it is written down --------------------------- */

struct pair {
	int from, event, to;
	uint32_t roles;
};

/* Whose guard asks for a resolution, not for a role. */
#define ANYBODY UINT32_MAX

static const struct pair pairs[] = {
	{0, E(CREATE_PROSPECT), S(PROSPECT), R(SEC_OFFICER) | R(SEC_HOS)},
	{0, E(RECORD_LEGACY), S(RECOGNISED), R(SEC_HOS)},
	{S(PROSPECT), E(PASS_SCREENING), S(SCREENED), R(SEC_OFFICER)},
	{S(PROSPECT), E(RETURN_DOSSIER), S(PROSPECT), R(SEC_OFFICER)},
	{S(PROSPECT), E(SUBMIT_DOSSIER), S(PROSPECT), R(SEC_OFFICER) | R(SEC_HOS)},
	{S(SCREENED), E(SUBMIT_DOSSIER), S(SCREENED), R(SEC_OFFICER) | R(SEC_HOS)},
	{S(PROSPECT), E(WITHDRAW), S(WITHDRAWN),
	 R(SEC_HOS) | R(PARTNER_OFFICER) | R(PARTNER_SIGNATORY)},
	{S(SCREENED), E(WITHDRAW), S(WITHDRAWN),
	 R(SEC_HOS) | R(PARTNER_OFFICER) | R(PARTNER_SIGNATORY)},

	{S(ACTIVE), E(ASK_SUSPENSION), S(ACTIVE), R(BOARD_CHAIR) | R(SEC_HOS)},
	{S(RECOGNISED), E(ASK_SUSPENSION), S(RECOGNISED), R(BOARD_CHAIR) | R(SEC_HOS)},
	{S(ACTIVE), E(SUSPEND_EMERGENCY), S(SUSPENDED), R(BOARD_CHAIR) | R(SEC_HOS)},
	{S(RECOGNISED), E(SUSPEND_EMERGENCY), S(SUSPENDED), R(BOARD_CHAIR) | R(SEC_HOS)},
	{S(ACTIVE), E(SUSPEND), S(SUSPENDED), ANYBODY},
	{S(RECOGNISED), E(SUSPEND), S(SUSPENDED), ANYBODY},
	{S(SUSPENDED), E(CONFIRM_SUSPENSION), S(SUSPENDED), ANYBODY},
	{S(SUSPENDED), E(RESUME_ACTIVE), S(ACTIVE), ANYBODY},
	{S(SUSPENDED), E(RESUME_RECOGNISED), S(RECOGNISED), ANYBODY},
	{S(ACTIVE), E(BEGIN_EXIT), S(EXITING), ANYBODY},
	{S(RECOGNISED), E(BEGIN_EXIT), S(EXITING), ANYBODY},
	{S(SUSPENDED), E(BEGIN_EXIT), S(EXITING), ANYBODY},
	{S(ACTIVE), E(GIVE_NOTICE), S(EXITING), R(PARTNER_SIGNATORY)},
	{S(RECOGNISED), E(GIVE_NOTICE), S(EXITING), R(PARTNER_SIGNATORY)},
	{S(SUSPENDED), E(GIVE_NOTICE), S(EXITING), R(PARTNER_SIGNATORY)},
	{S(EXITING), E(COMPLETE_EXIT), S(ENDED), R(SEC_HOS)},
	{S(ENDED), E(REOPEN), S(PROSPECT), R(SEC_HOS)},
	{S(WITHDRAWN), E(REOPEN), S(PROSPECT), R(SEC_HOS)},
	{S(DECLINED), E(REOPEN), S(PROSPECT), R(SEC_HOS)},
};

static const struct pair nomination_pairs[] = {
	{0, NE(NOMINATE), N(OPEN),
	 R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(BOARD_MEMBER) | R(BOARD_CHAIR) | R(SEC_OFFICER) |
		 R(SEC_HOS) | R(PARTNER_OFFICER) | R(PARTNER_SIGNATORY)},
	{N(OPEN), NE(TAKE_UP), N(TAKEN_UP), R(SEC_OFFICER) | R(SEC_HOS)},
	{N(OPEN), NE(DECLINE), N(DECLINED), R(SEC_OFFICER) | R(SEC_HOS)},
};

/* One step by this role, with every guard true. */
static void expect_step(const struct machine *machine, const struct pair *pair, int from, int event,
			Pidc__V1__Role role)
{
	Pidc__V1__Actor actor = *p.officer;
	struct rule_input in = p.in;
	struct refusal refusal = {0};
	int to = -1;
	int rc;

	/* Neither the author of the dossier nor another's partner. */
	actor.roles = &role;
	actor.n_roles = role != 0;
	in.actor = &actor;
	rc = machine_step(machine, from, event, in.actor, &in, &to, &refusal);
	if (pair != NULL && (pair->roles >> role & 1) != 0) {
		assert_int_equal(rc, 0);
		assert_int_equal(to, pair->to);
		return;
	}
	assert_int_equal(rc, PIDC_EREFUSED);
	assert_int_equal(to, -1);
	assert_int_equal(refusal.reason, pair == NULL ? REASON(E_STATE) : REASON(E_ROLE));
}

static void cross_product(const struct machine *machine, const struct pair *known, size_t count)
{
	assert_int_equal(machine->move_count, count);
	for (unsigned s = 0; s < machine->states->n_values; s++)
		for (int event = 1; event < (int)machine->event_count; event++) {
			int from = machine->states->values[s].value;
			const struct pair *pair = NULL;

			for (size_t i = 0; i < count; i++)
				if (known[i].from == from && known[i].event == event)
					pair = &known[i];
			for (int role = 0; role <= PIDC__V1__ROLE__ROLE_WITNESS; role++)
				expect_step(machine, pair, from, event, (Pidc__V1__Role)role);
		}
}

static void PRO_0a_no_other_move_of_a_partnership(void **state)
{
	(void)state;
	p.in.request = &p.reopen.base;
	partnership_story_ask(&p, "fj");
	p.facts.is_resolved = 1;
	p.facts.lapses_at = p.facts.last_at;
	cross_product(&partnership_machine, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static void no_other_move_of_a_nomination(void **state)
{
	(void)state;
	machine_table_check(&nomination_machine);
	cross_product(&nomination_machine, nomination_pairs,
		      sizeof(nomination_pairs) / sizeof(nomination_pairs[0]));
}

static void tables_are_documented(void **state)
{
	(void)state;
	machine_doc_check(&partnership_machine, "partnership.md");
	machine_doc_check(&nomination_machine, "partnership.md");
}

static void each_move_fails_with_each_guard_false(void **state)
{
	(void)state;
	p.in.request = &p.create.base;
	p.facts.is_policy_pending = 1;
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_STATE), "");
	p.facts.is_policy_pending = 0;
	p.facts.class_known = 0;
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_UNKNOWN_CODE),
			     "prospect.partner_class");
	p.facts.class_known = 1;
	p.facts.exists = 1;
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_EXISTS), "prospect.org");
	p.facts.exists = 0;
	p.facts.duplicate_of = story_text(&p.story, "iom");
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_EXISTS), "prospect.name");

	p.in.request = &p.screen.base;
	p.in.actor = p.officer;
	for (int i = 1; i <= 2; i++) {
		p.screen.outcome = (Pidc__V1__ScreeningOutcome)i;
		p.partnership.dossier = NULL;
		story_expect_refused(&p.in, rule_screen_prospect, REASON(E_FIELD), "alignment");
		p.partnership.dossier = &p.written;
		p.written.author = p.officer->principal_id;
		story_expect_refused(&p.in, rule_screen_prospect, REASON(E_SOD), "org");
		p.written.author = p.hos->principal_id;
	}

	p.in.request = &p.withdraw.base;
	p.in.actor = p.other;
	story_expect_refused(&p.in, rule_withdraw_partnership, REASON(E_OWNER_ONLY), "org");
	p.partnership.state = S(SCREENED);
	story_expect_refused(&p.in, rule_withdraw_partnership, REASON(E_OWNER_ONLY), "org");
}

/* --- nominations ------------------------------------------------------------------------ */

static void INT_1_everybody_may_nominate(void **state)
{
	Pidc__V1__Actor *const actors[] = {p.hos, p.officer, p.member, p.partner};
	Pidc__V1__Event event;

	(void)state;
	p.in.request = &p.nominate.base;
	for (size_t i = 0; i < sizeof(actors) / sizeof(actors[0]); i++) {
		p.in.actor = actors[i];
		story_expect_event(&p.in, rule_nominate_partner, &event, BODY(PARTNER_NOMINATED));
		assert_int_equal(event.partner_nominated->nomination->state, N(OPEN));
		assert_string_equal(event.partner_nominated->nomination->nominated_by,
				    actors[i]->org);
		assert_string_equal(event.concerns[event.n_concerns - 1], "sec");
	}
}

static void nominations_are_refused(void **state)
{
	(void)state;
	p.in.request = &p.nominate.base;
	p.in.actor = p.member;
	p.member->roles[0] = PIDC__V1__ROLE__ROLE_AUDITOR;
	story_expect_refused(&p.in, rule_nominate_partner, REASON(E_ROLE), "");
	p.member->roles[0] = PIDC__V1__ROLE__ROLE_MEMBER_HEAD;
	p.facts.class_known = 0;
	story_expect_refused(&p.in, rule_nominate_partner, REASON(E_UNKNOWN_CODE),
			     "nomination.partner_class");
	p.asked_nomination.reason = story_text(&p.story, "x");
	story_expect_refused(&p.in, rule_nominate_partner, REASON(E_FIELD), "nomination.reason");
	p.asked_nomination.name = story_text(&p.story, " ");
	story_expect_refused(&p.in, rule_nominate_partner, REASON(E_FIELD), "nomination.name");
	p.nominate.nomination = NULL;
	story_expect_refused(&p.in, rule_nominate_partner, REASON(E_FIELD), "nomination");
}

static void nomination_is_declined_once(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	p.in.request = &p.decline.base;
	story_expect_event(&p.in, rule_decline_nomination, &event, BODY(NOMINATION_DECLINED));
	assert_int_equal(event.nomination_declined->state, N(DECLINED));
	assert_int_equal(event.entity_version, 2);
	assert_string_equal(event.concerns[1], "tv"); /* is told why */
	p.decline.expected_version = 9;
	story_expect_refused(&p.in, rule_decline_nomination, REASON(E_VERSION), "expected_version");
	p.decline.expected_version = 1;
	p.decline.reason = story_text(&p.story, "");
	story_expect_refused(&p.in, rule_decline_nomination, REASON(E_FIELD), "reason");
	p.nomination.state = N(TAKEN_UP);
	story_expect_refused(&p.in, rule_decline_nomination, REASON(E_STATE), "");
	p.facts.nomination = NULL;
	story_expect_refused(&p.in, rule_decline_nomination, REASON(E_NOT_FOUND), "nomination_id");
}

/* --- prospects -------------------------------------------------------------------------- */

static void prospect_is_taken_up(void **state)
{
	const Pidc__V1__ProspectCreated *made;
	Pidc__V1__Event event;

	(void)state;
	p.in.request = &p.create.base;
	p.prospect.nomination_id = p.nomination.nomination_id;
	story_expect_event(&p.in, rule_create_prospect, &event, BODY(PROSPECT_CREATED));
	made = event.prospect_created;
	assert_int_equal(made->move->from, 0);
	assert_int_equal(made->move->to, S(PROSPECT));
	assert_int_equal(made->nomination_state, N(TAKEN_UP));
	assert_int_equal(event.entity_version, 1);
	assert_int_equal(event.n_concerns, 0); /* PRI-2a: everybody may know */
}

static void INT_1a_only_the_secretariat_makes_a_dossier(void **state)
{
	(void)state;
	p.in.actor = p.partner;
	p.partner->roles[0] = PIDC__V1__ROLE__ROLE_PARTNER_AGENT;
	p.in.request = &p.create.base;
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_ROLE), "");
	p.in.request = &p.submit.base;
	story_expect_refused(&p.in, rule_submit_dossier, REASON(E_ROLE), "");
}

static void PRO_1a_a_members_nominate_instead(void **state)
{
	(void)state;
	p.in.actor = p.member;
	p.in.request = &p.create.base;
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_ROLE), "");
	p.in.request = &p.submit.base;
	story_expect_refused(&p.in, rule_submit_dossier, REASON(E_ROLE), "");
}

static void INT_4b_classes_are_known(void **state)
{
	(void)state;
	p.in.request = &p.create.base;
	p.facts.class_known = 0;
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_UNKNOWN_CODE),
			     "prospect.partner_class");
}

static void prospects_are_refused(void **state)
{
	(void)state;
	p.in.request = &p.create.base;
	p.prospect.nomination_id = p.nomination.nomination_id;
	p.nomination.state = N(DECLINED);
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_STATE), "");
	p.facts.nomination = NULL;
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_NOT_FOUND),
			     "prospect.nomination_id");
	p.prospect.registration_number = story_text(&p.story, "\x01");
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_FIELD),
			     "prospect.registration_number");
	p.prospect.aliases = story_list(&p.story, &p.prospect.n_aliases, "", NULL);
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_FIELD), "prospect.aliases");
	p.prospect.name = story_text(&p.story, "");
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_FIELD), "prospect.name");
	p.prospect.org = story_text(&p.story, "E D F");
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_FIELD), "prospect.org");
	p.create.prospect = NULL;
	story_expect_refused(&p.in, rule_create_prospect, REASON(E_FIELD), "prospect");
}

/* --- screening and withdrawing ----------------------------------------------------------- */

static void screening_passes_or_returns(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	p.in.actor = p.officer;
	p.in.request = &p.screen.base;
	p.digest[0] = 7;
	story_expect_event(&p.in, rule_screen_prospect, &event, BODY(PROSPECT_SCREENED));
	assert_int_equal(event.prospect_screened->move->to, S(SCREENED));
	assert_int_equal(event.prospect_screened->screening->dossier_digest.data[0], 7);
	assert_int_equal(event.entity_version, 3);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "sec");
	p.screen.outcome = PIDC__V1__SCREENING_OUTCOME__SCREENING_OUTCOME_RETURNED;
	story_expect_event(&p.in, rule_screen_prospect, &event, BODY(PROSPECT_SCREENED));
	assert_int_equal(event.prospect_screened->move->to, S(PROSPECT));
}

static void SD_1_authors_do_not_screen(void **state)
{
	(void)state;
	p.in.actor = p.officer;
	p.in.request = &p.screen.base;
	p.written.author = p.officer->principal_id;
	story_expect_refused(&p.in, rule_screen_prospect, REASON(E_SOD), "org");
}

static void screenings_are_refused(void **state)
{
	(void)state;
	p.in.request = &p.screen.base;
	story_expect_refused(&p.in, rule_screen_prospect, REASON(E_ROLE), ""); /* hos */
	p.in.actor = p.officer;
	p.screen.reason = story_text(&p.story, "");
	story_expect_refused(&p.in, rule_screen_prospect, REASON(E_FIELD), "reason");
	p.screen.expected_version = 1;
	story_expect_refused(&p.in, rule_screen_prospect, REASON(E_VERSION), "expected_version");
	p.partnership.state = S(SCREENED);
	story_expect_refused(&p.in, rule_screen_prospect, REASON(E_STATE), "");
	p.facts.partnership = NULL;
	story_expect_refused(&p.in, rule_screen_prospect, REASON(E_NOT_FOUND), "org");
	p.screen.outcome = (Pidc__V1__ScreeningOutcome)3;
	story_expect_refused(&p.in, rule_screen_prospect, REASON(E_FIELD), "outcome");
}

static void withdrawn_by_the_secretariat_or_itself(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	p.in.request = &p.withdraw.base;
	story_expect_event(&p.in, rule_withdraw_partnership, &event, BODY(PARTNERSHIP_WITHDRAWN));
	p.in.actor = p.partner;
	story_expect_event(&p.in, rule_withdraw_partnership, &event, BODY(PARTNERSHIP_WITHDRAWN));
	assert_int_equal(event.partnership_withdrawn->move->to, S(WITHDRAWN));
	assert_string_equal(event.concerns[1], "edf");
	p.withdraw.reason = story_text(&p.story, "");
	story_expect_refused(&p.in, rule_withdraw_partnership, REASON(E_FIELD), "reason");
	p.partnership.state = S(WITHDRAWN);
	story_expect_refused(&p.in, rule_withdraw_partnership, REASON(E_STATE), "");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(PRO_0a_no_other_move_of_a_partnership),
		TEST(no_other_move_of_a_nomination),
		TEST(tables_are_documented),
		TEST(each_move_fails_with_each_guard_false),
		TEST(INT_1_everybody_may_nominate),
		TEST(nominations_are_refused),
		TEST(nomination_is_declined_once),
		TEST(prospect_is_taken_up),
		TEST(INT_1a_only_the_secretariat_makes_a_dossier),
		TEST(PRO_1a_a_members_nominate_instead),
		TEST(INT_4b_classes_are_known),
		TEST(prospects_are_refused),
		TEST(screening_passes_or_returns),
		TEST(SD_1_authors_do_not_screen),
		TEST(screenings_are_refused),
		TEST(withdrawn_by_the_secretariat_or_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
