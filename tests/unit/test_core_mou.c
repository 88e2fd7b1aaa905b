/* SPDX-License-Identifier: ISC
 *
 * The machine of an MoU over its full cross product, and each guard by itself.
 * CTest labels: process
 */
#include "core/text.h"
#include "tests/lib/machine_doc.h"
#include "tests/lib/mou_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define S(name)      PIDC__V1__MOU_STATE__MOU_STATE_##name
#define E(name)      PIDC__V1__MOU_STEP__MOU_STEP_##name
#define P(name)      PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name
#define R(name)      MACHINE_ROLE(name)
#define ROLE(name)   PIDC__V1__ROLE__ROLE_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define SECRETARIAT (R(SEC_OFFICER) | R(SEC_HOS))
#define SIGNATORIES (R(SEC_HOS) | R(BOARD_CHAIR) | R(PARTNER_SIGNATORY))
#define ANYBODY     UINT32_MAX

static struct mou_story m;

static int setup(void **state)
{
	(void)state;
	mou_story_open(&m, S(DRAFT));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mou_story_close(&m);
	return 0;
}

static void begin(Pidc__V1__MouState state)
{
	mou_story_close(&m);
	mou_story_open(&m, state);
}

/* --- the table, against the process as it is written down ------------------------------ */

static const struct pair {
	int from, event, to;
	uint32_t roles;
} pairs[] = {
	{0, E(DRAFT), S(DRAFT), SECRETARIAT},
	{S(DRAFT), E(REVISE), S(DRAFT), SECRETARIAT},
	{S(VETTED), E(REVISE), S(DRAFT), SECRETARIAT},
	{S(BOARD_APPROVED), E(REVISE), S(DRAFT), SECRETARIAT},
	{S(SIGNED_ONE), E(REVISE), S(DRAFT), SECRETARIAT},
	{S(DRAFT), E(VET), S(VETTED), R(SEC_HOS)},
	{S(VETTED), E(APPROVE), S(BOARD_APPROVED), ANYBODY},
	{S(BOARD_APPROVED), E(SIGN_FIRST), S(SIGNED_ONE), SIGNATORIES},
	{S(SIGNED_ONE), E(SIGN_FIRST), S(SIGNED_ONE), SIGNATORIES},
	{S(SIGNED_ONE), E(SIGN_SECOND), S(IN_FORCE), SIGNATORIES},
	{S(IN_FORCE), E(GIVE_NOTICE), S(NOTICE_GIVEN), R(PARTNER_SIGNATORY)},
	{S(IN_FORCE), E(END_BY_BOARD), S(NOTICE_GIVEN), ANYBODY},
};
#define PAIR_COUNT (sizeof(pairs) / sizeof(pairs[0]))

/* Who signs is the one that the text names, and the other has not signed. */
static void party_suits(Pidc__V1__Role role)
{
	bool is_partner = role == ROLE(PARTNER_SIGNATORY);

	m.statement.party = is_partner ? PIDC__V1__MOU_PARTY__MOU_PARTY_PARTNER
				       : PIDC__V1__MOU_PARTY__MOU_PARTY_PIDC;
	m.first.party = is_partner ? PIDC__V1__MOU_PARTY__MOU_PARTY_PIDC
				   : PIDC__V1__MOU_PARTY__MOU_PARTY_PARTNER;
	m.content.pidc_signatory = role;
}

static void expect_step(const struct pair *pair, int from, int event, Pidc__V1__Role role)
{
	Pidc__V1__Actor actor = role == ROLE(PARTNER_SIGNATORY) ? *m.signatory : *m.hos;
	struct refusal refusal = {0};
	int to = -1;
	int rc;

	actor.roles = &role;
	actor.n_roles = role != 0;
	m.in.actor = &actor;
	m.facts.signer_id = actor.principal_id;
	party_suits(role);
	m.first.signed_at = story_time(
		&m.story, STORY_NOW - (event == E(SIGN_FIRST) ? 7 * STORY_MONTH : STORY_DAY));
	rc = machine_step(&mou_machine, from, event, &actor, &m.subject, &to, &refusal);
	m.in.actor = m.hos;
	if (pair != NULL && (pair->roles == ANYBODY || (pair->roles >> role & 1) != 0)) {
		assert_int_equal(rc, 0);
		assert_int_equal(to, pair->to);
		return;
	}
	assert_int_equal(rc, PIDC_EREFUSED);
	assert_int_equal(refusal.reason, pair == NULL ? REASON(E_STATE) : REASON(E_ROLE));
}

static void PRO_0a_no_other_move_of_an_mou(void **state)
{
	(void)state;
	machine_table_check(&mou_machine);
	assert_int_equal(mou_machine.move_count, PAIR_COUNT);
	for (unsigned s = 0; s < mou_machine.states->n_values; s++)
		for (int event = 1; event < (int)mou_machine.event_count; event++) {
			int from = mou_machine.states->values[s].value;
			const struct pair *pair = NULL;

			for (size_t i = 0; i < PAIR_COUNT; i++)
				if (pairs[i].from == from && pairs[i].event == event)
					pair = &pairs[i];
			for (int role = 0; role <= ROLE(WITNESS); role++)
				expect_step(pair, from, event, (Pidc__V1__Role)role);
		}
}

