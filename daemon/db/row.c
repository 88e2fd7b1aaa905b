/* SPDX-License-Identifier: ISC */
#include "core/text.h"
#include "daemon/db/binary.h"
#include "daemon/db/plan.h"

/* One value of a result: data is NULL for NULL. */
struct value {
	Oid type;
	const char *data;
	size_t len;
};

static const struct {
	Oid array, element;
} array_types[] = {
	{1000, DB_BOOL}, {1001, DB_BYTEA},   {1005, DB_INT2},        {1007, DB_INT4},
	{1009, DB_TEXT}, {1015, DB_VARCHAR}, {1016, DB_INT8},        {1022, DB_FLOAT8},
	{2951, DB_UUID}, {1003, DB_NAME},    {1185, DB_TIMESTAMPTZ},
};

static bool is_text(Oid type)
{
	return type == DB_TEXT || type == DB_VARCHAR || type == DB_NAME;
}

static bool is_integer(Oid type)
{
	return type == DB_INT2 || type == DB_INT4 || type == DB_INT8;
}

/* Whether values of a server type can go into a field. */
static bool type_fits(const ProtobufCFieldDescriptor *field, Oid type)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return is_text(type) || type == DB_UUID;
	case PROTOBUF_C_TYPE_ENUM:
		return is_text(type);
	case PROTOBUF_C_TYPE_BYTES:
		return type == DB_BYTEA;
	case PROTOBUF_C_TYPE_BOOL:
		return type == DB_BOOL;
	case PROTOBUF_C_TYPE_DOUBLE:
		return type == DB_FLOAT8;
	case PROTOBUF_C_TYPE_MESSAGE:
		return type == DB_TIMESTAMPTZ;
	default:
		return is_integer(type);
	}
}

static int resolve_special(const char *name, struct column *column, bool is_right,
			   enum column_kind kind, struct pidc_error *err)
{
	column->kind = kind;
	return is_right ? 0 : pidc_fail(err, PIDC_EDB, "%s has the wrong type", name);
}

int column_resolve(const char *name, Oid type, const ProtobufCMessageDescriptor *row,
		   struct column *ret, struct pidc_error *err)
{
	struct column column = {.kind = COLUMN_FIELD, .element = type};
	int rc = 0;

	for (size_t i = 0; i < sizeof(array_types) / sizeof(array_types[0]); i++) {
		if (array_types[i].array == type) {
			column.is_array = true;
			column.element = array_types[i].element;
		}
	}
	if (strcmp(name, "ord") == 0)
		rc = resolve_special(name, &column, is_integer(type), COLUMN_ORD, err);
	else if (strcmp(name, "page_key") == 0)
		rc = resolve_special(name, &column, is_text(type), COLUMN_PAGE_KEY, err);
	else if (!row)
		column.kind = COLUMN_IGNORED;
	else
		rc = path_parse(name, strlen(name), row, &column.path, err);
	if (rc < 0)
		return rc;
	if (column.kind == COLUMN_FIELD &&
	    (!column.path.leaf || column.path.climb || !column.path.repeated != !column.is_array ||
	     !type_fits(column.path.leaf, column.element)))
		return pidc_fail(err, PIDC_EDB, "%s: type %u does not fit", name, type);
	*ret = column;
	return 0;
}

static int misfit(const ProtobufCFieldDescriptor *field, struct pidc_error *err)
{
	return pidc_fail(err, PIDC_EINTEGRITY, "stored %s is no value of its field", field->name);
}

static int no_memory(struct pidc_error *err)
{
	return pidc_fail(err, PIDC_ENOMEM, "no memory for a row");
}

static bool read_integer(const struct value *value, int64_t *ret)
{
	switch (value->len) {
	case 2:
		*ret = (int16_t)(((unsigned char)value->data[0] << 8) |
				 (unsigned char)value->data[1]);
		return true;
	case 4:
		*ret = (int32_t)get_be32(value->data);
		return true;
	case 8:
		*ret = (int64_t)get_be64(value->data);
		return true;
	default:
		return false;
	}
}

