/* SPDX-License-Identifier: ISC */
#include "daemon/status.h"

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"

#include <stdio.h>
#include <string.h>

#define TYPE_URL "type.googleapis.com/"

static bool pack(const ProtobufCMessage *message, struct arena *arena, ProtobufCBinaryData *ret)
{
	ret->len = protobuf_c_message_get_packed_size(message);
	ret->data = arena_alloc(arena, ret->len);
	if (ret->data == NULL)
		return false;
	protobuf_c_message_pack(message, ret->data);
	return true;
}

static bool info_any(const struct refusal *refusal, const struct reason_info *row,
		     struct arena *arena, Google__Protobuf__Any *ret)
{
	const char *const pairs[][2] = {
		{"field", refusal->field}, {"clause", row->clause}, {"remedy", row->remedy}};
	Google__Rpc__ErrorInfo__MetadataEntry entries[3];
	Google__Rpc__ErrorInfo__MetadataEntry *list[3];
	Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;

	info.reason = (char *)reason_name(refusal->reason);
	info.domain = (char *)"pidc";
	info.metadata = list;
	for (size_t i = 0; i < 3; i++) {
		Google__Rpc__ErrorInfo__MetadataEntry *entry = &entries[info.n_metadata];

		if (pairs[i][1] == NULL || *pairs[i][1] == '\0')
			continue;
		google__rpc__error_info__metadata_entry__init(entry);
		entry->key = (char *)pairs[i][0];
		entry->value = (char *)pairs[i][1];
		list[info.n_metadata++] = entry;
	}
	ret->type_url = (char *)TYPE_URL "google.rpc.ErrorInfo";
	return pack(&info.base, arena, &ret->value);
}

static bool retry_any(struct arena *arena, Google__Protobuf__Any *ret)
{
	Google__Rpc__RetryInfo info = GOOGLE__RPC__RETRY_INFO__INIT;
	Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;

	delay.seconds = STATUS_RETRY_S;
	info.retry_delay = &delay;
	ret->type_url = (char *)TYPE_URL "google.rpc.RetryInfo";
	return pack(&info.base, arena, &ret->value);
}

static bool is_worth_retrying(const struct refusal *refusal, const struct reason_info *row)
{
	return row->is_retryable || refusal->reason == PIDC__V1__REASON__REASON_E_UNAVAILABLE ||
	       refusal->reason == PIDC__V1__REASON__REASON_E_LIMIT;
}

/* Without the full stop, so that the particulars can follow. */
static int sentence_length(const char *text)
{
	size_t len = strlen(text);

	return (int)(len > 0 && text[len - 1] == '.' ? len - 1 : len);
}

void status_of_refusal(const struct refusal *refusal, struct arena *arena, struct rpc_status *ret)
{
	const struct reason_info *row = reason_lookup(refusal->reason);
	Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;
	Google__Protobuf__Any anys[2] = {GOOGLE__PROTOBUF__ANY__INIT, GOOGLE__PROTOBUF__ANY__INIT};
	Google__Protobuf__Any *list[2] = {&anys[0], &anys[1]};
	ProtobufCBinaryData details;
	const char *text = row->en;

	if (refusal->detail[0] != '\0')
		text = arena_printf(arena, "%.*s: %s", sentence_length(row->en), row->en,
				    refusal->detail);
	*ret = (struct rpc_status){.code = (enum rpc_code)row->grpc_code,
				   .message = text != NULL ? text : row->en};
	status.code = row->grpc_code;
	status.message = (char *)ret->message;
	status.details = list;
	if (info_any(refusal, row, arena, &anys[0]))
		status.n_details = 1;
	if (status.n_details == 1 && is_worth_retrying(refusal, row) && retry_any(arena, &anys[1]))
		status.n_details = 2;
	if (status.n_details == 0 || !pack(&status.base, arena, &details))
		return;
	ret->details = details.data;
	ret->details_len = details.len;
}

static Pidc__V1__Reason reason_of_error(int code)
{
	switch (code) {
	case PIDC_EINVAL:
	case PIDC_EPROTO:
		return PIDC__V1__REASON__REASON_E_MALFORMED;
	case PIDC_ENOMEM:
	case PIDC_ELIMIT:
		return PIDC__V1__REASON__REASON_E_LIMIT;
	case PIDC_EDEADLINE: /* E_DEADLINE is about dates of the policy */
	case PIDC_EUNAVAILABLE:
	case PIDC_ECLOSED:
		return PIDC__V1__REASON__REASON_E_UNAVAILABLE;
	case PIDC_EUNCERTAIN:
		return PIDC__V1__REASON__REASON_E_OUTCOME_UNKNOWN;
	case PIDC_ENOTFOUND:
		return PIDC__V1__REASON__REASON_E_NOT_FOUND;
	default:
		return PIDC__V1__REASON__REASON_E_INTERNAL;
	}
}

void status_refusal_of_error(int code, const char *detail, struct refusal *ret)
{
	*ret = (struct refusal){.reason = reason_of_error(code)};
	if (detail != NULL)
		snprintf(ret->detail, sizeof(ret->detail), "%s", detail);
}
