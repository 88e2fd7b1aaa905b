/* SPDX-License-Identifier: ISC */
#include "tests/lib/policy_story.h"

#include <stdlib.h>
#include <string.h>

#define ORG(name)      PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define ROLE(name)     PIDC__V1__ROLE__ROLE_##name
#define CAPACITY(name) PIDC__V1__CAPACITY__CAPACITY_##name

static uint8_t text_digest[SHA256_LEN] = {1, 2, 3};
static uint8_t whole_digest[SHA256_LEN] = {4, 5, 6};

static void version_set(struct policy_story *p, Pidc__V1__PolicyState state)
{
	struct story *s = &p->story;

	pidc__v1__policy_version__init(&p->version);
	p->version.policy_id = story_id(s, "policy");
	p->version.version_id = story_id(s, "second");
	p->version.number = 2;
	p->version.title = story_text(s, "Second edition");
	p->version.review_months = 36;
	p->version.text_digest = (ProtobufCBinaryData){SHA256_LEN, text_digest};
	p->version.digest = (ProtobufCBinaryData){SHA256_LEN, whole_digest};
	p->version.author_id = p->officer->principal_id;
	p->version.state = state;
	p->version.consultation_closes_at = story_time(s, STORY_NOW + STORY_DAY);
	p->version.consultation_closed_at = story_time(s, STORY_NOW - STORY_DAY);
	p->version.version = 4;
	pidc__v1__policy_version__init(&p->in_force);
	p->in_force.version_id = story_id(s, "first");
	p->in_force.number = 1;
	p->in_force.review_months = 36;
}

static void facts_set(struct policy_story *p)
{
	struct story *s = &p->story;

	pidc__store__v1__policy_facts__init(&p->facts);
	pidc__v1__policy_document__init(&p->document);
	pidc__v1__resolution__init(&p->resolution);
	p->document.policy_id = p->version.policy_id;
	p->document.code = story_text(s, "PARTNERSHIP");
	p->resolution.state = PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_CARRIED;
	p->resolution.kind = PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_POLICY_REVIEW;
	p->resolution.subject_id = p->version.version_id;
	p->resolution.subject_digest = p->version.digest;
	p->facts.document = &p->document;
	p->facts.version = &p->version;
	p->facts.in_force = &p->in_force;
	p->facts.last_number = 2;
	p->facts.secretariat = story_text(s, "sec");
	p->facts.actor_title = story_text(s, "Head of Secretariat");
	p->facts.is_invited = 1;
	p->facts.resolution = &p->resolution;
	p->facts.input_ids = story_list(s, &p->facts.n_input_ids, story_id(s, "input"), NULL);
}

static void asked_set(struct policy_story *p)
{
	struct story *s = &p->story;

	pidc__v1__policy_document__init(&p->asked_document);
	pidc__v1__policy_version__init(&p->asked);
	p->asked_document.code = p->document.code;
	p->asked_document.title = story_text(s, "Partnership policy");
	p->asked.title = story_text(s, "Third edition");
	p->asked.review_months = 36;
	p->asked.text_digest = p->version.text_digest;
}

void policy_story_open(struct policy_story *p, Pidc__V1__PolicyState state)
{
	struct story *s = &p->story;

	memset(p, 0, sizeof(*p));
	story_open(s);
	p->hos = story_actor(s, "sec", ORG(SECRETARIAT), ROLE(SEC_HOS), CAPACITY(SECRETARIAT));
	p->officer =
		story_actor(s, "sec", ORG(SECRETARIAT), ROLE(SEC_OFFICER), CAPACITY(SECRETARIAT));
	p->officer->principal_id = story_text(s, "spiffe://pidc.test/x/sec/officer");
	p->member = story_actor(s, "tv", ORG(MEMBER), ROLE(MEMBER_OFFICER), CAPACITY(MEMBER));
	version_set(p, state);
	facts_set(p);
	asked_set(p);
	p->in = (struct rule_input){
		.actor = p->hos,
		.facts = &p->facts.base,
		.now_us = STORY_NOW,
		.new_id = story_id(s, "new"),
		.origin = "test",
		.arena = s->arena,
	};
	p->subject = (struct policy_subject){
		.in = &p->in,
		.facts = &p->facts,
		.text_digest = &p->version.text_digest,
		.closes_us = STORY_NOW + 40 * STORY_DAY,
		.resolution = &p->resolution,
	};
}

void policy_story_close(struct policy_story *p)
{
	story_close(&p->story);
}
