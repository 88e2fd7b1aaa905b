/* SPDX-License-Identifier: ISC
 *
 * The consent rule against a second evaluation, written from the text of the rule
 * over plain sets of bits, and the laws C1 to C11, on generated cases. PIDC_SEED
 * sets the seed, PIDC_CASES the number of cases.
 *
 * CTest labels: sharing
 */
#include "tests/lib/core_story.h"

#include "core/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define KIND(name)   PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name

#define CHAINS    5
#define MOVES_MAX 9
#define ORGS      3 /* 0 is iom, who asks */
#define DATA      3 /* contributions 0 and 1 in dataset 0, 2 in dataset 1 */
#define FIELDS    3
#define PURPOSES  3 /* 1 is below 0 */
#define FOREVER   1000

static const char *const org_names[ORGS] = {"iom", "unhcr", "oco"};
static const char *const field_names[FIELDS] = {"month", "count", "nationality"};
static const char *const purpose_names[PURPOSES] = {"ME", "ME_FIELD", "RESEARCH_STAT"};
static const char *const data_names[DATA] = {"k0", "k1", "k2"};
static const unsigned dataset_members[2] = {3, 4};
static const Pidc__V1__Action action_values[] = {PIDC__V1__ACTION__ACTION_READ,
						 PIDC__V1__ACTION__ACTION_COPY};
/* The version of the schema that brought each field. */
static const unsigned field_versions[FIELDS] = {1, 1, 2};

enum data_way { BY_ID, BY_DATASET, BY_CATEGORY, BY_OWNER };
enum to_way { TO_ORGS, TO_CLASS, TO_ALL };
enum limit { NO_LIMIT, LIMIT_EMBARGO, LIMIT_AGGREGATE, LIMIT_UNKNOWN, LIMIT_DUTY };

/* What GRANT and VETO say; sets are bits. */
struct terms {
	enum data_way data_way;
	unsigned data; /* ids, or datasets */
	enum to_way to_way;
	unsigned orgs; /* named, or pinned */
	bool is_funder;
	unsigned purposes; /* 0: any, for VETO */
	unsigned actions;
	unsigned fields;
	unsigned schema_version; /* instead of fields */
	int data_from, data_to;
	int from, to;
	bool is_exclusive;
	enum limit limit;
	int embargo;
};

struct move {
	bool is_foreign;
	unsigned chain;
	Pidc__V1__StatementKind kind;
	bool is_fall_back;
	struct terms terms;
};

struct ask {
	unsigned contribution;
	unsigned purpose;
	unsigned action;
	unsigned fields;
	bool is_funder;
	bool is_aggregate;
	int period_from, period_to;
	int now;
};

struct world {
	struct move moves[MOVES_MAX];
	size_t count;
	struct ask ask;
};

/* --- generation ------------------------------------------------------------ */

static uint64_t seed;

static unsigned below(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % n;
}

static unsigned some_of(unsigned count)
{
	return 1 + below((1U << count) - 1);
}

static struct terms terms_draw(bool is_veto)
{
	struct terms t = {.data_way = (enum data_way)below(4),
			  .to_way = (enum to_way)below(3),
			  .is_funder = below(6) == 0,
			  .purposes = some_of(PURPOSES),
			  .actions = some_of(2),
			  .data_to = FOREVER,
			  .data_from = -FOREVER,
			  .from = below(2) ? (int)below(10) : -FOREVER,
			  .limit = below(3) ? NO_LIMIT : (enum limit)below(5),
			  .embargo = (int)below(20)};

	t.data = t.data_way == BY_DATASET ? some_of(2) : some_of(DATA);
	t.orgs = some_of(ORGS);
	t.to = 5 + (int)below(16);
	if (below(3) == 0)
		t.schema_version = 1 + below(2);
	else
		t.fields = some_of(FIELDS);
	if (below(4) == 0) {
		t.data_from = (int)below(4);
		t.data_to = t.data_from + 1 + (int)below(8);
	}
	t.is_exclusive = !is_veto && below(4) == 0;
	if (!is_veto)
		return t;
	t.limit = NO_LIMIT;
	if (below(2)) {
		t.purposes = 0;
		t.actions = 0;
		t.fields = 0;
		t.schema_version = 0;
	}
	if (below(2))
		t.to = FOREVER;
	return t;
}

