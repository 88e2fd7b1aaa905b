/* SPDX-License-Identifier: ISC
 *
 * grpc.reflection over the vocabulary that pidcd serves: every file, symbol and
 * service can be found, and with it all that it imports; nothing else is.
 */
#include "daemon/reflection.h"

#include "daemon/vocabulary.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "tests/lib/call_world.h"

#include <stdio.h>

#define V1      "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
#define V1ALPHA "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"

typedef Grpc__Reflection__V1__ServerReflectionRequest reflection_request;
typedef Grpc__Reflection__V1__ServerReflectionResponse reflection_response;
typedef Google__Protobuf__FileDescriptorProto file_proto;

#define REQUEST(kind)  GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##kind
#define RESPONSE(kind) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##kind

static struct reflection *reflection;
static Google__Protobuf__FileDescriptorSet *set;
static struct call_world *world;

static bool find(void *context, const char *path, struct call_method *ret)
{
	return reflection_find(context, path, ret);
}

static int group_setup(void **state)
{
	size_t len = 0;
	const uint8_t *data = vocabulary_bytes(&len);
	struct pidc_error err = {0};

	(void)state;
	wire_certs_open();
	if (reflection_new(data, len, &reflection, &err) < 0)
		fail_msg("%s", err.msg);
	set = google__protobuf__file_descriptor_set__unpack(NULL, len, data);
	assert_non_null(set);
	world = call_world_open(find, reflection);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	call_world_close(world);
	google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
	reflection_free(reflection);
	wire_certs_close();
	return 0;
}

/* --- asking -------------------------------------------------------------------- */

/* The caller frees the answer. */
static reflection_response *ask_as(const char *path, int kind, const char *text)
{
	reflection_request request = GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;
	reflection_response *reply;
	struct record record;
	uint8_t message[1024];
	size_t len;

	request.host = (char *)"register";
	request.message_request_case =
		(Grpc__Reflection__V1__ServerReflectionRequest__MessageRequestCase)kind;
	request.file_by_filename = (char *)text; /* all texts share one place */
	len = protobuf_c_message_get_packed_size(&request.base);
	assert_true(len <= sizeof(message));
	protobuf_c_message_pack(&request.base, message);
	call_world_ask(world, &record, path, message, len);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(record.messages, 1);
	reply = grpc__reflection__v1__server_reflection_response__unpack(NULL, record.len,
									 record.data);
	record_close(&record);
	assert_non_null(reply);
	assert_string_equal(reply->valid_host, "register");
	assert_int_equal(reply->original_request->message_request_case, kind);
	return reply;
}

static void reply_free(reflection_response *reply)
{
	grpc__reflection__v1__server_reflection_response__free_unpacked(reply, NULL);
}

static bool has_file(const Grpc__Reflection__V1__FileDescriptorResponse *files, const char *name)
{
	bool is_there = false;

	for (size_t i = 0; i < files->n_file_descriptor_proto && !is_there; i++) {
		file_proto *file = google__protobuf__file_descriptor_proto__unpack(
			NULL, files->file_descriptor_proto[i].len,
			files->file_descriptor_proto[i].data);

		assert_non_null(file);
		is_there = strcmp(file->name, name) == 0;
		google__protobuf__file_descriptor_proto__free_unpacked(file, NULL);
	}
	return is_there;
}

/* The first file of the answer is the one asked for; all imports are there too. */
static void expect_file(reflection_response *reply, const char *name)
{
	const Grpc__Reflection__V1__FileDescriptorResponse *files;
	file_proto *file;

	assert_int_equal(reply->message_response_case, RESPONSE(FILE_DESCRIPTOR_RESPONSE));
	files = reply->file_descriptor_response;
	for (size_t i = 0; i < files->n_file_descriptor_proto; i++) {
		file = google__protobuf__file_descriptor_proto__unpack(
			NULL, files->file_descriptor_proto[i].len,
			files->file_descriptor_proto[i].data);
		assert_non_null(file);
		if (i == 0)
			assert_string_equal(file->name, name);
		for (size_t k = 0; k < file->n_dependency; k++)
			assert_true(has_file(files, file->dependency[k]));
		google__protobuf__file_descriptor_proto__free_unpacked(file, NULL);
	}
	reply_free(reply);
}

static void expect_missing(int kind, const char *text)
{
	reflection_response *reply = ask_as(V1, kind, text);

	if (reply->message_response_case != RESPONSE(ERROR_RESPONSE))
		fail_msg("\"%s\" was found", text);
	assert_int_equal(reply->error_response->error_code, RPC_NOT_FOUND);
	reply_free(reply);
}

static void expect_symbol(const file_proto *file, const char *a, const char *b)
{
	char symbol[512];

	snprintf(symbol, sizeof(symbol), "%s.%s%s%s", file->package, a, *b == '\0' ? "" : ".", b);
	expect_file(ask_as(V1, REQUEST(FILE_CONTAINING_SYMBOL), symbol), file->name);
}

/* --- tests --------------------------------------------------------------------- */

