/* SPDX-License-Identifier: ISC
 *
 * Organisations, principals, their certificates and roles.
 */
#include "core/identity_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include "pidc/v1/identity.pb-c.h"

#include <string.h>

#define KIND(name) (1U << PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name)

/* A principal has no versions of its own: keys and roles come and go. */
#define UNVERSIONED 0

int rule_register_organisation(const struct rule_input *in, Pidc__V1__Event *event,
			       struct refusal *refusal)
{
	const unsigned kinds = KIND(SECRETARIAT) | KIND(WITNESS_ONLY) | KIND(MEDIATOR);
	const Pidc__V1__Organisation *asked =
		((const Pidc__V1__RegisterOrganisationRequest *)in->request)->organisation;
	const Pidc__Store__V1__OrganisationFacts *facts =
		(const Pidc__Store__V1__OrganisationFacts *)in->facts;
	Pidc__V1__OrganisationRegistered *registered = arena_alloc(in->arena, sizeof(*registered));
	Pidc__V1__Organisation *made = arena_alloc(in->arena, sizeof(*made));
	int rc;

	if (registered == NULL || made == NULL)
		return PIDC_ENOMEM;
	if (!in->is_bootstrap)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, NULL,
			      "organisations of this kind come with the bootstrap import only");
	if (asked == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "organisation",
			      "it is mandatory");
	if (!text_is_org(asked->org))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "organisation.org",
			      "2 to 32 lower-case letters, digits, hyphens");
	if ((unsigned)asked->kind >= 32 || !(kinds >> (unsigned)asked->kind & 1))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "organisation.kind",
			      "members are admitted, partners recorded with their agreement");
	rc = check_text(refusal, "organisation.name", asked->name, 1, NAME_TEXT_MAX);
	if (rc < 0)
		return rc;
	if (facts->exists)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EXISTS, "organisation.org", NULL);
	rc = event_set_named(in, event, "org", asked->org, 1);
	if (rc < 0)
		return rc;
	*made = *asked;
	made->org_id = event->entity_id;
	pidc__v1__organisation_registered__init(registered);
	registered->organisation = made;
	event->body_case = PIDC__V1__EVENT__BODY_ORGANISATION_REGISTERED;
	event->organisation_registered = registered;
	return 0;
}

static int check_not_after(const struct rule_input *in, const Google__Protobuf__Timestamp *ts,
			   struct refusal *refusal)
{
	int64_t us;
	int rc;

	if (ts == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "not_after",
			      "it is mandatory");
	rc = check_time(refusal, "not_after", ts, 0, &us);
	if (rc < 0)
		return rc;
	if (us <= in->now_us)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "not_after",
			      "the certificate has expired");
	return 0;
}

/* A key is bound once, for ever: a revoked one does not come back. */
static int check_key(const struct rule_input *in, const ProtobufCBinaryData *spki,
		     const Google__Protobuf__Timestamp *not_after, struct refusal *refusal)
{
	const Pidc__Store__V1__PrincipalFacts *facts =
		(const Pidc__Store__V1__PrincipalFacts *)in->facts;
	int rc = check_digest(refusal, "spki_sha256", spki, false);

	if (rc == 0)
		rc = check_not_after(in, not_after, refusal);
	if (rc < 0)
		return rc;
	if (facts->key_bound)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EXISTS, "spki_sha256",
			      "this key is or was bound");
	return 0;
}

static int event_set_principal(const struct rule_input *in, Pidc__V1__Event *event,
			       const char *principal_id, const char *org, uint32_t version)
{
	int rc = event_set_named(in, event, "principal", principal_id, version);

	return rc < 0 ? rc : event_set_concerns(in, event, &org, 1);
}

/* Whether the actor may know that this principal exists. */
static bool principal_is_visible(const struct rule_input *in,
				 const Pidc__Store__V1__PrincipalFacts *facts)
{
	if (!facts->exists || facts->principal == NULL || facts->org == NULL)
		return false;
	return in->is_bootstrap || strcmp(in->actor->org, facts->principal->org) == 0 ||
	       actor_has_role(in->actor, PIDC__V1__ROLE__ROLE_SEC_HOS);
}

