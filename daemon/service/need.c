/* SPDX-License-Identifier: ISC
 *
 * Facts that only some consents ask for: uses, approvals. Most decisions need none and
 * cost no statement here.
 */
#include "core/approval.h"
#include "core/decision.h"
#include "daemon/service/internal.h"

static int approvals_load(struct db *db, const Pidc__Store__V1__DecisionQuery *query,
			  Pidc__Store__V1__DecisionNeeds *needs,
			  const Pidc__Store__V1__Context *ctx, struct arena *arena,
			  Pidc__Store__V1__DecisionFacts *facts, struct pidc_error *err)
{
	uint8_t *digest = arena_alloc(arena, SHA256_LEN);
	int rc = digest == NULL ? PIDC_ENOMEM : approval_digest(query, arena, digest);

	if (rc < 0)
		return rc;
	needs->request_digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	rc = db_query_into(db, DB_DECISION_PENDING, &needs->base, ctx, arena, &facts->base, NULL,
			   NULL, err);
	if (rc == 0 && query->approval_id[0] != '\0')
		rc = db_query_into(db, DB_DECISION_APPROVAL, &needs->base, ctx, arena, &facts->base,
				   NULL, NULL, err);
	return rc;
}

int needs_load(struct db *db, const Pidc__Store__V1__DecisionQuery *query,
	       const Pidc__Store__V1__Context *ctx, struct arena *arena,
	       Pidc__Store__V1__DecisionFacts *facts, struct pidc_error *err)
{
	Pidc__Store__V1__DecisionNeeds needs;
	int rc = decision_needs(facts, query, arena, &needs);

	needs.owner_org = query->owner_org;
	needs.recipient_org = query->recipient_org;
	needs.disclosure_id = query->disclosure_id;
	needs.approval_id = query->approval_id;
	needs.now = ctx->now;
	if (rc == 0 && needs.n_uses != 0)
		rc = db_query_into(db, DB_DECISION_USES, &needs.base, ctx, arena, &facts->base,
				   NULL, NULL, err);
	needs.contribution_ids = query->contribution_ids;
	needs.n_contribution_ids = query->n_contribution_ids;
	if (rc == 0 && needs.is_holding_asked)
		rc = db_query_into(db, DB_DECISION_HOLDINGS, &needs.base, ctx, arena, &facts->base,
				   NULL, NULL, err);
	if (rc == 0 && needs.is_approval_asked)
		rc = approvals_load(db, query, &needs, ctx, arena, facts, err);
	return rc;
}
