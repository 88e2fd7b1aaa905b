/* SPDX-License-Identifier: ISC
 *
 * Approvals: what only waits for the owner becomes a request with a frozen list (L44),
 * and the owner's signed answer is for exactly that list, for a while, once.
 */
#include "core/approval.h"
#include "core/consent.h"
#include "core/message.h"
#include "core/rule_check.h"
#include "core/signer.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* Three ids and names, a digest, a reason. */
#define APPROVAL_BYTES_MAX    ((size_t)8 * 1024)
#define APPROVAL_ELEMENTS_MAX ((size_t)16)

/* What an owner confirms today is not meant for next year. */
#define APPROVAL_DAYS_MAX 90
#define US_PER_DAY        (INT64_C(24) * 3600 * 1000000)

/* --- the digest of what is asked --------------------------------------------------- */

/* With its NUL. */
static const char prefix[] = "pidc/approval/v1";

struct hashing {
	struct bytes *pieces;
	size_t count;
};

static void text_add(struct hashing *hashing, const char *text)
{
	hashing->pieces[hashing->count++] = (struct bytes){text, strlen(text) + 1};
}

static const char *enum_word(const ProtobufCEnumDescriptor *type, int value, size_t prefix_len)
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);

	return found == NULL ? "" : found->name + prefix_len;
}

int approval_digest(const Pidc__Store__V1__DecisionQuery *query, struct arena *arena,
		    uint8_t ret[SHA256_LEN])
{
	size_t n = 8 + query->n_fields + query->n_contribution_ids;
	struct hashing hashing = {arena_calloc(arena, n, sizeof(struct bytes)), 0};
	char *fields = arena_printf(arena, "%zu", query->n_fields);
	char *ids = arena_printf(arena, "%zu", query->n_contribution_ids);

	if (hashing.pieces == NULL || fields == NULL || ids == NULL)
		return PIDC_ENOMEM;
	text_add(&hashing, prefix);
	text_add(&hashing, query->owner_org);
	text_add(&hashing, query->recipient_org);
	text_add(&hashing, enum_word(&pidc__v1__capacity__descriptor, (int)query->capacity,
				     strlen("CAPACITY_")));
	text_add(&hashing, query->purpose);
	text_add(&hashing,
		 enum_word(&pidc__v1__action__descriptor, (int)query->action, strlen("ACTION_")));
	text_add(&hashing, fields);
	for (size_t i = 0; i < query->n_fields; i++)
		text_add(&hashing, query->fields[i]);
	text_add(&hashing, ids);
	for (size_t i = 0; i < query->n_contribution_ids; i++)
		text_add(&hashing, query->contribution_ids[i]);
	sha256(hashing.pieces, hashing.count, ret);
	return 0;
}

/* --- the request ------------------------------------------------------------------ */

int approval_ask(const struct rule_input *in, const Pidc__Store__V1__ReleaseRequest *request,
		 Pidc__V1__Event *event)
{
	const Pidc__Store__V1__DecisionQuery *query = request->query;
	Pidc__V1__ApprovalRequested *asked = arena_alloc(in->arena, sizeof(*asked));
	Pidc__V1__Approval *approval = arena_alloc(in->arena, sizeof(*approval));
	uint8_t *digest = arena_alloc(in->arena, SHA256_LEN);

	if (asked == NULL || approval == NULL || digest == NULL ||
	    approval_digest(query, in->arena, digest) < 0)
		return PIDC_ENOMEM;
	pidc__v1__approval_requested__init(asked);
	pidc__v1__approval__init(approval);
	asked->disclosure_id = request->disclosure_id;
	asked->approval = approval;
	approval->approval_id = arena_strdup(in->arena, in->new_id);
	approval->owner_org = query->owner_org;
	approval->recipient_org = query->recipient_org;
	approval->capacity = query->capacity;
	approval->purpose = query->purpose;
	approval->action = query->action;
	approval->fields = query->fields;
	approval->n_fields = query->n_fields;
	approval->contribution_ids = query->contribution_ids;
	approval->n_contribution_ids = query->n_contribution_ids;
	approval->request_digest = (ProtobufCBinaryData){SHA256_LEN, digest};
	event->body_case = PIDC__V1__EVENT__BODY_APPROVAL_REQUESTED;
	event->approval_requested = asked;
	return approval->approval_id == NULL ? PIDC_ENOMEM : 0;
}

/* --- the owner's answer -------------------------------------------------------------- */

int approval_read(const Pidc__V1__SignedStatement *signed_statement, struct arena *arena,
		  Pidc__V1__ApprovalStatement **ret, struct refusal *refusal)
{
	struct pidc_error err = {0};
	ProtobufCMessage *message = NULL;
	int rc;

	if (signed_statement == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "signed",
			      "it is mandatory");
	if (signed_statement->statement.len > APPROVAL_BYTES_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_LIMIT, "signed.statement",
			      "at most %zu bytes", APPROVAL_BYTES_MAX);
	rc = message_unpack(&pidc__v1__approval_statement__descriptor,
			    signed_statement->statement.data, signed_statement->statement.len,
			    APPROVAL_ELEMENTS_MAX, arena, &message, &err);
	if (rc == PIDC_EINVAL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_MALFORMED, "signed.statement",
			      "%.150s", err.msg);
	if (rc < 0)
		return rc;
	*ret = (Pidc__V1__ApprovalStatement *)message;
	if (!text_is_uuid((*ret)->approval_id))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "approval_id",
			      "a lower-case UUID");
	return check_text(refusal, "reason", (*ret)->reason,
			  (*ret)->is_approved ? 0 : REASON_TEXT_MIN, REASON_TEXT_MAX);
}

