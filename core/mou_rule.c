/* SPDX-License-Identifier: ISC
 *
 * An MoU from its draft to its end: each rule takes one step of the table and writes the
 * event.
 */
#include "core/consent.h"
#include "core/message.h"
#include "core/mou.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define S(name)      PIDC__V1__MOU_STATE__MOU_STATE_##name
#define E(name)      PIDC__V1__MOU_STEP__MOU_STEP_##name
#define BODY(name)   PIDC__V1__EVENT__BODY_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define NEW(name, arena) message_new(&pidc__v1__##name##__descriptor, (arena))

/* An id, a digest, an origin. */
#define SIGNATURE_BYTES_MAX    ((size_t)8 * 1024)
#define SIGNATURE_ELEMENTS_MAX ((size_t)16)

static struct mou_subject subject_make(const struct rule_input *in)
{
	return (struct mou_subject){.in = in,
				    .facts = (const Pidc__Store__V1__MouFacts *)in->facts};
}

static int event_set(const struct mou_subject *subject, const char *mou_id, uint32_t version,
		     Pidc__V1__Event *event)
{
	int rc = event_set_entity(subject->in, event, mou_id, version);

	return rc < 0 ? rc
		      : event_set_concerns(subject->in, event,
					   (const char *const *)subject->facts->audience,
					   subject->facts->n_audience);
}

/* --- the text --------------------------------------------------------------------------- */

int rule_draft_mou(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__DraftMouRequest *request = (const Pidc__V1__DraftMouRequest *)in->request;
	struct mou_subject subject = subject_make(in);
	Pidc__V1__MouDrafted *body = (Pidc__V1__MouDrafted *)NEW(mou_drafted, in->arena);
	char *id = arena_strdup(in->arena, in->new_id);
	int rc = body == NULL || id == NULL ? PIDC_ENOMEM : 0;

	subject.terms = request->terms;
	if (rc == 0)
		rc = mou_step(&subject, E(DRAFT), 0, &body->move, refusal);
	if (rc == 0)
		rc = mou_content_make(&subject, id, &body->content, refusal);
	if (rc < 0)
		return rc;
	body->move->mou_id = id;
	body->org = subject.facts->org;
	body->number = subject.facts->last_number + 1;
	event->body_case = BODY(MOU_DRAFTED);
	event->mou_drafted = body;
	return event_set(&subject, id, 1, event);
}

int rule_revise_mou(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__ReviseMouRequest *request = (const Pidc__V1__ReviseMouRequest *)in->request;
	struct mou_subject subject = subject_make(in);
	Pidc__V1__MouRevised *body = (Pidc__V1__MouRevised *)NEW(mou_revised, in->arena);
	int rc = body == NULL ? PIDC_ENOMEM : 0;

	subject.terms = request->terms;
	if (rc == 0)
		rc = mou_step(&subject, E(REVISE), request->expected_version, &body->move, refusal);
	if (rc == 0)
		rc = mou_content_make(&subject, body->move->mou_id, &body->content, refusal);
	if (rc < 0)
		return rc;
	event->body_case = BODY(MOU_REVISED);
	event->mou_revised = body;
	return event_set(&subject, body->move->mou_id, subject.facts->mou->version + 1, event);
}

int rule_vet_mou(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__VetMouRequest *request = (const Pidc__V1__VetMouRequest *)in->request;
	struct mou_subject subject = subject_make(in);
	Pidc__V1__MouVetted *body = (Pidc__V1__MouVetted *)NEW(mou_vetted, in->arena);
	Pidc__V1__MouTerms *terms = NULL;
	int rc = body == NULL ? PIDC_ENOMEM : 0;

	if (rc == 0 && subject.facts->mou != NULL)
		rc = mou_terms_read(&subject.facts->mou->terms, in->arena, &terms);
	subject.terms = terms;
	subject.digest = &request->digest;
	if (rc == 0)
		rc = mou_step(&subject, E(VET), request->expected_version, &body->move, refusal);
	if (rc < 0)
		return rc;
	event->body_case = BODY(MOU_VETTED);
	event->mou_vetted = body;
	return event_set(&subject, body->move->mou_id, subject.facts->mou->version + 1, event);
}

/* --- signatures ------------------------------------------------------------------------- */

