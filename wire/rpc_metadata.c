/* SPDX-License-Identifier: ISC */
#include "wire/rpc_internal.h"

#include <string.h>

/* Pairs that we send: clients cap the headers they accept at 8 KiB. */
#define OWN_PAIRS_MAX 32
#define OWN_SIZE_MAX  6144
/* A first array of pairs: most calls have few. */
#define FIRST_PAIRS 8

/* --- received -------------------------------------------------------------- */

bool metadata_count_header(struct rpc_call *call, const struct h2_header *header)
{
	const struct rpc_limits *limits = &call->conn->limits;

	call->header_size += header->name_len + header->value_len + 32;
	call->header_fields++;
	return call->header_size <= limits->max_header_list &&
	       call->header_fields <= limits->max_header_fields;
}

/* What belongs to the protocol and not to the service. */
bool metadata_is_hidden(const struct h2_header *header)
{
	static const char *const NAMES[] = {"content-type", "te"};

	if (header->name[0] == ':' ||
	    (header->name_len >= 5 && memcmp(header->name, "grpc-", 5) == 0))
		return true;
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(*NAMES); i++)
		if (header->name_len == strlen(NAMES[i]) &&
		    memcmp(header->name, NAMES[i], header->name_len) == 0)
			return true;
	return false;
}

static int grow(struct rpc_call *call)
{
	size_t cap = call->metadata_cap == 0 ? FIRST_PAIRS : call->metadata_cap * 2;
	struct rpc_metadata *array = arena_calloc(call->arena, cap, sizeof(*array));

	if (array == NULL)
		return PIDC_ENOMEM;
	if (call->metadata_count != 0)
		memcpy(array, call->metadata, call->metadata_count * sizeof(*array));
	call->metadata = array;
	call->metadata_cap = cap;
	return 0;
}

static int add_received(struct rpc_call *call, const char *name, const uint8_t *value, size_t len)
{
	if (call->metadata_count == call->metadata_cap && grow(call) < 0)
		return PIDC_ENOMEM;
	call->metadata[call->metadata_count++] =
		(struct rpc_metadata){.name = name, .value = value, .value_len = len};
	return 0;
}

/* One header may carry several values: they are split before they are decoded. */
static int add_binary(struct rpc_call *call, const char *name, const uint8_t *list, size_t len)
{
	for (;;) {
		const uint8_t *comma = memchr(list, ',', len);
		size_t n = comma == NULL ? len : (size_t)(comma - list);
		uint8_t *value = arena_alloc(call->arena, n + 1);
		const uint8_t *item = list;
		size_t value_len = 0;

		if (value == NULL)
			return PIDC_ENOMEM;
		for (; n > 0 && *item == ' '; n--)
			item++;
		while (n > 0 && item[n - 1] == ' ')
			n--;
		if (grpc_base64_decode(item, n, value, &value_len) < 0)
			return PIDC_EINVAL;
		if (add_received(call, name, value, value_len) < 0)
			return PIDC_ENOMEM;
		if (comma == NULL)
			return 0;
		len -= (size_t)(comma + 1 - list);
		list = comma + 1;
	}
}

static void note_fault(struct rpc_call *call, enum rpc_fault fault)
{
	if (fault < call->fault)
		call->fault = fault;
}

void metadata_receive(struct rpc_call *call, const struct h2_header *header)
{
	char *name = arena_strndup(call->arena, header->name, header->name_len);
	uint8_t *value;
	int rv;

	if (name == NULL) {
		note_fault(call, FAULT_MEMORY);
		return;
	}
	if (grpc_is_binary_name(header->name, header->name_len)) {
		rv = add_binary(call, name, header->value, header->value_len);
	} else {
		/* NUL-terminated for the reader's convenience. */
		value = (uint8_t *)arena_strndup(call->arena, (const char *)header->value,
						 header->value_len);
		rv = value == NULL ? PIDC_ENOMEM
				   : add_received(call, name, value, header->value_len);
	}
	if (rv < 0)
		note_fault(call, rv == PIDC_ENOMEM ? FAULT_MEMORY : FAULT_METADATA);
}

const struct rpc_metadata *rpc_call_metadata(const struct rpc_call *call, const char *name)
{
	for (size_t i = 0; i < call->metadata_count; i++)
		if (strcmp(call->metadata[i].name, name) == 0)
			return &call->metadata[i];
	return NULL;
}

size_t rpc_call_metadata_count(const struct rpc_call *call)
{
	return call->metadata_count;
}

const struct rpc_metadata *rpc_call_metadata_at(const struct rpc_call *call, size_t i)
{
	return i < call->metadata_count ? &call->metadata[i] : NULL;
}

/* --- to send --------------------------------------------------------------- */

static bool may_send(const char *name, size_t len)
{
	/* The protocol's own, and those that HTTP/2 forbids. */
	static const char *const RESERVED[] = {
		"te",         "content-type",     "content-length",    "connection",
		"keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
		"host",       "user-agent"};

	if (!grpc_is_name(name, len) || (len >= 5 && memcmp(name, "grpc-", 5) == 0))
		return false;
	for (size_t i = 0; i < sizeof(RESERVED) / sizeof(*RESERVED); i++)
		if (strcmp(name, RESERVED[i]) == 0)
			return false;
	return true;
}

static int pairs_add(struct rpc_call *call, struct rpc_pairs *pairs, const char *name,
		     const uint8_t *value, size_t len)
{
	size_t name_len = strlen(name);
	bool is_binary = grpc_is_binary_name(name, name_len);
	size_t value_len = is_binary ? grpc_base64_len(len) : len;
	char *name_copy;
	uint8_t *value_copy;

	if (pairs->count == OWN_PAIRS_MAX || len > OWN_SIZE_MAX ||
	    pairs->size + name_len + value_len + 32 > OWN_SIZE_MAX)
		return PIDC_ELIMIT;
	if (pairs->list == NULL)
		pairs->list = arena_calloc(call->arena, OWN_PAIRS_MAX, sizeof(*pairs->list));
	name_copy = arena_strndup(call->arena, name, name_len);
	value_copy = arena_alloc(call->arena, value_len);
	if (pairs->list == NULL || name_copy == NULL || value_copy == NULL)
		return PIDC_ENOMEM;
	if (is_binary)
		grpc_base64_encode(value, len, value_copy);
	else if (len != 0)
		memcpy(value_copy, value, len);
	pairs->list[pairs->count++] = (struct h2_header){.name = name_copy,
							 .name_len = name_len,
							 .value = value_copy,
							 .value_len = value_len,
							 .is_volatile = true};
	pairs->size += name_len + value_len + 32;
	return 0;
}

int rpc_call_add_metadata(struct rpc_call *call, bool is_initial, const char *name,
			  const uint8_t *value, size_t len)
{
	size_t name_len = strlen(name);

	if (!may_send(name, name_len))
		return PIDC_EINVAL;
	if (!grpc_is_binary_name(name, name_len) && !grpc_is_ascii_value(value, len))
		return PIDC_EINVAL;
	if (is_initial ? call->tx != TX_NONE : call->tx >= TX_ENDING)
		return PIDC_ECLOSED;
	return pairs_add(call, is_initial ? &call->initial : &call->trailing, name, value, len);
}
