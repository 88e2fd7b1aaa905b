/* SPDX-License-Identifier: ISC
 *
 * The table of moves of an MoU, and its guards (PRO-3a).
 */
#include "core/mou.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define S(name)      PIDC__V1__MOU_STATE__MOU_STATE_##name
#define E(name)      PIDC__V1__MOU_STEP__MOU_STEP_##name
#define P(name)      PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_##name
#define R(name)      MACHINE_ROLE(name)
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define SECRETARIAT (R(SEC_OFFICER) | R(SEC_HOS))
#define SIGNATORIES (R(SEC_HOS) | R(BOARD_CHAIR) | R(PARTNER_SIGNATORY))
#define BIT(state)  (UINT32_C(1) << (state))

static const struct mou_subject *subject_of(const void *subject)
{
	return subject;
}

/* --- guards ------------------------------------------------------------------------- */

/* T10: a draft may start early, also with who is suspended; not with who is leaving. */
static int check_partner(const void *user, struct refusal *refusal)
{
	const Pidc__Store__V1__MouFacts *facts = subject_of(user)->facts;
	const uint32_t closed = BIT(P(EXITING)) | BIT(P(ENDED)) | BIT(P(DECLINED)) |
				BIT(P(WITHDRAWN)) | BIT(P(UNSPECIFIED));

	if (facts->org[0] == '\0')
		return refuse(refusal, REASON(E_NOT_FOUND), "org", "there is no such partner");
	return (closed >> facts->partner_state & 1) == 0
		       ? 0
		       : refuse(refusal, REASON(E_STATE), "org", "the partnership is at its end");
}

static int check_alone(const void *user, struct refusal *refusal)
{
	return !subject_of(user)->facts->has_other
		       ? 0
		       : refuse(refusal, REASON(E_EXISTS), "org",
				"another version is under way: revise that one");
}

static int check_well_formed(const void *user, struct refusal *refusal)
{
	return check_mou_terms(user, refusal);
}

static int check_complete(const void *user, struct refusal *refusal)
{
	const struct mou_subject *s = subject_of(user);
	Pidc__V1__MouFinding **findings = NULL;
	size_t count = 0;
	int rc = mou_findings(s->terms, s->facts->types, s->facts->n_types, s->in->arena, &findings,
			      &count);

	if (rc < 0 || count == 0)
		return rc;
	return refuse(refusal, findings[0]->reason, findings[0]->clause, "%s", findings[0]->detail);
}

/* SD-5 */
static int check_not_author(const void *user, struct refusal *refusal)
{
	const struct mou_subject *s = subject_of(user);

	return strcmp(s->facts->mou->author_id, s->in->actor->principal_id) != 0
		       ? 0
		       : refuse(refusal, REASON(E_SOD), "mou_id",
				"SD-5: nobody vets what they wrote");
}

static bool is_same_text(const struct mou_subject *s)
{
	const ProtobufCBinaryData *is = &s->facts->mou->digest;

	return s->digest != NULL && is->len == SHA256_LEN && s->digest->len == is->len &&
	       memcmp(s->digest->data, is->data, is->len) == 0;
}

/* PRO-3a.c */
static int check_same_text(const void *user, struct refusal *refusal)
{
	return is_same_text(subject_of(user))
		       ? 0
		       : refuse(refusal, REASON(E_FIELD), "digest", "not of the text on record");
}

/* L19 */
static int check_approved_text(const void *user, struct refusal *refusal)
{
	return is_same_text(subject_of(user))
		       ? 0
		       : refuse(refusal, REASON(E_STALE_APPROVAL), "subject_digest",
				"not of the text on record");
}

static int check_approval_stands(const void *user, struct refusal *refusal)
{
	return !subject_of(user)->facts->is_approval_rescinded
		       ? 0
		       : refuse(refusal, REASON(E_PREREQ_BOARD), "mou_id",
				"the Board has rescinded its approval");
}

/* T10: no signature before the Board has approved the partnership. */
static int check_negotiating(const void *user, struct refusal *refusal)
{
	const uint32_t open = BIT(P(NEGOTIATING)) | BIT(P(ACTIVE)) | BIT(P(RECOGNISED));

	return (open >> subject_of(user)->facts->partner_state & 1) != 0
		       ? 0
		       : refuse(refusal, REASON(E_PREREQ_BOARD), "mou_id",
				"signatures come once the partnership is negotiated");
}

/* PRO-3a.b: the named person for the partner, the named office for PIDC. */
static int check_signatory(const void *user, struct refusal *refusal)
{
	const struct mou_subject *s = subject_of(user);
	const Pidc__V1__Actor *actor = s->in->actor;
	const Pidc__V1__MouContent *content = s->facts->content;
	bool is_named = false;

	if (s->statement->party == PIDC__V1__MOU_PARTY__MOU_PARTY_PARTNER)
		is_named = strcmp(actor->org, s->facts->org) == 0 &&
			   actor_has_role(actor, PIDC__V1__ROLE__ROLE_PARTNER_SIGNATORY) &&
			   strcmp(actor->principal_id, content->partner_signatory) == 0;
	else if (s->statement->party == PIDC__V1__MOU_PARTY__MOU_PARTY_PIDC)
		is_named = strcmp(actor->org, s->facts->org) != 0 &&
			   actor_has_role(actor, content->pidc_signatory);
	return is_named ? 0
			: refuse(refusal, REASON(E_ROLE), "signed.party",
				 "the text names another signatory");
}

