/* SPDX-License-Identifier: ISC */
#include "core/consent_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

/* A selection by hand; who means more names the dataset. */
#define SELECTED_IDS_MAX 1000
/* Members and partners of today are 31. */
#define SELECTED_ORGS_MAX 64
/* The list of purposes has nine. */
#define SELECTED_PURPOSES_MAX 64
#define SELECTED_ACTIONS_MAX  6
#define SELECTED_FIELDS_MAX   200
/* There are 19 kinds, each at most once. */
#define CONDITIONS_MAX 19
#define ORIGIN_MAX     255

static int check_uuids(struct refusal *refusal, const char *field, char *const *ids, size_t count)
{
	if (count > SELECTED_IDS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "at most %d",
			      SELECTED_IDS_MAX);
	for (size_t i = 0; i < count; i++)
		if (!text_is_uuid(ids[i]))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field,
				      "a lower-case UUID each");
	return 0;
}

/* Short lists of names: each fits, none stands twice. */
static int check_names(struct refusal *refusal, const char *field, char *const *names, size_t count,
		       size_t max, bool (*fits)(const char *))
{
	if (count > max)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "at most %zu", max);
	for (size_t i = 0; i < count; i++) {
		if (!fits(names[i]))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field,
				      "%.63s is no such name", names[i]);
		if (list_is_repeated(names, i))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field,
				      "%.63s stands twice", names[i]);
	}
	return 0;
}

/* Known, or 0 where the statement may leave it open. */
static int check_optional_enum(struct refusal *refusal, const char *field,
			       const ProtobufCEnumDescriptor *type, int value)
{
	return value == 0 ? 0 : check_enum(refusal, field, type, value);
}

static int check_actions(const Pidc__V1__ConsentStatement *st, struct refusal *refusal)
{
	if (st->n_actions > SELECTED_ACTIONS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "actions", "at most %d",
			      SELECTED_ACTIONS_MAX);
	for (size_t i = 0; i < st->n_actions; i++) {
		int rc = check_enum(refusal, "actions", &pidc__v1__action__descriptor,
				    (int)st->actions[i]);

		if (rc < 0)
			return rc;
		for (size_t k = 0; k < i; k++)
			if (st->actions[k] == st->actions[i])
				return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "actions",
					      "one stands twice");
	}
	return 0;
}

static int check_data_syntax(const Pidc__V1__DataSelector *data, struct refusal *refusal)
{
	int rc;

	if (data == NULL)
		return 0;
	rc = check_uuids(refusal, "data.contribution_ids", data->contribution_ids,
			 data->n_contribution_ids);
	if (rc == 0)
		rc = check_uuids(refusal, "data.dataset_ids", data->dataset_ids,
				 data->n_dataset_ids);
	if (rc == 0 && data->category != NULL)
		rc = check_optional_enum(refusal, "data.category.granularity_ceiling",
					 &pidc__v1__granularity__descriptor,
					 (int)data->category->granularity_ceiling);
	return rc;
}

static int check_recipient_syntax(const Pidc__V1__RecipientSelector *recipient,
				  struct refusal *refusal)
{
	int rc;

	if (recipient == NULL)
		return 0;
	rc = check_names(refusal, "recipient.orgs", recipient->orgs, recipient->n_orgs,
			 SELECTED_ORGS_MAX, text_is_org);
	if (rc == 0)
		rc = check_names(refusal, "recipient.pinned_orgs", recipient->pinned_orgs,
				 recipient->n_pinned_orgs, SELECTED_ORGS_MAX, text_is_org);
	if (rc == 0)
		rc = check_optional_enum(refusal, "recipient.capacity",
					 &pidc__v1__capacity__descriptor, (int)recipient->capacity);
	if (rc == 0)
		rc = check_optional_enum(refusal, "recipient.class_mode",
					 &pidc__v1__class_mode__descriptor,
					 (int)recipient->class_mode);
	return rc;
}

/* Many chains: by their ids in order, so that none stands twice. */
static int check_chains(const Pidc__V1__ConsentStatement *st, struct refusal *refusal)
{
	if (st->n_chains > REVOKED_CHAINS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "chains", "at most %d",
			      REVOKED_CHAINS_MAX);
	if (st->consent_id[0] != '\0' || st->version != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "consent_id",
			      "either one chain or many");
	for (size_t i = 0; i < st->n_chains; i++) {
		if (!text_is_uuid(st->chains[i]->consent_id))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD,
				      "chains.consent_id", "a lower-case UUID each");
		if (i > 0 && strcmp(st->chains[i - 1]->consent_id, st->chains[i]->consent_id) >= 0)
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD,
				      "chains.consent_id", "in order, each once");
	}
	return 0;
}

/* Whose, which chain, which kind. */
static int check_head_syntax(const Pidc__V1__ConsentStatement *st, struct refusal *refusal)
{
	if (!text_is_uuid(st->statement_id))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "statement_id",
			      "a lower-case UUID");
	if (st->n_chains != 0) {
		int rc = check_chains(st, refusal);

		if (rc < 0)
			return rc;
	} else if (!text_is_uuid(st->consent_id)) {
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "consent_id",
			      "a lower-case UUID");
	}
	if (!text_is_org(st->owner_org))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "owner_org",
			      "the code of an organisation");
	if (st->consent_request_id[0] != '\0' && !text_is_uuid(st->consent_request_id))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "consent_request_id",
			      "a lower-case UUID");
	return check_enum(refusal, "kind", &pidc__v1__statement_kind__descriptor, (int)st->kind);
}

/* The rest: what is said about the chain, in words and numbers. */
static int check_tail_syntax(const Pidc__V1__ConsentStatement *st, struct refusal *refusal)
{
	int rc = check_text(refusal, "reason", st->reason, 0, REASON_TEXT_MAX);

	if (rc == 0)
		rc = check_text(refusal, "origin", st->origin, 1, ORIGIN_MAX);
	if (rc == 0)
		rc = check_digest(refusal, "notice_digest", &st->notice_digest, true);
	if (rc == 0)
		rc = check_optional_enum(refusal, "mode", &pidc__v1__grant_mode__descriptor,
					 (int)st->mode);
	if (rc == 0)
		rc = check_optional_enum(refusal, "classification_ceiling",
					 &pidc__v1__classification__descriptor,
					 (int)st->classification_ceiling);
	if (rc < 0)
		return rc;
	if (st->n_conditions > CONDITIONS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "conditions", "at most %d",
			      CONDITIONS_MAX);
	return check_conditions(st, refusal);
}

int check_statement_syntax(const Pidc__V1__ConsentStatement *st, struct refusal *refusal)
{
	int64_t us;
	int rc = check_head_syntax(st, refusal);

	if (rc == 0)
		rc = check_data_syntax(st->data, refusal);
	if (rc == 0)
		rc = check_recipient_syntax(st->recipient, refusal);
	if (rc == 0)
		rc = check_names(refusal, "purposes", st->purposes, st->n_purposes,
				 SELECTED_PURPOSES_MAX, text_is_code);
	if (rc == 0)
		rc = check_actions(st, refusal);
	if (rc == 0)
		rc = check_names(refusal, "fields", st->fields, st->n_fields, SELECTED_FIELDS_MAX,
				 text_is_field_name);
	if (rc == 0)
		rc = check_range(refusal, "data_period", st->data_period);
	if (rc == 0)
		rc = check_time(refusal, "valid_from", st->valid_from, 0, &us);
	if (rc == 0)
		rc = check_time(refusal, "valid_to", st->valid_to, 0, &us);
	return rc < 0 ? rc : check_tail_syntax(st, refusal);
}
