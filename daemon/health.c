/* SPDX-License-Identifier: ISC */
#include "daemon/health.h"

#include "grpc/health/v1/health.pb-c.h"

#include <stdlib.h>
#include <string.h>

#define NAMES     3
#define UNKNOWN   NAMES /* index of a name that we do not have */
#define WATCH_END UINT64_MAX

static const char *const names[NAMES] = {"", HEALTH_REGISTER, HEALTH_QUERY};

struct watch {
	struct watch *next, **at;
	struct call *call;
	size_t name;
};

struct health {
	enum health_status status[NAMES];
	bool is_draining;
	struct watch *watches;
	unsigned watch_count;
};

static size_t index_of(const char *name)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return UNKNOWN;
}

struct health *health_new(void)
{
	struct health *health = calloc(1, sizeof(*health));

	for (size_t i = 0; health != NULL && i < NAMES; i++)
		health->status[i] = HEALTH_NOT_SERVING;
	return health;
}

void health_free(struct health *health)
{
	free(health);
}

static int answer(struct call *call, const struct health *health, size_t name)
{
	Grpc__Health__V1__HealthCheckResponse reply = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

	if (name == UNKNOWN)
		reply.status =
			GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN;
	else if (health->status[name] == HEALTH_SERVING)
		reply.status = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
	else
		reply.status = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING;
	return call_send_message(call, &reply.base, NULL);
}

static void set(struct health *health, size_t name, enum health_status status)
{
	if (health->status[name] == status)
		return;
	health->status[name] = status;
	for (struct watch *watch = health->watches; watch != NULL; watch = watch->next) {
		/* One that cannot be told is ended by call_send. */
		if (watch->name == name && answer(watch->call, health, name) < 0)
			continue;
	}
}

void health_set(struct health *health, const char *name, enum health_status status)
{
	size_t i = index_of(name);

	if (i != UNKNOWN && !health->is_draining)
		set(health, i, status);
}

void health_drain(struct health *health)
{
	for (size_t i = 0; i < NAMES; i++)
		set(health, i, HEALTH_NOT_SERVING);
	health->is_draining = true;
	for (struct watch *watch = health->watches; watch != NULL; watch = watch->next)
		call_finish(watch->call, RPC_UNAVAILABLE, "the server is going down");
}

static int name_of(struct call *call, const uint8_t *data, size_t len, size_t *ret)
{
	ProtobufCMessage *message;
	int r = call_unpack(call, &grpc__health__v1__health_check_request__descriptor, data, len,
			    &message);

	if (r == 0)
		*ret = index_of(((Grpc__Health__V1__HealthCheckRequest *)message)->service);
	return r;
}

static void check_message(struct call *call, const uint8_t *data, size_t len)
{
	size_t name = UNKNOWN;

	if (name_of(call, data, len, &name) < 0)
		return;
	if (name == UNKNOWN)
		call_finish(call, RPC_NOT_FOUND, "no such service");
	else if (answer(call, call->method.data, name) == 0)
		call_ok(call);
}

static bool is_too_many(const struct health *health, const struct call *call)
{
	unsigned count = 0;

	for (const struct watch *watch = health->watches; watch != NULL; watch = watch->next)
		count += watch->call->conn == call->conn;
	return count >= HEALTH_WATCHES_CONN_MAX || health->watch_count >= HEALTH_WATCHES_MAX;
}

static void watch_message(struct call *call, const uint8_t *data, size_t len)
{
	struct health *health = (struct health *)call->method.data;
	struct watch *watch;
	size_t name = UNKNOWN;

	if (name_of(call, data, len, &name) < 0)
		return;
	if (health->is_draining) {
		call_finish(call, RPC_UNAVAILABLE, "the server is going down");
		return;
	}
	watch = arena_alloc(call->arena, sizeof(*watch));
	if (watch == NULL || is_too_many(health, call)) {
		call_abort(call, PIDC_ELIMIT, "too many watches");
		return;
	}
	*watch = (struct watch){
		.call = call, .name = name, .next = health->watches, .at = &health->watches};
	if (watch->next != NULL)
		watch->next->at = &watch->next;
	health->watches = watch;
	health->watch_count++;
	call->state = watch;
	rpc_call_set_deadline(call->rpc, WATCH_END);
	if (answer(call, health, name) < 0)
		return;
}

static void watch_gone(struct call *call)
{
	struct health *health = (struct health *)call->method.data;
	struct watch *watch = call->state;

	if (watch == NULL)
		return;
	*watch->at = watch->next;
	if (watch->next != NULL)
		watch->next->at = watch->at;
	health->watch_count--;
}

static void watch_drain(struct call *call)
{
	call_finish(call, RPC_UNAVAILABLE, "this connection is closed for its age; come again");
}

static const struct call_kind check_kind = {.on_message = check_message};
static const struct call_kind watch_kind = {
	.on_message = watch_message, .on_drain = watch_drain, .on_gone = watch_gone};

bool health_find(struct health *health, const char *path, struct call_method *ret)
{
	if (strcmp(path, "/grpc.health.v1.Health/Check") == 0)
		ret->kind = &check_kind;
	else if (strcmp(path, "/grpc.health.v1.Health/Watch") == 0)
		ret->kind = &watch_kind;
	else
		return false;
	ret->data = health;
	return true;
}
