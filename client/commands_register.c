/* SPDX-License-Identifier: ISC
 *
 * Who is who in the register.
 */
#include "client/command_table.h"

#include "grpc/health/v1/health.pb-c.h"
#include "pidc/v1/admin.pb-c.h"
#include "pidc/v1/identity.pb-c.h"
#include "pidc/v1/member.pb-c.h"
#include "pidc/v1/partner.pb-c.h"

static const struct flag page_flags[] = {PAGE_FLAGS, END_FLAGS};
static const struct flag partner_flags[] = {
	{"state", "state", FLAG_VALUE, "only partners in this state", "STATE"},
	{"partner-class", "partner_class", FLAG_VALUE, "only this class", "CODE"},
	PAGE_FLAGS,
	END_FLAGS,
};
static const struct flag principal_list_flags[] = {
	{"org", "org", FLAG_VALUE, "only this organisation", "ORG"},
	PAGE_FLAGS,
	END_FLAGS,
};
static const struct flag principal_flags[] = {
	{"org", "org", FLAG_VALUE, "organisation it belongs to", "ORG"},
	{"title", "title", FLAG_VALUE, "its function", "TEXT"},
	{"role", "roles", FLAG_LIST, "role, e.g. MEMBER_OFFICER", "ROLE"},
	{"spki-sha256", "spki_sha256", FLAG_VALUE, "hash of its public key", "HEX"},
	{"not-after", "not_after", FLAG_VALUE, "when its certificate ends", "TIME"},
	END_FLAGS,
};
static const struct flag revoke_flags[] = {
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	END_FLAGS,
};
static const struct flag bind_flags[] = {
	{"spki-sha256", "spki_sha256", FLAG_VALUE, "hash of its public key", "HEX"},
	{"not-after", "not_after", FLAG_VALUE, "when the certificate ends", "TIME"},
	END_FLAGS,
};
static const struct flag role_flags[] = {
	{"role", "role", FLAG_VALUE, "role, e.g. MEMBER_OFFICER", "ROLE"},
	END_FLAGS,
};
static const struct flag role_end_flags[] = {
	{"role", "role", FLAG_VALUE, "role that ends", "ROLE"},
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	END_FLAGS,
};
static const struct flag code_flags[] = {
	{"list", "list", FLAG_VALUE, "only this list, e.g. category", "LIST"},
	PAGE_FLAGS,
	END_FLAGS,
};

