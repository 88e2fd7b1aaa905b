/* SPDX-License-Identifier: ISC
 *
 * Guards from the proposal to the opening of the vote.
 */
#include "core/resolution_guard.h"
#include "core/board.h"
#include "core/resolution_kind.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define MODE(name)   PIDC__V1__VOTING_MODE__VOTING_MODE_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

/* A vote that nobody remembers the reasons of is taken again. */
#define VOTING_DAYS_MAX 90
#define US_PER_DAY      (INT64_C(24) * 3600 * 1000000)

static const struct resolution_subject *subject_of(const void *subject)
{
	return subject;
}

static const char *actor_org(const struct resolution_subject *subject)
{
	return subject->in->actor->org;
}

/* --- proposal ---------------------------------------------------------------------- */

static int check_well_formed(const void *user, struct refusal *refusal)
{
	const Pidc__V1__Resolution *r = subject_of(user)->resolution;
	int rc = check_enum(refusal, "resolution.kind", &pidc__v1__resolution_kind__descriptor,
			    (int)r->kind);

	if (rc == 0)
		rc = check_enum(refusal, "resolution.mode", &pidc__v1__voting_mode__descriptor,
				(int)r->mode);
	if (rc == 0)
		rc = check_text(refusal, "resolution.title", r->title, REASON_TEXT_MIN,
				TITLE_TEXT_MAX);
	if (rc == 0)
		rc = check_text(refusal, "resolution.text", r->text, REASON_TEXT_MIN,
				NOTE_TEXT_MAX);
	if (rc == 0)
		rc = check_digest(refusal, "resolution.text_digest", &r->text_digest, true);
	if (rc == 0)
		rc = check_digest(refusal, "resolution.subject_digest", &r->subject_digest, true);
	return rc;
}

static int check_subject_fits(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	const Pidc__V1__Resolution *r = s->resolution;
	const struct resolution_kind *kind = resolution_kind_find(r->kind);
	const struct {
		unsigned name;
		bool is_missing;
		const char *field;
	} named[] = {
		{RESOLUTION_NAMES_DIGEST, r->subject_digest.len == 0, "resolution.subject_digest"},
		{RESOLUTION_NAMES_ID, *r->subject_id == '\0', "resolution.subject_id"},
		{RESOLUTION_NAMES_ORG, *r->subject_org == '\0', "resolution.subject_org"},
	};

	if (kind == NULL)
		return refuse(refusal, REASON(E_FIELD), "resolution.kind", "there is no such kind");
	if (s->facts->is_bilateral)
		return refuse(refusal, REASON(E_SOVEREIGN), "resolution.subject_id",
			      "a member's own agreements are no matter of the Board");
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if ((kind->names & named[i].name) != 0 && named[i].is_missing)
			return refuse(refusal, REASON(E_FIELD), named[i].field,
				      "it is mandatory for this kind");
	if (*r->subject_org != '\0' && s->facts->subject == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "resolution.subject_org", NULL);
	return kind->check_subject == NULL ? 0 : kind->check_subject(s, refusal);
}

const struct machine_guard guard_well_formed = {"well formed", check_well_formed};
const struct machine_guard guard_subject_fits = {"subject fits the kind", check_subject_fits};

/* --- second -------------------------------------------------------------------------- */

static int check_other_member(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);

	return strcmp(actor_org(s), s->resolution->proposer_org) != 0
		       ? 0
		       : refuse(refusal, REASON(E_SOD), NULL,
				"SD-3: the seconder is of another member than the proposer");
}

static int check_actor_not_recused(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);

	return recusal_find(s->resolution, actor_org(s)) == NULL
		       ? 0
		       : refuse(refusal, REASON(E_RECUSED), NULL,
				"SD-4: who is recused neither votes nor seconds nor closes");
}

const struct machine_guard guard_other_member = {"of another member than the proposer (SD-3)",
						 check_other_member};
const struct machine_guard guard_seconder_not_recused = {"seconder not recused (SD-4)",
							 check_actor_not_recused};
const struct machine_guard guard_closer_not_recused = {"not recused (SD-4)",
						       check_actor_not_recused};

/* --- recusal --------------------------------------------------------------------------- */

static int check_own_or_ruled(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);

	if (strcmp(s->org, actor_org(s)) == 0 ||
	    actor_has_role(s->in->actor, PIDC__V1__ROLE__ROLE_BOARD_CHAIR))
		return 0;
	return refuse(refusal, REASON(E_ROLE), "org", "for another member only the chair rules");
}

static int check_reason(const void *user, struct refusal *refusal)
{
	return check_text(refusal, "reason", subject_of(user)->reason, REASON_TEXT_MIN,
			  REASON_TEXT_MAX);
}

static int check_seated(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	bool is_frozen = s->resolution->state == PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_OPEN;
	bool is_seated = is_frozen ? board_has(s->resolution->seats, s->resolution->n_seats, s->org)
				   : board_has(s->facts->board, s->facts->n_board, s->org);

	return is_seated ? 0
			 : refuse(refusal, REASON(E_NOT_ELECTOR), "org", "this member has no seat");
}

/* Who was recused by somebody else may still say that it took notice: it counts for the
 * quorum from then on. */
static int check_not_yet_recused(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	const Pidc__V1__Recusal *recusal = recusal_find(s->resolution, s->org);

	if (recusal == NULL || (!recusal->is_noticed && strcmp(s->org, actor_org(s)) == 0))
		return 0;
	return refuse(refusal, REASON(E_EXISTS), "org", "this member is recused already");
}

const struct machine_guard guard_own_or_ruled = {"own member, or ruled by the chair",
						 check_own_or_ruled};
