/* SPDX-License-Identifier: ISC */
#include "client/ctl.h"

#include "core/crypto.h"
#include "grpc/health/v1/health.pb-c.h"
#include "wire/guard.h"
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_SECONDS 30 /* a cold start on a satellite link takes 2 to 5 */

static const char *setting(const struct ctl *ctl, const char *flag, const char *env)
{
	const char *value = invocation_flag(ctl->in, flag, 0);
	return value ? value : getenv(env);
}

void ctl_disconnect(struct ctl *ctl)
{
	channel_close(ctl->channel);
	ctl->channel = NULL;
}

bool ctl_is_dry(const struct ctl *ctl)
{
	return invocation_flag(ctl->in, "validate-only", 0) ||
	       invocation_flag(ctl->in, "dry-run", 0);
}

static int connect_usage(const char *message, int exit_status, struct channel_status *ret)
{
	status_of_exit(exit_status, "", message, ret);
	return PIDC_EINVAL;
}

/* 0, or negative with *ret. */
static int ctl_connect(struct ctl *ctl, struct channel_status *ret)
{
	struct pidc_error err = {.code = 0};
	const char *timeout = invocation_flag(ctl->in, "timeout", 0);
	char *end = NULL;
	unsigned long seconds = timeout ? strtoul(timeout, &end, 10) : TIMEOUT_SECONDS;
	struct channel_options options = {
		.server = setting(ctl, "server", "PIDC_SERVER"),
		.ca_file = setting(ctl, "ca", "PIDC_CA"),
		.cert_file = setting(ctl, "cert", "PIDC_CERT"),
		.key_file = setting(ctl, "key", "PIDC_KEY"),
		.capacity = invocation_flag(ctl->in, "capacity", 0),
		.timeout_ms = (uint64_t)seconds * 1000,
	};
	if (timeout && (*end || seconds == 0 || seconds > 86400))
		return connect_usage("--timeout is 1 to 86400 seconds", EXIT_USAGE, ret);
	if (!options.server)
		options.server = getenv("PIDC_ADDRESS");
	if (!options.server)
		return connect_usage("no register: give --server HOST:PORT", EXIT_USAGE, ret);
	if (!options.ca_file)
		return connect_usage("no root certificate: give --ca FILE", EXIT_USAGE, ret);
	if (!options.cert_file || !options.key_file)
		return connect_usage("no certificate: give --cert FILE and --key FILE",
				     EXIT_IDENTITY, ret);
	int rc = channel_open(&options, &ctl->channel, &err);
	if (rc < 0)
		status_of_error(&err, ret);
	return rc;
}

void ctl_attempt(struct ctl *ctl, const struct channel_call *call, struct channel_status *ret)
{
	struct pidc_error err = {.code = 0};
	if (!ctl->channel && ctl_connect(ctl, ret) < 0)
		return;
	if (channel_run(ctl->channel, call, ret, &err) < 0)
		status_of_error(&err, ret);
}

int ctl_stream(struct ctl *ctl, const struct channel_call *call)
{
	struct channel_status status;
	ctl_attempt(ctl, call, &status);
	return status.code == 0 ? EXIT_OK : ctl_refused(ctl, &status);
}

/* One message out, one message in. */
struct unary {
	const uint8_t *data;
	size_t len;
	bool is_sent;
	const ProtobufCMessageDescriptor *response;
	struct arena *arena;
	ProtobufCMessage *answer;
};

static int unary_next(void *user, const uint8_t **ret_data, size_t *ret_len)
{
	struct unary *unary = user;
	if (unary->is_sent)
		return 0;
	unary->is_sent = true;
	*ret_data = unary->data;
	*ret_len = unary->len;
	return 1;
}

static int unary_message(void *user, const uint8_t *data, size_t len)
{
	struct unary *unary = user;
	return guard_unpack(unary->response, data, len, unary->arena, &unary->answer, NULL);
}

uint8_t *ctl_pack(struct ctl *ctl, const ProtobufCMessage *message, size_t *ret_len)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *data = arena_alloc(ctl->arena, len);
	if (data)
		*ret_len = protobuf_c_message_pack(message, data);
	return data;
}

int ctl_call(struct ctl *ctl, const char *path, const ProtobufCMessage *request,
	     const ProtobufCMessageDescriptor *response, ProtobufCMessage **ret)
{
	struct unary unary = {.response = response, .arena = ctl->arena};
	unary.data = ctl_pack(ctl, request, &unary.len);
	if (!unary.data)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
	struct channel_call call = {
		.path = path, .next = unary_next, .on_message = unary_message, .user = &unary};
	int status = ctl_stream(ctl, &call);
	if (status != EXIT_OK)
		return status;
	if (!unary.answer)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "the register sent no answer");
	*ret = unary.answer;
	return EXIT_OK;
}

/* The answer to the command's own RPC. */
static int own_call(struct ctl *ctl, const ProtobufCMessage *request, ProtobufCMessage **ret)
{
	const struct command *command = ctl->in->command;
	struct pidc_error err = {.code = 0};
	int status = ctl_call(ctl, command->path, request, command->response, ret);
	if (status == EXIT_OK &&
	    output_message(ctl->format, command->columns, *ret, ctl->arena, stdout, &err) < 0)
		return ctl_error(ctl, &err);
	return status;
}

int ctl_plain(struct ctl *ctl)
{
	ProtobufCMessage *request = NULL;
	ProtobufCMessage *answer = NULL;
	int status = ctl_request(ctl, &request);
	return status == EXIT_OK ? own_call(ctl, request, &answer) : status;
}

int ctl_server_ping(struct ctl *ctl)
{
	Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	ProtobufCMessage *answer = NULL;
	int status = own_call(ctl, &request.base, &answer);
	if (status != EXIT_OK)
		return status;
	return ((Grpc__Health__V1__HealthCheckResponse *)answer)->status ==
			       GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
		       ? EXIT_OK
		       : EXIT_NO;
}

/* "NAME:TYPE[:DESCRIPTION]" */
static json_t *field_json(const char *text)
{
	const char *type = strchr(text, ':');
	if (!type || type == text)
		return NULL;
	size_t len = strcspn(type + 1, ":");
	const char *description = type[len + 1] ? type + len + 2 : "";
	return json_pack("{s:s%, s:s%, s:s}", "name", text, (size_t)(type - text), "type", type + 1,
			 len, "description", description);
}

int ctl_dataset_define(struct ctl *ctl)
{
	json_t *request = NULL;
	const char *text = NULL;
	int status = ctl_request_json(ctl, &request);
	if (status != EXIT_OK)
		return status;
	json_t *dataset = json_object_get(request, "dataset");
	json_t *fields = json_object_get(dataset, "fields");
	for (size_t i = 0; (text = invocation_flag(ctl->in, "field", i)); i++) {
		json_t *field = field_json(text);
		if (!dataset)
			(void)json_object_set_new(request, "dataset", dataset = json_object());
		if (!fields)
			(void)json_object_set_new(dataset, "fields", fields = json_array());
		if (!field || json_array_append_new(fields, field) < 0) {
			json_decref(request);
			return ctl_fail(ctl, EXIT_USAGE, "", "--field is NAME:TYPE[:DESCRIPTION]");
		}
	}
	ProtobufCMessage *message = NULL;
	ProtobufCMessage *answer = NULL;
	status = ctl_json_message(ctl, ctl->in->command->request, request, &message);
	json_decref(request);
	return status == EXIT_OK ? own_call(ctl, message, &answer) : status;
}
