/* SPDX-License-Identifier: ISC
 *
 * Releases: what leaves is decided item by item, and granted or refused as one
 * chunk. Unknown and forbidden items are answered alike (I11).
 */
#include "core/approval.h"
#include "core/decision.h"
#include "core/delivery.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

/* As disclosure.proto says: contributions a chunk, fields a request. */
#define RELEASE_ITEMS_MAX  256
#define RELEASE_FIELDS_MAX 200

static const Pidc__Store__V1__ReleaseRequest *request_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__ReleaseRequest *)in->request;
}

static const Pidc__Store__V1__DecisionFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__DecisionFacts *)in->facts;
}

/* G0: everybody asks for itself, in the capacity of the call (L3). */
static int check_identity(const struct rule_input *in, const Pidc__Store__V1__DecisionQuery *query,
			  struct refusal *refusal)
{
	if (strcmp(query->recipient_org, in->actor->org) == 0 &&
	    query->capacity == in->actor->capacity && query->capacity != 0)
		return 0;
	return refuse(refusal, PIDC__V1__REASON__REASON_E_CAPACITY, NULL,
		      "everybody asks for itself, in the capacity of the call");
}

static int check_fields(const Pidc__Store__V1__DecisionQuery *query, struct refusal *refusal)
{
	if (query->n_fields == 0 || query->n_fields > RELEASE_FIELDS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "fields", "1 to %d",
			      RELEASE_FIELDS_MAX);
	for (size_t i = 0; i < query->n_fields; i++)
		if (!text_is_field_name(query->fields[i]) || list_is_repeated(query->fields, i))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "fields",
				      "names of fields, each once");
	return 0;
}

static int check_items(const Pidc__Store__V1__DecisionQuery *query, struct refusal *refusal)
{
	if (query->n_contribution_ids == 0 || query->n_contribution_ids > RELEASE_ITEMS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "contribution_ids",
			      "1 to %d", RELEASE_ITEMS_MAX);
	for (size_t i = 0; i < query->n_contribution_ids; i++)
		if (!text_is_uuid(query->contribution_ids[i]) ||
		    list_is_repeated(query->contribution_ids, i))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "contribution_ids",
				      "lower-case UUIDs, each once");
	return 0;
}

static int check_request(const struct rule_input *in, struct refusal *refusal)
{
	const Pidc__Store__V1__ReleaseRequest *request = request_of(in);
	const Pidc__Store__V1__DecisionQuery *query = request->query;
	int rc;

	if (query == NULL || !text_is_uuid(request->disclosure_id))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_INTERNAL, NULL,
			      "a release without query or id");
	rc = check_identity(in, query, refusal);
	if (rc < 0)
		return rc;
	if (!text_is_org(query->owner_org))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "owner_org",
			      "the code of an organisation");
	if (!text_is_code(query->purpose))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "purpose",
			      "a code of the purpose tree");
	/* To know that data exists is no title to its content. */
	if (query->action == PIDC__V1__ACTION__ACTION_DISCOVER)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "action",
			      "nothing is sent for DISCOVER");
	rc = check_enum(refusal, "action", &pidc__v1__action__descriptor, (int)query->action);
	if (rc == 0)
		rc = check_fields(query, refusal);
	if (rc == 0)
		rc = check_items(query, refusal);
	return rc;
}

/* Facts come in the order of the ids, less those that do not exist. */
static const Pidc__Store__V1__Subject *subject_find(const Pidc__Store__V1__DecisionFacts *facts,
						    const char *id, size_t *hint)
{
	for (size_t i = 0; i < facts->n_subjects; i++) {
		size_t at = (*hint + i) % facts->n_subjects;

		if (strcmp(facts->subjects[at]->contribution_id, id) == 0) {
			*hint = at + 1;
			return facts->subjects[at];
		}
	}
	return NULL;
}

