/* SPDX-License-Identifier: ISC
 *
 * CTest labels: sharing
 */
#include "core/consent.h"
#include "core/message.h"
#include "core/text.h"
#include "pidc/v1/consent.pb-c.h"
#include "tests/lib/cert.h"
#include "tests/lib/core_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name)    PIDC__V1__REASON__REASON_##name
#define CONDITION(name) PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name
#define KIND(name)      PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define MODE(name)      PIDC__V1__GRANT_MODE__GRANT_MODE_##name
#define ORG(name)       PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name

static char *dir;
static struct signing_key *key;

static struct story s;
static Pidc__V1__RecordStatementRequest request;
static Pidc__Store__V1__ConsentFacts facts;
static Pidc__V1__Principal signer;
static Pidc__Store__V1__PrincipalFacts signer_facts;
static Pidc__V1__Role signer_role;
static struct rule_input in;

static int group_setup(void **state)
{
	struct cert_spec spec = {.uris = {{"spiffe://pidc.test/member/tv/officer/o1", 0}},
				 .is_client = true};
	struct cert_ca *ca = cert_ca_new("test root");

	(void)state;
	dir = cert_dir_new();
	cert_write(ca, &spec, cert_path(dir, "tv.crt"), cert_path(dir, "tv.key"));
	cert_ca_free(ca);
	return signing_key_load(cert_path(dir, "tv.key"), cert_path(dir, "tv.crt"), &key, NULL);
}

static int group_teardown(void **state)
{
	(void)state;
	signing_key_free(key);
	cert_dir_remove(dir);
	return 0;
}

static void facts_set(void)
{
	pidc__store__v1__consent_facts__init(&facts);
	pidc__v1__principal__init(&signer);
	pidc__store__v1__principal_facts__init(&signer_facts);
	facts.owner = story_org(&s, "tv", ORG(MEMBER), 1);
	facts.chain = arena_calloc(s.arena, 8, sizeof(void *));
	facts.others = arena_calloc(s.arena, 8, sizeof(void *));
	facts.known_datasets = story_list(&s, &facts.n_known_datasets, story_id(&s, "over"), NULL);
	facts.known_contributions =
		story_list(&s, &facts.n_known_contributions, story_id(&s, "k"), NULL);
	facts.known_orgs = story_list(&s, &facts.n_known_orgs, "iom", "unhcr", "tv", NULL);
	facts.known_purposes = story_list(&s, &facts.n_known_purposes, "ME", "RESEARCH_STAT", NULL);
	facts.category_known = 1;
	facts.class_known = 1;
	facts.reached_classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	signer_role = PIDC__V1__ROLE__ROLE_MEMBER_OFFICER;
	signer.principal_id = story_text(&s, "spiffe://pidc.test/member/tv/officer/o1");
	signer.org = story_text(&s, "tv");
	signer.roles = &signer_role;
	signer.n_roles = 1;
	signer_facts.exists = 1;
	signer_facts.principal = &signer;
	signer_facts.key_bound = 1;
	signer_facts.key_principal_id = signer.principal_id;
	signer_facts.key_org = signer.org;
	signer_facts.key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE;
	facts.signer = &signer_facts;
}

static int setup(void **state)
{
	(void)state;
	story_open(&s);
	facts_set();
	pidc__v1__record_statement_request__init(&request);
	in = (struct rule_input){
		.actor = story_actor(&s, "tv", ORG(MEMBER), PIDC__V1__ROLE__ROLE_MEMBER_OFFICER,
				     PIDC__V1__CAPACITY__CAPACITY_MEMBER),
		.request = &request.base,
		.facts = &facts.base,
		.now_us = STORY_NOW,
		.new_id = "00000000-0000-4000-8000-000000000001",
		.origin = "pidc.example/ledger1",
		.arena = s.arena,
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	story_close(&s);
	return 0;
}

static void sign_bytes(const uint8_t *data, size_t len)
{
	assert_int_equal(statement_sign(key, data, len, s.arena, &request.signed_, NULL), 0);
}

static void sign(const Pidc__V1__ConsentStatement *st)
{
	ProtobufCBinaryData packed;

	assert_int_equal(message_pack(&st->base, s.arena, &packed), 0);
	sign_bytes(packed.data, packed.len);
}

static void expect_recorded(const Pidc__V1__ConsentStatement *st)
{
	Pidc__V1__Event event;

	sign(st);
	story_expect_event(&in, rule_record_statement, &event,
			   PIDC__V1__EVENT__BODY_CONSENT_RECORDED);
	assert_ptr_equal(event.consent_recorded->signed_, request.signed_); /* unchanged */
	assert_string_equal(event.consent_recorded->signer_id, signer.principal_id);
	assert_string_equal(event.entity_id, st->consent_id);
	assert_int_equal(event.entity_version, st->version);
	assert_string_equal(event.concerns[0], "tv");
}

/* SD-6: kept for the approver, told to nobody but the owner. */
static void expect_pending(const Pidc__V1__ConsentStatement *st)
{
	Pidc__V1__Event event;

	sign(st);
	story_expect_event(&in, rule_record_statement, &event,
			   PIDC__V1__EVENT__BODY_CONSENT_RECORDED);
	assert_true(event.consent_recorded->is_pending);
	assert_string_equal(event.entity_id, st->statement_id);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "tv");
}