static int store_integer(const ProtobufCFieldDescriptor *field, const struct value *value,
			 void *member, struct pidc_error *err)
{
	int64_t n;
	bool is_unsigned =
		field->type == PROTOBUF_C_TYPE_UINT32 || field->type == PROTOBUF_C_TYPE_FIXED32 ||
		field->type == PROTOBUF_C_TYPE_UINT64 || field->type == PROTOBUF_C_TYPE_FIXED64;

	if (!read_integer(value, &n) || (is_unsigned && n < 0))
		return misfit(field, err);
	if (field_size(field) == sizeof(int64_t)) {
		*(int64_t *)member = n;
		return 0;
	}
	if (is_unsigned ? n > UINT32_MAX : n < INT32_MIN || n > INT32_MAX)
		return misfit(field, err);
	*(uint32_t *)member = (uint32_t)n;
	return 0;
}

static char *uuid_text(const char *data, struct arena *arena)
{
	static const char hex[] = "0123456789abcdef";
	char *text = arena_alloc(arena, 37), *at = text;

	for (size_t i = 0; text && i < 16; i++) {
		unsigned char byte = (unsigned char)data[i];

		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = hex[byte >> 4];
		*at++ = hex[byte & 15];
	}
	return text;
}

static int store_string(const ProtobufCFieldDescriptor *field, const struct value *value,
			void *member, struct arena *arena, struct pidc_error *err)
{
	char *text;

	if (value->type == DB_UUID && value->len != 16)
		return misfit(field, err);
	text = value->type == DB_UUID ? uuid_text(value->data, arena)
				      : arena_strndup(arena, value->data, value->len);
	if (!text)
		return no_memory(err);
	*(char **)member = text;
	return 0;
}

static int store_bytes(const struct value *value, ProtobufCBinaryData *member, struct arena *arena,
		       struct pidc_error *err)
{
	uint8_t *data = value->len ? arena_memdup(arena, value->data, value->len) : NULL;

	if (value->len && !data)
		return no_memory(err);
	member->data = data;
	member->len = value->len;
	return 0;
}

static int store_time(const ProtobufCFieldDescriptor *field, const struct value *value,
		      void *member, struct arena *arena, struct pidc_error *err)
{
	Google__Protobuf__Timestamp *ts;
	int64_t us;

	/* The first and last values are -infinity and infinity. */
	if (value->len != 8 ||
	    __builtin_add_overflow((int64_t)get_be64(value->data), DB_EPOCH_US, &us))
		return misfit(field, err);
	ts = time_to_proto(arena, us);
	if (!ts)
		return no_memory(err);
	if (!time_from_proto(ts, &us))
		return misfit(field, err);
	*(Google__Protobuf__Timestamp **)member = ts;
	return 0;
}

static int store_double(const ProtobufCFieldDescriptor *field, const struct value *value,
			void *member, struct pidc_error *err)
{
	uint64_t bits;

	if (value->len != sizeof(bits))
		return misfit(field, err);
	bits = get_be64(value->data);
	memcpy(member, &bits, sizeof(bits));
	return 0;
}

/* Put a value where a field's member, or an element of it, lies. */
static int store_value(const ProtobufCFieldDescriptor *field, const struct value *value,
		       void *member, struct arena *arena, struct pidc_error *err)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return store_string(field, value, member, arena, err);
	case PROTOBUF_C_TYPE_BYTES:
		return store_bytes(value, member, arena, err);
	case PROTOBUF_C_TYPE_MESSAGE:
		return store_time(field, value, member, arena, err);
	case PROTOBUF_C_TYPE_DOUBLE:
		return store_double(field, value, member, err);
	case PROTOBUF_C_TYPE_BOOL:
		if (value->len != 1)
			return misfit(field, err);
		*(protobuf_c_boolean *)member = value->data[0] != 0;
		return 0;
	case PROTOBUF_C_TYPE_ENUM:
		return enum_parse(field->descriptor, value->data, value->len, member)
			       ? 0
			       : misfit(field, err);
	default:
		return store_integer(field, value, member, err);
	}
}

static int store_field(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
		       const struct value *value, struct arena *arena, struct pidc_error *err)
{
	int rc = store_value(field, value, field_member(message, field), arena, err);

	if (rc == 0)
		field_mark(message, field);
	return rc;
}

/* Walk singular messages, making those that are not there. NULL: no memory. */
static ProtobufCMessage *descend(ProtobufCMessage *message,
				 const ProtobufCFieldDescriptor *const *steps, size_t n,
				 struct arena *arena)
{
	for (size_t i = 0; i < n && message; i++) {
		ProtobufCMessage **member = field_member(message, steps[i]);

		if (!field_is_set(message, steps[i]) || !*member) {
			*member = message_new(steps[i]->descriptor, arena);
			field_mark(message, steps[i]);
		}
		message = *member;
	}
	return message;
}