/* Digests of the requested columns that the contribution has, in its order. */
static int columns_select(const struct rule_input *in, const Pidc__Store__V1__Subject *subject,
			  Pidc__V1__ReleasedItem *item)
{
	const Pidc__Store__V1__DecisionQuery *query = request_of(in)->query;

	item->columns = arena_calloc(in->arena, subject->n_columns, sizeof(void *));
	if (item->columns == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < subject->n_columns; i++)
		if (list_has(query->fields, query->n_fields, subject->columns[i]->field))
			item->columns[item->n_columns++] = subject->columns[i];
	/* Content that lies elsewhere is one whole: its digest and its place tell of all
	 * fields, so that a part of them is nothing. */
	if (subject->content_kind > PIDC__V1__CONTENT_KIND__CONTENT_KIND_INLINE &&
	    item->n_columns < subject->n_columns)
		item->n_columns = 0;
	return 0;
}

static bool time_equal(const Google__Protobuf__Timestamp *a, const Google__Protobuf__Timestamp *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->seconds == b->seconds && a->nanos == b->nanos;
}

static bool condition_equal(const Pidc__V1__Condition *a, const Pidc__V1__Condition *b)
{
	if (a->kind != b->kind || a->number != b->number || a->days != b->days ||
	    a->n_values != b->n_values || !time_equal(a->until, b->until))
		return false;
	for (size_t i = 0; i < a->n_values; i++)
		if (strcmp(a->values[i], b->values[i]) != 0)
			return false;
	return true;
}

static bool obligation_is_listed(const Pidc__V1__ReleaseGranted *granted,
				 const Pidc__V1__Condition *obligation)
{
	for (size_t i = 0; i < granted->n_obligations; i++)
		if (condition_equal(granted->obligations[i], obligation))
			return true;
	return false;
}

/* What any item obliges to, the chunk obliges to; each once. */
static int obligations_add(struct arena *arena, const struct decision *decision,
			   Pidc__V1__ReleaseGranted *granted)
{
	size_t max = granted->n_obligations + decision->obligation_count;
	Pidc__V1__Condition **all;
	bool is_news = false;

	for (size_t i = 0; i < decision->obligation_count; i++)
		is_news = is_news || !obligation_is_listed(granted, decision->obligations[i]);
	if (!is_news)
		return 0;
	all = arena_calloc(arena, max, sizeof(void *));
	if (all == NULL)
		return PIDC_ENOMEM;
	if (granted->n_obligations != 0)
		memcpy(all, granted->obligations, granted->n_obligations * sizeof(void *));
	granted->obligations = all;
	for (size_t i = 0; i < decision->obligation_count; i++)
		if (!obligation_is_listed(granted, decision->obligations[i]))
			all[granted->n_obligations++] = decision->obligations[i];
	return 0;
}

/* One permitted item. A contribution with none of the requested columns has nothing
 * to send, and nothing is recorded of it. */
static int item_add(const struct rule_input *in, const Pidc__Store__V1__Subject *subject,
		    const struct decision *decision, Pidc__V1__ReleaseGranted *granted)
{
	Pidc__V1__ReleasedItem *item = arena_alloc(in->arena, sizeof(*item));
	int rc;

	if (item == NULL)
		return PIDC_ENOMEM;
	pidc__v1__released_item__init(item);
	rc = columns_select(in, subject, item);
	if (rc < 0 || item->n_columns == 0)
		return rc;
	item->contribution_id = subject->contribution_id;
	item->dataset_id = subject->dataset_id;
	item->consent_id = (char *)decision->consent_id;
	item->statement_id = (char *)decision->statement_id;
	item->classification = subject->classification;
	item->min_cell = decision->min_cell;
	granted->items[granted->n_items++] = item;
	if (granted->instrument_id[0] == '\0')
		granted->instrument_id = (char *)decision->instrument_id;
	if (decision->is_approved)
		granted->approval_id = request_of(in)->query->approval_id;
	return obligations_add(in->arena, decision, granted);
}

static const Pidc__V1__ColumnDigest *column_find(const Pidc__V1__ReleasedItem *item,
						 const char *field)
{
	for (size_t i = 0; i < item->n_columns; i++)
		if (strcmp(item->columns[i]->field, field) == 0)
			return item->columns[i];
	return NULL;
}