enum state { NEW, OPEN, PAUSED, DEAD };

/* A move that the chain's state allows, as the rule for writing would. */
static struct move move_draw(enum state states[CHAINS])
{
	struct move m = {.chain = below(CHAINS), .is_foreign = false};
	unsigned chain = m.chain;

	if (states[chain] == DEAD || states[chain] == NEW)
		m.kind = below(4) == 0 ? KIND(VETO) : KIND(GRANT);
	else if (states[chain] == PAUSED)
		m.kind = below(2) ? KIND(RESUME) : KIND(REVOKE);
	else
		m.kind = below(3) == 0 ? KIND(GRANT) : below(2) == 0 ? KIND(SUSPEND) : KIND(REVOKE);
	if (states[chain] == DEAD)
		m.is_foreign = true; /* of another owner: must not matter */
	else
		states[chain] = m.kind == KIND(SUSPEND)  ? PAUSED
				: m.kind == KIND(REVOKE) ? DEAD
							 : OPEN;
	m.is_fall_back = m.kind == KIND(REVOKE) && below(3) == 0;
	m.terms = terms_draw(m.kind == KIND(VETO));
	return m;
}

static struct world world_draw(void)
{
	enum state states[CHAINS] = {NEW};
	struct world w = {.count = 1 + below(MOVES_MAX - 1)};

	for (size_t i = 0; i < w.count; i++)
		w.moves[i] = move_draw(states);
	w.ask = (struct ask){.contribution = below(DATA),
			     .purpose = below(PURPOSES),
			     .action = below(2),
			     .fields = some_of(FIELDS),
			     .is_funder = below(8) == 0,
			     .is_aggregate = below(2),
			     .period_from = (int)below(4),
			     .now = (int)below(22)};
	w.ask.period_to = w.ask.period_from + 1 + (int)below(4);
	return w;
}

/* --- the rule a second time, over sets ------------------------------------- */

static unsigned data_set(const struct terms *t)
{
	unsigned all = 0;

	if (t->data_way == BY_ID)
		return t->data;
	if (t->data_way == BY_DATASET)
		return (t->data & 1 ? dataset_members[0] : 0) |
		       (t->data & 2 ? dataset_members[1] : 0);
	for (unsigned i = 0; i < DATA; i++)
		all |= 1U << i;
	/* All data of the owner is of the one category. */
	return all;
}

static unsigned field_set(const struct terms *t)
{
	unsigned set = t->fields;

	for (unsigned i = 0; i < FIELDS; i++)
		if (t->schema_version >= field_versions[i])
			set |= 1U << i;
	return set;
}

/* iom as asker: by name, as pinned member of the class, or as one of all partners. */
static bool names_asker(const struct terms *t, const struct ask *q)
{
	if (t->is_funder != q->is_funder)
		return false;
	return t->to_way == TO_ALL || (t->orgs & 1);
}

static unsigned purposes_reached(unsigned purposes)
{
	return purposes & 1 ? purposes | 2 : purposes;
}

static bool touches(const struct terms *t, const struct ask *q)
{
	bool any_field = t->fields == 0 && t->schema_version == 0;
	/* Asking for ME touches what is said of ME_FIELD. */
	unsigned asked = q->purpose == 0 ? 3U : 1U << q->purpose;

	return (data_set(t) >> q->contribution & 1) && names_asker(t, q) &&
	       (t->purposes == 0 || (purposes_reached(t->purposes) & asked)) &&
	       (t->actions == 0 || (t->actions >> q->action & 1)) &&
	       (any_field || (field_set(t) & q->fields)) && t->data_from < q->period_to &&
	       q->period_from < t->data_to;
}

/* A chain as it stands after all moves, found by walking them. */
struct standing {
	bool is_open, is_paused, is_dead, is_fall_back;
	Pidc__V1__StatementKind kind;
	const struct terms *terms;
	size_t terms_at, ended_at;
};

static struct standing stand(const struct world *w, unsigned chain)
{
	struct standing s = {0};

