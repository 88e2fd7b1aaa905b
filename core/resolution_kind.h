/* SPDX-License-Identifier: ISC
 *
 * What the kinds of resolutions differ in: what a proposal has to name, what has to be on
 * record before the vote, and what the end of the vote does. One row a kind, in
 * resolution_kind.c; a noun's functions stand beside its rules (<noun>_effect.c). What
 * they look at comes with the ResolutionFacts (daemon/service/resolution_fact.c loads it).
 */
#pragma once

#include "core/board.h"

/* What a proposal of the kind has to name. */
#define RESOLUTION_NAMES_ORG    1U /* subject_org */
#define RESOLUTION_NAMES_ID     2U /* subject_id */
#define RESOLUTION_NAMES_DIGEST 4U /* subject_digest: or it would approve anything */

/* All functions may be NULL: nothing. */
struct resolution_kind {
	Pidc__V1__ResolutionKind kind;
	unsigned names;
	/* At the proposal, when what it has to name is there. 0, PIDC_EREFUSED or
	 * PIDC_ENOMEM. */
	int (*check_subject)(const struct resolution_subject *subject, struct refusal *refusal);
	/* What has to be on record before the Board is asked. The same. */
	int (*check_opening)(const struct resolution_subject *subject, struct refusal *refusal);
	/* The vote is over; body has the state that it ended in (CARRIED, NOT_CARRIED,
	 * INQUORATE) and effect NONE. Sets what the end does, which the same entry applies, and
	 * effect: DONE, or STALE when what was voted on is not what is there any more. 0 or
	 * PIDC_ENOMEM. */
	int (*close)(const struct resolution_subject *subject, Pidc__V1__ResolutionClosed *body);
	/* More information is needed. 0 or PIDC_ENOMEM. */
	int (*defer)(const struct resolution_subject *subject, Pidc__V1__ResolutionDeferred *body);
};

/* NULL: there is no such kind. */
const struct resolution_kind *resolution_kind_find(Pidc__V1__ResolutionKind kind);

/* The digest that the resolution names is this one. */
bool resolution_names_digest(const Pidc__V1__Resolution *resolution,
			     const ProtobufCBinaryData *digest);
