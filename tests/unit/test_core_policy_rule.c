/* SPDX-License-Identifier: ISC
 *
 * Every refusal of the rules about policies, and when a review is due.
 * CTest labels: process
 */
#include "core/text.h"
#include "tests/lib/policy_story.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define S(name)      PIDC__V1__POLICY_STATE__POLICY_STATE_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name
#define BODY(name)   PIDC__V1__EVENT__BODY_##name
#define REVIEW(name) PIDC__V1__POLICY_REVIEW_STATE__POLICY_REVIEW_STATE_##name

static struct policy_story p;

static void begin(Pidc__V1__PolicyState state)
{
	policy_story_close(&p);
	policy_story_open(&p, state);
}

static int setup(void **state)
{
	(void)state;
	policy_story_open(&p, S(DRAFT));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	policy_story_close(&p);
	return 0;
}

/* --- writing it -------------------------------------------------------------------------- */

static void creation_is_checked(void **state)
{
	Pidc__V1__CreatePolicyVersionRequest request =
		PIDC__V1__CREATE_POLICY_VERSION_REQUEST__INIT;
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	request.document = &p.asked_document;
	request.version = &p.asked;
	p.in.request = &request.base;
	story_expect_event(&p.in, rule_create_policy_version, &event, BODY(POLICY_WRITTEN));
	assert_int_equal(event.policy_written->content->number, 3);
	assert_null(event.policy_written->document);
	p.asked.text_digest.len = 31;
	story_expect_refused(&p.in, rule_create_policy_version, REASON(E_FIELD),
			     "version.text_digest");
	p.asked.text_digest.len = 32;
	p.asked_document.code = story_text(&p.story, "no code");
	story_expect_refused(&p.in, rule_create_policy_version, REASON(E_FIELD), "document.code");
	request.version = NULL;
	p.asked_document.code = p.document.code;
	story_expect_refused(&p.in, rule_create_policy_version, REASON(E_FIELD), "version");
	request.document = NULL;
	story_expect_refused(&p.in, rule_create_policy_version, REASON(E_FIELD), "document.code");
}

static void a_new_document_has_a_title(void **state)
{
	Pidc__V1__CreatePolicyVersionRequest request =
		PIDC__V1__CREATE_POLICY_VERSION_REQUEST__INIT;
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	request.document = &p.asked_document;
	request.version = &p.asked;
	p.in.request = &request.base;
	p.facts.document = NULL;
	p.facts.last_number = 0;
	story_expect_event(&p.in, rule_create_policy_version, &event, BODY(POLICY_WRITTEN));
	assert_string_equal(event.policy_written->document->owner_org, "sec");
	assert_int_equal(event.policy_written->content->number, 1);
	p.asked_document.title = story_text(&p.story, "");
	story_expect_refused(&p.in, rule_create_policy_version, REASON(E_FIELD), "document.title");
}

static void DOC_1c_DOC_2a_DOC_4a_nobody_types_in_what_follows(void **state)
{
	Pidc__V1__CreatePolicyVersionRequest request =
		PIDC__V1__CREATE_POLICY_VERSION_REQUEST__INIT;

	(void)state;
	request.document = &p.asked_document;
	request.version = &p.asked;
	p.in.request = &request.base;
	p.asked.adopted_on = story_time(&p.story, STORY_NOW);
	story_expect_refused(&p.in, rule_create_policy_version, REASON(E_FIELD),
			     "version.adopted_on");
	p.asked.adopted_on = NULL;
	p.asked.state = S(IN_FORCE);
	story_expect_refused(&p.in, rule_create_policy_version, REASON(E_FIELD), "version.state");
	p.asked.state = 0;
	p.asked_document.next_review_due = story_time(&p.story, STORY_NOW);
	story_expect_refused(&p.in, rule_create_policy_version, REASON(E_FIELD),
			     "document.next_review_due");
	p.asked_document.next_review_due = NULL;
	p.asked_document.owner_org = story_text(&p.story, "iom");
	story_expect_refused(&p.in, rule_create_policy_version, REASON(E_FIELD),
			     "document.owner_org");
}

static void DOC_3b_a_review_is_in_some_months(void **state)
{
	Pidc__V1__RevisePolicyVersionRequest request =
		PIDC__V1__REVISE_POLICY_VERSION_REQUEST__INIT;
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	request.revised = &p.asked;
	request.expected_version = 4;
	p.in.request = &request.base;
	p.asked.review_months = 0;
	story_expect_refused(&p.in, rule_revise_policy_version, REASON(E_FIELD),
			     "version.review_months");
	p.asked.review_months = UINT32_MAX;
	story_expect_refused(&p.in, rule_revise_policy_version, REASON(E_FIELD),
			     "version.review_months");
	p.asked.review_months = 48;
	story_expect_event(&p.in, rule_revise_policy_version, &event, BODY(POLICY_WRITTEN));
	request.expected_version = 3;
	story_expect_refused(&p.in, rule_revise_policy_version, REASON(E_VERSION),
			     "expected_version");
}

