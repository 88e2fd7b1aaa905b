/* SPDX-License-Identifier: ISC
 *
 * Asking, and taking it back. A request opens nothing: only the owner's signed GRANT
 * does (PRI-9d), and silence is no.
 */
#include "core/sharing_request.h"
#include "core/consent_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include "pidc/v1/consent.pb-c.h"

#include <stdio.h>
#include <string.h>

#define KIND(name)   PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define STATE(name)  PIDC__V1__SHARING_REQUEST_STATE__SHARING_REQUEST_STATE_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

/* Nobody reads more, and nobody waits longer. */
#define NOTICES_MAX       8
#define ANSWER_MONTHS_MAX 12
/* Of one asker to one owner: a person answers them. */
#define OPEN_REQUESTS_MAX 100
/* Kinds of conditions, each once. */
#define OFFERED_MAX 19

static const Pidc__Store__V1__SharingRequestFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__SharingRequestFacts *)in->facts;
}

int request_as_grant(const Pidc__V1__SharingRequest *request, const char *asker,
		     Pidc__V1__Capacity capacity, const struct rule_input *in,
		     Pidc__V1__ConsentStatement **ret)
{
	Pidc__V1__ConsentStatement *st = (Pidc__V1__ConsentStatement *)message_new(
		&pidc__v1__consent_statement__descriptor, in->arena);
	Pidc__V1__RecipientSelector *recipient = (Pidc__V1__RecipientSelector *)message_new(
		&pidc__v1__recipient_selector__descriptor, in->arena);
	char **orgs = arena_calloc(in->arena, 1, sizeof(*orgs));

	if (st == NULL || recipient == NULL || orgs == NULL)
		return PIDC_ENOMEM;
	orgs[0] = (char *)(uintptr_t)asker;
	recipient->orgs = orgs;
	recipient->n_orgs = 1;
	recipient->capacity = capacity;
	st->statement_id = st->consent_id = (char *)(uintptr_t)in->new_id;
	st->version = 1;
	st->owner_org = request->owner_org;
	st->kind = KIND(GRANT);
	st->data = request->data;
	st->recipient = recipient;
	st->purposes = request->purposes;
	st->n_purposes = request->n_purposes;
	st->actions = request->actions;
	st->n_actions = request->n_actions;
	st->fields = request->fields;
	st->n_fields = request->n_fields;
	st->data_period = request->data_period;
	st->origin = (char *)(uintptr_t)in->origin;
	*ret = st;
	return 0;
}

/* A refusal about the grant inside is one about the request's fields. */
static int refuse_inside(struct refusal *refusal)
{
	char field[sizeof(refusal->field)];

	snprintf(field, sizeof(field), "request.%.*s", (int)sizeof(field) - 16, refusal->field);
	memcpy(refusal->field, field, sizeof(field));
	return PIDC_EREFUSED;
}

/* --- asking ------------------------------------------------------------------- */

static int check_parties(const struct rule_input *in, const Pidc__V1__SharingRequest *request,
			 struct refusal *refusal)
{
	const Pidc__Store__V1__SharingRequestFacts *facts = facts_of(in);
	const Pidc__Store__V1__OrgState *asker = facts->asker;
	bool is_partner = asker != NULL &&
			  asker->kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER;

	if (strcmp(request->owner_org, in->actor->org) == 0)
		return refuse(refusal, REASON(E_FIELD), "request.owner_org", "nobody asks itself");
	if (facts->owner == NULL || strcmp(facts->owner->org, request->owner_org) != 0)
		return refuse(refusal, REASON(E_NOT_FOUND), "request.owner_org", NULL);
	if (!facts->owner->is_active || asker == NULL || !asker->is_active)
		return refuse(refusal, REASON(E_NOT_MEMBER_STATE), NULL,
			      "owner and asker have to be active");
	if (is_partner &&
	    facts->asker_state != PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_ACTIVE &&
	    facts->asker_state != PIDC__V1__PARTNERSHIP_STATE__PARTNERSHIP_STATE_RECOGNISED)
		return refuse(refusal, REASON(E_STATE), NULL,
			      "a partnership that is neither active nor recognised asks for "
			      "nothing");
	if (facts->open_count >= OPEN_REQUESTS_MAX)
		return refuse(refusal, REASON(E_LIMIT), NULL,
			      "%d requests to this owner wait for an answer", OPEN_REQUESTS_MAX);
	return 0;
}

static int check_wanted(const struct rule_input *in, const Pidc__V1__SharingRequest *request,
			struct refusal *refusal)
{
	const Pidc__Store__V1__SharingRequestFacts *facts = facts_of(in);
	Pidc__V1__ConsentStatement *wanted = NULL;
	int ways = request->data == NULL ? 0 : data_selector_ways(request->data);
	int rc;

