/* SPDX-License-Identifier: ISC
 *
 * Methods: releases, recalls and approvals.
 */
#include "daemon/service/method_table.h"

static const struct service_method disclosure_methods[] = {
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
};

const struct method_table disclosure_method_table =
	METHOD_TABLE("DisclosureService", disclosure_methods);
