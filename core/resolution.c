/* SPDX-License-Identifier: ISC
 *
 * The machine of a resolution: what can happen in which state, for whom, under which
 * guards. There is no other way for a resolution to change.
 */
#include "core/board.h"
#include "core/resolution_guard.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define STATE(name)  PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define HOS   MACHINE_ROLE(SEC_HOS)
#define BOARD (MACHINE_ROLE(BOARD_MEMBER) | MACHINE_ROLE(BOARD_CHAIR))
#define CHAIR MACHINE_ROLE(BOARD_CHAIR)

#define RECUSING &guard_own_or_ruled, &guard_reason, &guard_seated, &guard_not_yet_recused
#define CLOSING  &guard_closer_not_recused, &guard_voting_done

static const char *const events[RESOLUTION_EVENT_COUNT] = {
	[RESOLUTION_PROPOSE] = "Propose",
	[RESOLUTION_SECOND] = "Second",
	[RESOLUTION_OPEN] = "Open",
	[RESOLUTION_RECUSE] = "DeclareRecusal",
	[RESOLUTION_CAST] = "CastBallot",
	[RESOLUTION_CARRY] = "Close: carried",
	[RESOLUTION_LOSE] = "Close: not carried",
	[RESOLUTION_MISS_QUORUM] = "Close: no quorum",
	[RESOLUTION_WITHDRAW] = "Withdraw",
	[RESOLUTION_DEFER] = "Defer",
	[RESOLUTION_RESCIND] = "Rescind (effect)",
};

/* clang-format off */
const struct machine_move resolution_moves[] = {
	{0, RESOLUTION_PROPOSE, STATE(TABLED), HOS | BOARD,
	 {&guard_well_formed, &guard_subject_fits}},
	{STATE(TABLED), RESOLUTION_SECOND, STATE(SECONDED), BOARD,
	 {&guard_other_member, &guard_seconder_not_recused}},
	{STATE(SECONDED), RESOLUTION_OPEN, STATE(OPEN), BOARD,
	 {&guard_presides, &guard_notice, &guard_prerequisites, &guard_closing_time,
	  &guard_attendance, &guard_electors}},
	{STATE(TABLED), RESOLUTION_RECUSE, STATE(TABLED), BOARD, {RECUSING}},
	{STATE(SECONDED), RESOLUTION_RECUSE, STATE(SECONDED), BOARD, {RECUSING}},
	{STATE(OPEN), RESOLUTION_RECUSE, STATE(OPEN), BOARD, {RECUSING, &guard_voting}},
	{STATE(OPEN), RESOLUTION_CAST, STATE(OPEN), 0,
	 {&guard_own_ballot, &guard_elector, &guard_voter_not_recused, &guard_voting,
	  &guard_seat_signs, &guard_same_text, &guard_next_ballot}},
	{STATE(OPEN), RESOLUTION_CARRY, STATE(CARRIED), HOS | BOARD, {CLOSING}},
	{STATE(OPEN), RESOLUTION_LOSE, STATE(NOT_CARRIED), HOS | BOARD, {CLOSING}},
	{STATE(OPEN), RESOLUTION_MISS_QUORUM, STATE(INQUORATE), HOS | BOARD, {CLOSING}},
	{STATE(TABLED), RESOLUTION_WITHDRAW, STATE(WITHDRAWN), HOS | BOARD,
	 {&guard_proposer, &guard_reason}},
	{STATE(SECONDED), RESOLUTION_WITHDRAW, STATE(WITHDRAWN), HOS | BOARD,
	 {&guard_proposer, &guard_reason}},
	{STATE(TABLED), RESOLUTION_DEFER, STATE(DEFERRED), CHAIR,
	 {&guard_closer_not_recused, &guard_reason}},
	{STATE(SECONDED), RESOLUTION_DEFER, STATE(DEFERRED), CHAIR,
	 {&guard_closer_not_recused, &guard_reason}},
	{STATE(OPEN), RESOLUTION_DEFER, STATE(DEFERRED), CHAIR,
	 {&guard_closer_not_recused, &guard_reason, &guard_voting, &guard_no_ballots}},
	{STATE(CARRIED), RESOLUTION_RESCIND, STATE(RESCINDED), 0, {&guard_rescinded_text}},
};
/* clang-format on */

