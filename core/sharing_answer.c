/* SPDX-License-Identifier: ISC
 *
 * Answers to requests to share: the owner's GRANT or REFUSE that names one.
 */
#include "core/consent_check.h"
#include "core/rule_check.h"
#include "core/sharing_request.h"

#include <string.h>

#define KIND(name)   PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define STATE(name)  PIDC__V1__SHARING_REQUEST_STATE__SHARING_REQUEST_STATE_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

/* Who refuses what a standing grant gives has to say that it knows. */
static int check_existing(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
			  const Pidc__V1__SharingRequest *request, struct refusal *refusal)
{
	const Pidc__Store__V1__ConsentFacts *facts =
		(const Pidc__Store__V1__ConsentFacts *)in->facts;
	Pidc__V1__ConsentStatement *wanted = NULL;
	struct chain_set others;
	int rc;

	if (st->ack_existing)
		return 0;
	rc = request_as_grant(request, request->asker_org, request->capacity, in, &wanted);
	if (rc == 0)
		rc = chain_set_build(facts->others, facts->n_others, st->owner_org, in->arena,
				     &others);
	for (size_t i = 0; rc == 0 && i < others.count; i++)
		if (grant_may_cover(&others.chains[i], wanted, in->now_us))
			rc = refuse(refusal, REASON(E_STATE), "ack_existing",
				    "consent %.36s gives it already: say that it may stay, or "
				    "veto or revoke",
				    others.chains[i].consent_id);
	return rc;
}

static int grant_answer(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
			const Pidc__V1__SharingRequest *request, Pidc__V1__SharingRequestState *ret,
			struct refusal *refusal)
{
	Pidc__V1__ConsentStatement *wanted = NULL;
	Pidc__V1__Condition **offered;
	int rc = request_as_grant(request, request->asker_org, request->capacity, in, &wanted);

	if (rc < 0)
		return rc;
	if (!list_has(st->recipient->orgs, st->recipient->n_orgs, request->asker_org) ||
	    st->recipient->capacity != request->capacity)
		return refuse(refusal, REASON(E_FIELD), "recipient",
			      "the answer names who asked, in the capacity it asked in");
	if (st->notice_digest.len == 0)
		return refuse(refusal, REASON(E_FIELD), "notice_digest",
			      "the answer repeats the digest of what was shown");
	offered = arena_calloc(in->arena, request->n_offered_conditions, sizeof(*offered));
	if (offered == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < request->n_offered_conditions; i++) {
		offered[i] = (Pidc__V1__Condition *)message_new(&pidc__v1__condition__descriptor,
								in->arena);
		if (offered[i] == NULL)
			return PIDC_ENOMEM;
		offered[i]->kind = request->offered_conditions[i];
	}
	wanted->conditions = offered;
	wanted->n_conditions = request->n_offered_conditions;
	*ret = grant_is_as_loose(st, wanted) ? STATE(GRANTED) : STATE(PARTLY_GRANTED);
	return 0;
}

int check_answer(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
		 Pidc__V1__SharingRequestState *ret, struct refusal *refusal)
{
	const Pidc__V1__SharingRequest *request =
		((const Pidc__Store__V1__ConsentFacts *)in->facts)->request;

	*ret = 0;
	if (st->consent_request_id[0] == '\0')
		return st->kind != KIND(REFUSE)
			       ? 0
			       : refuse(refusal, REASON(E_FIELD), "consent_request_id",
					"REFUSE names the request");
	if (request == NULL || strcmp(request->owner_org, in->actor->org) != 0)
		return refuse(refusal, REASON(E_NOT_FOUND), "consent_request_id", NULL);
	if (st->kind != KIND(GRANT) && st->kind != KIND(REFUSE))
		return refuse(refusal, REASON(E_FIELD), "consent_request_id",
			      "a request is answered by GRANT or REFUSE");
	if (!request_is_open(in, request))
		return refuse(refusal, REASON(E_STATE), "consent_request_id",
			      "it is answered, withdrawn or lapsed");
	if (st->notice_digest.len != 0 &&
	    (st->notice_digest.len != request->notice_digest.len ||
	     memcmp(st->notice_digest.data, request->notice_digest.data, st->notice_digest.len) !=
		     0))
		return refuse(refusal, REASON(E_FIELD), "notice_digest",
			      "not of the notice that this request shows");
	if (st->kind == KIND(GRANT))
		return grant_answer(in, st, request, ret, refusal);
	*ret = STATE(REFUSED);
	return check_existing(in, st, request, refusal);
}
