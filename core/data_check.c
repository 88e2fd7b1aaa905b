/* SPDX-License-Identifier: ISC */
#include "core/data_check.h"
#include "core/crypto.h"
#include "core/message.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* One value of type TEXT or CODE. */
#define VALUE_TEXT_MAX 4000

/* The shortest value takes two bytes; the column's name is one more element. */
#define COLUMN_ELEMENTS_MAX (COLUMN_BYTES_MAX / 2 + 1)

/* Active members, and partners (PRI-9a); the Secretariat owns no data. */
int check_owner(const Pidc__Store__V1__OrgState *org, struct refusal *refusal)
{
	bool can_own = org != NULL &&
		       (org->kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER ||
			org->kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER);

	if (can_own && org->is_active)
		return 0;
	return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_MEMBER_STATE, NULL,
		      "only active members and partners own data");
}

int check_not_custodian(const Pidc__V1__Actor *actor, struct refusal *refusal)
{
	if (actor->org_kind != PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_SECRETARIAT)
		return 0;
	return refuse(refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY, NULL,
		      "the Secretariat keeps data, it decides nothing about it");
}

const Pidc__V1__DatasetField *dataset_field_find(const Pidc__V1__Dataset *dataset, const char *name)
{
	for (size_t i = 0; i < dataset->n_fields; i++)
		if (strcmp(dataset->fields[i]->name, name) == 0)
			return dataset->fields[i];
	return NULL;
}

static size_t digits_span(const char *s)
{
	return strspn(s, "0123456789");
}

/* -12, 12.5; no exponent, no blanks. */
static bool is_number(const char *s, bool has_fraction)
{
	size_t n;

	if (*s == '-')
		s++;
	n = digits_span(s);
	if (n == 0)
		return false;
	s += n;
	if (has_fraction && *s == '.') {
		n = digits_span(++s);
		if (n == 0)
			return false;
		s += n;
	}
	return *s == '\0';
}

/* YYYY-MM, or YYYY-MM-DD: the calendar is asked by completing it to an instant. */
static bool is_calendar(const char *s, size_t len, const char *rest)
{
	char text[32];
	int64_t us;

	if (strnlen(s, len + 1) != len)
		return false;
	snprintf(text, sizeof(text), "%.10s%s", s, rest);
	return time_parse(text, &us, NULL) == 0;
}

/* An empty value says that there is none, in every type. */
static bool value_fits(const char *value, Pidc__V1__FieldType type)
{
	if (value[0] == '\0')
		return true;
	switch (type) {
	case PIDC__V1__FIELD_TYPE__FIELD_TYPE_INTEGER:
		return is_number(value, false);
	case PIDC__V1__FIELD_TYPE__FIELD_TYPE_DECIMAL:
		return is_number(value, true);
	case PIDC__V1__FIELD_TYPE__FIELD_TYPE_DATE:
		return is_calendar(value, 10, "T00:00:00Z");
	case PIDC__V1__FIELD_TYPE__FIELD_TYPE_MONTH:
		return is_calendar(value, 7, "-01T00:00:00Z");
	default:
		return text_check(value, strlen(value), VALUE_TEXT_MAX, NULL) == 0;
	}
}

static int check_values(const Pidc__V1__ContentColumn *column, Pidc__V1__FieldType type,
			struct refusal *refusal)
{
	for (size_t i = 0; i < column->n_values; i++)
		if (!value_fits(column->values[i], type))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "columns.values",
				      "%.63s, row %zu: not of the field's type", column->field, i);
	return 0;
}

static int column_parse(const struct rule_input *in, const ProtobufCBinaryData *data,
			Pidc__V1__ContentColumn **ret, struct refusal *refusal)
{
	struct pidc_error err = {0};
	ProtobufCMessage *message = NULL;
	int rc;

	if (data->len > COLUMN_BYTES_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "columns",
			      "a column has at most %zu bytes", COLUMN_BYTES_MAX);
	rc = message_unpack(&pidc__v1__content_column__descriptor, data->data, data->len,
			    COLUMN_ELEMENTS_MAX, in->arena, &message, &err);
	if (rc == PIDC_EINVAL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_MALFORMED, "columns", "%.150s",
			      err.msg);
	if (rc < 0)
		return rc;
	*ret = (Pidc__V1__ContentColumn *)message;
	return 0;
}

/* What the ledger will know of the column. */
static Pidc__V1__ColumnDigest *digest_make(struct arena *arena, char *field,
					   const ProtobufCBinaryData *data)
{
	Pidc__V1__ColumnDigest *made = arena_alloc(arena, sizeof(*made));
	uint8_t *digest = arena_alloc(arena, SHA256_LEN);

	if (made == NULL || digest == NULL)
		return NULL;
	sha256(&(struct bytes){data->data, data->len}, 1, digest);
	pidc__v1__column_digest__init(made);
	made->field = field;
	made->digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	made->size = (uint32_t)data->len;
	return made;
}

/* The column against the dataset and against those before it. */
static int check_column(const Pidc__V1__ContentColumn *column, const Pidc__V1__Dataset *dataset,
			const Pidc__V1__Contribution *so_far, struct refusal *refusal)
{
	const Pidc__V1__DatasetField *field = dataset_field_find(dataset, column->field);

	if (field == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "columns.field",
			      "%.63s is no field of the dataset", column->field);
	if (field->type == PIDC__V1__FIELD_TYPE__FIELD_TYPE_FILE)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "columns.field",
			      "%.63s is a FILE: upload it", column->field);
	for (size_t i = 0; i < so_far->n_columns; i++)
		if (strcmp(so_far->columns[i]->field, column->field) == 0)
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "columns.field",
				      "%.63s stands twice", column->field);
	if (column->n_values == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "columns.values",
			      "at least one row");
	if (so_far->n_columns != 0 && column->n_values != so_far->row_count)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "columns.values",
			      "%.63s has %zu rows, %.63s has %u", column->field, column->n_values,
			      so_far->columns[0]->field, so_far->row_count);
	return check_values(column, field->type, refusal);
}

int columns_read(const struct rule_input *in, const Pidc__V1__SubmitContributionRequest *request,
		 const Pidc__V1__Dataset *dataset, Pidc__V1__Contribution *contribution,
		 struct refusal *refusal)
{
	if (request->n_columns + request->n_files == 0 || request->n_columns > DATASET_FIELDS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "columns", "1 to %d",
			      DATASET_FIELDS_MAX);
	contribution->columns =
		arena_calloc(in->arena, request->n_columns + request->n_files, sizeof(void *));
	if (contribution->columns == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < request->n_columns; i++) {
		Pidc__V1__ContentColumn *column = NULL;
		Pidc__V1__ColumnDigest *digest;
		int rc = column_parse(in, &request->columns[i], &column, refusal);

		if (rc == 0)
			rc = check_column(column, dataset, contribution, refusal);
		if (rc < 0)
			return rc;
		digest = digest_make(in->arena, column->field, &request->columns[i]);
		if (digest == NULL)
			return PIDC_ENOMEM;
		contribution->row_count = (uint32_t)column->n_values;
		contribution->columns[contribution->n_columns++] = digest;
	}
	return 0;
}
