/* SPDX-License-Identifier: ISC
 *
 * Consent: make a statement of the flags, have it signed, record it.
 */
#include "client/consent_terms.h"
#include "core/crypto.h"
#include "pidc/v1/admin.pb-c.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/identity.pb-c.h"

#include <stdlib.h>
#include <string.h>

int consent_origin_set(struct ctl *ctl, json_t *statement)
{
	Pidc__V1__GetServerInfoRequest info = PIDC__V1__GET_SERVER_INFO_REQUEST__INIT;
	Pidc__V1__WhoAmIRequest who = PIDC__V1__WHO_AM_IREQUEST__INIT;
	const char *owner = invocation_flag(ctl->in, "owner-org", 0);
	ProtobufCMessage *answer = NULL;
	int status = ctl_call(ctl, "/pidc.v1.AdminService/GetServerInfo", &info.base,
			      &pidc__v1__get_server_info_response__descriptor, &answer);
	if (status != EXIT_OK)
		return status;
	consent_set_text(statement, "origin", ((Pidc__V1__GetServerInfoResponse *)answer)->origin,
			 false);
	if (!owner) {
		status = ctl_call(ctl, "/pidc.v1.IdentityService/WhoAmI", &who.base,
				  &pidc__v1__who_am_iresponse__descriptor, &answer);
		if (status != EXIT_OK)
			return status;
		const Pidc__V1__Actor *actor = ((Pidc__V1__WhoAmIResponse *)answer)->actor;
		owner = actor ? actor->org : "";
	}
	consent_set_text(statement, "ownerOrg", owner, false);
	return EXIT_OK;
}

static int statement_record(struct ctl *ctl, Pidc__V1__SignedStatement *signed_statement)
{
	Pidc__V1__RecordStatementRequest request = PIDC__V1__RECORD_STATEMENT_REQUEST__INIT;
	ProtobufCMessage *answer = NULL;
	request.request_id = arena_strdup(ctl->arena, ctl_request_id(ctl));
	request.validate_only = ctl_is_dry(ctl);
	request.signed_ = signed_statement;
	if (!request.request_id)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
	int status = ctl_run_call(ctl, &request.base, &answer);
	if (status == EXIT_OK && ((Pidc__V1__RecordStatementResponse *)answer)->is_pending)
		(void)fputs("it has no effect yet: somebody else of your organisation has to\n"
			    "approve it with: pidcctl consent approve STATEMENT\n",
			    stderr);
	return status;
}

/* The verb of the statement: that of the command, or the one that is simulated. */
static const char *statement_verb(const struct ctl *ctl)
{
	const char *kind = invocation_arg(ctl->in, "kind");
	return kind ? kind : ctl->in->command->verb;
}

/* What it would open and close; its text is shown as well. */
static int statement_simulate(struct ctl *ctl, uint8_t *data, size_t len)
{
	static const char columns[] =
		"recipientOrg=TO capacity purpose action validTo/10=UNTIL fields";
	Pidc__V1__SimulateStatementRequest request = PIDC__V1__SIMULATE_STATEMENT_REQUEST__INIT;
	struct pidc_error err = {.code = 0};
	ProtobufCMessage *message = NULL;
	request.statement = (ProtobufCBinaryData){len, data};
	if (output_is_json(&ctl->output))
		return ctl_run_call(ctl, &request.base, &message);
	int status = ctl_call(ctl, ctl->in->command->path, &request.base,
			      ctl->in->command->response, &message);
	if (status != EXIT_OK)
		return status;
	const Pidc__V1__SimulateStatementResponse *answer =
		(const Pidc__V1__SimulateStatementResponse *)message;
	for (int is_closed = 0; is_closed < 2; is_closed++) {
		Pidc__V1__GetMatrixResponse rows = PIDC__V1__GET_MATRIX_RESPONSE__INIT;
		rows.rows = is_closed ? answer->closed : answer->opened;
		rows.n_rows = is_closed ? answer->n_closed : answer->n_opened;
		printf("%s: %zu%s\n", is_closed ? "closes" : "opens", rows.n_rows,
		       answer->is_cut ? ", cut: there is more" : "");
		if (rows.n_rows > 0 &&
		    output_message(&ctl->output, columns, &rows.base, ctl->arena, &err) < 0)
			return ctl_error(ctl, &err);
	}
	printf("items already released under it: %llu\n",
	       (unsigned long long)answer->released_items);
	return EXIT_OK;
}

