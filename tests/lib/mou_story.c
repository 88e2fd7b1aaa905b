/* SPDX-License-Identifier: ISC */
#include "tests/lib/mou_story.h"

#include <string.h>

#define ORG(name)      PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define ROLE(name)     PIDC__V1__ROLE__ROLE_##name
#define CAPACITY(name) PIDC__V1__CAPACITY__CAPACITY_##name

static void clause_add(struct mou_story *m, int kind, int type)
{
	Pidc__V1__MouClause *clause = &m->clauses[m->terms.n_clauses];

	pidc__v1__mou_clause__init(clause);
	clause->kind = (Pidc__V1__MouClauseKind)kind;
	clause->type = (Pidc__V1__PartnershipType)type;
	clause->text = story_text(&m->story, "as both sides have agreed");
	clause->points = story_list(&m->story, &clause->n_points, "train officers", NULL);
	m->clause_list[m->terms.n_clauses++] = clause;
}

static void terms_set(struct mou_story *m)
{
	struct story *s = &m->story;

	pidc__v1__mou_terms__init(&m->terms);
	pidc__v1__mou_outcome__init(&m->outcome);
	pidc__v1__mou_indicator__init(&m->indicator);
	pidc__v1__data_scope__init(&m->scope);
	for (int kind = 1; kind <= 20; kind++)
		clause_add(m, kind, 0);
	for (int type = 1; type <= 3; type++) {
		m->types[type - 1] = (Pidc__V1__PartnershipType)type;
		for (int kind = 30; kind <= 33; kind++)
			clause_add(m, kind, type);
	}
	m->terms.clauses = m->clause_list;
	m->indicator.name = story_text(s, "officers trained");
	m->indicator.baseline = m->indicator.target = story_text(s, "40 a year");
	m->indicator.frequency = story_text(s, "yearly");
	m->indicator.source = story_text(s, "training records");
	m->indicators[0] = &m->indicator;
	m->outcome.text = story_text(s, "trained officers");
	m->outcome.indicators = m->indicators;
	m->outcome.n_indicators = 1;
	m->outcomes[0] = &m->outcome;
	m->terms.outcomes_pidc = m->terms.outcomes_partner = m->outcomes;
	m->terms.n_outcomes_pidc = m->terms.n_outcomes_partner = 1;
	m->terms.scope = &m->scope;
	m->terms.term_months = 24;
	m->terms.notice_months = 3;
	m->terms.pidc_signatory = ROLE(SEC_HOS);
	m->terms.partner_signatory = m->signatory->principal_id;
}

static void facts_set(struct mou_story *m, Pidc__V1__MouState state)
{
	struct story *s = &m->story;

	pidc__store__v1__mou_facts__init(&m->facts);
	pidc__v1__mou__init(&m->mou);
	pidc__v1__mou_content__init(&m->content);
	pidc__v1__mou_signature__init(&m->first);
	pidc__v1__mou_signature_statement__init(&m->statement);
	m->first.party = PIDC__V1__MOU_PARTY__MOU_PARTY_PARTNER;
	m->first.signed_at = story_time(s, STORY_NOW - STORY_DAY);
	m->signatures[0] = &m->first;
	m->mou.mou_id = story_id(s, "mou");
	m->mou.org = m->facts.org = story_text(s, "edf");
	m->mou.number = m->facts.last_number = 2;
	m->mou.state = state;
	m->mou.author_id = m->officer->principal_id;
	m->mou.digest = (ProtobufCBinaryData){SHA256_LEN, m->digest};
	m->mou.signatures = m->signatures;
	m->mou.n_signatures = 1;
	m->mou.term_to = m->mou.ends_at = story_time(s, STORY_NOW + 12 * STORY_MONTH);
	m->mou.version = 4;
	m->content.term_months = 24;
	m->content.notice_months = 3;
	m->content.pidc_signatory = ROLE(SEC_HOS);
	m->content.partner_signatory = m->signatory->principal_id;
	m->facts.mou = &m->mou;
	m->facts.content = &m->content;
	m->facts.partner_state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_NEGOTIATING;
	m->facts.types = m->types;
	m->facts.n_types = 3;
	m->facts.audience = story_list(s, &m->facts.n_audience, "edf", "sec", "tv", NULL);
	m->facts.known_purposes = story_list(s, &m->facts.n_known_purposes, "ME", NULL);
	m->facts.signer_id = m->hos->principal_id;
	m->facts.predecessor_id = story_id(s, "older");
	m->statement.mou_id = m->mou.mou_id;
	m->statement.digest = m->mou.digest;
	m->statement.party = PIDC__V1__MOU_PARTY__MOU_PARTY_PIDC;
	m->statement.origin = story_text(s, "pidc.example/ledger1");
}

void mou_story_open(struct mou_story *m, Pidc__V1__MouState state)
{
	struct story *s = &m->story;

	memset(m, 0, sizeof(*m));
	story_open(s);
	memset(m->digest, 7, sizeof(m->digest));
	m->hos = story_actor(s, "sec", ORG(SECRETARIAT), ROLE(SEC_HOS), CAPACITY(SECRETARIAT));
	m->officer =
		story_actor(s, "sec", ORG(SECRETARIAT), ROLE(SEC_OFFICER), CAPACITY(SECRETARIAT));
	m->officer->principal_id = story_text(s, "spiffe://pidc.test/x/sec/officer");
	m->signatory =
		story_actor(s, "edf", ORG(PARTNER), ROLE(PARTNER_SIGNATORY), CAPACITY(PARTNER));
	terms_set(m);
	facts_set(m, state);
	m->in = (struct rule_input){.actor = m->hos,
				    .facts = &m->facts.base,
				    .now_us = STORY_NOW,
				    .new_id = "00000000-0000-4000-8000-000000000001",
				    .origin = "pidc.example/ledger1",
				    .arena = s->arena};
	m->subject = (struct mou_subject){.in = &m->in,
					  .facts = &m->facts,
					  .terms = &m->terms,
					  .digest = &m->mou.digest,
					  .statement = &m->statement,
					  .reason = "a good reason"};
}

void mou_story_close(struct mou_story *m)
{
	story_close(&m->story);
}
