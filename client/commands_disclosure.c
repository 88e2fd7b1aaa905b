/* SPDX-License-Identifier: ISC
 *
 * What is received, what left, what is called back.
 */
#include "client/command_table.h"

#include "pidc/v1/disclosure.pb-c.h"

/* What left, one by one: as disclosure list and recall list name it. */
#define ITEM_FLAG                                                                                 \
	{                                                                                         \
		"item", NULL, FLAG_LIST, "or one: index of its release, id", "INDEX=CONTRIBUTION" \
	}

static const struct flag fetch_flags[] = {
	{"owner-org", "owner_org", FLAG_VALUE, "whose data", "ORG"},
	{"dataset-id", "dataset_ids", FLAG_LIST, "dataset", "ID"},
	{"contribution-id", "contribution_ids", FLAG_LIST, "or contribution", "ID"},
	{"purpose", "purpose", FLAG_VALUE, "code of the purpose tree", "CODE"},
	{"action", "action", FLAG_VALUE, "READ, COPY, DERIVE ...", "WORD"},
	{"field", "fields", FLAG_LIST, "field; exactly these are sent", "NAME"},
	{"from", "period.from", FLAG_VALUE, "with datasets: only periods since", "TIME"},
	{"to", "period.to", FLAG_VALUE, "with datasets: only periods before", "TIME"},
	{"approval-id", "approval_id", FLAG_VALUE, "or what the owner confirmed", "ID"},
	{"directory", NULL, FLAG_VALUE, "for files and the receipt", "DIR"},
	{"force", NULL, FLAG_SWITCH, "write over files that are there", NULL},
	{"chunk-items", "chunk_items", FLAG_VALUE, "contributions a chunk (64)", "N"},
	END_FLAGS,
};
static const struct flag disclosure_flags[] = {
	{"recipient-org", "recipient_org", FLAG_VALUE, "only to this organisation", "ORG"},
	{"owner-org", "owner_org", FLAG_VALUE, "only data of this owner", "ORG"},
	{"dataset-id", "dataset_id", FLAG_VALUE, "only of this dataset", "ID"},
	{"contribution-id", "contribution_id", FLAG_VALUE, "only of this contribution", "ID"},
	{"consent-id", "consent_id", FLAG_VALUE, "only under this consent", "ID"},
	{"disclosure-id", "disclosure_id", FLAG_VALUE, "only the chunks of this one", "ID"},
	{"since", "released.from", FLAG_VALUE, "released since", "TIME"},
	{"before", "released.to", FLAG_VALUE, "released before", "TIME"},
	{"unacknowledged", "unacknowledged", FLAG_SWITCH, "only what nobody acknowledged", NULL},
	{"overdue", "overdue", FLAG_SWITCH, "only what should be acknowledged by now", NULL},
	{"obligation", "obligation", FLAG_VALUE, "only with this obligation", "KIND"},
	PAGE_FLAGS,
	END_FLAGS,
};
static const struct flag acknowledge_flags[] = {
	{"directory", NULL, FLAG_VALUE, "where data fetch put it: all chunks", "DIR"},
	{"chunk", NULL, FLAG_LIST, "chunk and the digest of what arrived", "N=HEX"},
	END_FLAGS,
};
static const struct flag recall_flags[] = {
	{"recipient-org", "recipient_org", FLAG_VALUE, "who has it", "ORG"},
	{"cause", "cause", FLAG_VALUE, "e.g. CONSENT_ENDED, OWNER_DECISION", "WORD"},
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	{"due", "due", FLAG_VALUE, "until when; else 30 days", "TIME"},
	ITEM_FLAG,
	{"consent-id", "consent_id", FLAG_VALUE, "all that left under this consent", "ID"},
	{"contribution-id", "contribution_id", FLAG_VALUE, "or all of this contribution", "ID"},
	END_FLAGS,
};
static const struct flag answer_flags[] = {
	{"outcome", "outcome", FLAG_VALUE, "DELETED, RETURNED, QUARANTINED or CANNOT", "WORD"},
	{"reason", "reason", FLAG_VALUE, "why it cannot be done", "TEXT"},
	ITEM_FLAG,
	{"every-open-item", "every_open_item", FLAG_SWITCH, "of all that is still open", NULL},
	END_FLAGS,
};
static const struct flag close_flags[] = {
	ITEM_FLAG,
	{"every-answered-item", "every_answered_item", FLAG_SWITCH, "all that CANNOT", NULL},
	END_FLAGS,
};
static const struct flag recall_list_flags[] = {
	{"recall-id", "recall_id", FLAG_VALUE, "only this one", "ID"},
	{"owner-org", "owner_org", FLAG_VALUE, "only of this owner", "ORG"},
	{"recipient-org", "recipient_org", FLAG_VALUE, "only to this organisation", "ORG"},
	{"state", "state", FLAG_VALUE, "OPEN, ANSWERED, CLOSED or OVERDUE", "WORD"},
	{"cause", "cause", FLAG_VALUE, "only for this cause", "WORD"},
	PAGE_FLAGS,
	END_FLAGS,
};
#define ANSWER_FLAGS                                                                     \
	{"reason", NULL, FLAG_VALUE, "why; kept in the ledger", "TEXT"},                 \
		{"owner-org", NULL, FLAG_VALUE, "owner; else your organisation", "ORG"}, \
		{"language", NULL, FLAG_VALUE, "of the text: en or fr", "LANGUAGE"},     \
	{                                                                                \
		"text-only", NULL, FLAG_SWITCH, "show the statement, do not sign", NULL  \
	}
