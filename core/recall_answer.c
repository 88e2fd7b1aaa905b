/* SPDX-License-Identifier: ISC
 *
 * The recipient answers a recall, and the owner closes what cannot be done.
 */
#include "core/recall_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define STATE(name)   PIDC__V1__RECALL_STATE__RECALL_STATE_##name
#define OUTCOME(name) PIDC__V1__RECALL_OUTCOME__RECALL_OUTCOME_##name

int check_items_once(Pidc__V1__DisclosedItemRef *const *items, size_t count,
		     struct refusal *refusal)
{
	for (size_t i = 0; i < count; i++) {
		if (!text_is_uuid(items[i]->contribution_id))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD,
				      "items.contribution_id", "a lower-case UUID");
		for (size_t k = 0; k < i; k++)
			if (items[k]->release_index == items[i]->release_index &&
			    strcmp(items[k]->contribution_id, items[i]->contribution_id) == 0)
				return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "items",
					      "%.36s stands twice", items[i]->contribution_id);
	}
	return 0;
}

int ref_make(struct arena *arena, uint64_t release_index, char *contribution_id,
	     Pidc__V1__DisclosedItemRef **ret)
{
	Pidc__V1__DisclosedItemRef *ref = arena_alloc(arena, sizeof(*ref));

	if (ref == NULL)
		return PIDC_ENOMEM;
	pidc__v1__disclosed_item_ref__init(ref);
	ref->release_index = release_index;
	ref->contribution_id = contribution_id;
	*ret = ref;
	return 0;
}

static const Pidc__Store__V1__RecallStateFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__RecallStateFacts *)in->facts;
}

/* DELETED and RETURNED are final; the others can still become better, or worse. */
static bool is_answerable(const Pidc__Store__V1__RecallStateItem *item)
{
	return item->state == STATE(OPEN) ||
	       (item->state == STATE(ANSWERED) &&
		(item->outcome == OUTCOME(QUARANTINED) || item->outcome == OUTCOME(CANNOT)));
}

static bool is_open(const Pidc__Store__V1__RecallStateItem *item)
{
	return item->state == STATE(OPEN);
}

static bool is_closable(const Pidc__Store__V1__RecallStateItem *item)
{
	return item->state == STATE(ANSWERED) && item->outcome == OUTCOME(CANNOT);
}

/* What a request chooses of a recall's items: those named, each of which must be fit,
 * or every one that the second test takes. */
struct choice {
	Pidc__V1__DisclosedItemRef *const *named;
	size_t named_count;
	bool is_every;
	const char *every_field;
	bool (*is_fit)(const Pidc__Store__V1__RecallStateItem *item);
	bool (*is_meant)(const Pidc__Store__V1__RecallStateItem *item);
};

static int check_choice(const struct choice *choice, struct refusal *refusal)
{
	if (choice->named_count == 0 && !choice->is_every)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EMPTY_SELECTOR, "items", NULL);
	if (choice->named_count != 0 && choice->is_every)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, choice->every_field,
			      "one way only");
	if (choice->named_count > RECALL_ITEMS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_LIMIT, "items", "at most %d",
			      RECALL_ITEMS_MAX);
	return check_items_once(choice->named, choice->named_count, refusal);
}

static int check_named(const struct rule_input *in, const struct choice *choice,
		       struct refusal *refusal)
{
	const Pidc__Store__V1__RecallStateFacts *facts = facts_of(in);

	for (size_t i = 0; i < choice->named_count; i++) {
		const Pidc__V1__DisclosedItemRef *ref = choice->named[i];
		const Pidc__Store__V1__RecallStateItem *item = NULL;

		for (size_t k = 0; k < facts->n_items && item == NULL; k++)
			if (facts->items[k]->release_index == ref->release_index &&
			    strcmp(facts->items[k]->contribution_id, ref->contribution_id) == 0)
				item = facts->items[k];
		if (item == NULL)
			return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "items",
				      "%.36s", ref->contribution_id);
		if (!choice->is_fit(item))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "items", "%.36s",
				      ref->contribution_id);
	}
	return 0;
}

