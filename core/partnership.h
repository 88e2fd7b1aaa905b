/* SPDX-License-Identifier: ISC
 *
 * How a name becomes a partner: the two tables of moves (nomination, partnership) and what
 * the rules of the process share. A partnership's state is written by nobody but the
 * events that these tables allow (PRO-0).
 *
 * Every check_ is as in rule_check.h.
 */
#pragma once

#include "core/machine.h"
#include "core/rule.h"

/* TYP-1: long-term is two years at least. */
#define STRATEGIC_MONTHS_MIN 24

/* States are PartnershipState, events PartnershipEventKind; the subject of the guards is the
 * rule's input, its facts PartnershipFacts (RecordLegacy: PartnerFacts). */
extern const struct machine partnership_machine;
/* States are NominationState, events NominationEventKind; no guards. */
extern const struct machine nomination_machine;

/* The version that the caller has seen is still the one: E_VERSION. */
int check_version(struct refusal *refusal, uint32_t expected, uint32_t version) PIDC_MUSTCHECK;

/* The state that counts at an instant: one whose emergency suspension has lapsed is in the
 * state from before it, although no entry says so (PRO-7b). lapses_at may be NULL. */
Pidc__V1__PartnershipState partnership_state_at(Pidc__V1__PartnershipState stored,
						const Google__Protobuf__Timestamp *lapses_at,
						Pidc__V1__PartnershipState previous,
						int64_t now_us);

/* Step the partnership of the facts (E_NOT_FOUND when there is none) and give the move for
 * the event; in the arena, org is borrowed. 0, PIDC_EREFUSED or PIDC_ENOMEM. */
int partnership_move(const struct rule_input *in, Pidc__V1__PartnershipEventKind kind,
		     uint32_t expected_version, Pidc__V1__PartnershipMove **ret,
		     struct refusal *refusal) PIDC_MUSTCHECK;

/* Entity, version and concerns of an event that moves the partnership of the facts: the
 * Secretariat, and party unless NULL. 0 or PIDC_ENOMEM. */
int partnership_event(const struct rule_input *in, Pidc__V1__Event *event,
		      const char *party) PIDC_MUSTCHECK;

/* The same for what members read too. */
int partnership_event_open(const struct rule_input *in, Pidc__V1__Event *event) PIDC_MUSTCHECK;

/* A dossier is complete: five criteria (INT-5), cultural note (STM-2), necessity of a
 * private company (INT-4), a type with its terms (TYP-1 to TYP-3), known themes (BKG-1). */
int check_dossier(const struct rule_input *in, const Pidc__V1__Dossier *dossier,
		  struct refusal *refusal) PIDC_MUSTCHECK;