	for (size_t i = 0; i < w->count; i++) {
		const struct move *m = &w->moves[i];

		if (m->is_foreign || m->chain != chain || s.is_dead)
			continue;
		if (m->kind == KIND(GRANT) || m->kind == KIND(VETO)) {
			s.is_open = true;
			s.kind = m->kind;
			s.terms = &m->terms;
			s.terms_at = i;
		} else if (m->kind == KIND(RESUME)) {
			s.is_paused = false;
		} else {
			s.is_paused = m->kind == KIND(SUSPEND);
			s.is_dead = m->kind == KIND(REVOKE);
			s.is_fall_back = m->is_fall_back;
			s.ended_at = i;
		}
	}
	return s;
}

/* Does what stands in `chain` block a permit of `other` recorded at move `at`? */
static bool blocks(const struct standing *s, unsigned chain, unsigned other, size_t at,
		   const struct ask *q)
{
	if (!s->is_open || !touches(s->terms, q))
		return false;
	if (s->is_dead)
		return !s->is_fall_back && at < s->ended_at;
	if (s->is_paused && at < s->ended_at)
		return true;
	if (s->kind == KIND(VETO))
		return s->terms->from <= q->now && q->now < s->terms->to;
	return s->terms->is_exclusive && chain != other && s->terms->from <= q->now;
}

static bool limit_holds(const struct terms *t, const struct ask *q)
{
	switch (t->limit) {
	case LIMIT_EMBARGO:
		return q->now >= t->embargo;
	case LIMIT_AGGREGATE:
		return q->is_aggregate;
	case LIMIT_UNKNOWN:
		return false;
	default:
		return true;
	}
}

/* Everything but purpose, fields, time and conditions. */
static bool reaches(const struct terms *t, const struct ask *q)
{
	return (data_set(t) >> q->contribution & 1) && names_asker(t, q) &&
	       (t->actions >> q->action & 1) && t->data_from <= q->period_from &&
	       q->period_to <= t->data_to;
}

/* Bits of what is missing, in the order of reasons; 0: a permit. */
static unsigned missing(const struct standing *s, const struct ask *q)
{
	unsigned bits = 0;

	bits |= (s->is_dead || s->is_paused) ? 1U : 0;
	bits |= q->now >= s->terms->to ? 2U : 0;
	bits |= q->now < s->terms->from ? 4U : 0;
	if (!limit_holds(s->terms, q))
		bits |= s->terms->limit == LIMIT_UNKNOWN ? 16U : 8U;
	bits |= (field_set(s->terms) & q->fields) != q->fields ? 32U : 0;
	bits |= !(purposes_reached(s->terms->purposes) >> q->purpose & 1) ? 64U : 0;
	return bits;
}

static Pidc__V1__Reason naive(const struct world *w)
{
	static const Pidc__V1__Reason reasons[] = {
		REASON(D_REVOKED),   REASON(D_EXPIRED),           REASON(D_NOT_YET),
		REASON(D_CONDITION), REASON(D_UNKNOWN_CONDITION), REASON(D_FIELD),
		REASON(D_PURPOSE)};
	bool has_veto = false, has_ended = false;
	unsigned near = 7;

	for (unsigned c = 0; c < CHAINS; c++) {
		struct standing s = stand(w, c);
		bool is_blocked = false;
		unsigned bits;

		if (!s.is_open)
			continue;
		has_ended = has_ended || (touches(s.terms, &w->ask) &&
					  (s.is_paused || (s.is_dead && !s.is_fall_back)));
		has_veto = has_veto || (s.kind == KIND(VETO) && !s.is_dead &&
					blocks(&s, c, CHAINS, w->count, &w->ask));
		if (s.kind != KIND(GRANT) || !reaches(s.terms, &w->ask))
			continue;
		for (unsigned o = 0; o < CHAINS; o++) {
			struct standing other = stand(w, o);

			is_blocked = is_blocked || blocks(&other, o, c, s.terms_at, &w->ask);
		}
		if (is_blocked)
			continue;
		bits = missing(&s, &w->ask);
		if (bits == 0)
			return 0;
		for (unsigned i = 0; i < near; i++)
			if (bits == 1U << i)
				near = i;
	}
	if (has_veto)
		return REASON(D_VETO);
	if (has_ended)
		return REASON(D_REVOKED);
	return near < 7 ? reasons[near] : REASON(D_DEFAULT_DENY);
}

/* --- the same world in protobuf -------------------------------------------- */

static struct story s;

static int64_t day(int n)
{
	return STORY_NOW + n * STORY_DAY;
}

