/* SPDX-License-Identifier: ISC
 *
 * What becomes of a partnership that is there: guards of its suspension, exit and
 * reopening for the table of moves, and the rows of the table of kinds
 * (core/resolution_kind.h) by which the Board decides on them.
 */
#pragma once

#include "core/machine.h"
#include "core/resolution_kind.h"

/* Subject: the rule's input, its facts PartnershipFacts. */
extern const struct machine_guard guard_asked, guard_resolved, guard_lapses, guard_wound_down,
	guard_cooled_down;

/* SUSPEND_PARTNERSHIP, RESUME_PARTNERSHIP, END_PARTNERSHIP: the partnership is in a state in
 * which it can. */
int standing_check(const struct resolution_subject *subject,
		   struct refusal *refusal) PIDC_MUSTCHECK;
/* END_PARTNERSHIP: and the partner had 14 days to answer (A15). */
int standing_check_heard(const struct resolution_subject *subject,
			 struct refusal *refusal) PIDC_MUSTCHECK;
/* Carried: the partnership moves. */
int standing_close(const struct resolution_subject *subject,
		   Pidc__V1__ResolutionClosed *body) PIDC_MUSTCHECK;
