/* SPDX-License-Identifier: ISC
 *
 * A policy from the Board to the book, and its review; and what the Board's resolutions
 * about policies do.
 */
#include "core/board.h"
#include "core/policy.h"
#include "core/rule_check.h"

#include <string.h>

#define E(name)      PIDC__V1__POLICY_STEP__POLICY_STEP_##name
#define BODY(name)   PIDC__V1__EVENT__BODY_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define NEW(name, arena) message_new(&pidc__v1__##name##__descriptor, (arena))

/* A step that is no more than one: its digest, where it names one, is the subject's. */
static int step_event(const struct policy_subject *subject, Pidc__V1__PolicyStep step,
		      uint32_t expected, const char *comment, Pidc__V1__Event *event,
		      struct refusal *refusal)
{
	const struct rule_input *in = subject->in;
	const Pidc__V1__PolicyVersion *version = subject->facts->version;
	const Pidc__V1__PolicyVersion *in_force = subject->facts->in_force;
	Pidc__V1__PolicyStepped *body = (Pidc__V1__PolicyStepped *)NEW(policy_stepped, in->arena);
	int rc;

	if (body == NULL)
		return PIDC_ENOMEM;
	rc = policy_step(subject, step, expected, comment, &body->move, refusal);
	if (rc < 0)
		return rc;
	if (step == E(PUBLISH) && in_force != NULL)
		body->superseded_id = in_force->version_id;
	event->body_case = BODY(POLICY_STEPPED);
	event->policy_stepped = body;
	return event_set_entity(in, event, version->version_id, version->version + 1);
}

static struct policy_subject subject_make(const struct rule_input *in)
{
	return (struct policy_subject){.in = in,
				       .facts = (const Pidc__Store__V1__PolicyFacts *)in->facts};
}

int rule_submit_policy_version(const struct rule_input *in, Pidc__V1__Event *event,
			       struct refusal *refusal)
{
	const Pidc__V1__SubmitPolicyVersionRequest *request =
		(const Pidc__V1__SubmitPolicyVersionRequest *)in->request;
	struct policy_subject subject = subject_make(in);

	return step_event(&subject, E(SUBMIT), request->expected_version, "", event, refusal);
}

int rule_vet_policy_version(const struct rule_input *in, Pidc__V1__Event *event,
			    struct refusal *refusal)
{
	const Pidc__V1__VetPolicyVersionRequest *request =
		(const Pidc__V1__VetPolicyVersionRequest *)in->request;
	struct policy_subject subject = subject_make(in);

	subject.text_digest = &request->text_digest;
	return step_event(&subject, E(VET), request->expected_version, "", event, refusal);
}

int rule_return_policy_version(const struct rule_input *in, Pidc__V1__Event *event,
			       struct refusal *refusal)
{
	const Pidc__V1__ReturnPolicyVersionRequest *request =
		(const Pidc__V1__ReturnPolicyVersionRequest *)in->request;
	struct policy_subject subject = subject_make(in);
	int rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN, REASON_TEXT_MAX);

	return rc < 0 ? rc
		      : step_event(&subject, E(RETURN), request->expected_version, request->reason,
				   event, refusal);
}

int rule_publish_policy_version(const struct rule_input *in, Pidc__V1__Event *event,
				struct refusal *refusal)
{
	const Pidc__V1__PublishPolicyVersionRequest *request =
		(const Pidc__V1__PublishPolicyVersionRequest *)in->request;
	struct policy_subject subject = subject_make(in);

	subject.text_digest = &request->text_digest;
	return step_event(&subject, E(PUBLISH), request->expected_version, "", event, refusal);
}

/* --- review ------------------------------------------------------------------------------ */

/* DOC-6: even "nothing changes" is the Board's to say, of this version, once. */
static int check_review_resolution(const Pidc__Store__V1__PolicyFacts *facts, int64_t now_us,
				   struct refusal *refusal)
{
	const Pidc__V1__Resolution *r = facts->resolution;
	const Pidc__V1__PolicyVersion *version = facts->version;

	if (r == NULL || r->state != PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_CARRIED ||
	    r->kind != PIDC__V1__RESOLUTION_KIND__RESOLUTION_KIND_POLICY_REVIEW ||
	    strcmp(r->subject_id, version->version_id) != 0)
		return refuse(refusal, REASON(E_PREREQ_BOARD), "resolution_id",
			      "a carried resolution on the review of this version is needed");
	if (r->subject_digest.len != version->digest.len ||
	    memcmp(r->subject_digest.data, version->digest.data, version->digest.len) != 0)
		return refuse(refusal, REASON(E_STALE_APPROVAL), "resolution_id", NULL);
	if (resolution_has_lapsed(r, now_us))
		return refuse(refusal, REASON(E_STALE_APPROVAL), "resolution_id",
			      "it was carried more than %d months ago", RESOLUTION_LAPSE_MONTHS);
	return facts->is_resolution_used ? refuse(refusal, REASON(E_STATE), "resolution_id",
						  "a review was concluded with it already")
					 : 0;
}

int rule_conclude_policy_review(const struct rule_input *in, Pidc__V1__Event *event,
				struct refusal *refusal)
{
	const Pidc__V1__ConcludePolicyReviewRequest *request =
		(const Pidc__V1__ConcludePolicyReviewRequest *)in->request;
	struct policy_subject subject = subject_make(in);
	const Pidc__V1__PolicyVersion *version = subject.facts->version;
	Pidc__V1__PolicyReviewed *body =
		(Pidc__V1__PolicyReviewed *)NEW(policy_reviewed, in->arena);
	int rc;

	if (body == NULL)
		return PIDC_ENOMEM;
	rc = check_text(refusal, "comment", request->comment, REASON_TEXT_MIN, NOTE_TEXT_MAX);
	if (rc == 0)
		rc = check_enum(refusal, "outcome", &pidc__v1__policy_review_outcome__descriptor,
				(int)request->outcome);
	if (rc == 0)
		rc = policy_step(&subject, E(REVIEW), 0, request->comment, &body->move, refusal);
	if (rc == 0)
		rc = check_review_resolution(subject.facts, in->now_us, refusal);
	if (rc < 0)
		return rc;
	body->resolution_id = request->resolution_id;
	body->outcome = request->outcome;
	event->body_case = BODY(POLICY_REVIEWED);
	event->policy_reviewed = body;
	return event_set_entity(in, event, version->version_id, version->version + 1);
}