static void expect_refused(const Pidc__V1__ConsentStatement *st, Pidc__V1__Reason reason,
			   const char *field)
{
	sign(st);
	story_expect_refused(&in, rule_record_statement, reason, field);
}

static void chain_has(const Pidc__V1__ConsentStatement *st)
{
	facts.chain[facts.n_chain++] = story_row(&s, st, STORY_NOW - STORY_DAY);
}

static void others_have(const Pidc__V1__ConsentStatement *st)
{
	facts.others[facts.n_others++] = story_row(&s, st, STORY_NOW - STORY_DAY);
}

static void grant_is_recorded(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	expect_recorded(story_grant(&s, "a"));
	story_expect_event(&in, rule_record_statement, &event,
			   PIDC__V1__EVENT__BODY_CONSENT_RECORDED);
	assert_int_equal(event.n_concerns, 2);
	assert_string_equal(event.concerns[1], "iom");
}

static void veto_may_leave_purposes_open(void **state)
{
	Pidc__V1__ConsentStatement *st = story_veto(&s, "a");

	(void)state;
	expect_recorded(st);
	st->data = story_data_category(&s, "RAS", 0);
	expect_recorded(st);
	st->valid_to = story_time(&s, STORY_NOW + 1000 * STORY_MONTH / 10);
	expect_recorded(st);
}

static void partner_owns_and_consents_too(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->owner_org = story_text(&s, "iom");
	story_to_org(&s, st, "unhcr");
	in.actor = story_actor(&s, "iom", ORG(PARTNER), PIDC__V1__ROLE__ROLE_PARTNER_OFFICER,
			       PIDC__V1__CAPACITY__CAPACITY_PARTNER);
	facts.owner = story_org(&s, "iom", ORG(PARTNER), 1);
	signer.org = signer_facts.key_org = story_text(&s, "iom");
	signer_role = PIDC__V1__ROLE__ROLE_PARTNER_OFFICER;
	sign(st);
	{
		Pidc__V1__Event event;

		story_expect_event(&in, rule_record_statement, &event,
				   PIDC__V1__EVENT__BODY_CONSENT_RECORDED);
		assert_string_equal(event.concerns[0], "iom");
		assert_string_equal(event.concerns[1], "unhcr");
	}
}

static void A1_STM_1_a_nobody_consents_for_another(void **state)
{
	(void)state;
	in.actor = story_actor(&s, "fj", ORG(MEMBER), PIDC__V1__ROLE__ROLE_MEMBER_OFFICER,
			       PIDC__V1__CAPACITY__CAPACITY_MEMBER);
	expect_refused(story_grant(&s, "a"), REASON(E_OWNER_ONLY), "owner_org");
	in.actor = story_actor(&s, "sec", ORG(SECRETARIAT), PIDC__V1__ROLE__ROLE_SEC_HOS,
			       PIDC__V1__CAPACITY__CAPACITY_SECRETARIAT);
	expect_refused(story_grant(&s, "a"), REASON(E_OWNER_ONLY), "owner_org");
}

/* What a stranger gets does not depend on anything of the owner's. */
static void A1_a_stranger_learns_nothing(void **state)
{
	Pidc__V1__ConsentStatement *st = story_change(&s, "a", KIND(REVOKE), 9);

	(void)state;
	in.actor = story_actor(&s, "fj", ORG(MEMBER), PIDC__V1__ROLE__ROLE_MEMBER_OFFICER,
			       PIDC__V1__CAPACITY__CAPACITY_MEMBER);
	expect_refused(st, REASON(E_OWNER_ONLY), "owner_org");
	chain_has(story_grant(&s, "a"));
	facts.statement_id_used = 1;
	facts.owner->is_active = 0;
	facts.signer = NULL;
	st->origin = story_text(&s, "elsewhere");
	expect_refused(st, REASON(E_OWNER_ONLY), "owner_org");
}