const struct machine resolution_machine = {
	.noun = "resolution",
	.states = &pidc__v1__resolution_state__descriptor,
	.state_prefix = "RESOLUTION_STATE_",
	.events = events,
	.event_count = RESOLUTION_EVENT_COUNT,
	.moves = resolution_moves,
	.move_count = sizeof(resolution_moves) / sizeof(resolution_moves[0]),
};

/* --- the digest of what is voted on -------------------------------------------------- */

static const char *enum_word(const ProtobufCEnumDescriptor *type, int value, const char *prefix)
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);

	return found == NULL ? "" : found->name + strlen(prefix);
}

static const char *hex(const ProtobufCBinaryData *data, struct arena *arena)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_calloc(arena, data->len + 1, 2);

	for (size_t i = 0; text != NULL && i < data->len; i++) {
		text[2 * i] = digits[data->data[i] >> 4];
		text[2 * i + 1] = digits[data->data[i] & 15];
	}
	return text;
}

int resolution_digest(const Pidc__V1__Resolution *resolution, struct arena *arena,
		      uint8_t ret[SHA256_LEN])
{
	const char *texts[] = {
		"pidc/resolution/v1",
		resolution->resolution_id,
		enum_word(&pidc__v1__resolution_kind__descriptor, (int)resolution->kind,
			  "RESOLUTION_KIND_"),
		resolution->title,
		resolution->text,
		enum_word(&pidc__v1__voting_mode__descriptor, (int)resolution->mode,
			  "VOTING_MODE_"),
		resolution->subject_org,
		resolution->subject_id,
		hex(&resolution->text_digest, arena),
		hex(&resolution->subject_digest, arena),
	};
	struct bytes parts[sizeof(texts) / sizeof(texts[0])];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i] == NULL)
			return PIDC_ENOMEM;
		parts[i] = (struct bytes){texts[i], strlen(texts[i]) + 1}; /* with its 0 */
	}
	sha256(parts, sizeof(texts) / sizeof(texts[0]), ret);
	return 0;
}

/* --- what the rules share ------------------------------------------------------------- */

int resolution_subject_init(struct resolution_subject *subject, const struct rule_input *in,
			    uint32_t expected, struct refusal *refusal)
{
	*subject = (struct resolution_subject){
		.in = in,
		.facts = (const Pidc__Store__V1__ResolutionFacts *)in->facts,
		.org = "",
		.reason = "",
	};
	subject->resolution = subject->facts->resolution;
	if (subject->resolution == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "resolution_id", NULL);
	if (expected != 0 && expected != subject->resolution->version)
		return refuse(refusal, REASON(E_VERSION), "expected_version", "it has version %u",
			      subject->resolution->version);
	return 0;
}

bool resolution_has_lapsed(const Pidc__V1__Resolution *resolution, int64_t now_us)
{
	int64_t closed_us, lapses_us;

	return resolution->closed_at != NULL &&
	       time_from_proto(resolution->closed_at, &closed_us) &&
	       time_add_months(closed_us, RESOLUTION_LAPSE_MONTHS, &lapses_us) &&
	       now_us >= lapses_us;
}

int resolution_step(const struct resolution_subject *subject, enum resolution_event event,
		    int *ret_state, struct refusal *refusal)
{
	return machine_step(&resolution_machine, (int)subject->resolution->state, (int)event,
			    subject->in->actor, subject, ret_state, refusal);
}

int resolution_event_set(const struct resolution_subject *subject, Pidc__V1__Event *event)
{
	const Pidc__Store__V1__ResolutionFacts *facts = subject->facts;
	int rc = event_set_entity(subject->in, event, subject->resolution->resolution_id,
				  subject->resolution->version + 1);

	return rc < 0 ? rc
		      : event_set_concerns(subject->in, event, (const char *const *)facts->audience,
					   facts->n_audience);
}