const struct machine_guard guard_reason = {"reason given", check_reason};
const struct machine_guard guard_seated = {"member has a seat", check_seated};
const struct machine_guard guard_not_yet_recused = {"not recused yet", check_not_yet_recused};

/* --- opening ---------------------------------------------------------------------------- */

/* Any of the Board stands in for a chair who is recused. */
static int check_presides(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	int rc = check_actor_not_recused(user, refusal);
	bool is_chair_recused = false;

	if (rc < 0 || actor_has_role(s->in->actor, PIDC__V1__ROLE__ROLE_BOARD_CHAIR))
		return rc;
	for (size_t i = 0; i < s->facts->n_chair_orgs; i++)
		is_chair_recused |= recusal_find(s->resolution, s->facts->chair_orgs[i]) != NULL;
	return is_chair_recused ? 0
				: refuse(refusal, REASON(E_ROLE), NULL,
					 "the chair opens a vote, unless recused");
}

static int check_notice(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	Pidc__V1__BoardRules spare;
	const Pidc__V1__BoardRules *rules = board_rules_of(s->facts, &spare);
	uint32_t days = s->resolution->mode == MODE(CIRCULAR) ? rules->circular_notice_days
							      : rules->session_notice_days;
	int64_t proposed;
	int rc = check_time(refusal, "proposed_at", s->resolution->proposed_at, INT64_MIN,
			    &proposed);

	if (rc < 0)
		return rc;
	return proposed != INT64_MIN && s->in->now_us - proposed >= days * US_PER_DAY
		       ? 0
		       : refuse(refusal, REASON(E_DEADLINE), NULL, "notice is %u days", days);
}

static int check_prerequisites(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	const struct resolution_kind *kind = resolution_kind_find(s->resolution->kind);

	return kind == NULL || kind->check_opening == NULL ? 0 : kind->check_opening(s, refusal);
}

static int check_closing_time(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	int64_t at;
	int rc;

	if (s->opening->closes_at == NULL)
		return refuse(refusal, REASON(E_FIELD), "closes_at", "it is mandatory");
	rc = check_time(refusal, "closes_at", s->opening->closes_at, 0, &at);
	if (rc < 0)
		return rc;
	if (at <= s->in->now_us)
		return refuse(refusal, REASON(E_BACKDATED), "closes_at", NULL);
	return at <= s->in->now_us + VOTING_DAYS_MAX * US_PER_DAY
		       ? 0
		       : refuse(refusal, REASON(E_FIELD), "closes_at", "at most %d days ahead",
				VOTING_DAYS_MAX);
}

static int check_attendance(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	const Pidc__V1__OpenResolutionRequest *o = s->opening;
	bool is_session = s->resolution->mode == MODE(IN_SESSION);

	if ((o->n_present_orgs > 0) != is_session)
		return refuse(refusal, REASON(E_FIELD), "present_orgs",
			      is_session ? "who is present is mandatory"
					 : "nobody is present at a circular vote");
	for (size_t i = 0; i < o->n_present_orgs; i++) {
		if (i >= BOARD_SEATS_MAX || list_is_repeated(o->present_orgs, i))
			return refuse(refusal, REASON(E_FIELD), "present_orgs", "each once");
		if (!board_has(s->facts->board, s->facts->n_board, o->present_orgs[i]))
			return refuse(refusal, REASON(E_NOT_ELECTOR), "present_orgs",
				      "%.32s has no seat", o->present_orgs[i]);
	}
	return 0;
}

static bool is_subject(const struct resolution_subject *s, const char *org)
{
	return strcmp(s->resolution->subject_org, org) == 0;
}

/* E of the tally as it would be now, the subject left out (SD-14). */
static int check_electors(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);
	Pidc__V1__BoardRules spare;
	const Pidc__V1__BoardRules *rules = board_rules_of(s->facts, &spare);
	Pidc__V1__BoardSeat **board = s->facts->board;
	uint32_t electors = 0;

	if (s->facts->n_board > BOARD_SEATS_MAX)
		return refuse(refusal, REASON(E_LIMIT), NULL, "at most %d seats", BOARD_SEATS_MAX);
	for (size_t i = 0; i < s->facts->n_board; i++)
		electors += !board_has(board, i, board[i]->org) && !is_subject(s, board[i]->org) &&
			    recusal_find(s->resolution, board[i]->org) == NULL;
	return electors >= rules->electors_min
		       ? 0
		       : refuse(refusal, REASON(E_QUORUM), NULL,
				"%u members could vote, %u have to: the matter goes to the "
				"annual meeting",
				electors, rules->electors_min);
}

const struct machine_guard guard_presides = {"chair, or for a chair who is recused",
					     check_presides};
const struct machine_guard guard_notice = {"notice period over", check_notice};
const struct machine_guard guard_prerequisites = {"prerequisites of the kind (PRO-4a, PRO-2a)",
						  check_prerequisites};
const struct machine_guard guard_closing_time = {"closing time ahead", check_closing_time};
const struct machine_guard guard_attendance = {"attendance as the mode asks", check_attendance};
const struct machine_guard guard_electors = {"enough electors", check_electors};

/* --- withdrawing ---------------------------------------------------------------------- */

static int check_proposer(const void *user, struct refusal *refusal)
{
	const struct resolution_subject *s = subject_of(user);

	return strcmp(actor_org(s), s->resolution->proposer_org) == 0
		       ? 0
		       : refuse(refusal, REASON(E_OWNER_ONLY), NULL, "who proposed it withdraws");
}

const struct machine_guard guard_proposer = {"of the proposer's organisation", check_proposer};
