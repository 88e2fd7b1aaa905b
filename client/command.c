/* SPDX-License-Identifier: ISC */
#include "client/command.h"

#include "client/ctl.h"
#include "grpc/health/v1/health.pb-c.h"
#include "pidc/v1/admin.pb-c.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/disclosure.pb-c.h"
#include "pidc/v1/identity.pb-c.h"
#include "pidc/v1/ledger.pb-c.h"
#include "pidc/v1/member.pb-c.h"
#include "pidc/v1/partner.pb-c.h"

/* Path and both descriptors of one RPC. */
#define RPC(service, method, in, out)                                                     \
	.path = "/pidc.v1." service "/" method, .request = &pidc__v1__##in##__descriptor, \
	.response = &pidc__v1__##out##__descriptor

#define PAGE_FLAGS                                                                  \
	{"page-size", "page_size", FLAG_VALUE, "entries a page"},                   \
	{                                                                           \
		"page-token", "page_token", FLAG_VALUE, "where the last page ended" \
	}
#define END_FLAGS                           \
	{                                   \
		"", NULL, FLAG_SWITCH, NULL \
	}

const struct flag global_flags[] = {
	{"server", NULL, FLAG_VALUE, "HOST:PORT of the register"},
	{"ca", NULL, FLAG_VALUE, "root of the server's certificate"},
	{"cert", NULL, FLAG_VALUE, "your certificate"},
	{"key", NULL, FLAG_VALUE, "your private key"},
	{"capacity", NULL, FLAG_VALUE, "in which function you act, e.g. FUNDER"},
	{"timeout", NULL, FLAG_VALUE, "seconds to wait for an answer (30)"},
	{"json", NULL, FLAG_VALUE, "the whole request as JSON: FILE, - or {TEXT}"},
	{"request-id", "request_id", FLAG_VALUE, "UUID that makes a repeated write harmless"},
	{"validate-only", "validate_only", FLAG_SWITCH, "check, change nothing"},
	{"dry-run", "validate_only", FLAG_SWITCH, "the same as --validate-only"},
	{"yes", NULL, FLAG_SWITCH, "do not ask"},
	{"help", NULL, FLAG_SWITCH, "explain this command"},
	END_FLAGS,
};

static const struct flag page_flags[] = {PAGE_FLAGS, END_FLAGS};
static const struct flag partner_flags[] = {
	{"state", "state", FLAG_VALUE, "only partners in this state"},
	{"partner-class", "partner_class", FLAG_VALUE, "only this class"},
	PAGE_FLAGS,
	END_FLAGS,
};
static const struct flag principal_list_flags[] = {
	{"org", "org", FLAG_VALUE, "only this organisation"}, PAGE_FLAGS, END_FLAGS};