static int choice_make(const struct rule_input *in, const struct choice *choice,
		       Pidc__V1__DisclosedItemRef ***ret, size_t *ret_count,
		       struct refusal *refusal)
{
	const Pidc__Store__V1__RecallStateFacts *facts = facts_of(in);
	Pidc__V1__DisclosedItemRef **items =
		arena_calloc(in->arena, choice->named_count + facts->n_items, sizeof(*items));
	size_t count = 0;
	int rc = items == NULL ? PIDC_ENOMEM : check_named(in, choice, refusal);

	for (size_t i = 0; rc == 0 && i < choice->named_count; i++)
		items[count++] = choice->named[i];
	for (size_t i = 0; rc == 0 && choice->is_every && i < facts->n_items; i++)
		if (choice->is_meant(facts->items[i]))
			rc = ref_make(in->arena, facts->items[i]->release_index,
				      facts->items[i]->contribution_id, &items[count++]);
	if (rc < 0)
		return rc;
	if (count == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, choice->every_field,
			      "there is none");
	*ret = items;
	*ret_count = count;
	return 0;
}

/* A recall that the caller has no part in, or the other part, does not exist for it. */
static int check_party(const struct rule_input *in, const char *party, struct refusal *refusal)
{
	if (strcmp(party, in->actor->org) == 0)
		return 0;
	return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "recall_id", NULL);
}

static int event_finish(const struct rule_input *in, Pidc__V1__Event *event, const char *recall_id)
{
	const Pidc__Store__V1__RecallStateFacts *facts = facts_of(in);
	const char *parties[2] = {facts->owner_org, facts->recipient_org};
	int rc = event_set_entity(in, event, recall_id, facts->version + 1);

	return rc < 0 ? rc : event_set_concerns(in, event, parties, 2);
}

static int check_answer(const Pidc__V1__AnswerRecallRequest *request, struct refusal *refusal)
{
	bool is_cannot = request->outcome == OUTCOME(CANNOT);
	int rc = check_enum(refusal, "outcome", &pidc__v1__recall_outcome__descriptor,
			    (int)request->outcome);

	return rc < 0 ? rc
		      : check_text(refusal, "reason", request->reason,
				   is_cannot ? REASON_TEXT_MIN : 0, REASON_TEXT_MAX);
}

int rule_answer_recall(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__AnswerRecallRequest *request =
		(const Pidc__V1__AnswerRecallRequest *)in->request;
	const struct choice choice = {request->items,    request->n_items, request->every_open_item,
				      "every_open_item", is_answerable,    is_open};
	Pidc__V1__RecallAnswered *made = arena_alloc(in->arena, sizeof(*made));
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	pidc__v1__recall_answered__init(made);
	rc = check_party(in, facts_of(in)->recipient_org, refusal);
	if (rc == 0)
		rc = check_answer(request, refusal);
	if (rc == 0)
		rc = check_choice(&choice, refusal);
	if (rc == 0)
		rc = choice_make(in, &choice, &made->items, &made->n_items, refusal);
	if (rc < 0)
		return rc;
	made->recall_id = request->recall_id;
	made->owner_org = facts_of(in)->owner_org;
	made->recipient_org = facts_of(in)->recipient_org;
	made->outcome = request->outcome;
	made->reason = request->reason;
	event->body_case = PIDC__V1__EVENT__BODY_RECALL_ANSWERED;
	event->recall_answered = made;
	return event_finish(in, event, request->recall_id);
}

int rule_close_recall(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__CloseRecallRequest *request =
		(const Pidc__V1__CloseRecallRequest *)in->request;
	const struct choice choice = {
		request->items,        request->n_items, request->every_answered_item,
		"every_answered_item", is_closable,      is_closable};
	Pidc__V1__RecallClosed *made = arena_alloc(in->arena, sizeof(*made));
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	pidc__v1__recall_closed__init(made);
	rc = check_party(in, facts_of(in)->owner_org, refusal);
	if (rc == 0)
		rc = check_choice(&choice, refusal);
	if (rc == 0)
		rc = choice_make(in, &choice, &made->items, &made->n_items, refusal);
	if (rc < 0)
		return rc;
	made->recall_id = request->recall_id;
	made->owner_org = facts_of(in)->owner_org;
	made->recipient_org = facts_of(in)->recipient_org;
	event->body_case = PIDC__V1__EVENT__BODY_RECALL_CLOSED;
	event->recall_closed = made;
	return event_finish(in, event, request->recall_id);
}