static const Pidc__Store__V1__ApprovalFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__ApprovalFacts *)in->facts;
}

/* Whose answer it is; nobody confirms for another (SD-7). */
static int check_ownership(const struct rule_input *in, const Pidc__V1__ApprovalStatement *st,
			   struct refusal *refusal)
{
	const Pidc__Store__V1__ApprovalFacts *facts = facts_of(in);
	int rc;

	if (strcmp(st->owner_org, in->actor->org) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY, "owner_org",
			      "nobody confirms for another");
	rc = check_signer(facts->signer, in->actor->org, "signed.signature", refusal);
	if (rc < 0)
		return rc;
	if (strcmp(st->origin, in->origin) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "origin",
			      "signed for another register");
	if (facts->owner == NULL || !facts->owner->is_active)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_MEMBER_STATE, "owner_org",
			      NULL);
	return 0;
}

/* What is answered: the signer has seen exactly this request (L9), and nobody has
 * answered it yet. */
static int check_subject(const struct rule_input *in, const Pidc__V1__ApprovalStatement *st,
			 struct refusal *refusal)
{
	const Pidc__V1__Approval *approval = facts_of(in)->approval;

	if (approval == NULL || strcmp(approval->approval_id, st->approval_id) != 0 ||
	    strcmp(approval->owner_org, in->actor->org) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "approval_id", NULL);
	if (approval->state != PIDC__V1__APPROVAL_STATE__APPROVAL_STATE_PENDING)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "approval_id",
			      "it is answered already");
	if (approval->request_digest.len != st->request_digest.len ||
	    st->request_digest.len != SHA256_LEN ||
	    memcmp(approval->request_digest.data, st->request_digest.data, SHA256_LEN) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "request_digest",
			      "not what was asked for");
	return 0;
}

static int check_validity(const struct rule_input *in, const Pidc__V1__ApprovalStatement *st,
			  struct refusal *refusal)
{
	int64_t us;
	int rc = check_time(refusal, "valid_to", st->valid_to, 0, &us);

	if (rc < 0)
		return rc;
	if ((st->valid_to != NULL) != st->is_approved)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "valid_to",
			      st->is_approved ? "it is mandatory" : "a refusal has none");
	if (!st->is_approved)
		return 0;
	if (us <= in->now_us)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_BACKDATED, "valid_to",
			      "an instant to come");
	if (us > in->now_us + APPROVAL_DAYS_MAX * US_PER_DAY)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "valid_to",
			      "at most %d days from now", APPROVAL_DAYS_MAX);
	return 0;
}

static int event_make(const struct rule_input *in, const Pidc__V1__ApprovalStatement *st,
		      Pidc__V1__Event *event)
{
	const Pidc__V1__AnswerApprovalRequest *request =
		(const Pidc__V1__AnswerApprovalRequest *)in->request;
	const Pidc__Store__V1__ApprovalFacts *facts = facts_of(in);
	const char *parties[2] = {st->owner_org, facts->approval->recipient_org};
	Pidc__V1__ApprovalAnswered *made = arena_alloc(in->arena, sizeof(*made));
	int rc;

	if (made == NULL)
		return PIDC_ENOMEM;
	pidc__v1__approval_answered__init(made);
	made->signed_ = request->signed_;
	made->signer_id = facts->signer->principal->principal_id;
	made->approval_id = st->approval_id;
	made->owner_org = st->owner_org;
	made->recipient_org = facts->approval->recipient_org;
	made->is_approved = st->is_approved;
	made->reason = st->reason;
	made->valid_to = st->valid_to;
	event->body_case = PIDC__V1__EVENT__BODY_APPROVAL_ANSWERED;
	event->approval_answered = made;
	rc = event_set_entity(in, event, st->approval_id, 2);
	return rc < 0 ? rc : event_set_concerns(in, event, parties, 2);
}

int rule_answer_approval(const struct rule_input *in, Pidc__V1__Event *event,
			 struct refusal *refusal)
{
	const Pidc__V1__AnswerApprovalRequest *request =
		(const Pidc__V1__AnswerApprovalRequest *)in->request;
	Pidc__V1__ApprovalStatement *st = NULL;
	uint8_t spki[SHA256_LEN];
	int rc = approval_read(request->signed_, in->arena, &st, refusal);

	if (rc == 0)
		rc = consent_verify(request->signed_, spki, refusal);
	if (rc == 0)
		rc = check_ownership(in, st, refusal);
	if (rc == 0)
		rc = check_subject(in, st, refusal);
	if (rc == 0)
		rc = check_validity(in, st, refusal);
	return rc < 0 ? rc : event_make(in, st, event);
}