static void test_lists_every_service(void **state)
{
	static const char *const paths[] = {V1, V1ALPHA};

	(void)state;
	for (size_t p = 0; p < 2; p++) {
		reflection_response *reply = ask_as(paths[p], REQUEST(LIST_SERVICES), "*");
		const Grpc__Reflection__V1__ListServiceResponse *list =
			reply->list_services_response;
		size_t n = 0;

		assert_int_equal(reply->message_response_case, RESPONSE(LIST_SERVICES_RESPONSE));
		for (size_t i = 0; i < set->n_file; i++)
			for (size_t k = 0; k < set->file[i]->n_service; k++) {
				char name[256];

				snprintf(name, sizeof(name), "%s.%s", set->file[i]->package,
					 set->file[i]->service[k]->name);
				assert_string_equal(list->service[n++]->name, name);
			}
		assert_int_equal(list->n_service, n);
		assert_true(n > 8);
		reply_free(reply);
	}
}

static void test_finds_every_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < set->n_file; i++)
		expect_file(ask_as(V1, REQUEST(FILE_BY_FILENAME), set->file[i]->name),
			    set->file[i]->name);
}

static void test_finds_every_symbol(void **state)
{
	(void)state;
	for (size_t i = 0; i < set->n_file; i++) {
		const file_proto *file = set->file[i];

		for (size_t k = 0; k < file->n_service; k++) {
			expect_symbol(file, file->service[k]->name, "");
			for (size_t m = 0; m < file->service[k]->n_method; m++)
				expect_symbol(file, file->service[k]->name,
					      file->service[k]->method[m]->name);
		}
		for (size_t k = 0; k < file->n_message_type; k++) {
			expect_symbol(file, file->message_type[k]->name, "");
			for (size_t m = 0; m < file->message_type[k]->n_nested_type; m++)
				expect_symbol(file, file->message_type[k]->name,
					      file->message_type[k]->nested_type[m]->name);
		}
		for (size_t k = 0; k < file->n_enum_type; k++)
			expect_symbol(file, file->enum_type[k]->name, "");
	}
}

static void test_missing_is_an_answer(void **state)
{
	static const char *const symbols[] = {
		"",
		".",
		"pidc",
		"pidc.v1",
		"pidc.v1.",
		"pidc.v1.DataServic",
		"pidc.v1.DataServiceX",
		"pidc.v1.DataService.",
		"pidc.v1.DataService.Nothing",
		"pidc.v1.DataService.SubmitContribution.x",
		"xpidc.v1.DataService",
		"google.protobuf.Timestamp.seconds.x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(symbols) / sizeof(*symbols); i++)
		expect_missing(REQUEST(FILE_CONTAINING_SYMBOL), symbols[i]);
	expect_missing(REQUEST(FILE_BY_FILENAME), "");
	expect_missing(REQUEST(FILE_BY_FILENAME), "pidc/v1/../v1/data.proto");
	expect_missing(REQUEST(FILE_BY_FILENAME), "/etc/passwd");
	/* proto3 has no extensions. */
	expect_missing(REQUEST(ALL_EXTENSION_NUMBERS_OF_TYPE), "pidc.v1.Dataset");
}

static void test_malformed_questions(void **state)
{
	struct record record;

	(void)state;
	call_world_ask(world, &record, V1, "\x3a\x05*", 3);
	assert_int_equal(record.code, RPC_INVALID_ARGUMENT);
	record_close(&record);
	/* A question that asks nothing is answered, as nothing was found. */
	call_world_ask(world, &record, V1, "", 0);
	assert_int_equal(record.code, RPC_OK);
	assert_int_equal(record.messages, 1);
	record_close(&record);
}

/* Questions on one stream are answered in order; there is a limit to how many,
 * as each takes from the call's memory. */
static void test_many_questions_on_one_stream(void **state)
{
	static const uint8_t list[] = {0x3a, 1, '*'};
	struct record record;
	unsigned asked = 0;

	(void)state;
	record_start(&record, world->pair.ends[WIRE_CLIENT], V1, 0, world->pair.now);
	while (record.statuses == 0 && asked < 100000) {
		assert_int_equal(rpc_call_send(record.call, list, sizeof(list), NULL), 0);
		wire_pair_run(&world->pair);
		asked++;
		assert_true(record.statuses == 1 || record.messages == asked);
	}
	assert_true(asked > 100);
	assert_int_equal(record.code, RPC_RESOURCE_EXHAUSTED);
	record_close(&record);
}

static void test_sets_that_are_none(void **state)
{
	struct reflection *none = NULL;
	struct pidc_error err = {0};
	static uint8_t many[(REFLECTION_FILES_MAX + 1) * 2];

	(void)state;
	assert_int_equal(reflection_new((const uint8_t *)"\xff\xff", 2, &none, &err), PIDC_EINVAL);
	for (size_t i = 0; i < sizeof(many); i += 2)
		many[i] = 0x0a; /* an empty file */
	assert_int_equal(reflection_new(many, sizeof(many), &none, &err), PIDC_EINVAL);
	assert_null(none);
	reflection_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_every_service),
		cmocka_unit_test(test_finds_every_file),
		cmocka_unit_test(test_finds_every_symbol),
		cmocka_unit_test(test_missing_is_an_answer),
		cmocka_unit_test(test_malformed_questions),
		cmocka_unit_test(test_many_questions_on_one_stream),
		cmocka_unit_test(test_sets_that_are_none),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
