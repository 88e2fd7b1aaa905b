/* SPDX-License-Identifier: ISC
 *
 * Who gets what: statements that an owner signs.
 */
#include "client/command_table.h"

#include "pidc/v1/consent.pb-c.h"

#define SIGN_FLAGS                                                                            \
	{"text-only", NULL, FLAG_SWITCH, "show the statement, do not sign", NULL},            \
	{                                                                                     \
		"language", NULL, FLAG_VALUE, "of the statement's text: en or fr", "LANGUAGE" \
	}

static const struct flag page_flags[] = {PAGE_FLAGS, END_FLAGS};
static const struct flag term_flags[] = {
	{"owner-org", NULL, FLAG_VALUE, "owner; else your organisation", "ORG"},
	{"consent-id", NULL, FLAG_VALUE, "id of the chain; else a new one", "UUID"},
	{"dataset", NULL, FLAG_LIST, "dataset", "ID"},
	{"contribution", NULL, FLAG_LIST, "or contribution", "ID"},
	{"category", NULL, FLAG_VALUE, "or all your data of this category", "CODE"},
	{"granularity-ceiling", NULL, FLAG_VALUE, "with --category: not closer to a person",
	 "WORD"},
	{"all-data", NULL, FLAG_SWITCH, "or all your data", NULL},
	{"data-from", NULL, FLAG_VALUE, "only data about the time since", "TIME"},
	{"data-to", NULL, FLAG_VALUE, "only data about the time before", "TIME"},
	{"field", NULL, FLAG_LIST, "field of the data", "NAME"},
	{"all-fields-of", NULL, FLAG_VALUE, "or all fields of this schema version", "N"},
	{"to", NULL, FLAG_LIST, "recipient", "ORG"},
	{"to-class", NULL, FLAG_VALUE, "or recipients of this partner class", "CODE"},
	{"class-mode", NULL, FLAG_VALUE, "pinned: those in it today (default); or open", "MODE"},
	{"all-partners", NULL, FLAG_SWITCH, "or every partner", NULL},
	{"to-capacity", NULL, FLAG_VALUE, "function of the recipient (PARTNER)", "CAPACITY"},
	{"purpose", NULL, FLAG_LIST, "code of the purpose tree", "CODE"},
	{"action", NULL, FLAG_LIST, "READ, COPY, DERIVE, PUBLISH ...", "WORD"},
	{"from", NULL, FLAG_VALUE, "valid from; else from recording", "TIME"},
	{"until", NULL, FLAG_VALUE, "valid until; else 12 months", "TIME"},
	{"mode", NULL, FLAG_VALUE, "beside a looser grant: add or exclusive", "MODE"},
	{"condition", NULL, FLAG_LIST, "e.g. MIN_CELL=5, NO_ONWARD", "KIND[=VALUE]"},
	{"classification-ceiling", NULL, FLAG_VALUE, "not what is handled stricter", "WORD"},
	{"answers", NULL, FLAG_VALUE, "consent request that this answers", "ID"},
	{"reason", NULL, FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	SIGN_FLAGS,
	END_FLAGS,
};
static const struct flag simulate_flags[] = {
	{"owner-org", NULL, FLAG_VALUE, "owner; else your organisation", "ORG"},
	{"consent-id", NULL, FLAG_VALUE, "id of the chain; else a new one", "UUID"},
	{"dataset", NULL, FLAG_LIST, "dataset", "ID"},
	{"contribution", NULL, FLAG_LIST, "or contribution", "ID"},
	{"category", NULL, FLAG_VALUE, "or all your data of this category", "CODE"},
	{"granularity-ceiling", NULL, FLAG_VALUE, "with --category: not closer to a person",
	 "WORD"},
	{"all-data", NULL, FLAG_SWITCH, "or all your data", NULL},
	{"data-from", NULL, FLAG_VALUE, "only data about the time since", "TIME"},
	{"data-to", NULL, FLAG_VALUE, "only data about the time before", "TIME"},
	{"field", NULL, FLAG_LIST, "field of the data", "NAME"},
	{"all-fields-of", NULL, FLAG_VALUE, "or all fields of this schema version", "N"},
	{"to", NULL, FLAG_LIST, "recipient", "ORG"},
	{"to-class", NULL, FLAG_VALUE, "or recipients of this partner class", "CODE"},
	{"class-mode", NULL, FLAG_VALUE, "pinned: those in it today (default); or open", "MODE"},
	{"all-partners", NULL, FLAG_SWITCH, "or every partner", NULL},
	{"to-capacity", NULL, FLAG_VALUE, "function of the recipient (PARTNER)", "CAPACITY"},
	{"purpose", NULL, FLAG_LIST, "code of the purpose tree", "CODE"},
	{"action", NULL, FLAG_LIST, "READ, COPY, DERIVE, PUBLISH ...", "WORD"},
	{"from", NULL, FLAG_VALUE, "valid from; else from recording", "TIME"},
	{"until", NULL, FLAG_VALUE, "valid until; else 12 months", "TIME"},
	{"mode", NULL, FLAG_VALUE, "beside a looser grant: add or exclusive", "MODE"},
	{"condition", NULL, FLAG_LIST, "e.g. MIN_CELL=5, NO_ONWARD", "KIND[=VALUE]"},
	{"classification-ceiling", NULL, FLAG_VALUE, "not what is handled stricter", "WORD"},
	{"answers", NULL, FLAG_VALUE, "consent request that this answers", "ID"},
	{"reason", NULL, FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	{"fall-back", NULL, FLAG_SWITCH, "of revoke: older permissions apply again", NULL},
	END_FLAGS,
};
static const struct flag revoke_flags[] = {
	{"owner-org", NULL, FLAG_VALUE, "owner; else your organisation", "ORG"},
	{"fall-back", NULL, FLAG_SWITCH, "let older permissions apply again", NULL},
	{"reason", NULL, FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	EXPECT_FLAG,
	SIGN_FLAGS,
	END_FLAGS,
};
static const struct flag chain_flags[] = {
	{"owner-org", NULL, FLAG_VALUE, "owner; else your organisation", "ORG"},
	{"reason", NULL, FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	EXPECT_FLAG,
	SIGN_FLAGS,
	END_FLAGS,
};
static const struct flag refuse_flags[] = {
	{"owner-org", NULL, FLAG_VALUE, "owner; else your organisation", "ORG"},
	{"consent-id", NULL, FLAG_VALUE, "id of the chain; else a new one", "UUID"},
	{"answers", NULL, FLAG_VALUE, "the request", "ID"},
	{"ack-existing", NULL, FLAG_SWITCH, "know that an older grant stays", NULL},
	{"reason", NULL, FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	SIGN_FLAGS,
	END_FLAGS,
};
static const struct flag revoke_all_flags[] = {
	{"to", "filter.recipient_org", FLAG_VALUE, "grants that name this recipient", "ORG"},
	{"dataset", "filter.dataset_id", FLAG_VALUE, "grants on this dataset", "ID"},
	{"purpose", "filter.purpose", FLAG_VALUE, "grants that name this purpose", "CODE"},
	{"everything", "filter.everything", FLAG_SWITCH, "all grants of your organisation", NULL},
	{"suspend", NULL, FLAG_SWITCH, "pause them, do not end them", NULL},
	{"preview", NULL, FLAG_SWITCH, "only list them", NULL},
	{"owner-org", NULL, FLAG_VALUE, "owner; else your organisation", "ORG"},
	{"reason", NULL, FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	{"expect-count", NULL, FLAG_VALUE, "refuse if there are not so many", "N"},
	SIGN_FLAGS,
	END_FLAGS,
};
static const struct flag matrix_flags[] = {
	{"recipient-org", "recipient_org", FLAG_VALUE, "only this recipient", "ORG"},
	{"at", "valid_at", FLAG_VALUE, "as of this instant", "TIME"},
	{"known-at", "known_at", FLAG_VALUE, "as the register knew then", "TIME"},
	{"limit", NULL, FLAG_VALUE, "at most so many; else all", "N"},
	{"page-size", "page_size", FLAG_VALUE, "recipients with each call", "N"},
	{"page-token", "page_token", FLAG_VALUE, "go on where a list stopped", "TOKEN"},
	END_FLAGS,
};
static const struct flag approve_flags[] = {SIGN_FLAGS, END_FLAGS};
static const struct flag show_flags[] = {
	{"language", NULL, FLAG_VALUE, "of the text: en or fr", "LANGUAGE"},
	END_FLAGS,
};
#define QUESTION_FLAGS                                                                             \
	{"owner-org", "owner_org", FLAG_VALUE, "whose data", "ORG"},                               \
		{"recipient-org", "recipient_org", FLAG_VALUE, "for whom; else yourself", "ORG"},  \
		{"recipient-capacity", "recipient_capacity", FLAG_VALUE, "its function (PARTNER)", \
		 "CAPACITY"},                                                                      \
		{"purpose", "purpose", FLAG_VALUE, "code of the purpose tree", "CODE"},            \
		{"action", "action", FLAG_VALUE, "READ, COPY, DERIVE ...", "WORD"},                \
		{"dataset-id", "dataset_id", FLAG_VALUE, "dataset", "ID"},                         \
		{"contribution-id", "contribution_id", FLAG_VALUE, "or contribution", "ID"},       \
	{                                                                                          \
		"field", "fields", FLAG_LIST, "field of the data", "NAME"                          \
	}
static const struct flag check_flags[] = {QUESTION_FLAGS, END_FLAGS};
static const struct flag explain_flags[] = {
	QUESTION_FLAGS,
	{"at", "valid_at", FLAG_VALUE, "as of this instant", "TIME"},
	{"known-at", "known_at", FLAG_VALUE, "as the register knew then", "TIME"},
	END_FLAGS,
};

#define RECORD                                                             \
	RPC("ConsentService", "RecordStatement", record_statement_request, \
	    record_statement_response)

#define SIGNED_TEXT                                                                      \
	"Before it is signed, the statement is shown in sentences made from the bytes\n" \
	"that will be signed; you type yes. In scripts --yes stands for that.\n"

static const struct command commands[] = {
	{"consent", "grant", .flags = term_flags, RECORD, .run = ctl_consent_open,
	 .confirm = CONFIRM_SIGN, .help = "Permit: sign and record a grant.",
	 .about = SIGNED_TEXT
	 "Data, recipient, purpose, action and fields have to be named: nothing\n"
	 "left out ever means all. A grant at AMBER or above waits for a second person\n"
	 "of your organisation: consent approve.",
	 .example = "# one field of one dataset, for monitoring and evaluation, 12 months\n"
		    "pidcctl consent grant --dataset ID --to iom --purpose ME \\\n"
		    "    --action READ --field count\n"
		    "# the same for funders, no small numbers, never passed on\n"
		    "pidcctl consent grant --dataset ID --to iom --to-capacity FUNDER \\\n"
		    "    --purpose DONOR_REPORTING --action READ --field count \\\n"
		    "    --condition MIN_CELL=5 --condition NO_ONWARD\n"
		    "# only look at what would be signed\n"
		    "pidcctl consent grant --dataset ID --to iom --purpose ME \\\n"
		    "    --action READ --field count --text-only"},
	{"consent", "veto", .flags = term_flags, RECORD, .run = ctl_consent_open,
	 .confirm = CONFIRM_SIGN, .help = "Forbid: sign and record a veto.",
	 .about = SIGNED_TEXT
	 "A veto stands over every permission until it is revoked. Purposes, actions\n"
	 "and fields that are left out are all forbidden.",
	 .example = "pidcctl consent veto --all-data --to iom\n"
		    "pidcctl consent veto --dataset ID --all-partners --action PUBLISH"},
	{"consent", "revoke", "consent_id", revoke_flags, RECORD, .run = ctl_consent_change,
	 .confirm = CONFIRM_ID, .help = "End a consent at once.",
	 .about = "Nothing more leaves under it from the moment it is recorded; a transfer under\n"
		  "way stops. What it covered stays closed, unless --fall-back lets older\n"
		  "permissions apply again. Needs --reason; you type the id. In scripts: --yes\n"
		  "together with --expect-revision, the revision that consent show printed.",
	 .example = "pidcctl consent revoke ID --reason \"the pilot is over\"\n"
		    "pidcctl consent revoke ID --reason \"the pilot is over\" --yes \\\n"
		    "    --expect-revision 1234"},
	{"consent", "suspend", "consent_id", chain_flags, RECORD, .run = ctl_consent_change,
	 .confirm = CONFIRM_SIGN, .help = "Pause a consent.",
	 .about = "Nothing leaves under it until it is resumed.",
	 .example = "pidcctl consent suspend ID --reason \"a question to the recipient\""},
	{"consent", "resume", "consent_id", chain_flags, RECORD, .run = ctl_consent_change,
	 .confirm = CONFIRM_SIGN, .help = "Let a paused consent apply again.",
	 .example = "pidcctl consent resume ID"},
	{"consent", "refuse", .flags = refuse_flags, RECORD, .run = ctl_consent_open,
	 .confirm = CONFIRM_SIGN, .help = "Refuse a request to share.",
	 .about = SIGNED_TEXT "What was not granted is refused anyway; this says so to who asked.",
	 .example = "pidcctl consent refuse --answers ID --reason \"not for this purpose\""},
	{"consent", "simulate", "kind [consent_id]", simulate_flags,
	 RPC("ConsentService", "SimulateStatement", simulate_statement_request,
	     simulate_statement_response),
	 .run = ctl_consent_simulate, .help = "What would a statement open and close?",
	 .about = "KIND is grant, veto, revoke, suspend or resume, with the options of that\n"
		  "command; the last three take the id of the consent. Nothing is signed or\n"
		  "recorded.",
	 .example = "pidcctl consent simulate veto --all-data --to iom\n"
		    "pidcctl consent simulate revoke ID"},
	{"consent", "revoke-all", .flags = revoke_all_flags,
	 RPC("ConsentService", "RevokeAll", revoke_all_request, revoke_all_response),
	 .run = ctl_consent_revoke_all, .confirm = CONFIRM_COUNT,
	 .help = "End or pause many grants at once.",
	 .about = "The grants are listed, and what the statements say that end them is shown: one\n"
		  "is signed for each, and no recipient reads of the others. You type how many\n"
		  "there are. In scripts: --yes together with --expect-count. --suspend\n"
		  "pauses them and can be taken back.",
	 .example = "pidcctl consent revoke-all --to iom --preview\n"
		    "pidcctl consent revoke-all --to iom --suspend --reason \"an incident\"\n"
		    "pidcctl consent revoke-all --everything --reason \"new law\""},
	{"consent", "pending", .flags = page_flags,
	 RPC("ConsentService", "ListPendingStatements", list_pending_statements_request,
	     list_pending_statements_response),
	 .columns = "statementId recordedAt=RECORDED signerId=SIGNER",
	 .help = "Statements that wait for a second signature.",
	 .example = "pidcctl consent pending"},
	{"consent", "approve", "statement_id", approve_flags,
	 RPC("ConsentService", "ApproveStatement", approve_statement_request,
	     approve_statement_response),
	 .run = ctl_consent_approve, .confirm = CONFIRM_SIGN,
	 .help = "Give the second signature to a statement.",
	 .about = SIGNED_TEXT
	 "Somebody else than who signed first does this, with a role to consent.",
	 .example = "pidcctl consent pending\n"
		    "pidcctl consent approve ID"},
	{"consent", "show", "consent_id", show_flags,
	 RPC("ConsentService", "GetConsent", get_consent_request, get_consent_response),
	 .run = ctl_consent_show, .help = "What a consent says, statement by statement.",
	 .about = "The sentences are made from the signed bytes, and the signatures are verified\n"
		  "here. Exit status 9: one does not hold.",
	 .example = "pidcctl consent show ID\n"
		    "pidcctl consent show ID --language fr"},
	{"consent", "check", .flags = check_flags,
	 RPC("ConsentService", "CheckConsent", check_consent_request, check_consent_response),
	 .run = ctl_consent_check, .help = "Would it be permitted now?",
	 .about = "Exit status 0: yes, 3: no, and why. Advice for now: a fetch decides anew.",
	 .example = "pidcctl consent check --owner-org tv --dataset-id ID --purpose ME \\\n"
		    "    --action READ --field count\n"
		    "# as owner: could they?\n"
		    "pidcctl consent check --owner-org tv --recipient-org iom --dataset-id ID \\\n"
		    "    --purpose ME --action READ --field count"},
	{"consent", "explain", .flags = explain_flags,
	 RPC("ConsentService", "ExplainDecision", explain_decision_request,
	     explain_decision_response),
	 .run = ctl_consent_explain, .help = "Why it would be permitted or not.",
	 .about = "Every gate in order, with PASS or FAIL and the clause of the policy; to the\n"
		  "owner also every grant and what it lacks. Exit status as of consent check.",
	 .example = "pidcctl consent explain --owner-org tv --recipient-org iom \\\n"
		    "    --dataset-id ID --purpose ME --action READ --field count\n"
		    "# as it was on New Year's Eve\n"
		    "pidcctl consent explain --owner-org tv --recipient-org iom \\\n"
		    "    --dataset-id ID --purpose ME --action READ --field count \\\n"
		    "    --at 2026-12-31T00:00:00Z"},
	{"consent", "matrix", .flags = matrix_flags,
	 RPC("ConsentService", "GetMatrix", get_matrix_request, get_matrix_response),
	 .columns = "recipientOrg=TO capacity purpose action validTo/10=UNTIL fields",
	 .help = "Who can see what of your data.",
	 .example = "pidcctl consent matrix\n"
		    "pidcctl consent matrix --recipient-org iom -o wide"},
	{"consent", "list", .flags = page_flags,
	 RPC("ConsentService", "ListConsents", list_consents_request, list_consents_response),
	 .columns =
		 "consentId ownerOrg=OWNER state openedBy=KIND validTo/10=UNTIL recipientOrgs=TO",
	 .help = "Consents that you gave or that name you.", .example = "pidcctl consent list"},
	{"consent", "get", "consent_id",
	 RPC("ConsentService", "GetConsent", get_consent_request, get_consent_response),
	 .help = "One consent, for programs.", .example = "pidcctl consent get ID -o json"},
};

const struct command_table commands_consent = TABLE(commands);