/* DOC-3.a: another frequency is another digest, which the Board has not adopted. */
static void DOC_3a_the_digest_covers_every_word(void **state)
{
	uint8_t first[SHA256_LEN], other[SHA256_LEN];

	(void)state;
	assert_int_equal(policy_digest("PARTNERSHIP", &p.version, p.story.arena, first), 0);
	p.version.review_months = 48;
	assert_int_equal(policy_digest("PARTNERSHIP", &p.version, p.story.arena, other), 0);
	assert_memory_not_equal(first, other, SHA256_LEN);
	p.version.review_months = 36;
	p.version.title = story_text(&p.story, "Second editio");
	assert_int_equal(policy_digest("PARTNERSHIP", &p.version, p.story.arena, other), 0);
	assert_memory_not_equal(first, other, SHA256_LEN);
	assert_int_equal(policy_digest("PARTNERSHI", &p.version, p.story.arena, other), 0);
	assert_memory_not_equal(first, other, SHA256_LEN);
}

/* --- consultation ------------------------------------------------------------------------- */

static void REV_2_everybody_is_answered(void **state)
{
	Pidc__V1__ClosePolicyConsultationRequest request =
		PIDC__V1__CLOSE_POLICY_CONSULTATION_REQUEST__INIT;
	Pidc__V1__PolicyResponse response = PIDC__V1__POLICY_RESPONSE__INIT;
	Pidc__V1__PolicyResponse *responses[2] = {&response, &response};
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	begin(S(CONSULTATION));
	p.version.consultation_closes_at = story_time(&p.story, STORY_NOW);
	p.in.request = &request.base;
	request.responses = responses;
	story_expect_refused(&p.in, rule_close_policy_consultation, REASON(E_FIELD), "responses");
	request.n_responses = 1;
	response.input_id = story_id(&p.story, "another");
	response.response = story_text(&p.story, "taken up");
	story_expect_refused(&p.in, rule_close_policy_consultation, REASON(E_NOT_FOUND),
			     "responses.input_id");
	response.input_id = p.facts.input_ids[0];
	story_expect_event(&p.in, rule_close_policy_consultation, &event,
			   BODY(POLICY_CONSULTATION_CLOSED));
	response.response = story_text(&p.story, "");
	story_expect_refused(&p.in, rule_close_policy_consultation, REASON(E_FIELD),
			     "responses.response");
	response.response = story_text(&p.story, "taken up");
	p.facts.input_ids = story_list(&p.story, &p.facts.n_input_ids, response.input_id,
				       story_id(&p.story, "third"), NULL);
	request.n_responses = 2;
	story_expect_refused(&p.in, rule_close_policy_consultation, REASON(E_FIELD), "responses");
}

static void inputs_are_texts_and_few(void **state)
{
	Pidc__V1__GivePolicyInputRequest request = PIDC__V1__GIVE_POLICY_INPUT_REQUEST__INIT;
	Pidc__V1__OpenPolicyConsultationRequest opening =
		PIDC__V1__OPEN_POLICY_CONSULTATION_REQUEST__INIT;
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	p.in.request = &opening.base;
	story_expect_refused(&p.in, rule_open_policy_consultation, REASON(E_FIELD), "closes_at");
	opening.closes_at = story_time(&p.story, STORY_NOW + 40 * STORY_DAY);
	story_expect_event(&p.in, rule_open_policy_consultation, &event,
			   BODY(POLICY_CONSULTATION_OPENED));
	begin(S(CONSULTATION));
	p.in.actor = p.member;
	p.in.request = &request.base;
	request.text = story_text(&p.story, "");
	story_expect_refused(&p.in, rule_give_policy_input, REASON(E_FIELD), "text");
	request.text = story_text(&p.story, "say who pays");
	story_expect_event(&p.in, rule_give_policy_input, &event, BODY(POLICY_INPUT_GIVEN));
	p.facts.n_input_ids = 500;
	story_expect_refused(&p.in, rule_give_policy_input, REASON(E_LIMIT), "");
}

/* --- vetting, publishing -------------------------------------------------------------------- */

