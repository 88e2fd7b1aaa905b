/* SPDX-License-Identifier: ISC
 *
 * From refusals to statuses: code, text, details that a stock client decodes.
 */
#include "daemon/status.h"

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new((size_t)1024 * 1024);
	return arena == NULL;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static Google__Rpc__Status *unpack(const struct rpc_status *status)
{
	Google__Rpc__Status *message = google__rpc__status__unpack(
		arena_protobuf(arena), status->details_len, status->details);

	assert_non_null(message);
	assert_int_equal(message->code, status->code);
	assert_string_equal(message->message, status->message);
	return message;
}

static Google__Rpc__ErrorInfo *info_of(const Google__Rpc__Status *message)
{
	Google__Rpc__ErrorInfo *info;

	assert_true(message->n_details >= 1);
	assert_string_equal(message->details[0]->type_url,
			    "type.googleapis.com/google.rpc.ErrorInfo");
	info = google__rpc__error_info__unpack(arena_protobuf(arena),
					       message->details[0]->value.len,
					       message->details[0]->value.data);
	assert_non_null(info);
	return info;
}

static const char *metadata(const Google__Rpc__ErrorInfo *info, const char *key)
{
	for (size_t i = 0; i < info->n_metadata; i++) {
		if (strcmp(info->metadata[i]->key, key) == 0)
			return info->metadata[i]->value;
	}
	return NULL;
}

static void test_error_info(void **state)
{
	struct refusal refusal = {.reason = PIDC__V1__REASON__REASON_E_OWNER_ONLY,
				  .field = "owner_id",
				  .detail = "fj is not tv"};
	const struct reason_info *row = reason_lookup(refusal.reason);
	Google__Rpc__ErrorInfo *info;
	struct rpc_status status;

	(void)state;
	status_of_refusal(&refusal, arena, &status);
	assert_int_equal(status.code, row->grpc_code);
	/* The table's sentence, its full stop giving way to the particulars. */
	assert_int_equal(strncmp(status.message, row->en, strlen(row->en) - 1), 0);
	assert_non_null(strstr(status.message, "fj is not tv"));
	info = info_of(unpack(&status));
	assert_string_equal(info->reason, "E_OWNER_ONLY");
	assert_string_equal(info->domain, "pidc");
	assert_string_equal(metadata(info, "field"), "owner_id");
	if (row->clause[0] != '\0')
		assert_string_equal(metadata(info, "clause"), row->clause);
}

static void test_empty_metadata_is_left_out(void **state)
{
	struct refusal refusal = {.reason = PIDC__V1__REASON__REASON_E_LIMIT};
	struct rpc_status status;

	(void)state;
	status_of_refusal(&refusal, arena, &status);
	assert_null(metadata(info_of(unpack(&status)), "field"));
	assert_string_equal(status.message, reason_lookup(refusal.reason)->en);
}

static void test_retry_info(void **state)
{
	static const Pidc__V1__Reason reasons[] = {PIDC__V1__REASON__REASON_E_UNAVAILABLE,
						   PIDC__V1__REASON__REASON_E_LIMIT};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct refusal refusal = {.reason = reasons[i]};
		Google__Rpc__Status *message;
		Google__Rpc__RetryInfo *retry;
		struct rpc_status status;

		status_of_refusal(&refusal, arena, &status);
		message = unpack(&status);
		assert_int_equal(message->n_details, 2);
		assert_string_equal(message->details[1]->type_url,
				    "type.googleapis.com/google.rpc.RetryInfo");
		retry = google__rpc__retry_info__unpack(arena_protobuf(arena),
							message->details[1]->value.len,
							message->details[1]->value.data);
		assert_non_null(retry);
		assert_int_equal(retry->retry_delay->seconds, STATUS_RETRY_S);
	}
}

static void test_no_retry_where_it_is_no_use(void **state)
{
	struct refusal refusal = {.reason = PIDC__V1__REASON__REASON_E_ROLE};
	struct rpc_status status;

	(void)state;
	status_of_refusal(&refusal, arena, &status);
	assert_int_equal(unpack(&status)->n_details, 1);
}

static void test_full_arena_keeps_the_code(void **state)
{
	struct refusal refusal = {.reason = PIDC__V1__REASON__REASON_E_ROLE, .detail = "x"};
	struct arena *tiny = arena_new(1);
	struct rpc_status status;

	(void)state;
	assert_non_null(tiny);
	status_of_refusal(&refusal, tiny, &status);
	assert_int_equal(status.code, reason_lookup(refusal.reason)->grpc_code);
	assert_non_null(status.message);
	assert_null(status.details);
	arena_free(tiny);
}

static void test_errors_of_our_own(void **state)
{
	static const struct {
		int error;
		enum rpc_code code;
	} rows[] = {
		{PIDC_EPROTO, RPC_INVALID_ARGUMENT},   {PIDC_ELIMIT, RPC_RESOURCE_EXHAUSTED},
		{PIDC_ENOMEM, RPC_RESOURCE_EXHAUSTED}, {PIDC_EUNAVAILABLE, RPC_UNAVAILABLE},
		{PIDC_EDEADLINE, RPC_UNAVAILABLE},     {PIDC_EUNCERTAIN, RPC_UNAVAILABLE},
		{PIDC_EINTEGRITY, RPC_INTERNAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct refusal refusal;
		struct rpc_status status;

		status_refusal_of_error(rows[i].error, "why", &refusal);
		assert_string_equal(refusal.detail, "why");
		status_of_refusal(&refusal, arena, &status);
		assert_int_equal(status.code, rows[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_info),
		cmocka_unit_test(test_empty_metadata_is_left_out),
		cmocka_unit_test(test_retry_info),
		cmocka_unit_test(test_no_retry_where_it_is_no_use),
		cmocka_unit_test(test_full_arena_keeps_the_code),
		cmocka_unit_test(test_errors_of_our_own),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
