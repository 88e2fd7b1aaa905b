/* SPDX-License-Identifier: ISC
 *
 * Observers: the table of moves of a status, which only resolutions of the Board take,
 * and what their kinds (core/resolution_kind.h) name and do.
 */
#pragma once

#include "core/resolution_kind.h"

#include "pidc/store/v1/arrangement.pb-c.h"
#include "pidc/v1/observer.pb-c.h"

/* A status is reviewed as often as the policy (EXI-7, A19). */
#define OBSERVER_REVIEW_MONTHS 36

/* States are ObserverState, events ObserverEventKind; the subject is not looked at. */
extern const struct machine observer_machine;

/* OBSERVER_APPROVAL, OBSERVER_SUSPENSION, OBSERVER_END: subject_org is a partner whose
 * status has such a move. */
int observer_check(const struct resolution_subject *subject,
		   struct refusal *refusal) PIDC_MUSTCHECK;
int observer_close(const struct resolution_subject *subject,
		   Pidc__V1__ResolutionClosed *body) PIDC_MUSTCHECK;
