/* SPDX-License-Identifier: ISC
 *
 * The closed list of conditions, as they are written. How they decide is in
 * decision_condition.c.
 */
#include "core/consent_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

/* Lists of a condition: organisations, instruments, countries. */
#define CONDITION_VALUES_MAX 64
/* Ten years of days; and more releases or persons than anybody means. */
#define DAYS_MAX  3650
#define COUNT_MAX 1000000

#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name

static bool is_country(const char *s)
{
	return s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z' && s[2] == '\0';
}

/* What a kind takes; 0 and NULL: nothing. */
static const struct condition_rule {
	Pidc__V1__ConditionKind kind;
	uint32_t number_max;
	uint32_t days_max;
	bool has_until;
	bool (*value_fits)(const char *);
} condition_rules[] = {
	{CONDITION(MIN_CELL), COUNT_MAX, 0, false, NULL},
	{CONDITION(AGGREGATE_ONLY), 0, 0, false, NULL},
	{CONDITION(DEIDENTIFIED_ONLY), 0, 0, false, NULL},
	{CONDITION(EMBARGO_UNTIL), 0, 0, true, NULL},
	{CONDITION(MAX_RELEASES), COUNT_MAX, 0, false, NULL},
	{CONDITION(FREQUENCY), COUNT_MAX, DAYS_MAX, false, NULL},
	{CONDITION(DATA_LIFE), DAYS_MAX, 0, false, NULL},
	{CONDITION(NO_ONWARD), 0, 0, false, NULL},
	{CONDITION(ONWARD_TO), 0, 0, false, text_is_org},
	{CONDITION(ATTRIBUTION), 0, 0, false, NULL},
	{CONDITION(NOTIFY_EACH), 0, 0, false, NULL},
	{CONDITION(APPROVE_EACH), 0, 0, false, NULL},
	{CONDITION(ONLY_UNDER), 0, 0, false, text_is_uuid},
	{CONDITION(ONLY_FOR_FUNDING), 0, 0, false, text_is_uuid},
	{CONDITION(DISPOSE_ON_EXIT), 0, 0, false, NULL},
	{CONDITION(ACK_WITHIN), DAYS_MAX, 0, false, NULL},
	{CONDITION(IN_COUNTRY), 0, 0, false, is_country},
	{CONDITION(NOT_ORIGIN_COUNTRY), 0, 0, false, NULL},
	{CONDITION(WIND_DOWN), 0, 0, false, NULL},
};

static const struct condition_rule *condition_rule_find(Pidc__V1__ConditionKind kind)
{
	for (size_t i = 0; i < sizeof(condition_rules) / sizeof(condition_rules[0]); i++)
		if (condition_rules[i].kind == kind)
			return &condition_rules[i];
	return NULL;
}

/* 1 to max; or 0 where the kind takes none. */
static int check_number(struct refusal *refusal, const char *field, uint32_t value, uint32_t max)
{
	if (max == 0 && value != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field,
			      "this kind takes none");
	if (max != 0 && (value == 0 || value > max))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "1 to %u", max);
	return 0;
}

static int check_values(const Pidc__V1__Condition *condition, const struct condition_rule *rule,
			struct refusal *refusal)
{
	if (rule->value_fits == NULL && condition->n_values == 0)
		return 0;
	if (rule->value_fits == NULL || condition->n_values == 0 ||
	    condition->n_values > CONDITION_VALUES_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "conditions.values",
			      rule->value_fits == NULL ? "this kind takes none" : "1 to %d",
			      CONDITION_VALUES_MAX);
	for (size_t i = 0; i < condition->n_values; i++)
		if (!rule->value_fits(condition->values[i]))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD,
				      "conditions.values", "%.63s is not of this kind",
				      condition->values[i]);
	return 0;
}

static int check_condition(const Pidc__V1__Condition *condition, struct refusal *refusal)
{
	const struct condition_rule *rule = condition_rule_find(condition->kind);
	int64_t us;
	int rc;

	if (rule == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_UNKNOWN_CODE, "conditions.kind",
			      "%d is no condition", (int)condition->kind);
	rc = check_number(refusal, "conditions.number", condition->number, rule->number_max);
	if (rc == 0)
		rc = check_number(refusal, "conditions.days", condition->days, rule->days_max);
	if (rc == 0)
		rc = check_time(refusal, "conditions.until", condition->until, 0, &us);
	if (rc < 0)
		return rc;
	if ((condition->until != NULL) != rule->has_until)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "conditions.until",
			      rule->has_until ? "it is mandatory" : "this kind takes none");
	return check_values(condition, rule, refusal);
}

int check_conditions(const Pidc__V1__ConsentStatement *st, struct refusal *refusal)
{
	for (size_t i = 0; i < st->n_conditions; i++) {
		int rc = check_condition(st->conditions[i], refusal);

		if (rc < 0)
			return rc;
		for (size_t k = 0; k < i; k++)
			if (st->conditions[k]->kind == st->conditions[i]->kind)
				return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD,
					      "conditions", "one kind stands twice");
	}
	return 0;
}

bool statement_has_condition(const Pidc__V1__ConsentStatement *st, Pidc__V1__ConditionKind kind)
{
	for (size_t i = 0; i < st->n_conditions; i++)
		if (st->conditions[i]->kind == kind)
			return true;
	return false;
}