static const struct flag confirm_flags[] = {
	{"valid-to", NULL, FLAG_VALUE, "until when it can be used; else 7 days", "TIME"},
	ANSWER_FLAGS,
	END_FLAGS,
};
static const struct flag approval_refuse_flags[] = {ANSWER_FLAGS, END_FLAGS};
static const struct flag approval_list_flags[] = {
	{"owner-org", "owner_org", FLAG_VALUE, "only of this owner", "ORG"},
	{"recipient-org", "recipient_org", FLAG_VALUE, "only to this organisation", "ORG"},
	{"state", "state", FLAG_VALUE, "PENDING, APPROVED, REFUSED, USED or EXPIRED", "WORD"},
	PAGE_FLAGS,
	END_FLAGS,
};

#define ANSWER_APPROVAL                                                     \
	RPC("DisclosureService", "AnswerApproval", answer_approval_request, \
	    answer_approval_response)

static const struct command commands[] = {
	{"data", "fetch", .flags = fetch_flags,
	 RPC("DisclosureService", "Fetch", fetch_request, fetch_response), .run = ctl_data_fetch,
	 .help = "Receive data that its owner lets you have.",
	 .about = "Exactly the fields named are sent, as JSON lines or with -o csv. Every chunk\n"
		  "is decided anew and is in the ledger before it leaves. Exit status 3: no.\n"
		  "Files go to --directory as CONTRIBUTION.FIELD, each when it is whole and its\n"
		  "SHA-256 is right; the receipt beside them, DISCLOSURE.receipt, is what\n"
		  "disclosure acknowledge reads. Exit status 9: what came is not what was\n"
		  "released.",
	 .example = "pidcctl data fetch --owner-org tv --dataset-id ID --purpose ME \\\n"
		    "    --action READ --field count -o csv\n"
		    "pidcctl data fetch --owner-org tv --contribution-id ID --purpose ME \\\n"
		    "    --action READ --field report --directory reports"},
	{"disclosure", "list", .flags = disclosure_flags,
	 RPC("DisclosureService", "ListDisclosures", list_disclosures_request,
	     list_disclosures_response),
	 .columns = "disclosureId chunk ownerOrg=OWNER recipientOrg=TO purpose releasedAt=RELEASED",
	 .help = "What left, to whom and why.",
	 .example = "pidcctl disclosure list --recipient-org iom"},
	{"disclosure", "acknowledge", "disclosure_id", acknowledge_flags,
	 RPC("DisclosureService", "AcknowledgeDisclosure", acknowledge_disclosure_request,
	     acknowledge_disclosure_response),
	 .run = ctl_disclosure_acknowledge, .help = "Say that chunks arrived, as recipient.",
	 .about = "The digest is of what arrived (delivery_digest), so that owner and recipient\n"
		  "know that they speak of the same bytes. With --directory the digests are\n"
		  "computed from the receipt and the files that data fetch put there.",
	 .example = "pidcctl disclosure acknowledge ID --directory reports\n"
		    "pidcctl disclosure acknowledge ID --chunk 0=HEX --chunk 1=HEX"},
	{"recall", "create", .flags = recall_flags,
	 RPC("DisclosureService", "RecallDisclosures", recall_disclosures_request,
	     recall_disclosures_response),
	 .run = ctl_recall_items, .help = "Call back what left, as owner.",
	 .about = "The recipient has to delete, return or lock it away, or to say why it cannot.\n"
		  "A thousand items at a time: repeat while there is more.",
	 .example = "pidcctl recall create --recipient-org iom --consent-id ID \\\n"
		    "    --cause CONSENT_ENDED --reason \"the pilot is over\""},
	{"recall", "answer", "recall_id", answer_flags,
	 RPC("DisclosureService", "AnswerRecall", answer_recall_request, answer_recall_response),
	 .run = ctl_recall_items, .help = "Say what became of it, as recipient.",
	 .example = "pidcctl recall answer ID --outcome DELETED --every-open-item\n"
		    "pidcctl recall answer ID --outcome CANNOT --reason \"printed\" \\\n"
		    "    --item 1234=CONTRIBUTION"},
	{"recall", "close", "recall_id", close_flags,
	 RPC("DisclosureService", "CloseRecall", close_recall_request, close_recall_response),
	 .run = ctl_recall_items, .help = "Accept that it cannot be done, as owner.",
	 .example = "pidcctl recall close ID --every-answered-item"},
	{"recall", "list", .flags = recall_list_flags,
	 RPC("DisclosureService", "ListRecalls", list_recalls_request, list_recalls_response),
	 .columns = "recallId state due/10=DUE ownerOrg=OWNER recipientOrg=TO outcome",
	 .help = "What is called back, item by item.",
	 .example = "pidcctl recall list --state OVERDUE"},
	{"approval", "list", .flags = approval_list_flags,
	 RPC("DisclosureService", "ListApprovals", list_approvals_request, list_approvals_response),
	 .columns = "approvalId state recipientOrg=TO purpose requestedAt/10=ASKED",
	 .help = "Releases that owners are asked to confirm.",
	 .about = "A consent with APPROVE_EACH has the owner confirm each release.",
	 .example = "pidcctl approval list --state PENDING"},
	{"approval", "confirm", "approval_id", confirm_flags, ANSWER_APPROVAL,
	 .run = ctl_approval_answer, .confirm = CONFIRM_SIGN,
	 .help = "Let this one release go, signed.",
	 .about = "What is confirmed is shown in sentences made from the bytes that are signed;\n"
		  "the list cannot grow afterwards. It is good for one fetch: data fetch\n"
		  "--approval-id.",
	 .example = "pidcctl approval confirm ID\n"
		    "pidcctl approval confirm ID --valid-to 2027-01-31T00:00:00Z"},
	{"approval", "refuse", "approval_id", approval_refuse_flags, ANSWER_APPROVAL,
	 .run = ctl_approval_answer, .confirm = CONFIRM_SIGN,
	 .help = "Do not let this one release go, signed.",
	 .about = "The consent stands; this release does not happen. Needs --reason.",
	 .example = "pidcctl approval refuse ID --reason \"asked for twice\""},
};

const struct command_table commands_disclosure = TABLE(commands);
