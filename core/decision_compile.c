/* SPDX-License-Identifier: ISC
 *
 * From recorded chains to the parts that can matter for one query (spec 3.3):
 * a permit part and an exclusion part each.
 */
#include "core/decision_internal.h"
#include "core/notice.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define CLASS_COOLING_OFF_US ((int64_t)CLASS_COOLING_OFF_DAYS * 24 * 3600 * 1000000)

#define KIND(name)     PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define CAPACITY(name) PIDC__V1__CAPACITY__CAPACITY_##name

bool path_has(const struct decision_set *set, const char *purpose)
{
	return list_has(set->facts->purpose_path, set->facts->n_purpose_path, purpose);
}

static bool recipient_is_partner(const struct decision_set *set)
{
	return set->facts->recipient != NULL &&
	       set->facts->recipient->kind ==
		       PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER;
}

static bool recipient_is_in_class(const struct decision_set *set, const char *org_class)
{
	return set->facts->recipient != NULL && org_class[0] != '\0' &&
	       strcmp(set->facts->recipient->partner_class, org_class) == 0;
}

/* From when on a class covers the recipient; false when it never does. A class
 * covers whom the signer pinned, and if it is OPEN those who joined since. */
static bool class_covers(const struct decision_set *set, const struct chain *chain,
			 int64_t *ret_from_us)
{
	const Pidc__V1__RecipientSelector *recipient = chain->terms->recipient;
	int64_t since_us;

	*ret_from_us = INT64_MIN;
	if (list_has(recipient->pinned_orgs, recipient->n_pinned_orgs, set->query->recipient_org))
		return true;
	if (recipient->class_mode != PIDC__V1__CLASS_MODE__CLASS_MODE_OPEN ||
	    !recipient_is_in_class(set, recipient->org_class) ||
	    set->facts->recipient->class_since == NULL ||
	    !time_from_proto(set->facts->recipient->class_since, &since_us))
		return false;
	if (since_us > chain->terms_recorded_us)
		*ret_from_us = since_us + CLASS_COOLING_OFF_US;
	return true;
}

/* Fills rank and recipient_from_us of the permit. */
static bool recipient_covers(const struct decision_set *set, struct permit *permit)
{
	const Pidc__V1__RecipientSelector *recipient = permit->chain->terms->recipient;
	const char *org = set->query->recipient_org;
	bool has_class;

	if (recipient == NULL || recipient->capacity == 0 ||
	    recipient->capacity != set->query->capacity)
		return false;
	has_class = recipient->org_class[0] != '\0';
	if ((recipient->n_orgs != 0) + has_class + (recipient->all_partners != 0) != 1)
		return false;
	permit->recipient_from_us = INT64_MIN;
	if (recipient->n_orgs != 0) {
		permit->recipient_rank = RECIPIENT_ORG;
		return list_has(recipient->orgs, recipient->n_orgs, org);
	}
	if (has_class) {
		permit->recipient_rank = RECIPIENT_CLASS;
		return class_covers(set, permit->chain, &permit->recipient_from_us);
	}
	permit->recipient_rank = RECIPIENT_ALL;
	return recipient_is_partner(set);
}

static bool terms_have_action(const Pidc__V1__ConsentStatement *terms, Pidc__V1__Action action)
{
	for (size_t i = 0; i < terms->n_actions; i++)
		if (terms->actions[i] == action)
			return true;
	return false;
}

static bool action_is_known(Pidc__V1__Action action)
{
	return action != 0 && protobuf_c_enum_descriptor_get_value(&pidc__v1__action__descriptor,
								   (int)action) != NULL;
}

/* No action implies another, except that any of them implies DISCOVER. One that we
 * do not know is covered by nothing, even where the terms name it too (C10). */
static bool action_covers(const struct decision_set *set, const Pidc__V1__ConsentStatement *terms)
{
	if (set->query->action == PIDC__V1__ACTION__ACTION_DISCOVER)
		return terms->n_actions != 0;
	return action_is_known(set->query->action) && terms_have_action(terms, set->query->action);
}