	if (ways != 1)
		return refuse(refusal, ways == 0 ? REASON(E_EMPTY_SELECTOR) : REASON(E_FIELD),
			      "request.data", "one way to select, exactly");
	if (request->n_purposes == 0 || request->n_actions == 0 || request->n_fields == 0)
		return refuse(refusal, REASON(E_EMPTY_SELECTOR),
			      request->n_purposes == 0  ? "request.purposes"
			      : request->n_actions == 0 ? "request.actions"
							: "request.fields",
			      NULL);
	rc = request_as_grant(request, in->actor->org, in->actor->capacity, in, &wanted);
	if (rc == 0)
		rc = check_statement_syntax(wanted, refusal);
	if (rc == PIDC_EREFUSED)
		return refuse_inside(refusal);
	for (size_t i = 0; rc == 0 && i < request->n_purposes; i++)
		if (!list_has(facts->known_purposes, facts->n_known_purposes, request->purposes[i]))
			rc = refuse(refusal, REASON(E_UNKNOWN_CODE), "request.purposes",
				    "%.63s is no purpose", request->purposes[i]);
	return rc;
}

static bool is_language(const char *s)
{
	size_t n = strlen(s);

	return (n == 2 || n == 3) && strspn(s, "abcdefghijklmnopqrstuvwxyz") == n;
}

