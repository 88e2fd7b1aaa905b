/* SPDX-License-Identifier: ISC */
#include "tests/lib/naive_decision.h"

#include "tests/lib/naive_statement.h"

#include <string.h>

#define DENY(r)      PIDC__V1__REASON__REASON_##r
#define PASS         PIDC__V1__REASON__REASON_UNSPECIFIED
#define CONDITION(k) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##k

/* What a permit falls short of, nearest first (3.3). */
static const Pidc__V1__Reason misses[] = {
	NAIVE_WAITS,
	DENY(D_VETO),
	DENY(D_REVOKED),
	DENY(D_EXPIRED),
	DENY(D_NOT_YET),
	DENY(D_CONDITION),
	DENY(D_SMALL_CELL),
	DENY(D_UNKNOWN_CONDITION),
	DENY(D_CLASSIFICATION),
	DENY(D_FIELD),
	DENY(D_PURPOSE),
	DENY(D_DEFAULT_DENY),
};

/* Nothing covers what is not in the lists, whoever names it too (C10). */
static bool is_purpose_known(const struct naive_question *question)
{
	return naive_is_under(question, question->query->purpose);
}

static bool is_action_known(const struct naive_question *question)
{
	return question->query->action >= PIDC__V1__ACTION__ACTION_DISCOVER &&
	       question->query->action <= PIDC__V1__ACTION__ACTION_PUBLISH;
}

/* ---- G9: exclusions */

static bool is_grant(const struct naive_chain *chain)
{
	return chain->terms != NULL &&
	       chain->terms->kind != PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_VETO;
}

static bool is_in_the_way(const struct naive_chains *chains, const struct naive_chain *x)
{
	if (x->terms == NULL)
		return x->is_unknown;
	return x->is_denied && naive_overlaps(&x->denies, &chains->asked);
}

static bool is_closed(const struct naive_chain *x)
{
	return x->is_suspended || (x->is_revoked && !x->is_fall_back);
}

/* Standing exclusions: of a veto or an exclusive grant that is not revoked. */
static bool is_standing(const struct naive_question *question, const struct naive_chain *x)
{
	if (x->is_revoked || x->terms == NULL || question->now_us < x->from_us)
		return false;
	return is_grant(x) ? x->terms->mode == PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE
			   : question->now_us < x->to_us;
}

static bool is_excluded(const struct naive_question *question, const struct naive_chains *chains,
			const struct naive_chain *x, const struct naive_chain *p)
{
	if (!is_in_the_way(chains, x))
		return false;
	if (x->is_unknown)
		return true;
	if (is_closed(x) && p->terms_index < x->ended_index)
		return true;
	return is_standing(question, x) && x != p;
}

/* ---- G9: permits */

/* Never above the ceiling that the signer set, if any; from AMBER on only what two
 * persons signed (SD-6); RED only by name and with the owner's word each time (G8). */
static bool is_class_ok(const struct naive_question *question, const struct naive_chain *p)
{
	Pidc__V1__Classification classification = question->subject->classification;
	Pidc__V1__Classification ceiling = p->terms->classification_ceiling;

	if (ceiling != 0 && classification > ceiling)
		return false;
	if (classification >= PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER && !p->is_approved)
		return false;
	return classification < PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED ||
	       (p->terms->recipient->n_orgs > 0 && naive_has_condition(p, CONDITION(APPROVE_EACH)));
}

/* PASS, or the one thing that p lacks; D_DEFAULT_DENY when it lacks more. */
static Pidc__V1__Reason check_permit(const struct naive_question *question,
				     const struct naive_chains *chains, const struct naive_chain *p)
{
	const struct naive_sets *asked = &chains->asked;
	struct naive_sets rest = p->permits;
	Pidc__V1__Reason lacks = PASS;
	size_t count = 0;

#define LACKS(condition, reason)          \
	do {                              \
		if (condition) {          \
			lacks = (reason); \
			count++;          \
		}                         \
	} while (0)
	LACKS(p->is_revoked || p->is_suspended, DENY(D_REVOKED));
	LACKS(question->now_us >= p->to_us, DENY(D_EXPIRED));
	LACKS(question->now_us < p->from_us, DENY(D_NOT_YET));
	LACKS(naive_judge(question, p) != PASS, naive_judge(question, p));
	LACKS(!is_class_ok(question, p), DENY(D_CLASSIFICATION));
	LACKS((asked->fields & ~p->permits.fields) != 0, DENY(D_FIELD));
	LACKS((asked->purposes & ~p->permits.purposes) != 0 || !is_purpose_known(question),
	      DENY(D_PURPOSE));
#undef LACKS
	rest.fields = asked->fields;
	rest.purposes = asked->purposes;
	if (!p->is_permitted || !naive_covers(&rest, asked) || count > 1)
		return DENY(D_DEFAULT_DENY);
	return lacks;
}

static bool is_permit_open(const struct naive_question *question, const struct naive_chains *chains,
			   const struct naive_chain *p)
{
	if (p->is_unknown || (naive_is_exiting(question) && !naive_is_wind_down(question, p)))
		return false;
	for (size_t i = 0; i < chains->count; i++)
		if (is_excluded(question, chains, &chains->chains[i], p))
			return false;
	return true;
}

