/* SPDX-License-Identifier: ISC
 *
 * The table of moves of a policy's version, and its guards.
 */
#include "core/policy.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

#define S(name)      PIDC__V1__POLICY_STATE__POLICY_STATE_##name
#define E(name)      PIDC__V1__POLICY_STEP__POLICY_STEP_##name
#define R(name)      MACHINE_ROLE(name)
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define SECRETARIAT (R(SEC_OFFICER) | R(SEC_HOS))
#define INVITED                                                                           \
	(R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(PARTNER_OFFICER) | R(PARTNER_SIGNATORY) | \
	 R(OBSERVER_DELEGATE))

/* REV-2: who is asked has 30 days; who is asked for more than a year is not asked. */
#define CONSULTATION_DAYS_MIN 30
#define CONSULTATION_DAYS_MAX 366
#define US_PER_DAY            (INT64_C(24) * 3600 * 1000000)

static const struct policy_subject *subject_of(const void *subject)
{
	return subject;
}

static bool is_same(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* --- guards -------------------------------------------------------------------------- */

/* Two drafts of one document would each be approved without the other. */
static int check_only_draft(const void *user, struct refusal *refusal)
{
	return subject_of(user)->facts->has_draft
		       ? refuse(refusal, REASON(E_STATE), "document.code",
				"a version of it is on its way already")
		       : 0;
}

static int check_long_enough(const void *user, struct refusal *refusal)
{
	const struct policy_subject *s = subject_of(user);

	if (s->closes_us < s->in->now_us + CONSULTATION_DAYS_MIN * US_PER_DAY)
		return refuse(refusal, REASON(E_FIELD), "closes_at", "%d days ahead at least",
			      CONSULTATION_DAYS_MIN);
	return s->closes_us <= s->in->now_us + CONSULTATION_DAYS_MAX * US_PER_DAY
		       ? 0
		       : refuse(refusal, REASON(E_FIELD), "closes_at", "at most %d days ahead",
				CONSULTATION_DAYS_MAX);
}

static bool is_consultation_over(const struct policy_subject *s)
{
	const Google__Protobuf__Timestamp *closes = s->facts->version->consultation_closes_at;
	int64_t us;

	return closes == NULL || !time_from_proto(closes, &us) || us <= s->in->now_us;
}

static int check_open(const void *user, struct refusal *refusal)
{
	return is_consultation_over(subject_of(user))
		       ? refuse(refusal, REASON(E_DEADLINE), NULL, "the consultation is over")
		       : 0;
}

static int check_over(const void *user, struct refusal *refusal)
{
	return is_consultation_over(subject_of(user))
		       ? 0
		       : refuse(refusal, REASON(E_DEADLINE), NULL,
				"those who are asked have time until it closes");
}

static int check_invited(const void *user, struct refusal *refusal)
{
	return subject_of(user)->facts->is_invited
		       ? 0
		       : refuse(refusal, REASON(E_CAPACITY), NULL,
				"members, observers and active partners are asked");
}

/* REV-2: the first version comes from before; what changes it is asked about. */
static int check_consulted(const void *user, struct refusal *refusal)
{
	const Pidc__V1__PolicyVersion *version = subject_of(user)->facts->version;

	return version->number == 1 || version->consultation_closed_at != NULL
		       ? 0
		       : refuse(refusal, REASON(E_PREREQ_CONSULT), NULL, NULL);
}

static int check_adopting(const void *user, struct refusal *refusal)
{
	const struct policy_subject *s = subject_of(user);

	return is_same(&s->resolution->subject_digest, &s->facts->version->digest)
		       ? 0
		       : refuse(refusal, REASON(E_STALE_APPROVAL), "subject_digest", NULL);
}

/* DOC-8: the text that is sighted is the text that was adopted, to the byte. */
static int check_sighted(const void *user, struct refusal *refusal)
{
	const struct policy_subject *s = subject_of(user);

	return is_same(s->text_digest, &s->facts->version->text_digest)
		       ? 0
		       : refuse(refusal, REASON(E_STALE_APPROVAL), "text_digest",
				"this is not what the Board adopted");
}

static int check_not_author(const void *user, struct refusal *refusal)
{
	const struct policy_subject *s = subject_of(user);

	return strcmp(s->facts->version->author_id, s->in->actor->principal_id) != 0
		       ? 0
		       : refuse(refusal, REASON(E_SOD), NULL, "SD-5: its author does not vet it");
}

/* A rescinded adoption is none. */
static int check_adoption_stands(const void *user, struct refusal *refusal)
{
	const Pidc__V1__Resolution *r = subject_of(user)->facts->resolution;

	return r != NULL && r->state == PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_CARRIED
		       ? 0
		       : refuse(refusal, REASON(E_PREREQ_BOARD), NULL, NULL);
}

static const struct machine_guard only_draft = {"no other version on its way", check_only_draft};
static const struct machine_guard long_enough = {"30 to 366 days", check_long_enough};
static const struct machine_guard open = {"before it closes", check_open};
static const struct machine_guard over = {"its time is over", check_over};
static const struct machine_guard invited = {"invited", check_invited};
static const struct machine_guard consulted = {"consulted on, but for version 1 (REV-2)",
					       check_consulted};
static const struct machine_guard adopting = {"resolution on its digest (DOC-1)", check_adopting};
static const struct machine_guard sighted = {"the adopted text (DOC-8)", check_sighted};
static const struct machine_guard not_author = {"SD-5", check_not_author};
static const struct machine_guard adoption_stands = {"adoption not rescinded",
						     check_adoption_stands};

/* --- the table ------------------------------------------------------------------------- */

static const char *const events[] = {
	[0] = "",
	[E(CREATE)] = "Create",
	[E(REVISE)] = "Revise",
	[E(OPEN_CONSULTATION)] = "OpenConsultation",
	[E(GIVE_INPUT)] = "GiveInput",
	[E(CLOSE_CONSULTATION)] = "CloseConsultation",
	[E(SUBMIT)] = "Submit",
	[E(ADOPT)] = "Adopt (effect)",
	[E(REJECT)] = "Reject (effect)",
	[E(VET)] = "Vet",
	[E(RETURN)] = "Return",
	[E(PUBLISH)] = "Publish",
	[E(SUPERSEDE)] = "Supersede (effect)",
	[E(REVIEW)] = "ConcludeReview",
};

/* clang-format off */
const struct machine_move policy_moves[] = {
	{0, E(CREATE), S(DRAFT), SECRETARIAT, {&only_draft}},
	{S(DRAFT), E(REVISE), S(DRAFT), SECRETARIAT, {NULL}},
	{S(WITH_BOARD), E(REVISE), S(DRAFT), SECRETARIAT, {NULL}},
	{S(ADOPTED), E(REVISE), S(DRAFT), SECRETARIAT, {NULL}},
	{S(VETTED), E(REVISE), S(DRAFT), SECRETARIAT, {NULL}},
	{S(DRAFT), E(OPEN_CONSULTATION), S(CONSULTATION), R(SEC_HOS), {&long_enough}},
	{S(CONSULTATION), E(GIVE_INPUT), S(CONSULTATION), INVITED, {&open, &invited}},
	{S(CONSULTATION), E(CLOSE_CONSULTATION), S(DRAFT), R(SEC_HOS), {&over}},
	{S(DRAFT), E(SUBMIT), S(WITH_BOARD), R(SEC_HOS), {&consulted}},
	{S(WITH_BOARD), E(ADOPT), S(ADOPTED), 0, {&adopting}},
	{S(WITH_BOARD), E(REJECT), S(DRAFT), 0, {&adopting}},
	{S(ADOPTED), E(VET), S(VETTED), R(SEC_HOS), {&not_author, &sighted, &adoption_stands}},
	{S(ADOPTED), E(RETURN), S(DRAFT), R(SEC_HOS), {NULL}},
	{S(VETTED), E(PUBLISH), S(IN_FORCE), R(SEC_HOS), {&sighted, &adoption_stands}},
	{S(IN_FORCE), E(SUPERSEDE), S(SUPERSEDED), 0, {NULL}},
	{S(IN_FORCE), E(REVIEW), S(IN_FORCE), R(SEC_HOS), {NULL}},
};
/* clang-format on */

const struct machine policy_machine = {
	.noun = "policy",
	.states = &pidc__v1__policy_state__descriptor,
	.state_prefix = "POLICY_STATE_",
	.events = events,
	.event_count = sizeof(events) / sizeof(events[0]),
	.moves = policy_moves,
	.move_count = sizeof(policy_moves) / sizeof(policy_moves[0]),
};

/* --- what the rules share ---------------------------------------------------------------- */

int policy_digest(const char *code, const Pidc__V1__PolicyVersion *version, struct arena *arena,
		  uint8_t ret[SHA256_LEN])
{
	char hex[2 * SHA256_LEN + 1] = "";
	struct bytes parts[6];

	for (size_t i = 0; i < version->text_digest.len && i < SHA256_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", version->text_digest.data[i]);
	const char *texts[] = {
		"pidc/policy/v1",
		code,
		arena_printf(arena, "%u", version->number),
		version->title,
		arena_printf(arena, "%u", version->review_months),
		hex,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i] == NULL)
			return PIDC_ENOMEM;
		parts[i] = (struct bytes){texts[i], strlen(texts[i]) + 1}; /* with its 0 */
	}
	sha256(parts, sizeof(texts) / sizeof(texts[0]), ret);
	return 0;
}