/* All lists have three. */
static char **names(const char *const *all, unsigned set, size_t *ret_count)
{
	char **list = arena_calloc(s.arena, 8, sizeof(*list));

	*ret_count = 0;
	for (unsigned i = 0; i < 3; i++)
		if (set >> i & 1)
			list[(*ret_count)++] = story_text(&s, all[i]);
	return list;
}

static Pidc__V1__DataSelector *data_selector(const struct terms *t)
{
	static const char *const datasets[] = {"d0", "d1", "d2"};
	const char *const *all = t->data_way == BY_ID ? data_names : datasets;
	Pidc__V1__DataSelector *data = story_data_all(&s);
	char **list;
	size_t count;

	if (t->data_way == BY_OWNER)
		return data;
	if (t->data_way == BY_CATEGORY)
		return story_data_category(&s, "OVER", PIDC__V1__GRANULARITY__GRANULARITY_PERSONAL);
	data->all_of_owner = 0;
	list = names(all, t->data, &count);
	for (size_t i = 0; i < count; i++)
		list[i] = story_id(&s, list[i]);
	if (t->data_way == BY_ID) {
		data->contribution_ids = list;
		data->n_contribution_ids = count;
	} else {
		data->dataset_ids = list;
		data->n_dataset_ids = count;
	}
	return data;
}

static void recipient_selector(const struct terms *t, Pidc__V1__ConsentStatement *st)
{
	if (t->to_way == TO_ALL) {
		story_to_partners(&s, st);
	} else if (t->to_way == TO_CLASS) {
		story_to_class(&s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, NULL);
		st->recipient->pinned_orgs =
			names(org_names, t->orgs, &st->recipient->n_pinned_orgs);
	} else {
		story_to_org(&s, st, "iom");
		st->recipient->orgs = names(org_names, t->orgs, &st->recipient->n_orgs);
	}
	st->recipient->capacity = t->is_funder ? PIDC__V1__CAPACITY__CAPACITY_FUNDER
					       : PIDC__V1__CAPACITY__CAPACITY_PARTNER;
}

static void condition_set(const struct terms *t, Pidc__V1__ConsentStatement *st)
{
	if (t->limit == LIMIT_EMBARGO)
		story_condition(&s, st, PIDC__V1__CONDITION_KIND__CONDITION_KIND_EMBARGO_UNTIL)
			->until = story_time(&s, day(t->embargo));
	if (t->limit == LIMIT_AGGREGATE)
		story_condition(&s, st, PIDC__V1__CONDITION_KIND__CONDITION_KIND_AGGREGATE_ONLY);
	if (t->limit == LIMIT_UNKNOWN)
		story_condition(&s, st, (Pidc__V1__ConditionKind)50);
	if (t->limit == LIMIT_DUTY)
		story_condition(&s, st, PIDC__V1__CONDITION_KIND__CONDITION_KIND_ATTRIBUTION);
}

static void terms_set(const struct terms *t, Pidc__V1__ConsentStatement *st)
{
	st->data = data_selector(t);
	recipient_selector(t, st);
	st->purposes = names(purpose_names, t->purposes, &st->n_purposes);
	st->actions = arena_calloc(s.arena, 2, sizeof(*st->actions));
	for (unsigned i = 0; i < 2; i++)
		if (t->actions >> i & 1)
			st->actions[st->n_actions++] = action_values[i];
	st->fields = names(field_names, t->fields, &st->n_fields);
	st->all_fields_of_schema_version = t->schema_version;
	if (t->data_from != -FOREVER)
		st->data_period = story_range(&s, day(t->data_from), day(t->data_to));
	if (t->from != -FOREVER)
		st->valid_from = story_time(&s, day(t->from));
	if (t->to != FOREVER)
		st->valid_to = story_time(&s, day(t->to));
	if (t->is_exclusive)
		st->mode = PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE;
	condition_set(t, st);
}

static void move_record(const struct move *m, uint32_t version)
{
	char name[32];
	Pidc__V1__ConsentStatement *st;

	snprintf(name, sizeof(name), "%s%u", m->is_foreign ? "foreign" : "chain", m->chain);
	st = story_change(&s, name, m->kind, version);
	if (m->is_foreign)
		st->owner_org = story_text(&s, "fj");
	st->fall_back = m->is_fall_back;
	if (m->kind == KIND(GRANT) || m->kind == KIND(VETO))
		terms_set(&m->terms, st);
	story_record(&s, st);
}

