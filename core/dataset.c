/* SPDX-License-Identifier: ISC
 *
 * Datasets: defined and closed by their owner, the organisation of the actor.
 */
#include "core/data_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

/* The dataset that stands, when it may be changed from the version expected.
 * Somebody else's is answered like one that does not exist. */
static int check_standing(const struct rule_input *in, const char *field, uint32_t expected_version,
			  struct refusal *refusal)
{
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;

	if (facts->dataset == NULL || strcmp(facts->dataset->owner_org, in->actor->org) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, field, NULL);
	if (facts->dataset->version != expected_version)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_VERSION, "expected_version",
			      "it has version %u", facts->dataset->version);
	if (facts->dataset->status != PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, field,
			      "the dataset is closed");
	return 0;
}

/* The id of a new dataset: the client's, or ours. */
static int check_new_id(const struct rule_input *in, const char *id, struct refusal *refusal)
{
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;

	if (id[0] == '\0')
		return 0;
	if (!text_is_uuid(id))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "dataset.dataset_id",
			      "a lower-case UUID");
	if (facts->exists)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EXISTS, "dataset.dataset_id",
			      NULL);
	return 0;
}

static int check_definition(const struct rule_input *in,
			    const Pidc__V1__DefineDatasetRequest *request, struct refusal *refusal)
{
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;
	const Pidc__V1__Dataset *asked = request->dataset;
	int rc = request->expected_version == 0 ? 0 : check_not_custodian(in->actor, refusal);

	if (rc == 0)
		rc = check_owner(facts->org, refusal);
	if (rc < 0)
		return rc;
	if (asked == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "dataset",
			      "it is mandatory");
	if (asked->owner_org[0] != '\0' && strcmp(asked->owner_org, in->actor->org) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY, "dataset.owner_org",
			      NULL);
	rc = check_dataset(asked, facts, refusal);
	if (rc < 0)
		return rc;
	if (request->expected_version == 0)
		return check_new_id(in, asked->dataset_id, refusal);
	rc = check_standing(in, "dataset.dataset_id", request->expected_version, refusal);
	return rc < 0 ? rc : check_extension(facts->dataset, asked, refusal);
}

/* The dataset as it is recorded: what the register sets is set. */
static int dataset_make(const struct rule_input *in, const Pidc__V1__DefineDatasetRequest *request,
			Pidc__V1__Dataset **ret)
{
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;
	const Pidc__V1__Dataset *asked = request->dataset;
	Pidc__V1__Dataset *made = arena_alloc(in->arena, sizeof(*made));

	if (made == NULL)
		return PIDC_ENOMEM;
	*made = *asked;
	if (asked->dataset_id[0] == '\0')
		made->dataset_id = arena_strdup(in->arena, in->new_id);
	made->owner_org = arena_strdup(in->arena, in->actor->org);
	if (made->dataset_id == NULL || made->owner_org == NULL)
		return PIDC_ENOMEM;
	made->version = request->expected_version + 1;
	made->schema_version = 1;
	if (request->expected_version != 0)
		made->schema_version = facts->dataset->schema_version +
				       (asked->n_fields > facts->dataset->n_fields ? 1 : 0);
	made->status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE;
	made->index = 0; /* the entry says it */
	*ret = made;
	return 0;
}

int rule_define_dataset(const struct rule_input *in, Pidc__V1__Event *event,
			struct refusal *refusal)
{
	const Pidc__V1__DefineDatasetRequest *request =
		(const Pidc__V1__DefineDatasetRequest *)in->request;
	Pidc__V1__DatasetDefined *defined = arena_alloc(in->arena, sizeof(*defined));
	const char *owner = in->actor->org;
	int rc;

	if (defined == NULL)
		return PIDC_ENOMEM;
	rc = check_definition(in, request, refusal);
	if (rc < 0)
		return rc;
	pidc__v1__dataset_defined__init(defined);
	rc = dataset_make(in, request, &defined->dataset);
	if (rc < 0)
		return rc;
	event->body_case = PIDC__V1__EVENT__BODY_DATASET_DEFINED;
	event->dataset_defined = defined;
	rc = event_set_entity(in, event, defined->dataset->dataset_id, defined->dataset->version);
	return rc < 0 ? rc : event_set_concerns(in, event, &owner, 1);
}

int rule_close_dataset(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__CloseDatasetRequest *request =
		(const Pidc__V1__CloseDatasetRequest *)in->request;
	Pidc__V1__DatasetClosed *closed = arena_alloc(in->arena, sizeof(*closed));
	const char *owner = in->actor->org;
	int rc;

	if (closed == NULL)
		return PIDC_ENOMEM;
	rc = check_not_custodian(in->actor, refusal);
	if (rc == 0)
		rc = check_standing(in, "dataset_id", request->expected_version, refusal);
	if (rc == 0)
		rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	if (rc < 0)
		return rc;
	pidc__v1__dataset_closed__init(closed);
	closed->dataset_id = request->dataset_id;
	closed->reason = request->reason;
	event->body_case = PIDC__V1__EVENT__BODY_DATASET_CLOSED;
	event->dataset_closed = closed;
	rc = event_set_entity(in, event, closed->dataset_id, request->expected_version + 1);
	return rc < 0 ? rc : event_set_concerns(in, event, &owner, 1);
}