static void SD_7_the_key_is_the_owners(void **state)
{
	const Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	facts.signer = NULL;
	expect_refused(st, REASON(E_OWNER_ONLY), "signed.signature");
	facts.signer = &signer_facts;
	signer_facts.key_bound = 0;
	expect_refused(st, REASON(E_OWNER_ONLY), "signed.signature");
	signer_facts.key_bound = 1;
	signer_facts.key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_REVOKED;
	expect_refused(st, REASON(E_OWNER_ONLY), "signed.signature");
	signer_facts.key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE;
	signer_facts.key_org = story_text(&s, "fj");
	expect_refused(st, REASON(E_OWNER_ONLY), "signed.signature");
	signer_facts.key_org = signer.org;
	signer_role = PIDC__V1__ROLE__ROLE_MEMBER_AGENT; /* an agent does not decide */
	expect_refused(st, REASON(E_OWNER_ONLY), "signed.signature");
	signer_role = PIDC__V1__ROLE__ROLE_MEMBER_HEAD;
	signer_facts.key_principal_id = story_text(&s, "spiffe://pidc.test/member/tv/head/h1");
	expect_refused(st, REASON(E_OWNER_ONLY), "signed.signature");
	signer_facts.key_principal_id = signer.principal_id;
	expect_recorded(st);
	signer_facts.principal = NULL;
	expect_refused(st, REASON(E_OWNER_ONLY), "signed.signature");
}

static void PRI_9d_j_forged_signature(void **state)
{
	(void)state;
	sign(story_grant(&s, "a"));
	request.signed_->signature->value.data[20] ^= 1;
	story_expect_refused(&in, rule_record_statement, REASON(E_FIELD), "signed.signature");
	request.signed_->signature = NULL;
	story_expect_refused(&in, rule_record_statement, REASON(E_FIELD), "signed.signature");
	request.signed_ = NULL;
	story_expect_refused(&in, rule_record_statement, REASON(E_FIELD), "signed");
}

static void P4_malformed_statements(void **state)
{
	static const uint8_t unknown[] = {0xf8, 0x06, 0x01};              /* field 111 */
	static const uint8_t not_utf8[] = {0xa2, 0x01, 0x02, 0xff, 0xfe}; /* reason */
	ProtobufCBinaryData packed;
	uint8_t *data;

	(void)state;
	assert_int_equal(message_pack(&story_grant(&s, "a")->base, s.arena, &packed), 0);
	data = arena_alloc(s.arena, packed.len + 8);
	memcpy(data, packed.data, packed.len);
	sign_bytes(data, packed.len - 1);
	story_expect_refused(&in, rule_record_statement, REASON(E_MALFORMED), "signed.statement");
	memcpy(data + packed.len, unknown, sizeof(unknown));
	sign_bytes(data, packed.len + 3);
	story_expect_refused(&in, rule_record_statement, REASON(E_MALFORMED), "signed.statement");
	memcpy(data + packed.len, not_utf8, sizeof(not_utf8));
	sign_bytes(data, packed.len + 5);
	story_expect_refused(&in, rule_record_statement, REASON(E_MALFORMED), "signed.statement");
	request.signed_->statement.len = 0;
	story_expect_refused(&in, rule_record_statement, REASON(E_MALFORMED), "signed.statement");
}

static void PRI_9d_i_backdated(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->valid_from = story_time(&s, STORY_NOW - 1);
	expect_refused(st, REASON(E_BACKDATED), "valid_from");
	st->valid_from = story_time(&s, STORY_NOW);
	expect_recorded(st);
}

static void grants_end_within_36_months(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	int64_t latest = 0;

	(void)state;
	st->valid_to = NULL;
	expect_refused(st, REASON(E_FIELD), "valid_to");
	st->valid_to = story_time(&s, STORY_NOW);
	expect_refused(st, REASON(E_FIELD), "valid_to");
	assert_true(time_add_months(STORY_NOW, 36, &latest));
	st->valid_to = story_time(&s, latest);
	expect_recorded(st);
	st->valid_to = story_time(&s, latest + 1);
	expect_refused(st, REASON(E_FIELD), "valid_to");
	/* Counted from its beginning, not from recording. */
	st->valid_from = story_time(&s, STORY_NOW + 1);
	expect_recorded(st);
	st->valid_to->nanos = 1;
	expect_refused(st, REASON(E_FIELD), "valid_to");
}