static int check_own_key(const void *user, struct refusal *refusal)
{
	const struct mou_subject *s = subject_of(user);

	if (strcmp(s->facts->signer_id, s->in->actor->principal_id) != 0)
		return refuse(refusal, REASON(E_OWNER_ONLY), "signed.signature",
			      "not made with a bound key of the caller");
	return strcmp(s->statement->origin, s->in->origin) == 0
		       ? 0
		       : refuse(refusal, REASON(E_FIELD), "origin", "signed for another register");
}

static int check_first_lapsed(const void *user, struct refusal *refusal)
{
	const struct mou_subject *s = subject_of(user);

	return mou_signature_lapsed(s->facts->mou, s->in->now_us)
		       ? 0
		       : refuse(refusal, REASON(E_STATE), "mou_id", "the first signature stands");
}

static int check_first_stands(const void *user, struct refusal *refusal)
{
	const struct mou_subject *s = subject_of(user);

	return !mou_signature_lapsed(s->facts->mou, s->in->now_us)
		       ? 0
		       : refuse(refusal, REASON(E_TERM_EXPIRED), "mou_id",
				"the first signature has lapsed");
}

static int check_other_party(const void *user, struct refusal *refusal)
{
	const struct mou_subject *s = subject_of(user);
	const Pidc__V1__Mou *mou = s->facts->mou;

	for (size_t i = 0; i < mou->n_signatures; i++)
		if (mou->signatures[i]->party == s->statement->party)
			return refuse(refusal, REASON(E_EXISTS), "signed.party",
				      "this party has signed");
	return 0;
}

static int check_own(const void *user, struct refusal *refusal)
{
	const struct mou_subject *s = subject_of(user);

	return strcmp(s->facts->org, s->in->actor->org) == 0
		       ? 0
		       : refuse(refusal, REASON(E_OWNER_ONLY), "mou_id", NULL);
}

/* What has ended or was replaced cannot be ended again. */
static int check_running(const void *user, struct refusal *refusal)
{
	const struct mou_subject *s = subject_of(user);
	const Google__Protobuf__Timestamp *ends_at = s->facts->mou->ends_at;
	int64_t us;

	return ends_at != NULL && time_from_proto(ends_at, &us) && s->in->now_us < us
		       ? 0
		       : refuse(refusal, REASON(E_MOU_NOT_IN_FORCE), "mou_id", "it has ended");
}

static int check_reason(const void *user, struct refusal *refusal)
{
	return check_text(refusal, "reason", subject_of(user)->reason, REASON_TEXT_MIN,
			  REASON_TEXT_MAX);
}

static const struct machine_guard partner = {"a partnership not at its end", check_partner};
static const struct machine_guard alone = {"no other version under way", check_alone};
static const struct machine_guard well_formed = {"well formed", check_well_formed};
static const struct machine_guard complete = {"complete", check_complete};
static const struct machine_guard not_author = {"SD-5", check_not_author};
static const struct machine_guard same_text = {"on this text", check_same_text};
static const struct machine_guard approved_text = {"digest of the resolution", check_approved_text};
static const struct machine_guard approval_stands = {"approval not rescinded",
						     check_approval_stands};
static const struct machine_guard negotiating = {"NEGOTIATING, ACTIVE or RECOGNISED",
						 check_negotiating};
static const struct machine_guard signatory = {"the named signatory", check_signatory};
static const struct machine_guard own_key = {"own key, this register", check_own_key};
static const struct machine_guard first_lapsed = {"first signature lapsed", check_first_lapsed};
static const struct machine_guard first_stands = {"first signature not lapsed", check_first_stands};
static const struct machine_guard other_party = {"the other party", check_other_party};
static const struct machine_guard own = {"its own", check_own};
static const struct machine_guard running = {"before its end", check_running};
static const struct machine_guard reason_given = {"reason given", check_reason};

/* --- the table ------------------------------------------------------------------------ */

static const char *const events[] = {
	[0] = "",
	[E(DRAFT)] = "Draft",
	[E(REVISE)] = "Revise",
	[E(VET)] = "Vet",
	[E(APPROVE)] = "Board: MOU_APPROVAL carried",
	[E(SIGN_FIRST)] = "Sign, first",
	[E(SIGN_SECOND)] = "Sign, second",
	[E(GIVE_NOTICE)] = "Terminate",
	[E(END_BY_BOARD)] = "Board: MOU_TERMINATION carried",
};

#define SIGNING &same_text, &signatory, &own_key, &approval_stands, &negotiating

