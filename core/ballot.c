/* SPDX-License-Identifier: ISC
 *
 * Ballots and the closing of a vote.
 */
#include "core/board.h"
#include "core/consent.h"
#include "core/message.h"
#include "core/resolution_kind.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define BODY(name)   PIDC__V1__EVENT__BODY_##name

/* Two ids, a digest, a reason. */
#define BALLOT_BYTES_MAX    ((size_t)8 * 1024)
#define BALLOT_ELEMENTS_MAX ((size_t)16)

/* --- casting ------------------------------------------------------------------------ */

int ballot_read(const Pidc__V1__SignedStatement *signed_statement, struct arena *arena,
		Pidc__V1__BallotStatement **ret, struct refusal *refusal)
{
	struct pidc_error err = {0};
	ProtobufCMessage *message = NULL;
	Pidc__V1__BallotStatement *ballot;
	int rc;

	if (signed_statement == NULL)
		return refuse(refusal, REASON(E_FIELD), "signed", "it is mandatory");
	if (signed_statement->statement.len > BALLOT_BYTES_MAX)
		return refuse(refusal, REASON(E_LIMIT), "signed.statement", "at most %zu bytes",
			      BALLOT_BYTES_MAX);
	rc = message_unpack(&pidc__v1__ballot_statement__descriptor,
			    signed_statement->statement.data, signed_statement->statement.len,
			    BALLOT_ELEMENTS_MAX, arena, &message, &err);
	if (rc == PIDC_EINVAL)
		return refuse(refusal, REASON(E_MALFORMED), "signed.statement", "%.150s", err.msg);
	if (rc < 0)
		return rc;
	ballot = (Pidc__V1__BallotStatement *)message;
	if (!text_is_uuid(ballot->resolution_id))
		return refuse(refusal, REASON(E_FIELD), "resolution_id", "a lower-case UUID");
	rc = check_enum(refusal, "choice", &pidc__v1__ballot_choice__descriptor,
			(int)ballot->choice);
	if (rc == 0)
		rc = check_text(refusal, "reason", ballot->reason, 0, REASON_TEXT_MAX);
	if (rc == 0)
		*ret = ballot;
	return rc;
}

/* Until the vote closes, what a member chose is its own to know. */
static int cast_event(const struct resolution_subject *subject,
		      const Pidc__V1__CastBallotRequest *request, Pidc__V1__Event *event)
{
	const struct rule_input *in = subject->in;
	const char *voter[1] = {in->actor->org};
	Pidc__V1__BallotCast *body =
		(Pidc__V1__BallotCast *)message_new(&pidc__v1__ballot_cast__descriptor, in->arena);
	int rc;

	if (body == NULL)
		return PIDC_ENOMEM;
	body->signed_ = request->signed_;
	body->signer_id = subject->facts->signer->key_principal_id;
	body->resolution_id = subject->resolution->resolution_id;
	body->member_org = subject->ballot->member_org;
	body->choice = subject->ballot->choice;
	body->reason = subject->ballot->reason;
	body->number = subject->ballot->number;
	event->body_case = BODY(BALLOT_CAST);
	event->ballot_cast = body;
	rc = resolution_event_set(subject, event);
	return rc < 0 ? rc : event_set_concerns(in, event, voter, 1);
}

int rule_cast_ballot(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__CastBallotRequest *request =
		(const Pidc__V1__CastBallotRequest *)in->request;
	Pidc__V1__BallotStatement *ballot = NULL;
	struct resolution_subject subject;
	uint8_t spki[SHA256_LEN];
	int state;
	int rc = ballot_read(request->signed_, in->arena, &ballot, refusal);

	if (rc == 0)
		rc = consent_verify(request->signed_, spki, refusal);
	if (rc == 0)
		rc = resolution_subject_init(&subject, in, 0, refusal);
	if (rc != 0)
		return rc;
	subject.ballot = ballot;
	rc = resolution_step(&subject, RESOLUTION_CAST, &state, refusal);
	return rc < 0 ? rc : cast_event(&subject, request, event);
}

/* --- closing ------------------------------------------------------------------------- */

/* What the end of the vote does: its kind says. */
static int effect_find(const struct resolution_subject *subject, Pidc__V1__ResolutionClosed *body)
{
	const struct resolution_kind *kind = resolution_kind_find(subject->resolution->kind);

	body->effect = PIDC__V1__RESOLUTION_EFFECT__RESOLUTION_EFFECT_NONE;
	return kind == NULL || kind->close == NULL ? 0 : kind->close(subject, body);
}

static int counted_make(const struct resolution_subject *subject, Pidc__V1__ResolutionClosed *body)
{
	const Pidc__V1__Resolution *r = subject->resolution;
	struct arena *arena = subject->in->arena;

	body->ballots = arena_calloc(arena, r->n_ballots, sizeof(*body->ballots));
	if (body->ballots == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < r->n_ballots; i++) {
		Pidc__V1__CountedBallot *counted = (Pidc__V1__CountedBallot *)message_new(
			&pidc__v1__counted_ballot__descriptor, arena);

		if (counted == NULL)
			return PIDC_ENOMEM;
		counted->member_org = r->ballots[i]->member_org;
		counted->choice = r->ballots[i]->choice;
		counted->index = r->ballots[i]->index;
		body->ballots[body->n_ballots++] = counted;
	}
	return 0;
}

int rule_close_resolution(const struct rule_input *in, Pidc__V1__Event *event,
			  struct refusal *refusal)
{
	Pidc__V1__ResolutionClosed *body = (Pidc__V1__ResolutionClosed *)message_new(
		&pidc__v1__resolution_closed__descriptor, in->arena);
	Pidc__V1__Tally *tally = arena_alloc(in->arena, sizeof(*tally));
	struct resolution_subject subject;
	Pidc__V1__BoardRules spare;
	enum resolution_event outcome;
	int state = 0;
	int rc = resolution_subject_init(&subject, in, 0, refusal);

	if (rc < 0)
		return rc;
	if (body == NULL || tally == NULL)
		return PIDC_ENOMEM;
	/* Of the opening, not of today. */
	board_rules_default(&spare);
	outcome = tally_count(
		subject.resolution,
		subject.resolution->rules == NULL ? &spare : subject.resolution->rules, tally);
	rc = resolution_step(&subject, outcome, &state, refusal);
	if (rc < 0)
		return rc;
	body->resolution_id = subject.resolution->resolution_id;
	body->state = (Pidc__V1__ResolutionState)state;
	body->tally = tally;
	rc = effect_find(&subject, body);
	if (rc == 0)
		rc = counted_make(&subject, body);
	if (rc < 0)
		return rc;
	event->body_case = BODY(RESOLUTION_CLOSED);
	event->resolution_closed = body;
	return resolution_event_set(&subject, event);
}
