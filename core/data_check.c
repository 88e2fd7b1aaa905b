/* SPDX-License-Identifier: ISC */
#include "core/data_check.h"
#include "core/crypto.h"
#include "core/message.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* Description of a field, and one value of type TEXT or CODE. */
#define FIELD_TEXT_MAX 1000
#define VALUE_TEXT_MAX 4000

/* What data is kept for: 100 years is longer than any law says. */
#define RETENTION_MONTHS_MAX 1200

/* The shortest value takes two bytes; the column's name is one more element. */
#define COLUMN_ELEMENTS_MAX (COLUMN_BYTES_MAX / 2 + 1)

static int check_field(const Pidc__V1__DatasetField *field, struct refusal *refusal)
{
	int rc;

	if (!text_is_field_name(field->name))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "dataset.fields.name",
			      "a lower-case letter, then up to 62 letters, digits, underscores");
	rc = check_enum(refusal, "dataset.fields.type", &pidc__v1__field_type__descriptor,
			(int)field->type);
	if (rc == 0)
		rc = check_text(refusal, "dataset.fields.description", field->description, 0,
				FIELD_TEXT_MAX);
	return rc;
}

static int check_fields(const Pidc__V1__Dataset *dataset, struct refusal *refusal)
{
	if (dataset->n_fields == 0 || dataset->n_fields > DATASET_FIELDS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "dataset.fields",
			      "1 to %d", DATASET_FIELDS_MAX);
	for (size_t i = 0; i < dataset->n_fields; i++) {
		int rc = check_field(dataset->fields[i], refusal);

		if (rc < 0)
			return rc;
		for (size_t k = 0; k < i; k++)
			if (strcmp(dataset->fields[k]->name, dataset->fields[i]->name) == 0)
				return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD,
					      "dataset.fields.name", "%.63s stands twice",
					      dataset->fields[i]->name);
	}
	return 0;
}

static int check_texts(const Pidc__V1__Dataset *dataset, struct refusal *refusal)
{
	int rc = check_text(refusal, "dataset.title", dataset->title, 1, TITLE_TEXT_MAX);

	if (rc == 0)
		rc = check_text(refusal, "dataset.description", dataset->description, 0,
				NOTE_TEXT_MAX);
	if (rc == 0)
		rc = check_text(refusal, "dataset.legal_basis", dataset->legal_basis, 1,
				NOTE_TEXT_MAX);
	if (rc == 0)
		rc = check_text(refusal, "dataset.ethics_note", dataset->ethics_note, 1,
				NOTE_TEXT_MAX);
	return rc;
}

int check_dataset(const Pidc__V1__Dataset *dataset, bool is_category_known, struct refusal *refusal)
{
	int rc = check_texts(dataset, refusal);

	if (rc < 0)
		return rc;
	if (!is_category_known)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_UNKNOWN_CODE, "dataset.category",
			      NULL);
	rc = check_enum(refusal, "dataset.granularity", &pidc__v1__granularity__descriptor,
			(int)dataset->granularity);
	if (rc == 0)
		rc = check_enum(refusal, "dataset.classification_default",
				&pidc__v1__classification__descriptor,
				(int)dataset->classification_default);
	if (rc < 0)
		return rc;
	if (dataset->retention_months > RETENTION_MONTHS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "dataset.retention_months",
			      "at most %d", RETENTION_MONTHS_MAX);
	return check_fields(dataset, refusal);
}

int check_extension(const Pidc__V1__Dataset *standing, const Pidc__V1__Dataset *asked,
		    struct refusal *refusal)
{
	if (strcmp(standing->dataset_id, asked->dataset_id) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "dataset.dataset_id",
			      NULL);
	if (strcmp(standing->category, asked->category) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "dataset.category",
			      "consents rest on it: it stays");
	if (standing->granularity != asked->granularity)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "dataset.granularity",
			      "consents rest on it: it stays");
	if (asked->classification_default < standing->classification_default)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD,
			      "dataset.classification_default", "it may be raised, not lowered");
	if (asked->n_fields < standing->n_fields)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "dataset.fields",
			      "fields are added, not dropped");
	for (size_t i = 0; i < standing->n_fields; i++)
		if (strcmp(standing->fields[i]->name, asked->fields[i]->name) != 0 ||
		    standing->fields[i]->type != asked->fields[i]->type)
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "dataset.fields",
				      "%.63s stays first in this order, with its type",
				      standing->fields[i]->name);
	return 0;
}

static const Pidc__V1__DatasetField *field_find(const Pidc__V1__Dataset *dataset, const char *name)
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
	const Pidc__V1__DatasetField *field = field_find(dataset, column->field);

	if (field == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "columns.field",
			      "%.63s is no field of the dataset", column->field);
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
	if (request->n_columns == 0 || request->n_columns > DATASET_FIELDS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "columns", "1 to %d",
			      DATASET_FIELDS_MAX);
	contribution->columns = arena_calloc(in->arena, request->n_columns, sizeof(void *));
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