static const struct flag principal_flags[] = {
	{"org", "org", FLAG_VALUE, "organisation it belongs to"},
	{"title", "title", FLAG_VALUE, "its function"},
	{"role", "roles", FLAG_LIST, "role, e.g. MEMBER_OFFICER"},
	{"spki-sha256", "spki_sha256", FLAG_VALUE, "hash of its public key, hex"},
	{"not-after", "not_after", FLAG_VALUE, "when its certificate ends"},
	END_FLAGS,
};
static const struct flag revoke_flags[] = {
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger"}, END_FLAGS};
static const struct flag code_flags[] = {
	{"list", "list", FLAG_VALUE, "only this list, e.g. category"}, PAGE_FLAGS, END_FLAGS};
static const struct flag dataset_flags[] = {
	{"dataset-id", "dataset.dataset_id", FLAG_VALUE, "UUID; the register makes one"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version, to add fields"},
	{"category", "dataset.category", FLAG_VALUE, "code of the list category"},
	{"title", "dataset.title", FLAG_VALUE, "name of the dataset"},
	{"description", "dataset.description", FLAG_VALUE, "what is in it"},
	{"granularity", "dataset.granularity", FLAG_VALUE, "how close to a person"},
	{"classification", "dataset.classification_default", FLAG_VALUE, "default handling"},
	{"legal-basis", "dataset.legal_basis", FLAG_VALUE, "law that allows it"},
	{"ethics-note", "dataset.ethics_note", FLAG_VALUE, "how privacy is kept"},
	{"retention-months", "dataset.retention_months", FLAG_VALUE, "how long it is kept"},
	{"field", NULL, FLAG_LIST, "NAME:TYPE[:DESCRIPTION], e.g. count:INTEGER"},
	END_FLAGS,
};
static const struct flag submit_flags[] = {
	{"dataset-id", "dataset_id", FLAG_VALUE, "dataset it belongs to"},
	{"from", "period.from", FLAG_VALUE, "begin of the period"},
	{"to", "period.to", FLAG_VALUE, "end of the period, not included"},
	{"classification", "classification", FLAG_VALUE, "handling; never below the default"},
	END_FLAGS,
};
static const struct flag import_flags[] = {
	{"dataset-id", "dataset_id", FLAG_VALUE, "dataset of rows that name none"},
	{"from", "period.from", FLAG_VALUE, "begin of the period, for the same"},
	{"to", "period.to", FLAG_VALUE, "end of the period, not included"},
	{"classification", "classification", FLAG_VALUE, "handling; never below the default"},
	{"progress", NULL, FLAG_VALUE, "auto, json or none"},
	END_FLAGS,
};
static const struct flag contribution_flags[] = {
	{"dataset-id", "dataset_id", FLAG_VALUE, "only this dataset"}, PAGE_FLAGS, END_FLAGS};
#define TERM_FLAGS                                                                            \
	{"owner-org", NULL, FLAG_VALUE, "owner; else your organisation"},                     \
		{"consent-id", NULL, FLAG_VALUE, "UUID of the chain; else a new one"},        \
		{"dataset", NULL, FLAG_LIST, "dataset by id"},                                \
		{"contribution", NULL, FLAG_LIST, "contribution by id"},                      \
		{"category", NULL, FLAG_VALUE, "all your data of this category"},             \
		{"granularity-ceiling", NULL, FLAG_VALUE, "with --category: not closer"},     \
		{"all-data", NULL, FLAG_SWITCH, "all your data"},                             \
		{"to", NULL, FLAG_LIST, "recipient organisation"},                            \
		{"to-class", NULL, FLAG_VALUE, "recipients of this partner class"},           \
		{"all-partners", NULL, FLAG_SWITCH, "every partner"},                         \
		{"to-capacity", NULL, FLAG_VALUE, "function of the recipient (PARTNER)"},     \
		{"purpose", NULL, FLAG_LIST, "code of the purpose tree"},                     \
		{"action", NULL, FLAG_LIST, "READ, COPY, DERIVE ..."},                        \
		{"field", NULL, FLAG_LIST, "field of the data"},                              \
		{"all-fields-of", NULL, FLAG_VALUE, "all fields of this schema version"},     \
		{"from", NULL, FLAG_VALUE, "valid from (RFC 3339); else from recording"},     \
		{"until", NULL, FLAG_VALUE, "valid until (RFC 3339); else 12 months"},        \
		{"mode", NULL, FLAG_VALUE, "add or exclusive"},                               \
		{"condition", NULL, FLAG_LIST, "e.g. MIN_CELL=5, NO_ONWARD"},                 \
		{"classification-ceiling", NULL, FLAG_VALUE, "not what is handled stricter"}, \
		{"reason", NULL, FLAG_VALUE, "why"},                                          \
	{                                                                                     \
		"text-only", NULL, FLAG_SWITCH, "show the statement, do not sign"             \
	}
static const struct flag term_flags[] = {TERM_FLAGS, END_FLAGS};
static const struct flag chain_flags[] = {
	{"owner-org", NULL, FLAG_VALUE, "owner; else your organisation"},
	{"fall-back", NULL, FLAG_SWITCH, "let older permits apply again"},
	{"reason", NULL, FLAG_VALUE, "why"},
	{"text-only", NULL, FLAG_SWITCH, "show the statement, do not sign"},
	END_FLAGS,
};
static const struct flag check_flags[] = {
	{"owner-org", "owner_org", FLAG_VALUE, "whose data"},
	{"recipient-org", "recipient_org", FLAG_VALUE, "for whom; else yourself"},
	{"recipient-capacity", "recipient_capacity", FLAG_VALUE, "in which function"},
	{"purpose", "purpose", FLAG_VALUE, "code of the purpose tree"},
	{"action", "action", FLAG_VALUE, "READ, COPY, DERIVE ..."},
	{"dataset-id", "dataset_id", FLAG_VALUE, "dataset"},
	{"contribution-id", "contribution_id", FLAG_VALUE, "or contribution"},
	{"field", "fields", FLAG_LIST, "field of the data"},
	END_FLAGS,
};
static const struct flag fetch_flags[] = {
	{"owner-org", "owner_org", FLAG_VALUE, "whose data"},
	{"dataset-id", "dataset_ids", FLAG_LIST, "dataset"},
	{"contribution-id", "contribution_ids", FLAG_LIST, "or contribution"},
	{"purpose", "purpose", FLAG_VALUE, "code of the purpose tree"},
	{"action", "action", FLAG_VALUE, "READ, COPY, DERIVE ..."},
	{"field", "fields", FLAG_LIST, "field; exactly these are sent"},
	{"chunk-items", "chunk_items", FLAG_VALUE, "contributions a chunk (64)"},
	END_FLAGS,
};
static const struct flag disclosure_flags[] = {
	{"recipient-org", "recipient_org", FLAG_VALUE, "only to this organisation"},
	PAGE_FLAGS,
	END_FLAGS,
};
static const struct flag entry_flags[] = {
	{"start", "start", FLAG_VALUE, "first index"},
	{"count", "count", FLAG_VALUE, "how many (100)"},
	{"is-concerned", "is_concerned", FLAG_SWITCH, "only what concerns you"},
	END_FLAGS,
};
static const struct flag proof_flags[] = {
	{"tree-size", "tree_size", FLAG_VALUE, "size of the tree; else the current"}, END_FLAGS};
static const struct flag verify_flags[] = {
	{"deep", NULL, FLAG_SWITCH, "compare every table with the ledger"}, END_FLAGS};

#define CONSENT_RPC                                                        \
	RPC("ConsentService", "RecordStatement", record_statement_request, \
	    record_statement_response)

const struct command commands[] = {
	{"server", "ping", .path = "/grpc.health.v1.Health/Check",
	 .request = &grpc__health__v1__health_check_request__descriptor,
	 .response = &grpc__health__v1__health_check_response__descriptor, .run = ctl_server_ping,
	 .help = "Does the register serve?", .example = "pidcctl server ping"},
	{"server", "info",
	 RPC("AdminService", "GetServerInfo", get_server_info_request, get_server_info_response),
	 .help = "Version, origin and clock of the register.", .example = "pidcctl server info"},
	{"whoami", "", RPC("IdentityService", "WhoAmI", who_am_irequest, who_am_iresponse),
	 .help = "Who you are to the register.", .example = "pidcctl whoami -o json"},
	{"org", "list", .flags = page_flags,
	 RPC("IdentityService", "ListOrganisations", list_organisations_request,
	     list_organisations_response),
	 .columns = "org kind name", .help = "All organisations.", .example = "pidcctl org list"},
	{"member", "list", .flags = page_flags,
	 RPC("MemberService", "ListMembers", list_members_request, list_members_response),
	 .columns = "org name region state", .help = "The members of PIDC.",
	 .example = "pidcctl member list"},
	{"member", "get", "org",
	 RPC("MemberService", "GetMember", get_member_request, get_member_response),
	 .help = "One member with its instrument.", .example = "pidcctl member get tv"},
	{"partner", "list", .flags = partner_flags,
	 RPC("PartnerService", "ListPartners", list_partners_request, list_partners_response),
	 .columns = "org name partnerClass state", .help = "Partners and their state.",
	 .example = "pidcctl partner list --state RECOGNISED"},
	{"partner", "get", "org",
	 RPC("PartnerService", "GetPartner", get_partner_request, get_partner_response),
	 .help = "One partner with its agreement.", .example = "pidcctl partner get iom"},
	{"partner", "register", .flags = page_flags,
	 RPC("PartnerService", "ListRegister", list_register_request, list_register_response),
	 .columns = "org name partnerClass state instrument since",
	 .help = "The transparency register, open to all.",
	 .example = "pidcctl partner register -o csv"},
	{"principal", "list", .flags = principal_list_flags,
	 RPC("IdentityService", "ListPrincipals", list_principals_request,
	     list_principals_response),
	 .columns = "principalId org title roles", .help = "People and agents with their roles.",
	 .example = "pidcctl principal list --org tv"},
	{"principal", "register", "principal_id", principal_flags,
	 RPC("IdentityService", "RegisterPrincipal", register_principal_request,
	     register_principal_response),
	 .help = "Bind a certificate and roles to a new principal.",
	 .example = "pidcctl principal register spiffe://pidc.int/tv/officer --org tv "
		    "--role MEMBER_OFFICER --spki-sha256 HEX --not-after 2027-01-01T00:00:00Z"},
	{"principal", "revoke-certificate", "spki_sha256", revoke_flags,
	 RPC("IdentityService", "RevokeCertificate", revoke_certificate_request,
	     revoke_certificate_response),
	 .is_confirmed = true, .help = "End a certificate now.",
	 .example = "pidcctl principal revoke-certificate HEX --reason \"laptop lost\""},
	{"code", "list", .flags = code_flags,
	 RPC("AdminService", "ListCodes", list_codes_request, list_codes_response),
	 .help = "Words of the code lists.", .example = "pidcctl code list --list purpose"},
	{"dataset", "define", .flags = dataset_flags,
	 RPC("DataService", "DefineDataset", define_dataset_request, define_dataset_response),
	 .run = ctl_dataset_define, .help = "Define a dataset of your organisation.",
	 .example = "pidcctl dataset define --title Overstayers --category IRREG "
		    "--granularity AGGREGATE --legal-basis \"Immigration Act\" "
		    "--ethics-note \"no names\" --field count:INTEGER"},
	{"dataset", "get", "dataset_id",
	 RPC("DataService", "GetDataset", get_dataset_request, get_dataset_response),
	 .help = "One dataset with its fields.", .example = "pidcctl dataset get ID"},
	{"dataset", "list", .flags = page_flags,
	 RPC("DataService", "ListDatasets", list_datasets_request, list_datasets_response),
	 .columns = "datasetId title category granularity status", .help = "Your datasets.",
	 .example = "pidcctl dataset list"},
	{"contribution", "submit", "file", submit_flags,
	 RPC("DataService", "SubmitContribution", submit_contribution_request,
	     submit_contribution_response),
	 .run = ctl_contribution_submit, .help = "Contribute one file, .csv or .jsonl.",
	 .example = "pidcctl contribution submit q1.csv --dataset-id ID "
		    "--from 2026-01-01T00:00:00Z --to 2026-04-01T00:00:00Z"},
	{"contribution", "import", "file", import_flags,
	 RPC("DataService", "SubmitContributions", submit_contributions_request,
	     submit_contributions_response),
	 .run = ctl_contribution_import,
	 .help = "Contribute many: each record of a .csv, or line {\"period\":{},\"rows\":[{}]} of "
		 "a .jsonl.",
	 .example = "pidcctl contribution import all.jsonl --dataset-id ID"},
	{"contribution", "get", "contribution_id",
	 RPC("DataService", "GetContribution", get_contribution_request, get_contribution_response),
	 .help = "What the register knows of one contribution.",
	 .example = "pidcctl contribution get ID"},
	{"contribution", "list", .flags = contribution_flags,
	 RPC("DataService", "ListContributions", list_contributions_request,
	     list_contributions_response),
	 .columns = "contributionId datasetId rowCount status recordedAt",
	 .help = "Your contributions.", .example = "pidcctl contribution list"},
	{"consent", "grant", .flags = term_flags, CONSENT_RPC, .run = ctl_consent_open,
	 .help = "Permit: sign and record a grant.",
	 .example = "pidcctl consent grant --dataset ID --to iom --to-capacity FUNDER "
		    "--purpose REPORTING --action READ --field count"},
	{"consent", "veto", .flags = term_flags, CONSENT_RPC, .run = ctl_consent_open,
	 .help = "Forbid: sign and record a veto.",
	 .example = "pidcctl consent veto --all-data --to iom"},
	{"consent", "revoke", "consent_id", chain_flags, CONSENT_RPC, .run = ctl_consent_change,
	 .help = "End a consent at once.", .example = "pidcctl consent revoke ID"},
	{"consent", "suspend", "consent_id", chain_flags, CONSENT_RPC, .run = ctl_consent_change,
	 .help = "Pause a consent.", .example = "pidcctl consent suspend ID"},
	{"consent", "resume", "consent_id", chain_flags, CONSENT_RPC, .run = ctl_consent_change,
	 .help = "Let a paused consent apply again.", .example = "pidcctl consent resume ID"},
	{"consent", "check", .flags = check_flags,
	 RPC("ConsentService", "CheckConsent", check_consent_request, check_consent_response),
	 .run = ctl_consent_check, .help = "Would it be permitted now? Exit status 3: no.",
	 .example = "pidcctl consent check --owner-org tv --dataset-id ID --purpose REPORTING "
		    "--action READ --field count"},
	{"consent", "list", .flags = page_flags,
	 RPC("ConsentService", "ListConsents", list_consents_request, list_consents_response),
	 .columns = "consentId ownerOrg state openedBy recipientOrgs validTo",
	 .help = "Consents that you gave or that name you.", .example = "pidcctl consent list"},
	{"consent", "get", "consent_id",
	 RPC("ConsentService", "GetConsent", get_consent_request, get_consent_response),
	 .help = "One consent with its signed statements.", .example = "pidcctl consent get ID"},
	{"data", "fetch", .flags = fetch_flags,
	 RPC("DisclosureService", "Fetch", fetch_request, fetch_response), .run = ctl_data_fetch,
	 .help = "Receive data: JSON lines, or -o csv.",
	 .example = "pidcctl data fetch --owner-org tv --dataset-id ID --purpose REPORTING "
		    "--action READ --field count -o csv"},
	{"disclosure", "list", .flags = disclosure_flags,
	 RPC("DisclosureService", "ListDisclosures", list_disclosures_request,
	     list_disclosures_response),
	 .columns = "disclosureId chunk ownerOrg recipientOrg purpose releasedAt",
	 .help = "What left, to whom and why.", .example = "pidcctl disclosure list"},
	{"ledger", "head", RPC("LedgerService", "GetHead", get_head_request, get_head_response),
	 .help = "Size and root hash of the ledger.", .example = "pidcctl ledger head"},
	{"ledger", "entries", .flags = entry_flags,
	 RPC("LedgerService", "ListEntries", list_entries_request, list_entries_response),
	 .columns = "index txTime leafHash", .help = "Entries of the ledger.",
	 .example = "pidcctl ledger entries --start 0 --count 10"},
	{"ledger", "proof", "index", proof_flags,
	 RPC("LedgerService", "GetInclusionProof", get_inclusion_proof_request,
	     get_inclusion_proof_response),
	 .run = ctl_ledger_proof, .help = "Prove here that an entry is in the ledger.",
	 .example = "pidcctl ledger proof 17"},
	{"ledger", "consistency", "from_size to_size",
	 RPC("LedgerService", "GetConsistencyProof", get_consistency_proof_request,
	     get_consistency_proof_response),
	 .run = ctl_ledger_consistency, .help = "Prove here that the ledger only grew.",
	 .example = "pidcctl ledger consistency 10 20"},
	{"ledger", "verify", .flags = verify_flags,
	 RPC("LedgerService", "VerifyDeep", verify_deep_request, verify_deep_response),
	 .run = ctl_ledger_verify, .help = "Has anybody touched the tables? Exit status 9: yes.",
	 .example = "pidcctl ledger verify --deep"},
};
const size_t command_count = sizeof(commands) / sizeof(*commands);
