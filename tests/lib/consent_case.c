/* SPDX-License-Identifier: ISC */
#include "tests/lib/consent_case.h"

#include "core/consent.h"
#include "core/message.h"
#include "core/signature.h"
#include "tests/lib/cert.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ORG(name) PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name

static char *dir;
static struct signing_key *key;

int consent_case_key_open(void **state)
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

int consent_case_key_close(void **state)
{
	(void)state;
	signing_key_free(key);
	cert_dir_remove(dir);
	return 0;
}

static void facts_set(struct consent_case *c)
{
	pidc__store__v1__consent_facts__init(&c->facts);
	pidc__v1__principal__init(&c->signer);
	pidc__store__v1__principal_facts__init(&c->signer_facts);
	c->facts.owner = story_org(&c->s, "tv", ORG(MEMBER), 1);
	c->facts.chain = arena_calloc(c->s.arena, 8, sizeof(void *));
	c->facts.others = arena_calloc(c->s.arena, 8, sizeof(void *));
	c->facts.known_datasets =
		story_list(&c->s, &c->facts.n_known_datasets, story_id(&c->s, "over"), NULL);
	c->facts.known_contributions =
		story_list(&c->s, &c->facts.n_known_contributions, story_id(&c->s, "k"), NULL);
	c->facts.known_orgs = story_list(&c->s, &c->facts.n_known_orgs, "iom", "unhcr", "tv", NULL);
	c->facts.known_purposes =
		story_list(&c->s, &c->facts.n_known_purposes, "ME", "RESEARCH_STAT", NULL);
	c->facts.category_known = 1;
	c->facts.class_known = 1;
	c->facts.reached_classification = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	c->signer_role = PIDC__V1__ROLE__ROLE_MEMBER_OFFICER;
	c->signer.principal_id = story_text(&c->s, "spiffe://pidc.test/member/tv/officer/o1");
	c->signer.org = story_text(&c->s, "tv");
	c->signer.roles = &c->signer_role;
	c->signer.n_roles = 1;
	c->signer_facts.exists = 1;
	c->signer_facts.principal = &c->signer;
	c->signer_facts.key_bound = 1;
	c->signer_facts.key_principal_id = c->signer.principal_id;
	c->signer_facts.key_org = c->signer.org;
	c->signer_facts.key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE;
	c->facts.signer = &c->signer_facts;
}

void consent_case_open(struct consent_case *c)
{
	story_open(&c->s);
	facts_set(c);
	pidc__v1__record_statement_request__init(&c->request);
	c->in = (struct rule_input){
		.actor = story_actor(&c->s, "tv", ORG(MEMBER), PIDC__V1__ROLE__ROLE_MEMBER_OFFICER,
				     PIDC__V1__CAPACITY__CAPACITY_MEMBER),
		.request = &c->request.base,
		.facts = &c->facts.base,
		.now_us = STORY_NOW,
		.new_id = "00000000-0000-4000-8000-000000000001",
		.origin = "pidc.example/ledger1",
		.arena = c->s.arena,
	};
}

void consent_case_close(struct consent_case *c)
{
	story_close(&c->s);
}

void consent_case_sign_bytes(struct consent_case *c, const uint8_t *data, size_t len)
{
	assert_int_equal(statement_sign(key, data, len, c->s.arena, &c->request.signed_, NULL), 0);
}

void consent_case_sign(struct consent_case *c, const Pidc__V1__ConsentStatement *st)
{
	ProtobufCBinaryData packed;

	assert_int_equal(message_pack(&st->base, c->s.arena, &packed), 0);
	consent_case_sign_bytes(c, packed.data, packed.len);
}

void consent_case_expect_recorded(struct consent_case *c, const Pidc__V1__ConsentStatement *st)
{
	Pidc__V1__Event event;

	consent_case_sign(c, st);
	story_expect_event(&c->in, rule_record_statement, &event,
			   PIDC__V1__EVENT__BODY_CONSENT_RECORDED);
	assert_ptr_equal(event.consent_recorded->signed_, c->request.signed_); /* unchanged */
	assert_string_equal(event.consent_recorded->signer_id, c->signer.principal_id);
	assert_string_equal(event.entity_id, st->consent_id);
	assert_int_equal(event.entity_version, st->version);
	assert_string_equal(event.concerns[0], "tv");
}

void consent_case_expect_pending(struct consent_case *c, const Pidc__V1__ConsentStatement *st)
{
	Pidc__V1__Event event;

	consent_case_sign(c, st);
	story_expect_event(&c->in, rule_record_statement, &event,
			   PIDC__V1__EVENT__BODY_CONSENT_RECORDED);
	assert_true(event.consent_recorded->is_pending);
	assert_string_equal(event.entity_id, st->statement_id);
	assert_int_equal(event.n_concerns, 1);
	assert_string_equal(event.concerns[0], "tv");
}

void consent_case_expect_refused(struct consent_case *c, const Pidc__V1__ConsentStatement *st,
				 Pidc__V1__Reason reason, const char *field)
{
	consent_case_sign(c, st);
	story_expect_refused(&c->in, rule_record_statement, reason, field);
}

void consent_case_chain_has(struct consent_case *c, const Pidc__V1__ConsentStatement *st)
{
	c->facts.chain[c->facts.n_chain++] = story_row(&c->s, st, STORY_NOW - STORY_DAY);
}

void consent_case_others_have(struct consent_case *c, const Pidc__V1__ConsentStatement *st)
{
	c->facts.others[c->facts.n_others++] = story_row(&c->s, st, STORY_NOW - STORY_DAY);
}
