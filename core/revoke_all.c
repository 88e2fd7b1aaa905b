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

/* The preview is of what the filter selects now, and all of it is signed. */
static int check_selection(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
			   struct refusal *refusal)
{
	const Pidc__V1__RevokeAllRequest *request = (const Pidc__V1__RevokeAllRequest *)in->request;
	const Pidc__Store__V1__RevokeAllFacts *facts = facts_of(in);
	Pidc__V1__ChainStep **steps;
	uint8_t digest[SHA256_LEN];

	if (facts->n_consents == 0)
		return refuse(refusal, REASON(E_EMPTY_SELECTOR), "filter",
			      "it selects no grant that stands");
	if (facts->n_consents > REVOKED_CHAINS_MAX)
		return refuse(refusal, REASON(E_LIMIT), "filter", "it selects over %d",
			      REVOKED_CHAINS_MAX);
	if (revoke_all_steps(facts->consents, facts->n_consents, in->arena, &steps) < 0 ||
	    revoke_all_digest(steps, facts->n_consents, in->arena, digest) < 0)
		return PIDC_ENOMEM;
	if (request->preview_digest.len != SHA256_LEN ||
	    memcmp(request->preview_digest.data, digest, SHA256_LEN) != 0)
		return refuse(refusal, REASON(E_STATE), "preview_digest",
			      "the filter selects others now: preview again");
	if (st->n_chains != facts->n_consents)
		return refuse(refusal, REASON(E_FIELD), "chains",
			      "the statement names all %zu of the preview", facts->n_consents);
	for (size_t i = 0; i < st->n_chains; i++)
		if (strcmp(st->chains[i]->consent_id, steps[i]->consent_id) != 0 ||
		    st->chains[i]->version != steps[i]->version)
			return refuse(refusal, REASON(E_FIELD), "chains", "not %.36s as previewed",
				      steps[i]->consent_id);
	return 0;
}

/* The owner and whoever any of the chains names. */
static int event_set_parties(const struct rule_input *in, Pidc__V1__Event *event)
{
	const Pidc__Store__V1__RevokeAllFacts *facts = facts_of(in);
	size_t count = 0, max = 1;
	const char **orgs;

	for (size_t i = 0; i < facts->n_consents; i++)
		max += facts->consents[i]->n_recipient_orgs;
	orgs = arena_calloc(in->arena, max, sizeof(*orgs));
	if (orgs == NULL)
		return PIDC_ENOMEM;
	orgs[count++] = in->actor->org;
	for (size_t i = 0; i < facts->n_consents; i++)
		for (size_t k = 0; k < facts->consents[i]->n_recipient_orgs; k++)
			orgs[count++] = facts->consents[i]->recipient_orgs[k];
	return event_set_concerns(in, event, orgs, count);
}

static int event_make(const struct rule_input *in, const Pidc__V1__ConsentStatement *st,
		      Pidc__V1__Event *event)
{
	const Pidc__V1__RevokeAllRequest *request = (const Pidc__V1__RevokeAllRequest *)in->request;
	Pidc__V1__ConsentRecorded *recorded = (Pidc__V1__ConsentRecorded *)message_new(
		&pidc__v1__consent_recorded__descriptor, in->arena);
	int rc;

	if (recorded == NULL)
		return PIDC_ENOMEM;
	recorded->signed_ = request->signed_;
	recorded->signer_id = facts_of(in)->signer->principal->principal_id;
	event->body_case = PIDC__V1__EVENT__BODY_CONSENT_RECORDED;
	event->consent_recorded = recorded;
	rc = event_set_entity(in, event, st->statement_id, 1);
	return rc < 0 ? rc : event_set_parties(in, event);
}

int rule_revoke_all(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__RevokeAllRequest *request = (const Pidc__V1__RevokeAllRequest *)in->request;
	Pidc__V1__ConsentStatement *st = NULL;
	uint8_t spki[SHA256_LEN];
	int rc = consent_read(request->signed_, in->arena, &st, refusal);

	if (rc == 0)
		rc = consent_verify(request->signed_, spki, refusal);
	if (rc == 0)
		rc = check_owner_signed(in, st, refusal);
	if (rc == 0)
		rc = check_selection(in, st, refusal);
	return rc < 0 ? rc : event_make(in, st, event);
}
