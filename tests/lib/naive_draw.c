/* SPDX-License-Identifier: ISC
 *
 * The dice of tests/lib/naive_case.c.
 */
#include "tests/lib/naive_draw.h"

#include "core/text.h"

#include <assert.h>
#include <string.h>

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

#define PURPOSES                                                                           \
	"ME", "ME_HEALTH", "ME_BORDER", "ME_BORDER_SEA", "DONOR_REPORTING", "DONOR_AUDIT", \
		"PIDC_ANALYSIS", "OPS_BORDER"

const struct naive_tree case_tree = {8, {PURPOSES}, {-1, 0, 0, 2, -1, 4, -1, -1}};
const struct case_names case_purposes = {8, {PURPOSES}};
const struct case_names case_recipients = {4, {"iom", "oco", "nz", "sec"}};
const struct case_names case_classes = {2, {"INTERNATIONAL_BODY", "REGIONAL_ORG"}};
const struct case_names case_categories = {2, {"OVER", "RAS"}};
const struct case_names case_fields = {4, {"a", "b", "c", "d"}};
const struct case_names case_datasets = {2, {"over", "ras"}};
const struct case_names case_contributions = {3, {"k0", "k1", "k2"}};
const struct case_names case_instruments = {3, {"m0", "m1", "m2"}};
const struct case_names case_countries = {2, {"AU", "NZ"}};

static const uint32_t field_versions[] = {1, 1, 2, 3};