static void ask_set(const struct ask *q)
{
	Pidc__Store__V1__Subject *subject = s.subject;

	subject->contribution_id = story_id(&s, data_names[q->contribution]);
	subject->dataset_id = story_id(&s, q->contribution < 2 ? "d0" : "d1");
	subject->granularity = q->is_aggregate ? PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE
					       : PIDC__V1__GRANULARITY__GRANULARITY_DEIDENTIFIED;
	subject->period = story_range(&s, day(q->period_from), day(q->period_to));
	s.query.fields = names(field_names, q->fields, &s.query.n_fields);
	s.query.action = action_values[q->action];
	s.query.capacity = q->is_funder ? PIDC__V1__CAPACITY__CAPACITY_FUNDER
					: PIDC__V1__CAPACITY__CAPACITY_PARTNER;
	story_ask_purpose(&s, purpose_names[q->purpose]);
	s.facts.n_purpose_descendants = 0;
	if (q->purpose == 1)
		s.facts.purpose_path =
			story_list(&s, &s.facts.n_purpose_path, "ME_FIELD", "ME", NULL);
	if (q->purpose == 0)
		s.facts.purpose_descendants =
			story_list(&s, &s.facts.n_purpose_descendants, "ME_FIELD", NULL);
	s.now_us = day(q->now);
}

static void world_set(const struct world *w)
{
	uint32_t versions[CHAINS] = {0};

	story_close(&s);
	story_open(&s);
	s.facts.recipient->has_accepted_funding = 1;
	for (size_t i = 0; i < w->count; i++)
		move_record(&w->moves[i],
			    w->moves[i].is_foreign ? 1 : ++versions[w->moves[i].chain]);
	ask_set(&w->ask);
}

static Pidc__V1__Reason decide(const struct world *w)
{
	struct decision decision;

	world_set(w);
	decision = story_decide(&s);
	assert_int_equal(decision.reason == 0,
			 decision.verdict == PIDC__V1__VERDICT__VERDICT_PERMIT);
	return decision.reason;
}

/* --- the laws --------------------------------------------------------------- */

static size_t cases = 6000;

static int setup(void **state)
{
	const char *text = getenv("PIDC_SEED");

	(void)state;
	seed = text != NULL ? strtoull(text, NULL, 10) : 20261124;
	text = getenv("PIDC_CASES");
	if (text != NULL)
		cases = strtoull(text, NULL, 10);
	story_open(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static void agrees_with_the_second_evaluation(void **state)
{
	size_t permits = 0;

	(void)state;
	for (size_t i = 0; i < 2 * cases; i++) {
		uint64_t started = seed;
		struct world w = world_draw();
		Pidc__V1__Reason got = decide(&w), expected = naive(&w);

		if (got != expected)
			fail_msg("PIDC_SEED=%llu: %s, expected %s", (unsigned long long)started,
				 reason_name(got), reason_name(expected));
		permits += got == 0;
	}
	/* Or the comparison would say little. */
	assert_true(permits > cases / 50);
}

static bool is_grant(const struct move *m)
{
	return m->kind == KIND(GRANT) && !m->is_foreign;
}

static void C1_no_permits_deny(void **state)
{
	(void)state;
	for (size_t i = 0; i < cases / 10; i++) {
		struct world w = world_draw();

		for (size_t k = 0; k < w.count; k++)
			if (is_grant(&w.moves[k]))
				w.moves[k].kind = KIND(VETO);
		assert_int_not_equal(decide(&w), 0);
	}
}

static bool chain_is_open(const struct world *w, unsigned chain)
{
	struct standing found = stand(w, chain);

	return found.is_open && !found.is_dead && !found.is_paused;
}

static void C2_an_exclusion_never_opens(void **state)
{
	(void)state;
	for (size_t i = 0; i < cases; i++) {
		struct world w = world_draw();
		Pidc__V1__Reason before = decide(&w);
		struct move m = {.chain = below(CHAINS)};

		if (before == 0 || w.count == MOVES_MAX)
			continue;
		if (chain_is_open(&w, m.chain)) {
			m.kind = below(2) ? KIND(REVOKE) : KIND(SUSPEND);
		} else if (!stand(&w, m.chain).is_open) {
			m.kind = KIND(VETO);
			m.terms = terms_draw(true);
		} else {
			continue;
		}
		w.moves[w.count++] = m;
		assert_int_not_equal(decide(&w), 0);
	}
}

/* Remove a chain that only ever permitted. */
static void C3_fewer_permits_never_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < cases; i++) {
		struct world w = world_draw(), less = {.ask = w.ask};
		unsigned chain = below(CHAINS);
		bool only_permits = true;

		for (size_t k = 0; k < w.count; k++) {
			if (w.moves[k].is_foreign || w.moves[k].chain != chain)
				less.moves[less.count++] = w.moves[k];
			else if (!is_grant(&w.moves[k]) || w.moves[k].terms.is_exclusive)
				only_permits = false;
		}
		if (only_permits && decide(&w) != 0)
			assert_int_not_equal(decide(&less), 0);
	}
}