/* What the recipient will have received when all of it arrives: columns go in the order
 * in which they were asked for. Not known where rows are suppressed on the way. */
static int delivery_digest(const struct rule_input *in, Pidc__V1__ReleaseGranted *granted)
{
	const Pidc__Store__V1__DecisionQuery *query = request_of(in)->query;
	uint8_t *digest = arena_alloc(in->arena, SHA256_LEN);
	struct delivery delivery;
	size_t hint = 0;
	int rc = delivery_begin(&delivery, granted->n_items, query->n_fields, in->arena);

	if (rc < 0 || digest == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < granted->n_items; i++) {
		const Pidc__Store__V1__Subject *subject =
			subject_find(facts_of(in), granted->items[i]->contribution_id, &hint);

		if (subject != NULL && granted->items[i]->min_cell > subject->cell_lowest)
			return 0;
		delivery_add_item(&delivery, granted->items[i]->contribution_id);
		for (size_t k = 0; k < query->n_fields; k++) {
			const Pidc__V1__ColumnDigest *column =
				column_find(granted->items[i], query->fields[k]);

			if (column != NULL && column->digest.len == SHA256_LEN)
				delivery_add_column(&delivery, column->digest.data);
		}
	}
	delivery_finish(&delivery, digest);
	granted->delivery_digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	return 0;
}

static void event_grant(const struct rule_input *in, Pidc__V1__Event *event,
			Pidc__V1__ReleaseGranted *granted)
{
	const Pidc__Store__V1__ReleaseRequest *request = request_of(in);
	const Pidc__Store__V1__DecisionQuery *query = request->query;

	granted->disclosure_id = request->disclosure_id;
	granted->chunk = request->chunk;
	granted->owner_org = query->owner_org;
	granted->recipient_org = query->recipient_org;
	granted->capacity = query->capacity;
	granted->purpose = query->purpose;
	granted->action = query->action;
	granted->fields = query->fields;
	granted->n_fields = query->n_fields;
	event->body_case = PIDC__V1__EVENT__BODY_RELEASE_GRANTED;
	event->release_granted = granted;
}

static int event_refuse(const struct rule_input *in, Pidc__V1__Event *event,
			const struct decision *decision)
{
	const Pidc__Store__V1__ReleaseRequest *request = request_of(in);
	const Pidc__Store__V1__DecisionQuery *query = request->query;
	Pidc__V1__ReleaseRefused *refused = arena_alloc(in->arena, sizeof(*refused));

	if (refused == NULL)
		return PIDC_ENOMEM;
	pidc__v1__release_refused__init(refused);
	refused->disclosure_id = request->disclosure_id;
	refused->chunk = request->chunk;
	refused->owner_org = query->owner_org;
	refused->recipient_org = query->recipient_org;
	refused->capacity = query->capacity;
	refused->purpose = query->purpose;
	refused->action = query->action;
	refused->reason = decision->reason;
	refused->detail = (char *)decision->detail;
	refused->fields = query->fields;
	refused->n_fields = query->n_fields;
	event->body_case = PIDC__V1__EVENT__BODY_RELEASE_REFUSED;
	event->release_refused = refused;
	return 0;
}

/* The owner is asked once for the same thing, and not for any number of things. */
static int event_wait(const struct rule_input *in, Pidc__V1__Event *event,
		      const struct decision *decision, struct refusal *refusal)
{
	const Pidc__Store__V1__DecisionFacts *facts = facts_of(in);
	const char *id =
		facts->pending_approval_id[0] != '\0' ? facts->pending_approval_id : in->new_id;

	if (facts->pending_approval_id[0] == '\0' &&
	    facts->pending_approvals >= APPROVALS_PENDING_MAX) {
		(void)refuse(refusal, decision->visible, "approval_id",
			     "the owner confirms each release, and %d already wait for it",
			     APPROVALS_PENDING_MAX);
		return event_refuse(in, event, decision);
	}
	(void)refuse(refusal, decision->visible, "approval_id",
		     "the owner confirms each release: approval %.36s waits for it", id);
	return facts->pending_approval_id[0] != '\0' ? event_refuse(in, event, decision)
						     : approval_ask(in, request_of(in), event);
}

