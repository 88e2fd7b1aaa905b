/* SPDX-License-Identifier: ISC
 *
 * The method table: path -> lane, roles, what it does. To add an RPC, add a row.
 */
#include "daemon/service/check_cache.h"
#include "daemon/service/internal.h"

#include <string.h>

/* Some 200,000 answers of ordinary length. */
#define CHECK_CACHE_BYTES ((size_t)64 << 20)

static struct service_info config;
const struct service_info *const service_config = &config;

struct check_cache *service_checks;

void service_init(const struct service_info *info)
{
	config = *info;
	check_cache_free(service_checks);
	service_checks = check_cache_new(CHECK_CACHE_BYTES);
}

#define R(name)  ROLE_BIT(name)
#define MEMBERS  (R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(MEMBER_AGENT))
#define PARTNERS (R(PARTNER_OFFICER) | R(PARTNER_AGENT))
#define SIGNERS  (R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(PARTNER_OFFICER))
/* Who fetches, and answers for what was fetched. */
#define FETCHERS   (PARTNERS | R(MEMBER_OFFICER) | R(MEMBER_AGENT))
#define REGISTRARS (R(MEMBER_HEAD) | R(SEC_HOS))
#define OVERSEERS  (R(AUDITOR) | R(OPERATOR) | R(SEC_HOS))
#define OWNERS     (R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(MEMBER_AGENT) | R(PARTNER_OFFICER))
/* Decide for their organisation what is opened or lost. */
#define DECIDERS  (R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(PARTNER_OFFICER))
#define BOARD     (R(BOARD_MEMBER) | R(BOARD_CHAIR))
#define REVIEWERS (R(ARC_MEMBER) | R(ARC_CHAIR))
/* May not, but the rule says so by name (PRI-9a): E_OWNER_ONLY. */
#define CUSTODIANS (R(SEC_OFFICER) | R(SEC_HOS))
/* Only offline import: no role may do it over the network yet. */
#define NOBODY (UINT32_C(1) << 31)

#define TYPES(snake, suffix) &pidc__v1__##snake##_##suffix##__descriptor

/* A command whose facts come from one statement. */
#define COMMAND(facts_type, statement_id, many, rule_name, reply_name, after_name)   \
	&(const struct service_command)                                              \
	{                                                                            \
		.facts = &pidc__store__v1__##facts_type##__descriptor,               \
		.statement = (statement_id), .is_many = (many), .rule = (rule_name), \
		.reply = (reply_name), .after = (after_name)                         \
	}
/* A command whose facts are loaded by a function. */
#define LOADED(facts_type, load_name, rule_name, reply_name)                            \
	&(const struct service_command)                                                 \
	{                                                                               \
		.facts = &pidc__store__v1__##facts_type##__descriptor, .statement = -1, \
		.load = (load_name), .rule = (rule_name), .reply = (reply_name)         \
	}
#define WRITE(service, name, snake, role_mask, boot, how)                          \
	{                                                                          \
		.path = "/pidc.v1." service "/" name, .lane = LANE_WRITE,          \
		.request = TYPES(snake, request), .reply = TYPES(snake, response), \
		.roles = (role_mask), .is_bootstrap = (boot), .command = (how)     \
	}
#define READ(service, name, snake, role_mask, see_mask, statement_id, function, list)     \
	{                                                                                 \
		.path = "/pidc.v1." service "/" name, .lane = LANE_READ,                  \
		.request = TYPES(snake, request), .reply = TYPES(snake, response),        \
		.roles = (role_mask), .see_all = (see_mask),                              \
		.query = &(const struct service_query)                                    \
		{                                                                         \
			.statement = (statement_id), .run = (function), .is_list = (list) \
		}                                                                         \
	}
