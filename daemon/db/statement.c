/* SPDX-License-Identifier: ISC */
#include "daemon/db/binary.h"
#include "daemon/db/plan.h"

#include <ctype.h>
#include <stdio.h>

/* Parameters as they are found, before they move to the plan. */
struct scan {
	const struct db_statement *statement;
	const char *at; /* next byte to read */
	char *out;      /* next byte to write */
	size_t count;
	struct {
		const char *text;
		size_t len;
		bool is_uuid;
	} names[DB_PARAM_MAX];
};

static void copy(struct scan *scan, size_t n)
{
	memcpy(scan->out, scan->at, n);
	scan->out += n;
	scan->at += n;
}

/* Length of what starts here and ends after `end`, to the end of text at most. */
static size_t length_until(const char *from, size_t skip, const char *end)
{
	const char *found = strstr(from + skip, end);

	return found ? (size_t)(found - from) + strlen(end) : strlen(from);
}

/* $tag$ or $$ at s: its length; 0 when it is none. */
static size_t dollar_tag(const char *s)
{
	size_t n = 1;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return s[n] == '$' ? n + 1 : 0;
}

/* Length of the text at s in which no parameter is looked for; 0: none. */
static size_t opaque_length(const char *s)
{
	if (*s == '\'' || *s == '"')
		return length_until(s, 1, *s == '"' ? "\"" : "'");
	if (s[0] == '-' && s[1] == '-')
		return length_until(s, 2, "\n");
	if (s[0] == '/' && s[1] == '*')
		return length_until(s, 2, "*/");
	if (s[0] == ':' && s[1] == ':')
		return 2;
	if (*s == '$') {
		size_t n = dollar_tag(s);
		char tag[72];

		if (n == 0 || n >= sizeof(tag))
			return 0;
		memcpy(tag, s, n);
		tag[n] = '\0';
		return length_until(s, n, tag);
	}
	return 0;
}