static bool action_meets(const struct decision_set *set, const Pidc__V1__ConsentStatement *terms)
{
	return terms->n_actions == 0 || terms_have_action(terms, set->query->action) ||
	       terms_have_action(terms, PIDC__V1__ACTION__ACTION_DISCOVER);
}

/* The nearest of the query's purpose and its ancestors that the terms name. */
static bool purpose_covers(const struct decision_set *set, const Pidc__V1__ConsentStatement *terms,
			   size_t *ret_depth)
{
	const Pidc__Store__V1__DecisionFacts *facts = set->facts;

	if (facts->n_purpose_path == 0 || strcmp(facts->purpose_path[0], set->query->purpose) != 0)
		return false;
	for (size_t i = 0; i < facts->n_purpose_path; i++)
		if (list_has(terms->purposes, terms->n_purposes, facts->purpose_path[i])) {
			*ret_depth = i;
			return true;
		}
	return false;
}

static bool purpose_meets(const struct decision_set *set, const Pidc__V1__ConsentStatement *terms)
{
	const Pidc__Store__V1__DecisionFacts *facts = set->facts;

	if (terms->n_purposes == 0)
		return true;
	for (size_t i = 0; i < terms->n_purposes; i++)
		if (path_has(set, terms->purposes[i]) ||
		    list_has(facts->purpose_descendants, facts->n_purpose_descendants,
			     terms->purposes[i]))
			return true;
	return false;
}

/* A veto of all partners reaches whoever gives money, whatever else it is. */
static bool recipient_meets(const struct decision_set *set, const Pidc__V1__ConsentStatement *terms)
{
	const Pidc__V1__RecipientSelector *recipient = terms->recipient;
	const char *org = set->query->recipient_org;

	if (recipient == NULL)
		return true;
	if (recipient->capacity != 0 && recipient->capacity != set->query->capacity)
		return false;
	if (recipient->n_orgs == 0 && recipient->org_class[0] == '\0' && !recipient->all_partners)
		return true;
	if (list_has(recipient->orgs, recipient->n_orgs, org) ||
	    list_has(recipient->pinned_orgs, recipient->n_pinned_orgs, org))
		return true;
	if (recipient->all_partners &&
	    (recipient_is_partner(set) || set->query->capacity == CAPACITY(FUNDER)))
		return true;
	return recipient->class_mode != PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED &&
	       recipient_is_in_class(set, recipient->org_class);
}

static int permit_add(struct decision_set *set, const struct chain *chain, struct arena *arena)
{
	struct permit *permit = &set->permits[set->permit_count];
	int rc;

	if (chain->terms == NULL || !statement_is_grant(chain->terms) ||
	    chain->state == CHAIN_UNKNOWN)
		return 0;
	*permit = (struct permit){.chain = chain, .is_ended = chain->state != CHAIN_CURRENT};
	if (!recipient_covers(set, permit) || !action_covers(set, chain->terms))
		return 0;
	permit->covers_purpose = purpose_covers(set, chain->terms, &permit->purpose_depth);
	rc = scope_read(chain->terms, arena, &permit->scope);
	if (rc == 0)
		set->permit_count++;
	return rc;
}

/* The exclusion part that a chain makes in its present state; false for none. */
static bool exclusion_of(const struct chain *chain, struct exclusion *ret)
{
	const Pidc__V1__ConsentStatement *terms = chain->terms;
	bool is_veto = terms != NULL && terms->kind == KIND(VETO);

	*ret = (struct exclusion){.chain = chain,
				  .from_us = INT64_MIN,
				  .to_us = INT64_MAX,
				  .before_index = UINT64_MAX};
	if (chain->state == CHAIN_UNKNOWN) {
		ret->kind = EXCLUSION_UNKNOWN;
		return true;
	}
	if (chain->state == CHAIN_REVOKED) {
		ret->kind = EXCLUSION_ENDED;
		ret->before_index = chain->ended_index;
		return !chain->is_fall_back;
	}
	if (terms == NULL)
		return false;
	if (is_veto) {
		ret->kind = EXCLUSION_VETO;
		ret->from_us = chain->from_us;
		ret->to_us = chain->to_us;
		return true;
	}
	/* Stays until it is lifted, also after its permit has expired. */
	ret->kind = EXCLUSION_EXCLUSIVE;
	ret->from_us = chain->from_us;
	return terms->mode == PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE;
}

