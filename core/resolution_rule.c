/* SPDX-License-Identifier: ISC
 *
 * From the proposal to the opening of the vote, and what ends it before.
 */
#include "core/board.h"
#include "core/resolution_kind.h"
#include "core/rule_check.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define BODY(name)   PIDC__V1__EVENT__BODY_##name

#define NEW(name, arena) message_new(&pidc__v1__##name##__descriptor, (arena))

/* --- propose ----------------------------------------------------------------------- */

/* What the proposer says, and nothing that follows from it. */
static int proposed_make(const struct rule_input *in, const Pidc__V1__Resolution *asked,
			 Pidc__V1__Resolution **ret)
{
	Pidc__V1__Resolution *made = (Pidc__V1__Resolution *)NEW(resolution, in->arena);
	uint8_t *digest = arena_alloc(in->arena, SHA256_LEN);

	if (made == NULL || digest == NULL)
		return PIDC_ENOMEM;
	made->resolution_id = arena_strdup(in->arena, in->new_id);
	made->kind = asked->kind;
	made->title = asked->title;
	made->text = asked->text;
	made->text_digest = asked->text_digest;
	made->subject_id = asked->subject_id;
	made->subject_digest = asked->subject_digest;
	made->subject_org = asked->subject_org;
	made->mode = asked->mode;
	made->proposer_org = in->actor->org;
	made->proposer_id = in->actor->principal_id;
	if (made->resolution_id == NULL || resolution_digest(made, in->arena, digest) < 0)
		return PIDC_ENOMEM;
	made->resolution_digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	*ret = made;
	return 0;
}

int rule_propose_resolution(const struct rule_input *in, Pidc__V1__Event *event,
			    struct refusal *refusal)
{
	const Pidc__V1__Resolution *asked =
		((const Pidc__V1__ProposeResolutionRequest *)in->request)->resolution;
	struct resolution_subject subject = {
		.in = in, .facts = (const Pidc__Store__V1__ResolutionFacts *)in->facts};
	Pidc__V1__ResolutionProposed *body =
		(Pidc__V1__ResolutionProposed *)NEW(resolution_proposed, in->arena);
	int state, rc;

	if (body == NULL)
		return PIDC_ENOMEM;
	if (asked == NULL)
		return refuse(refusal, REASON(E_FIELD), "resolution", "it is mandatory");
	rc = proposed_make(in, asked, &body->resolution);
	subject.resolution = body->resolution;
	if (rc == 0)
		rc = resolution_step(&subject, RESOLUTION_PROPOSE, &state, refusal);
	if (rc < 0)
		return rc;
	event->body_case = BODY(RESOLUTION_PROPOSED);
	event->resolution_proposed = body;
	return resolution_event_set(&subject, event);
}

/* --- what the others begin with ------------------------------------------------------- */

/* A step of a resolution that exists, for the reason given; the bodies differ. */
static int subject_step(struct resolution_subject *subject, const struct rule_input *in,
			uint32_t expected, const char *reason, enum resolution_event step,
			struct refusal *refusal)
{
	int rc = resolution_subject_init(subject, in, expected, refusal);
	int state;

	subject->reason = reason;
	return rc < 0 ? rc : resolution_step(subject, step, &state, refusal);
}

/* --- second ------------------------------------------------------------------------- */

int rule_second_resolution(const struct rule_input *in, Pidc__V1__Event *event,
			   struct refusal *refusal)
{
	const Pidc__V1__SecondResolutionRequest *request =
		(const Pidc__V1__SecondResolutionRequest *)in->request;
	Pidc__V1__ResolutionSeconded *body =
		(Pidc__V1__ResolutionSeconded *)NEW(resolution_seconded, in->arena);
	struct resolution_subject subject;
	int rc = subject_step(&subject, in, request->expected_version, "", RESOLUTION_SECOND,
			      refusal);

	if (rc < 0)
		return rc;
	if (body == NULL)
		return PIDC_ENOMEM;
	body->resolution_id = subject.resolution->resolution_id;
	body->seconder_org = in->actor->org;
	event->body_case = BODY(RESOLUTION_SECONDED);
	event->resolution_seconded = body;
	return resolution_event_set(&subject, event);
}

/* --- open ---------------------------------------------------------------------------- */

static int opened_make(const struct resolution_subject *subject,
		       const Pidc__V1__OpenResolutionRequest *request,
		       Pidc__V1__ResolutionOpened *body)
{
	const Pidc__Store__V1__ResolutionFacts *facts = subject->facts;
	const char *about = subject->resolution->subject_org;
	Pidc__V1__BoardRules spare;
	const Pidc__V1__BoardRules *rules = board_rules_of(facts, &spare);

	body->resolution_id = subject->resolution->resolution_id;
	body->closes_at = request->closes_at;
	body->rules = arena_memdup(subject->in->arena, rules, sizeof(*rules));
	body->seats = facts->board;
	body->n_seats = facts->n_board;
	body->present_orgs = request->present_orgs;
	body->n_present_orgs = request->n_present_orgs;
	/* SD-14; what was declared before stays as it is. */
	if (board_has(facts->board, facts->n_board, about) &&
	    recusal_find(subject->resolution, about) == NULL)
		body->recused_subject = (char *)(uintptr_t)about;
	return body->rules == NULL ? PIDC_ENOMEM : 0;
}