static size_t step_length(const char *s)
{
	size_t n = 0;

	if (*s == '^' || *s == '#')
		return 1;
	if (!islower((unsigned char)*s) && *s != '_')
		return 0;
	while (islower((unsigned char)s[n]) || isdigit((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* Length of the path at s (behind the colon); 0: no parameter. */
static size_t path_length(const char *s)
{
	size_t n = step_length(s);

	while (n && s[n] == '.' && step_length(s + n + 1))
		n += 1 + step_length(s + n + 1);
	return n;
}

static bool is_named(const struct scan *scan, size_t i, const char *text, size_t len, bool is_uuid)
{
	return scan->names[i].len == len && scan->names[i].is_uuid == is_uuid &&
	       memcmp(scan->names[i].text, text, len) == 0;
}

static int take_param(struct scan *scan, size_t len, struct pidc_error *err)
{
	const char *text = scan->at + 1;
	bool is_uuid = strncmp(text + len, "::uuid", 6) == 0;
	size_t i = 0;

	while (i < scan->count && !is_named(scan, i, text, len, is_uuid))
		i++;
	if (i == DB_PARAM_MAX)
		return pidc_fail(err, PIDC_EDB, "%s: too many parameters", scan->statement->name);
	if (i == scan->count) {
		scan->names[i].text = text;
		scan->names[i].len = len;
		scan->names[i].is_uuid = is_uuid;
		scan->count++;
	}
	scan->out += sprintf(scan->out, "$%zu", i + 1);
	scan->at += 1 + len;
	return 0;
}

/* Rewrite :path to $n. */
static int scan_sql(struct scan *scan, struct pidc_error *err)
{
	while (*scan->at) {
		size_t n = opaque_length(scan->at);
		int rc = 0;

		if (n)
			copy(scan, n);
		else if (*scan->at == ':' && (n = path_length(scan->at + 1)) > 0)
			rc = take_param(scan, n, err);
		else
			copy(scan, 1);
		if (rc < 0)
			return rc;
	}
	*scan->out = '\0';
	return 0;
}

/* The type that values of a field are sent as. */
static Oid field_type(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return DB_INT4;
	case PROTOBUF_C_TYPE_BOOL:
		return DB_BOOL;
	case PROTOBUF_C_TYPE_DOUBLE:
		return DB_FLOAT8;
	case PROTOBUF_C_TYPE_BYTES:
		return DB_BYTEA;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_ENUM:
		return DB_TEXT;
	case PROTOBUF_C_TYPE_MESSAGE:
		return DB_TIMESTAMPTZ;
	default:
		return DB_INT8;
	}
}

static Oid array_type(Oid element)
{
	switch (element) {
	case DB_BOOL:
		return 1000;
	case DB_BYTEA:
		return 1001;
	case DB_INT4:
		return 1007;
	case DB_TEXT:
		return 1009;
	case DB_FLOAT8:
		return 1022;
	case DB_TIMESTAMPTZ:
		return 1185;
	case DB_UUID:
		return 2951;
	default:
		return 1016;
	}
}

static int param_resolve(const struct db_statement *statement, const char *text, size_t len,
			 bool is_uuid, struct param *ret, struct pidc_error *err)
{
	const ProtobufCMessageDescriptor *root = statement->in;
	struct pidc_error inner = {0};
	int rc;

	ret->is_array = statement->is_many;
	if (len == 1 && *text == '#') {
		ret->source = PARAM_ORD;
		ret->element = DB_INT8;
		return statement->is_many
			       ? 0
			       : pidc_fail(err, PIDC_EDB, "%s: # is for many", statement->name);
	}
	ret->source = PARAM_IN;
	if (len > 4 && memcmp(text, "ctx.", 4) == 0) {
		ret->source = PARAM_CTX;
		root = &pidc__store__v1__context__descriptor;
		text += 4;
		len -= 4;
	}
	rc = path_parse(text, len, root, &ret->path, &inner);
	if (rc < 0)
		return pidc_fail(err, rc, "%s: parameter %s", statement->name, inner.msg);
	ret->is_array = ret->is_array || ret->path.repeated;
	ret->element = ret->path.is_position ? DB_INT8 : field_type(ret->path.leaf);
	if (is_uuid && ret->element == DB_TEXT)
		ret->element = DB_UUID;
	return 0;
}

static int resolve_out(struct plan *plan, struct pidc_error *err)
{
	const struct db_statement *statement = plan->statement;
	const ProtobufCFieldDescriptor *field;

	plan->row = statement->out;
	if (!statement->out_field)
		return 0;
	field = statement->out ? protobuf_c_message_descriptor_get_field_by_name(
					 statement->out, statement->out_field)
			       : NULL;
	if (!field || field->label != PROTOBUF_C_LABEL_REPEATED ||
	    field->type != PROTOBUF_C_TYPE_MESSAGE)
		return pidc_fail(err, PIDC_EDB, "%s: no repeated message %s", statement->name,
				 statement->out_field);
	plan->out_field = field;
	plan->row = field->descriptor;
	return 0;
}

static int resolve_params(struct plan *plan, const struct scan *scan, struct arena *arena,
			  struct pidc_error *err)
{
	plan->params = arena_calloc(arena, scan->count, sizeof(*plan->params));
	plan->types = arena_calloc(arena, scan->count, sizeof(*plan->types));
	if (!plan->params || !plan->types)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for a plan");
	for (size_t i = 0; i < scan->count; i++) {
		struct param *param = &plan->params[i];
		int rc = param_resolve(plan->statement, scan->names[i].text, scan->names[i].len,
				       scan->names[i].is_uuid, param, err);

		if (rc < 0)
			return rc;
		plan->types[i] = param->is_array ? array_type(param->element) : param->element;
	}
	plan->param_count = scan->count;
	return 0;
}

int plan_make(const struct db_statement *statement, struct arena *arena, struct plan **ret,
	      struct pidc_error *err)
{
	struct plan *plan = arena_alloc(arena, sizeof(*plan));
	/* ":a" becomes "$1" up to "$64": a byte more at most for each colon. */
	char *sql = arena_alloc(arena, 2 * strlen(statement->sql) + 1);
	struct scan scan = {.statement = statement, .at = statement->sql, .out = sql};
	int rc;

	if (!plan || !sql)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for a plan");
	plan->statement = statement;
	plan->sql = sql;
	rc = scan_sql(&scan, err);
	if (rc == 0)
		rc = resolve_params(plan, &scan, arena, err);
	if (rc == 0)
		rc = resolve_out(plan, err);
	if (rc == 0)
		*ret = plan;
	return rc;
}
