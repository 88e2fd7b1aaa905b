/* SPDX-License-Identifier: ISC
 * CTest labels: sharing
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the three above first */
#include "core/statement_phrase.h"
#include "core/statement_text.h"

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND(name)      PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name
#define STATEMENT_ID    "11111111-1111-4111-8111-111111111111"
#define CONSENT_ID      "22222222-2222-4222-8222-222222222222"
#define OTHER_ID        "33333333-3333-4333-8333-333333333333"

/* A grant with every term there is; tests change what they are about. */
struct world {
	Pidc__V1__ConsentStatement st;
	Pidc__V1__DataSelector data;
	Pidc__V1__RecipientSelector to;
	Pidc__V1__TimeRange period;
	Google__Protobuf__Timestamp from, until;
	Pidc__V1__Condition condition;
	Pidc__V1__Condition *conditions[1];
	Pidc__V1__Action actions[1];
	char *ids[1], *orgs[1], *purposes[1], *fields[1];
	uint8_t digest[32];
	struct arena *arena;
};

static void world_fill(struct world *w)
{
	struct arena *arena = w->arena;
	*w = (struct world){.arena = arena,
			    .st = PIDC__V1__CONSENT_STATEMENT__INIT,
			    .data = PIDC__V1__DATA_SELECTOR__INIT,
			    .to = PIDC__V1__RECIPIENT_SELECTOR__INIT,
			    .period = PIDC__V1__TIME_RANGE__INIT,
			    .from = GOOGLE__PROTOBUF__TIMESTAMP__INIT,
			    .until = GOOGLE__PROTOBUF__TIMESTAMP__INIT,
			    .condition = PIDC__V1__CONDITION__INIT};
	w->from.seconds = 1798761600; /* 2027-01-01 */
	w->until.seconds = 1830297600;
	w->until.nanos = 500000000;
	w->ids[0] = (char *)OTHER_ID;
	w->orgs[0] = (char *)"iom";
	w->purposes[0] = (char *)"ME";
	w->fields[0] = (char *)"count";
	w->actions[0] = PIDC__V1__ACTION__ACTION_READ;
	w->condition.kind = CONDITION(MIN_CELL);
	w->condition.number = 5;
	w->conditions[0] = &w->condition;
	w->data.dataset_ids = w->ids;
	w->data.n_dataset_ids = 1;
	w->to.orgs = w->orgs;
	w->to.n_orgs = 1;
	w->to.capacity = PIDC__V1__CAPACITY__CAPACITY_FUNDER;
	w->period.from = &w->from;
	w->st.statement_id = (char *)STATEMENT_ID;
	w->st.consent_id = (char *)CONSENT_ID;
	w->st.version = 1;
	w->st.owner_org = (char *)"tv";
	w->st.kind = KIND(GRANT);
	w->st.data = &w->data;
	w->st.recipient = &w->to;
	w->st.purposes = w->purposes;
	w->st.actions = w->actions;
	w->st.fields = w->fields;
	w->st.conditions = w->conditions;
	w->st.n_purposes = w->st.n_actions = w->st.n_fields = w->st.n_conditions = 1;
	w->st.data_period = &w->period;
	w->st.mode = PIDC__V1__GRANT_MODE__GRANT_MODE_ADD;
	w->st.valid_from = &w->from;
	w->st.valid_to = &w->until;
	w->st.consent_request_id = (char *)OTHER_ID;
	w->st.notice_digest = (ProtobufCBinaryData){.data = w->digest, .len = 32};
	w->st.reason = (char *)"a pilot";
	w->st.classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	w->st.origin = (char *)"pidc.int/register";
}

/* REVOKE and its like: no terms. */
static void world_chain(struct world *w, Pidc__V1__StatementKind kind)
{
	Pidc__V1__ConsentStatement st = PIDC__V1__CONSENT_STATEMENT__INIT;
	st.statement_id = w->st.statement_id;
	st.consent_id = w->st.consent_id;
	st.version = 2;
	st.owner_org = w->st.owner_org;
	st.kind = kind;
	st.origin = w->st.origin;
	w->st = st;
}

static const char *name(void *user, enum statement_name kind, const char *code)
{
	(void)user;
	if (kind == NAME_ORG && strcmp(code, "tv") == 0)
		return "Tuvalu";
	if (kind == NAME_DATASET)
		return "Over\"stays\n";
	return NULL;
}

static const char *read_in(struct world *w, enum statement_language language)
{
	const struct statement_reader reader = {.language = language, .name = name};
	uint8_t data[4096];
	char *text = NULL;
	struct pidc_error err = {0};
	size_t len = pidc__v1__consent_statement__pack(&w->st, data);
	if (statement_text(data, len, &reader, w->arena, &text, &err) < 0)
		return arena_strdup(w->arena, err.msg);
	return text;
}

