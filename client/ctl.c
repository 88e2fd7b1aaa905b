/* SPDX-License-Identifier: ISC */
#include "client/ctl.h"

#include "core/message.h"
#include "grpc/health/v1/health.pb-c.h"
#include "wire/guard.h"
#include "wire/rpc.h"

#include <string.h>

bool ctl_is_dry(const struct ctl *ctl)
{
	return invocation_flag(ctl->in, "validate-only", 0) ||
	       invocation_flag(ctl->in, "dry-run", 0);
}

int ctl_stream(struct ctl *ctl, const struct channel_call *call)
{
	struct channel_status status;
	ctl_attempt(ctl, call, &status);
	return status.code == RPC_OK ? EXIT_OK : ctl_refused(ctl, &status);
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
	ProtobufCBinaryData packed = {.data = NULL};
	if (message_pack(message, ctl->arena, &packed) < 0)
		return NULL;
	*ret_len = packed.len;
	return packed.data;
}

bool ctl_try(struct ctl *ctl, const char *path, const ProtobufCMessage *request,
	     const ProtobufCMessageDescriptor *response, ProtobufCMessage **ret,
	     struct channel_status *ret_status)
{
	struct unary unary = {.response = response, .arena = ctl->arena};
	struct channel_call call = {
		.path = path, .next = unary_next, .on_message = unary_message, .user = &unary};
	struct channel_status status;
	unary.data = ctl_pack(ctl, request, &unary.len);
	if (unary.data)
		ctl_attempt(ctl, &call, &status);
	else
		status_of_exit(EXIT_UNEXPECTED, "", "no memory for the request", &status);
	if (status.code == RPC_OK && !unary.answer)
		status_of_exit(EXIT_UNEXPECTED, "", "the register sent no answer", &status);
	if (ret_status)
		*ret_status = status;
	if (status.code == RPC_OK)
		*ret = unary.answer;
	return status.code == RPC_OK;
}

int ctl_call(struct ctl *ctl, const char *path, const ProtobufCMessage *request,
	     const ProtobufCMessageDescriptor *response, ProtobufCMessage **ret)
{
	struct channel_status status;
	if (ctl_try(ctl, path, request, response, ret, &status))
		return EXIT_OK;
	return ctl_refused(ctl, &status);
}

int ctl_run_call(struct ctl *ctl, const ProtobufCMessage *request, ProtobufCMessage **ret)
{
	const struct command *command = ctl->in->command;
	struct pidc_error err = {.code = 0};
	int status = ctl_call(ctl, command->path, request, command->response, ret);
	if (status != EXIT_OK)
		return status;
	if (output_message(&ctl->output, command->columns, *ret, ctl->arena, &err) < 0)
		return ctl_error(ctl, &err);
	if (ctl_is_dry(ctl) && !output_is_json(&ctl->output))
		(void)fputs("only checked: nothing was written\n", stderr);
	return EXIT_OK;
}

int ctl_plain(struct ctl *ctl)
{
	ProtobufCMessage *request = NULL;
	ProtobufCMessage *answer = NULL;
	int status = ctl_request(ctl, &request);
	return status == EXIT_OK ? ctl_run_call(ctl, request, &answer) : status;
}

int ctl_server_ping(struct ctl *ctl)
{
	Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	ProtobufCMessage *answer = NULL;
	int status = ctl_run_call(ctl, &request.base, &answer);
	if (status != EXIT_OK || !answer)
		return status;
	return ((Grpc__Health__V1__HealthCheckResponse *)answer)->status ==
			       GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
		       ? EXIT_OK
		       : EXIT_NO;
}