static void DOC_1a_DOC_8_nothing_before_the_Board(void **state)
{
	static const Pidc__V1__PolicyState before[] = {S(DRAFT), S(CONSULTATION), S(WITH_BOARD)};
	Pidc__V1__VetPolicyVersionRequest vet = PIDC__V1__VET_POLICY_VERSION_REQUEST__INIT;
	Pidc__V1__PublishPolicyVersionRequest publish =
		PIDC__V1__PUBLISH_POLICY_VERSION_REQUEST__INIT;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(before[i]);
		vet.text_digest = publish.text_digest = p.version.text_digest;
		p.in.request = &vet.base; /* DOC-8.a */
		story_expect_refused(&p.in, rule_vet_policy_version, REASON(E_PREREQ_BOARD), "");
		p.in.request = &publish.base; /* DOC-1.a */
		story_expect_refused(&p.in, rule_publish_policy_version, REASON(E_PREREQ_BOARD),
				     "");
	}
	begin(S(ADOPTED)); /* DOC-8.d */
	p.in.request = &publish.base;
	story_expect_refused(&p.in, rule_publish_policy_version, REASON(E_PREREQ_VET), "");
}

static void DOC_8_the_head_vets_what_another_wrote(void **state)
{
	Pidc__V1__VetPolicyVersionRequest vet = PIDC__V1__VET_POLICY_VERSION_REQUEST__INIT;
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	begin(S(ADOPTED));
	vet.text_digest = p.version.text_digest;
	p.in.request = &vet.base;
	story_expect_event(&p.in, rule_vet_policy_version, &event, BODY(POLICY_STEPPED));
	/* DOC-7.a: the title as it is now goes into the entry. */
	assert_string_equal(event.policy_stepped->move->actor_title, "Head of Secretariat");
	p.in.actor = p.officer; /* DOC-8.b */
	story_expect_refused(&p.in, rule_vet_policy_version, REASON(E_ROLE), "");
	p.in.actor = p.hos;
	p.version.author_id = p.hos->principal_id; /* DOC-8.c */
	story_expect_refused(&p.in, rule_vet_policy_version, REASON(E_SOD), "");
}

static void DOC_1b_a_changed_text_is_not_the_adopted_one(void **state)
{
	Pidc__V1__PublishPolicyVersionRequest publish =
		PIDC__V1__PUBLISH_POLICY_VERSION_REQUEST__INIT;
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	begin(S(VETTED));
	p.in.request = &publish.base;
	publish.text_digest = p.version.digest;
	story_expect_refused(&p.in, rule_publish_policy_version, REASON(E_STALE_APPROVAL),
			     "text_digest");
	publish.text_digest = p.version.text_digest;
	story_expect_event(&p.in, rule_publish_policy_version, &event, BODY(POLICY_STEPPED));
	assert_string_equal(event.policy_stepped->superseded_id, p.in_force.version_id);
}

static void a_return_has_a_reason(void **state)
{
	Pidc__V1__ReturnPolicyVersionRequest request =
		PIDC__V1__RETURN_POLICY_VERSION_REQUEST__INIT;
	Pidc__V1__SubmitPolicyVersionRequest submit = PIDC__V1__SUBMIT_POLICY_VERSION_REQUEST__INIT;
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	begin(S(ADOPTED));
	p.in.request = &request.base;
	story_expect_refused(&p.in, rule_return_policy_version, REASON(E_FIELD), "reason");
	request.reason = story_text(&p.story, "page 3 is missing");
	story_expect_event(&p.in, rule_return_policy_version, &event, BODY(POLICY_STEPPED));
	begin(S(DRAFT));
	p.in.request = &submit.base;
	story_expect_event(&p.in, rule_submit_policy_version, &event, BODY(POLICY_STEPPED));
	p.facts.version = NULL;
	story_expect_refused(&p.in, rule_submit_policy_version, REASON(E_NOT_FOUND), "version_id");
}

static void REV_2a_amendments_are_consulted_on(void **state)
{
	Pidc__V1__SubmitPolicyVersionRequest submit = PIDC__V1__SUBMIT_POLICY_VERSION_REQUEST__INIT;
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	p.in.request = &submit.base;
	p.version.consultation_closed_at = NULL;
	story_expect_refused(&p.in, rule_submit_policy_version, REASON(E_PREREQ_CONSULT), "");
	p.version.number = 1;
	story_expect_event(&p.in, rule_submit_policy_version, &event, BODY(POLICY_STEPPED));
}

/* --- review -------------------------------------------------------------------------------- */