/* Takes the reference to statement. */
static int statement_finish(struct ctl *ctl, json_t *statement)
{
	char id[37];
	char kind[64];
	ProtobufCMessage *message = NULL;
	Pidc__V1__SignedStatement *signed_statement = NULL;
	size_t len = 0;
	uuid_random(id);
	consent_set_text(statement, "statementId", id, false);
	consent_word(statement_verb(ctl), kind);
	consent_set_text(statement, "kind", kind, false);
	consent_set_text(statement, "reason", invocation_flag(ctl->in, "reason", 0), false);
	int status = consent_origin_set(ctl, statement);
	if (status == EXIT_OK)
		status = ctl_json_message(ctl, &pidc__v1__consent_statement__descriptor, statement,
					  &message);
	json_decref(statement);
	if (status != EXIT_OK)
		return status;
	uint8_t *data = ctl_pack(ctl, message, &len);
	if (data && invocation_arg(ctl->in, "kind"))
		return statement_simulate(ctl, data, len);
	status = data ? consent_sign(ctl, data, len, &signed_statement)
		      : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statement");
	if (status != EXIT_OK || !signed_statement)
		return status;
	return statement_record(ctl, signed_statement);
}

int ctl_consent_open(struct ctl *ctl)
{
	const char *given = invocation_flag(ctl->in, "consent-id", 0);
	char id[37];
	json_t *statement = json_object();
	uuid_random(id);
	consent_set_text(statement, "consentId", given ? given : id, false);
	(void)json_object_set_new(statement, "version", json_integer(1));
	bool is_refusal = strcmp(statement_verb(ctl), "refuse") == 0;
	bool is_grant = strcmp(statement_verb(ctl), "grant") == 0;
	if (invocation_flag(ctl->in, "ack-existing", 0))
		(void)json_object_set_new(statement, "ackExisting", json_true());
	int status = consent_answers_set(ctl, statement);
	/* A refusal speaks of the request alone. */
	if (status == EXIT_OK && !is_refusal)
		status = consent_terms(ctl, statement, is_grant);
	if (status != EXIT_OK) {
		json_decref(statement);
		return status;
	}
	return statement_finish(ctl, statement);
}

/* --expect-revision: the record must not have changed since. */
static int expectation_check(struct ctl *ctl, const Pidc__V1__Consent *consent)
{
	const char *text = invocation_flag(ctl->in, "expect-revision", 0);
	char *end = NULL;
	char message[120];
	unsigned long long expected = text ? strtoull(text, &end, 10) : 0;
	if (text && (*end || end == text || *text == '-'))
		return ctl_fail(ctl, EXIT_USAGE, "", "--expect-revision is a number");
	if (!text || consent->index <= expected)
		return EXIT_OK;
	(void)snprintf(message, sizeof(message), "it changed at revision %llu, after %llu",
		       (unsigned long long)consent->index, expected);
	return ctl_fail(ctl, EXIT_CONFLICT, "E_VERSION", message);
}

int ctl_consent_change(struct ctl *ctl)
{
	Pidc__V1__GetConsentRequest request = PIDC__V1__GET_CONSENT_REQUEST__INIT;
	ProtobufCMessage *answer = NULL;
	const char *id = invocation_arg(ctl->in, "consent_id");
	if (!id)
		return ctl_fail(ctl, EXIT_USAGE, "", "the id of the consent is missing");
	request.consent_id = arena_strdup(ctl->arena, id);
	int status = ctl_call(ctl, "/pidc.v1.ConsentService/GetConsent", &request.base,
			      &pidc__v1__get_consent_response__descriptor, &answer);
	if (status != EXIT_OK)
		return status;
	const Pidc__V1__Consent *consent = ((Pidc__V1__GetConsentResponse *)answer)->consent;
	if (!consent)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "the register sent no consent");
	status = expectation_check(ctl, consent);
	if (status != EXIT_OK)
		return status;
	json_t *statement = json_object();
	consent_set_text(statement, "consentId", id, false);
	(void)json_object_set_new(statement, "version",
				  json_integer((json_int_t)consent->version + 1));
	if (invocation_flag(ctl->in, "fall-back", 0))
		(void)json_object_set_new(statement, "fallBack", json_true());
	return statement_finish(ctl, statement);
}

