/* SPDX-License-Identifier: ISC
 *
 * Asking others to share.
 */
#include "client/command_table.h"

#include "pidc/v1/consent.pb-c.h"

static const struct flag create_flags[] = {
	{"owner-org", "request.owner_org", FLAG_VALUE, "whom you ask", "ORG"},
	{"dataset", "request.data.dataset_ids", FLAG_LIST, "dataset", "ID"},
	{"contribution", "request.data.contribution_ids", FLAG_LIST, "or contribution", "ID"},
	{"category", "request.data.category.category", FLAG_VALUE, "or all of this category",
	 "CODE"},
	{"granularity-ceiling", "request.data.category.granularity_ceiling", FLAG_VALUE,
	 "with --category: not closer to a person", "WORD"},
	{"purpose", "request.purposes", FLAG_LIST, "code of the purpose tree", "CODE"},
	{"action", "request.actions", FLAG_LIST, "READ, COPY, DERIVE ...", "WORD"},
	{"field", "request.fields", FLAG_LIST, "field of the data", "NAME"},
	{"data-from", "request.data_period.from", FLAG_VALUE, "data about the time since", "TIME"},
	{"data-to", "request.data_period.to", FLAG_VALUE, "data about the time before", "TIME"},
	{"offer", "request.offered_conditions", FLAG_LIST, "condition that you accept", "KIND"},
	{"justification", "request.justification", FLAG_VALUE, "why you need it", "TEXT"},
	{"instrument-id", "request.instrument_id", FLAG_VALUE, "agreement you rely on", "ID"},
	{"notice", NULL, FLAG_LIST, "what the owner is told", "LANGUAGE:TEXT"},
	{"answer-by", "request.answer_by", FLAG_VALUE, "until when; then it has lapsed", "TIME"},
	END_FLAGS,
};
static const struct flag withdraw_flags[] = {
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag list_flags[] = {
	{"state", "state", FLAG_VALUE, "OPEN, GRANTED, REFUSED, LAPSED ...", "WORD"},
	PAGE_FLAGS,
	END_FLAGS,
};

static const struct command commands[] = {
	{"request", "create", .flags = create_flags,
	 RPC("ConsentService", "RequestSharing", request_sharing_request, request_sharing_response),
	 .run = ctl_request_create, .help = "Ask somebody to share.",
	 .about = "Silence is no: what nobody answers in time has lapsed. The owner answers with\n"
		  "consent grant --answers ID or consent refuse --answers ID.",
	 .example = "pidcctl request create --owner-org tv --category OVER \\\n"
		    "    --granularity-ceiling AGGREGATE --purpose ME --action READ \\\n"
		    "    --field count --justification \"evaluation of the 2026 programme\" \\\n"
		    "    --notice \"en:IOM asks for monthly counts\" \\\n"
		    "    --answer-by 2027-03-01T00:00:00Z"},
	{"request", "list", .flags = list_flags,
	 RPC("ConsentService", "ListSharingRequests", list_sharing_requests_request,
	     list_sharing_requests_response),
	 .columns = "consentRequestId=ID state askerOrg=ASKER ownerOrg=OWNER answerBy/10=BY",
	 .help = "Requests that you made or that ask you.",
	 .example = "pidcctl request list --state OPEN"},
	{"request", "get", "consent_request_id",
	 RPC("ConsentService", "GetSharingRequest", get_sharing_request_request,
	     get_sharing_request_response),
	 .help = "One request with its notices.", .example = "pidcctl request get ID"},
	{"request", "withdraw", "consent_request_id", withdraw_flags,
	 RPC("ConsentService", "WithdrawSharingRequest", withdraw_sharing_request_request,
	     withdraw_sharing_request_response),
	 .help = "Ask no more, while it is open.",
	 .example = "pidcctl request withdraw ID --expected-version 1"},
};

const struct command_table commands_request = TABLE(commands);
