/* SPDX-License-Identifier: ISC
 *
 * The rules of the Board itself: adopted before there was a register, or assumed.
 */
#include "core/board.h"
#include "core/rule_check.h"

#define REASON(name) PIDC__V1__REASON__REASON_##name

#define NOTICE_DAYS_MAX 90
/* A share of less than half is no majority, of all could never be exceeded. */
#define SHARE_MIN 50
#define SHARE_MAX 99
/* Below three, two members decide for all; above, there are no more members. */
#define COUNT_MIN 3
#define COUNT_MAX 21

void board_rules_default(Pidc__V1__BoardRules *ret)
{
	pidc__v1__board_rules__init(ret);
	ret->session_notice_days = 7;
	ret->circular_notice_days = 14;
	ret->quorum_over_percent = 50;
	ret->ballots_min_percent = 50;
	ret->ballots_min = 3;
	ret->electors_min = 3;
	ret->majority_over_percent = 50;
	ret->is_assumption = 1;
}

const Pidc__V1__BoardRules *board_rules_of(const Pidc__Store__V1__ResolutionFacts *facts,
					   Pidc__V1__BoardRules *spare)
{
	if (facts->rules != NULL)
		return facts->rules;
	board_rules_default(spare);
	return spare;
}

static int check_between(struct refusal *refusal, const char *field, uint32_t value, uint32_t min,
			 uint32_t max)
{
	return value >= min && value <= max
		       ? 0
		       : refuse(refusal, REASON(E_FIELD), field, "%u to %u", min, max);
}

static int check_rules(const Pidc__V1__BoardRules *rules, struct refusal *refusal)
{
	const struct {
		const char *field;
		uint32_t value, min, max;
	} bounds[] = {
		{"rules.session_notice_days", rules->session_notice_days, 0, NOTICE_DAYS_MAX},
		{"rules.circular_notice_days", rules->circular_notice_days, 0, NOTICE_DAYS_MAX},
		{"rules.quorum_over_percent", rules->quorum_over_percent, SHARE_MIN, SHARE_MAX},
		{"rules.ballots_min_percent", rules->ballots_min_percent, 1, 100},
		{"rules.ballots_min", rules->ballots_min, COUNT_MIN, COUNT_MAX},
		{"rules.electors_min", rules->electors_min, COUNT_MIN, COUNT_MAX},
		{"rules.majority_over_percent", rules->majority_over_percent, SHARE_MIN, SHARE_MAX},
	};

	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		int rc = check_between(refusal, bounds[i].field, bounds[i].value, bounds[i].min,
				       bounds[i].max);

		if (rc < 0)
			return rc;
	}
	if (rules->is_assumption)
		return refuse(refusal, REASON(E_FIELD), "rules.is_assumption",
			      "what a document adopts is no assumption");
	return check_digest(refusal, "rules.instrument_digest", &rules->instrument_digest, false);
}

int rule_record_board_rules(const struct rule_input *in, Pidc__V1__Event *event,
			    struct refusal *refusal)
{
	const Pidc__V1__BoardRules *asked =
		((const Pidc__V1__RecordBoardRulesRequest *)in->request)->rules;
	const Pidc__Store__V1__ResolutionFacts *facts =
		(const Pidc__Store__V1__ResolutionFacts *)in->facts;
	Pidc__V1__BoardRulesRecorded *body = (Pidc__V1__BoardRulesRecorded *)message_new(
		&pidc__v1__board_rules_recorded__descriptor, in->arena);
	int rc;

	if (body == NULL)
		return PIDC_ENOMEM;
	if (!in->is_bootstrap)
		return refuse(refusal, REASON(E_PREREQ_BOARD), NULL,
			      "the Board's rules change by its resolution only");
	if (asked == NULL)
		return refuse(refusal, REASON(E_FIELD), "rules", "it is mandatory");
	rc = check_rules(asked, refusal);
	if (rc < 0)
		return rc;
	body->rules = arena_memdup(in->arena, asked, sizeof(*asked));
	if (body->rules == NULL)
		return PIDC_ENOMEM;
	body->rules->version = facts->rules == NULL ? 1 : facts->rules->version + 1;
	event->body_case = PIDC__V1__EVENT__BODY_BOARD_RULES_RECORDED;
	event->board_rules_recorded = body;
	return event_set_named(in, event, "board", "rules", body->rules->version);
}