static int exclusion_push(struct decision_set *set, const struct exclusion *exclusion,
			  struct arena *arena)
{
	const Pidc__V1__ConsentStatement *terms = exclusion->chain->terms;
	struct exclusion *slot = &set->exclusions[set->exclusion_count];
	int rc;

	if (terms != NULL && (!recipient_meets(set, terms) || !purpose_meets(set, terms) ||
			      !action_meets(set, terms)))
		return 0;
	*slot = *exclusion;
	rc = scope_read(terms, arena, &slot->scope);
	if (rc == 0)
		set->exclusion_count++;
	return rc;
}

/* While a grant is suspended its scope is closed as after a revocation, and what
 * an exclusive one excluded stays excluded. */
static int exclusions_add(struct decision_set *set, const struct chain *chain, struct arena *arena)
{
	struct exclusion exclusion;
	int rc = 0;

	if (exclusion_of(chain, &exclusion))
		rc = exclusion_push(set, &exclusion, arena);
	if (rc < 0 || chain->state != CHAIN_SUSPENDED)
		return rc;
	exclusion = (struct exclusion){.chain = chain,
				       .kind = EXCLUSION_ENDED,
				       .from_us = INT64_MIN,
				       .to_us = INT64_MAX,
				       .before_index = chain->ended_index};
	return exclusion_push(set, &exclusion, arena);
}

static void exiting_read(struct decision_set *set)
{
	const Pidc__Store__V1__RecipientFacts *recipient = set->facts->recipient;

	set->exiting_since_us = INT64_MAX; /* unknown: no statement is late enough */
	if (recipient == NULL)
		return;
	set->is_exiting =
		recipient_is_partner(set) &&
		recipient->partner_state == PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_EXITING;
	if (recipient->exiting_since != NULL &&
	    !time_from_proto(recipient->exiting_since, &set->exiting_since_us))
		set->exiting_since_us = INT64_MAX;
}

void decision_hold(struct decision_set *set, const Pidc__Store__V1__Subject *subject)
{
	if (set->held_count < set->query->n_contribution_ids)
		set->held[set->held_count++] = subject;
}

int decision_compile(const Pidc__Store__V1__DecisionFacts *facts,
		     const Pidc__Store__V1__DecisionQuery *query, struct arena *arena,
		     struct decision_set **ret)
{
	struct decision_set *set = arena_alloc(arena, sizeof(*set));
	int rc;

	if (set == NULL)
		return PIDC_ENOMEM;
	set->facts = facts;
	set->query = query;
	rc = chain_set_build(facts->statements, facts->n_statements, query->owner_org, arena,
			     &set->chains);
	if (rc < 0)
		return rc;
	exiting_read(set);
	/* A suspended exclusive grant makes two exclusions, no chain makes more. */
	set->permits = arena_calloc(arena, set->chains.count, sizeof(*set->permits));
	set->exclusions = arena_calloc(arena, 2 * set->chains.count, sizeof(*set->exclusions));
	set->held = arena_calloc(arena, query->n_contribution_ids, sizeof(void *));
	if (set->permits == NULL || set->exclusions == NULL || set->held == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < set->chains.count && rc == 0; i++) {
		rc = permit_add(set, &set->chains.chains[i], arena);
		if (rc == 0)
			rc = exclusions_add(set, &set->chains.chains[i], arena);
	}
	if (rc == 0)
		*ret = set;
	return rc;
}