static void PRI_9d_h_empty_selectors(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->recipient->n_orgs = 0;
	expect_refused(st, REASON(E_EMPTY_SELECTOR), "recipient");
	st->recipient = NULL;
	expect_refused(st, REASON(E_EMPTY_SELECTOR), "recipient");
	st = story_grant(&s, "a");
	st->data->n_dataset_ids = 0;
	expect_refused(st, REASON(E_EMPTY_SELECTOR), "data");
	st->data = NULL;
	expect_refused(st, REASON(E_EMPTY_SELECTOR), "data");
	st = story_grant(&s, "a");
	st->n_purposes = 0;
	expect_refused(st, REASON(E_EMPTY_SELECTOR), "purposes");
	st = story_grant(&s, "a");
	st->n_actions = 0;
	expect_refused(st, REASON(E_EMPTY_SELECTOR), "actions");
	st = story_grant(&s, "a");
	st->n_fields = 0;
	expect_refused(st, REASON(E_EMPTY_SELECTOR), "fields");
	st->all_fields_of_schema_version = 1;
	expect_recorded(st);
	st = story_grant(&s, "a");
	story_to_class(&s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, NULL);
	expect_refused(st, REASON(E_EMPTY_SELECTOR), "recipient.pinned_orgs");
	st = story_veto(&s, "a");
	st->data = NULL;
	expect_refused(st, REASON(E_EMPTY_SELECTOR), "data"); /* a veto selects, too */
}

static void selectors_one_way_only(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->data->all_of_owner = 1;
	expect_refused(st, REASON(E_FIELD), "data");
	st = story_grant(&s, "a");
	st->recipient->all_partners = 1;
	expect_refused(st, REASON(E_FIELD), "recipient");
	st = story_grant(&s, "a");
	st->all_fields_of_schema_version = 1;
	expect_refused(st, REASON(E_FIELD), "fields");
	st = story_veto(&s, "a");
	st->all_fields_of_schema_version = 1;
	story_set_fields(&s, st, "count", NULL);
	expect_refused(st, REASON(E_FIELD), "fields");
}

static void selectors_know_what_they_name(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->data = story_data_dataset(&s, "of somebody else");
	expect_refused(st, REASON(E_NOT_FOUND), "data.dataset_ids");
	st->data = story_data_contribution(&s, "of somebody else");
	expect_refused(st, REASON(E_NOT_FOUND), "data.contribution_ids");
	st->data = story_data_contribution(&s, "k");
	expect_recorded(st);
	story_to_org(&s, st, "nobody");
	expect_refused(st, REASON(E_NOT_FOUND), "recipient.orgs");
	story_to_org(&s, st, "tv");
	expect_refused(st, REASON(E_FIELD), "recipient.orgs"); /* the owner itself */
	story_to_class(&s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "nobody");
	expect_refused(st, REASON(E_NOT_FOUND), "recipient.pinned_orgs");
	story_to_class(&s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "iom");
	expect_recorded(st);
	facts.class_known = 0;
	expect_refused(st, REASON(E_UNKNOWN_CODE), "recipient.org_class");
	facts.class_known = 1;
	st->recipient->class_mode = 0;
	expect_refused(st, REASON(E_FIELD), "recipient.class_mode");
	st = story_grant(&s, "a");
	st->recipient->class_mode = PIDC__V1__CLASS_MODE__CLASS_MODE_OPEN;
	expect_refused(st, REASON(E_FIELD), "recipient.class_mode"); /* without a class */
	st = story_grant(&s, "a");
	st->recipient->capacity = 0;
	expect_refused(st, REASON(E_FIELD), "recipient.capacity");
	st = story_grant(&s, "a");
	story_set_purposes(&s, st, "NO_SUCH");
	expect_refused(st, REASON(E_UNKNOWN_CODE), "purposes");
	st = story_grant(&s, "a");
	st->data = story_data_category(&s, "OVER", 0);
	expect_refused(st, REASON(E_FIELD), "data.category.granularity_ceiling");
	st->data->category->granularity_ceiling = PIDC__V1__GRANULARITY__GRANULARITY_AGGREGATE;
	expect_recorded(st);
	facts.category_known = 0;
	expect_refused(st, REASON(E_UNKNOWN_CODE), "data.category.category");
}

