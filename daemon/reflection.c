/* SPDX-License-Identifier: ISC */
#include "daemon/reflection.h"

#include "google/protobuf/descriptor.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"

#include <stdlib.h>
#include <string.h>

/* Short names for generated types. */
typedef Google__Protobuf__FileDescriptorProto file_proto;
typedef Google__Protobuf__DescriptorProto message_proto;
typedef Grpc__Reflection__V1__ServerReflectionRequest reflection_request;
typedef Grpc__Reflection__V1__ServerReflectionResponse reflection_response;

struct reflection {
	Google__Protobuf__FileDescriptorSet *set;
	ProtobufCBinaryData packed[REFLECTION_FILES_MAX]; /* of each file */
};

/* --- life ------------------------------------------------------------------ */

void reflection_free(struct reflection *reflection)
{
	if (reflection == NULL)
		return;
	for (size_t i = 0; i < REFLECTION_FILES_MAX; i++)
		free(reflection->packed[i].data);
	if (reflection->set != NULL)
		google__protobuf__file_descriptor_set__free_unpacked(reflection->set, NULL);
	free(reflection);
}

static bool pack_files(struct reflection *reflection)
{
	for (size_t i = 0; i < reflection->set->n_file; i++) {
		const ProtobufCMessage *file = &reflection->set->file[i]->base;
		ProtobufCBinaryData *packed = &reflection->packed[i];

		packed->len = protobuf_c_message_get_packed_size(file);
		packed->data = malloc(packed->len);
		if (packed->data == NULL)
			return false;
		protobuf_c_message_pack(file, packed->data);
	}
	return true;
}

int reflection_new(const uint8_t *data, size_t len, struct reflection **ret, struct pidc_error *err)
{
	struct reflection *reflection = calloc(1, sizeof(*reflection));

	if (reflection == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	reflection->set = google__protobuf__file_descriptor_set__unpack(NULL, len, data);
	if (reflection->set == NULL || reflection->set->n_file > REFLECTION_FILES_MAX) {
		reflection_free(reflection);
		return pidc_fail(err, PIDC_EINVAL, "not a set of file descriptors");
	}
	if (!pack_files(reflection)) {
		reflection_free(reflection);
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	}
	*ret = reflection;
	return 0;
}

/* --- finding symbols -------------------------------------------------------- */

/* If symbol begins with name as a whole step, what follows it; "" at the end, but
 * not after a dot. */
static const char *rest_after(const char *symbol, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(symbol, name, len) != 0)
		return NULL;
	if (symbol[len] == '\0')
		return symbol + len;
	return symbol[len] == '.' && symbol[len + 1] != '\0' ? symbol + len + 1 : NULL;
}

static bool enum_has(const Google__Protobuf__EnumDescriptorProto *type, const char *symbol)
{
	return strcmp(type->name, symbol) == 0;
}

/* Messages nest as deep as somebody wrote them: a symbol has as many steps. */
static bool message_has(const message_proto *type, const char *symbol)
{
	const char *rest = rest_after(symbol, type->name);

	if (rest == NULL)
		return false;
	if (*rest == '\0')
		return true;
	for (size_t i = 0; i < type->n_nested_type; i++) {
		if (message_has(type->nested_type[i], rest))
			return true;
	}
	for (size_t i = 0; i < type->n_enum_type; i++) {
		if (enum_has(type->enum_type[i], rest))
			return true;
	}
	for (size_t i = 0; i < type->n_field; i++) {
		if (strcmp(type->field[i]->name, rest) == 0)
			return true;
	}
	return false;
}

static bool service_has(const Google__Protobuf__ServiceDescriptorProto *service, const char *symbol)
{
	const char *rest = rest_after(symbol, service->name);

	if (rest == NULL || *rest == '\0')
		return rest != NULL;
	for (size_t i = 0; i < service->n_method; i++) {
		if (strcmp(service->method[i]->name, rest) == 0)
			return true;
	}
	return false;
}

static bool file_has(const file_proto *file, const char *symbol)
{
	const char *rest = file->package != NULL && *file->package != '\0'
				   ? rest_after(symbol, file->package)
				   : symbol;

	if (rest == NULL || *rest == '\0')
		return false;
	for (size_t i = 0; i < file->n_service; i++) {
		if (service_has(file->service[i], rest))
			return true;
	}
	for (size_t i = 0; i < file->n_message_type; i++) {
		if (message_has(file->message_type[i], rest))
			return true;
	}
	for (size_t i = 0; i < file->n_enum_type; i++) {
		if (enum_has(file->enum_type[i], rest))
			return true;
	}
	return false;
}

#define NOT_FOUND REFLECTION_FILES_MAX

static size_t find_file(const struct reflection *reflection, const char *name)
{
	for (size_t i = 0; i < reflection->set->n_file; i++) {
		if (strcmp(reflection->set->file[i]->name, name) == 0)
			return i;
	}
	return NOT_FOUND;
}

static size_t find_symbol(const struct reflection *reflection, const char *symbol)
{
	for (size_t i = 0; i < reflection->set->n_file; i++) {
		if (file_has(reflection->set->file[i], symbol))
			return i;
	}
	return NOT_FOUND;
}

/* --- answers --------------------------------------------------------------- */

/* Sends the reply and empties it: what it points to ends with its maker. */
static int reply_send(struct call *call, reflection_response *reply)
{
	int r = call_send_message(call, &reply->base, NULL);

	reply->message_response_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE__NOT_SET;
	reply->error_response = NULL;
	return r;
}

