/* SPDX-License-Identifier: ISC */
#include "core/crypto.h"
#include "core/text.h"
#include "daemon/db/binary.h"
#include "daemon/db/connection.h"

#include <stdlib.h>

#define NULL_LENGTH UINT32_MAX /* -1: how the server marks NULL */

/* Room for n more bytes, or NULL with is_short set. */
static char *buf_room(struct param_buf *buf, size_t n)
{
	size_t cap = buf->cap ? buf->cap : 4096;
	char *data;

	if (buf->is_short || n > DB_PARAMS_MAX - buf->len) {
		buf->is_short = true;
		return NULL;
	}
	while (cap < buf->len + n)
		cap *= 2;
	if (cap != buf->cap) {
		data = realloc(buf->data, cap);
		if (!data) {
			buf->is_short = true;
			return NULL;
		}
		buf->data = data;
		buf->cap = cap;
	}
	data = buf->data + buf->len;
	buf->len += n;
	return data;
}

static void put_null(struct param_buf *buf)
{
	char *at = buf_room(buf, 4);

	if (at)
		put_be32(at, NULL_LENGTH);
}

static void put_bytes(struct param_buf *buf, const void *data, size_t len)
{
	char *at = len < DB_PARAMS_MAX ? buf_room(buf, 4 + len) : buf_room(buf, SIZE_MAX);

	if (!at)
		return;
	put_be32(at, (uint32_t)len);
	if (len)
		memcpy(at + 4, data, len);
}

static void put_int32(struct param_buf *buf, int32_t value)
{
	char *at = buf_room(buf, 8);

	if (at) {
		put_be32(at, 4);
		put_be32(at + 4, (uint32_t)value);
	}
}

static void put_int64(struct param_buf *buf, uint64_t value)
{
	char *at = buf_room(buf, 12);

	if (at) {
		put_be32(at, 8);
		put_be64(at + 4, value);
	}
}

static void put_string(struct param_buf *buf, const char *s)
{
	if (s)
		put_bytes(buf, s, strlen(s));
	else
		put_null(buf);
}

static int put_enum(struct param_buf *buf, const ProtobufCFieldDescriptor *field, int value,
		    struct pidc_error *err)
{
	const char *text = enum_text(field->descriptor, value);

	if (!text)
		return pidc_fail(err, PIDC_EDB, "%s has no value %d", field->name, value);
	put_string(buf, text);
	return 0;
}

static int put_time(struct param_buf *buf, const ProtobufCFieldDescriptor *field,
		    const Google__Protobuf__Timestamp *ts, struct pidc_error *err)
{
	int64_t us;

	if (!ts) {
		put_null(buf);
		return 0;
	}
	if (!time_from_proto(ts, &us))
		return pidc_fail(err, PIDC_EDB, "%s is out of range", field->name);
	put_int64(buf, (uint64_t)(us - DB_EPOCH_US));
	return 0;
}

static int put_uint64(struct param_buf *buf, const ProtobufCFieldDescriptor *field, uint64_t value,
		      struct pidc_error *err)
{
	if (value > INT64_MAX)
		return pidc_fail(err, PIDC_EDB, "%s is over 2^63-1", field->name);
	put_int64(buf, value);
	return 0;
}

static void put_binary(struct param_buf *buf, const ProtobufCBinaryData *data)
{
	put_bytes(buf, data->data, data->len);
}

static int put_uuid(struct param_buf *buf, const ProtobufCFieldDescriptor *field, const char *text,
		    struct pidc_error *err)
{
	uint8_t id[UUID_LEN];

	if (!text || !*text) {
		put_null(buf);
		return 0;
	}
	if (!uuid_parse(text, id))
		return pidc_fail(err, PIDC_EDB, "%s is no UUID", field->name);
	put_bytes(buf, id, sizeof(id));
	return 0;
}

/* Length word and value of one value: also an array element's form. */
static int put_value(struct param_buf *buf, const struct param *param, const void *member,
		     struct pidc_error *err)
{
	const ProtobufCFieldDescriptor *field = param->path.leaf;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		if (param->element == DB_UUID)
			return put_uuid(buf, field, *(const char *const *)member, err);
		put_string(buf, *(const char *const *)member);
		return 0;
	case PROTOBUF_C_TYPE_BYTES:
		put_binary(buf, member);
		return 0;
	case PROTOBUF_C_TYPE_BOOL:
		put_bytes(buf, *(const protobuf_c_boolean *)member ? "\1" : "\0", 1);
		return 0;
	case PROTOBUF_C_TYPE_ENUM:
		return put_enum(buf, field, *(const int *)member, err);
	case PROTOBUF_C_TYPE_MESSAGE:
		return put_time(buf, field, *(Google__Protobuf__Timestamp *const *)member, err);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		put_int64(buf, *(const uint32_t *)member);
		return 0;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		put_int32(buf, *(const int32_t *)member);
		return 0;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return put_uint64(buf, field, *(const uint64_t *)member, err);
	default: /* int64 kinds and double: the same eight bytes */
		put_int64(buf, *(const uint64_t *)member);
		return 0;
	}
}