int ctl_consent_simulate(struct ctl *ctl)
{
	static const struct {
		const char *kind;
		int (*run)(struct ctl *ctl);
	} kinds[] = {
		{"grant", ctl_consent_open},    {"veto", ctl_consent_open},
		{"revoke", ctl_consent_change}, {"suspend", ctl_consent_change},
		{"resume", ctl_consent_change},
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(statement_verb(ctl), kinds[i].kind) == 0)
			return kinds[i].run(ctl);
	return ctl_fail(ctl, EXIT_USAGE, "", "simulate grant, veto, revoke, suspend or resume");
}

/* The statement that waits under this id; NULL: none. */
static int pending_find(struct ctl *ctl, const char *id, const Pidc__V1__PendingStatement **ret)
{
	Pidc__V1__ListPendingStatementsRequest request =
		PIDC__V1__LIST_PENDING_STATEMENTS_REQUEST__INIT;
	*ret = NULL;
	do {
		ProtobufCMessage *message = NULL;
		int status = ctl_call(
			ctl, "/pidc.v1.ConsentService/ListPendingStatements", &request.base,
			&pidc__v1__list_pending_statements_response__descriptor, &message);
		if (status != EXIT_OK)
			return status;
		const Pidc__V1__ListPendingStatementsResponse *answer =
			(const Pidc__V1__ListPendingStatementsResponse *)message;
		for (size_t i = 0; i < answer->n_statements; i++)
			if (strcmp(answer->statements[i]->statement_id, id) == 0)
				*ret = answer->statements[i];
		request.page_token = answer->next_page_token;
	} while (!*ret && *request.page_token);
	return EXIT_OK;
}

int ctl_consent_approve(struct ctl *ctl)
{
	Pidc__V1__ApproveStatementRequest request = PIDC__V1__APPROVE_STATEMENT_REQUEST__INIT;
	const char *id = invocation_arg(ctl->in, "statement_id");
	const Pidc__V1__PendingStatement *pending = NULL;
	Pidc__V1__SignedStatement *signed_statement = NULL;
	ProtobufCMessage *answer = NULL;
	if (!id)
		return ctl_fail(ctl, EXIT_USAGE, "", "the id of the statement is missing");
	int status = pending_find(ctl, id, &pending);
	if (status != EXIT_OK)
		return status;
	if (!pending || !pending->signed_)
		return ctl_fail(ctl, EXIT_NOT_FOUND, "E_NOT_FOUND",
				"no statement of this id waits for a second signature");
	status = consent_sign(ctl, pending->signed_->statement.data,
			      pending->signed_->statement.len, &signed_statement);
	if (status != EXIT_OK || !signed_statement)
		return status;
	request.request_id = arena_strdup(ctl->arena, ctl_request_id(ctl));
	request.validate_only = ctl_is_dry(ctl);
	request.statement_id = pending->statement_id;
	request.approval = signed_statement->signature;
	if (!request.request_id)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
	return ctl_run_call(ctl, &request.base, &answer);
}

int ctl_consent_question(struct ctl *ctl, ProtobufCMessage **ret)
{
	json_t *request = NULL;
	int status = ctl_request_json(ctl, &request);
	if (status != EXIT_OK)
		return status;
	if (invocation_flag(ctl->in, "recipient-org", 0) &&
	    !invocation_flag(ctl->in, "recipient-capacity", 0))
		(void)json_object_set_new(request, "recipient_capacity", json_string("PARTNER"));
	status = ctl_json_message(ctl, ctl->in->command->request, request, ret);
	json_decref(request);
	return status;
}

int ctl_consent_check(struct ctl *ctl)
{
	ProtobufCMessage *request = NULL;
	ProtobufCMessage *answer = NULL;
	int status = ctl_consent_question(ctl, &request);
	if (status == EXIT_OK)
		status = ctl_run_call(ctl, request, &answer);
	if (status != EXIT_OK)
		return status;
	return ((Pidc__V1__CheckConsentResponse *)answer)->verdict ==
			       PIDC__V1__VERDICT__VERDICT_PERMIT
		       ? EXIT_OK
		       : EXIT_NO;
}