static const char *read(struct world *w)
{
	return read_in(w, STATEMENT_ENGLISH);
}

static void expect(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void expect_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	w->arena = arena_new(0);
	world_fill(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	arena_free(w->arena);
	free(w);
	return 0;
}

static void test_grant(void **state)
{
	assert_string_equal(
		read(*state),
		"\"Tuvalu\" (tv) permits the recipient to read the data.\n"
		"The recipient: iom, acting as funder and in no other capacity.\n"
		"The data: all contributions, past and future, to the dataset \"Over'stays \" "
		"(" OTHER_ID ").\n"
		"Of it these fields: count.\n"
		"Only data about the time from 2027-01-01 00:00:00 UTC until now and later.\n"
		"Nothing that is handled more strictly than GREEN.\n"
		"The purpose: ME; no other.\n"
		"It begins 2027-01-01 00:00:00 UTC and ends 2028-01-01 00:00:00.500 UTC.\n"
		"On the condition that:\n"
		"- numbers that stand for fewer than 5 persons are left out\n"
		"It is one more permission beside those that stand already.\n"
		"The reason given: \"a pilot\"\n"
		"It answers the request " OTHER_ID ".\n"
		"It was signed after reading the notice with the SHA-256 "
		"0000000000000000000000000000000000000000000000000000000000000000.\n"
		"Consent " CONSENT_ID ", version 1, statement " STATEMENT_ID
		", for the register pidc.int/register and no other.\n");
}

static void test_grant_french(void **state)
{
	const char *text = read_in(*state, STATEMENT_FRENCH);
	expect(text, "\"Tuvalu\" (tv) permet au destinataire de lire les données.\n");
	expect(text, "Le destinataire : iom, agissant en qualité de bailleur de fonds");
	expect(text, "- les nombres qui concernent moins de 5 personnes soient omis\n");
}

static void test_other_kinds(void **state)
{
	struct world *w = *state;
	w->st.kind = KIND(VETO);
	w->st.n_actions = w->st.n_fields = w->st.n_purposes = w->st.n_conditions = 0;
	w->st.mode = 0;
	w->st.valid_from = w->st.valid_to = NULL;
	expect(read(w),
	       "\"Tuvalu\" (tv) forbids the recipient to do anything with the data, whatever");
	expect(read(w), "Of it every field.\nOnly data");
	expect(read(w), "Whatever the purpose.\n");
	expect(read(w), "It begins when it is recorded and ends only when it is revoked.\n");
	w->st.kind = KIND(CORRECT);
	expect(read(w), "corrects an earlier statement");
	world_chain(w, KIND(REFUSE));
	expect(read(w), "consent_request_id: REFUSE names the request");
	w->st.consent_request_id = (char *)OTHER_ID;
	expect(read(w), "refuses the request " OTHER_ID ". That opens nothing");
	expect_not(read(w), "may stay");
	w->st.ack_existing = true;
	expect(read(w), "gives the asker already may stay.\n");
	world_chain(w, KIND(REVOKE));
	expect(read(w), "\"Tuvalu\" (tv) ends the consent " CONSENT_ID ", at once and for good.\n"
			"What it covered stays closed");
	w->st.fall_back = true;
	expect(read(w), "Older permissions, where there are any, apply again");
	Pidc__V1__ChainStep step = PIDC__V1__CHAIN_STEP__INIT;
	Pidc__V1__ChainStep *steps[] = {&step};
	step.consent_id = (char *)OTHER_ID;
	step.version = 7;
	w->st.chains = steps;
	w->st.n_chains = 1;
	w->st.version = 0;
	expect(read(w), "consent_id: either one chain or many");
	w->st.consent_id = (char *)"";
	expect(read(w), "\"Tuvalu\" (tv) ends 1 consents, at once and for good:\n"
			"- the consent " OTHER_ID ", by its version 7\n"
			"Older permissions");
	w->st.kind = KIND(RESUME);
	w->st.fall_back = false;
	expect(read(w), "chains: this kind speaks of the chain");
	w->st.consent_id = (char *)CONSENT_ID;
	world_chain(w, KIND(SUSPEND));
	expect(read(w), "pauses the consent " CONSENT_ID);
	world_chain(w, KIND(RESUME));
	expect(read(w), "lets the consent " CONSENT_ID ", which is paused, apply again");
}

static void test_selectors(void **state)
{
	struct world *w = *state;
	Pidc__V1__CategorySelector category = PIDC__V1__CATEGORY_SELECTOR__INIT;
	w->data.n_dataset_ids = 0;
	w->data.contribution_ids = w->ids;
	w->data.n_contribution_ids = 1;
	expect(read(w), "The data: the contribution " OTHER_ID ".\n");
	w->data.n_contribution_ids = 0;
	w->data.all_of_owner = true;
	expect(read(w), "The data: everything that \"Tuvalu\" (tv) holds or will hold.\n");
	w->data.all_of_owner = false;
	w->data.category = &category;
	category.category = (char *)"OVER";
	expect(read(w),
	       "The data: all data of the category OVER that \"Tuvalu\" (tv) holds or will hold.");
	category.granularity_ceiling = PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
	expect(read(w), ", no closer to a person than AGGREGATE.\n");
	w->to.n_orgs = 0;
	w->to.all_partners = true;
	expect(read(w), "The recipient: every partner of PIDC, of today and of the future, acting");
	w->to.all_partners = false;
	w->to.org_class = (char *)"NGO";
	w->to.class_mode = PIDC__V1__CLASS_MODE__CLASS_MODE_OPEN;
	expect(read(w), "every organisation of the class NGO, and whoever joins it later");
	w->to.class_mode = PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED;
	w->to.pinned_orgs = w->orgs;
	w->to.n_pinned_orgs = 1;
	expect(read(w), "class NGO, but only those that are in it at signing: iom, acting");
	w->st.n_fields = 0;
	w->st.all_fields_of_schema_version = 3;
	expect(read(w), "Of it all fields of version 3 of its schema.\n");
	w->st.mode = PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE;
	expect(read(w), "only these terms apply");
}

/* Every condition has its sentence in both languages, with what it takes. */
static void test_conditions(void **state)
{
	struct world *w = *state;
	static char *const countries[] = {(char *)"TV", (char *)"FJ"};
	static char *const ids[] = {(char *)OTHER_ID};
	static char *const orgs[] = {(char *)"sec"};
	static const struct {
		Pidc__V1__ConditionKind kind;
		uint32_t number, days;
		bool has_until;
		char *const *values;
		size_t n;
		const char *en;
	} rows[] = {
		{CONDITION(MIN_CELL), 7, 0, false, NULL, 0, "fewer than 7 persons"},
		{CONDITION(AGGREGATE_ONLY), 0, 0, false, NULL, 0, "is aggregated"},
		{CONDITION(DEIDENTIFIED_ONLY), 0, 0, false, NULL, 0, "identifies nobody"},
		{CONDITION(EMBARGO_UNTIL), 0, 0, true, NULL, 0,
		 "before 2028-01-01 00:00:00.500 UTC"},
		{CONDITION(MAX_RELEASES), 8, 0, false, NULL, 0, "at most 8 times in all"},
		{CONDITION(FREQUENCY), 2, 30, false, NULL, 0, "at most 2 times in 30 days"},
		{CONDITION(DATA_LIFE), 90, 0, false, NULL, 0, "after 90 days"},
		{CONDITION(NO_ONWARD), 0, 0, false, NULL, 0, "passes it on to nobody\n"},
		{CONDITION(ONWARD_TO), 0, 0, false, orgs, 1, "to nobody but sec"},
		{CONDITION(ATTRIBUTION), 0, 0, false, NULL, 0, "as the source"},
		{CONDITION(NOTIFY_EACH), 0, 0, false, NULL, 0, "told of each release"},
		{CONDITION(APPROVE_EACH), 0, 0, false, NULL, 0, "approves each release"},
		{CONDITION(ONLY_UNDER), 0, 0, false, ids, 1, "the instrument " OTHER_ID},
		{CONDITION(ONLY_FOR_FUNDING), 0, 0, false, ids, 1, "funding agreement " OTHER_ID},
		{CONDITION(DISPOSE_ON_EXIT), 0, 0, false, NULL, 0, "when the partnership ends"},
		{CONDITION(ACK_WITHIN), 14, 0, false, NULL, 0, "within 14 days"},
		{CONDITION(IN_COUNTRY), 0, 0, false, countries, 2, "only in TV, FJ"},
		{CONDITION(NOT_ORIGIN_COUNTRY), 0, 0, false, NULL, 0, "country of origin"},
		{CONDITION(WIND_DOWN), 0, 0, false, NULL, 0, "wound down"},
	};
	assert_int_equal(sizeof(rows) / sizeof(*rows),
			 pidc__v1__condition_kind__descriptor.n_values - 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		w->condition.kind = rows[i].kind;
		w->condition.number = rows[i].number;
		w->condition.days = rows[i].days;
		w->condition.until = rows[i].has_until ? &w->until : NULL;
		w->condition.values = (char **)(uintptr_t)rows[i].values;
		w->condition.n_values = rows[i].n;
		expect(read(w), rows[i].en);
		assert_non_null(phrase_condition(rows[i].kind, STATEMENT_FRENCH));
		expect(read_in(w, STATEMENT_FRENCH), "condition que :\n- ");
	}
}

static void test_words_complete(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PHRASE_COUNT; i++) {
		const char *en = phrase_text((enum phrase)i, STATEMENT_ENGLISH);
		const char *fr = phrase_text((enum phrase)i, STATEMENT_FRENCH);
		if (!en || !fr) {
			fail_msg("phrase %u lacks a language", i);
			return;
		}
		size_t count[2] = {0, 0};
		for (const char *p = en; (p = strstr(p, "%s")); p++)
			count[0]++;
		for (const char *p = fr; (p = strstr(p, "%s")); p++)
			count[1]++;
		assert_int_equal(count[0], count[1]);
	}
	for (unsigned i = 1; i < pidc__v1__action__descriptor.n_values; i++)
		assert_non_null(phrase_action((Pidc__V1__Action)i, STATEMENT_FRENCH));
	for (unsigned i = 1; i < pidc__v1__capacity__descriptor.n_values; i++)
		assert_non_null(phrase_capacity((Pidc__V1__Capacity)i, STATEMENT_FRENCH));
}

