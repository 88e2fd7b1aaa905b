/* SPDX-License-Identifier: ISC
 *
 * Which answers an event may change. Readers keep answers in memory and forget those
 * that are named here (check_cache.h), so that a kind of event that is not in the
 * table below is taken to change every answer of everybody.
 */
#include "daemon/service/epoch.h"
#include "core/chain.h"
#include "daemon/service/internal.h"

#include <string.h>

#define BODY(name) PIDC__V1__EVENT__BODY_##name

#define SPACE INT32_C(256)

static int32_t hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int32_t epoch_contribution(const char *uuid)
{
	size_t len = strlen(uuid);
	int32_t high = len < 2 ? -1 : hex_digit(uuid[len - 2]);
	int32_t low = high < 0 ? -1 : hex_digit(uuid[len - 1]);

	return low < 0 ? 0 : high * 16 + low;
}

int32_t epoch_dataset(const char *uuid)
{
	return SPACE + epoch_contribution(uuid);
}

int32_t epoch_whole(const char *uuid)
{
	return 2 * SPACE + epoch_contribution(uuid);
}

enum reach {
	REACH_ALL,      /* whatever is not in the table */
	REACH_NOTHING,  /* no decision about anything that was there before */
	REACH_CALLERS,  /* who may call, and as what */
	REACH_DATASET,  /* the event's entity, a dataset of the first concerned */
	REACH_REPLACED, /* the contribution that this one replaces; a new one was unknown, and
			   what is unknown is never kept in memory */
	REACH_CONSENT,  /* what the chain's terms select */
	REACH_RELEASED, /* the datasets of a release: what a recipient has may count */
};

static const struct {
	Pidc__V1__Event__BodyCase body;
	enum reach reach;
} reaches[] = {
	{BODY(PRINCIPAL_REGISTERED), REACH_CALLERS},
	{BODY(CERTIFICATE_BOUND), REACH_CALLERS},
	{BODY(CERTIFICATE_REVOKED), REACH_CALLERS},
	{BODY(ROLE_GRANTED), REACH_CALLERS},
	{BODY(ROLE_REVOKED), REACH_CALLERS},
	{BODY(DATASET_DEFINED), REACH_DATASET},
	{BODY(CONTRIBUTION_SUBMITTED), REACH_REPLACED},
	{BODY(ERASURE_REQUESTED), REACH_NOTHING},
	{BODY(CONSENT_RECORDED), REACH_CONSENT},
	{BODY(SHARING_REQUESTED), REACH_NOTHING},
	{BODY(SHARING_REQUEST_WITHDRAWN), REACH_NOTHING},
	{BODY(HOLDER_NOTIFIED), REACH_NOTHING},
	/* What recognised the organisation reaches all. */
	{BODY(CLASS_JOINED), REACH_NOTHING},
	{BODY(RELEASE_GRANTED), REACH_RELEASED},
	{BODY(RELEASE_REFUSED), REACH_NOTHING},
	{BODY(DISCLOSURE_ACKNOWLEDGED), REACH_NOTHING},
	/* Decisions that ask somebody are never kept (decision_stable_until). */
	{BODY(APPROVAL_REQUESTED), REACH_NOTHING},
	{BODY(APPROVAL_ANSWERED), REACH_NOTHING},
	{BODY(INSTANCE_STARTED), REACH_NOTHING},
	/* Until it is closed no gate of the decision rests on a resolution. */
	{BODY(BOARD_RULES_RECORDED), REACH_NOTHING},
	{BODY(BOARD_RULES_PROPOSED), REACH_NOTHING},
	{BODY(RESOLUTION_PROPOSED), REACH_NOTHING},
	{BODY(RESOLUTION_SECONDED), REACH_NOTHING},
	{BODY(RESOLUTION_OPENED), REACH_NOTHING},
	{BODY(MEMBER_RECUSED), REACH_NOTHING},
	{BODY(BALLOT_CAST), REACH_NOTHING},
	{BODY(RESOLUTION_WITHDRAWN), REACH_NOTHING},
	{BODY(RESOLUTION_DEFERRED), REACH_NOTHING},
	{BODY(PARTNER_NOMINATED), REACH_NOTHING},
	{BODY(NOMINATION_DECLINED), REACH_NOTHING},
	/* Leaves the partnership in its state. */
	{BODY(DOSSIER_SUBMITTED), REACH_NOTHING},
	/* No gate of the decision rests on a policy's text. */
	{BODY(POLICY_WRITTEN), REACH_NOTHING},
	{BODY(POLICY_CONSULTATION_OPENED), REACH_NOTHING},
	{BODY(POLICY_INPUT_GIVEN), REACH_NOTHING},
	{BODY(POLICY_CONSULTATION_CLOSED), REACH_NOTHING},
	{BODY(POLICY_STEPPED), REACH_NOTHING},
	{BODY(POLICY_REVIEWED), REACH_NOTHING},
	/* That a membership ended reaches all: not in this table. */
	{BODY(MEMBERSHIP_INSTRUMENT_RECORDED), REACH_NOTHING},
	{BODY(INTEGRATION_PLAN_SET), REACH_NOTHING},
	{BODY(BILATERAL_FILED), REACH_NOTHING},
	{BODY(BILATERAL_WITHDRAWN), REACH_NOTHING},
	/* Until both have signed. */
	{BODY(MOU_DRAFTED), REACH_NOTHING},
	{BODY(MOU_REVISED), REACH_NOTHING},
	{BODY(MOU_VETTED), REACH_NOTHING},
	{BODY(REFUSALS_FOLDED), REACH_NOTHING},
};