/* Which reason says best that a step comes too early (DOC-1, DOC-8). */
static int check_early(const Pidc__V1__PolicyVersion *version, Pidc__V1__PolicyStep step,
		       struct refusal *refusal)
{
	bool is_final = step == E(VET) || step == E(PUBLISH);

	if (is_final && (version->state == S(DRAFT) || version->state == S(CONSULTATION) ||
			 version->state == S(WITH_BOARD)))
		return refuse(refusal, REASON(E_PREREQ_BOARD), NULL,
			      "the Board has not adopted it");
	if (step == E(PUBLISH) && version->state == S(ADOPTED))
		return refuse(refusal, REASON(E_PREREQ_VET), NULL, NULL);
	return 0;
}

int policy_step(const struct policy_subject *subject, Pidc__V1__PolicyStep step, uint32_t expected,
		const char *comment, Pidc__V1__PolicyMove **ret, struct refusal *refusal)
{
	const Pidc__V1__PolicyVersion *version = subject->facts->version;
	Pidc__V1__PolicyMove *move = (Pidc__V1__PolicyMove *)message_new(
		&pidc__v1__policy_move__descriptor, subject->in->arena);
	int to, rc;

	if (move == NULL)
		return PIDC_ENOMEM;
	if (version == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "version_id", NULL);
	rc = check_early(version, step, refusal);
	if (rc == 0 && expected != 0 && expected != version->version)
		rc = refuse(refusal, REASON(E_VERSION), "expected_version", "it is %u",
			    version->version);
	if (rc == 0)
		rc = machine_step(&policy_machine, (int)version->state, (int)step,
				  subject->in->actor, subject, &to, refusal);
	if (rc < 0)
		return rc;
	move->policy_id = version->policy_id;
	move->version_id = version->version_id;
	move->step = step;
	move->from = version->state;
	move->to = (Pidc__V1__PolicyState)to;
	move->actor_title = subject->facts->actor_title;
	move->comment = (char *)(uintptr_t)comment;
	*ret = move;
	return 0;
}

int policy_review_derive(Pidc__V1__PolicyDocument *document, int64_t now_us, struct arena *arena)
{
	int64_t last, due;

	if (document->in_force == NULL || document->last_reviewed_at == NULL ||
	    !time_from_proto(document->last_reviewed_at, &last) ||
	    !time_add_months(last, (int)document->in_force->review_months, &due))
		return 0;
	document->next_review_due = time_to_proto(arena, due);
	if (now_us >= due)
		document->review_state = PIDC__V1__POLICY_REVIEW_STATE__POLICY_REVIEW_STATE_OVERDUE;
	else if (now_us >= due - POLICY_REVIEW_NOTICE_DAYS * US_PER_DAY)
		document->review_state = PIDC__V1__POLICY_REVIEW_STATE__POLICY_REVIEW_STATE_DUE;
	else
		document->review_state = PIDC__V1__POLICY_REVIEW_STATE__POLICY_REVIEW_STATE_CURRENT;
	return document->next_review_due == NULL ? PIDC_ENOMEM : 0;
}
