/* SPDX-License-Identifier: ISC
 *
 * Methods: consents, and the questions about them.
 */
#include "daemon/service/method_table.h"

static const struct service_method consent_methods[] = {
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
	      LOADED_MORE(revoke_all_facts, facts_revoke_all, rule_revoke_all, more_revoke_all,
			  reply_revoke_all)),
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
};

const struct method_table consent_method_table = METHOD_TABLE("ConsentService", consent_methods);