struct bump {
	Pidc__Store__V1__EpochRows rows;
	Pidc__Store__V1__ConsentEpochs consents;
	struct arena *arena;
};

static enum reach reach_of(const Pidc__V1__Event *event)
{
	for (size_t i = 0; i < sizeof(reaches) / sizeof(reaches[0]); i++) {
		if (reaches[i].body == event->body_case)
			return reaches[i].reach;
	}
	return REACH_ALL;
}

static int row_add(struct bump *bump, const char *org, int32_t bucket, uint64_t index)
{
	Pidc__Store__V1__EpochRow *row;

	/* A batch is mostly of one kind: what was just named is named again. */
	if (bump->rows.n_rows > 0) {
		row = bump->rows.rows[bump->rows.n_rows - 1];
		if (row->bucket == bucket && strcmp(row->org, org) == 0) {
			row->epoch = index;
			return 0;
		}
	}
	row = (Pidc__Store__V1__EpochRow *)message_new(&pidc__store__v1__epoch_row__descriptor,
						       bump->arena);
	if (row == NULL)
		return PIDC_ENOMEM;
	row->org = (char *)(uintptr_t)org;
	row->bucket = bucket;
	row->epoch = index;
	bump->rows.rows[bump->rows.n_rows++] = row;
	return 0;
}

static int consent_add(struct bump *bump, const struct command_call *call)
{
	const Pidc__V1__ConsentStatement *statement = call->statement;
	Pidc__Store__V1__ConsentEpoch *row;

	if (statement == NULL)
		return row_add(bump, EPOCH_ALL, EPOCH_EVERYTHING, call->index);
	if (*statement->consent_id == '\0')
		return row_add(bump, statement->owner_org, EPOCH_EVERYTHING, call->index);
	row = (Pidc__Store__V1__ConsentEpoch *)message_new(
		&pidc__store__v1__consent_epoch__descriptor, bump->arena);
	if (row == NULL)
		return PIDC_ENOMEM;
	row->consent_id = statement->consent_id;
	row->is_wide = statement->version > 1 &&
		       (statement_is_grant(statement) ||
			statement->kind == PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_VETO);
	row->epoch = call->index;
	bump->consents.rows[bump->consents.n_rows++] = row;
	return 0;
}

static int datasets_add(struct bump *bump, const struct command_call *call)
{
	const Pidc__V1__ReleaseGranted *release = call->event->release_granted;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < release->n_items; i++)
		rc = row_add(bump, release->owner_org, epoch_dataset(release->items[i]->dataset_id),
			     call->index);
	return rc;
}

static int replaced_add(struct bump *bump, const struct command_call *call)
{
	const Pidc__V1__Contribution *made = call->event->contribution_submitted->contribution;

	if (*made->replaces_id == '\0')
		return 0;
	return row_add(bump, made->owner_org, epoch_contribution(made->replaces_id), call->index);
}

static int call_add(struct bump *bump, const struct command_call *call)
{
	const Pidc__V1__Event *event = call->event;

	switch (reach_of(event)) {
	case REACH_NOTHING:
		return 0;
	case REACH_CALLERS:
		return row_add(bump, EPOCH_CALLERS, EPOCH_EVERYTHING, call->index);
	case REACH_CONSENT:
		return consent_add(bump, call);
	case REACH_REPLACED:
		return replaced_add(bump, call);
	case REACH_RELEASED:
		return datasets_add(bump, call);
	case REACH_DATASET:
		if (event->n_concerns > 0)
			return row_add(bump, event->concerns[0], epoch_dataset(event->entity_id),
				       call->index);
		break;
	case REACH_ALL:
		break;
	}
	return row_add(bump, EPOCH_ALL, EPOCH_EVERYTHING, call->index);
}

static size_t rows_most(struct command_call *const *calls, size_t n)
{
	size_t most = n;

	for (size_t i = 0; i < n; i++) {
		if (reach_of(calls[i]->event) == REACH_RELEASED)
			most += calls[i]->event->release_granted->n_items;
	}
	return most;
}

int epochs_bump(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		struct pidc_error *err)
{
	struct bump bump = {.rows = PIDC__STORE__V1__EPOCH_ROWS__INIT,
			    .consents = PIDC__STORE__V1__CONSENT_EPOCHS__INIT,
			    .arena = arena};
	int rc = 0;

	bump.rows.rows = arena_calloc(arena, rows_most(calls, n), sizeof(*bump.rows.rows));
	bump.consents.rows = arena_calloc(arena, n, sizeof(*bump.consents.rows));
	if (bump.rows.rows == NULL || bump.consents.rows == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = call_add(&bump, calls[i]);
	if (rc == 0 && bump.rows.n_rows > 0)
		rc = db_query(db, DB_EPOCH_BUMP, &bump.rows.base, NULL, arena, NULL, err);
	if (rc == 0 && bump.consents.n_rows > 0)
		rc = db_query(db, DB_EPOCH_BUMP_CONSENTS, &bump.consents.base, NULL, arena, NULL,
			      err);
	return rc;
}
