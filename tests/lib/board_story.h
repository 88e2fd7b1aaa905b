/* SPDX-License-Identifier: ISC
 *
 * A Board for the tests of core/: Fiji chairs it; Tuvalu, New Zealand, French Polynesia
 * and Samoa have a seat each. Everything of the subject holds, so that each guard lets
 * every move through until a test spoils it.
 */
#pragma once

#include "core/board.h"
#include "tests/lib/core_story.h"

struct board_story {
	struct story story;
	struct rule_input in;
	struct resolution_subject subject;
	Pidc__Store__V1__ResolutionFacts facts;
	Pidc__V1__Resolution resolution;
	Pidc__V1__OpenResolutionRequest opening;
	Pidc__V1__BallotStatement ballot;
	Pidc__Store__V1__PrincipalFacts signer;
	Pidc__V1__Actor actor;
	Pidc__V1__Role roles[2];
	ProtobufCBinaryData rescinds;
};

/* A resolution proposed by the Secretariat a month ago, ready for any move; Fiji's chair
 * acts. */
void board_story_open(struct board_story *board, Pidc__V1__ResolutionState state);
void board_story_close(struct board_story *board);

/* Who acts: a Board member of that member. */
void board_story_act(struct board_story *board, const char *org, Pidc__V1__Role role);
/* The seats of the Board now, and of the resolution; "fj fj tv". */
void board_story_seat(struct board_story *board, const char *orgs);
void board_story_recuse(struct board_story *board, const char *org, int is_noticed);
/* The current ballot of a member. */
void board_story_vote(struct board_story *board, const char *org, Pidc__V1__BallotChoice choice);
