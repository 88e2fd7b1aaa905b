/* SPDX-License-Identifier: ISC
 *
 * Some conditions rest on more than statements: on what was released before, on an
 * approval, on what the recipient holds. Most consents have none of them, so these facts
 * are asked for only where a statement needs them.
 */
#include "core/chain.h"
#include "core/decision.h"

#include <string.h>

#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name

/* Tag of ConsentStatement.conditions on the wire: field 13, length-delimited. */
#define CONDITIONS_TAG 0x6a

/* Whether a statement can have conditions at all, without parsing it: without this byte
 * it has none. */
static bool may_have_conditions(const Pidc__Store__V1__StatementRow *row)
{
	return row->statement.len != 0 &&
	       memchr(row->statement.data, CONDITIONS_TAG, row->statement.len) != NULL;
}

static int use_add(const struct chain *chain, const Pidc__V1__Condition *condition,
		   struct arena *arena, Pidc__Store__V1__DecisionNeeds *ret)
{
	Pidc__Store__V1__UseNeed *need = arena_alloc(arena, sizeof(*need));

	if (need == NULL)
		return PIDC_ENOMEM;
	pidc__store__v1__use_need__init(need);
	need->consent_id = (char *)(uintptr_t)chain->consent_id;
	need->days = condition->days;
	ret->uses[ret->n_uses++] = need;
	return 0;
}

static int chain_needs(const struct chain *chain, struct arena *arena,
		       Pidc__Store__V1__DecisionNeeds *ret)
{
	const Pidc__V1__ConsentStatement *terms = chain->terms;
	int rc = 0;

	if (chain->state != CHAIN_CURRENT || terms == NULL)
		return 0;
	for (size_t i = 0; rc == 0 && i < terms->n_conditions; i++) {
		switch (terms->conditions[i]->kind) {
		case CONDITION(MAX_RELEASES):
		case CONDITION(FREQUENCY):
			rc = use_add(chain, terms->conditions[i], arena, ret);
			break;
		case CONDITION(MIN_CELL):
			ret->is_holding_asked = true;
			break;
		case CONDITION(APPROVE_EACH):
			ret->is_approval_asked = true;
			break;
		default:
			break;
		}
	}
	return rc;
}

int decision_needs(const Pidc__Store__V1__DecisionFacts *facts,
		   const Pidc__Store__V1__DecisionQuery *query, struct arena *arena,
		   Pidc__Store__V1__DecisionNeeds *ret)
{
	struct chain_set chains;
	bool is_possible = false;
	size_t room = 0;
	int rc;

	pidc__store__v1__decision_needs__init(ret);
	for (size_t i = 0; i < facts->n_subjects; i++)
		ret->is_holding_asked |= facts->subjects[i]->min_cell_default != 0;
	for (size_t i = 0; i < facts->n_statements && !is_possible; i++)
		is_possible = may_have_conditions(facts->statements[i]);
	if (!is_possible)
		return 0;
	rc = chain_set_build(facts->statements, facts->n_statements, query->owner_org, arena,
			     &chains);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < chains.count; i++)
		room += chains.chains[i].terms != NULL ? chains.chains[i].terms->n_conditions : 0;
	ret->uses = arena_calloc(arena, room, sizeof(void *));
	if (ret->uses == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; rc == 0 && i < chains.count; i++)
		rc = chain_needs(&chains.chains[i], arena, ret);
	return rc;
}
