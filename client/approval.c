/* SPDX-License-Identifier: ISC
 *
 * pidcctl approval confirm and refuse: one release, for the list that was asked for.
 */
#include "core/approval.h"

#include "client/consent_terms.h"
#include "core/act_text.h"
#include "core/message.h"
#include "core/signature.h"
#include "core/text.h"
#include "pidc/v1/disclosure.pb-c.h"

#include <string.h>
#include <time.h>

/* How long a confirmation can be used unless told: a week is time to fetch. */
#define APPROVAL_DAYS 7

/* Of one statement: ids, a digest, a reason. */
#define STATEMENT_ELEMENTS_MAX 16

static int approval_find(struct ctl *ctl, const char *id, const Pidc__V1__Approval **ret)
{
	Pidc__V1__ListApprovalsRequest request = PIDC__V1__LIST_APPROVALS_REQUEST__INIT;
	*ret = NULL;
	do {
		ProtobufCMessage *message = NULL;
		int status =
			ctl_call(ctl, "/pidc.v1.DisclosureService/ListApprovals", &request.base,
				 &pidc__v1__list_approvals_response__descriptor, &message);
		if (status != EXIT_OK)
			return status;
		const Pidc__V1__ListApprovalsResponse *answer =
			(const Pidc__V1__ListApprovalsResponse *)message;
		for (size_t i = 0; i < answer->n_approvals; i++)
			if (strcmp(answer->approvals[i]->approval_id, id) == 0)
				*ret = answer->approvals[i];
		request.page_token = answer->next_page_token;
	} while (!*ret && *request.page_token);
	if (*ret)
		return EXIT_OK;
	(void)ctl_fail(ctl, EXIT_NOT_FOUND, "E_NOT_FOUND", "no such release is asked for");
	return EXIT_NOT_FOUND;
}

/* The digest is computed here, from what is shown: so that it stands for that. */
static int digest_check(struct ctl *ctl, const Pidc__V1__Approval *approval)
{
	Pidc__Store__V1__DecisionQuery query = PIDC__STORE__V1__DECISION_QUERY__INIT;
	uint8_t digest[SHA256_LEN];
	query.owner_org = approval->owner_org;
	query.recipient_org = approval->recipient_org;
	query.capacity = approval->capacity;
	query.purpose = approval->purpose;
	query.action = approval->action;
	query.fields = approval->fields;
	query.n_fields = approval->n_fields;
	query.contribution_ids = approval->contribution_ids;
	query.n_contribution_ids = approval->n_contribution_ids;
	if (approval_digest(&query, ctl->arena, digest) < 0)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the digest");
	if (approval->request_digest.len != SHA256_LEN ||
	    memcmp(approval->request_digest.data, digest, SHA256_LEN) != 0)
		return ctl_fail(ctl, EXIT_INTEGRITY, "",
				"the digest of the register is not that of what it shows");
	return EXIT_OK;
}

/* Until when, as JSON has times: --valid-to, or a week from now. */
static const char *valid_to(const struct ctl *ctl, char ret[28])
{
	const char *given = invocation_flag(ctl->in, "valid-to", 0);
	if (!given)
		time_format(((int64_t)time(NULL) + APPROVAL_DAYS * 24 * 3600) * 1000000, ret);
	return given ? given : ret;
}

static int statement_make(struct ctl *ctl, const Pidc__V1__Approval *approval, uint8_t **ret,
			  size_t *ret_len)
{
	bool is_approved = strcmp(ctl->in->command->verb, "confirm") == 0;
	json_t *statement = json_object();
	ProtobufCMessage *message = NULL;
	char until[28];
	consent_set_text(statement, "approvalId", approval->approval_id, false);
	consent_set_text(statement, "reason", invocation_flag(ctl->in, "reason", 0), false);
	(void)json_object_set_new(statement, "isApproved", json_boolean(is_approved));
	if (is_approved)
		consent_set_text(statement, "validTo", valid_to(ctl, until), false);
	int status = consent_origin_set(ctl, statement);
	if (status == EXIT_OK)
		status = ctl_json_message(ctl, &pidc__v1__approval_statement__descriptor, statement,
					  &message);
	json_decref(statement);
	if (status != EXIT_OK)
		return status;
	((Pidc__V1__ApprovalStatement *)message)->request_digest = approval->request_digest;
	*ret = ctl_pack(ctl, message, ret_len);
	return *ret ? EXIT_OK : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statement");
}

static int statement_sign_shown(struct ctl *ctl, const Pidc__V1__Approval *approval,
				const uint8_t *data, size_t len, Pidc__V1__SignedStatement **ret)
{
	struct pidc_error err = {.code = 0};
	ProtobufCMessage *message = NULL;
	struct names names;
	if (message_unpack(&pidc__v1__approval_statement__descriptor, data, len,
			   STATEMENT_ELEMENTS_MAX, ctl->arena, &message, &err) < 0)
		return ctl_error(ctl, &err);
	int status = names_init(&names, ctl);
	const struct statement_reader reader = {
		.language = names.language, .name = names_find, .user = &names};
	char *text = NULL;
	if (status == EXIT_OK && approval_text((const Pidc__V1__ApprovalStatement *)message,
					       approval, &reader, ctl->arena, &text) < 0)
		status = ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the text");
	if (status == EXIT_OK)
		status = consent_text_sign(ctl, text, data, len, ret);
	names_close(&names);
	return status;
}

int ctl_approval_answer(struct ctl *ctl)
{
	Pidc__V1__AnswerApprovalRequest request = PIDC__V1__ANSWER_APPROVAL_REQUEST__INIT;
	const Pidc__V1__Approval *approval = NULL;
	ProtobufCMessage *answer = NULL;
	uint8_t *data = NULL;
	size_t len = 0;
	const char *id = invocation_arg(ctl->in, "approval_id");
	if (!id)
		return ctl_fail(ctl, EXIT_USAGE, "", "the id of the approval is missing");
	int status = approval_find(ctl, id, &approval);
	if (status == EXIT_OK)
		status = digest_check(ctl, approval);
	if (status == EXIT_OK)
		status = statement_make(ctl, approval, &data, &len);
	if (status == EXIT_OK)
		status = statement_sign_shown(ctl, approval, data, len, &request.signed_);
	if (status != EXIT_OK || !request.signed_)
		return status;
	request.request_id = arena_strdup(ctl->arena, ctl_request_id(ctl));
	request.validate_only = ctl_is_dry(ctl);
	if (!request.request_id)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
	return ctl_run_call(ctl, &request.base, &answer);
}
