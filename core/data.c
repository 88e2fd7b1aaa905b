/* SPDX-License-Identifier: ISC
 *
 * Datasets and contributions. The owner is the organisation of the actor, always:
 * nobody acts for another (STM-1).
 */
#include "core/data_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

static const char content_prefix[] = "pidc/content/v1"; /* with its NUL: the 0x00 */

/* Active members, and partners (PRI-9a); the Secretariat owns no data. */
static int check_owner(const Pidc__Store__V1__OrgState *org, struct refusal *refusal)
{
	bool can_own = org != NULL &&
		       (org->kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER ||
			org->kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER);

	if (can_own && org->is_active)
		return 0;
	return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_MEMBER_STATE, NULL,
		      "only active members and partners own data");
}

/* The dataset that stands, when it may be changed from the version expected. */
static int check_standing(const struct rule_input *in, uint32_t expected_version,
			  struct refusal *refusal)
{
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;

	if (facts->dataset == NULL || strcmp(facts->dataset->owner_org, in->actor->org) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "dataset.dataset_id",
			      NULL);
	if (facts->dataset->version != expected_version)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_VERSION, "expected_version",
			      "it has version %u", facts->dataset->version);
	if (facts->dataset->status != PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "dataset.dataset_id",
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
	int rc = check_owner(facts->org, refusal);

	if (rc < 0)
		return rc;
	if (asked == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "dataset",
			      "it is mandatory");
	if (asked->owner_org[0] != '\0' && strcmp(asked->owner_org, in->actor->org) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY, "dataset.owner_org",
			      NULL);
	rc = check_dataset(asked, facts->category_known, refusal);
	if (rc < 0)
		return rc;
	if (request->expected_version == 0)
		return check_new_id(in, asked->dataset_id, refusal);
	rc = check_standing(in, request->expected_version, refusal);
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

/* Somebody else's dataset is answered like one that does not exist. */
static int check_target(const struct rule_input *in,
			const Pidc__V1__SubmitContributionRequest *request, struct refusal *refusal)
{
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;
	const Pidc__V1__Dataset *dataset = facts->dataset;
	int rc = check_owner(facts->org, refusal);

	if (rc < 0)
		return rc;
	if (dataset == NULL || strcmp(dataset->owner_org, in->actor->org) != 0 ||
	    strcmp(dataset->dataset_id, request->dataset_id) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "dataset_id", NULL);
	if (dataset->status != PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "dataset_id",
			      "the dataset is closed");
	return 0;
}

static int check_classification(const Pidc__V1__SubmitContributionRequest *request,
				const Pidc__V1__Dataset *dataset, struct refusal *refusal)
{
	int rc;

	if (request->classification == PIDC__V1__CLASSIFICATION__CLASSIFICATION_UNSPECIFIED)
		return 0;
	rc = check_enum(refusal, "classification", &pidc__v1__classification__descriptor,
			(int)request->classification);
	if (rc < 0)
		return rc;
	if (request->classification < dataset->classification_default)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "classification",
			      "never below the dataset's default");
	return 0;
}

/* SHA-256("pidc/content/v1" || 0x00 || the column digests). */
static int content_digest(struct arena *arena, const Pidc__V1__Contribution *contribution,
			  ProtobufCBinaryData *ret)
{
	size_t n = contribution->n_columns;
	struct bytes *pieces = arena_calloc(arena, n + 1, sizeof(*pieces));
	uint8_t *digest = arena_alloc(arena, SHA256_LEN);

	if (pieces == NULL || digest == NULL)
		return PIDC_ENOMEM;
	pieces[0] = (struct bytes){content_prefix, sizeof(content_prefix)};
	for (size_t i = 0; i < n; i++)
		pieces[i + 1] = (struct bytes){contribution->columns[i]->digest.data, SHA256_LEN};
	sha256(pieces, n + 1, digest);
	*ret = (ProtobufCBinaryData){SHA256_LEN, digest};
	return 0;
}

/* Reads and checks the columns on the way. */
static int contribution_make(const struct rule_input *in, Pidc__V1__Contribution **ret,
			     struct refusal *refusal)
{
	const Pidc__V1__SubmitContributionRequest *request =
		(const Pidc__V1__SubmitContributionRequest *)in->request;
	const Pidc__V1__Dataset *dataset =
		((const Pidc__Store__V1__DatasetFacts *)in->facts)->dataset;
	Pidc__V1__Contribution *made = arena_alloc(in->arena, sizeof(*made));
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	pidc__v1__contribution__init(made);
	rc = columns_read(in, request, dataset, made, refusal);
	if (rc == 0)
		rc = content_digest(in->arena, made, &made->content_digest);
	if (rc < 0)
		return rc;
	made->contribution_id = arena_strdup(in->arena, in->new_id);
	if (made->contribution_id == NULL)
		return PIDC_ENOMEM;
	made->dataset_id = dataset->dataset_id;
	made->owner_org = dataset->owner_org;
	made->period = request->period;
	made->classification = request->classification;
	if (made->classification == PIDC__V1__CLASSIFICATION__CLASSIFICATION_UNSPECIFIED)
		made->classification = dataset->classification_default;
	made->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
	*ret = made;
	return 0;
}

int rule_submit_contribution(const struct rule_input *in, Pidc__V1__Event *event,
			     struct refusal *refusal)
{
	const Pidc__V1__SubmitContributionRequest *request =
		(const Pidc__V1__SubmitContributionRequest *)in->request;
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;
	Pidc__V1__ContributionSubmitted *submitted = arena_alloc(in->arena, sizeof(*submitted));
	const char *owner = in->actor->org;
	int rc;

	if (submitted == NULL)
		return PIDC_ENOMEM;
	pidc__v1__contribution_submitted__init(submitted);
	rc = check_target(in, request, refusal);
	if (rc == 0)
		rc = check_range(refusal, "period", request->period);
	if (rc == 0)
		rc = check_classification(request, facts->dataset, refusal);
	if (rc == 0)
		rc = contribution_make(in, &submitted->contribution, refusal);
	if (rc < 0)
		return rc;
	event->body_case = PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED;
	event->contribution_submitted = submitted;
	rc = event_set_entity(in, event, submitted->contribution->contribution_id, 1);
	return rc < 0 ? rc : event_set_concerns(in, event, &owner, 1);
}
