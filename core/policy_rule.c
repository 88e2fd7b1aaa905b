/* SPDX-License-Identifier: ISC
 *
 * A policy from its draft to the book: each rule checks what the request says, takes one
 * step of the table and writes the event.
 */
#include "core/policy.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define E(name)      PIDC__V1__POLICY_STEP__POLICY_STEP_##name
#define BODY(name)   PIDC__V1__EVENT__BODY_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define NEW(name, arena) message_new(&pidc__v1__##name##__descriptor, (arena))

#define REVIEW_MONTHS_MAX 120
/* Inputs of one consultation: each of 21 members and 40 partners several. */
#define RESPONSES_MAX 500

static struct policy_subject subject_make(const struct rule_input *in)
{
	return (struct policy_subject){.in = in,
				       .facts = (const Pidc__Store__V1__PolicyFacts *)in->facts};
}

/* Policies are everybody's to read, so nobody's chain alone: no concerns. */
static int event_set(const struct policy_subject *subject, Pidc__V1__Event *event)
{
	const Pidc__V1__PolicyVersion *version = subject->facts->version;

	return event_set_entity(subject->in, event, version->version_id, version->version + 1);
}

/* --- the text --------------------------------------------------------------------------- */

/* What follows from other records is not typed in (DOC-1, DOC-4). */
static int check_nothing_derived(const Pidc__V1__PolicyVersion *v, struct refusal *refusal)
{
	const struct {
		const char *field;
		bool is_set;
	} derived[] = {
		{"version.number", v->number != 0},
		{"version.digest", v->digest.len != 0},
		{"version.author_id", *v->author_id != '\0'},
		{"version.state", v->state != 0},
		{"version.resolution_id", *v->resolution_id != '\0'},
		{"version.adopted_on", v->adopted_on != NULL},
		{"version.vetted_by", *v->vetted_by != '\0' || v->vetted_at != NULL},
		{"version.published_at", v->published_at != NULL},
		{"version.consultation_closes_at",
		 v->consultation_closes_at != NULL || v->consultation_closed_at != NULL},
	};

	for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++)
		if (derived[i].is_set)
			return refuse(refusal, REASON(E_FIELD), derived[i].field,
				      "it follows from what happens, nobody writes it");
	return 0;
}

static int check_content(const Pidc__V1__PolicyVersion *v, struct refusal *refusal)
{
	int rc;

	if (v == NULL)
		return refuse(refusal, REASON(E_FIELD), "version", "it is mandatory");
	rc = check_nothing_derived(v, refusal);
	if (rc == 0)
		rc = check_text(refusal, "version.title", v->title, REASON_TEXT_MIN,
				TITLE_TEXT_MAX);
	if (rc == 0 && (v->review_months < 1 || v->review_months > REVIEW_MONTHS_MAX))
		rc = refuse(refusal, REASON(E_FIELD), "version.review_months", "1 to %d",
			    REVIEW_MONTHS_MAX);
	return rc < 0 ? rc : check_digest(refusal, "version.text_digest", &v->text_digest, false);
}

static int check_document(const struct policy_subject *s, const Pidc__V1__PolicyDocument *asked,
			  struct refusal *refusal)
{
	int rc = 0;

	if (asked == NULL || !text_is_code(asked->code))
		return refuse(refusal, REASON(E_FIELD), "document.code",
			      "upper-case letters, digits, underscores");
	if (*asked->owner_org != '\0' && strcmp(asked->owner_org, s->facts->secretariat) != 0)
		return refuse(refusal, REASON(E_FIELD), "document.owner_org",
			      "PIDC owns its policies");
	if (asked->next_review_due != NULL || asked->last_reviewed_at != NULL)
		return refuse(refusal, REASON(E_FIELD), "document.next_review_due",
			      "it follows from the last review");
	if (s->facts->document == NULL)
		rc = check_text(refusal, "document.title", asked->title, REASON_TEXT_MIN,
				TITLE_TEXT_MAX);
	return rc;
}