/* The principal is known to the actor, and the actor answers for it. */
static int check_principal(const struct rule_input *in, struct refusal *refusal)
{
	const Pidc__Store__V1__PrincipalFacts *facts =
		(const Pidc__Store__V1__PrincipalFacts *)in->facts;

	if (!principal_is_visible(in, facts))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "principal_id", NULL);
	return check_authority(in, facts->principal->org, facts->org->kind, refusal);
}

static int check_registration(const struct rule_input *in,
			      const Pidc__V1__RegisterPrincipalRequest *request,
			      struct refusal *refusal)
{
	const Pidc__Store__V1__PrincipalFacts *facts =
		(const Pidc__Store__V1__PrincipalFacts *)in->facts;
	int rc;

	if (facts->org == NULL || strcmp(facts->org->org, request->org) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "org", NULL);
	rc = check_authority(in, request->org, facts->org->kind, refusal);
	if (rc == 0)
		rc = check_principal_id(request->principal_id, facts->org, refusal);
	if (rc == 0)
		rc = check_text(refusal, "title", request->title, 1, TITLE_TEXT_MAX);
	if (rc == 0)
		rc = check_roles(in, facts->org, request->roles, request->n_roles, refusal);
	if (rc == 0)
		rc = check_key(in, &request->spki_sha256, request->not_after, refusal);
	if (rc < 0)
		return rc;
	if (facts->exists)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EXISTS, "principal_id", NULL);
	return 0;
}

int rule_register_principal(const struct rule_input *in, Pidc__V1__Event *event,
			    struct refusal *refusal)
{
	const Pidc__V1__RegisterPrincipalRequest *request =
		(const Pidc__V1__RegisterPrincipalRequest *)in->request;
	Pidc__V1__PrincipalRegistered *registered = arena_alloc(in->arena, sizeof(*registered));
	int rc;

	if (registered == NULL)
		return PIDC_ENOMEM;
	rc = check_registration(in, request, refusal);
	if (rc < 0)
		return rc;
	pidc__v1__principal_registered__init(registered);
	registered->principal_id = request->principal_id;
	registered->org = request->org;
	registered->title = request->title;
	registered->roles = request->roles;
	registered->n_roles = request->n_roles;
	registered->spki_sha256 = request->spki_sha256;
	registered->not_after = request->not_after;
	event->body_case = PIDC__V1__EVENT__BODY_PRINCIPAL_REGISTERED;
	event->principal_registered = registered;
	return event_set_principal(in, event, request->principal_id, request->org, 1);
}

int rule_bind_certificate(const struct rule_input *in, Pidc__V1__Event *event,
			  struct refusal *refusal)
{
	const Pidc__V1__BindCertificateRequest *request =
		(const Pidc__V1__BindCertificateRequest *)in->request;
	const Pidc__Store__V1__PrincipalFacts *facts =
		(const Pidc__Store__V1__PrincipalFacts *)in->facts;
	Pidc__V1__CertificateBound *bound = arena_alloc(in->arena, sizeof(*bound));
	int rc;

	if (bound == NULL)
		return PIDC_ENOMEM;
	rc = check_principal(in, refusal);
	if (rc == 0)
		rc = check_key(in, &request->spki_sha256, request->not_after, refusal);
	if (rc < 0)
		return rc;
	pidc__v1__certificate_bound__init(bound);
	bound->principal_id = request->principal_id;
	bound->spki_sha256 = request->spki_sha256;
	bound->not_after = request->not_after;
	event->body_case = PIDC__V1__EVENT__BODY_CERTIFICATE_BOUND;
	event->certificate_bound = bound;
	return event_set_principal(in, event, request->principal_id, facts->principal->org,
				   UNVERSIONED);
}

/* Ending a certificate only takes away: its own head, the Head of Secretariat, and
 * the operator in an emergency may. To others it does not exist. */
static bool key_is_revocable(const struct rule_input *in,
			     const Pidc__Store__V1__PrincipalFacts *facts)
{
	if (!facts->key_bound)
		return false;
	if (in->is_bootstrap || actor_has_role(in->actor, PIDC__V1__ROLE__ROLE_SEC_HOS) ||
	    actor_has_role(in->actor, PIDC__V1__ROLE__ROLE_OPERATOR))
		return true;
	return strcmp(in->actor->org, facts->key_org) == 0 &&
	       actor_has_role(in->actor, PIDC__V1__ROLE__ROLE_MEMBER_HEAD);
}

