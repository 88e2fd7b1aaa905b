/* SPDX-License-Identifier: ISC
 *
 * Recalls (L5, spec 5.11): what has left cannot be fetched back, but the owner can ask
 * for it item by item, and the recipient answers item by item. OPEN, ANSWERED, CLOSED;
 * OVERDUE is the clock's.
 */
#include "core/recall_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

/* When the owner names no day; and no recall is open for longer than a year. */
#define DUE_DAYS_DEFAULT 30
#define DUE_DAYS_MAX     366

#define US_PER_DAY  (INT64_C(24) * 3600 * 1000000)
#define CAUSE(name) PIDC__V1__RECALL_CAUSE__RECALL_CAUSE_##name

static const Pidc__V1__RecallDisclosuresRequest *request_of(const struct rule_input *in)
{
	return (const Pidc__V1__RecallDisclosuresRequest *)in->request;
}

static const Pidc__Store__V1__RecallFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__RecallFacts *)in->facts;
}

static int check_due(const struct rule_input *in, int64_t *ret_us, struct refusal *refusal)
{
	int64_t absent_us = in->now_us + DUE_DAYS_DEFAULT * US_PER_DAY;
	int rc = check_time(refusal, "due", request_of(in)->due, absent_us, ret_us);

	if (rc < 0)
		return rc;
	if (*ret_us <= in->now_us)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_BACKDATED, "due",
			      "an instant to come");
	if (*ret_us > in->now_us + DUE_DAYS_MAX * US_PER_DAY)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "due",
			      "at most %d days from now", DUE_DAYS_MAX);
	return 0;
}

static int check_request(const struct rule_input *in, int64_t *ret_due_us, struct refusal *refusal)
{
	const Pidc__V1__RecallDisclosuresRequest *request = request_of(in);
	int ways = (request->n_items != 0) + (request->consent_id[0] != '\0') +
		   (request->contribution_id[0] != '\0');
	int rc = check_enum(refusal, "cause", &pidc__v1__recall_cause__descriptor,
			    (int)request->cause);

	if (rc < 0)
		return rc;
	if (!text_is_org(request->recipient_org))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "recipient_org",
			      "the code of an organisation");
	if (ways == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EMPTY_SELECTOR, "items", NULL);
	if (ways > 1)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "items", "one way only");
	if (request->n_items > RECALL_ITEMS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_LIMIT, "items", "at most %d",
			      RECALL_ITEMS_MAX);
	rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN, REASON_TEXT_MAX);
	if (rc == 0)
		rc = check_items_once(request->items, request->n_items, refusal);
	return rc < 0 ? rc : check_due(in, ret_due_us, refusal);
}

static bool is_reached(const Google__Protobuf__Timestamp *ts, int64_t now_us)
{
	int64_t us;

	return ts != NULL && time_from_proto(ts, &us) && us <= now_us;
}

/* Whether the cause that the owner gives is so: a recall that says "revoked" of what
 * is not would be believed by whoever reads the register. */
static bool cause_holds(const struct rule_input *in, const Pidc__Store__V1__RecallableItem *item)
{
	Pidc__V1__PartnershipState state = facts_of(in)->recipient_state;

	switch (request_of(in)->cause) {
	case CAUSE(CONSENT_ENDED):
		return item->is_consent_revoked || is_reached(item->consent_to, in->now_us);
	case CAUSE(WITHDRAWN):
		return item->status ==
			       PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_WITHDRAWN ||
		       item->status == PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ERASED;
	case CAUSE(CORRECTED):
		return item->is_replaced;
	case CAUSE(CLASSIFICATION_RAISED):
		return item->released_classification != 0 &&
		       item->classification > item->released_classification;
	case CAUSE(DATA_LIFE_OVER):
		return is_reached(item->dispose_by, in->now_us);
	case CAUSE(PARTNERSHIP_ENDED):
		return state == PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_EXITING ||
		       state == PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_ENDED;
	case CAUSE(OWNER_DECISION):
		return true;
	default:
		return false;
	}
}

/* Named one by one: each has to be there, not recalled yet, and the cause true. */
static int check_named(const struct rule_input *in, struct refusal *refusal)
{
	const Pidc__V1__RecallDisclosuresRequest *request = request_of(in);
	const Pidc__Store__V1__RecallFacts *facts = facts_of(in);

	for (size_t i = 0; i < request->n_items; i++) {
		const Pidc__V1__DisclosedItemRef *ref = request->items[i];
		const Pidc__Store__V1__RecallableItem *item = NULL;

		for (size_t k = 0; k < facts->n_items && item == NULL; k++)
			if (facts->items[k]->release_index == ref->release_index &&
			    strcmp(facts->items[k]->contribution_id, ref->contribution_id) == 0)
				item = facts->items[k];
		if (item == NULL)
			return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "items",
				      "%.36s of release %llu", ref->contribution_id,
				      (unsigned long long)ref->release_index);
		if (item->is_recalled || !cause_holds(in, item))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "items",
				      "%.36s of release %llu: %s", ref->contribution_id,
				      (unsigned long long)ref->release_index,
				      item->is_recalled ? "recalled for this cause already"
							: "the cause is not so");
	}
	return 0;
}

/* What of the facts is recalled: at most RECALL_ITEMS_MAX. */
static int items_collect(const struct rule_input *in, Pidc__V1__DisclosuresRecalled *made)
{
	const Pidc__Store__V1__RecallFacts *facts = facts_of(in);

	made->items = arena_calloc(in->arena, facts->n_items, sizeof(void *));
	if (made->items == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < facts->n_items && made->n_items < RECALL_ITEMS_MAX; i++) {
		const Pidc__Store__V1__RecallableItem *item = facts->items[i];
		int rc = 0;

		if (!item->is_recalled && cause_holds(in, item))
			rc = ref_make(in->arena, item->release_index, item->contribution_id,
				      &made->items[made->n_items++]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int event_make(const struct rule_input *in, int64_t due_us,
		      Pidc__V1__DisclosuresRecalled *made, Pidc__V1__Event *event)
{
	const Pidc__V1__RecallDisclosuresRequest *request = request_of(in);
	const char *parties[2] = {in->actor->org, request->recipient_org};
	int rc;

	made->recall_id = arena_strdup(in->arena, in->new_id);
	made->due = time_to_proto(in->arena, due_us);
	if (made->recall_id == NULL || made->due == NULL)
		return PIDC_ENOMEM;
	made->owner_org = in->actor->org;
	made->recipient_org = request->recipient_org;
	made->cause = request->cause;
	made->reason = request->reason;
	event->body_case = PIDC__V1__EVENT__BODY_DISCLOSURES_RECALLED;
	event->disclosures_recalled = made;
	rc = event_set_entity(in, event, made->recall_id, 1);
	return rc < 0 ? rc : event_set_concerns(in, event, parties, 2);
}

int rule_recall_disclosures(const struct rule_input *in, Pidc__V1__Event *event,
			    struct refusal *refusal)
{
	Pidc__V1__DisclosuresRecalled *made = arena_alloc(in->arena, sizeof(*made));
	int64_t due_us = 0;
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	pidc__v1__disclosures_recalled__init(made);
	rc = check_request(in, &due_us, refusal);
	if (rc == 0)
		rc = check_named(in, refusal);
	if (rc == 0)
		rc = items_collect(in, made);
	if (rc < 0)
		return rc;
	if (made->n_items == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "recipient_org",
			      "nothing to recall for this cause");
	return event_make(in, due_us, made, event);
}
