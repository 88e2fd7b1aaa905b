/* SPDX-License-Identifier: ISC
 *
 * CTest labels: sharing
 */
#include "core/crypto.h"
#include "core/upload.h"
#include "tests/lib/data_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define KIB          ((size_t)1024)

static struct story s;
static Pidc__Store__V1__UploadFacts facts;
static Pidc__V1__BeginUploadRequest begin;
static Pidc__V1__UploadPartRequest part;
static Pidc__V1__Upload upload;
static uint8_t file_digest[SHA256_LEN], part_digest[SHA256_LEN];
static uint8_t data[129 * 1024];
static struct refusal refusal;

static void part_set(uint64_t offset, size_t len)
{
	part.offset = offset;
	part.data = (ProtobufCBinaryData){len, data};
	sha256(&(struct bytes){data, len}, 1, part_digest);
	part.sha256 = (ProtobufCBinaryData){SHA256_LEN, part_digest};
}

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	pidc__store__v1__upload_facts__init(&facts);
	pidc__v1__begin_upload_request__init(&begin);
	pidc__v1__upload_part_request__init(&part);
	pidc__v1__upload__init(&upload);
	facts.org = story_org(&s, "tv", PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER, 1);
	begin.sha256 = (ProtobufCBinaryData){SHA256_LEN, file_digest};
	begin.size = 300 * KIB;
	upload.upload_id = part.upload_id = story_id(&s, "file");
	upload.size = 300 * KIB;
	upload.offset = 128 * KIB;
	upload.state = PIDC__V1__UPLOAD_STATE__UPLOAD_STATE_OPEN;
	upload.sha256 = begin.sha256;
	part_set(128 * KIB, 128 * KIB);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static void expect_begin(Pidc__V1__Reason reason, const char *field)
{
	int rc = check_upload_begin(&begin, &facts, &refusal);

	assert_int_equal(rc, reason == 0 ? 0 : PIDC_EREFUSED);
	if (reason == 0)
		return;
	assert_string_equal(reason_name(refusal.reason), reason_name(reason));
	assert_string_equal(refusal.field, field);
}

static void what_may_begin(void **state)
{
	(void)state;
	expect_begin(0, "");
	begin.size = 0;
	expect_begin(REASON(E_FIELD), "size");
	begin.size = UPLOAD_BYTES_MAX + 1;
	expect_begin(REASON(E_FIELD), "size");
	begin.size = UINT64_MAX;
	expect_begin(REASON(E_FIELD), "size");
	begin.size = UPLOAD_BYTES_MAX;
	expect_begin(0, "");
	begin.sha256.len = 31;
	expect_begin(REASON(E_FIELD), "sha256");
	begin.sha256.len = SHA256_LEN;
	facts.org->is_active = 0;
	expect_begin(REASON(E_NOT_MEMBER_STATE), "");
}

static void no_more_than_may_wait(void **state)
{
	(void)state;
	facts.waiting_count = UPLOADS_WAITING_MAX - 1;
	facts.waiting_bytes = UPLOADS_WAITING_BYTES_MAX - begin.size;
	expect_begin(0, "");
	facts.waiting_bytes++;
	expect_begin(REASON(E_LIMIT), "");
	facts.waiting_bytes = 0;
	facts.waiting_count = UPLOADS_WAITING_MAX;
	expect_begin(REASON(E_LIMIT), "");
	facts.same = &upload; /* it waits already */
	expect_begin(0, "");
}

static void expect_part(Pidc__V1__Reason reason, const char *field)
{
	bool is_repeat = false;
	int rc = check_upload_part(&part, &upload, &is_repeat, &refusal);

	assert_int_equal(rc, PIDC_EREFUSED);
	assert_string_equal(reason_name(refusal.reason), reason_name(reason));
	assert_string_equal(refusal.field, field);
}

static bool expect_repeat(void)
{
	bool is_repeat = false;

	assert_int_equal(check_upload_part(&part, &upload, &is_repeat, &refusal), 0);
	return is_repeat;
}

static void parts_come_in_order_or_again(void **state)
{
	(void)state;
	assert_false(expect_repeat());
	part_set(0, 128 * KIB);
	assert_true(expect_repeat());
	part_set(256 * KIB, 44 * KIB); /* a gap */
	expect_part(REASON(E_FIELD), "offset");
	upload.offset = 256 * KIB;
	assert_false(expect_repeat());
	part_set(256 * KIB, 43 * KIB);
	assert_false(expect_repeat()); /* more will follow */
	part_set(256 * KIB, 44 * KIB + 1);
	expect_part(REASON(E_FIELD), "data");
	part_set(UINT64_MAX, 4 * KIB);
	expect_part(REASON(E_FIELD), "data");
	part_set(upload.size, 1);
	expect_part(REASON(E_FIELD), "data");
}

static void part_sizes(void **state)
{
	(void)state;
	part_set(128 * KIB, 0);
	expect_part(REASON(E_FIELD), "data");
	part_set(128 * KIB, 128 * KIB + 1);
	expect_part(REASON(E_FIELD), "data");
	part_set(128 * KIB, 4 * KIB - 1);
	expect_part(REASON(E_FIELD), "data");
	part_set(128 * KIB, 4 * KIB);
	assert_false(expect_repeat());
	upload.offset = upload.size - 1;
	part_set(upload.size - 1, 1); /* the last one is as short as it is */
	assert_false(expect_repeat());
}

