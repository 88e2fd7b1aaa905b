/* SPDX-License-Identifier: ISC
 *
 * pidcctl consent revoke-all: look at what would end, sign for exactly that.
 */
#include "client/consent_terms.h"
#include "core/chain.h"
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

/* The statement that ends the i-th chain, as it will be signed. */
static int statement_make(struct many *many, size_t i, const char *origin_of,
			  ProtobufCBinaryData *ret)
{
	struct ctl *ctl = many->ctl;
	json_t *statement = json_loads(origin_of, 0, NULL);
	ProtobufCMessage *message = NULL;
	char id[37];
	uuid_random(id);
	consent_set_text(statement, "statementId", id, false);
	consent_set_text(statement, "consentId", many->preview->chains[i]->consent_id, false);
	(void)json_object_set_new(statement, "version",
				  json_integer((json_int_t)many->preview->chains[i]->version));
	int status = ctl_json_message(ctl, &pidc__v1__consent_statement__descriptor, statement,
				      &message);
	json_decref(statement);
	if (status != EXIT_OK)
		return status;
	ret->data = ctl_pack(ctl, message, &ret->len);
	return ret->data ? EXIT_OK
			 : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statement");
}

/* What all of them have in common, as JSON; the caller frees *ret. */
static int common_make(struct many *many, char **ret)
{
	struct ctl *ctl = many->ctl;
	bool is_pause = many->kind == PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_SUSPEND;
	json_t *statement = json_object();
	consent_set_text(statement, "kind", is_pause ? "SUSPEND" : "REVOKE", false);
	consent_set_text(statement, "reason", invocation_flag(ctl->in, "reason", 0), false);
	int status = consent_origin_set(ctl, statement);
	*ret = status == EXIT_OK ? json_dumps(statement, JSON_COMPACT) : NULL;
	json_decref(statement);
	if (status == EXIT_OK && !*ret)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statement");
	return status;
}

/* One statement that says what all say together, made from their bytes: they differ in
 * their ids alone, or it is not shown and nothing is signed. */
static int together_make(struct many *many, const ProtobufCBinaryData *all,
			 ProtobufCBinaryData *ret)
{
	Pidc__V1__ConsentStatement *first = NULL;
	struct ctl *ctl = many->ctl;
	size_t n = many->preview->n_chains;
	Pidc__V1__ChainStep **steps = arena_calloc(ctl->arena, n, sizeof(*steps));
	Pidc__V1__ChainStep *room = arena_calloc(ctl->arena, n, sizeof(*room));
	struct pidc_error err = {.code = 0};
	uint8_t *common = NULL;
	size_t common_len = 0;
	for (size_t i = 0; i < n; i++) {
		Pidc__V1__ConsentStatement *st = NULL;
		if (!steps || !room || statement_parse(&all[i], ctl->arena, &st, &err) < 0)
			return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statements");
		pidc__v1__chain_step__init(&room[i]);
		room[i].consent_id = st->consent_id;
		room[i].version = st->version;
		steps[i] = &room[i];
		st->consent_id = (char *)(uintptr_t) "";
		st->version = 0;
		if (!first)
			first = st;
		st->statement_id = first->statement_id;
		size_t len = 0;
		uint8_t *rest = ctl_pack(ctl, &st->base, &len);
		if (!common) {
			common = rest;
			common_len = len;
		}
		if (!rest || len != common_len || memcmp(rest, common, len) != 0)
			return ctl_fail(ctl, EXIT_UNEXPECTED, "", "the statements differ");
	}
	if (!first)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "there is no statement");
	first->chains = steps;
	first->n_chains = n;
	ret->data = ctl_pack(ctl, &first->base, &ret->len);
	return ret->data ? EXIT_OK : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the text");
}

static int many_sign(struct many *many, Pidc__V1__SignedStatement **ret)
{
	struct ctl *ctl = many->ctl;
	size_t n = many->preview->n_chains;
	ProtobufCBinaryData *all = arena_calloc(ctl->arena, n, sizeof(*all));
	ProtobufCBinaryData shown = {0, NULL};
	char *common = NULL;
	int status = all ? common_make(many, &common)
			 : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statements");
	for (size_t i = 0; status == EXIT_OK && i < n; i++)
		status = statement_make(many, i, common, &all[i]);
	free(common);
	if (status == EXIT_OK)
		status = together_make(many, all, &shown);
	return status == EXIT_OK ? consent_many_sign(ctl, &shown, all, n, ret) : status;
}

static int many_record(struct many *many, Pidc__V1__SignedStatement **statements)
{
	Pidc__V1__RevokeAllRequest request = PIDC__V1__REVOKE_ALL_REQUEST__INIT;
	struct ctl *ctl = many->ctl;
	ProtobufCMessage *answer = NULL;
	request.request_id = arena_strdup(ctl->arena, ctl_request_id(ctl));
	request.validate_only = ctl_is_dry(ctl);
	request.filter = many->filter;
	request.preview_digest = many->preview->digest;
	request.statements = statements;
	request.n_statements = many->preview->n_chains;
	/* The certificates are sent once. */
	for (size_t i = 1; i < request.n_statements; i++)
		statements[i]->signature->n_certificate_chain = 0;
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
	int status = preview_get(&many);
	if (status == EXIT_OK)
		status = preview_show(&many, is_preview);
	if (status != EXIT_OK || is_preview)
		return status;
	status = count_check(&many);
	Pidc__V1__SignedStatement **statements =
		arena_calloc(ctl->arena, many.preview->n_chains + 1, sizeof(*statements));
	if (status == EXIT_OK && !statements)
		status = ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statements");
	if (status == EXIT_OK)
		status = many_sign(&many, statements);
	if (status != EXIT_OK || !statements || !statements[0])
		return status;
	return many_record(&many, statements);
}
