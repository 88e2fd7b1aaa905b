/* SPDX-License-Identifier: ISC
 *
 * The Board's resolutions: one machine (resolution_machine), stepped through by the
 * rules of core/resolution*.c and core/ballot.c.
 *
 * Words: a *seat* is a principal of a member with the role BOARD_MEMBER or BOARD_CHAIR;
 * the *electorate* are the members with seats as a vote opens, without those recused.
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"
#include "core/machine.h"
#include "core/rule.h"

#include "pidc/v1/board.pb-c.h"
#include "pidc/v1/statement.pb-c.h"

/* Seats of a Board: more would be no board any more. */
#define BOARD_SEATS_MAX 64

/* What was carried and nobody has made use of since lapses: an assumption, as the rules are
 * (A5). */
#define RESOLUTION_LAPSE_MONTHS 12

enum resolution_event {
	RESOLUTION_PROPOSE,
	RESOLUTION_SECOND,
	RESOLUTION_OPEN,
	RESOLUTION_RECUSE,
	RESOLUTION_CAST,
	RESOLUTION_CARRY, /* a closing, by what the tally says: these three */
	RESOLUTION_LOSE,
	RESOLUTION_MISS_QUORUM,
	RESOLUTION_WITHDRAW,
	RESOLUTION_DEFER,
	RESOLUTION_RESCIND,
	RESOLUTION_EVENT_COUNT
};

/* What the guards look at; borrowed. */
struct resolution_subject {
	const struct rule_input *in;
	const Pidc__Store__V1__ResolutionFacts *facts;
	const Pidc__V1__Resolution *resolution; /* PROPOSE: as asked for */
	const char *org;                        /* RECUSE: whom it is about */
	const char *reason;                     /* RECUSE, WITHDRAW, DEFER */
	const Pidc__V1__OpenResolutionRequest *opening;
	const Pidc__V1__BallotStatement *ballot;
	const ProtobufCBinaryData *rescinds_digest; /* RESCIND: subject_digest of who does */
};

extern const struct machine resolution_machine;
extern const struct machine_move resolution_moves[];

/* The rules of a Board that has not adopted any (A5). */
void board_rules_default(Pidc__V1__BoardRules *ret);
/* Of the facts, or the defaults, in *spare. */
const Pidc__V1__BoardRules *board_rules_of(const Pidc__Store__V1__ResolutionFacts *facts,
					   Pidc__V1__BoardRules *spare);

/* Resolution.resolution_digest. 0 or PIDC_ENOMEM. */
int resolution_digest(const Pidc__V1__Resolution *resolution, struct arena *arena,
		      uint8_t ret[SHA256_LEN]) PIDC_MUSTCHECK;

/* Carried so long ago that what it was to be used for is not what was decided any more. */
bool resolution_has_lapsed(const Pidc__V1__Resolution *resolution, int64_t now_us);

bool board_has(Pidc__V1__BoardSeat *const *seats, size_t n, const char *org);
/* NULL: the member is not recused. */
const Pidc__V1__Recusal *recusal_find(const Pidc__V1__Resolution *resolution, const char *org);

/* Count: seats, recusals, present_orgs, mode and ballots (CURRENT ones) of the resolution
 * under these rules. The event that follows. */
enum resolution_event tally_count(const Pidc__V1__Resolution *resolution,
				  const Pidc__V1__BoardRules *rules, Pidc__V1__Tally *ret);

/* Parse the signed bytes strictly and check the syntax of every value. 0 with *ret in the
 * arena, PIDC_EREFUSED or PIDC_ENOMEM. The service asks for the facts by it; the rule
 * reads it again. */
int ballot_read(const Pidc__V1__SignedStatement *signed_statement, struct arena *arena,
		Pidc__V1__BallotStatement **ret, struct refusal *refusal) PIDC_MUSTCHECK;

/* --- what the rules share ------------------------------------------------------------ */

/* Subject of a rule about a resolution that exists; E_NOT_FOUND, or E_VERSION when
 * expected is neither 0 nor its version. */
int resolution_subject_init(struct resolution_subject *subject, const struct rule_input *in,
			    uint32_t expected, struct refusal *refusal) PIDC_MUSTCHECK;
/* One step of the machine from the resolution's state. */
int resolution_step(const struct resolution_subject *subject, enum resolution_event event,
		    int *ret_state, struct refusal *refusal) PIDC_MUSTCHECK;
/* Entity and concerns: members and the Secretariat. 0 or PIDC_ENOMEM. */
int resolution_event_set(const struct resolution_subject *subject,
			 Pidc__V1__Event *event) PIDC_MUSTCHECK;
