/* SPDX-License-Identifier: ISC */
#include "tests/lib/partnership_story.h"

#include <string.h>

#define ORG(name)      PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name
#define ROLE(name)     PIDC__V1__ROLE__ROLE_##name
#define CAPACITY(name) PIDC__V1__CAPACITY__CAPACITY_##name

static void actors_set(struct partnership_story *p)
{
	struct story *s = &p->story;

	p->hos = story_actor(s, "sec", ORG(SECRETARIAT), ROLE(SEC_HOS), CAPACITY(SECRETARIAT));
	p->officer =
		story_actor(s, "sec", ORG(SECRETARIAT), ROLE(SEC_OFFICER), CAPACITY(SECRETARIAT));
	p->officer->principal_id = story_text(s, "spiffe://pidc.test/x/sec/officer");
	p->member = story_actor(s, "tv", ORG(MEMBER), ROLE(MEMBER_OFFICER), CAPACITY(MEMBER));
	p->partner = story_actor(s, "edf", ORG(PARTNER), ROLE(PARTNER_OFFICER), CAPACITY(PARTNER));
	p->other = story_actor(s, "iom", ORG(PARTNER), ROLE(PARTNER_OFFICER), CAPACITY(PARTNER));
}

static void facts_set(struct partnership_story *p)
{
	struct story *s = &p->story;

	pidc__store__v1__partnership_facts__init(&p->facts);
	pidc__v1__partnership__init(&p->partnership);
	pidc__v1__nomination__init(&p->nomination);
	pidc__v1__dossier__init(&p->written);
	p->written.author = p->hos->principal_id;
	p->written.digest = (ProtobufCBinaryData){sizeof(p->digest), p->digest};
	p->partnership.org = story_text(s, "edf");
	p->partnership.partner_class = story_text(s, "NGO");
	p->partnership.state = PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_PROSPECT;
	p->partnership.version = 2;
	p->partnership.dossier = &p->written;
	p->nomination.nomination_id = story_id(s, "nomination");
	p->nomination.nominated_by = story_text(s, "tv");
	p->nomination.state = PIDC__V1__NOMINATION_STATE__NOMINATION_STATE_OPEN;
	p->nomination.version = 1;
	p->facts.partnership = &p->partnership;
	p->facts.nomination = &p->nomination;
	p->facts.class_known = 1;
	p->facts.secretariat = story_text(s, "sec");
	p->facts.known_themes = story_list(s, &p->facts.n_known_themes, "CAPACITY", NULL);
}

static void dossier_set(struct partnership_story *p)
{
	struct story *s = &p->story;

	pidc__v1__dossier__init(&p->dossier);
	pidc__v1__strategic_terms__init(&p->strategic);
	pidc__v1__operational_terms__init(&p->operational);
	pidc__v1__planned_activity__init(&p->activity);
	pidc__v1__advisory_terms__init(&p->advisory);
	pidc__v1__dossier_document__init(&p->document);
	for (size_t i = 0; i < 5; i++) {
		pidc__v1__alignment_score__init(&p->scores[i]);
		p->scores[i].criterion = (Pidc__V1__AlignmentCriterion)(i + 1);
		p->scores[i].score = (uint32_t)i;
		p->scores[i].text = story_text(s, "as their charter says");
		p->alignment[i] = &p->scores[i];
	}
	p->dossier.alignment = p->alignment;
	p->dossier.n_alignment = 5;
	p->dossier.cultural_note = story_text(s, "works through village councils");
	p->strategic.shared_goals =
		story_list(s, &p->strategic.n_shared_goals, "safe migration", NULL);
	p->strategic.objectives = story_list(s, &p->strategic.n_objectives, "capacity", NULL);
	p->strategic.term_months = 24;
	p->activity.title = story_text(s, "Training of trainers");
	p->activity.contribution = PIDC__V1__CONTRIBUTION_KIND__CONTRIBUTION_KIND_EXPERTISE;
	p->activities[0] = &p->activity;
	p->operational.activities = p->activities;
	p->operational.n_activities = 1;
	p->advisory.subjects = story_list(s, &p->advisory.n_subjects, "statistics", NULL);
	p->document.title = story_text(s, "Charter");
	p->document.digest = (ProtobufCBinaryData){sizeof(p->digest), p->digest};
	p->documents[0] = &p->document;
	p->dossier.strategic = &p->strategic;
	p->dossier.operational = &p->operational;
	p->dossier.advisory = &p->advisory;
	p->dossier.themes = story_list(s, &p->dossier.n_themes, "CAPACITY", NULL);
	p->dossier.documents = p->documents;
	p->dossier.n_documents = 1;
}

