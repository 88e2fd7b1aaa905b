/* SPDX-License-Identifier: ISC
 *
 * Conditions, and what they rest on besides statements: what was released before, the
 * owner's word, what the recipient holds. For tests/lib/naive_case.c.
 */
#include "tests/lib/naive_draw.h"

#include "core/text.h"

#include <string.h>

#define COUNT(array)  ((unsigned)(sizeof(array) / sizeof((array)[0])))
#define ANSWERED(s)   PIDC__V1__APPROVAL_STATE__APPROVAL_STATE_##s
#define IS_RED(c)     ((c) == PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED)
#define APPROVAL_ID   "a0"
#define DISCLOSURE_ID "f0"

/* ---- conditions */

static Pidc__V1__ConditionKind pick_kind(struct naive_case *c)
{
	static const Pidc__V1__ConditionKind kinds[] = {
		CONDITION(AGGREGATE_ONLY),     CONDITION(DEIDENTIFIED_ONLY),
		CONDITION(EMBARGO_UNTIL),      CONDITION(EMBARGO_UNTIL),
		CONDITION(DATA_LIFE),          CONDITION(NO_ONWARD),
		CONDITION(ONWARD_TO),          CONDITION(ATTRIBUTION),
		CONDITION(NOTIFY_EACH),        CONDITION(ONLY_UNDER),
		CONDITION(DISPOSE_ON_EXIT),    CONDITION(ACK_WITHIN),
		CONDITION(WIND_DOWN),          CONDITION(MAX_RELEASES),
		CONDITION(MAX_RELEASES),       CONDITION(FREQUENCY),
		CONDITION(FREQUENCY),          CONDITION(MIN_CELL),
		CONDITION(MIN_CELL),           CONDITION(IN_COUNTRY),
		CONDITION(NOT_ORIGIN_COUNTRY), CONDITION(ONLY_FOR_FUNDING),
		CONDITION(APPROVE_EACH),       CONDITION(APPROVE_EACH),
		CONDITION(APPROVE_EACH),       (Pidc__V1__ConditionKind)77,
	};

	if (IS_RED(c->subject.classification) && case_once_in(c, 2))
		return CONDITION(APPROVE_EACH);
	if (c->facts.recipient->partner_state == PARTNERSHIP(EXITING) && !case_once_in(c, 4))
		return CONDITION(WIND_DOWN);
	return kinds[case_below(c, COUNT(kinds))];
}

void case_draw_condition(struct naive_case *c, Pidc__V1__ConsentStatement *st)
{
	Pidc__V1__Condition *condition = case_new(c, &pidc__v1__condition__descriptor);

	condition->kind = pick_kind(c);
	switch (condition->kind) {
	case CONDITION(EMBARGO_UNTIL):
		condition->until = case_pick_slot(c, 0, CASE_SLOTS);
		break;
	case CONDITION(FREQUENCY):
		condition->days = 1 + case_below(c, 2);
		condition->number = 1 + case_below(c, 3);
		break;
	case CONDITION(MAX_RELEASES):
		condition->number = 1 + case_below(c, 3);
		break;
	case CONDITION(MIN_CELL):
		condition->number = 1 + case_below(c, 5);
		break;
	case CONDITION(ONLY_UNDER):
		condition->values =
			case_pick_list(c, &case_instruments, 2, NULL, &condition->n_values);
		break;
	case CONDITION(IN_COUNTRY):
		condition->values =
			case_pick_list(c, &case_countries, 2, NULL, &condition->n_values);
		break;
	default:
		break;
	}
	st->conditions[st->n_conditions++] = condition;
}

/* ---- what they count */

static void draw_use(struct naive_case *c, const char *consent_id, uint32_t days)
{
	Pidc__Store__V1__DecisionFacts *facts = &c->facts;
	Pidc__Store__V1__ChainUse *use;

	for (size_t i = 0; i < facts->n_uses; i++)
		if (strcmp(facts->uses[i]->consent_id, consent_id) == 0 &&
		    facts->uses[i]->days == days)
			return;
	use = case_new(c, &pidc__store__v1__chain_use__descriptor);
	use->consent_id = case_copy(c, consent_id);
	use->days = days;
	use->total = case_below(c, 5);
	use->recent = case_below(c, (unsigned)use->total + 1);
	facts->uses[facts->n_uses++] = use;
}