static const struct command commands[] = {
	{"server", "ping", .path = "/grpc.health.v1.Health/Check",
	 .request = &grpc__health__v1__health_check_request__descriptor,
	 .response = &grpc__health__v1__health_check_response__descriptor, .run = ctl_server_ping,
	 .help = "Does the register serve?",
	 .about = "Exit status 0: yes, 3: it answers, but does not serve, 7: nobody answers.",
	 .example = "pidcctl server ping"},
	{"server", "info",
	 RPC("AdminService", "GetServerInfo", get_server_info_request, get_server_info_response),
	 .help = "Version, origin and clock of the register.", .example = "pidcctl server info"},
	{"whoami", "", RPC("IdentityService", "WhoAmI", who_am_irequest, who_am_iresponse),
	 .help = "Who you are to the register.",
	 .about = "Your certificate says who you are; the register says what you may do. Where\n"
		  "there are several capacities, a command may need --capacity.",
	 .example = "pidcctl whoami\n"
		    "pidcctl whoami -o json"},
	{"org", "list", .flags = page_flags,
	 RPC("IdentityService", "ListOrganisations", list_organisations_request,
	     list_organisations_response),
	 .columns = "org kind name", .help = "All organisations.",
	 .example = "pidcctl org list\n"
		    "pidcctl org list -o name"},
	{"member", "list", .flags = page_flags,
	 RPC("MemberService", "ListMembers", list_members_request, list_members_response),
	 .columns = "org alpha3 region state name", .help = "The members of PIDC.",
	 .example = "pidcctl member list"},
	{"member", "get", "org",
	 RPC("MemberService", "GetMember", get_member_request, get_member_response),
	 .help = "One member with its instrument.", .example = "pidcctl member get tv"},
	{"partner", "list", .flags = partner_flags,
	 RPC("PartnerService", "ListPartners", list_partners_request, list_partners_response),
	 .columns = "org state partnerClass=CLASS isObserver=OBSERVER name",
	 .help = "Partners and their state.",
	 .example = "pidcctl partner list --state RECOGNISED\n"
		    "pidcctl partner list -o csv >partners.csv"},
	{"partner", "get", "org",
	 RPC("PartnerService", "GetPartner", get_partner_request, get_partner_response),
	 .help = "One partner with its agreement.", .example = "pidcctl partner get iom"},
	{"partner", "register", .flags = page_flags,
	 RPC("PartnerService", "ListRegister", list_register_request, list_register_response),
	 .columns = "org state since name", .help = "The transparency register, open to all.",
	 .example = "pidcctl partner register -o csv"},
	{"principal", "list", .flags = principal_list_flags,
	 RPC("IdentityService", "ListPrincipals", list_principals_request,
	     list_principals_response),
	 .columns = "principalId org roles title", .help = "People and agents with their roles.",
	 .example = "pidcctl principal list --org tv"},
	{"principal", "register", "principal_id", principal_flags,
	 RPC("IdentityService", "RegisterPrincipal", register_principal_request,
	     register_principal_response),
	 .help = "Register a person or agent with roles.",
	 .about = "The head of a member does this for its own organisation. The hash of the\n"
		  "certificate's public key is what `pidcctl context show` says of your own.",
	 .example =
		 "pidcctl principal register spiffe://pidc.int/member/tv/officer/o2 --org tv \\\n"
		 "    --title \"Second officer\" --role MEMBER_OFFICER --spki-sha256 HEX \\\n"
		 "    --not-after 2027-01-01T00:00:00Z"},
	{"principal", "bind-certificate", "principal_id", bind_flags,
	 RPC("IdentityService", "BindCertificate", bind_certificate_request,
	     bind_certificate_response),
	 .help = "Register one more certificate.",
	 .about = "Before the old one ends, so that there is no gap.",
	 .example = "pidcctl principal bind-certificate spiffe://pidc.int/member/tv/officer/o1 \\\n"
		    "    --spki-sha256 HEX --not-after 2027-12-01T00:00:00Z"},
	{"principal", "grant-role", "principal_id", role_flags,
	 RPC("IdentityService", "GrantRole", grant_role_request, grant_role_response),
	 .help = "Give a role.",
	 .example = "pidcctl principal grant-role spiffe://pidc.int/member/tv/officer/o1 \\\n"
		    "    --role MEMBER_CONTACT_POINT"},
	{"principal", "revoke-role", "principal_id", role_end_flags,
	 RPC("IdentityService", "RevokeRole", revoke_role_request, revoke_role_response),
	 .help = "End a role.",
	 .example = "pidcctl principal revoke-role spiffe://pidc.int/member/tv/officer/o1 \\\n"
		    "    --role MEMBER_CONTACT_POINT --reason \"moved on\""},
	{"principal", "revoke-certificate", "spki_sha256", revoke_flags,
	 RPC("IdentityService", "RevokeCertificate", revoke_certificate_request,
	     revoke_certificate_response),
	 .confirm = CONFIRM_ID, .help = "End a certificate now.",
	 .about = "Connections that use it are closed at once. It cannot be undone.",
	 .example = "pidcctl principal revoke-certificate HEX --reason \"laptop lost\""},
	{"code", "list", .flags = code_flags,
	 RPC("AdminService", "ListCodes", list_codes_request, list_codes_response),
	 .columns = "code list titleEn", .help = "Words of the code lists.",
	 .example = "pidcctl code list --list purpose"},
};

const struct command_table commands_register = TABLE(commands);