static void the_table_is_documented(void **state)
{
	(void)state;
	machine_doc_check(&mou_machine, "mou.md");
}

/* --- guards ------------------------------------------------------------------------------ */

static void no_partner(void)
{
	m.facts.org = story_text(&m.story, "");
}

static void partner_leaves(void)
{
	m.facts.partner_state = P(EXITING);
}

static void another_version(void)
{
	m.facts.has_other = 1;
}

static void no_terms(void)
{
	m.subject.terms = NULL;
}

static void own_text(void)
{
	m.mou.author_id = m.hos->principal_id;
}

static void other_text(void)
{
	static uint8_t other[SHA256_LEN] = {1};
	static const ProtobufCBinaryData digest = {SHA256_LEN, other};

	m.subject.digest = &digest;
}

static void clause_lost(void)
{
	m.clauses[0].text = story_text(&m.story, "");
}

static void other_signatory(void)
{
	m.content.pidc_signatory = ROLE(BOARD_CHAIR);
}

static void no_party(void)
{
	m.statement.party = PIDC__V1__MOU_PARTY__MOU_PARTY_UNSPECIFIED;
}

static void other_key(void)
{
	m.facts.signer_id = m.officer->principal_id;
}

static void other_register(void)
{
	m.statement.origin = story_text(&m.story, "elsewhere.example/ledger1");
}

static void rescinded(void)
{
	m.facts.is_approval_rescinded = 1;
}

static void not_negotiated(void)
{
	m.facts.partner_state = P(WITH_BOARD);
}

static void first_is_old(void)
{
	m.first.signed_at = story_time(&m.story, STORY_NOW - 7 * STORY_MONTH);
}

static void first_is_pidc(void)
{
	m.first.party = PIDC__V1__MOU_PARTY__MOU_PARTY_PIDC;
}

static void other_partner(void)
{
	m.facts.org = story_text(&m.story, "iom");
}

static void has_ended(void)
{
	m.mou.ends_at = story_time(&m.story, STORY_NOW);
}

static void no_reason(void)
{
	m.subject.reason = "";
}

static const struct {
	int from, event;
	void (*spoil)(void);
	Pidc__V1__Reason reason;
} spoils[] = {
	{0, E(DRAFT), no_partner, REASON(E_NOT_FOUND)},
	{0, E(DRAFT), partner_leaves, REASON(E_STATE)},
	{0, E(DRAFT), another_version, REASON(E_EXISTS)},
	{0, E(DRAFT), no_terms, REASON(E_FIELD)},
	{S(VETTED), E(REVISE), partner_leaves, REASON(E_STATE)},
	{S(VETTED), E(REVISE), no_terms, REASON(E_FIELD)},
	{S(DRAFT), E(VET), own_text, REASON(E_SOD)},
	{S(DRAFT), E(VET), other_text, REASON(E_FIELD)},
	{S(DRAFT), E(VET), clause_lost, REASON(E_MOU_INCOMPLETE)},
	{S(VETTED), E(APPROVE), other_text, REASON(E_STALE_APPROVAL)},
	{S(BOARD_APPROVED), E(SIGN_FIRST), other_text, REASON(E_FIELD)},
	{S(BOARD_APPROVED), E(SIGN_FIRST), other_signatory, REASON(E_ROLE)},
	{S(BOARD_APPROVED), E(SIGN_FIRST), no_party, REASON(E_ROLE)},
	{S(BOARD_APPROVED), E(SIGN_FIRST), other_key, REASON(E_OWNER_ONLY)},
	{S(BOARD_APPROVED), E(SIGN_FIRST), other_register, REASON(E_FIELD)},
	{S(BOARD_APPROVED), E(SIGN_FIRST), rescinded, REASON(E_PREREQ_BOARD)},
	{S(BOARD_APPROVED), E(SIGN_FIRST), not_negotiated, REASON(E_PREREQ_BOARD)},
	{S(SIGNED_ONE), E(SIGN_FIRST), NULL, REASON(E_STATE)},
	{S(SIGNED_ONE), E(SIGN_SECOND), first_is_old, REASON(E_TERM_EXPIRED)},
	{S(SIGNED_ONE), E(SIGN_SECOND), first_is_pidc, REASON(E_EXISTS)},
	{S(SIGNED_ONE), E(SIGN_SECOND), rescinded, REASON(E_PREREQ_BOARD)},
	{S(IN_FORCE), E(GIVE_NOTICE), other_partner, REASON(E_OWNER_ONLY)},
	{S(IN_FORCE), E(GIVE_NOTICE), has_ended, REASON(E_MOU_NOT_IN_FORCE)},
	{S(IN_FORCE), E(GIVE_NOTICE), no_reason, REASON(E_FIELD)},
	{S(IN_FORCE), E(END_BY_BOARD), other_text, REASON(E_STALE_APPROVAL)},
	{S(IN_FORCE), E(END_BY_BOARD), has_ended, REASON(E_MOU_NOT_IN_FORCE)},
};

