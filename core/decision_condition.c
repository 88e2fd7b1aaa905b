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

/* "EMBARGO_UNTIL"; NULL for a kind that we do not know. */
static const char *condition_name(Pidc__V1__ConditionKind kind)
{
	static const char prefix[] = "CONDITION_KIND_";
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
		&pidc__v1__condition_kind__descriptor, (int)kind);

	return value != NULL && kind != 0 ? value->name + sizeof(prefix) - 1 : NULL;
}

/* MIN_CELL, MAX_RELEASES, FREQUENCY, APPROVE_EACH, ONLY_FOR_FUNDING, IN_COUNTRY and
 * NOT_ORIGIN_COUNTRY need facts that no decision is given: they do not hold. */
static bool condition_holds(const Pidc__V1__Condition *condition, const struct decision_set *set,
			    const Pidc__Store__V1__Subject *subject,
			    const struct instrument_check *instruments, int64_t now_us)
{
	switch (condition->kind) {
	case CONDITION(AGGREGATE_ONLY):
		return is_at_most(subject, PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE);
	case CONDITION(DEIDENTIFIED_ONLY):
		return is_at_most(subject, PIDC__V1__GRANULARITY__GRANULARITY_DEIDENTIFIED);
	case CONDITION(EMBARGO_UNTIL):
		return is_past_embargo(condition, now_us);
	case CONDITION(ONLY_UNDER):
		return is_under(condition, instruments);
	case CONDITION(WIND_DOWN):
		return set->is_exiting;
	default:
		return condition_is_obligation(condition->kind);
	}
}

const char *condition_fails(const Pidc__V1__Condition *condition, const struct decision_set *set,
			    const Pidc__Store__V1__Subject *subject,
			    const struct instrument_check *instruments, int64_t now_us,
			    bool *ret_is_unknown)
{
	const char *name = condition_name(condition->kind);

	*ret_is_unknown = name == NULL;
	if (name == NULL)
		return "";
	return condition_holds(condition, set, subject, instruments, now_us) ? NULL : name;
}