int rule_open_resolution(const struct rule_input *in, Pidc__V1__Event *event,
			 struct refusal *refusal)
{
	const Pidc__V1__OpenResolutionRequest *request =
		(const Pidc__V1__OpenResolutionRequest *)in->request;
	Pidc__V1__ResolutionOpened *body =
		(Pidc__V1__ResolutionOpened *)NEW(resolution_opened, in->arena);
	struct resolution_subject subject;
	int rc = resolution_subject_init(&subject, in, request->expected_version, refusal);
	int state;

	subject.opening = request;
	if (rc == 0)
		rc = resolution_step(&subject, RESOLUTION_OPEN, &state, refusal);
	if (rc < 0)
		return rc;
	if (body == NULL || opened_make(&subject, request, body) < 0)
		return PIDC_ENOMEM;
	event->body_case = BODY(RESOLUTION_OPENED);
	event->resolution_opened = body;
	return resolution_event_set(&subject, event);
}

/* --- recusal ------------------------------------------------------------------------- */

int rule_declare_recusal(const struct rule_input *in, Pidc__V1__Event *event,
			 struct refusal *refusal)
{
	const Pidc__V1__DeclareRecusalRequest *request =
		(const Pidc__V1__DeclareRecusalRequest *)in->request;
	Pidc__V1__MemberRecused *body = (Pidc__V1__MemberRecused *)NEW(member_recused, in->arena);
	struct resolution_subject subject;
	int rc = resolution_subject_init(&subject, in, 0, refusal);
	int state;

	subject.org = *request->org == '\0' ? in->actor->org : request->org;
	subject.reason = request->reason;
	if (rc == 0)
		rc = resolution_step(&subject, RESOLUTION_RECUSE, &state, refusal);
	if (rc < 0)
		return rc;
	if (body == NULL)
		return PIDC_ENOMEM;
	body->resolution_id = subject.resolution->resolution_id;
	body->org = (char *)(uintptr_t)subject.org;
	body->reason = request->reason;
	body->cause = strcmp(subject.org, in->actor->org) == 0
			      ? PIDC__V1__RECUSAL_CAUSE__RECUSAL_CAUSE_DECLARED
			      : PIDC__V1__RECUSAL_CAUSE__RECUSAL_CAUSE_RULING;
	event->body_case = BODY(MEMBER_RECUSED);
	event->member_recused = body;
	return resolution_event_set(&subject, event);
}

/* --- withdraw, defer -------------------------------------------------------------------- */

int rule_withdraw_resolution(const struct rule_input *in, Pidc__V1__Event *event,
			     struct refusal *refusal)
{
	const Pidc__V1__WithdrawResolutionRequest *request =
		(const Pidc__V1__WithdrawResolutionRequest *)in->request;
	Pidc__V1__ResolutionWithdrawn *body =
		(Pidc__V1__ResolutionWithdrawn *)NEW(resolution_withdrawn, in->arena);
	struct resolution_subject subject;
	int rc = subject_step(&subject, in, request->expected_version, request->reason,
			      RESOLUTION_WITHDRAW, refusal);

	if (rc < 0)
		return rc;
	if (body == NULL)
		return PIDC_ENOMEM;
	body->resolution_id = subject.resolution->resolution_id;
	body->reason = request->reason;
	event->body_case = BODY(RESOLUTION_WITHDRAWN);
	event->resolution_withdrawn = body;
	return resolution_event_set(&subject, event);
}

int rule_defer_resolution(const struct rule_input *in, Pidc__V1__Event *event,
			  struct refusal *refusal)
{
	const Pidc__V1__DeferResolutionRequest *request =
		(const Pidc__V1__DeferResolutionRequest *)in->request;
	Pidc__V1__ResolutionDeferred *body =
		(Pidc__V1__ResolutionDeferred *)NEW(resolution_deferred, in->arena);
	const struct resolution_kind *kind;
	struct resolution_subject subject;
	int rc = subject_step(&subject, in, request->expected_version, request->reason,
			      RESOLUTION_DEFER, refusal);

	if (rc < 0)
		return rc;
	if (body == NULL)
		return PIDC_ENOMEM;
	body->resolution_id = subject.resolution->resolution_id;
	body->reason = request->reason;
	kind = resolution_kind_find(subject.resolution->kind);
	rc = kind == NULL || kind->defer == NULL ? 0 : kind->defer(&subject, body);
	if (rc < 0)
		return rc;
	event->body_case = BODY(RESOLUTION_DEFERRED);
	event->resolution_deferred = body;
	return resolution_event_set(&subject, event);
}
