/* SPDX-License-Identifier: ISC
 *
 * G10: the conditions of a permit. Some are decided here, some bind the recipient
 * afterwards (obligations), and what the facts do not support is not met.
 */
#include "core/decision_internal.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name

bool condition_is_obligation(Pidc__V1__ConditionKind kind)
{
	switch (kind) {
	case CONDITION(DATA_LIFE):
	case CONDITION(NO_ONWARD):
	case CONDITION(ONWARD_TO):
	case CONDITION(ATTRIBUTION):
	case CONDITION(NOTIFY_EACH):
	case CONDITION(DISPOSE_ON_EXIT):
	case CONDITION(ACK_WITHIN):
		return true;
	default:
		return false;
	}
}

static bool is_at_most(const Pidc__Store__V1__Subject *subject, Pidc__V1__Granularity ceiling)
{
	return subject->granularity != 0 && subject->granularity <= ceiling;
}

static bool is_past_embargo(const Pidc__V1__Condition *condition, int64_t now_us)
{
	int64_t until_us;

	return condition->until != NULL && time_from_proto(condition->until, &until_us) &&
	       now_us >= until_us;
}

static bool is_under(const Pidc__V1__Condition *condition,
		     const struct instrument_check *instruments)
{
	for (size_t i = 0; i < instruments->passing_count; i++)
		if (list_has(condition->values, condition->n_values,
			     instruments->passing[i]->instrument_id))
			return true;
	return false;
}

/* Fetches of this recipient that rest on the chain, the present one not counted. What
 * was not counted is taken as used up. */
static bool has_releases_left(const struct condition_input *in,
			      const Pidc__V1__Condition *condition)
{
	const Pidc__Store__V1__DecisionFacts *facts = in->set->facts;

	for (size_t i = 0; i < facts->n_uses; i++) {
		const Pidc__Store__V1__ChainUse *use = facts->uses[i];

		if (use->days != condition->days ||
		    strcmp(use->consent_id, in->chain->consent_id) != 0)
			continue;
		return (condition->kind == CONDITION(FREQUENCY) ? use->recent : use->total) <
		       condition->number;
	}
	return false;
}

static bool is_in_country(const struct condition_input *in, const Pidc__V1__Condition *condition)
{
	const Pidc__Store__V1__RecipientFacts *recipient = in->set->facts->recipient;

	return recipient != NULL && recipient->country[0] != '\0' &&
	       list_has(condition->values, condition->n_values, recipient->country);
}

/* Nothing says where the persons in the data come from. So the condition is met only by
 * whom no state sends: bodies of several states. */
static bool is_of_no_state(const struct condition_input *in)
{
	static const char *const classes[] = {"INTERNATIONAL_BODY", "REGIONAL_ORG"};
	const Pidc__Store__V1__RecipientFacts *recipient = in->set->facts->recipient;

	if (recipient == NULL || recipient->country[0] != '\0' ||
	    recipient->kind != PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER)
		return false;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(recipient->partner_class, classes[i]) == 0)
			return true;
	return false;
}

/* The approval is for exactly this use by exactly this recipient, and for at least these
 * fields and this contribution. */
static bool approval_covers(const Pidc__V1__Approval *approval,
			    const Pidc__Store__V1__DecisionQuery *query,
			    const Pidc__Store__V1__Subject *subject)
{
	if (strcmp(approval->owner_org, query->owner_org) != 0 ||
	    strcmp(approval->recipient_org, query->recipient_org) != 0 ||
	    approval->capacity != query->capacity || approval->action != query->action ||
	    strcmp(approval->purpose, query->purpose) != 0)
		return false;
	for (size_t i = 0; i < query->n_fields; i++)
		if (!list_has(approval->fields, approval->n_fields, query->fields[i]))
			return false;
	return subject->contribution_id[0] != '\0' &&
	       list_has(approval->contribution_ids, approval->n_contribution_ids,
			subject->contribution_id);
}

/* Single use: the first chunk uses it up for every fetch but its own. */
static bool is_approved(const struct condition_input *in)
{
	const Pidc__Store__V1__DecisionQuery *query = in->set->query;
	const Pidc__V1__Approval *approval = in->set->facts->approval;
	int64_t to_us;
	bool is_ours;

	if (approval == NULL || query->approval_id[0] == '\0' ||
	    strcmp(approval->approval_id, query->approval_id) != 0)
		return false;
	is_ours = approval->state == PIDC__V1__APPROVAL_STATE__APPROVAL_STATE_USED &&
		  query->disclosure_id[0] != '\0' &&
		  strcmp(approval->disclosure_id, query->disclosure_id) == 0;
	return (is_ours || approval->state == PIDC__V1__APPROVAL_STATE__APPROVAL_STATE_APPROVED) &&
	       approval->valid_to != NULL && time_from_proto(approval->valid_to, &to_us) &&
	       in->now_us < to_us && approval_covers(approval, query, in->subject);
}

const char *condition_name(Pidc__V1__ConditionKind kind)
{
	static const char prefix[] = "CONDITION_KIND_";
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
		&pidc__v1__condition_kind__descriptor, (int)kind);

	return value != NULL && kind != 0 ? value->name + sizeof(prefix) - 1 : "";
}

/* ONLY_FOR_FUNDING needs a fact that no decision is given: it does not hold. */
static bool condition_holds(const struct condition_input *in, const Pidc__V1__Condition *condition)
{
	switch (condition->kind) {
	case CONDITION(AGGREGATE_ONLY):
		return is_at_most(in->subject, PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE);
	case CONDITION(DEIDENTIFIED_ONLY):
		return is_at_most(in->subject, PIDC__V1__GRANULARITY__GRANULARITY_DEIDENTIFIED);
	case CONDITION(MIN_CELL): /* what rows it leaves is the gate's question */
		return is_at_most(in->subject, PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE) &&
		       in->subject->has_cells;
	case CONDITION(EMBARGO_UNTIL):
		return is_past_embargo(condition, in->now_us);
	case CONDITION(MAX_RELEASES):
	case CONDITION(FREQUENCY):
		return has_releases_left(in, condition);
	case CONDITION(ONLY_UNDER):
		return is_under(condition, in->instruments);
	case CONDITION(IN_COUNTRY):
		return is_in_country(in, condition);
	case CONDITION(NOT_ORIGIN_COUNTRY):
		return is_of_no_state(in);
	case CONDITION(WIND_DOWN):
		return in->set->is_exiting;
	default:
		return condition_is_obligation(condition->kind);
	}
}

enum condition_result condition_check(const struct condition_input *in,
				      const Pidc__V1__Condition *condition)
{
	if (condition_name(condition->kind)[0] == '\0')
		return CONDITION_UNKNOWN;
	if (condition->kind == CONDITION(APPROVE_EACH))
		return is_approved(in) ? CONDITION_HOLDS : CONDITION_WAITS;
	return condition_holds(in, condition) ? CONDITION_HOLDS : CONDITION_FAILS;
}
