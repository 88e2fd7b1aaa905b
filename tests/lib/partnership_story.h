/* SPDX-License-Identifier: ISC
 *
 * A prospect for the tests of the partnership process: the invented Example Development
 * Fund ("edf"), a complete dossier by the Head of Secretariat, everything that the rules
 * ask for. Tests take away what they are about.
 */
#pragma once

#include "tests/lib/core_story.h"

#include "pidc/v1/partner.pb-c.h"

struct partnership_story {
	struct story story;
	struct rule_input in; /* request: set by the test; actor: the Head of Secretariat */
	Pidc__Store__V1__PartnershipFacts facts;
	Pidc__V1__Partnership partnership; /* PROSPECT, version 2, with a dossier */
	Pidc__V1__Nomination nomination;   /* OPEN, by tv */
	Pidc__V1__Dossier written;         /* the dossier on record */
	Pidc__V1__Actor *hos, *officer, *member, *partner, *other;

	Pidc__V1__NominatePartnerRequest nominate;
	Pidc__V1__Nomination asked_nomination;
	Pidc__V1__DeclineNominationRequest decline;
	Pidc__V1__CreateProspectRequest create;
	Pidc__V1__Prospect prospect;
	Pidc__V1__SubmitDossierRequest submit;
	Pidc__V1__Dossier dossier; /* all three types */
	Pidc__V1__StrategicTerms strategic;
	Pidc__V1__OperationalTerms operational;
	Pidc__V1__PlannedActivity activity;
	Pidc__V1__AdvisoryTerms advisory;
	Pidc__V1__DossierDocument document;
	Pidc__V1__AlignmentScore scores[5];
	Pidc__V1__AlignmentScore *alignment[5];
	Pidc__V1__PlannedActivity *activities[1];
	Pidc__V1__DossierDocument *documents[1];
	uint8_t digest[32];
	Pidc__V1__ScreenProspectRequest screen;
	Pidc__V1__WithdrawPartnershipRequest withdraw;
	Pidc__V1__SuspendPartnershipRequest suspend;
	Pidc__V1__BeginExitRequest begin_exit;
	Pidc__V1__CompleteExitRequest complete_exit;
	Pidc__V1__ReopenPartnershipRequest reopen; /* with new facts */
};

void partnership_story_open(struct partnership_story *p);
/* Somebody of that organisation has asked, a day ago, to suspend it. */
void partnership_story_ask(struct partnership_story *p, const char *org);
void partnership_story_close(struct partnership_story *p);
