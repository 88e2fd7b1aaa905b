/* SPDX-License-Identifier: ISC */
#include "core/consent_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define KIND(name) PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name

static const Pidc__Store__V1__ConsentFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__ConsentFacts *)in->facts;
}

/* Exactly one way to select; none at all never means all (L2). */
static int check_exactly_one(struct refusal *refusal, const char *field, int ways)
{
	if (ways == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EMPTY_SELECTOR, field, NULL);
	if (ways > 1)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "one way only");
	return 0;
}

int data_selector_ways(const Pidc__V1__DataSelector *data)
{
	return (data->n_contribution_ids != 0) + (data->n_dataset_ids != 0) +
	       (data->category != NULL) + (data->all_of_owner != 0);
}

/* Ids of somebody else's data do not exist for the owner. */
static int check_known(struct refusal *refusal, const char *field, char *const *ids, size_t count,
		       char *const *known, size_t known_count)
{
	for (size_t i = 0; i < count; i++)
		if (!list_has(known, known_count, ids[i]))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, field, "%.64s",
				      ids[i]);
	return 0;
}

static int check_category(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
			  struct refusal *refusal)
{
	if (!facts_of(in)->category_known)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_UNKNOWN_CODE,
			      "data.category.category", NULL);
	/* A veto without a ceiling forbids the category as a whole. */
	if (st->kind == KIND(VETO))
		return 0;
	return check_enum(refusal, "data.category.granularity_ceiling",
			  &pidc__v1__granularity__descriptor,
			  (int)st->data->category->granularity_ceiling);
}

static int check_data(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
		      struct refusal *refusal)
{
	const Pidc__Store__V1__ConsentFacts *facts = facts_of(in);
	const Pidc__V1__DataSelector *data = st->data;
	int ways = 0, rc;

	if (data != NULL)
		ways = data_selector_ways(data);
	rc = check_exactly_one(refusal, "data", ways);
	if (rc < 0)
		return rc;
	if (data->category != NULL)
		return check_category(in, st, refusal);
	rc = check_known(refusal, "data.contribution_ids", data->contribution_ids,
			 data->n_contribution_ids, facts->known_contributions,
			 facts->n_known_contributions);
	if (rc == 0)
		rc = check_known(refusal, "data.dataset_ids", data->dataset_ids,
				 data->n_dataset_ids, facts->known_datasets,
				 facts->n_known_datasets);
	return rc;
}

static int check_orgs(const struct rule_input *in, const char *field, char *const *orgs,
		      size_t count, struct refusal *refusal)
{
	const Pidc__Store__V1__ConsentFacts *facts = facts_of(in);

	if (list_has(orgs, count, in->actor->org))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field,
			      "the owner is no recipient of its own data");
	return check_known(refusal, field, orgs, count, facts->known_orgs, facts->n_known_orgs);
}

/* A class is consented to as it stands (PINNED) or as it grows (OPEN); the signer
 * says which, and pins what it saw. */
static int check_class(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
		       struct refusal *refusal)
{
	const Pidc__V1__RecipientSelector *recipient = st->recipient;

	if (!facts_of(in)->class_known)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_UNKNOWN_CODE,
			      "recipient.org_class", NULL);
	if (st->kind == KIND(VETO))
		return 0;
	if (recipient->class_mode == PIDC__V1__CLASS_MODE__CLASS_MODE_UNSPECIFIED)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "recipient.class_mode",
			      "PINNED or OPEN");
	if (recipient->class_mode == PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED &&
	    recipient->n_pinned_orgs == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EMPTY_SELECTOR,
			      "recipient.pinned_orgs", NULL);
	return 0;
}

static int check_recipient(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
			   struct refusal *refusal)
{
	const Pidc__V1__RecipientSelector *recipient = st->recipient;
	bool has_class;
	int ways = 0, rc;

	if (recipient != NULL)
		ways = (recipient->n_orgs != 0) + (recipient->org_class[0] != '\0') +
		       (recipient->all_partners != 0);
	rc = check_exactly_one(refusal, "recipient", ways);
	if (rc < 0)
		return rc;
	has_class = recipient->org_class[0] != '\0';
	if (recipient->capacity == PIDC__V1__CAPACITY__CAPACITY_UNSPECIFIED)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "recipient.capacity",
			      "it is mandatory");
	if (!has_class && (recipient->class_mode != 0 || recipient->n_pinned_orgs != 0))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "recipient.class_mode",
			      "only with a class");
	rc = check_orgs(in, "recipient.orgs", recipient->orgs, recipient->n_orgs, refusal);
	if (rc == 0)
		rc = check_orgs(in, "recipient.pinned_orgs", recipient->pinned_orgs,
				recipient->n_pinned_orgs, refusal);
	if (rc == 0 && has_class)
		rc = check_class(in, st, refusal);
	return rc;
}

/* A GRANT names what it permits; a VETO may leave purposes, actions and fields
 * open, since it only denies. */
