/* SPDX-License-Identifier: ISC
 *
 * pidcctl consent revoke-all: look at what would end, sign for exactly that.
 */
#include "client/consent_terms.h"
#include "core/crypto.h"
#include "pidc/v1/consent.pb-c.h"

#include <stdlib.h>
#include <string.h>

struct many {
	struct ctl *ctl;
	Pidc__V1__StatementKind kind;
	Pidc__V1__RevokeAllFilter *filter;
	const Pidc__V1__PreviewRevokeAllResponse *preview;
	char count[24];
};

static int preview_get(struct many *many)
{
	Pidc__V1__PreviewRevokeAllRequest request = PIDC__V1__PREVIEW_REVOKE_ALL_REQUEST__INIT;
	struct ctl *ctl = many->ctl;
	ProtobufCMessage *message = NULL;
	ProtobufCMessage *answer = NULL;
	int status = ctl_request(ctl, &message);
	if (status != EXIT_OK)
		return status;
	many->filter = ((Pidc__V1__RevokeAllRequest *)message)->filter;
	request.filter = many->filter;
	request.kind = many->kind;
	status = ctl_call(ctl, "/pidc.v1.ConsentService/PreviewRevokeAll", &request.base,
			  &pidc__v1__preview_revoke_all_response__descriptor, &answer);
	if (status != EXIT_OK)
		return status;
	many->preview = (const Pidc__V1__PreviewRevokeAllResponse *)answer;
	(void)snprintf(many->count, sizeof(many->count), "%zu", many->preview->n_chains);
	ctl->confirm_word = many->count;
	return EXIT_OK;
}

/* The grants as consent list shows them; with --preview that is the answer. */
static int preview_show(struct many *many, bool is_answer)
{
	static const char columns[] =
		"consentId ownerOrg=OWNER state openedBy=KIND validTo/10=UNTIL recipientOrgs=TO";
	Pidc__V1__ListConsentsResponse list = PIDC__V1__LIST_CONSENTS_RESPONSE__INIT;
	struct ctl *ctl = many->ctl;
	struct pidc_error err = {.code = 0};
	struct output aside = {.out = stderr, .terminal = ctl->output.terminal};
	aside.terminal.is_tty = false; /* what is asked about is not paged */
	list.position = many->preview->position;
	list.consents = many->preview->consents;
	list.n_consents = many->preview->n_consents;
	if (output_message(is_answer ? &ctl->output : &aside, columns, &list.base, ctl->arena,
			   &err) < 0)
		return ctl_error(ctl, &err);
	return EXIT_OK;
}

static int count_check(struct many *many)
{
	const char *expected = invocation_flag(many->ctl->in, "expect-count", 0);
	char text[80];
	if (many->preview->n_chains == 0)
		return ctl_fail(many->ctl, EXIT_NOT_FOUND, "E_NOT_FOUND", "no such grant stands");
	if (!expected || strcmp(expected, many->count) == 0)
		return EXIT_OK;
	(void)snprintf(text, sizeof(text), "there are %s grants, not %.20s", many->count, expected);
	return ctl_fail(many->ctl, EXIT_CONFLICT, "E_VERSION", text);
}

/* Of the chains as they were previewed; the caller owns *ret. */
static int statement_make(struct many *many, json_t **ret)
{
	struct ctl *ctl = many->ctl;
	json_t *statement = json_object();
	json_t *chains = json_array();
	char id[37];
	uuid_random(id);
	for (size_t i = 0; i < many->preview->n_chains; i++)
		(void)json_array_append_new(
			chains,
			json_pack("{s:s, s:I}", "consentId", many->preview->chains[i]->consent_id,
				  "version", (json_int_t)many->preview->chains[i]->version));
	consent_set_text(statement, "statementId", id, false);
	consent_set_text(statement, "kind",
			 many->kind == PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_SUSPEND ? "SUSPEND"
											: "REVOKE",
			 false);
	consent_set_text(statement, "reason", invocation_flag(ctl->in, "reason", 0), false);
	(void)json_object_set_new(statement, "chains", chains);
	int status = consent_origin_set(ctl, statement);
	if (status == EXIT_OK)
		*ret = statement;
	else
		json_decref(statement);
	return status;
}

static int many_record(struct many *many, Pidc__V1__SignedStatement *signed_statement)
{
	Pidc__V1__RevokeAllRequest request = PIDC__V1__REVOKE_ALL_REQUEST__INIT;
	struct ctl *ctl = many->ctl;
	ProtobufCMessage *answer = NULL;
	request.request_id = arena_strdup(ctl->arena, ctl_request_id(ctl));
	request.validate_only = ctl_is_dry(ctl);
	request.filter = many->filter;
	request.preview_digest = many->preview->digest;
	request.signed_ = signed_statement;
	if (!request.request_id)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
	return ctl_run_call(ctl, &request.base, &answer);
}

int ctl_consent_revoke_all(struct ctl *ctl)
{
	struct many many = {.ctl = ctl,
			    .kind = invocation_flag(ctl->in, "suspend", 0)
					    ? PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_SUSPEND
					    : PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_REVOKE};
	bool is_preview = invocation_flag(ctl->in, "preview", 0) != NULL;
	Pidc__V1__SignedStatement *signed_statement = NULL;
	ProtobufCMessage *message = NULL;
	json_t *statement = NULL;
	size_t len = 0;
	int status = preview_get(&many);
	if (status == EXIT_OK)
		status = preview_show(&many, is_preview);
	if (status != EXIT_OK || is_preview)
		return status;
	status = count_check(&many);
	if (status == EXIT_OK)
		status = statement_make(&many, &statement);
	if (status == EXIT_OK)
		status = ctl_json_message(ctl, &pidc__v1__consent_statement__descriptor, statement,
					  &message);
	json_decref(statement);
	if (status != EXIT_OK)
		return status;
	uint8_t *data = ctl_pack(ctl, message, &len);
	status = data ? consent_sign(ctl, data, len, &signed_statement)
		      : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statement");
	if (status != EXIT_OK || !signed_statement)
		return status;
	return many_record(&many, signed_statement);
}
