/* SPDX-License-Identifier: ISC */
#include "core/identity_check.h"
#include "core/rule_check.h"

#include <stdio.h>
#include <string.h>

/* One person holds few functions; the list has 18. */
#define ROLES_MAX 18

/* As the connection's rule for certificates has it. */
#define SPIFFE_MAX          255
#define SPIFFE_SEGMENTS_MIN 2
#define SPIFFE_SEGMENTS_MAX 5

#define KIND(name) (1U << PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_##name)
#define ROLE(name) PIDC__V1__ROLE__ROLE_##name

/* Which kinds of organisation a role belongs to. */
static const struct role_rule {
	Pidc__V1__Role role;
	unsigned kinds;
	bool is_elected; /* given by resolution, not by the head */
} role_rules[] = {
	{ROLE(MEMBER_HEAD), KIND(MEMBER), false},
	{ROLE(MEMBER_OFFICER), KIND(MEMBER), false},
	{ROLE(MEMBER_CONTACT_POINT), KIND(MEMBER), false},
	{ROLE(MEMBER_AGENT), KIND(MEMBER), false},
	{ROLE(BOARD_MEMBER), KIND(MEMBER), true},
	{ROLE(BOARD_CHAIR), KIND(MEMBER), true},
	{ROLE(ARC_MEMBER), KIND(MEMBER), true},
	{ROLE(ARC_CHAIR), KIND(MEMBER), true},
	{ROLE(SEC_OFFICER), KIND(SECRETARIAT), false},
	{ROLE(SEC_HOS), KIND(SECRETARIAT), false},
	{ROLE(PARTNER_OFFICER), KIND(PARTNER), false},
	{ROLE(PARTNER_AGENT), KIND(PARTNER), false},
	{ROLE(PARTNER_SIGNATORY), KIND(PARTNER), false},
	{ROLE(OBSERVER_DELEGATE), KIND(PARTNER), false},
	{ROLE(MEDIATOR), KIND(MEDIATOR), false},
	{ROLE(AUDITOR), KIND(SECRETARIAT), false},
	{ROLE(OPERATOR), KIND(SECRETARIAT), false},
	{ROLE(WITNESS), KIND(MEMBER) | KIND(WITNESS_ONLY), false},
};

static const struct role_rule *role_rule_find(Pidc__V1__Role role)
{
	for (size_t i = 0; i < sizeof(role_rules) / sizeof(role_rules[0]); i++)
		if (role_rules[i].role == role)
			return &role_rules[i];
	return NULL;
}

static bool kind_is_in(const Pidc__Store__V1__OrgState *org, unsigned kinds)
{
	return (unsigned)org->kind < 32 && (kinds >> (unsigned)org->kind & 1);
}

int check_role(const struct rule_input *in, const Pidc__Store__V1__OrgState *org, const char *field,
	       Pidc__V1__Role role, struct refusal *refusal)
{
	const struct role_rule *rule = role_rule_find(role);

	if (rule == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "no such role");
	if (!kind_is_in(org, rule->kinds))
		return refuse(refusal,
			      rule->is_elected ? PIDC__V1__REASON__REASON_E_NOT_MEMBER_STATE
					       : PIDC__V1__REASON__REASON_E_FIELD,
			      field, "%.32s is not an organisation with this role", org->org);
	if (rule->is_elected && !org->is_active)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_MEMBER_STATE, field, NULL);
	if (rule->is_elected && !in->is_bootstrap)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_PREREQ_BOARD, field,
			      "Board and committee seats are given by resolution");
	return 0;
}

int check_roles(const struct rule_input *in, const Pidc__Store__V1__OrgState *org,
		const Pidc__V1__Role *roles, size_t count, struct refusal *refusal)
{
	if (count == 0 || count > ROLES_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "roles", "1 to %d",
			      ROLES_MAX);
	for (size_t i = 0; i < count; i++) {
		int rc = check_role(in, org, "roles", roles[i], refusal);

		if (rc < 0)
			return rc;
		for (size_t k = 0; k < i; k++)
			if (roles[k] == roles[i])
				return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "roles",
					      "one stands twice");
	}
	return 0;
}

int check_authority(const struct rule_input *in, const char *org, Pidc__V1__OrganisationKind kind,
		    struct refusal *refusal)
{
	bool is_member = kind == PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER;
	Pidc__V1__Role needed = is_member ? ROLE(MEMBER_HEAD) : ROLE(SEC_HOS);

	if (in->is_bootstrap)
		return 0;
	if (is_member && strcmp(in->actor->org, org) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY, NULL,
			      "a member's own head answers for its people");
	if (actor_has_role(in->actor, needed))
		return 0;
	if (strcmp(in->actor->org, org) != 0 && actor_has_role(in->actor, ROLE(MEMBER_HEAD)))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_OWNER_ONLY, NULL,
			      "a head answers for the people of its own organisation");
	return refuse(refusal, PIDC__V1__REASON__REASON_E_ROLE, NULL, "%s is needed",
		      is_member ? "member.head" : "sec.hos");
}

static bool is_segment_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* "/a/b": each segment of allowed characters, not "." or "..". */
static bool is_spiffe_path(const char *path)
{
	size_t segments = 0;

	while (*path == '/') {
		size_t len = 0;

		path++;
		while (is_segment_char(path[len]))
			len++;
		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len;
		segments++;
	}
	return *path == '\0' && segments >= SPIFFE_SEGMENTS_MIN && segments <= SPIFFE_SEGMENTS_MAX;
}

/* The path of a SPIFFE id, or NULL when the id is none. */
static const char *spiffe_path(const char *id)
{
	static const char scheme[] = "spiffe://";
	const char *domain, *path;

	if (strnlen(id, SPIFFE_MAX + 1) > SPIFFE_MAX ||
	    strncmp(id, scheme, sizeof(scheme) - 1) != 0)
		return NULL;
	domain = id + sizeof(scheme) - 1;
	path = domain;
	while (is_segment_char(*path))
		path++;
	return path != domain && is_spiffe_path(path) ? path : NULL;
}

/* Whether the path begins with /prefix/ or, with org, /prefix/org/. */
static bool path_is_under(const char *path, const char *prefix, const char *org)
{
	char start[64];
	int len = org != NULL ? snprintf(start, sizeof(start), "/%s/%.32s/", prefix, org)
			      : snprintf(start, sizeof(start), "/%s/", prefix);

	return strncmp(path, start, (size_t)len) == 0;
}

static bool path_fits(const char *path, const Pidc__Store__V1__OrgState *org)
{
	switch (org->kind) {
	case PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEMBER:
		return path_is_under(path, "member", org->org);
	case PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_PARTNER:
		return path_is_under(path, "partner", org->org);
	case PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_SECRETARIAT:
		return path_is_under(path, "secretariat", NULL) ||
		       path_is_under(path, "audit", NULL) || path_is_under(path, "svc", NULL);
	case PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_WITNESS_ONLY:
		return path_is_under(path, "witness", org->org);
	case PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_MEDIATOR:
		return path_is_under(path, "mediator", org->org);
	default:
		return false;
	}
}

int check_principal_id(const char *id, const Pidc__Store__V1__OrgState *org,
		       struct refusal *refusal)
{
	const char *path = spiffe_path(id);

	if (path == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "principal_id",
			      "spiffe://domain/ and 2 to 5 segments of [a-z0-9._-]");
	if (!path_fits(path, org))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "principal_id",
			      "the path does not belong to %.32s", org->org);
	return 0;
}
