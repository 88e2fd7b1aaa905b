/* SPDX-License-Identifier: ISC
 *
 * Counting: who could vote, whether enough did, and what they decided. Every number on
 * the way is kept, so that anybody can follow it.
 */
#include "core/board.h"
#include "core/rule_check.h"

#include <string.h>

bool board_has(Pidc__V1__BoardSeat *const *seats, size_t n, const char *org)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(seats[i]->org, org) == 0)
			return true;
	return false;
}

const Pidc__V1__Recusal *recusal_find(const Pidc__V1__Resolution *resolution, const char *org)
{
	for (size_t i = 0; i < resolution->n_recusals; i++)
		if (strcmp(resolution->recusals[i]->org, org) == 0)
			return resolution->recusals[i];
	return NULL;
}

static bool takes_notice(const Pidc__V1__Resolution *resolution, const Pidc__V1__Recusal *recusal)
{
	if (resolution->mode == PIDC__V1__VOTING_MODE__VOTING_MODE_IN_SESSION)
		return list_has(resolution->present_orgs, resolution->n_present_orgs, recusal->org);
	return recusal->is_noticed;
}

/* Each member once, however many seats it has. */
static void count_members(const Pidc__V1__Resolution *resolution, Pidc__V1__Tally *tally)
{
	for (size_t i = 0; i < resolution->n_seats; i++) {
		const char *org = resolution->seats[i]->org;
		const Pidc__V1__Recusal *recusal = recusal_find(resolution, org);

		if (board_has(resolution->seats, i, org))
			continue;
		tally->members++;
		if (recusal == NULL)
			continue;
		tally->recused++;
		tally->noticed += takes_notice(resolution, recusal);
	}
	tally->electors = tally->members - tally->recused;
}

static void count_ballots(const Pidc__V1__Resolution *resolution, Pidc__V1__Tally *tally)
{
	for (size_t i = 0; i < resolution->n_ballots; i++) {
		const Pidc__V1__Ballot *ballot = resolution->ballots[i];

		if (ballot->state != PIDC__V1__BALLOT_STATE__BALLOT_STATE_CURRENT)
			continue;
		tally->ballots++;
		tally->yes += ballot->choice == PIDC__V1__BALLOT_CHOICE__BALLOT_CHOICE_YES;
		tally->no += ballot->choice == PIDC__V1__BALLOT_CHOICE__BALLOT_CHOICE_NO;
		tally->abstain += ballot->choice == PIDC__V1__BALLOT_CHOICE__BALLOT_CHOICE_ABSTAIN;
	}
}

/* The least whole number that is more than this share. */
static uint32_t more_than(uint32_t count, uint32_t percent)
{
	return (uint32_t)((uint64_t)count * percent / 100) + 1;
}

static uint32_t at_least(uint32_t count, uint32_t percent)
{
	return (uint32_t)(((uint64_t)count * percent + 99) / 100);
}

enum resolution_event tally_count(const Pidc__V1__Resolution *resolution,
				  const Pidc__V1__BoardRules *rules, Pidc__V1__Tally *tally)
{
	pidc__v1__tally__init(tally);
	count_members(resolution, tally);
	count_ballots(resolution, tally);
	tally->quorum = more_than(tally->members, rules->quorum_over_percent);
	tally->ballots_needed = at_least(tally->electors, rules->ballots_min_percent);
	if (tally->ballots_needed < rules->ballots_min)
		tally->ballots_needed = rules->ballots_min;
	tally->yes_needed = more_than(tally->yes + tally->no, rules->majority_over_percent);
	tally->is_assumption = rules->is_assumption;
	if (tally->ballots + tally->noticed < tally->quorum ||
	    tally->ballots < tally->ballots_needed)
		return RESOLUTION_MISS_QUORUM;
	/* A34: whoever did not object has let it pass. */
	if (rules->decision_mode == PIDC__V1__DECISION_MODE__DECISION_MODE_CONSENSUS_NO_OBJECTION) {
		tally->yes_needed = 0;
		return tally->no == 0 ? RESOLUTION_CARRY : RESOLUTION_LOSE;
	}
	return tally->yes >= tally->yes_needed ? RESOLUTION_CARRY : RESOLUTION_LOSE;
}