int rule_revoke_certificate(const struct rule_input *in, Pidc__V1__Event *event,
			    struct refusal *refusal)
{
	const Pidc__V1__RevokeCertificateRequest *request =
		(const Pidc__V1__RevokeCertificateRequest *)in->request;
	const Pidc__Store__V1__PrincipalFacts *facts =
		(const Pidc__Store__V1__PrincipalFacts *)in->facts;
	Pidc__V1__CertificateRevoked *revoked = arena_alloc(in->arena, sizeof(*revoked));
	int rc;

	if (revoked == NULL)
		return PIDC_ENOMEM;
	rc = check_digest(refusal, "spki_sha256", &request->spki_sha256, false);
	if (rc == 0)
		rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	if (rc < 0)
		return rc;
	if (!key_is_revocable(in, facts))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "spki_sha256", NULL);
	if (facts->key_state != PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "spki_sha256",
			      "it is revoked already");
	pidc__v1__certificate_revoked__init(revoked);
	revoked->principal_id = facts->key_principal_id;
	revoked->spki_sha256 = request->spki_sha256;
	revoked->reason = request->reason;
	event->body_case = PIDC__V1__EVENT__BODY_CERTIFICATE_REVOKED;
	event->certificate_revoked = revoked;
	return event_set_principal(in, event, facts->key_principal_id, facts->key_org, UNVERSIONED);
}

static bool principal_has_role(const Pidc__V1__Principal *principal, Pidc__V1__Role role)
{
	for (size_t i = 0; i < principal->n_roles; i++)
		if (principal->roles[i] == role)
			return true;
	return false;
}

int rule_grant_role(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__GrantRoleRequest *request = (const Pidc__V1__GrantRoleRequest *)in->request;
	const Pidc__Store__V1__PrincipalFacts *facts =
		(const Pidc__Store__V1__PrincipalFacts *)in->facts;
	Pidc__V1__RoleGranted *granted = arena_alloc(in->arena, sizeof(*granted));
	int rc;

	if (granted == NULL)
		return PIDC_ENOMEM;
	rc = check_principal(in, refusal);
	if (rc == 0)
		rc = check_role(in, facts->org, "role", request->role, refusal);
	if (rc < 0)
		return rc;
	if (!in->is_bootstrap && strcmp(in->actor->principal_id, request->principal_id) == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_SOD, "principal_id",
			      "SD-12: nobody gives a role to themselves");
	if (principal_has_role(facts->principal, request->role))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EXISTS, "role", NULL);
	pidc__v1__role_granted__init(granted);
	granted->principal_id = request->principal_id;
	granted->role = request->role;
	event->body_case = PIDC__V1__EVENT__BODY_ROLE_GRANTED;
	event->role_granted = granted;
	return event_set_principal(in, event, request->principal_id, facts->principal->org,
				   UNVERSIONED);
}

int rule_revoke_role(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__RevokeRoleRequest *request =
		(const Pidc__V1__RevokeRoleRequest *)in->request;
	const Pidc__Store__V1__PrincipalFacts *facts =
		(const Pidc__Store__V1__PrincipalFacts *)in->facts;
	Pidc__V1__RoleRevoked *revoked = arena_alloc(in->arena, sizeof(*revoked));
	int rc;

	if (revoked == NULL)
		return PIDC_ENOMEM;
	rc = check_principal(in, refusal);
	if (rc == 0)
		rc = check_role(in, facts->org, "role", request->role, refusal);
	if (rc == 0)
		rc = check_text(refusal, "reason", request->reason, REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	if (rc < 0)
		return rc;
	if (!principal_has_role(facts->principal, request->role))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "role",
			      "the principal does not hold it");
	pidc__v1__role_revoked__init(revoked);
	revoked->principal_id = request->principal_id;
	revoked->role = request->role;
	revoked->reason = request->reason;
	event->body_case = PIDC__V1__EVENT__BODY_ROLE_REVOKED;
	event->role_revoked = revoked;
	return event_set_principal(in, event, request->principal_id, facts->principal->org,
				   UNVERSIONED);
}