/* Once in a while nobody has counted. */
static void draw_uses(struct naive_case *c)
{
	c->facts.uses = case_array(c, 3 * CASE_STATEMENTS_MAX, sizeof(*c->facts.uses));
	for (size_t i = 0; i < c->statement_count; i++) {
		const Pidc__V1__ConsentStatement *st = c->statements[i].statement;

		for (size_t k = 0; st != NULL && k < st->n_conditions; k++)
			if ((st->conditions[k]->kind == CONDITION(MAX_RELEASES) ||
			     st->conditions[k]->kind == CONDITION(FREQUENCY)) &&
			    !case_once_in(c, 8))
				draw_use(c, c->statements[i].consent_id, st->conditions[k]->days);
	}
}

/* ---- whom they ask */

/* An approval of what is asked for, or of something beside it. */
static void draw_approval(struct naive_case *c)
{
	static const Pidc__V1__ApprovalState states[] = {
		ANSWERED(APPROVED), ANSWERED(APPROVED), ANSWERED(APPROVED), ANSWERED(USED),
		ANSWERED(USED),     ANSWERED(PENDING),  ANSWERED(REFUSED),
	};
	const Pidc__Store__V1__DecisionQuery *query = &c->query;
	Pidc__V1__Approval *approval = case_new(c, &pidc__v1__approval__descriptor);

	approval->approval_id = case_copy(c, case_once_in(c, 20) ? "a1" : APPROVAL_ID);
	approval->owner_org = case_copy(c, case_once_in(c, 30) ? "fj" : "tv");
	approval->recipient_org = case_copy(c, case_once_in(c, 30) ? case_pick(c, &case_recipients)
								   : query->recipient_org);
	approval->capacity = case_once_in(c, 30) ? CAPACITY(FUNDER) : query->capacity;
	approval->purpose =
		case_copy(c, case_once_in(c, 30) ? case_pick(c, &case_purposes) : query->purpose);
	approval->action =
		case_once_in(c, 30) ? (Pidc__V1__Action)(1 + case_below(c, 3)) : query->action;
	approval->fields = case_pick_list(c, &case_fields, case_once_in(c, 4) ? 2 : 1,
					  query->fields[0], &approval->n_fields);
	approval->contribution_ids =
		case_pick_list(c, &case_contributions, case_once_in(c, 4) ? 3 : 1, NULL,
			       &approval->n_contribution_ids);
	approval->state = states[case_below(c, COUNT(states))];
	approval->disclosure_id = case_copy(c, case_once_in(c, 3) ? "f1" : DISCLOSURE_ID);
	if (!case_once_in(c, 20))
		approval->valid_to =
			time_to_proto(c->arena, c->now_us + (int64_t)case_below(c, 5) * CASE_SLOT);
	c->facts.approval = approval;
}

static void draw_words(struct naive_case *c)
{
	if (case_once_in(c, 4))
		return;
	if (!case_once_in(c, 10))
		c->query.approval_id = case_copy(c, APPROVAL_ID);
	if (!case_once_in(c, 4))
		c->query.disclosure_id = case_copy(c, DISCLOSURE_ID);
	if (!case_once_in(c, 10))
		draw_approval(c);
}

/* ---- what the recipient has */

static void draw_cells(struct naive_case *c)
{
	Pidc__Store__V1__Subject *subject = &c->subject;

	if (case_once_in(c, 4))
		subject->min_cell_default = 1 + case_below(c, 4);
	subject->has_cells = !case_once_in(c, 6);
	if (!subject->has_cells || subject->contribution_id[0] == '\0')
		return;
	subject->cell_lowest = 1 + case_below(c, 4);
	subject->cell_highest = subject->cell_lowest + case_below(c, 5);
}

static void draw_holdings(struct naive_case *c)
{
	Pidc__Store__V1__Subject *held = case_new(c, &pidc__store__v1__subject__descriptor);

	c->facts.are_holdings_known = !case_once_in(c, 8);
	if (c->subject.contribution_id[0] == '\0')
		return;
	if (case_once_in(c, 8))
		c->facts.overlapping_ids = case_pick_list(c, &case_contributions, 2, NULL,
							  &c->facts.n_overlapping_ids);
	if (!case_once_in(c, 4))
		return;
	held->owner_org = c->subject.owner_org;
	held->dataset_id = case_copy(c, case_leaning(c, 4, c->subject.dataset_id) != NULL
						? c->subject.dataset_id
						: case_pick(c, &case_datasets));
	held->contribution_id = case_copy(c, case_pick(c, &case_contributions));
	held->period = case_pick_range(c, 8, 4);
	c->query.contribution_ids =
		case_pick_list(c, &case_contributions, 1, NULL, &c->query.n_contribution_ids);
	c->held = held;
}

void case_draw_facts(struct naive_case *c)
{
	draw_uses(c);
	draw_words(c);
	draw_cells(c);
	draw_holdings(c);
}
