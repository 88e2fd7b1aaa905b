/* SPDX-License-Identifier: ISC
 *
 * Content that the register does not keep.
 * CTest labels: sharing
 */
#include "core/crypto.h"
#include "pidc/v1/data.pb-c.h"
#include "tests/lib/data_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define KIND(name)   PIDC__V1__CONTENT_KIND__CONTENT_KIND_##name

static struct story s;
static struct rule_input in;
static Pidc__Store__V1__DatasetFacts facts;
static Pidc__V1__Dataset standing;
static Pidc__V1__SubmitContributionRequest submit;
static uint8_t digest[SHA256_LEN];

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__dataset_facts__init(&facts);
	pidc__v1__submit_contribution_request__init(&submit);
	data_standing_init(&s, &standing);
	facts.org = story_org(&s, "tv", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER, 1);
	facts.dataset = &standing;
	submit.dataset_id = standing.dataset_id;
	submit.content_kind = KIND(EXTERNAL_REF);
	submit.content_digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	submit.content_size = 12345678;
	submit.row_count = 77;
	submit.external_uri = story_text(&s, "https://data.gov.tv/overstays/2026.parquet?v=1");
	submit.fields = story_list(&s, &submit.n_fields, "count", "month", NULL);
	in = data_input(&s, &submit.base, &facts.base);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static const Pidc__V1__Contribution *expect_submitted(void)
{
	Pidc__V1__Event event;

	story_expect_event(&in, rule_submit_contribution, &event,
			   PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED);
	return event.contribution_submitted->contribution;
}

static void expect_refused(Pidc__V1__Reason reason, const char *name)
{
	story_expect_refused(&in, rule_submit_contribution, reason, name);
}

static void content_elsewhere_is_known_by_its_digest(void **state)
{
	const Pidc__V1__Contribution *made = expect_submitted();

	(void)state;
	assert_int_equal(made->content_kind, KIND(EXTERNAL_REF));
	assert_int_equal(made->content_size, 12345678);
	assert_int_equal(made->row_count, 77);
	assert_string_equal(made->external_uri, submit.external_uri);
	assert_memory_equal(made->content_digest.data, digest, SHA256_LEN);
	assert_int_equal(made->n_columns, 2);
	assert_string_equal(made->columns[0]->field, "count");
	assert_int_equal(made->columns[0]->digest.len, 0);
	submit.content_kind = KIND(HASH_ONLY);
	submit.external_uri = story_text(&s, "");
	submit.content_size = 0; /* need not be said */
	assert_int_equal(expect_submitted()->content_kind, KIND(HASH_ONLY));
}

static void digest_size_and_fields(void **state)
{
	ProtobufCBinaryData column = {4, digest};

	(void)state;
	submit.content_digest.len = 31;
	expect_refused(REASON(E_FIELD), "content_digest");
	submit.content_digest.len = 0;
	expect_refused(REASON(E_FIELD), "content_digest");
	submit.content_digest.len = SHA256_LEN;
	submit.content_size = 0;
	expect_refused(REASON(E_FIELD), "content_size");
	submit.content_size = ((uint64_t)1 << 50) + 1;
	expect_refused(REASON(E_FIELD), "content_size");
	submit.content_size = 1;
	submit.fields = story_list(&s, &submit.n_fields, "count", "count", NULL);
	expect_refused(REASON(E_FIELD), "fields");
	submit.fields = story_list(&s, &submit.n_fields, "nationality", NULL);
	expect_refused(REASON(E_FIELD), "fields");
	submit.n_fields = 0;
	expect_refused(REASON(E_FIELD), "fields");
	submit.n_fields = 201;
	expect_refused(REASON(E_FIELD), "fields");
	submit.n_columns = 1;
	submit.columns = &column;
	expect_refused(REASON(E_FIELD), "columns");
	submit.content_kind = (Pidc__V1__ContentKind)4;
	expect_refused(REASON(E_FIELD), "content_kind");
}

static void uris(void **state)
{
	static const struct {
		const char *uri;
		bool is_good;
	} cases[] = {
		{"s3://tv-bucket/2026", true},
		{"urn:uuid:00000000-0000-4000-8000-000000000001", true},
		{"https://data.gov.tv/a@b", true},
		{"https://user:pass@data.gov.tv/", false},
		{"https://user@data.gov.tv?x", false},
		{"", false},
		{"/overstays", false},
		{"data.gov.tv/overstays", false},
		{"https:", false},
		{"HTTPS://data.gov.tv/", false},
		{"1://x", false},
		{"https://data.gov.tv/ a", false},
		{"https://data.gov.tv/\n", false},
		{"https://t\xC3\xBCvalu.tv/", false},
	};
	char *longest = arena_alloc(s.arena, 2002);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		submit.external_uri = story_text(&s, cases[i].uri);
		if (cases[i].is_good)
			(void)expect_submitted();
		else
			expect_refused(REASON(E_FIELD), "external_uri");
	}
	memset(longest, 'a', 2001);
	memcpy(longest, "https://", 8);
	longest[2001] = '\0';
	submit.external_uri = longest;
	expect_refused(REASON(E_FIELD), "external_uri");
	longest[2000] = '\0';
	(void)expect_submitted();
	submit.content_kind = KIND(HASH_ONLY);
	expect_refused(REASON(E_FIELD), "external_uri");
}

/* Of what it keeps, the register finds out by itself. */
static void inline_content_says_nothing_of_itself(void **state)
{
	(void)state;
	submit.content_kind = KIND(INLINE);
	expect_refused(REASON(E_FIELD), "content_kind");
	submit.n_fields = 0;
	submit.content_digest.len = 0;
	submit.content_size = 0;
	submit.row_count = 0;
	expect_refused(REASON(E_FIELD), "content_kind");
	submit.external_uri = story_text(&s, "");
	expect_refused(REASON(E_FIELD), "columns"); /* there are none */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(content_elsewhere_is_known_by_its_digest),
		TEST(digest_size_and_fields),
		TEST(uris),
		TEST(inline_content_says_nothing_of_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