static void C4_order_of_rows_does_not_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < cases; i++) {
		struct world w = world_draw();
		struct decision a, b;

		world_set(&w);
		a = story_decide(&s);
		for (size_t n = s.facts.n_statements; n > 1; n--) {
			size_t k = below((unsigned)n);
			Pidc__Store__V1__StatementRow *row = s.facts.statements[k];

			s.facts.statements[k] = s.facts.statements[n - 1];
			s.facts.statements[n - 1] = row;
		}
		b = story_decide(&s);
		assert_int_equal(a.reason, b.reason);
		assert_int_equal(a.visible, b.visible);
		assert_string_equal(a.detail, b.detail);
		assert_string_equal(a.statement_id, b.statement_id);
	}
}

static void C5_fewer_fields_are_permitted_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < cases; i++) {
		struct world w = world_draw();
		unsigned all = w.ask.fields;

		if (decide(&w) != 0)
			continue;
		for (unsigned subset = 1; subset < 1U << FIELDS; subset++) {
			if ((subset & all) != subset)
				continue;
			w.ask.fields = subset;
			assert_int_equal(decide(&w), 0);
		}
	}
}

/* Leave out chains of one statement whose parts are not valid now. */
static void C6_only_valid_parts_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < cases; i++) {
		struct world w = world_draw(), less = {.ask = w.ask};

		for (size_t k = 0; k < w.count; k++) {
			const struct move *m = &w.moves[k];
			bool is_over = m->terms.to <= w.ask.now && !m->terms.is_exclusive;
			bool is_alone = true;

			for (size_t n = 0; n < w.count; n++)
				is_alone = is_alone && (n == k || w.moves[n].chain != m->chain);
			if (!is_alone || !(m->terms.from > w.ask.now || is_over))
				less.moves[less.count++] = *m;
		}
		assert_int_equal(decide(&w) == 0, decide(&less) == 0);
	}
}

static void C7_a_revocation_is_a_refusal(void **state)
{
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < cases; i++) {
		struct world w = world_draw();
		unsigned chain = below(CHAINS);
		struct standing found;

		if (w.count == MOVES_MAX || !chain_is_open(&w, chain))
			continue;
		w.moves[w.count++] = (struct move){.chain = chain, .kind = KIND(REVOKE)};
		found = stand(&w, chain);
		if (!touches(found.terms, &w.ask))
			continue;
		assert_int_not_equal(decide(&w), 0);
		tried++;
	}
	assert_true(tried > cases / 50);
}

static void C8_other_owners_do_not_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < cases; i++) {
		struct world w = world_draw();
		Pidc__V1__Reason before = decide(&w);
		struct move m = {.is_foreign = true,
				 .chain = below(CHAINS),
				 .kind = below(2) ? KIND(GRANT) : KIND(VETO)};

		m.terms = terms_draw(m.kind == KIND(VETO));
		if (w.count < MOVES_MAX)
			w.moves[w.count++] = m;
		assert_int_equal(decide(&w), before);
	}
}

/* What was decided with the statements of a revision is decided so for ever, when
 * the later ones are left out: nothing else of the facts moves with them. */
static void C9_known_then_is_decided_as_then(void **state)
{
	(void)state;
	for (size_t i = 0; i < cases / 4; i++) {
		struct world w = world_draw(), then = w;
		Pidc__V1__Reason at_the_time;

		then.count = 1 + below((unsigned)w.count);
		at_the_time = decide(&then);
		world_set(&w);
		s.facts.n_statements = then.count;
		assert_int_equal(story_decide(&s).reason, at_the_time);
	}
}