/* clang-format off */
const struct machine_move mou_moves[] = {
	{0, E(DRAFT), S(DRAFT), SECRETARIAT, {&partner, &alone, &well_formed}},
	{S(DRAFT), E(REVISE), S(DRAFT), SECRETARIAT, {&partner, &well_formed}},
	{S(VETTED), E(REVISE), S(DRAFT), SECRETARIAT, {&partner, &well_formed}},
	{S(BOARD_APPROVED), E(REVISE), S(DRAFT), SECRETARIAT, {&partner, &well_formed}},
	{S(SIGNED_ONE), E(REVISE), S(DRAFT), SECRETARIAT, {&partner, &well_formed}},
	{S(DRAFT), E(VET), S(VETTED), R(SEC_HOS), {&not_author, &same_text, &complete}},
	{S(VETTED), E(APPROVE), S(BOARD_APPROVED), 0, {&approved_text}},
	{S(BOARD_APPROVED), E(SIGN_FIRST), S(SIGNED_ONE), SIGNATORIES, {SIGNING}},
	{S(SIGNED_ONE), E(SIGN_FIRST), S(SIGNED_ONE), SIGNATORIES, {&first_lapsed, SIGNING}},
	{S(SIGNED_ONE), E(SIGN_SECOND), S(IN_FORCE), SIGNATORIES,
	 {&first_stands, SIGNING, &other_party}},
	{S(IN_FORCE), E(GIVE_NOTICE), S(NOTICE_GIVEN), R(PARTNER_SIGNATORY),
	 {&own, &running, &reason_given}},
	{S(IN_FORCE), E(END_BY_BOARD), S(NOTICE_GIVEN), 0, {&approved_text, &running}},
};
/* clang-format on */

const struct machine mou_machine = {
	.noun = "mou",
	.states = &pidc__v1__mou_state__descriptor,
	.state_prefix = "MOU_STATE_",
	.events = events,
	.event_count = sizeof(events) / sizeof(events[0]),
	.moves = mou_moves,
	.move_count = sizeof(mou_moves) / sizeof(mou_moves[0]),
};

/* --- what the rules share --------------------------------------------------------------- */

bool mou_signature_lapsed(const Pidc__V1__Mou *mou, int64_t now_us)
{
	int64_t signed_us, lapses_us;

	if (mou->n_signatures == 0 || mou->signatures[0]->signed_at == NULL ||
	    !time_from_proto(mou->signatures[0]->signed_at, &signed_us))
		return true;
	return !time_add_months(signed_us, MOU_SIGNATURE_MONTHS, &lapses_us) || lapses_us <= now_us;
}

int mou_digest(const char *mou_id, const ProtobufCBinaryData *terms, struct arena *arena,
	       ProtobufCBinaryData *ret)
{
	static const char label[] = "pidc/mou/v1"; /* with its 0 */
	const struct bytes parts[] = {
		{label, sizeof(label)}, {mou_id, strlen(mou_id) + 1}, {terms->data, terms->len}};
	uint8_t *digest = arena_alloc(arena, SHA256_LEN);

	if (digest == NULL)
		return PIDC_ENOMEM;
	sha256(parts, 3, digest);
	*ret = (ProtobufCBinaryData){SHA256_LEN, digest};
	return 0;
}

int mou_step(const struct mou_subject *subject, Pidc__V1__MouStep step, uint32_t expected,
	     Pidc__V1__MouMove **ret, struct refusal *refusal)
{
	const Pidc__V1__Mou *mou = subject->facts->mou;
	Pidc__V1__MouMove *move = (Pidc__V1__MouMove *)message_new(&pidc__v1__mou_move__descriptor,
								   subject->in->arena);
	int from = 0, to = 0;
	int rc;

	if (move == NULL)
		return PIDC_ENOMEM;
	if (mou == NULL && step != E(DRAFT))
		return refuse(refusal, REASON(E_NOT_FOUND), "mou_id", NULL);
	if (mou != NULL && expected != 0 && expected != mou->version)
		return refuse(refusal, REASON(E_VERSION), "expected_version", "it is %u",
			      mou->version);
	from = step == E(DRAFT) ? 0 : (int)mou->state;
	rc = machine_step(&mou_machine, from, (int)step, subject->in->actor, subject, &to, refusal);
	if (rc < 0)
		return rc;
	move->mou_id = step == E(DRAFT) ? (char *)(uintptr_t)subject->in->new_id : mou->mou_id;
	move->step = step;
	move->from = (Pidc__V1__MouState)from;
	move->to = (Pidc__V1__MouState)to;
	if (subject->reason != NULL)
		move->reason = (char *)(uintptr_t)subject->reason;
	*ret = move;
	return 0;
}

int mou_notice_end(const struct mou_subject *subject, Pidc__V1__MouMove *move)
{
	int64_t notice_us, term_us;

	if (!time_add_months(subject->in->now_us, (int)subject->facts->content->notice_months,
			     &notice_us))
		notice_us = INT64_MAX;
	if (subject->facts->mou->term_to != NULL &&
	    time_from_proto(subject->facts->mou->term_to, &term_us) && term_us < notice_us)
		notice_us = term_us;
	move->terminates_at = time_to_proto(subject->in->arena, notice_us);
	return move->terminates_at == NULL ? PIDC_ENOMEM : 0;
}