static int check_extent(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
			struct refusal *refusal)
{
	const Pidc__Store__V1__ConsentFacts *facts = facts_of(in);
	int field_ways = (st->n_fields != 0) + (st->all_fields_of_schema_version != 0);
	bool is_grant = statement_is_grant(st);

	if (is_grant && st->n_purposes == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EMPTY_SELECTOR, "purposes", NULL);
	if (is_grant && st->n_actions == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EMPTY_SELECTOR, "actions", NULL);
	for (size_t i = 0; i < st->n_purposes; i++)
		if (!list_has(facts->known_purposes, facts->n_known_purposes, st->purposes[i]))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_UNKNOWN_CODE, "purposes",
				      "%.63s is no purpose", st->purposes[i]);
	if (!is_grant && field_ways == 0)
		return 0;
	return check_exactly_one(refusal, "fields", field_ways);
}

/* No backdating; a grant ends, and within its longest life. */
static int check_validity(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
			  struct refusal *refusal)
{
	int64_t from, to, latest;
	int rc = check_time(refusal, "valid_from", st->valid_from, in->now_us, &from);

	if (rc == 0)
		rc = check_time(refusal, "valid_to", st->valid_to, INT64_MAX, &to);
	if (rc != 0)
		return rc;
	if (from < in->now_us)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_BACKDATED, "valid_from", NULL);
	if (to <= from)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "valid_to",
			      "it has to end after it begins");
	if (!statement_is_grant(st))
		return 0;
	if (st->valid_to == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "valid_to",
			      "a grant has an end");
	if (!time_add_months(from, GRANT_MONTHS_MAX, &latest) || to > latest)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "valid_to",
			      "a grant lives at most %d months", GRANT_MONTHS_MAX);
	return 0;
}

/* W13: RED goes to organisations by name, and each release is approved. */
static int check_red(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
		     struct refusal *refusal)
{
	const Pidc__V1__Classification red = PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED;
	Pidc__V1__Classification ceiling = st->classification_ceiling;
	bool is_reached =
		facts_of(in)->reached_classification == red && (ceiling == 0 || ceiling == red);

	if (!is_reached && ceiling != red)
		return 0;
	if (st->recipient->n_orgs == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "recipient",
			      "RED goes to named organisations only");
	if (!statement_has_condition(st, PIDC__V1__CONDITION_KIND__CONDITION_KIND_APPROVE_EACH))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "conditions",
			      "RED needs APPROVE_EACH");
	return 0;
}

/* A veto has no conditions to meet and no mode: it stands until it is revoked. */
static int check_veto(const Pidc__V1__ConsentStatement *st, struct refusal *refusal)
{
	if (st->n_conditions != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "conditions",
			      "a veto has none");
	if (st->mode != PIDC__V1__GRANT_MODE__GRANT_MODE_UNSPECIFIED)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "mode", "a veto has none");
	if (st->classification_ceiling != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "classification_ceiling",
			      "a veto has none");
	return 0;
}

int check_terms(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
		struct refusal *refusal)
{
	int rc;

	if (st->fall_back)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "fall_back",
			      "only with REVOKE");
	if (st->n_chains != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "chains",
			      "only with REVOKE and SUSPEND");
	if (st->ack_existing)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "ack_existing",
			      "only with REFUSE");
	rc = check_data(in, st, refusal);
	if (rc == 0)
		rc = check_recipient(in, st, refusal);
	if (rc == 0)
		rc = check_extent(in, st, refusal);
	if (rc == 0)
		rc = check_validity(in, st, refusal);
	if (rc < 0)
		return rc;
	return st->kind == KIND(VETO) ? check_veto(st, refusal) : check_red(in, st, refusal);
}

int check_no_terms(const Pidc__V1__ConsentStatement *st, struct refusal *refusal)
{
	const struct {
		const char *field;
		bool is_set;
	} terms[] = {
		{"data", st->data != NULL},
		{"recipient", st->recipient != NULL},
		{"purposes", st->n_purposes != 0},
		{"actions", st->n_actions != 0},
		{"fields", st->n_fields != 0},
		{"all_fields_of_schema_version", st->all_fields_of_schema_version != 0},
		{"data_period", st->data_period != NULL},
		{"conditions", st->n_conditions != 0},
		{"mode", st->mode != 0},
		{"valid_from", st->valid_from != NULL},
		{"valid_to", st->valid_to != NULL},
		{"classification_ceiling", st->classification_ceiling != 0},
		{"fall_back", st->fall_back && st->kind != KIND(REVOKE)},
		{"chains",
		 st->n_chains != 0 && st->kind != KIND(REVOKE) && st->kind != KIND(SUSPEND)},
		{"ack_existing", st->ack_existing && st->kind != KIND(REFUSE)},
	};

	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
		if (terms[i].is_set)
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, terms[i].field,
				      "this kind speaks of the chain: leave it out");
	return 0;
}