/* Owner and recipient. But why it was refused is for the owner: the recipient, who would
 * read it in the entry, has its answer. An owner that does not exist has no chain to
 * extend. */
static int event_finish(const struct rule_input *in, Pidc__V1__Event *event)
{
	const Pidc__Store__V1__ReleaseRequest *request = request_of(in);
	const Pidc__Store__V1__OrgState *owner = facts_of(in)->owner;
	const char *parties[2] = {request->query->recipient_org, request->query->owner_org};
	bool is_refused = event->body_case == PIDC__V1__EVENT__BODY_RELEASE_REFUSED;
	bool has_owner = owner != NULL && strcmp(owner->org, request->query->owner_org) == 0;
	bool is_asked = event->body_case == PIDC__V1__EVENT__BODY_APPROVAL_REQUESTED;
	int rc = is_asked ? event_set_entity(in, event,
					     event->approval_requested->approval->approval_id, 1)
			  : event_set_entity(in, event, request->disclosure_id, request->chunk + 1);

	if (rc < 0)
		return rc;
	if (has_owner && is_refused)
		return event_set_concerns(in, event, &parties[1], 1);
	return event_set_concerns(in, event, parties, has_owner ? 2 : 1);
}

/* Decide item by item; *ret is the decision of the first that is denied, else of the
 * first that waits for the owner, else of the last. */
static int items_decide(const struct rule_input *in, Pidc__V1__ReleaseGranted *granted,
			struct decision *ret)
{
	const Pidc__Store__V1__DecisionQuery *query = request_of(in)->query;
	struct decision_set *set;
	size_t hint = 0;
	int rc = decision_compile(facts_of(in), query, in->arena, &set);

	for (size_t i = 0; i < query->n_contribution_ids && rc == 0; i++) {
		const Pidc__Store__V1__Subject *subject =
			subject_find(facts_of(in), query->contribution_ids[i], &hint);
		bool is_waiting = ret->verdict == PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER;
		struct decision decision;

		rc = decision_evaluate(set, subject, in->now_us, in->arena, &decision);
		if (rc < 0)
			return rc;
		if (!is_waiting || decision.verdict == PIDC__V1__VERDICT__VERDICT_DENY)
			*ret = decision;
		if (decision.verdict == PIDC__V1__VERDICT__VERDICT_DENY)
			return 0;
		decision_hold(set, subject);
		if (decision.verdict == PIDC__V1__VERDICT__VERDICT_PERMIT)
			rc = item_add(in, subject, &decision, granted);
	}
	return rc;
}

static int event_fill(const struct rule_input *in, Pidc__V1__Event *event,
		      Pidc__V1__ReleaseGranted *granted, const struct decision *decision,
		      struct refusal *refusal)
{
	if (decision->verdict == PIDC__V1__VERDICT__VERDICT_PERMIT) {
		event_grant(in, event, granted);
		return delivery_digest(in, granted);
	}
	if (decision->verdict == PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER)
		return event_wait(in, event, decision, refusal);
	(void)refuse(refusal, decision->visible, NULL, NULL);
	return event_refuse(in, event, decision);
}

int rule_release(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	Pidc__V1__ReleaseGranted *granted = arena_alloc(in->arena, sizeof(*granted));
	struct decision decision = {0};
	int rc;

	if (granted == NULL)
		return PIDC_ENOMEM;
	rc = check_request(in, refusal);
	if (rc < 0)
		return rc;
	pidc__v1__release_granted__init(granted);
	granted->items =
		arena_calloc(in->arena, request_of(in)->query->n_contribution_ids, sizeof(void *));
	if (granted->items == NULL)
		return PIDC_ENOMEM;
	rc = items_decide(in, granted, &decision);
	if (rc == 0)
		rc = event_fill(in, event, granted, &decision, refusal);
	return rc < 0 ? rc : event_finish(in, event);
}
