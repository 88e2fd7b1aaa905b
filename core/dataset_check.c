/* SPDX-License-Identifier: ISC */
#include "core/data_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define REASON(name)      PIDC__V1__REASON__REASON_##name
#define SENSITIVITY(name) PIDC__V1__SENSITIVITY__SENSITIVITY_##name

/* Description of a field. */
#define FIELD_TEXT_MAX 1000

/* What data is kept for: 100 years is longer than any law says. */
#define RETENTION_MONTHS_MAX 1200

/* A cell of one person is no cell; nobody asks for more than whole towns. */
#define MIN_CELL_MIN 2
#define MIN_CELL_MAX 10000

/* A country's alpha-3, or the code of an organisation with rules of its own. */
#define JURISDICTION_TEXT_MAX 64

static bool is_close_to_a_person(Pidc__V1__Granularity granularity)
{
	return granularity == PIDC__V1__GRANULARITY__GRANULARITY_CASE_LEVEL ||
	       granularity == PIDC__V1__GRANULARITY__GRANULARITY_PERSONAL;
}

/* What a field says of a person has to fit what the dataset says of itself. */
static int check_protection(const Pidc__V1__DatasetField *field, Pidc__V1__Granularity granularity,
			    struct refusal *refusal)
{
	if (protobuf_c_enum_descriptor_get_value(&pidc__v1__sensitivity__descriptor,
						 (int)field->sensitivity) == NULL)
		return refuse(refusal, REASON(E_FIELD), "dataset.fields.sensitivity",
			      "no such value");
	if (field->sensitivity == SENSITIVITY(DIRECT) && !is_close_to_a_person(granularity))
		return refuse(refusal, REASON(E_FIELD), "dataset.fields.sensitivity",
			      "%.63s names a person: the dataset is CASE_LEVEL or PERSONAL",
			      field->name);
	if (field->is_count && field->type != PIDC__V1__FIELD_TYPE__FIELD_TYPE_INTEGER)
		return refuse(refusal, REASON(E_FIELD), "dataset.fields.is_count",
			      "%.63s: only an INTEGER counts persons", field->name);
	return 0;
}

static int check_field(const Pidc__V1__DatasetField *field, Pidc__V1__Granularity granularity,
		       struct refusal *refusal)
{
	int rc;

	if (!text_is_field_name(field->name))
		return refuse(refusal, REASON(E_FIELD), "dataset.fields.name",
			      "a lower-case letter, then up to 62 letters, digits, underscores");
	rc = check_enum(refusal, "dataset.fields.type", &pidc__v1__field_type__descriptor,
			(int)field->type);
	if (rc == 0)
		rc = check_text(refusal, "dataset.fields.description", field->description, 0,
				FIELD_TEXT_MAX);
	return rc < 0 ? rc : check_protection(field, granularity, refusal);
}

