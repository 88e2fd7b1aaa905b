/* SPDX-License-Identifier: ISC */
#include "core/revoke_all.h"
#include "core/consent.h"
#include "core/consent_check.h"
#include "core/rule_check.h"
#include "core/signer.h"

#include <string.h>

#define KIND(name)   PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

static const Pidc__Store__V1__RevokeAllFacts *facts_of(const struct rule_input *in)
{
	return (const Pidc__Store__V1__RevokeAllFacts *)in->facts;
}

int revoke_all_steps(Pidc__V1__Consent *const *consents, size_t n, struct arena *arena,
		     Pidc__V1__ChainStep ***ret)
{
	Pidc__V1__ChainStep **steps = arena_calloc(arena, n, sizeof(*steps));

	for (size_t i = 0; steps != NULL && i < n; i++) {
		steps[i] = (Pidc__V1__ChainStep *)message_new(&pidc__v1__chain_step__descriptor,
							      arena);
		if (steps[i] == NULL)
			return PIDC_ENOMEM;
		steps[i]->consent_id = consents[i]->consent_id;
		steps[i]->version = consents[i]->version + 1;
	}
	*ret = steps;
	return steps == NULL ? PIDC_ENOMEM : 0;
}

int revoke_all_digest(Pidc__V1__ChainStep *const *chains, size_t n, struct arena *arena,
		      uint8_t ret[SHA256_LEN])
{
	static const char label[] = "pidc/revoke-all/v1";
	struct bytes *pieces = arena_calloc(arena, 1 + 2 * n, sizeof(*pieces));
	size_t count = 0;

	if (pieces == NULL)
		return PIDC_ENOMEM;
	pieces[count++] = (struct bytes){label, sizeof(label)}; /* with its 0 */
	for (size_t i = 0; i < n; i++) {
		char *version = arena_printf(arena, "%u", chains[i]->version);

		if (version == NULL)
			return PIDC_ENOMEM;
		pieces[count++] =
			(struct bytes){chains[i]->consent_id, strlen(chains[i]->consent_id) + 1};
		pieces[count++] = (struct bytes){version, strlen(version) + 1};
	}
	sha256(pieces, count, ret);
	return 0;
}

/* The i-th statement; all have one certificate chain, which the first carries. */
static int statement_at(const struct rule_input *in, size_t i, Pidc__V1__SignedStatement **ret,
			struct refusal *refusal)
{
	const Pidc__V1__RevokeAllRequest *request = (const Pidc__V1__RevokeAllRequest *)in->request;
	const Pidc__V1__SignedStatement *given = request->statements[i];
	const Pidc__V1__Signature *first = request->statements[0]->signature;
	Pidc__V1__SignedStatement *full = arena_alloc(in->arena, sizeof(*full));
	Pidc__V1__Signature *signature = arena_alloc(in->arena, sizeof(*signature));

	if (full == NULL || signature == NULL)
		return PIDC_ENOMEM;
	if (first == NULL || given->signature == NULL ||
	    (i > 0 && given->signature->n_certificate_chain != 0))
		return refuse(refusal, REASON(E_FIELD), "statements.signature",
			      "one each; the first has the certificates, the others none");
	*full = *given;
	*signature = *given->signature;
	signature->certificate_chain = first->certificate_chain;
	signature->n_certificate_chain = first->n_certificate_chain;
	full->signature = signature;
	*ret = full;
	return 0;
}

static int check_owner_signed(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
			      struct refusal *refusal)
{
	const Pidc__Store__V1__RevokeAllFacts *facts = facts_of(in);
	int rc;

	if (strcmp(st->owner_org, in->actor->org) != 0)
		return refuse(refusal, REASON(E_OWNER_ONLY), "owner_org",
			      "nobody consents for another");
	rc = check_signer(facts->signer, in->actor->org, "signed.signature", refusal);
	if (rc < 0)
		return rc;
	rc = check_recordable(in, st, facts->owner, facts->statement_id_used, refusal);
	if (rc < 0)
		return rc;
	if (st->kind != KIND(REVOKE) && st->kind != KIND(SUSPEND))
		return refuse(refusal, REASON(E_FIELD), "kind", "REVOKE or SUSPEND");
	if (st->consent_request_id[0] != '\0')
		return refuse(refusal, REASON(E_FIELD), "consent_request_id",
			      "this answers no request");
	return check_no_terms(st, refusal);
}

/* The preview is of what the filter selects now, and there is a statement for each. */
static int check_selection(const struct rule_input *in, Pidc__V1__ChainStep ***ret_steps,
			   struct refusal *refusal)
{
	const Pidc__V1__RevokeAllRequest *request = (const Pidc__V1__RevokeAllRequest *)in->request;
	const Pidc__Store__V1__RevokeAllFacts *facts = facts_of(in);
	uint8_t digest[SHA256_LEN];