/* Nothing that is signed goes unread: another value of any field gives another text, or
 * none at all. */
static void test_every_field_shows(void **state)
{
	struct world *w = *state;
	const ProtobufCMessageDescriptor *type = &pidc__v1__consent_statement__descriptor;
	const char *full = read(w);
	expect(full, "permits");
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		char *at = (char *)&w->st + field->offset;
		world_fill(w);
		if (field->label == PROTOBUF_C_LABEL_REPEATED) {
			size_t *n = (size_t *)(void *)((char *)&w->st + field->quantifier_offset);
			/* A grant has none; test_other_kinds shows them. */
			if (strcmp(field->name, "chains") == 0)
				continue;
			*n = 0;
		} else {
			switch (field->type) {
			case PROTOBUF_C_TYPE_STRING:
				*(const char **)(void *)at =
					strcmp(field->name, "owner_org") == 0 ? "fj" : "other";
				if (strcmp(field->name, "statement_id") == 0 ||
				    strcmp(field->name, "consent_id") == 0 ||
				    strcmp(field->name, "consent_request_id") == 0)
					*(const char **)(void *)at =
						"44444444-4444-4444-8444-444444444444";
				break;
			case PROTOBUF_C_TYPE_MESSAGE:
				*(void **)(void *)at = NULL;
				break;
			case PROTOBUF_C_TYPE_BYTES:
				w->digest[31] = 1;
				break;
			case PROTOBUF_C_TYPE_BOOL:
				*(protobuf_c_boolean *)(void *)at = true;
				break;
			default:
				(*(uint32_t *)(void *)at)++;
				break;
			}
		}
		if (strcmp(read(w), full) == 0)
			fail_msg("the text does not show %s", field->name);
	}
}