static void syntax_is_checked_before_facts(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->statement_id = story_text(&s, "1");
	expect_refused(st, REASON(E_FIELD), "statement_id");
	st = story_grant(&s, "a");
	st->consent_id = story_text(&s, "");
	expect_refused(st, REASON(E_FIELD), "consent_id");
	st = story_grant(&s, "a");
	st->owner_org = story_text(&s, "TV");
	expect_refused(st, REASON(E_FIELD), "owner_org");
	st = story_grant(&s, "a");
	st->data->dataset_ids[0] = story_text(&s, "'; DROP");
	expect_refused(st, REASON(E_FIELD), "data.dataset_ids");
	st = story_grant(&s, "a");
	st->recipient->orgs[0] = story_text(&s, "I OM");
	expect_refused(st, REASON(E_FIELD), "recipient.orgs");
	st = story_grant(&s, "a");
	story_set_purposes(&s, st, "me");
	expect_refused(st, REASON(E_FIELD), "purposes");
	st = story_grant(&s, "a");
	story_set_fields(&s, st, "count", "count");
	expect_refused(st, REASON(E_FIELD), "fields");
	story_set_fields(&s, st, "Count", NULL);
	expect_refused(st, REASON(E_FIELD), "fields");
	st = story_grant(&s, "a");
	st->actions[0] = (Pidc__V1__Action)99;
	expect_refused(st, REASON(E_FIELD), "actions");
	st = story_grant(&s, "a");
	st->kind = (Pidc__V1__StatementKind)99;
	expect_refused(st, REASON(E_FIELD), "kind");
	st->kind = 0;
	expect_refused(st, REASON(E_FIELD), "kind");
	st = story_grant(&s, "a");
	st->mode = (Pidc__V1__GrantMode)9;
	expect_refused(st, REASON(E_FIELD), "mode");
	st = story_grant(&s, "a");
	st->classification_ceiling = (Pidc__V1__Classification)9;
	expect_refused(st, REASON(E_FIELD), "classification_ceiling");
	st = story_grant(&s, "a");
	st->recipient->capacity = (Pidc__V1__Capacity)99;
	expect_refused(st, REASON(E_FIELD), "recipient.capacity");
	st = story_grant(&s, "a");
	st->reason = story_text(&s, "a\x1b[0m");
	expect_refused(st, REASON(E_FIELD), "reason");
	st = story_grant(&s, "a");
	st->notice_digest = (ProtobufCBinaryData){5, (uint8_t *)"hello"};
	expect_refused(st, REASON(E_FIELD), "notice_digest");
	st = story_grant(&s, "a");
	st->data_period = story_range(&s, STORY_NOW, STORY_NOW);
	expect_refused(st, REASON(E_FIELD), "data_period");
	st = story_grant(&s, "a");
	st->consent_request_id = story_text(&s, "7");
	expect_refused(st, REASON(E_FIELD), "consent_request_id");
	st->consent_request_id = story_id(&s, "request");
	expect_refused(st, REASON(E_NOT_FOUND), "consent_request_id");
	st = story_grant(&s, "a");
	st->origin = story_text(&s, "");
	expect_refused(st, REASON(E_FIELD), "origin");
}

static void lists_have_limits(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
	char **many = arena_calloc(s.arena, 1001, sizeof(*many));

	(void)state;
	for (size_t i = 0; i < 1001; i++)
		many[i] = story_id(&s, "x");
	st->data->dataset_ids = many;
	st->data->n_dataset_ids = 1001;
	expect_refused(st, REASON(E_FIELD), "data.dataset_ids");
	for (size_t i = 0; i < 1001; i++)
		many[i] = arena_printf(s.arena, "f%zu", i);
	st = story_grant(&s, "a");
	st->recipient->orgs = many;
	st->recipient->n_orgs = 65;
	expect_refused(st, REASON(E_FIELD), "recipient.orgs");
	st = story_grant(&s, "a");
	st->fields = many;
	st->n_fields = 201;
	expect_refused(st, REASON(E_FIELD), "fields");
	st = story_grant(&s, "a");
	for (size_t i = 0; i < 20; i++)
		story_condition(&s, st, CONDITION(NO_ONWARD));
	expect_refused(st, REASON(E_FIELD), "conditions");
}

static void other_registers_and_states(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->origin = story_text(&s, "pidc.example/ledger2");
	expect_refused(st, REASON(E_FIELD), "origin");
	st = story_grant(&s, "a");
	facts.owner->is_active = 0;
	expect_refused(st, REASON(E_NOT_MEMBER_STATE), "owner_org");
	facts.owner->is_active = 1;
	facts.statement_id_used = 1;
	expect_refused(st, REASON(E_EXISTS), "statement_id");
}

static void chains_count_versions(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->version = 2;
	expect_refused(st, REASON(E_VERSION), "version");
	st->version = 0;
	expect_refused(st, REASON(E_VERSION), "version");
	chain_has(story_grant(&s, "a"));
	st->version = 1;
	expect_refused(st, REASON(E_VERSION), "version");
	st->version = 3;
	expect_refused(st, REASON(E_VERSION), "version");
	st->version = 2;
	expect_recorded(st);
}

static void only_grant_and_veto_open_a_chain(void **state)
{
	static const Pidc__V1__StatementKind kinds[] = {KIND(REVOKE), KIND(SUSPEND), KIND(RESUME)};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		expect_refused(story_change(&s, "a", kinds[i], 1), REASON(E_NOT_FOUND),
			       "consent_id");
	expect_refused(story_change(&s, "a", KIND(REFUSE), 1), REASON(E_FIELD),
		       "consent_request_id");
	expect_refused(story_change(&s, "a", KIND(CORRECT), 1), REASON(E_NOT_FOUND), "consent_id");
}

static void chain_of_another_owner_does_not_exist(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	st->owner_org = story_text(&s, "fj");
	chain_has(st);
	expect_refused(story_change(&s, "a", KIND(REVOKE), 2), REASON(E_NOT_FOUND), "consent_id");
	expect_refused(story_grant(&s, "a"), REASON(E_NOT_FOUND), "consent_id");
}

