/* SPDX-License-Identifier: ISC
 *
 * The guards of a resolution's moves. The subject is a struct resolution_subject.
 */
#pragma once

#include "core/machine.h"

extern const struct machine_guard guard_well_formed, guard_subject_fits, guard_other_member,
	guard_seconder_not_recused, guard_presides, guard_notice, guard_prerequisites,
	guard_closing_time, guard_attendance, guard_electors, guard_own_or_ruled, guard_reason,
	guard_seated, guard_not_yet_recused, guard_voting, guard_own_ballot, guard_elector,
	guard_voter_not_recused, guard_seat_signs, guard_same_text, guard_next_ballot,
	guard_closer_not_recused, guard_voting_done, guard_proposer, guard_no_ballots,
	guard_rescinded_text;
