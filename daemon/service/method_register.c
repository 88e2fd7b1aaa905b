/* SPDX-License-Identifier: ISC
 *
 * Methods: identities, members and the words of the register.
 */
#include "core/arrangement.h"
#include "daemon/service/method_table.h"

static const struct service_method identity_methods[] = {
	{
		.path = "/pidc.v1.IdentityService/WhoAmI",
		.lane = LANE_READ,
		.request = &pidc__v1__who_am_irequest__descriptor,
		.reply = &pidc__v1__who_am_iresponse__descriptor,
		.query = &(const struct service_query){.statement = -1, .run = query_whoami},
	},
	WRITE("IdentityService", "RegisterOrganisation", register_organisation, NOBODY, true,
	      COMMAND(organisation_facts, DB_FACTS_ORGANISATION, false, rule_register_organisation,
		      reply_organisation, NULL)),
	WRITE("IdentityService", "RegisterPrincipal", register_principal, REGISTRARS, true,
	      LOADED(principal_facts, facts_register_principal, rule_register_principal, NULL)),
	WRITE("IdentityService", "BindCertificate", bind_certificate, REGISTRARS, true,
	      LOADED(principal_facts, facts_bind_certificate, rule_bind_certificate, NULL)),
	WRITE("IdentityService", "RevokeCertificate", revoke_certificate, REGISTRARS | R(OPERATOR),
	      false,
	      LOADED(principal_facts, facts_revoke_certificate, rule_revoke_certificate,
		     reply_revocation)),
	WRITE("IdentityService", "GrantRole", grant_role, REGISTRARS, true,
	      LOADED(principal_facts, facts_grant_role, rule_grant_role, NULL)),
	WRITE("IdentityService", "RevokeRole", revoke_role, REGISTRARS, false,
	      LOADED(principal_facts, facts_revoke_role, rule_revoke_role, NULL)),
	READ("IdentityService", "ListPrincipals", list_principals, 0, OVERSEERS, DB_PRINCIPAL_LIST,
	     NULL, true),
	READ("IdentityService", "ListOrganisations", list_organisations, 0, 0, DB_ORGANISATION_LIST,
	     NULL, true),
};

const struct method_table identity_method_table = METHOD_TABLE("IdentityService", identity_methods);

/* What a member does for itself. */
#define OWN(name, snake, role_mask, reply_name)               \
	WRITE("MemberService", name, snake, role_mask, false, \
	      LOADED(arrangement_facts, facts_own_member, rule_##snake, reply_name))

static const struct service_method member_methods[] = {
	WRITE("MemberService", "AdmitMember", admit_member, NOBODY, true,
	      COMMAND(member_facts, DB_FACTS_MEMBER, false, rule_admit_member, reply_member, NULL)),
	OWN("RecordInstrument", record_instrument, R(MEMBER_HEAD), reply_version),
	OWN("EndMembership", end_membership, R(MEMBER_HEAD), reply_version),
	/* No role is asked for: who is not of the member is told E_OWNER_ONLY. */
	OWN("FileBilateral", file_bilateral, 0, reply_bilateral),
	OWN("WithdrawBilateral", withdraw_bilateral, 0, reply_version),
	READ("MemberService", "ListBilaterals", list_bilaterals, 0, 0, DB_BILATERAL_LIST, NULL,
	     true),
	READ("MemberService", "GetMember", get_member, 0, 0, DB_MEMBER_GET, NULL, false),
	READ("MemberService", "ListMembers", list_members, 0, 0, DB_MEMBER_LIST, NULL, true),
};

const struct method_table member_method_table = METHOD_TABLE("MemberService", member_methods);

static const struct service_method admin_methods[] = {
	READ("AdminService", "GetServerInfo", get_server_info, 0, 0, -1, query_server_info, false),
	WRITE("AdminService", "AddCode", add_code, NOBODY, true,
	      COMMAND(code_facts, DB_FACTS_CODE, false, rule_add_code, NULL, NULL)),
	READ("AdminService", "ListCodes", list_codes, 0, 0, DB_CODE_LIST, NULL, true),
};

const struct method_table admin_method_table = METHOD_TABLE("AdminService", admin_methods);