/* Every pair of state and kind; what is not listed is refused. */
static void chain_states_and_kinds(void **state)
{
	static const struct {
		const char *states; /* C current, S suspended, R revoked */
		Pidc__V1__StatementKind kind;
	} allowed[] = {
		{"C", KIND(GRANT)},   {"C", KIND(VETO)},   {"C", KIND(SUSPEND)},
		{"CS", KIND(REVOKE)}, {"S", KIND(RESUME)}, {"C", KIND(CORRECT)},
	};
	const char *states = "CSR";

	(void)state;
	for (size_t at = 0; at < 3; at++)
		for (size_t k = 0; k < 6; k++) {
			uint32_t version = at == 0 ? 2 : 3;
			Pidc__V1__ConsentStatement *st =
				story_change(&s, "a", allowed[k].kind, version);

			facts.n_chain = 0;
			chain_has(story_grant(&s, "a"));
			if (at != 0)
				chain_has(story_change(&s, "a",
						       at == 1 ? KIND(SUSPEND) : KIND(REVOKE), 2));
			if (allowed[k].kind == KIND(GRANT) || allowed[k].kind == KIND(CORRECT))
				st = story_grant(&s, "a");
			st->kind = allowed[k].kind;
			if (allowed[k].kind == KIND(VETO))
				st = story_veto(&s, "a");
			st->version = version;
			if (strchr(allowed[k].states, states[at]) != NULL)
				expect_recorded(st);
			else
				expect_refused(st, REASON(E_STATE), "kind");
		}
}

static void changes_concern_the_chains_recipients(void **state)
{
	Pidc__V1__Event event;

	(void)state;
	chain_has(story_grant(&s, "a"));
	expect_recorded(story_change(&s, "a", KIND(REVOKE), 2));
	story_expect_event(&in, rule_record_statement, &event,
			   PIDC__V1__EVENT__BODY_CONSENT_RECORDED);
	assert_int_equal(event.n_concerns, 2);
	assert_string_equal(event.concerns[1], "iom");
}

static void a_veto_is_not_suspended(void **state)
{
	(void)state;
	chain_has(story_veto(&s, "a"));
	expect_refused(story_change(&s, "a", KIND(SUSPEND), 2), REASON(E_STATE), "kind");
	expect_recorded(story_change(&s, "a", KIND(REVOKE), 2));
}

static void changes_carry_no_terms(void **state)
{
	Pidc__V1__ConsentStatement *st;

	(void)state;
	chain_has(story_grant(&s, "a"));
	st = story_grant(&s, "a");
	st->kind = KIND(REVOKE);
	st->version = 2;
	expect_refused(st, REASON(E_FIELD), "data");
	st = story_change(&s, "a", KIND(REVOKE), 2);
	st->valid_from = story_time(&s, STORY_NOW + STORY_DAY);
	expect_refused(st, REASON(E_FIELD), "valid_from"); /* revocation is at once */
	st = story_change(&s, "a", KIND(REVOKE), 2);
	st->fall_back = 1;
	expect_recorded(st);
	st->kind = KIND(SUSPEND);
	expect_refused(st, REASON(E_FIELD), "fall_back");
	st = story_grant(&s, "b");
	st->fall_back = 1;
	facts.n_chain = 0;
	expect_refused(st, REASON(E_FIELD), "fall_back");
}

static void a_veto_has_no_conditions_and_no_mode(void **state)
{
	Pidc__V1__ConsentStatement *st = story_veto(&s, "a");

	(void)state;
	story_condition(&s, st, CONDITION(NO_ONWARD));
	expect_refused(st, REASON(E_FIELD), "conditions");
	st = story_veto(&s, "a");
	st->mode = MODE(EXCLUSIVE);
	expect_refused(st, REASON(E_FIELD), "mode");
	st = story_veto(&s, "a");
	st->classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	expect_refused(st, REASON(E_FIELD), "classification_ceiling");
}

static void W13_red_by_name_and_approved(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	facts.reached_classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED;
	expect_refused(st, REASON(E_FIELD), "conditions");
	story_condition(&s, st, CONDITION(APPROVE_EACH));
	expect_pending(st);
	story_to_class(&s, st, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "iom");
	expect_refused(st, REASON(E_FIELD), "recipient");
	/* A ceiling below RED keeps RED out; a ceiling of RED lets it in. */
	st->classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_AMBER;
	expect_pending(st);
	st->classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	expect_recorded(st);
	facts.reached_classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	st->classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_RED;
	expect_refused(st, REASON(E_FIELD), "recipient");
}

