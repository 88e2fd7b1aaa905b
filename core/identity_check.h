/* SPDX-License-Identifier: ISC
 *
 * Who may bind whom (SD-12), and which roles an organisation's people can have
 * (PRI-1b). Every check_ is as in rule_check.h.
 */
#pragma once

#include "core/rule.h"

/* May somebody of org have this role at all, and may the actor give or take it? */
int check_role(const struct rule_input *in, const Pidc__Store__V1__OrgState *org, const char *field,
	       Pidc__V1__Role role, struct refusal *refusal) PIDC_MUSTCHECK;

/* At least one, each as check_role, none twice. */
int check_roles(const struct rule_input *in, const Pidc__Store__V1__OrgState *org,
		const Pidc__V1__Role *roles, size_t count, struct refusal *refusal) PIDC_MUSTCHECK;

/* The head of a member for its own people; the Head of Secretariat for the
 * Secretariat, for partners and for whoever else is not a member. */
int check_authority(const struct rule_input *in, const char *org, Pidc__V1__OrganisationKind kind,
		    struct refusal *refusal) PIDC_MUSTCHECK;

/* A SPIFFE id whose path agrees with the organisation. The trust domain is the
 * connection's matter: an id of another domain never gets in. */
int check_principal_id(const char *id, const Pidc__Store__V1__OrgState *org,
		       struct refusal *refusal) PIDC_MUSTCHECK;
