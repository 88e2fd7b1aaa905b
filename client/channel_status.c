/* SPDX-License-Identifier: ISC */
#include "client/channel.h"

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "wire/guard.h"

#include <stdio.h>
#include <string.h>

/* Unpacked details: the header block that brought them is under 16 KiB. */
#define DETAILS_MEMORY ((size_t)256 * 1024)

static void info_take(const Google__Rpc__ErrorInfo *info, struct channel_status *ret)
{
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s", info->reason);
	(void)snprintf(ret->domain, sizeof(ret->domain), "%s", info->domain);
	for (size_t i = 0; i < info->n_metadata && i < CHANNEL_METADATA_MAX; i++) {
		(void)snprintf(ret->metadata[i].key, sizeof(ret->metadata[i].key), "%s",
			       info->metadata[i]->key);
		(void)snprintf(ret->metadata[i].value, sizeof(ret->metadata[i].value), "%s",
			       info->metadata[i]->value);
		ret->metadata_count = i + 1;
	}
}

static void retry_take(const Google__Rpc__RetryInfo *info, struct channel_status *ret)
{
	const Google__Protobuf__Duration *delay = info->retry_delay;
	/* A day is more than anybody waits for a call. */
	if (delay && delay->seconds >= 0 && delay->seconds <= 86400 && delay->nanos >= 0)
		ret->retry_after_ms = delay->seconds * 1000 + delay->nanos / 1000000;
}

/* The message inside, or NULL when it is of another type or malformed. */
static const ProtobufCMessage *any_open(const Google__Protobuf__Any *any,
					const ProtobufCMessageDescriptor *type, struct arena *arena)
{
	ProtobufCMessage *message = NULL;
	const char *name = strrchr(any->type_url, '/');
	if (!name || strcmp(name + 1, type->name) != 0 ||
	    guard_unpack(type, any->value.data, any->value.len, arena, &message, NULL) < 0)
		return NULL;
	return message;
}

static void details_take(const uint8_t *details, size_t len, struct arena *arena,
			 struct channel_status *ret)
{
	ProtobufCMessage *message = NULL;
	if (guard_unpack(&google__rpc__status__descriptor, details, len, arena, &message, NULL) < 0)
		return;
	const Google__Rpc__Status *status = (const Google__Rpc__Status *)message;
	for (size_t i = 0; i < status->n_details; i++) {
		const Google__Protobuf__Any *any = status->details[i];
		const ProtobufCMessage *info =
			any_open(any, &google__rpc__error_info__descriptor, arena);
		const ProtobufCMessage *retry =
			any_open(any, &google__rpc__retry_info__descriptor, arena);
		if (info && !*ret->reason)
			info_take((const Google__Rpc__ErrorInfo *)info, ret);
		if (retry)
			retry_take((const Google__Rpc__RetryInfo *)retry, ret);
	}
}

void channel_status_decode(int code, const char *message, const uint8_t *details,
			   size_t details_len, struct channel_status *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->code = code;
	ret->retry_after_ms = -1;
	(void)snprintf(ret->message, sizeof(ret->message), "%s", message ? message : "");
	struct arena *arena = details ? arena_new(DETAILS_MEMORY) : NULL;
	if (arena)
		details_take(details, details_len, arena, ret);
	arena_free(arena);
}
