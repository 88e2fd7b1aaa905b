/* SPDX-License-Identifier: ISC
 *
 * A decision with everything that it rests on. The same gates and the same consent
 * rule as decision_evaluate, told in full.
 */
#include "core/decision_internal.h"
#include "core/reason.h"

#include <string.h>

#define RESULT(name) PIDC__V1__FINDING_RESULT__FINDING_RESULT_##name

static const struct {
	const char *gate;
	const char *title;
} gate_texts[GATE_COUNT] = {
	[GATE_SUBJECT] = {"G1", "the data exists and is the owner's"},
	[GATE_OWNER] = {"G2", "the owner is active, the data neither withdrawn nor held"},
	[GATE_STATE] = {"G3", "the recipient's membership or partnership is open"},
	[GATE_BOARD] = {"G4", "the Board has approved the partnership"},
	[GATE_MOU] = {"G5", "an agreement in force covers purpose and action"},
	[GATE_MOU_SUBJECT] = {"G5", "the agreement covers this kind of data"},
	[GATE_REVIEW] = {"G6", "the partnership's annual review is not overdue"},
	[GATE_FUNDING] = {"G7", "whoever asks as a funder has an accepted agreement"},
	[GATE_CEILING] = {"G8", "the agreement's ceiling reaches the classification"},
	[GATE_CONSENT] = {"G9", "the owner consents, and its conditions hold"},
};

static void *list_push(struct arena *arena, void ***list, size_t *count,
		       const ProtobufCMessageDescriptor *type)
{
	void **grown = arena_calloc(arena, *count + 1, sizeof(*grown));
	void *item = message_new(type, arena);

	if (grown == NULL || item == NULL)
		return NULL;
	if (*count != 0)
		memcpy(grown, *list, *count * sizeof(*grown));
	grown[(*count)++] = item;
	*list = grown;
	return item;
}

/* What the recipient is shown of a gate: its own; and of the owner's side only
 * whether it gets the data. */
static bool is_shown(enum gate gate, bool is_owner)
{
	return is_owner || gate_audience(gate) == AUDIENCE_RECIPIENT;
}

/* Who needs no approval of the Board has none: what the gate rests on then. */
static const char *board_title(const struct decision_set *set)
{
	const Pidc__Store__V1__RecipientFacts *recipient = set->facts->recipient;

	if (recipient == NULL)
		return gate_texts[GATE_BOARD].title;
	if (recipient->kind != PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER)
		return "no approval of the Board is needed: the recipient is of PIDC itself";
	if (recipient->partner_state == PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_RECOGNISED)
		return "no approval of the Board is needed: the partner is recognised for an "
		       "agreement from before";
	return gate_texts[GATE_BOARD].title;
}

static void finding_fill(const struct decision_set *set, const struct gates *gates, enum gate gate,
			 bool is_owner, Pidc__V1__GateFinding *finding)
{
	Pidc__V1__Reason reason = gates->reasons[gate];
	const char *title = gate == GATE_BOARD ? board_title(set) : gate_texts[gate].title;

	finding->gate = (char *)(uintptr_t)gate_texts[gate].gate;
	finding->title = (char *)(uintptr_t)title;
	if (!is_shown(gate, is_owner)) {
		finding->result = RESULT(NOT_SHOWN);
		return;
	}
	finding->result = reason == 0 ? RESULT(PASS) : RESULT(FAIL);
	if (reason == 0)
		return;
	finding->reason = reason;
	finding->clause = (char *)(uintptr_t)reason_lookup(reason)->clause;
	if (reason == gates->consent.reason)
		finding->detail = (char *)(uintptr_t)gates->consent.detail;
}

static int gates_tell(const struct decision_set *set, const struct gates *gates, bool is_owner,
		      struct arena *arena, Pidc__V1__ExplainDecisionResponse *ret)
{
	for (size_t i = 0; i < GATE_COUNT; i++) {
		Pidc__V1__GateFinding *finding =
			list_push(arena, (void ***)&ret->gates, &ret->n_gates,
				  &pidc__v1__gate_finding__descriptor);

		if (finding == NULL)
			return PIDC_ENOMEM;
		finding_fill(set, gates, (enum gate)i, is_owner, finding);
	}
	return 0;
}