static int put_field(struct param_buf *buf, const struct param *param,
		     const ProtobufCMessage *message, struct pidc_error *err)
{
	const ProtobufCFieldDescriptor *field = param->path.leaf;

	if (message && field_is_set(message, field))
		return put_value(buf, param, field_member(message, field), err);
	put_null(buf);
	return 0;
}

/* The message behind a singular step; NULL when there is none. */
static const ProtobufCMessage *step(const ProtobufCMessage *message,
				    const ProtobufCFieldDescriptor *field)
{
	if (!message || !field_is_set(message, field))
		return NULL;
	return *(ProtobufCMessage *const *)field_member(message, field);
}

/* Element i of the repeated step, whose holders are in chain. */
static int put_element(struct param_buf *buf, const struct param *param,
		       const ProtobufCMessage *const *chain, size_t i, struct pidc_error *err)
{
	const struct path *path = &param->path;
	const ProtobufCMessage *holder = chain[path->down_count], *from;
	const char *base = *(char *const *)field_member(holder, path->repeated);

	if (path->is_position) {
		put_int64(buf, i + 1);
		return 0;
	}
	if (path->leaf == path->repeated)
		return put_value(buf, param, base + i * field_size(path->leaf), err);
	if (path->climb)
		from = chain[path->down_count + 1 - path->climb];
	else
		from = ((ProtobufCMessage *const *)(const void *)base)[i];
	for (size_t k = 0; k < path->rest_count; k++)
		from = step(from, path->rest[k]);
	return put_field(buf, param, from, err);
}

/* All values of a path below root; adds their number to *count. */
static int put_path(struct param_buf *buf, const struct param *param, const ProtobufCMessage *root,
		    size_t *count, struct pidc_error *err)
{
	const struct path *path = &param->path;
	const ProtobufCMessage *chain[PATH_STEPS_MAX + 1] = {root};
	const ProtobufCMessage *holder;
	size_t n;

	for (size_t k = 0; k < path->down_count; k++)
		chain[k + 1] = step(chain[k], path->down[k]);
	holder = chain[path->down_count];
	if (!path->repeated) {
		*count += 1;
		return put_field(buf, param, holder, err);
	}
	n = holder ? *field_count(holder, path->repeated) : 0;
	for (size_t i = 0; i < n && !buf->is_short; i++) {
		int rc = put_element(buf, param, chain, i, err);

		if (rc < 0)
			return rc;
	}
	*count += n;
	return 0;
}

static int put_param(struct param_buf *buf, const struct param *param, const struct plan_input *in,
		     size_t i, size_t *count, struct pidc_error *err)
{
	const ProtobufCMessage *root = NULL;

	if (param->source == PARAM_ORD) {
		put_int64(buf, i + 1);
		*count += 1;
		return 0;
	}
	if (param->source == PARAM_IN && in->in)
		root = in->in[i];
	if (param->source == PARAM_CTX && in->ctxs && in->ctxs[i])
		root = &in->ctxs[i]->base;
	return put_path(buf, param, root, count, err);
}

/* Array header, then the values of all messages. */
static int put_array(struct param_buf *buf, const struct param *param, const struct plan_input *in,
		     struct pidc_error *err)
{
	size_t start = buf->len, count = 0;
	char *at = buf_room(buf, DB_ARRAY_HEADER);
	int rc = 0;

	for (size_t i = 0; i < in->n && rc == 0 && at; i++)
		rc = put_param(buf, param, in, i, &count, err);
	if (rc < 0 || buf->is_short || !buf->data)
		return rc;
	at = buf->data + start;
	put_be32(at, count ? 1 : 0);
	put_be32(at + 4, 1); /* may hold NULLs */
	put_be32(at + 8, param->element);
	put_be32(at + 12, (uint32_t)count);
	put_be32(at + 16, 1);
	if (!count)
		buf->len = start + DB_ARRAY_EMPTY_HEADER;
	return 0;
}

int plan_bind(const struct plan *plan, const struct plan_input *in, struct param_buf *buf,
	      size_t offsets[DB_PARAM_MAX], int lengths[DB_PARAM_MAX], struct pidc_error *err)
{
	buf->len = 0;
	buf->is_short = false;
	for (size_t p = 0; p < plan->param_count; p++) {
		const struct param *param = &plan->params[p];
		size_t start = buf->len, count = 0;
		int rc = param->is_array ? put_array(buf, param, in, err)
					 : put_param(buf, param, in, 0, &count, err);

		if (rc < 0)
			return rc;
		if (buf->is_short)
			return pidc_fail(err, PIDC_ENOMEM, "%s: parameters too large",
					 plan->statement->name);
		offsets[p] = param->is_array ? start : start + 4;
		lengths[p] = param->is_array ? (int)(buf->len - start)
					     : (int)get_be32(buf->data + start);
	}
	return 0;
}
