/* SPDX-License-Identifier: ISC
 *
 * The proto is the only vocabulary: what reflection shows is what is served, with
 * these messages and this kind of stream, and nothing is served beside it.
 */
#include "daemon/vocabulary.h"

#include "daemon/service/service.h"
#include "google/protobuf/descriptor.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PACKAGE "pidc.v1"

static Google__Protobuf__FileDescriptorSet *set;

static int group_setup(void **state)
{
	size_t len = 0;
	const uint8_t *data = vocabulary_bytes(&len);

	(void)state;
	set = google__protobuf__file_descriptor_set__unpack(NULL, len, data);
	assert_non_null(set);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
	return 0;
}

/* ".pidc.v1.Name" against a descriptor of generated code. */
static void assert_type(const char *path, const char *type,
			const ProtobufCMessageDescriptor *descriptor)
{
	if (*type != '.' || strcmp(type + 1, descriptor->name) != 0)
		fail_msg("%s: %s in the proto, %s in the table", path, type, descriptor->name);
}

static void check_method(const char *path, const Google__Protobuf__MethodDescriptorProto *proto)
{
	const struct service_method *method = service_method_find(path);
	enum service_stream stream;

	if (method == NULL)
		fail_msg("%s is in the proto and not served", path);
	assert_type(path, proto->input_type, service_method_request(method));
	assert_type(path, proto->output_type, service_method_reply(method));
	stream = service_method_stream(method);
	if (proto->server_streaming != (stream != STREAM_NONE) ||
	    proto->client_streaming != (stream == STREAM_ITEMS))
		fail_msg("%s: another kind of stream in the proto", path);
}

/* Calls check (may be NULL) for each method of PACKAGE; is one of them path? */
static bool each_method(void (*check)(const char *,
				      const Google__Protobuf__MethodDescriptorProto *),
			const char *path)
{
	bool is_there = false;

	for (size_t i = 0; i < set->n_file; i++) {
		const Google__Protobuf__FileDescriptorProto *file = set->file[i];

		for (size_t k = 0; k < file->n_service && strcmp(file->package, PACKAGE) == 0; k++)
			for (size_t m = 0; m < file->service[k]->n_method; m++) {
				char name[256];

				snprintf(name, sizeof(name), "/" PACKAGE ".%s/%s",
					 file->service[k]->name, file->service[k]->method[m]->name);
				is_there |= path != NULL && strcmp(name, path) == 0;
				if (check != NULL)
					check(name, file->service[k]->method[m]);
			}
	}
	return is_there;
}

static void test_what_the_proto_says_is_served(void **state)
{
	(void)state;
	each_method(check_method, NULL);
}

static void test_what_is_served_the_proto_says(void **state)
{
	size_t n = 0;

	(void)state;
	for (; service_method_at(n) != NULL; n++) {
		const char *path = service_method_path(service_method_at(n));

		if (!each_method(NULL, path))
			fail_msg("%s is served and not in the proto", path);
	}
	assert_true(n > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_proto_says_is_served),
		cmocka_unit_test(test_what_is_served_the_proto_says),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