/* splitmix64 */
static uint64_t roll(struct naive_case *c)
{
	uint64_t z = (c->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

unsigned case_below(struct naive_case *c, unsigned n)
{
	return (unsigned)(roll(c) % n);
}

bool case_once_in(struct naive_case *c, unsigned n)
{
	return case_below(c, n) == 0;
}

char *case_copy(struct naive_case *c, const char *text)
{
	char *copied = arena_strdup(c->arena, text);

	assert(copied != NULL);
	return copied;
}

void *case_array(struct naive_case *c, size_t count, size_t size)
{
	void *array = arena_calloc(c->arena, count, size);

	assert(array != NULL);
	return array;
}

char **case_pick_list(struct naive_case *c, const struct case_names *all, unsigned n,
		      const char *wanted, size_t *ret_count)
{
	char **list = case_array(c, all->count + 1, sizeof(*list));

	*ret_count = 0;
	for (unsigned i = 0; i < all->count; i++)
		if ((wanted != NULL && strcmp(all->names[i], wanted) == 0) || case_once_in(c, n))
			list[(*ret_count)++] = case_copy(c, all->names[i]);
	if (*ret_count == 0)
		list[(*ret_count)++] = case_copy(c, wanted != NULL ? wanted : all->names[0]);
	return list;
}

const char *case_pick(struct naive_case *c, const struct case_names *all)
{
	return all->names[case_below(c, all->count)];
}

const char *case_leaning(struct naive_case *c, unsigned n, const char *wanted)
{
	return case_once_in(c, n) ? NULL : wanted;
}

static int64_t slot(int n)
{
	return CASE_START + n * CASE_SLOT;
}

Google__Protobuf__Timestamp *case_pick_slot(struct naive_case *c, int from, int to)
{
	int n = from + (int)case_below(c, (unsigned)(to - from + 1));

	return time_to_proto(c->arena, slot(n));
}

Pidc__V1__TimeRange *case_pick_range(struct naive_case *c, unsigned null_once_in, int slots)
{
	Pidc__V1__TimeRange *range;
	int from = (int)case_below(c, (unsigned)slots);

	if (case_once_in(c, null_once_in))
		return NULL;
	range = case_new(c, &pidc__v1__time_range__descriptor);
	if (!case_once_in(c, 6))
		range->from = time_to_proto(c->arena, slot(from));
	if (!case_once_in(c, 6))
		range->to = case_pick_slot(c, from + 1, slots);
	return range;
}

/* ---- what is asked */

static void draw_recipient(struct naive_case *c)
{
	static const Pidc__V1__PartnershipState states[] = {
		PARTNERSHIP(ACTIVE),     PARTNERSHIP(ACTIVE),     PARTNERSHIP(ACTIVE),
		PARTNERSHIP(ACTIVE),     PARTNERSHIP(RECOGNISED), PARTNERSHIP(RECOGNISED),
		PARTNERSHIP(RECOGNISED), PARTNERSHIP(EXITING),    PARTNERSHIP(ACTIVE),
		PARTNERSHIP(SUSPENDED),
	};
	Pidc__Store__V1__RecipientFacts *who =
		case_new(c, &pidc__store__v1__recipient_facts__descriptor);
	unsigned n = case_below(c, 8);
	bool is_partner = n < 6;

	n = is_partner ? n % 2 : n - 4;
	c->facts.recipient = who;
	who->org = case_copy(c, case_recipients.names[n]);
	c->query.recipient_org = who->org;
	who->kind = is_partner ? ORG_KIND(PARTNER)
		    : n == 2   ? ORG_KIND(MEMBER)
			       : ORG_KIND(SECRETARIAT);
	c->query.capacity = is_partner ? CAPACITY(PARTNER)
			    : n == 2   ? CAPACITY(MEMBER)
				       : CAPACITY(SECRETARIAT);
	if (case_once_in(c, 5))
		c->query.capacity = CAPACITY(FUNDER);
	if (is_partner) {
		who->partner_class = case_copy(c, case_classes.names[n]);
		who->partner_state = states[case_below(c, COUNT(states))];
		if (case_once_in(c, 2))
			who->lapses_at = case_pick_slot(c, 0, CASE_SLOTS - 1);
		who->lapsed_state =
			case_once_in(c, 2) ? PARTNERSHIP(ACTIVE) : PARTNERSHIP(RECOGNISED);
		if (!case_once_in(c, 4))
			who->class_since = case_pick_slot(c, 0, CASE_SLOTS - 1);
	}
	if (is_partner ? case_once_in(c, 4) : n == 2)
		who->country = case_copy(c, case_countries.names[case_below(c, 2)]);
	who->is_active_member = n == 2 && !case_once_in(c, 20);
	who->has_accepted_funding = !case_once_in(c, 8);
	who->is_review_overdue = case_once_in(c, 20);
	who->has_board_approval = !case_once_in(c, 20);
	if (!case_once_in(c, 8))
		who->exiting_since = case_pick_slot(c, 0, 4);
}

static void draw_instrument(struct naive_case *c, unsigned n)
{
	Pidc__Store__V1__InstrumentFacts *instrument =
		case_new(c, &pidc__store__v1__instrument_facts__descriptor);
	Pidc__V1__DataScope *scope = case_new(c, &pidc__v1__data_scope__descriptor);
	unsigned actions = 2 + case_below(c, 5);

	instrument->instrument_id = case_copy(c, case_instruments.names[n]);
	instrument->scope = scope;
	instrument->term = case_pick_range(c, 2, CASE_SLOTS + 6);
	instrument->has_confidentiality = !case_once_in(c, 6);
	scope->purposes = case_pick_list(c, &case_purposes, 2, case_leaning(c, 6, c->query.purpose),
					 &scope->n_purposes);
	scope->actions = case_array(c, actions, sizeof(*scope->actions));
	for (unsigned i = 0; i < actions; i++)
		scope->actions[scope->n_actions++] = (Pidc__V1__Action)(1 + i);
	scope->granularity_ceiling = (Pidc__V1__Granularity)(2 + case_below(c, 3));
	scope->classification_ceiling = (Pidc__V1__Classification)(2 + case_below(c, 4));
	c->facts.instruments[c->facts.n_instruments++] = instrument;
}

static void draw_subject(struct naive_case *c)
{
	static const struct case_names of_over = {2, {"k0", "k1"}}, of_ras = {1, {"k2"}};
	Pidc__Store__V1__Subject *subject = &c->subject;
	unsigned k = case_below(c, case_contributions.count);

	pidc__store__v1__subject__init(subject);
	subject->owner_org = case_copy(c, "tv");
	subject->dataset_id = case_copy(c, case_datasets.names[k == 2]);
	subject->category = case_copy(c, case_categories.names[k == 2]);
	subject->granularity = (Pidc__V1__Granularity)(1 + case_below(c, 3));
	subject->classification = (Pidc__V1__Classification)(1 + case_below(c, 4));
	if (case_once_in(c, 30))
		subject->classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED;
	subject->dataset_status = PIDC__V1__DATASET_STATUS__DATASET_STATUS_ACTIVE;
	subject->fields = case_array(c, case_fields.count, sizeof(*subject->fields));
	for (unsigned i = 0; i < case_fields.count; i++) {
		Pidc__Store__V1__SubjectField *field =
			case_new(c, &pidc__store__v1__subject_field__descriptor);

		field->name = case_copy(c, case_fields.names[i]);
		field->schema_version = field_versions[i];
		field->is_file = i == 3 && case_once_in(c, 3);
		subject->fields[subject->n_fields++] = field;
	}
	if (case_once_in(c, 5)) {
		subject->contribution_ids = case_pick_list(c, k == 2 ? &of_ras : &of_over, 2, NULL,
							   &subject->n_contribution_ids);
		return;
	}
	subject->contribution_id = case_copy(c, case_contributions.names[k]);
	subject->period = case_pick_range(c, 8, 4);
	subject->status = PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_ACCEPTED;
	if (case_once_in(c, 20))
		subject->status = (Pidc__V1__ContributionStatus)(1 + case_below(c, 4));
}

static void draw_query(struct naive_case *c)
{
	Pidc__Store__V1__DecisionQuery *query = &c->query;

	query->owner_org = case_copy(c, "tv");
	query->purpose = case_copy(c, case_pick(c, &case_purposes));
	if (c->query.capacity == CAPACITY(SECRETARIAT) && !case_once_in(c, 4))
		query->purpose = case_copy(c, "PIDC_ANALYSIS");
	if (case_once_in(c, 50))
		query->purpose = case_copy(c, "NEVER_HEARD");
	query->action = (Pidc__V1__Action)(1 + case_below(c, 3));
	if (case_once_in(c, 50))
		query->action = (Pidc__V1__Action)42;
	query->fields = case_pick_list(c, &case_fields, 3, NULL, &query->n_fields);
	if (case_once_in(c, 30))
		query->fields[0] = case_copy(c, "no_such_field");
}

/* On a boundary, just before it, or after it. */
static void draw_now(struct naive_case *c)
{
	c->now_us = slot((int)case_below(c, CASE_SLOTS + 4)) + (int64_t)case_below(c, 3) - 1;
	if (c->statement_count > 0 && case_once_in(c, 4))
		c->now_us = c->statements[case_below(c, (unsigned)c->statement_count)].recorded_us +
			    (int64_t)case_below(c, 3) - 1;
}

void case_draw(struct naive_case *c, uint64_t seed)
{
	unsigned count, instrument_count;
	unsigned at = 0;

	arena_reset(c->arena);
	c->seed = seed;
	c->state = seed;
	c->statement_count = 0;
	c->held = NULL;
	pidc__store__v1__decision_facts__init(&c->facts);
	pidc__store__v1__decision_query__init(&c->query);
	c->facts.owner = case_new(c, &pidc__store__v1__org_state__descriptor);
	c->facts.owner->org = case_copy(c, "tv");
	c->facts.owner->kind = ORG_KIND(MEMBER);
	c->facts.owner->is_active = !case_once_in(c, 50);
	draw_recipient(c);
	draw_query(c);
	draw_subject(c);
	c->facts.instruments = case_array(c, case_instruments.count, sizeof(void *));
	instrument_count = case_once_in(c, 12) ? 0 : 1 + case_below(c, case_instruments.count);
	for (unsigned i = 0; i < instrument_count; i++)
		draw_instrument(c, i);
	count = case_below(c, CASE_STATEMENTS_MAX - 1);
	for (unsigned i = 0; i < count && c->statement_count < CASE_STATEMENTS_MAX - 1; i++) {
		at += case_below(c, 3) / 2;
		case_draw_statement(c, slot((int)at));
	}
	draw_now(c);
	case_draw_facts(c);
	case_pack(c);
}