/* What the Board will vote on; number is 0 for the number that the version has. */
static int content_make(const struct policy_subject *s, const char *code, uint32_t number,
			const Pidc__V1__PolicyVersion *asked, Pidc__V1__PolicyVersion **ret)
{
	Pidc__V1__PolicyVersion *made =
		(Pidc__V1__PolicyVersion *)NEW(policy_version, s->in->arena);
	uint8_t *digest = arena_alloc(s->in->arena, SHA256_LEN);

	if (made == NULL || digest == NULL)
		return PIDC_ENOMEM;
	made->number = number;
	made->title = asked->title;
	made->review_months = asked->review_months;
	made->text_digest = asked->text_digest;
	made->author_id = s->in->actor->principal_id;
	if (policy_digest(code, made, s->in->arena, digest) < 0)
		return PIDC_ENOMEM;
	made->digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	*ret = made;
	return 0;
}

/* The facts of a version that is to be: in no state, of a document that is there or to be
 * made from its code. */
static int draft_make(struct policy_subject *s, const Pidc__V1__PolicyDocument *asked,
		      Pidc__Store__V1__PolicyFacts *facts, Pidc__V1__PolicyWritten *body)
{
	struct arena *arena = s->in->arena;
	Pidc__V1__PolicyDocument *made = (Pidc__V1__PolicyDocument *)NEW(policy_document, arena);
	Pidc__V1__PolicyVersion *version = (Pidc__V1__PolicyVersion *)NEW(policy_version, arena);
	char policy_id[37];

	*facts = *s->facts;
	if (made == NULL || version == NULL)
		return PIDC_ENOMEM;
	uuid_named("policy", asked->code, policy_id);
	version->policy_id = arena_strdup(arena, policy_id);
	version->version_id = arena_strdup(arena, s->in->new_id);
	facts->version = version;
	if (facts->document == NULL) {
		made->policy_id = version->policy_id;
		made->code = asked->code;
		made->title = asked->title;
		made->owner_org = facts->secretariat;
		body->document = made;
	}
	s->facts = facts;
	return version->policy_id == NULL || version->version_id == NULL ? PIDC_ENOMEM : 0;
}

int rule_create_policy_version(const struct rule_input *in, Pidc__V1__Event *event,
			       struct refusal *refusal)
{
	const Pidc__V1__CreatePolicyVersionRequest *request =
		(const Pidc__V1__CreatePolicyVersionRequest *)in->request;
	struct policy_subject subject = subject_make(in);
	uint32_t number = subject.facts->last_number + 1;
	Pidc__V1__PolicyWritten *body = (Pidc__V1__PolicyWritten *)NEW(policy_written, in->arena);
	Pidc__Store__V1__PolicyFacts facts;
	int rc = body == NULL ? PIDC_ENOMEM : check_document(&subject, request->document, refusal);

	if (rc == 0)
		rc = check_content(request->version, refusal);
	if (rc == 0)
		rc = draft_make(&subject, request->document, &facts, body);
	if (rc == 0)
		rc = policy_step(&subject, E(CREATE), 0, "", &body->move, refusal);
	if (rc == 0)
		rc = content_make(&subject, request->document->code, number, request->version,
				  &body->content);
	if (rc < 0)
		return rc;
	event->body_case = BODY(POLICY_WRITTEN);
	event->policy_written = body;
	return event_set(&subject, event);
}

int rule_revise_policy_version(const struct rule_input *in, Pidc__V1__Event *event,
			       struct refusal *refusal)
{
	const Pidc__V1__RevisePolicyVersionRequest *request =
		(const Pidc__V1__RevisePolicyVersionRequest *)in->request;
	struct policy_subject subject = subject_make(in);
	Pidc__V1__PolicyWritten *body = (Pidc__V1__PolicyWritten *)NEW(policy_written, in->arena);
	int rc = body == NULL ? PIDC_ENOMEM : check_content(request->revised, refusal);

	if (rc == 0)
		rc = policy_step(&subject, E(REVISE), request->expected_version, "", &body->move,
				 refusal);
	if (rc == 0)
		rc = content_make(&subject, subject.facts->document->code,
				  subject.facts->version->number, request->revised, &body->content);
	if (rc < 0)
		return rc;
	event->body_case = BODY(POLICY_WRITTEN);
	event->policy_written = body;
	return event_set(&subject, event);
}

/* --- consultation ----------------------------------------------------------------------- */

int rule_open_policy_consultation(const struct rule_input *in, Pidc__V1__Event *event,
				  struct refusal *refusal)
{
	const Pidc__V1__OpenPolicyConsultationRequest *request =
		(const Pidc__V1__OpenPolicyConsultationRequest *)in->request;
	struct policy_subject subject = subject_make(in);
	Pidc__V1__PolicyConsultationOpened *body =
		(Pidc__V1__PolicyConsultationOpened *)NEW(policy_consultation_opened, in->arena);
	int rc;

