/* SPDX-License-Identifier: ISC
 *
 * Rows of the table of kinds (core/resolution_kind.h) that are about MoUs.
 */
#pragma once

#include "core/resolution_kind.h"

/* MOU_APPROVAL: the text was vetted (DOC-8), and the digest is its digest. */
int mou_approval_check(const struct resolution_subject *subject,
		       struct refusal *refusal) PIDC_MUSTCHECK;
/* Carried: BOARD_APPROVED. */
int mou_approval_close(const struct resolution_subject *subject,
		       Pidc__V1__ResolutionClosed *body) PIDC_MUSTCHECK;
/* MOU_TERMINATION: both have signed it, and the digest is its digest. */
int mou_termination_check(const struct resolution_subject *subject,
			  struct refusal *refusal) PIDC_MUSTCHECK;
/* Carried: it ends after its notice. */
int mou_termination_close(const struct resolution_subject *subject,
			  Pidc__V1__ResolutionClosed *body) PIDC_MUSTCHECK;