static void DOC_6a_a_review_needs_its_resolution(void **state)
{
	Pidc__V1__ConcludePolicyReviewRequest request =
		PIDC__V1__CONCLUDE_POLICY_REVIEW_REQUEST__INIT;
	Pidc__V1__Event event = PIDC__V1__EVENT__INIT;

	(void)state;
	begin(S(IN_FORCE));
	p.in.request = &request.base;
	request.outcome = PIDC__V1__POLICY_REVIEW_OUTCOME__POLICY_REVIEW_OUTCOME_UNCHANGED;
	story_expect_refused(&p.in, rule_conclude_policy_review, REASON(E_FIELD), "comment");
	request.comment = story_text(&p.story, "nothing to change");
	story_expect_event(&p.in, rule_conclude_policy_review, &event, BODY(POLICY_REVIEWED));
	p.facts.is_resolution_used = 1;
	story_expect_refused(&p.in, rule_conclude_policy_review, REASON(E_STATE), "resolution_id");
	p.facts.is_resolution_used = 0;
	p.resolution.closed_at = story_time(&p.story, STORY_NOW - 365 * STORY_DAY);
	story_expect_refused(&p.in, rule_conclude_policy_review, REASON(E_STALE_APPROVAL),
			     "resolution_id");
	p.in.now_us--;
	story_expect_event(&p.in, rule_conclude_policy_review, &event, BODY(POLICY_REVIEWED));
	p.in.now_us++;
	p.resolution.closed_at = NULL;
	p.resolution.subject_digest = p.version.text_digest;
	story_expect_refused(&p.in, rule_conclude_policy_review, REASON(E_STALE_APPROVAL),
			     "resolution_id");
	p.resolution.kind = PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_DIRECTION;
	story_expect_refused(&p.in, rule_conclude_policy_review, REASON(E_PREREQ_BOARD),
			     "resolution_id");
	p.facts.resolution = NULL;
	story_expect_refused(&p.in, rule_conclude_policy_review, REASON(E_PREREQ_BOARD),
			     "resolution_id");
	request.outcome = 0;
	story_expect_refused(&p.in, rule_conclude_policy_review, REASON(E_FIELD), "outcome");
}

static Pidc__V1__PolicyReviewState review_at(const char *last, const char *now, const char *due)
{
	Pidc__V1__PolicyDocument document = PIDC__V1__POLICY_DOCUMENT__INIT;
	int64_t last_us = 0, now_us = 0, due_us = 0, is_us = 0;

	assert_int_equal(time_parse(last, &last_us, NULL), 0);
	assert_int_equal(time_parse(now, &now_us, NULL), 0);
	assert_int_equal(time_parse(due, &due_us, NULL), 0);
	document.in_force = &p.version;
	document.last_reviewed_at = story_time(&p.story, last_us);
	assert_int_equal(policy_review_derive(&document, now_us, p.story.arena), 0);
	assert_true(time_from_proto(document.next_review_due, &is_us));
	assert_int_equal(is_us, due_us);
	return document.review_state;
}

/* DOC-4.b and its neighbours: no job has to run; the month's end is kept. */
static void DOC_4b_a_review_is_overdue_by_the_clock(void **state)
{
	static const char adopted[] = "2024-02-29T10:00:00Z", due[] = "2027-02-28T10:00:00Z";

	(void)state;
	assert_int_equal(review_at(adopted, "2026-08-01T00:00:00Z", due), REVIEW(CURRENT));
	assert_int_equal(review_at(adopted, "2026-09-02T00:00:00Z", due), REVIEW(DUE));
	assert_int_equal(review_at(adopted, "2027-02-28T09:59:59Z", due), REVIEW(DUE));
	assert_int_equal(review_at(adopted, due, due), REVIEW(OVERDUE));
	assert_int_equal(review_at(adopted, "2027-03-01T10:00:00Z", due), REVIEW(OVERDUE));
	assert_int_equal(review_at(adopted, adopted, due), REVIEW(CURRENT)); /* stepping back */
	p.version.review_months = 1;
	assert_int_equal(
		review_at("2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-02-28T00:00:00Z"),
		REVIEW(OVERDUE));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(creation_is_checked),
		TEST(a_new_document_has_a_title),
		TEST(DOC_1c_DOC_2a_DOC_4a_nobody_types_in_what_follows),
		TEST(DOC_3b_a_review_is_in_some_months),
		TEST(DOC_3a_the_digest_covers_every_word),
		TEST(REV_2_everybody_is_answered),
		TEST(inputs_are_texts_and_few),
		TEST(DOC_1a_DOC_8_nothing_before_the_Board),
		TEST(DOC_8_the_head_vets_what_another_wrote),
		TEST(DOC_1b_a_changed_text_is_not_the_adopted_one),
		TEST(a_return_has_a_reason),
		TEST(REV_2a_amendments_are_consulted_on),
		TEST(DOC_6a_a_review_needs_its_resolution),
		TEST(DOC_4b_a_review_is_overdue_by_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