static void conditions_have_their_parameters(void **state)
{
	static const struct {
		Pidc__V1__ConditionKind kind;
		uint32_t number, days;
		int has_until;
		const char *value;
		const char *field; /* NULL: recorded */
	} cases[] = {
		{CONDITION(MIN_CELL), 5, 0, 0, NULL, NULL},
		{CONDITION(MIN_CELL), 0, 0, 0, NULL, "conditions.number"},
		{CONDITION(MIN_CELL), 1000001, 0, 0, NULL, "conditions.number"},
		{CONDITION(MIN_CELL), 5, 1, 0, NULL, "conditions.days"},
		{CONDITION(AGGREGATE_ONLY), 0, 0, 0, NULL, NULL},
		{CONDITION(AGGREGATE_ONLY), 1, 0, 0, NULL, "conditions.number"},
		{CONDITION(AGGREGATE_ONLY), 0, 0, 1, NULL, "conditions.until"},
		{CONDITION(AGGREGATE_ONLY), 0, 0, 0, "iom", "conditions.values"},
		{CONDITION(EMBARGO_UNTIL), 0, 0, 1, NULL, NULL},
		{CONDITION(EMBARGO_UNTIL), 0, 0, 0, NULL, "conditions.until"},
		{CONDITION(FREQUENCY), 2, 7, 0, NULL, NULL},
		{CONDITION(FREQUENCY), 2, 0, 0, NULL, "conditions.days"},
		{CONDITION(DATA_LIFE), 90, 0, 0, NULL, NULL},
		{CONDITION(DATA_LIFE), 3651, 0, 0, NULL, "conditions.number"},
		{CONDITION(ONWARD_TO), 0, 0, 0, "unhcr", NULL},
		{CONDITION(ONWARD_TO), 0, 0, 0, NULL, "conditions.values"},
		{CONDITION(ONWARD_TO), 0, 0, 0, "Not An Org", "conditions.values"},
		{CONDITION(ONLY_UNDER), 0, 0, 0, "0f8fad5b-d9cb-469f-a165-70867728950e", NULL},
		{CONDITION(ONLY_UNDER), 0, 0, 0, "mou", "conditions.values"},
		{CONDITION(IN_COUNTRY), 0, 0, 0, "TV", NULL},
		{CONDITION(IN_COUNTRY), 0, 0, 0, "tv", "conditions.values"},
		{CONDITION(IN_COUNTRY), 0, 0, 0, "TUV", "conditions.values"},
		{CONDITION(WIND_DOWN), 0, 0, 0, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Pidc__V1__ConsentStatement *st = story_grant(&s, "a");
		Pidc__V1__Condition *c = story_condition(&s, st, cases[i].kind);

		c->number = cases[i].number;
		c->days = cases[i].days;
		if (cases[i].has_until)
			c->until = story_time(&s, STORY_NOW);
		if (cases[i].value != NULL)
			c->values = story_list(&s, &c->n_values, cases[i].value, NULL);
		if (cases[i].field == NULL)
			expect_recorded(st);
		else
			expect_refused(st, REASON(E_FIELD), cases[i].field);
	}
}

static void C10_unknown_conditions_are_refused(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "a");

	(void)state;
	story_condition(&s, st, (Pidc__V1__ConditionKind)77);
	expect_refused(st, REASON(E_UNKNOWN_CODE), "conditions.kind");
	st->conditions[0]->kind = 0;
	expect_refused(st, REASON(E_UNKNOWN_CODE), "conditions.kind");
	st->conditions[0]->kind = CONDITION(NO_ONWARD);
	story_condition(&s, st, CONDITION(NO_ONWARD));
	expect_refused(st, REASON(E_FIELD), "conditions");
}

static Pidc__V1__ConsentStatement *broad(void)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "broad");

	st->data = story_data_all(&s);
	return st;
}

static void W8_PRI_9d_m_narrower_grant_says_what_it_means(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "k-only");

	(void)state;
	st->data = story_data_contribution(&s, "k");
	story_condition(&s, st, CONDITION(EMBARGO_UNTIL))->until = story_time(&s, STORY_NOW);
	expect_recorded(st);
	others_have(broad());
	expect_refused(st, REASON(E_FIELD), "mode");
	st->mode = MODE(ADD);
	expect_recorded(st);
	st->mode = MODE(EXCLUSIVE);
	expect_recorded(st);
}