	if (body == NULL)
		return PIDC_ENOMEM;
	if (request->closes_at == NULL)
		return refuse(refusal, REASON(E_FIELD), "closes_at", "it is mandatory");
	rc = check_time(refusal, "closes_at", request->closes_at, 0, &subject.closes_us);
	if (rc == 0)
		rc = policy_step(&subject, E(OPEN_CONSULTATION), request->expected_version, "",
				 &body->move, refusal);
	if (rc < 0)
		return rc;
	body->closes_at = request->closes_at;
	event->body_case = BODY(POLICY_CONSULTATION_OPENED);
	event->policy_consultation_opened = body;
	return event_set(&subject, event);
}

int rule_give_policy_input(const struct rule_input *in, Pidc__V1__Event *event,
			   struct refusal *refusal)
{
	const Pidc__V1__GivePolicyInputRequest *request =
		(const Pidc__V1__GivePolicyInputRequest *)in->request;
	struct policy_subject subject = subject_make(in);
	Pidc__V1__PolicyInputGiven *body =
		(Pidc__V1__PolicyInputGiven *)NEW(policy_input_given, in->arena);
	int rc;

	if (body == NULL)
		return PIDC_ENOMEM;
	rc = policy_step(&subject, E(GIVE_INPUT), 0, "", &body->move, refusal);
	if (rc == 0)
		rc = check_text(refusal, "text", request->text, REASON_TEXT_MIN, NOTE_TEXT_MAX);
	if (rc == 0 && subject.facts->n_input_ids >= RESPONSES_MAX)
		rc = refuse(refusal, REASON(E_LIMIT), NULL, "%d inputs", RESPONSES_MAX);
	if (rc < 0)
		return rc;
	body->input_id = arena_strdup(in->arena, in->new_id);
	body->text = request->text;
	event->body_case = BODY(POLICY_INPUT_GIVEN);
	event->policy_input_given = body;
	return body->input_id == NULL ? PIDC_ENOMEM : event_set(&subject, event);
}

/* Who was asked is answered, each once. */
static int check_responses(const struct policy_subject *s,
			   const Pidc__V1__ClosePolicyConsultationRequest *request,
			   struct refusal *refusal)
{
	int rc = 0;

	if (request->n_responses != s->facts->n_input_ids)
		return refuse(refusal, REASON(E_FIELD), "responses", "%zu inputs wait for one each",
			      s->facts->n_input_ids);
	for (size_t i = 0; rc == 0 && i < request->n_responses; i++) {
		const Pidc__V1__PolicyResponse *response = request->responses[i];

		if (!list_has(s->facts->input_ids, s->facts->n_input_ids, response->input_id))
			return refuse(refusal, REASON(E_NOT_FOUND), "responses.input_id", NULL);
		for (size_t k = 0; k < i; k++)
			if (strcmp(request->responses[k]->input_id, response->input_id) == 0)
				return refuse(refusal, REASON(E_FIELD), "responses", "each once");
		rc = check_text(refusal, "responses.response", response->response, REASON_TEXT_MIN,
				NOTE_TEXT_MAX);
	}
	return rc;
}

int rule_close_policy_consultation(const struct rule_input *in, Pidc__V1__Event *event,
				   struct refusal *refusal)
{
	const Pidc__V1__ClosePolicyConsultationRequest *request =
		(const Pidc__V1__ClosePolicyConsultationRequest *)in->request;
	struct policy_subject subject = subject_make(in);
	Pidc__V1__PolicyConsultationClosed *body =
		(Pidc__V1__PolicyConsultationClosed *)NEW(policy_consultation_closed, in->arena);
	int rc;

	if (body == NULL)
		return PIDC_ENOMEM;
	rc = policy_step(&subject, E(CLOSE_CONSULTATION), request->expected_version, "",
			 &body->move, refusal);
	if (rc == 0)
		rc = check_responses(&subject, request, refusal);
	if (rc < 0)
		return rc;
	body->responses = request->responses;
	body->n_responses = request->n_responses;
	event->body_case = BODY(POLICY_CONSULTATION_CLOSED);
	event->policy_consultation_closed = body;
	return event_set(&subject, event);
}