static void damaged_and_unknown(void **state)
{
	bool is_repeat;

	(void)state;
	data[77] ^= 1;
	expect_part(REASON(E_FIELD), "sha256");
	data[77] ^= 1;
	part.sha256.len = 0;
	expect_part(REASON(E_FIELD), "sha256");
	assert_int_equal(check_upload_part(&part, NULL, &is_repeat, &refusal), PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_NOT_FOUND));
}

/* --- in a submission ---------------------------------------------------------------- */

static Pidc__V1__Dataset standing;
static Pidc__Store__V1__DatasetFacts dataset_facts;
static Pidc__V1__SubmitContributionRequest submit;
static Pidc__V1__UploadedFile file, second;
static struct rule_input in;

static void submission_set(void)
{
	static Pidc__V1__UploadedFile *files[2] = {&file, &second};
	static Pidc__V1__Upload *uploads[1] = {&upload};

	data_standing_init(&s, &standing);
	standing.fields[2] = data_field(&s, "report", PIDC__V1__FIELD_TYPE__FIELD_TYPE_FILE);
	standing.n_fields = 3;
	pidc__store__v1__dataset_facts__init(&dataset_facts);
	pidc__v1__submit_contribution_request__init(&submit);
	pidc__v1__uploaded_file__init(&file);
	pidc__v1__uploaded_file__init(&second);
	dataset_facts.org = facts.org;
	dataset_facts.dataset = &standing;
	dataset_facts.uploads = uploads;
	dataset_facts.n_uploads = 1;
	upload.state = PIDC__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE;
	file.field = second.field = story_text(&s, "report");
	file.upload_id = second.upload_id = upload.upload_id;
	submit.dataset_id = standing.dataset_id;
	submit.files = files;
	submit.n_files = 1;
	in = data_input(&s, &submit.base, &dataset_facts.base);
}

static void expect_submit_refused(Pidc__V1__Reason reason, const char *field)
{
	story_expect_refused(&in, rule_submit_contribution, reason, field);
}

static void a_file_is_the_content_of_its_field(void **state)
{
	const Pidc__V1__Contribution *made;
	Pidc__V1__Event event;

	(void)state;
	submission_set();
	story_expect_event(&in, rule_submit_contribution, &event,
			   PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED);
	made = event.contribution_submitted->contribution;
	assert_int_equal(made->n_columns, 1);
	assert_string_equal(made->columns[0]->field, "report");
	assert_memory_equal(made->columns[0]->digest.data, file_digest, SHA256_LEN);
	assert_int_equal(made->columns[0]->size, 300 * KIB);
	assert_int_equal(made->content_size, 300 * KIB);
	assert_int_equal(made->row_count, 0);
}

/* G11: with no cells known, nothing of it leaves where a smallest cell is asked for. */
static void PRI_9b_no_cell_of_a_file_is_known(void **state)
{
	static uint8_t bytes[] = {0x0a, 5, 'c', 'o', 'u', 'n', 't', 0x12, 1, '7'};
	ProtobufCBinaryData column = {sizeof(bytes), bytes};
	Pidc__V1__Event event;

	(void)state;
	submission_set();
	standing.fields[1]->is_count = 1;
	submit.columns = &column;
	submit.n_columns = 1;
	submit.n_files = 0;
	story_expect_event(&in, rule_submit_contribution, &event,
			   PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED);
	assert_int_equal(event.contribution_submitted->contribution->cell_digest.len, SHA256_LEN);
	submit.n_files = 1;
	story_expect_event(&in, rule_submit_contribution, &event,
			   PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED);
	assert_int_equal(event.contribution_submitted->contribution->cell_digest.len, 0);
}

static void files_that_are_not_there(void **state)
{
	(void)state;
	submission_set();
	upload.state = PIDC__V1__UPLOAD_STATE__UPLOAD_STATE_OPEN; /* truncated */
	expect_submit_refused(REASON(E_STATE), "files.upload_id");
	dataset_facts.n_uploads = 0; /* somebody else's, expired, never begun */
	expect_submit_refused(REASON(E_NOT_FOUND), "files.upload_id");
	file.field = story_text(&s, "count");
	expect_submit_refused(REASON(E_FIELD), "files.field");
	file.field = story_text(&s, "nothing");
	expect_submit_refused(REASON(E_FIELD), "files.field");
	submission_set();
	submit.n_files = 2;
	expect_submit_refused(REASON(E_FIELD), "files.field"); /* twice */
	submit.n_files = 17;
	expect_submit_refused(REASON(E_FIELD), "files");
	submit.n_files = 1;
	submit.content_kind = PIDC__V1__CONTENT_KIND__CONTENT_KIND_HASH_ONLY;
	expect_submit_refused(REASON(E_FIELD), "columns");
}

static void a_hash_of_pieces_is_the_hash_of_the_whole(void **state)
{
	struct sha256_hash *hash = sha256_begin();
	uint8_t whole[SHA256_LEN], pieces[SHA256_LEN];

	(void)state;
	assert_non_null(hash);
	sha256_add(hash, data, 1);
	sha256_add(hash, data + 1, 0);
	sha256_add(hash, data + 1, sizeof(data) - 1);
	sha256_end(hash, pieces);
	sha256(&(struct bytes){data, sizeof(data)}, 1, whole);
	assert_memory_equal(whole, pieces, SHA256_LEN);
	sha256_drop(sha256_begin());
	sha256_drop(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_may_begin),
		TEST(no_more_than_may_wait),
		TEST(parts_come_in_order_or_again),
		TEST(part_sizes),
		TEST(damaged_and_unknown),
		TEST(a_file_is_the_content_of_its_field),
		TEST(PRI_9b_no_cell_of_a_file_is_known),
		TEST(files_that_are_not_there),
		TEST(a_hash_of_pieces_is_the_hash_of_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