/* Each way to be narrower, or not. */
static void W8_what_is_narrower(void **state)
{
	Pidc__V1__ConsentStatement *other = story_grant(&s, "other"), *st;

	(void)state;
	others_have(other);
	expect_recorded(story_grant(&s, "a")); /* the same again: a renewal */
	st = story_grant(&s, "a");
	story_condition(&s, st, CONDITION(ATTRIBUTION));
	expect_refused(st, REASON(E_FIELD), "mode"); /* one more condition */
	st = story_grant(&s, "a");
	story_set_fields(&s, st, "count", NULL);
	expect_refused(st, REASON(E_FIELD), "mode"); /* fewer fields */
	st = story_grant(&s, "a");
	story_set_fields(&s, st, "nationality", NULL);
	expect_recorded(st); /* other fields */
	st = story_grant(&s, "a");
	st->data_period = story_range(&s, 0, STORY_NOW);
	expect_refused(st, REASON(E_FIELD), "mode"); /* a shorter period */
	st = story_grant(&s, "a");
	story_set_purposes(&s, st, "RESEARCH_STAT");
	expect_recorded(st);
	st = story_grant(&s, "a");
	story_set_action(&s, st, PIDC__V1__ACTION__ACTION_COPY);
	expect_recorded(st);
	st = story_grant(&s, "a");
	story_to_org(&s, st, "unhcr");
	expect_recorded(st);
	st = story_grant(&s, "a");
	st->recipient->capacity = PIDC__V1__CAPACITY__CAPACITY_FUNDER;
	expect_recorded(st);
	st = story_grant(&s, "a");
	st->data = story_data_all(&s);
	expect_recorded(st); /* wider */
	st = story_grant(&s, "a");
	st->data = story_data_contribution(&s, "k");
	expect_refused(st, REASON(E_FIELD), "mode"); /* perhaps of that dataset */
}

static void W8_wider_recipients(void **state)
{
	Pidc__V1__ConsentStatement *other = story_grant(&s, "other");

	(void)state;
	story_to_partners(&s, other);
	others_have(other);
	expect_refused(story_grant(&s, "a"), REASON(E_FIELD), "mode");
	facts.n_others = 0;
	story_to_class(&s, other, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "iom");
	others_have(other);
	expect_refused(story_grant(&s, "a"), REASON(E_FIELD), "mode");
	facts.n_others = 0;
	story_to_class(&s, other, "X", PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED, "unhcr");
	others_have(other);
	expect_recorded(story_grant(&s, "a"));
}

/* What has ended, and a veto, is no looser grant. */
static void W8_only_current_grants_count(void **state)
{
	Pidc__V1__ConsentStatement *st = story_grant(&s, "k-only"), *old = broad();

	(void)state;
	st->data = story_data_contribution(&s, "k");
	others_have(old);
	others_have(story_change(&s, "broad", KIND(REVOKE), 2));
	expect_recorded(st);
	facts.n_others = 0;
	old->valid_to = story_time(&s, STORY_NOW);
	others_have(old);
	expect_recorded(st);
	facts.n_others = 0;
	others_have(story_veto(&s, "veto"));
	expect_recorded(st);
}

static void reading_gives_the_statement(void **state)
{
	Pidc__V1__ConsentStatement *st = NULL;
	struct refusal refusal;
	uint8_t spki[SHA256_LEN];

	(void)state;
	sign(story_grant(&s, "a"));
	assert_int_equal(consent_read(request.signed_, s.arena, &st, &refusal), 0);
	assert_string_equal(st->consent_id, story_id(&s, "a"));
	assert_int_equal(consent_verify(request.signed_, spki, &refusal), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(grant_is_recorded),
		TEST(veto_may_leave_purposes_open),
		TEST(partner_owns_and_consents_too),
		TEST(A1_STM_1_a_nobody_consents_for_another),
		TEST(A1_a_stranger_learns_nothing),
		TEST(SD_7_the_key_is_the_owners),
		TEST(PRI_9d_j_forged_signature),
		TEST(P4_malformed_statements),
		TEST(PRI_9d_i_backdated),
		TEST(grants_end_within_36_months),
		TEST(PRI_9d_h_empty_selectors),
		TEST(selectors_one_way_only),
		TEST(selectors_know_what_they_name),
		TEST(syntax_is_checked_before_facts),
		TEST(lists_have_limits),
		TEST(other_registers_and_states),
		TEST(chains_count_versions),
		TEST(only_grant_and_veto_open_a_chain),
		TEST(chain_of_another_owner_does_not_exist),
		TEST(chain_states_and_kinds),
		TEST(changes_concern_the_chains_recipients),
		TEST(a_veto_is_not_suspended),
		TEST(changes_carry_no_terms),
		TEST(a_veto_has_no_conditions_and_no_mode),
		TEST(W13_red_by_name_and_approved),
		TEST(conditions_have_their_parameters),
		TEST(C10_unknown_conditions_are_refused),
		TEST(W8_PRI_9d_m_narrower_grant_says_what_it_means),
		TEST(W8_what_is_narrower),
		TEST(W8_wider_recipients),
		TEST(W8_only_current_grants_count),
		TEST(reading_gives_the_statement),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