static void requests_set(struct partnership_story *p)
{
	struct story *s = &p->story;

	pidc__v1__nominate_partner_request__init(&p->nominate);
	pidc__v1__nomination__init(&p->asked_nomination);
	pidc__v1__decline_nomination_request__init(&p->decline);
	pidc__v1__create_prospect_request__init(&p->create);
	pidc__v1__prospect__init(&p->prospect);
	pidc__v1__submit_dossier_request__init(&p->submit);
	pidc__v1__screen_prospect_request__init(&p->screen);
	pidc__v1__withdraw_partnership_request__init(&p->withdraw);
	p->asked_nomination.name = p->prospect.name = story_text(s, "Example Development Fund");
	p->asked_nomination.partner_class = p->prospect.partner_class = story_text(s, "NGO");
	p->asked_nomination.reason = story_text(s, "they train border officers");
	p->nominate.nomination = &p->asked_nomination;
	p->decline.nomination_id = p->nomination.nomination_id;
	p->decline.expected_version = 1;
	p->decline.reason = story_text(s, "not now");
	p->prospect.org = story_text(s, "edf");
	p->create.prospect = &p->prospect;
	p->submit.org = p->screen.org = p->withdraw.org = p->prospect.org;
	p->submit.expected_version = p->screen.expected_version = p->withdraw.expected_version = 2;
	p->submit.dossier = &p->dossier;
	p->screen.outcome = PIDC__V1__SCREENING_OUTCOME__SCREENING_OUTCOME_PASSED;
	p->screen.reason = story_text(s, "fits");
	p->withdraw.reason = story_text(s, "no longer interested");
	pidc__v1__suspend_partnership_request__init(&p->suspend);
	pidc__v1__begin_exit_request__init(&p->begin_exit);
	pidc__v1__complete_exit_request__init(&p->complete_exit);
	pidc__v1__reopen_partnership_request__init(&p->reopen);
	p->suspend.org = p->begin_exit.org = p->complete_exit.org = p->reopen.org = p->prospect.org;
	p->suspend.expected_version = p->begin_exit.expected_version = 2;
	p->complete_exit.expected_version = p->reopen.expected_version = 2;
	p->suspend.reason = p->begin_exit.reason = story_text(s, "their office was raided");
	p->complete_exit.outcome = story_text(s, "all was handed over");
	p->reopen.reason = story_text(s, "they ask again");
	p->reopen.new_facts = story_text(s, "a new board of trustees");
}

void partnership_story_ask(struct partnership_story *p, const char *org)
{
	struct story *s = &p->story;

	p->facts.last_kind =
		PIDC__V1__PARTNERSHIP_EVENT_KIND__PARTNERSHIP_EVENT_KIND_ASK_SUSPENSION;
	p->facts.last_at = story_time(s, STORY_NOW - STORY_DAY);
	p->facts.last_org = story_text(s, org);
}

void partnership_story_open(struct partnership_story *p)
{
	memset(p, 0, sizeof(*p));
	story_open(&p->story);
	actors_set(p);
	facts_set(p);
	dossier_set(p);
	requests_set(p);
	p->in = (struct rule_input){.actor = p->hos,
				    .facts = &p->facts.base,
				    .now_us = STORY_NOW,
				    .new_id = "00000000-0000-4000-8000-000000000001",
				    .origin = "pidc.example/ledger1",
				    .arena = p->story.arena};
}

void partnership_story_close(struct partnership_story *p)
{
	story_close(&p->story);
}