static int permits_tell(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
			const struct gates *gates, int64_t now_us, struct arena *arena,
			Pidc__V1__ExplainDecisionResponse *ret)
{
	for (size_t i = 0; i < set->permit_count; i++) {
		const struct permit *permit = &set->permits[i];
		Pidc__V1__PermitFinding *finding;
		int rc;

		if (!scope_covers_data(&permit->scope, subject))
			continue;
		finding = list_push(arena, (void ***)&ret->permits, &ret->n_permits,
				    &pidc__v1__permit_finding__descriptor);
		if (finding == NULL)
			return PIDC_ENOMEM;
		finding->consent_id = (char *)(uintptr_t)permit->chain->consent_id;
		finding->statement_id = permit->chain->terms->statement_id;
		finding->index = permit->chain->terms_index;
		finding->is_used = permit == gates->consent.permit;
		rc = permit_explain(set, subject, &gates->instruments, permit, now_us, arena,
				    finding);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static Pidc__V1__StatementKind exclusion_statement(const struct exclusion *exclusion)
{
	switch (exclusion->kind) {
	case EXCLUSION_VETO:
		return PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_VETO;
	case EXCLUSION_EXCLUSIVE:
		return PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_GRANT;
	case EXCLUSION_ENDED:
		return exclusion->chain->state == CHAIN_REVOKED
			       ? PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_REVOKE
			       : PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_SUSPEND;
	case EXCLUSION_UNKNOWN:
		break;
	}
	return PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_UNSPECIFIED;
}

static int exclusions_tell(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
			   int64_t now_us, struct arena *arena,
			   Pidc__V1__ExplainDecisionResponse *ret)
{
	for (size_t i = 0; i < set->exclusion_count; i++) {
		const struct exclusion *exclusion = &set->exclusions[i];
		Pidc__V1__ExclusionFinding *finding;

		if (!exclusion_meets(set, subject, exclusion, now_us))
			continue;
		finding = list_push(arena, (void ***)&ret->exclusions, &ret->n_exclusions,
				    &pidc__v1__exclusion_finding__descriptor);
		if (finding == NULL)
			return PIDC_ENOMEM;
		finding->consent_id = (char *)(uintptr_t)exclusion->chain->consent_id;
		finding->kind = exclusion_statement(exclusion);
		if (exclusion->before_index != UINT64_MAX)
			finding->blocks_before = exclusion->before_index;
	}
	return 0;
}

static void decision_tell(const struct decision *decision, bool is_owner,
			  Pidc__V1__ExplainDecisionResponse *ret)
{
	ret->verdict = decision->verdict;
	ret->reason = is_owner ? decision->reason : decision->visible;
	if (is_owner)
		ret->detail = (char *)(uintptr_t)decision->detail;
	ret->obligations = decision->obligations;
	ret->n_obligations = decision->obligation_count;
	ret->consent_id = (char *)(uintptr_t)decision->consent_id;
	ret->statement_id = (char *)(uintptr_t)decision->statement_id;
	ret->instrument_id = (char *)(uintptr_t)decision->instrument_id;
}

int decision_explain(const struct decision_set *set, const Pidc__Store__V1__Subject *subject,
		     int64_t now_us, bool is_owner, struct arena *arena,
		     Pidc__V1__ExplainDecisionResponse *ret)
{
	const Pidc__Store__V1__Subject *own = subject_of_owner(set, subject);
	struct decision decision;
	struct gates gates;
	int rc = gates_fill(set, own, now_us, arena, &gates);

	if (rc != 0)
		return rc;
	decision_of_gates(set, subject, &gates, &decision);
	decision_tell(&decision, is_owner, ret);
	rc = gates_tell(set, &gates, is_owner, arena, ret);
	if (rc < 0 || !is_owner || own == NULL)
		return rc;
	rc = permits_tell(set, own, &gates, now_us, arena, ret);
	return rc < 0 ? rc : exclusions_tell(set, own, now_us, arena, ret);
}