static int check_fields(const Pidc__V1__Dataset *dataset, struct refusal *refusal)
{
	if (dataset->n_fields == 0 || dataset->n_fields > DATASET_FIELDS_MAX)
		return refuse(refusal, REASON(E_FIELD), "dataset.fields", "1 to %d",
			      DATASET_FIELDS_MAX);
	for (size_t i = 0; i < dataset->n_fields; i++) {
		int rc = check_field(dataset->fields[i], dataset->granularity, refusal);

		if (rc < 0)
			return rc;
		for (size_t k = 0; k < i; k++)
			if (strcmp(dataset->fields[k]->name, dataset->fields[i]->name) == 0)
				return refuse(refusal, REASON(E_FIELD), "dataset.fields.name",
					      "%.63s stands twice", dataset->fields[i]->name);
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

/* PRI-9c: data close to a person rests on a provision of the owner's law. */
static int check_legal_reference(const Pidc__V1__Dataset *dataset, const char *country,
				 struct refusal *refusal)
{
	const Pidc__V1__LegalReference *reference = dataset->legal_reference;
	int rc;

	if (reference == NULL && !is_close_to_a_person(dataset->granularity))
		return 0;
	if (reference == NULL)
		return refuse(refusal, REASON(E_FIELD), "dataset.legal_reference",
			      "mandatory for CASE_LEVEL and PERSONAL: the provision of your law");
	rc = check_text(refusal, "dataset.legal_reference.jurisdiction", reference->jurisdiction, 1,
			JURISDICTION_TEXT_MAX);
	if (rc == 0)
		rc = check_text(refusal, "dataset.legal_reference.law", reference->law, 1,
				TITLE_TEXT_MAX);
	if (rc == 0)
		rc = check_text(refusal, "dataset.legal_reference.provision", reference->provision,
				1, TITLE_TEXT_MAX);
	if (rc == 0 && country[0] != '\0' && strcmp(reference->jurisdiction, country) != 0)
		return refuse(refusal, REASON(E_FIELD), "dataset.legal_reference.jurisdiction",
			      "the law of the owner's country, %.3s", country);
	return rc;
}

static int check_numbers(const Pidc__V1__Dataset *dataset, struct refusal *refusal)
{
	if (dataset->retention_months > RETENTION_MONTHS_MAX)
		return refuse(refusal, REASON(E_FIELD), "dataset.retention_months", "at most %d",
			      RETENTION_MONTHS_MAX);
	if (dataset->min_cell_default != 0 &&
	    (dataset->min_cell_default < MIN_CELL_MIN || dataset->min_cell_default > MIN_CELL_MAX))
		return refuse(refusal, REASON(E_FIELD), "dataset.min_cell_default",
			      "0, or %d to %d", MIN_CELL_MIN, MIN_CELL_MAX);
	return 0;
}

int check_dataset(const Pidc__V1__Dataset *dataset, const Pidc__Store__V1__DatasetFacts *facts,
		  struct refusal *refusal)
{
	int rc = check_texts(dataset, refusal);

	if (rc < 0)
		return rc;
	if (!facts->category_known)
		return refuse(refusal, REASON(E_UNKNOWN_CODE), "dataset.category", NULL);
	rc = check_enum(refusal, "dataset.granularity", &pidc__v1__granularity__descriptor,
			(int)dataset->granularity);
	if (rc == 0)
		rc = check_enum(refusal, "dataset.classification_default",
				&pidc__v1__classification__descriptor,
				(int)dataset->classification_default);
	if (rc == 0)
		rc = check_legal_reference(dataset, facts->country, refusal);
	if (rc == 0)
		rc = check_numbers(dataset, refusal);
	return rc < 0 ? rc : check_fields(dataset, refusal);
}

/* A field that stands, against what is asked in its place. */
static int check_field_stays(const Pidc__V1__DatasetField *standing,
			     const Pidc__V1__DatasetField *asked, struct refusal *refusal)
{
	if (strcmp(standing->name, asked->name) != 0 || standing->type != asked->type ||
	    standing->is_count != asked->is_count)
		return refuse(refusal, REASON(E_FIELD), "dataset.fields",
			      "%.63s stays first in this order, with its type", standing->name);
	if (asked->sensitivity < standing->sensitivity &&
	    standing->sensitivity != SENSITIVITY(ORDINARY))
		return refuse(refusal, REASON(E_FIELD), "dataset.fields.sensitivity",
			      "%.63s: it may be raised, not lowered", standing->name);
	return 0;
}

int check_extension(const Pidc__V1__Dataset *standing, const Pidc__V1__Dataset *asked,
		    struct refusal *refusal)
{
	if (strcmp(standing->dataset_id, asked->dataset_id) != 0)
		return refuse(refusal, REASON(E_NOT_FOUND), "dataset.dataset_id", NULL);
	if (strcmp(standing->category, asked->category) != 0)
		return refuse(refusal, REASON(E_FIELD), "dataset.category",
			      "consents rest on it: it stays");
	if (standing->granularity != asked->granularity)
		return refuse(refusal, REASON(E_FIELD), "dataset.granularity",
			      "consents rest on it: it stays");
	if (asked->classification_default < standing->classification_default)
		return refuse(refusal, REASON(E_FIELD), "dataset.classification_default",
			      "it may be raised, not lowered");
	if (asked->min_cell_default < standing->min_cell_default)
		return refuse(refusal, REASON(E_FIELD), "dataset.min_cell_default",
			      "it may be raised, not lowered");
	if (asked->n_fields < standing->n_fields)
		return refuse(refusal, REASON(E_FIELD), "dataset.fields",
			      "fields are added, not dropped");
	for (size_t i = 0; i < standing->n_fields; i++) {
		int rc = check_field_stays(standing->fields[i], asked->fields[i], refusal);

		if (rc < 0)
			return rc;
	}
	return 0;
}
