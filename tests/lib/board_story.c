/* SPDX-License-Identifier: ISC */
#include "tests/lib/board_story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t digest[SHA256_LEN] = {1, 2, 3};

static void *must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static void add(struct board_story *board, size_t *n, void *list, void *item)
{
	void **old = *(void ***)list;
	void **made = must(arena_calloc(board->story.arena, *n + 1, sizeof(*made)));

	if (*n > 0)
		memcpy(made, old, *n * sizeof(*made));
	made[(*n)++] = item;
	*(void ***)list = made;
}

void board_story_act(struct board_story *board, const char *org, Pidc__V1__Role role)
{
	pidc__v1__actor__init(&board->actor);
	board->actor.org = story_text(&board->story, org);
	board->actor.principal_id = story_text(&board->story, org);
	board->actor.org_kind = PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER;
	board->roles[0] = role;
	board->roles[1] = PIDC__V1__ROLE__ROLE_BOARD_MEMBER;
	board->actor.roles = board->roles;
	board->actor.n_roles = role == PIDC__V1__ROLE__ROLE_BOARD_CHAIR ? 2 : 1;
	board->in.actor = &board->actor;
}

void board_story_seat(struct board_story *board, const char *orgs)
{
	board->facts.n_board = board->resolution.n_seats = 0;
	for (const char *at = orgs; *at != '\0'; at += strcspn(at, " "), at += strspn(at, " ")) {
		Pidc__V1__BoardSeat *seat = (Pidc__V1__BoardSeat *)must(
			message_new(&pidc__v1__board_seat__descriptor, board->story.arena));

		seat->org = must(arena_strndup(board->story.arena, at, strcspn(at, " ")));
		seat->principal_id = must(arena_printf(board->story.arena, "%s-%zu", seat->org,
						       board->facts.n_board));
		add(board, &board->facts.n_board, &board->facts.board, seat);
		add(board, &board->resolution.n_seats, &board->resolution.seats, seat);
	}
}

void board_story_recuse(struct board_story *board, const char *org, int is_noticed)
{
	Pidc__V1__Recusal *recusal = (Pidc__V1__Recusal *)must(
		message_new(&pidc__v1__recusal__descriptor, board->story.arena));

	recusal->org = story_text(&board->story, org);
	recusal->is_noticed = is_noticed;
	add(board, &board->resolution.n_recusals, &board->resolution.recusals, recusal);
}

void board_story_vote(struct board_story *board, const char *org, Pidc__V1__BallotChoice choice)
{
	Pidc__V1__Ballot *ballot = (Pidc__V1__Ballot *)must(
		message_new(&pidc__v1__ballot__descriptor, board->story.arena));

	ballot->member_org = story_text(&board->story, org);
	ballot->choice = choice;
	ballot->state = PIDC__V1__BALLOT_STATE__BALLOT_STATE_CURRENT;
	add(board, &board->resolution.n_ballots, &board->resolution.ballots, ballot);
}

static void resolution_fill(struct board_story *board, Pidc__V1__ResolutionState state)
{
	Pidc__V1__Resolution *r = &board->resolution;

	r->resolution_id = story_id(&board->story, "resolution");
	r->kind = PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_DIRECTION;
	r->mode = PIDC__V1__VOTING_MODE__VOTING_MODE_CIRCULAR;
	r->title = story_text(&board->story, "A plan");
	r->text = story_text(&board->story, "The plan is adopted.");
	r->resolution_digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	r->proposer_org = story_text(&board->story, "sec");
	r->proposed_at = story_time(&board->story, STORY_NOW - STORY_MONTH);
	r->closes_at = story_time(&board->story, STORY_NOW + STORY_DAY);
	r->state = state;
	r->version = 4;
}

void board_story_open(struct board_story *board, Pidc__V1__ResolutionState state)
{
	memset(board, 0, sizeof(*board));
	story_open(&board->story);
	pidc__store__v1__resolution_facts__init(&board->facts);
	pidc__v1__resolution__init(&board->resolution);
	pidc__v1__open_resolution_request__init(&board->opening);
	pidc__v1__ballot_statement__init(&board->ballot);
	pidc__store__v1__principal_facts__init(&board->signer);
	resolution_fill(board, state);
	board_story_seat(board, "fj nz pf tv ws");
	board->facts.resolution = &board->resolution;
	board->facts.chair_orgs = story_list(&board->story, &board->facts.n_chair_orgs, "fj", NULL);
	board->facts.signer = &board->signer;
	board->signer.key_bound = 1;
	board->signer.key_state = PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE;
	board->signer.key_principal_id = story_text(&board->story, "fj-0");
	board->opening.closes_at = story_time(&board->story, STORY_NOW + STORY_DAY);
	board->ballot.member_org = story_text(&board->story, "fj");
	board->ballot.origin = story_text(&board->story, "pidc.example/ledger1");
	board->ballot.resolution_digest = board->resolution.resolution_digest;
	board->ballot.number = 1;
	board->rescinds = board->resolution.resolution_digest;
	board_story_act(board, "fj", PIDC__V1__ROLE__ROLE_BOARD_CHAIR);
	board->in.facts = &board->facts.base;
	board->in.now_us = STORY_NOW;
	board->in.new_id = "00000000-0000-4000-8000-000000000001";
	board->in.origin = "pidc.example/ledger1";
	board->in.arena = board->story.arena;
	board->subject = (struct resolution_subject){
		.in = &board->in,
		.facts = &board->facts,
		.resolution = &board->resolution,
		.org = "fj",
		.reason = "a good reason",
		.opening = &board->opening,
		.ballot = &board->ballot,
		.rescinds_digest = &board->rescinds,
	};
}

void board_story_close(struct board_story *board)
{
	story_close(&board->story);
}