int mou_signature_read(const Pidc__V1__SignedStatement *signed_statement, struct arena *arena,
		       Pidc__V1__MouSignatureStatement **ret, struct refusal *refusal)
{
	struct pidc_error err = {0};
	ProtobufCMessage *message = NULL;
	int rc;

	if (signed_statement == NULL)
		return refuse(refusal, REASON(E_FIELD), "signed", "it is mandatory");
	if (signed_statement->statement.len > SIGNATURE_BYTES_MAX)
		return refuse(refusal, REASON(E_LIMIT), "signed.statement", "at most %zu bytes",
			      SIGNATURE_BYTES_MAX);
	rc = message_unpack(&pidc__v1__mou_signature_statement__descriptor,
			    signed_statement->statement.data, signed_statement->statement.len,
			    SIGNATURE_ELEMENTS_MAX, arena, &message, &err);
	if (rc == PIDC_EINVAL)
		return refuse(refusal, REASON(E_MALFORMED), "signed.statement", "%.150s", err.msg);
	if (rc < 0)
		return rc;
	if (!text_is_uuid(((Pidc__V1__MouSignatureStatement *)message)->mou_id))
		return refuse(refusal, REASON(E_FIELD), "mou_id", "a lower-case UUID");
	*ret = (Pidc__V1__MouSignatureStatement *)message;
	return 0;
}

/* From the second signature on, or later when the text says so; months end as months do
 * (L24), and what lasts longer than time is counted ends with it. */
static int term_set(const struct mou_subject *subject, Pidc__V1__MouSigned *body)
{
	const Pidc__V1__MouContent *content = subject->facts->content;
	struct arena *arena = subject->in->arena;
	int64_t from_us, to_us, expiring_us;

	if (content->not_before == NULL || !time_from_proto(content->not_before, &from_us) ||
	    from_us < subject->in->now_us)
		from_us = subject->in->now_us;
	if (!time_add_months(from_us, (int)content->term_months, &to_us) ||
	    !time_add_months(to_us, -(int)content->notice_months, &expiring_us))
		return PIDC_EINTEGRITY;
	body->effective_from = time_to_proto(arena, from_us);
	body->term_to = time_to_proto(arena, to_us);
	body->expiring_from = time_to_proto(arena, expiring_us > from_us ? expiring_us : from_us);
	body->supersedes_id = subject->facts->predecessor_id;
	return body->effective_from == NULL || body->term_to == NULL || body->expiring_from == NULL
		       ? PIDC_ENOMEM
		       : 0;
}

int rule_sign_mou(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__SignMouRequest *request = (const Pidc__V1__SignMouRequest *)in->request;
	struct mou_subject subject = subject_make(in);
	const Pidc__V1__Mou *mou = subject.facts->mou;
	Pidc__V1__MouSigned *body = (Pidc__V1__MouSigned *)NEW(mou_signed, in->arena);
	Pidc__V1__MouSignatureStatement *statement = NULL;
	uint8_t spki[SHA256_LEN];
	bool is_second;
	int rc = body == NULL ? PIDC_ENOMEM : 0;

	if (rc == 0)
		rc = mou_signature_read(request->signed_, in->arena, &statement, refusal);
	if (rc == 0)
		rc = consent_verify(request->signed_, spki, refusal);
	if (rc < 0)
		return rc;
	subject.statement = statement;
	subject.digest = &statement->digest;
	is_second = mou != NULL && mou->state == S(SIGNED_ONE) &&
		    !mou_signature_lapsed(mou, in->now_us);
	rc = mou_step(&subject, is_second ? E(SIGN_SECOND) : E(SIGN_FIRST), 0, &body->move,
		      refusal);
	if (rc == 0 && is_second)
		rc = term_set(&subject, body);
	/* Without one there was no step to take. */
	if (rc < 0 || mou == NULL)
		return rc;
	body->party = statement->party;
	body->signed_ = request->signed_;
	body->signer_id = in->actor->principal_id;
	event->body_case = BODY(MOU_SIGNED);
	event->mou_signed = body;
	return event_set(&subject, mou->mou_id, mou->version + 1, event);
}

/* --- the end ------------------------------------------------------------------------------ */

int rule_terminate_mou(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__TerminateMouRequest *request =
		(const Pidc__V1__TerminateMouRequest *)in->request;
	struct mou_subject subject = subject_make(in);
	Pidc__V1__MouTerminated *body = (Pidc__V1__MouTerminated *)NEW(mou_terminated, in->arena);
	int rc = body == NULL ? PIDC_ENOMEM : 0;

	subject.reason = request->reason;
	if (rc == 0)
		rc = mou_step(&subject, E(GIVE_NOTICE), request->expected_version, &body->move,
			      refusal);
	if (rc == 0)
		rc = mou_notice_end(&subject, body->move);
	if (rc < 0)
		return rc;
	event->body_case = BODY(MOU_TERMINATED);
	event->mou_terminated = body;
	return event_set(&subject, body->move->mou_id, subject.facts->mou->version + 1, event);
}