	if (facts->n_consents == 0)
		return refuse(refusal, REASON(E_EMPTY_SELECTOR), "filter",
			      "it selects no grant that stands");
	if (facts->n_consents > REVOKED_CHAINS_MAX)
		return refuse(refusal, REASON(E_LIMIT), "filter", "it selects over %d",
			      REVOKED_CHAINS_MAX);
	if (revoke_all_steps(facts->consents, facts->n_consents, in->arena, ret_steps) < 0 ||
	    revoke_all_digest(*ret_steps, facts->n_consents, in->arena, digest) < 0)
		return PIDC_ENOMEM;
	if (request->preview_digest.len != SHA256_LEN ||
	    memcmp(request->preview_digest.data, digest, SHA256_LEN) != 0)
		return refuse(refusal, REASON(E_STATE), "preview_digest",
			      "the filter selects others now: preview again");
	if (request->n_statements != facts->n_consents)
		return refuse(refusal, REASON(E_FIELD), "statements", "one for each of the %zu",
			      facts->n_consents);
	return 0;
}

/* Read, and signed by the key of whom the facts tell. */
static int statement_check(const struct rule_input *in, size_t i, Pidc__V1__ConsentStatement **ret,
			   struct refusal *refusal)
{
	Pidc__V1__SignedStatement *signed_statement = NULL;
	uint8_t spki[SHA256_LEN];
	int rc = statement_at(in, i, &signed_statement, refusal);

	if (rc == 0)
		rc = consent_read(signed_statement, in->arena, ret, refusal);
	if (rc == 0)
		rc = consent_verify(signed_statement, spki, refusal);
	return rc < 0 ? rc : check_owner_signed(in, *ret, refusal);
}

static int check_step(const Pidc__V1__ConsentStatement *st, const Pidc__V1__ConsentStatement *first,
		      const Pidc__V1__ChainStep *step, struct refusal *refusal)
{
	if (st->kind != first->kind)
		return refuse(refusal, REASON(E_FIELD), "kind", "the same for all");
	if (strcmp(st->consent_id, step->consent_id) != 0 || st->version != step->version)
		return refuse(refusal, REASON(E_FIELD), "statements", "not %.36s as previewed",
			      step->consent_id);
	return 0;
}

static int check_ids(const struct rule_input *in, Pidc__V1__ConsentStatement *const *all, size_t n,
		     struct refusal *refusal)
{
	char **ids = arena_calloc(in->arena, n, sizeof(*ids));

	if (ids == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		ids[i] = all[i]->statement_id;
		if (list_is_repeated(ids, i))
			return refuse(refusal, REASON(E_EXISTS), "statement_id", NULL);
	}
	return 0;
}

/* Concerns the owner and whom this chain names, and nobody of the other chains. */
static int event_make(const struct rule_input *in, size_t i, Pidc__V1__Event *event)
{
	const Pidc__V1__Consent *consent = facts_of(in)->consents[i];
	const char **orgs = arena_calloc(in->arena, consent->n_recipient_orgs + 1, sizeof(*orgs));
	Pidc__V1__ConsentRecorded *recorded = (Pidc__V1__ConsentRecorded *)message_new(
		&pidc__v1__consent_recorded__descriptor, in->arena);
	struct refusal ignored;
	int rc;

	if (recorded == NULL || orgs == NULL)
		return PIDC_ENOMEM;
	rc = statement_at(in, i, &recorded->signed_, &ignored);
	if (rc < 0)
		return rc;
	recorded->signer_id = facts_of(in)->signer->principal->principal_id;
	event->body_case = PIDC__V1__EVENT__BODY_CONSENT_RECORDED;
	event->consent_recorded = recorded;
	rc = event_set_entity(in, event, consent->consent_id, consent->version + 1);
	orgs[0] = in->actor->org;
	for (size_t k = 0; k < consent->n_recipient_orgs; k++)
		orgs[k + 1] = consent->recipient_orgs[k];
	return rc < 0 ? rc : event_set_concerns(in, event, orgs, consent->n_recipient_orgs + 1);
}

int rule_revoke_all(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__RevokeAllRequest *request = (const Pidc__V1__RevokeAllRequest *)in->request;
	size_t n = request->n_statements;
	Pidc__V1__ConsentStatement **all;
	Pidc__V1__ChainStep **steps = NULL;
	int rc = 0;

	if (request->signed_ != NULL || n == 0 || n > REVOKED_CHAINS_MAX)
		return refuse(refusal, REASON(E_FIELD), "statements",
			      "one for each chain, at most %d; signed is of earlier versions",
			      REVOKED_CHAINS_MAX);
	all = arena_calloc(in->arena, n, sizeof(*all));
	if (all == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = statement_check(in, i, &all[i], refusal);
	if (rc == 0)
		rc = check_selection(in, &steps, refusal);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = check_step(all[i], all[0], steps[i], refusal);
	if (rc == 0)
		rc = check_ids(in, all, n, refusal);
	return rc < 0 ? rc : event_make(in, 0, event);
}

int more_revoke_all(const struct rule_input *in, const Pidc__V1__Event *event,
		    Pidc__V1__Event ***ret, size_t *ret_n)
{
	size_t n = facts_of(in)->n_consents - 1;
	int rc = 0;

	(void)event;
	*ret = arena_calloc(in->arena, n + 1, sizeof(**ret));
	if (*ret == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		(*ret)[i] = (Pidc__V1__Event *)message_new(&pidc__v1__event__descriptor, in->arena);
		rc = (*ret)[i] == NULL ? PIDC_ENOMEM : event_make(in, i + 1, (*ret)[i]);
	}
	*ret_n = n;
	return rc;
}
