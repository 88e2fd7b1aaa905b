/* SPDX-License-Identifier: ISC
 *
 * Contributions. The owner is the organisation of the actor, always: nobody acts
 * for another (STM-1).
 */
#include "core/data_check.h"
#include "core/rule_check.h"

#include <string.h>

static const char content_prefix[] = "pidc/content/v1"; /* with its NUL: the 0x00 */

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