static int answer_error(struct call *call, reflection_response *reply, enum rpc_code code,
			const char *message)
{
	Grpc__Reflection__V1__ErrorResponse error = GRPC__REFLECTION__V1__ERROR_RESPONSE__INIT;

	error.error_code = (int32_t)code;
	error.error_message = (char *)message;
	reply->message_response_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE;
	reply->error_response = &error;
	return reply_send(call, reply);
}

/* The file and all that it imports, each once: order[] grows while it is walked. */
static size_t closure(const struct reflection *reflection, size_t first,
		      size_t order[REFLECTION_FILES_MAX])
{
	bool is_seen[REFLECTION_FILES_MAX] = {false};
	size_t n = 0;

	order[n++] = first;
	is_seen[first] = true;
	for (size_t at = 0; at < n; at++) {
		const file_proto *file = reflection->set->file[order[at]];

		for (size_t i = 0; i < file->n_dependency; i++) {
			size_t next = find_file(reflection, file->dependency[i]);

			if (next == NOT_FOUND || is_seen[next])
				continue;
			is_seen[next] = true;
			order[n++] = next;
		}
	}
	return n;
}

static int answer_file(struct call *call, reflection_response *reply, size_t file)
{
	const struct reflection *reflection = call->method.data;
	Grpc__Reflection__V1__FileDescriptorResponse files =
		GRPC__REFLECTION__V1__FILE_DESCRIPTOR_RESPONSE__INIT;
	ProtobufCBinaryData list[REFLECTION_FILES_MAX];
	size_t order[REFLECTION_FILES_MAX];

	if (file == NOT_FOUND)
		return answer_error(call, reply, RPC_NOT_FOUND, "not found");
	files.n_file_descriptor_proto = closure(reflection, file, order);
	for (size_t i = 0; i < files.n_file_descriptor_proto; i++)
		list[i] = reflection->packed[order[i]];
	files.file_descriptor_proto = list;
	reply->message_response_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE;
	reply->file_descriptor_response = &files;
	return reply_send(call, reply);
}

static size_t count_services(const struct reflection *reflection)
{
	size_t n = 0;

	for (size_t i = 0; i < reflection->set->n_file; i++)
		n += reflection->set->file[i]->n_service;
	return n;
}

static bool name_services(const struct reflection *reflection, struct arena *arena,
			  Grpc__Reflection__V1__ServiceResponse *rows,
			  Grpc__Reflection__V1__ServiceResponse **list)
{
	size_t n = 0;

	for (size_t i = 0; i < reflection->set->n_file; i++) {
		const file_proto *file = reflection->set->file[i];

		for (size_t k = 0; k < file->n_service; k++, n++) {
			grpc__reflection__v1__service_response__init(&rows[n]);
			rows[n].name =
				arena_printf(arena, "%s.%s", file->package, file->service[k]->name);
			if (rows[n].name == NULL)
				return false;
			list[n] = &rows[n];
		}
	}
	return true;
}

static int answer_services(struct call *call, reflection_response *reply)
{
	const struct reflection *reflection = call->method.data;
	Grpc__Reflection__V1__ListServiceResponse services =
		GRPC__REFLECTION__V1__LIST_SERVICE_RESPONSE__INIT;
	size_t n = count_services(reflection);
	Grpc__Reflection__V1__ServiceResponse *rows = arena_calloc(call->arena, n, sizeof(*rows));

	services.service = arena_calloc(call->arena, n, sizeof(*services.service));
	if (rows == NULL || services.service == NULL ||
	    !name_services(reflection, call->arena, rows, services.service)) {
		call_abort(call, PIDC_ELIMIT, "too many questions on one stream");
		return PIDC_ELIMIT;
	}
	services.n_service = n;
	reply->message_response_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE;
	reply->list_services_response = &services;
	return reply_send(call, reply);
}

static void on_message(struct call *call, const uint8_t *data, size_t len)
{
	const struct reflection *reflection = call->method.data;
	reflection_response reply = GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__INIT;
	ProtobufCMessage *message;
	reflection_request *request;
	int r;

	if (call_unpack(call, &grpc__reflection__v1__server_reflection_request__descriptor, data,
			len, &message) < 0)
		return;
	request = (reflection_request *)message;
	reply.valid_host = request->host;
	reply.original_request = request;
	switch ((int)request->message_request_case) {
	case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
		r = answer_services(call, &reply);
		break;
	case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
		r = answer_file(call, &reply, find_file(reflection, request->file_by_filename));
		break;
	case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
		r = answer_file(call, &reply,
				find_symbol(reflection, request->file_containing_symbol));
		break;
	default:
		/* There are no extensions in proto3. */
		r = answer_error(call, &reply, RPC_NOT_FOUND, "not found");
		break;
	}
	/* call_send has ended a call that cannot be answered. */
	if (r < 0)
		return;
}

static void on_half_close(struct call *call)
{
	call_ok(call);
}

static const struct call_kind kind = {
	.is_client_stream = true,
	.on_message = on_message,
	.on_half_close = on_half_close,
};

bool reflection_find(struct reflection *reflection, const char *path, struct call_method *ret)
{
	if (strcmp(path, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo") != 0 &&
	    strcmp(path, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo") != 0)
		return false;
	ret->kind = &kind;
	ret->data = reflection;
	return true;
}