/* What would not be shown is not read out at all. */
static void test_refuses(void **state)
{
	struct world *w = *state;
	w->st.fall_back = true;
	assert_string_equal(read(w), "fall_back: only with REVOKE");
	world_fill(w);
	w->data.n_dataset_ids = 0;
	assert_string_equal(read(w), "data: nothing is selected");
	world_fill(w);
	w->to.capacity = 0;
	assert_string_equal(read(w), "recipient: nobody is named, or no capacity");
	world_fill(w);
	w->to.pinned_orgs = w->orgs;
	w->to.n_pinned_orgs = 1;
	assert_string_equal(read(w), "recipient.pinned_orgs: only with PINNED");
	world_fill(w);
	w->condition.kind = (Pidc__V1__ConditionKind)99;
	expect(read(w), "99 is no condition");
	world_fill(w);
	w->st.kind = KIND(REVOKE);
	expect(read(w), "this kind speaks of the chain");
	world_fill(w);
	w->st.reason = (char *)"x\n\"It ends never.\"\x01";
	expect_not(read(w), "\n\"It ends");
	/* A field that this program does not know. */
	const struct statement_reader reader = {.language = STATEMENT_ENGLISH};
	uint8_t data[4096];
	char *text = NULL;
	struct pidc_error err = {0};
	world_fill(w);
	size_t len = pidc__v1__consent_statement__pack(&w->st, data);
	memcpy(data + len, "\x98\x06\x01", 3);
	assert_int_equal(statement_text(data, len + 3, &reader, w->arena, &text, &err),
			 PIDC_EINVAL);
	assert_int_equal(statement_text(data, len, &reader, w->arena, &text, &err), 0);
	expect_not(text, "Tuvalu");
	expect(text, "tv permits");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_grant, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grant_french, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_selectors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conditions, setup, teardown),
		cmocka_unit_test(test_words_complete),
		cmocka_unit_test_setup_teardown(test_every_field_shows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refuses, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