static void C10_unknown_words_deny(void **state)
{
	(void)state;
	for (size_t i = 0; i < cases / 4; i++) {
		struct world w = world_draw();

		world_set(&w);
		story_ask_purpose(&s, "NO_SUCH");
		s.facts.n_purpose_path = 0;
		assert_int_equal(story_decide(&s).verdict, PIDC__V1__VERDICT__VERDICT_DENY);
		world_set(&w);
		s.query.action = (Pidc__V1__Action)40;
		assert_int_equal(story_decide(&s).verdict, PIDC__V1__VERDICT__VERDICT_DENY);
		for (size_t k = 0; k < w.count; k++)
			w.moves[k].terms.limit = LIMIT_UNKNOWN;
		assert_int_not_equal(decide(&w), 0);
	}
}

/* C11: whoever is let through passes every gate, each asked on its own here. */
static void gates_draw(void)
{
	Pidc__Store__V1__RecipientFacts *r = s.facts.recipient;
	Pidc__V1__DataScope *scope = s.facts.instruments[0]->scope;

	r->partner_state = (Pidc__V1__PartnershipState)(below(2) ? 13 : below(14));
	r->has_board_approval = below(3) != 0;
	r->is_review_overdue = below(4) == 0;
	r->has_accepted_funding = below(3) != 0;
	s.facts.owner->is_active = below(6) != 0;
	s.facts.instruments[0]->has_confidentiality = below(2) != 0;
	scope->granularity_ceiling = (Pidc__V1__Granularity)(1 + below(4));
	scope->classification_ceiling = (Pidc__V1__Classification)(1 + below(5));
	s.subject->classification = (Pidc__V1__Classification)(1 + below(4));
	s.subject->status = (Pidc__V1__ContributionStatus)(below(3) ? 1 : below(5));
}

static void gates_expect_passed(void)
{
	const Pidc__Store__V1__RecipientFacts *r = s.facts.recipient;
	const Pidc__V1__DataScope *scope = s.facts.instruments[0]->scope;
	bool is_amber = s.subject->classification >= PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER;
	bool is_recognised =
		r->partner_state == PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_RECOGNISED;

	assert_true(s.facts.owner->is_active);
	assert_int_equal(s.subject->status, 1);
	assert_true(is_recognised ||
		    (r->partner_state == PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_ACTIVE &&
		     r->has_board_approval));
	assert_true(s.subject->granularity <= scope->granularity_ceiling);
	assert_true(s.subject->classification <= scope->classification_ceiling);
	assert_true(!is_amber ||
		    (s.facts.instruments[0]->has_confidentiality && !r->is_review_overdue));
	assert_true(s.query.capacity != PIDC__V1__CAPACITY__CAPACITY_FUNDER ||
		    r->has_accepted_funding);
}

static void C11_a_permit_passes_every_gate(void **state)
{
	size_t permits = 0;

	(void)state;
	for (size_t i = 0; i < 2 * cases; i++) {
		struct world w = world_draw();

		world_set(&w);
		s.facts.instruments[0]->scope->purposes =
			story_list(&s, &s.facts.instruments[0]->scope->n_purposes, "ME",
				   "RESEARCH_STAT", NULL);
		gates_draw();
		if (story_decide(&s).verdict != PIDC__V1__VERDICT__VERDICT_PERMIT)
			continue;
		gates_expect_passed();
		permits++;
	}
	assert_true(permits > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_second_evaluation),
		cmocka_unit_test(C1_no_permits_deny),
		cmocka_unit_test(C2_an_exclusion_never_opens),
		cmocka_unit_test(C3_fewer_permits_never_open),
		cmocka_unit_test(C4_order_of_rows_does_not_matter),
		cmocka_unit_test(C5_fewer_fields_are_permitted_too),
		cmocka_unit_test(C6_only_valid_parts_matter),
		cmocka_unit_test(C7_a_revocation_is_a_refusal),
		cmocka_unit_test(C8_other_owners_do_not_matter),
		cmocka_unit_test(C9_known_then_is_decided_as_then),
		cmocka_unit_test(C10_unknown_words_deny),
		cmocka_unit_test(C11_a_permit_passes_every_gate),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
