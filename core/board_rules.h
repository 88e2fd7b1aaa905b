/* SPDX-License-Identifier: ISC
 *
 * Other rules of the Board, and what a resolution of kind BOARD_RULES does (its row in
 * core/resolution_kind.h).
 */
#pragma once

#include "core/resolution_kind.h"

/* ProposeBoardRulesResponse.digest: rules->version is the version that they are to have.
 * 0 or PIDC_ENOMEM. */
int board_rules_digest(const Pidc__V1__BoardRules *rules, struct arena *arena,
		       uint8_t ret[SHA256_LEN]) PIDC_MUSTCHECK;

/* The proposal is there, has this digest, and follows the rules as they are. */
int board_rules_check(const struct resolution_subject *subject,
		      struct refusal *refusal) PIDC_MUSTCHECK;
/* Carried: they are the rules of votes that open from then on. */
int board_rules_close(const struct resolution_subject *subject,
		      Pidc__V1__ResolutionClosed *body) PIDC_MUSTCHECK;