static int check_notices(const Pidc__V1__SharingRequest *request, struct refusal *refusal)
{
	if (request->n_notices == 0 || request->n_notices > NOTICES_MAX)
		return refuse(refusal, REASON(E_FIELD), "request.notices", "1 to %d", NOTICES_MAX);
	for (size_t i = 0; i < request->n_notices; i++) {
		const Pidc__V1__Notice *notice = request->notices[i];
		int rc;

		if (!is_language(notice->language))
			return refuse(refusal, REASON(E_FIELD), "request.notices.language",
				      "2 or 3 letters, as in \"en\"");
		for (size_t k = 0; k < i; k++)
			if (strcmp(request->notices[k]->language, notice->language) == 0)
				return refuse(refusal, REASON(E_FIELD), "request.notices.language",
					      "%s stands twice", notice->language);
		rc = check_text(refusal, "request.notices.text", notice->text, REASON_TEXT_MIN,
				NOTE_TEXT_MAX);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_offer(const Pidc__V1__SharingRequest *request, struct refusal *refusal)
{
	if (request->n_offered_conditions > OFFERED_MAX)
		return refuse(refusal, REASON(E_FIELD), "request.offered_conditions", "at most %d",
			      OFFERED_MAX);
	for (size_t i = 0; i < request->n_offered_conditions; i++) {
		int rc = check_enum(refusal, "request.offered_conditions",
				    &pidc__v1__condition_kind__descriptor,
				    (int)request->offered_conditions[i]);

		if (rc < 0)
			return rc;
	}
	if (request->instrument_id[0] != '\0' && !text_is_uuid(request->instrument_id))
		return refuse(refusal, REASON(E_FIELD), "request.instrument_id",
			      "a lower-case UUID");
	return check_text(refusal, "request.justification", request->justification, REASON_TEXT_MIN,
			  NOTE_TEXT_MAX);
}

static int check_answer_by(const struct rule_input *in, const Pidc__V1__SharingRequest *request,
			   struct refusal *refusal)
{
	int64_t by, latest;
	int rc;

	if (request->answer_by == NULL)
		return refuse(refusal, REASON(E_FIELD), "request.answer_by", "it is mandatory");
	rc = check_time(refusal, "request.answer_by", request->answer_by, 0, &by);
	if (rc < 0)
		return rc;
	if (by <= in->now_us)
		return refuse(refusal, REASON(E_BACKDATED), "request.answer_by", NULL);
	if (!time_add_months(in->now_us, ANSWER_MONTHS_MAX, &latest) || by > latest)
		return refuse(refusal, REASON(E_FIELD), "request.answer_by",
			      "at most %d months ahead", ANSWER_MONTHS_MAX);
	return 0;
}

static int notice_digest(const Pidc__V1__SharingRequest *request, struct arena *arena,
			 ProtobufCBinaryData *ret)
{
	static const char label[] = "pidc/notice/v1";
	struct bytes parts[1 + 2 * NOTICES_MAX];
	uint8_t *digest = arena_alloc(arena, SHA256_LEN);
	size_t count = 0;

	if (digest == NULL)
		return PIDC_ENOMEM;
	parts[count++] = (struct bytes){label, sizeof(label)}; /* with its 0 */
	for (size_t i = 0; i < request->n_notices; i++) {
		const Pidc__V1__Notice *notice = request->notices[i];

		parts[count++] = (struct bytes){notice->language, strlen(notice->language) + 1};
		parts[count++] = (struct bytes){notice->text, strlen(notice->text) + 1};
	}
	sha256(parts, count, digest);
	*ret = (ProtobufCBinaryData){SHA256_LEN, digest};
	return 0;
}

static int event_ask(const struct rule_input *in, const Pidc__V1__SharingRequest *asked,
		     Pidc__V1__Event *event)
{
	Pidc__V1__SharingRequested *body = (Pidc__V1__SharingRequested *)message_new(
		&pidc__v1__sharing_requested__descriptor, in->arena);
	Pidc__V1__SharingRequest *request = arena_memdup(in->arena, asked, sizeof(*asked));
	const char *parties[2] = {in->actor->org, asked->owner_org};
	int rc;

	if (body == NULL || request == NULL)
		return PIDC_ENOMEM;
	request->consent_request_id = arena_strdup(in->arena, in->new_id);
	request->asker_org = in->actor->org;
	request->capacity = in->actor->capacity;
	request->state = 0;
	request->answered_by = (char *)(uintptr_t)protobuf_c_empty_string;
	request->asked_at = NULL;
	request->version = 0;
	request->index = 0;
	rc = notice_digest(asked, in->arena, &request->notice_digest);
	if (rc < 0 || request->consent_request_id == NULL)
		return PIDC_ENOMEM;
	body->request = request;
	event->body_case = PIDC__V1__EVENT__BODY_SHARING_REQUESTED;
	event->sharing_requested = body;
	rc = event_set_entity(in, event, in->new_id, 1);
	return rc < 0 ? rc : event_set_concerns(in, event, parties, 2);
}

int rule_request_sharing(const struct rule_input *in, Pidc__V1__Event *event,
			 struct refusal *refusal)
{
	const Pidc__V1__SharingRequest *request =
		((const Pidc__V1__RequestSharingRequest *)in->request)->request;
	int rc;

	if (request == NULL)
		return refuse(refusal, REASON(E_FIELD), "request", "it is mandatory");
	if (in->actor->capacity == PIDC__V1__CAPACITY__CAPACITY_UNSPECIFIED)
		return refuse(refusal, REASON(E_CAPACITY), NULL, NULL);
	rc = check_parties(in, request, refusal);
	if (rc == 0)
		rc = check_wanted(in, request, refusal);
	if (rc == 0)
		rc = check_offer(request, refusal);
	if (rc == 0)
		rc = check_notices(request, refusal);
	if (rc == 0)
		rc = check_answer_by(in, request, refusal);
	return rc < 0 ? rc : event_ask(in, request, event);
}

/* --- withdrawing ---------------------------------------------------------------- */

bool request_is_open(const struct rule_input *in, const Pidc__V1__SharingRequest *request)
{
	int64_t by;

	return request->state == STATE(OPEN) && request->answer_by != NULL &&
	       time_from_proto(request->answer_by, &by) && in->now_us < by;
}

int rule_withdraw_sharing_request(const struct rule_input *in, Pidc__V1__Event *event,
				  struct refusal *refusal)
{
	const Pidc__V1__WithdrawSharingRequestRequest *asked =
		(const Pidc__V1__WithdrawSharingRequestRequest *)in->request;
	const Pidc__V1__SharingRequest *request = facts_of(in)->request;
	Pidc__V1__SharingRequestWithdrawn *body;
	const char *parties[2];
	int rc;

	if (request == NULL || strcmp(request->asker_org, in->actor->org) != 0)
		return refuse(refusal, REASON(E_NOT_FOUND), "consent_request_id", NULL);
	if (asked->expected_version != request->version)
		return refuse(refusal, REASON(E_VERSION), "expected_version", "it is %u",
			      request->version);
	if (!request_is_open(in, request))
		return refuse(refusal, REASON(E_STATE), "consent_request_id",
			      "it is answered, withdrawn or lapsed");
	body = (Pidc__V1__SharingRequestWithdrawn *)message_new(
		&pidc__v1__sharing_request_withdrawn__descriptor, in->arena);
	if (body == NULL)
		return PIDC_ENOMEM;
	body->consent_request_id = request->consent_request_id;
	event->body_case = PIDC__V1__EVENT__BODY_SHARING_REQUEST_WITHDRAWN;
	event->sharing_request_withdrawn = body;
	parties[0] = request->asker_org;
	parties[1] = request->owner_org;
	rc = event_set_entity(in, event, request->consent_request_id, request->version + 1);
	return rc < 0 ? rc : event_set_concerns(in, event, parties, 2);
}