static void PRO_3a_each_move_fails_with_each_guard_false(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		struct refusal refusal = {0};
		int to = -1;

		begin(spoils[i].from == 0 ? S(DRAFT) : (Pidc__V1__MouState)spoils[i].from);
		if (spoils[i].event == E(GIVE_NOTICE))
			m.in.actor = m.signatory;
		if (spoils[i].spoil != NULL)
			spoils[i].spoil();
		assert_int_equal(machine_step(&mou_machine, spoils[i].from, spoils[i].event,
					      m.in.actor, &m.subject, &to, &refusal),
				 PIDC_EREFUSED);
		assert_int_equal(refusal.reason, spoils[i].reason);
	}
}

/* PRO-3a.b: an officer of the partner, another partner's signatory, a chair where the text
 * names the Head of Secretariat. */
static void PRO_3a_b_only_the_named_person_signs(void **state)
{
	struct refusal refusal = {0};
	int to;

	(void)state;
	begin(S(BOARD_APPROVED));
	m.statement.party = PIDC__V1__MOU_PARTY__MOU_PARTY_PARTNER;
	m.in.actor = m.signatory;
	m.facts.signer_id = m.signatory->principal_id;
	assert_int_equal(machine_step(&mou_machine, S(BOARD_APPROVED), E(SIGN_FIRST), m.in.actor,
				      &m.subject, &to, &refusal),
			 0);
	m.content.partner_signatory = story_text(&m.story, "spiffe://pidc.test/x/edf/other");
	assert_int_equal(machine_step(&mou_machine, S(BOARD_APPROVED), E(SIGN_FIRST), m.in.actor,
				      &m.subject, &to, &refusal),
			 PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_ROLE));
}

/* --- the clock ------------------------------------------------------------------------------ */

static void a_first_signature_lapses_to_the_instant(void **state)
{
	int64_t signed_us, lapses_us;
	struct pidc_error err;

	(void)state;
	/* Six months from 31 August end with February. */
	assert_int_equal(time_parse("2027-08-31T10:00:00Z", &signed_us, &err), 0);
	assert_int_equal(time_parse("2028-02-29T10:00:00Z", &lapses_us, &err), 0);
	m.first.signed_at = story_time(&m.story, signed_us);
	assert_false(mou_signature_lapsed(&m.mou, lapses_us - 1));
	assert_true(mou_signature_lapsed(&m.mou, lapses_us));
	m.mou.n_signatures = 0;
	assert_true(mou_signature_lapsed(&m.mou, signed_us));
}

static void expect_end(const char *now, const char *term_to, uint32_t months, const char *end)
{
	Pidc__V1__MouMove move = PIDC__V1__MOU_MOVE__INIT;
	int64_t now_us, to_us, end_us, seen_us;
	struct pidc_error err;

	assert_int_equal(time_parse(now, &now_us, &err), 0);
	assert_int_equal(time_parse(term_to, &to_us, &err), 0);
	assert_int_equal(time_parse(end, &end_us, &err), 0);
	m.in.now_us = now_us;
	m.mou.term_to = story_time(&m.story, to_us);
	m.content.notice_months = months;
	assert_int_equal(mou_notice_end(&m.subject, &move), 0);
	assert_true(time_from_proto(move.terminates_at, &seen_us));
	assert_int_equal(seen_us, end_us);
}

static void L24_notice_ends_by_the_calendar_and_with_the_term(void **state)
{
	(void)state;
	expect_end("2026-11-30T00:00:00Z", "2030-01-01T00:00:00Z", 3, "2027-02-28T00:00:00Z");
	expect_end("2027-11-30T00:00:00Z", "2030-01-01T00:00:00Z", 3, "2028-02-29T00:00:00Z");
	expect_end("2029-12-01T00:00:00Z", "2030-01-01T00:00:00Z", 3, "2030-01-01T00:00:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(PRO_0a_no_other_move_of_an_mou, setup, teardown),
		cmocka_unit_test_setup_teardown(the_table_is_documented, setup, teardown),
		cmocka_unit_test_setup_teardown(PRO_3a_each_move_fails_with_each_guard_false, setup,
						teardown),
		cmocka_unit_test_setup_teardown(PRO_3a_b_only_the_named_person_signs, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_first_signature_lapses_to_the_instant, setup,
						teardown),
		cmocka_unit_test_setup_teardown(L24_notice_ends_by_the_calendar_and_with_the_term,
						setup, teardown),
	};

	return cmocka_run_group_tests_name("mou", tests, NULL, NULL);
}
