/* SPDX-License-Identifier: ISC
 *
 * Contributions. The owner is the organisation of the actor, always: nobody acts
 * for another (STM-1).
 */
#include "core/cell.h"
#include "core/data_check.h"
#include "core/rule_check.h"
#include "core/upload.h"

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

/* What a submission corrects: the caller's own, of the same dataset, still released. */
static int check_replaced(const struct rule_input *in,
			  const Pidc__V1__SubmitContributionRequest *request,
			  struct refusal *refusal)
{
	const Pidc__V1__Contribution *replaced =
		((const Pidc__Store__V1__DatasetFacts *)in->facts)->replaced;

	if (request->replaces_id[0] == '\0')
		return 0;
	if (replaced == NULL || strcmp(replaced->owner_org, in->actor->org) != 0 ||
	    strcmp(replaced->contribution_id, request->replaces_id) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "replaces_id", NULL);
	if (strcmp(replaced->dataset_id, request->dataset_id) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "replaces_id",
			      "a correction stays in its dataset");
	/* Not what is held: its data would leave as a correction. */
	if (replaced->status != PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "replaces_id",
			      "only what is ACCEPTED is corrected");
	return 0;
}

/* The least that the contribution may have: lowering takes a signature. */
static Pidc__V1__Classification least_classification(const struct rule_input *in)
{
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;
	Pidc__V1__Classification least = facts->dataset->classification_default;

	if (facts->replaced != NULL && facts->replaced->classification > least)
		least = facts->replaced->classification;
	return least;
}

static int check_classification(const struct rule_input *in,
				const Pidc__V1__SubmitContributionRequest *request,
				struct refusal *refusal)
{
	int rc;

	if (request->classification == PIDC__V1__CLASSIFICATION__CLASSIFICATION_UNSPECIFIED)
		return 0;
	rc = check_enum(refusal, "classification", &pidc__v1__classification__descriptor,
			(int)request->classification);
	if (rc < 0)
		return rc;
	if (request->classification < least_classification(in))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "classification",
			      "never below the dataset's default, nor below what it corrects");
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

/* What the rows rest on; the floors themselves are kept beside the content. */
static int cells_read(const struct rule_input *in,
		      const Pidc__V1__SubmitContributionRequest *request,
		      Pidc__V1__Contribution *made)
{
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;
	uint8_t *digest = arena_alloc(in->arena, SHA256_LEN);
	ProtobufCBinaryData kept;
	struct cells cells;
	int rc;

	/* What a file says of how many persons, nobody can tell: where small cells are
	 * looked for, nothing beside it is known to be safe either. */
	if (request->n_files != 0)
		return 0;
	rc = cells_of_columns(facts->dataset, request->columns, request->n_columns, in->arena,
			      &cells, &kept);
	if (rc < 0 || digest == NULL)
		return rc < 0 ? rc : PIDC_ENOMEM;
	if (kept.len == 0)
		return 0;
	sha256(&(struct bytes){kept.data, kept.len}, 1, digest);
	made->cell_lowest = cells.lowest;
	made->cell_highest = cells.highest;
	made->cell_digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	return 0;
}

/* Content that the register keeps: the columns are read and checked on the way. */
static int content_inline(const struct rule_input *in,
			  const Pidc__V1__SubmitContributionRequest *request,
			  Pidc__V1__Contribution *made, struct refusal *refusal)
{
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;
	int rc;

	if (request->n_fields != 0 || request->content_digest.len != 0 ||
	    request->content_size != 0 || request->row_count != 0 ||
	    request->external_uri[0] != '\0')
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "content_kind",
			      "of INLINE content the register reads fields, digest, size and rows");
	rc = columns_read(in, request, facts->dataset, made, refusal);
	if (rc == 0)
		rc = files_read(in, request, made, refusal);
	if (rc == 0)
		rc = content_digest(in->arena, made, &made->content_digest);
	for (size_t i = 0; rc == 0 && i < made->n_columns; i++)
		made->content_size += made->columns[i]->size;
	return rc < 0 ? rc : cells_read(in, request, made);
}

static int content_read(const struct rule_input *in,
			const Pidc__V1__SubmitContributionRequest *request,
			Pidc__V1__Contribution *made, struct refusal *refusal)
{
	switch (request->content_kind) {
	case PIDC__V1__CONTENT_KIND__CONTENT_KIND_UNSPECIFIED:
	case PIDC__V1__CONTENT_KIND__CONTENT_KIND_INLINE:
		made->content_kind = PIDC__V1__CONTENT_KIND__CONTENT_KIND_INLINE;
		return content_inline(in, request, made, refusal);
	case PIDC__V1__CONTENT_KIND__CONTENT_KIND_EXTERNAL_REF:
	case PIDC__V1__CONTENT_KIND__CONTENT_KIND_HASH_ONLY:
		made->content_kind = request->content_kind;
		return content_elsewhere(in, request, made, refusal);
	default:
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "content_kind",
			      "no such value");
	}
}

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
	rc = content_read(in, request, made, refusal);
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
		made->classification = least_classification(in);
	made->replaces_id = request->replaces_id;
	made->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
	*ret = made;
	return 0;
}

int rule_submit_contribution(const struct rule_input *in, Pidc__V1__Event *event,
			     struct refusal *refusal)
{
	const Pidc__V1__SubmitContributionRequest *request =
		(const Pidc__V1__SubmitContributionRequest *)in->request;
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
		rc = check_replaced(in, request, refusal);
	if (rc == 0)
		rc = check_classification(in, request, refusal);
	if (rc == 0)
		rc = contribution_make(in, &submitted->contribution, refusal);
	if (rc < 0)
		return rc;
	event->body_case = PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED;
	event->contribution_submitted = submitted;
	rc = event_set_entity(in, event, submitted->contribution->contribution_id, 1);
	return rc < 0 ? rc : event_set_concerns(in, event, &owner, 1);
}
