/* SPDX-License-Identifier: ISC
 *
 * Rows of the table of kinds (core/resolution_kind.h) that are about policies.
 */
#pragma once

#include "core/resolution_kind.h"

/* POLICY_ADOPTION: the version waits for the Board, and the digest is its digest. */
int policy_adoption_check(const struct resolution_subject *subject,
			  struct refusal *refusal) PIDC_MUSTCHECK;
/* Carried: the version is ADOPTED; not carried: a draft again. */
int policy_adoption_close(const struct resolution_subject *subject,
			  Pidc__V1__ResolutionClosed *body) PIDC_MUSTCHECK;
/* POLICY_REVIEW: the version is in force. What the review says is concluded by
 * ConcludePolicyReview, with this resolution. */
int policy_review_check(const struct resolution_subject *subject,
			struct refusal *refusal) PIDC_MUSTCHECK;