/* Make the repeated field at least n long. */
static int extend(ProtobufCMessage *holder, const ProtobufCFieldDescriptor *field, size_t n,
		  struct arena *arena, struct pidc_error *err)
{
	size_t *count = field_count(holder, field), size = field_size(field);
	void **member = field_member(holder, field);
	char *array;

	if (*count >= n)
		return 0;
	array = arena_calloc(arena, n, size);
	if (!array)
		return no_memory(err);
	if (*count)
		memcpy(array, *member, *count * size);
	for (size_t i = *count; i < n; i++) {
		void *slot = array + i * size;

		if (field->type == PROTOBUF_C_TYPE_STRING)
			*(const char **)slot = protobuf_c_empty_string;
		else if (field->type == PROTOBUF_C_TYPE_MESSAGE &&
			 !(*(ProtobufCMessage **)slot = message_new(field->descriptor, arena)))
			return no_memory(err);
	}
	*member = array;
	*count = n;
	return 0;
}

static int store_element(const struct path *path, ProtobufCMessage *holder, size_t i,
			 const struct value *value, struct arena *arena, struct pidc_error *err)
{
	char *base = *(char **)field_member(holder, path->repeated);
	ProtobufCMessage *at;

	if (path->leaf == path->repeated)
		return store_value(path->leaf, value, base + i * field_size(path->leaf), arena,
				   err);
	at = descend(((ProtobufCMessage **)(void *)base)[i], path->rest, path->rest_count, arena);
	return at ? store_field(at, path->leaf, value, arena, err) : no_memory(err);
}

static int store_array(const struct column *column, ProtobufCMessage *holder,
		       const struct value *value, struct arena *arena, struct pidc_error *err)
{
	const char *at = value->data + DB_ARRAY_HEADER, *end = value->data + value->len;
	size_t n;
	int rc;

	if (value->len == DB_ARRAY_EMPTY_HEADER && get_be32(value->data) == 0)
		return 0;
	if (value->len < DB_ARRAY_HEADER || get_be32(value->data) != 1 ||
	    get_be32(value->data + 8) != column->element)
		return misfit(column->path.leaf, err);
	n = get_be32(value->data + 12);
	if (n > (value->len - DB_ARRAY_HEADER) / 4)
		return misfit(column->path.leaf, err);
	rc = extend(holder, column->path.repeated, n, arena, err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct value element = {.type = column->element};

		if (end - at < 4)
			return misfit(column->path.leaf, err);
		element.len = get_be32(at);
		element.data = at += 4;
		if (element.len == UINT32_MAX)
			continue;
		if (element.len > (size_t)(end - at))
			return misfit(column->path.leaf, err);
		at += element.len;
		rc = store_element(&column->path, holder, i, &element, arena, err);
	}
	return rc;
}

int row_read(const struct plan *plan, const PGresult *res, int row, ProtobufCMessage *target,
	     struct arena *arena, struct pidc_error *err)
{
	for (int i = 0; i < (int)plan->column_count; i++) {
		const struct column *column = &plan->columns[i];
		struct value value = {.type = column->element};
		ProtobufCMessage *holder;
		int rc;

		if (column->kind != COLUMN_FIELD || PQgetisnull(res, row, i))
			continue;
		value.data = PQgetvalue(res, row, i);
		value.len = (size_t)PQgetlength(res, row, i);
		holder = descend(target, column->path.down, column->path.down_count, arena);
		if (!holder)
			return no_memory(err);
		rc = column->is_array ? store_array(column, holder, &value, arena, err)
				      : store_field(holder, column->path.leaf, &value, arena, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int row_ord(const struct plan *plan, const PGresult *res, int row, size_t n, size_t *ret,
	    struct pidc_error *err)
{
	struct value value = {
		.data = PQgetvalue(res, row, plan->ord_column),
		.len = (size_t)PQgetlength(res, row, plan->ord_column),
	};
	int64_t ord;

	if (!read_integer(&value, &ord) || ord < 1 || (uint64_t)ord > n)
		return pidc_fail(err, PIDC_EINTEGRITY, "%s: a row belongs to no message",
				 plan->statement->name);
	*ret = (size_t)ord;
	return 0;
}
