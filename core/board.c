/* SPDX-License-Identifier: ISC
 *
 * The rules of the Board itself: adopted before there was a register or by a resolution,
 * or assumed.
 */
#include "core/board_rules.h"
#include "core/rule_check.h"

#include <string.h>

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
	return rules->decision_mode == 0 ? 0
					 : check_enum(refusal, "rules.decision_mode",
						      &pidc__v1__decision_mode__descriptor,
						      (int)rules->decision_mode);
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
	if (rc == 0)
		rc = check_digest(refusal, "rules.instrument_digest", &asked->instrument_digest,
				  false);
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

/* --- by a resolution ------------------------------------------------------------------- */

int board_rules_digest(const Pidc__V1__BoardRules *rules, struct arena *arena,
		       uint8_t ret[SHA256_LEN])
{
	static const char domain[] = "pidc/board-rules/v1";
	const uint32_t numbers[] = {
		rules->version,
		rules->session_notice_days,
		rules->circular_notice_days,
		rules->quorum_over_percent,
		rules->ballots_min_percent,
		rules->ballots_min,
		rules->electors_min,
		rules->majority_over_percent,
		(uint32_t)rules->decision_mode,
	};
	struct bytes parts[1 + sizeof(numbers) / sizeof(numbers[0])] = {{domain, sizeof(domain)}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const char *text = arena_printf(arena, "%u", numbers[i]);

		if (text == NULL)
			return PIDC_ENOMEM;
		parts[i + 1] = (struct bytes){text, strlen(text) + 1}; /* with its 0 */
	}
	sha256(parts, sizeof(parts) / sizeof(parts[0]), ret);
	return 0;
}

static uint32_t next_version(const Pidc__Store__V1__ResolutionFacts *facts)
{
	return facts->rules == NULL ? 1 : facts->rules->version + 1;
}

int rule_propose_board_rules(const struct rule_input *in, Pidc__V1__Event *event,
			     struct refusal *refusal)
{
	const Pidc__V1__BoardRules *asked =
		((const Pidc__V1__ProposeBoardRulesRequest *)in->request)->rules;
	const Pidc__Store__V1__ResolutionFacts *facts =
		(const Pidc__Store__V1__ResolutionFacts *)in->facts;
	Pidc__V1__BoardRulesProposed *body = (Pidc__V1__BoardRulesProposed *)message_new(
		&pidc__v1__board_rules_proposed__descriptor, in->arena);
	uint8_t *digest = arena_alloc(in->arena, SHA256_LEN);
	int rc;

	if (body == NULL || digest == NULL)
		return PIDC_ENOMEM;
	if (asked == NULL)
		return refuse(refusal, REASON(E_FIELD), "rules", "it is mandatory");
	if (asked->version != 0 || asked->instrument_digest.len != 0)
		return refuse(refusal, REASON(E_FIELD), "rules.version",
			      "version and instrument follow from the resolution");
	rc = check_rules(asked, refusal);
	if (rc < 0)
		return rc;
	body->proposal_id = arena_strdup(in->arena, in->new_id);
	body->rules = arena_memdup(in->arena, asked, sizeof(*asked));
	if (body->proposal_id == NULL || body->rules == NULL)
		return PIDC_ENOMEM;
	body->rules->version = next_version(facts);
	if (board_rules_digest(body->rules, in->arena, digest) < 0)
		return PIDC_ENOMEM;
	body->digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	event->body_case = PIDC__V1__EVENT__BODY_BOARD_RULES_PROPOSED;
	event->board_rules_proposed = body;
	return event_set_entity(in, event, body->proposal_id, 1);
}

int board_rules_check(const struct resolution_subject *subject, struct refusal *refusal)
{
	const Pidc__V1__BoardRulesProposed *proposed = subject->facts->rules_proposed;

	if (proposed == NULL || proposed->rules == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "resolution.subject_id",
			      "no such rules were proposed");
	if (!resolution_names_digest(subject->resolution, &proposed->digest))
		return refuse(refusal, REASON(E_STALE_APPROVAL), "resolution.subject_digest",
			      "not of these rules");
	return proposed->rules->version == next_version(subject->facts)
		       ? 0
		       : refuse(refusal, REASON(E_STALE_APPROVAL), "resolution.subject_id",
				"other rules were adopted since");
}

int board_rules_close(const struct resolution_subject *subject, Pidc__V1__ResolutionClosed *body)
{
	struct refusal ignored;
	Pidc__V1__BoardRules *rules;

	if (body->state != PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_CARRIED)
		return 0;
	body->effect = PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_STALE;
	if (board_rules_check(subject, &ignored) < 0)
		return 0;
	rules = arena_memdup(subject->in->arena, subject->facts->rules_proposed->rules,
			     sizeof(*rules));
	if (rules == NULL)
		return PIDC_ENOMEM;
	rules->instrument_digest = subject->resolution->resolution_digest;
	body->rules = rules;
	body->effect = PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_DONE;
	return 0;
}