/* A read that may take its time: it must not hold the fast ones. */
#define BULK(service, name, snake, role_mask, function)                            \
	{                                                                          \
		.path = "/pidc.v1." service "/" name, .lane = LANE_BULK,           \
		.request = TYPES(snake, request), .reply = TYPES(snake, response), \
		.roles = (role_mask), .query = &(const struct service_query)       \
		{                                                                  \
			.statement = -1, .run = (function)                         \
		}                                                                  \
	}

/* A step of a resolution. */
#define RESOLUTION(name, snake, role_mask, load_name, reply_name) \
	WRITE("BoardService", name, snake, role_mask, false,      \
	      LOADED(resolution_facts, load_name, rule_##snake, reply_name))

/* Content on its way: a read of the bulk lane that may write beside the ledger. */
#define UPLOAD(name, snake, statement_id, function)                                 \
	{                                                                           \
		.path = "/pidc.v1.DataService/" name, .lane = LANE_BULK,            \
		.request = TYPES(snake, request), .reply = TYPES(snake, response),  \
		.roles = MEMBERS | PARTNERS, .query = &(const struct service_query) \
		{                                                                   \
			.statement = (statement_id), .run = (function)              \
		}                                                                   \
	}

static const struct service_method methods[] = {
	/* Identity */
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

	/* Members and partners */
	WRITE("MemberService", "AdmitMember", admit_member, NOBODY, true,
	      COMMAND(member_facts, DB_FACTS_MEMBER, false, rule_admit_member, reply_member, NULL)),
	READ("MemberService", "GetMember", get_member, 0, 0, DB_MEMBER_GET, NULL, false),
	READ("MemberService", "ListMembers", list_members, 0, 0, DB_MEMBER_LIST, NULL, true),
	WRITE("PartnerService", "RecordLegacy", record_legacy, R(SEC_HOS), true,
	      COMMAND(partner_facts, DB_FACTS_PARTNER, false, rule_record_legacy, reply_partner,
		      NULL)),
	READ("PartnerService", "GetPartner", get_partner, 0, 0, DB_PARTNER_GET, NULL, false),
	READ("PartnerService", "ListPartners", list_partners, 0, 0, DB_PARTNER_LIST, NULL, true),
	READ("PartnerService", "ListRegister", list_register, 0, 0, DB_REGISTER_LIST, NULL, true),

	/* Data */
	WRITE("DataService", "DefineDataset", define_dataset, OWNERS | CUSTODIANS, false,
	      COMMAND(dataset_facts, DB_FACTS_DEFINE_DATASET, false, rule_define_dataset,
		      reply_dataset, NULL)),
	WRITE("DataService", "CloseDataset", close_dataset, OWNERS | CUSTODIANS, false,
	      COMMAND(dataset_facts, DB_FACTS_CLOSE_DATASET, false, rule_close_dataset,
		      reply_version, NULL)),
	READ("DataService", "GetDataset", get_dataset, 0, 0, DB_DATASET_GET, NULL, false),
	READ("DataService", "ListDatasets", list_datasets, 0, 0, DB_DATASET_LIST, NULL, true),
	WRITE("DataService", "SubmitContribution", submit_contribution, MEMBERS | PARTNERS, false,
	      (&(const struct service_command){
		      .facts = &pidc__store__v1__dataset_facts__descriptor,
		      .statement = DB_FACTS_SUBMIT,
		      .is_many = true,
		      .is_alone = submission_is_alone,
		      .load = facts_submit,
		      .rule = rule_submit_contribution,
		      .reply = reply_contribution,
		      .after = store_content,
	      })),
	{
		.path = "/pidc.v1.DataService/SubmitContributions",
		.lane = LANE_WRITE,
		.stream = STREAM_ITEMS,
		.request = TYPES(submit_contributions, request),
		.reply = TYPES(submit_contributions, response),
		.item = "/pidc.v1.DataService/SubmitContribution",
	},
	READ("DataService", "GetContribution", get_contribution, 0, 0, DB_CONTRIBUTION_GET, NULL,
	     false),
	READ("DataService", "ListContributions", list_contributions, 0, 0, DB_CONTRIBUTION_LIST,
	     NULL, true),

	WRITE("DataService", "WithdrawContribution", withdraw_contribution,
	      MEMBERS | PARTNERS | CUSTODIANS, false,
	      LOADED(contribution_facts, facts_contribution, rule_withdraw_contribution,
		     reply_version)),
	WRITE("DataService", "HoldContribution", hold_contribution, MEMBERS | PARTNERS | CUSTODIANS,
	      false,
	      LOADED(contribution_facts, facts_contribution, rule_hold_contribution,
		     reply_version)),
	WRITE("DataService", "ReleaseHold", release_hold, DECIDERS | CUSTODIANS, false,
	      LOADED(contribution_facts, facts_contribution, rule_release_hold, reply_version)),
	WRITE("DataService", "ReclassifyContribution", reclassify_contribution,
	      MEMBERS | PARTNERS | CUSTODIANS, false,
	      LOADED(contribution_facts, facts_reclassify, rule_reclassify_contribution,
		     reply_version)),
	WRITE("DataService", "RequestErasure", request_erasure, DECIDERS | CUSTODIANS, false,
	      LOADED(contribution_facts, facts_contribution, rule_request_erasure, reply_version)),
	WRITE("DataService", "EraseContribution", erase_contribution, REVIEWERS, false,
	      COMMAND(contribution_facts, DB_FACTS_ERASURE, false, rule_erase_contribution,
		      reply_version, erase_content)),
	READ("DataService", "ListErasures", list_erasures, DECIDERS | REVIEWERS, REVIEWERS,
	     DB_ERASURE_LIST, NULL, true),

	UPLOAD("BeginUpload", begin_upload, -1, query_begin_upload),
	UPLOAD("UploadPart", upload_part, -1, query_upload_part),
	UPLOAD("GetUpload", get_upload, DB_UPLOAD_GET, NULL),
	UPLOAD("DiscardUpload", discard_upload, -1, query_discard_upload),

	/* Consent and disclosure */
	WRITE("ConsentService", "RecordStatement", record_statement, SIGNERS, false,
	      LOADED(consent_facts, facts_record_statement, rule_record_statement,
		     reply_statement)),
	WRITE("ConsentService", "ApproveStatement", approve_statement, SIGNERS, false,
	      LOADED(consent_facts, facts_approve_statement, rule_approve_statement,
		     reply_approval)),
	READ("ConsentService", "ListPendingStatements", list_pending_statements, MEMBERS | PARTNERS,
	     0, DB_PENDING_LIST, NULL, true),
	READ("ConsentService", "PreviewRevokeAll", preview_revoke_all, MEMBERS | PARTNERS, 0, -1,
	     query_preview_revoke_all, false),
	WRITE("ConsentService", "RevokeAll", revoke_all, SIGNERS, false,
	      LOADED(revoke_all_facts, facts_revoke_all, rule_revoke_all, reply_revoke_all)),
	WRITE("ConsentService", "RequestSharing", request_sharing, SIGNERS, false,
	      COMMAND(sharing_request_facts, DB_FACTS_REQUEST_SHARING, false, rule_request_sharing,
		      reply_sharing_request, NULL)),
	WRITE("ConsentService", "WithdrawSharingRequest", withdraw_sharing_request, SIGNERS, false,
	      COMMAND(sharing_request_facts, DB_FACTS_WITHDRAW_SHARING_REQUEST, false,
		      rule_withdraw_sharing_request, NULL, NULL)),
	READ("ConsentService", "GetSharingRequest", get_sharing_request, 0, 0,
	     DB_SHARING_REQUEST_GET, NULL, false),
	READ("ConsentService", "ListSharingRequests", list_sharing_requests, 0, 0,
	     DB_SHARING_REQUEST_LIST, NULL, true),
	{
		.path = "/pidc.v1.ConsentService/CheckConsent",
		.lane = LANE_READ,
		.request = TYPES(check_consent, request),
		.reply = TYPES(check_consent, response),
		.roles = MEMBERS | PARTNERS,
		.query = &(const struct service_query){.statement = -1, .many = queries_check},
	},
	READ("ConsentService", "ExplainDecision", explain_decision, MEMBERS | PARTNERS | R(AUDITOR),
	     R(AUDITOR), -1, query_explain, false),
	BULK("ConsentService", "GetMatrix", get_matrix, MEMBERS | PARTNERS, query_matrix),
	BULK("ConsentService", "SimulateStatement", simulate_statement, MEMBERS | PARTNERS,
	     query_simulate),
	READ("ConsentService", "GetConsent", get_consent, 0, 0, DB_CONSENT_GET,
	     query_consent_statements, false),
	READ("ConsentService", "ListConsents", list_consents, 0, 0, DB_CONSENT_LIST, NULL, true),
	{
		.path = "/pidc.v1.DisclosureService/Fetch",
		.lane = LANE_BULK,
		.stream = STREAM_FETCH,
		.request = TYPES(fetch, request),
		.reply = TYPES(fetch, response),
		.roles = FETCHERS,
	},
	READ("DisclosureService", "ListDisclosures", list_disclosures, 0, 0, DB_DISCLOSURE_LIST,
	     query_disclosure_fields, true),
	WRITE("DisclosureService", "AcknowledgeDisclosure", acknowledge_disclosure, FETCHERS, false,
	      COMMAND(acknowledge_facts, DB_FACTS_ACKNOWLEDGE, false, rule_acknowledge_disclosure,
		      NULL, NULL)),
	WRITE("DisclosureService", "RecallDisclosures", recall_disclosures, SIGNERS, false,
	      LOADED(recall_facts, facts_recall, rule_recall_disclosures, reply_recall)),
	WRITE("DisclosureService", "AnswerRecall", answer_recall, FETCHERS, false,
	      LOADED(recall_state_facts, facts_answer_recall, rule_answer_recall,
		     reply_recall_answer)),
	WRITE("DisclosureService", "CloseRecall", close_recall, SIGNERS, false,
	      LOADED(recall_state_facts, facts_close_recall, rule_close_recall,
		     reply_recall_closing)),
	READ("DisclosureService", "ListRecalls", list_recalls, 0, 0, DB_RECALL_LIST, NULL, true),
	WRITE("DisclosureService", "AnswerApproval", answer_approval, SIGNERS, false,
	      LOADED(approval_facts, facts_answer_approval, rule_answer_approval,
		     reply_approval_answer)),
	READ("DisclosureService", "ListApprovals", list_approvals, 0, 0, DB_APPROVAL_LIST, NULL,
	     true),

	/* The Board */
	WRITE("BoardService", "RecordBoardRules", record_board_rules, NOBODY, true,
	      LOADED(resolution_facts, facts_resolution, rule_record_board_rules,
		     reply_board_rules)),
	RESOLUTION("ProposeResolution", propose_resolution, BOARD | R(SEC_HOS),
		   facts_propose_resolution, reply_resolution),
	RESOLUTION("SecondResolution", second_resolution, BOARD, facts_resolution, reply_version),
	RESOLUTION("OpenResolution", open_resolution, BOARD, facts_resolution, reply_opening),
	RESOLUTION("DeclareRecusal", declare_recusal, BOARD, facts_resolution, reply_version),
	RESOLUTION("CastBallot", cast_ballot, 0, facts_cast_ballot, reply_version),
	RESOLUTION("CloseResolution", close_resolution, BOARD | R(SEC_HOS), facts_resolution,
		   reply_closing),
	RESOLUTION("WithdrawResolution", withdraw_resolution, BOARD | R(SEC_HOS), facts_resolution,
		   reply_version),
	RESOLUTION("DeferResolution", defer_resolution, R(BOARD_CHAIR), facts_resolution,
		   reply_version),
	READ("BoardService", "GetResolution", get_resolution, 0, R(AUDITOR), DB_RESOLUTION_GET,
	     NULL, false),
	READ("BoardService", "ListResolutions", list_resolutions, 0, R(AUDITOR), DB_RESOLUTION_LIST,
	     NULL, true),

	/* Ledger */
	READ("LedgerService", "GetHead", get_head, 0, 0, -1, query_head, false),
	READ("LedgerService", "ListEntries", list_entries, 0, R(AUDITOR), DB_ENTRY_LIST,
	     query_entries_end, true),
	READ("LedgerService", "ListLeafHashes", list_leaf_hashes, 0, 0, DB_LEAF_HASH_LIST, NULL,
	     false),
	READ("LedgerService", "GetInclusionProof", get_inclusion_proof, 0, 0, -1, query_inclusion,
	     false),
	READ("LedgerService", "GetConsistencyProof", get_consistency_proof, 0, 0, -1,
	     query_consistency, false),
	{
		.path = "/pidc.v1.LedgerService/Watch",
		.lane = LANE_BULK,
		.stream = STREAM_WATCH,
		.request = TYPES(watch, request),
		.reply = TYPES(watch, response),
	},
	{
		.path = "/pidc.v1.LedgerService/VerifyDeep",
		.lane = LANE_BULK,
		.stream = STREAM_STEPS,
		.request = TYPES(verify_deep, request),
		.reply = TYPES(verify_deep, response),
		.roles = OVERSEERS | R(MEMBER_HEAD),
	},

	/* Administration */
	READ("AdminService", "GetServerInfo", get_server_info, 0, 0, -1, query_server_info, false),
	WRITE("AdminService", "AddCode", add_code, NOBODY, true,
	      COMMAND(code_facts, DB_FACTS_CODE, false, rule_add_code, NULL, NULL)),
	READ("AdminService", "ListCodes", list_codes, 0, 0, DB_CODE_LIST, NULL, true),
};

const struct service_method service_release_method = {
	.path = "release",
	.lane = LANE_WRITE,
	.request = &pidc__store__v1__release_request__descriptor,
	.reply = TYPES(fetch, response),
	.roles = FETCHERS,
	.command =
		&(const struct service_command){
			.facts = &pidc__store__v1__decision_facts__descriptor,
			.statement = -1,
			.load = facts_release,
			.rule = rule_release,
			.fold = fold_refusal,
			.reply = reply_release,
		},
};

/* Not in the table: clients cannot call it. */
static const struct service_method start_method = {
	.path = "start",
	.lane = LANE_WRITE,
	.request = &pidc__store__v1__instance_start__descriptor,
	.reply = &pidc__store__v1__instance_start_reply__descriptor,
	.is_bootstrap = true,
	.command = COMMAND(empty, -1, false, rule_start_instance, NULL, NULL),
};

const struct service_method *const service_start_method = &start_method;

static const struct service_method fold_method = {
	.path = "fold",
	.lane = LANE_WRITE,
	.request = &pidc__store__v1__empty__descriptor,
	.reply = &pidc__store__v1__fold_reply__descriptor,
	.is_bootstrap = true,
	.command = COMMAND(fold_facts, DB_FACTS_FOLD, false, rule_fold_refusals, NULL,
			   forget_refusals),
};

const struct service_method *const service_fold_method = &fold_method;

#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

const struct service_method *service_method_find(const char *path)
{
	for (size_t i = 0; i < METHOD_COUNT; i++) {
		if (strcmp(methods[i].path, path) == 0)
			return &methods[i];
	}
	return NULL;
}

const struct service_method *service_method_at(size_t i)
{
	return i < METHOD_COUNT ? &methods[i] : NULL;
}