/* ---- the most specific of the permits that pass */

static int depth_of(const struct naive_question *question, const struct naive_chain *p)
{
	const struct naive_tree *tree = question->tree;

	/* Down from the top to the purpose asked for, the last that p names. */
	for (size_t i = 0; i < tree->count; i++) {
		int depth = 0;

		if (strcmp(tree->codes[i], question->query->purpose) != 0)
			continue;
		for (int node = (int)i; node >= 0; node = tree->parents[node], depth++)
			if (naive_has(p->terms->purposes, p->terms->n_purposes, tree->codes[node]))
				return -depth;
	}
	return INT32_MIN;
}

static void rank_permit(const struct naive_question *question, const struct naive_chain *p,
			int64_t ret[5])
{
	const Pidc__V1__ConsentStatement *st = p->terms;

	ret[0] = st->data->n_contribution_ids > 0 ? 3 : st->data->n_dataset_ids > 0 ? 2 : 0;
	if (st->data->category != NULL)
		ret[0] = 1;
	ret[1] = st->recipient->n_orgs > 0 ? 2 : st->recipient->org_class[0] != '\0' ? 1 : 0;
	ret[2] = depth_of(question, p);
	ret[3] = -(int64_t)st->n_actions;
	ret[4] = (int64_t)naive_count_obligations(p);
}

static bool is_more_specific(const struct naive_question *question, const struct naive_chain *a,
			     const struct naive_chain *b)
{
	int64_t x[5], y[5];

	rank_permit(question, a, x);
	rank_permit(question, b, y);
	for (size_t i = 0; i < 5; i++)
		if (x[i] != y[i])
			return x[i] > y[i];
	return strcmp(a->consent_id, b->consent_id) < 0;
}

/* ---- all together */

static void note_miss(struct naive_answer *ret, Pidc__V1__Reason reason)
{
	size_t nearest = 0;

	while (misses[nearest] != reason && misses[nearest] != ret->consent_reason)
		nearest++;
	ret->consent_reason = misses[nearest];
}

/* A veto or a revocation in the way is a reason whatever the permits say. */
static void note_exclusions(const struct naive_question *question,
			    const struct naive_chains *chains, struct naive_answer *ret)
{
	for (size_t i = 0; i < chains->count; i++) {
		const struct naive_chain *x = &chains->chains[i];

		if (!is_in_the_way(chains, x))
			continue;
		if (x->is_unknown)
			note_miss(ret, DENY(D_UNKNOWN_CONDITION));
		else if (is_closed(x))
			note_miss(ret, DENY(D_REVOKED));
		if (!x->is_unknown && !is_grant(x) && is_standing(question, x))
			note_miss(ret, DENY(D_VETO));
	}
}

static void decide_consent(const struct naive_question *question, const struct naive_chains *chains,
			   struct naive_answer *ret)
{
	const struct naive_chain *used = NULL;
	const struct naive_chain *waiting = NULL;

	ret->consent_reason = DENY(D_DEFAULT_DENY);
	note_exclusions(question, chains, ret);
	if (!is_action_known(question))
		return;
	for (size_t i = 0; i < chains->count; i++) {
		const struct naive_chain *p = &chains->chains[i];
		Pidc__V1__Reason lacks;

		if (!is_grant(p) || !is_permit_open(question, chains, p))
			continue;
		lacks = check_permit(question, chains, p);
		if (lacks == NAIVE_WAITS &&
		    (waiting == NULL || strcmp(p->consent_id, waiting->consent_id) < 0))
			waiting = p;
		if (lacks != PASS)
			note_miss(ret, lacks);
		else if (used == NULL || is_more_specific(question, p, used))
			used = p;
	}
	if (used == NULL && waiting != NULL)
		strncpy(ret->consent_id, waiting->consent_id, sizeof(ret->consent_id) - 1);
	if (used == NULL)
		return;
	ret->consent_reason = PASS;
	ret->obligation_count = naive_count_obligations(used);
	ret->min_cell = naive_min_cell(question, used);
	ret->is_approved = naive_has_condition(used, CONDITION(APPROVE_EACH));
	strncpy(ret->consent_id, used->consent_id, sizeof(ret->consent_id) - 1);
}

void naive_decide(const struct naive_question *question, struct naive_answer *ret)
{
	struct naive_chains chains;

	*ret = (struct naive_answer){.verdict = PIDC__V1__VERDICT__VERDICT_DENY};
	naive_chains_open(question, &chains);
	if (chains.has_garbage)
		ret->consent_reason = DENY(D_UNKNOWN_CONDITION);
	else
		decide_consent(question, &chains, ret);
	naive_chains_close(question, &chains);
	ret->is_waiting = ret->consent_reason == NAIVE_WAITS;
	ret->gate_reason =
		naive_check_gates(question, ret->consent_reason == PASS || ret->is_waiting);
	if (ret->is_waiting)
		ret->consent_reason = DENY(D_CONDITION);
	ret->reason = ret->gate_reason != PASS ? ret->gate_reason : ret->consent_reason;
	if (ret->reason == PASS)
		ret->verdict = PIDC__V1__VERDICT__VERDICT_PERMIT;
	else if (ret->is_waiting && ret->gate_reason == PASS)
		ret->verdict = PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER;
}
