/* SPDX-License-Identifier: ISC
 *
 * Policies, observers, members' own agreements.
 */
#include "client/command_table.h"

#include "pidc/v1/bilateral.pb-c.h"
#include "pidc/v1/member.pb-c.h"
#include "pidc/v1/observer.pb-c.h"
#include "pidc/v1/policy.pb-c.h"

static const struct flag page_flags[] = {PAGE_FLAGS, END_FLAGS};
static const struct flag create_flags[] = {
	{"title", "document.title", FLAG_VALUE, "of a new document", "TEXT"},
	{"edition", "version.title", FLAG_VALUE, "what this version is", "TEXT"},
	{"review-months", "version.review_months", FLAG_VALUE, "reviewed each N months", "N"},
	{"text-digest", "version.text_digest", FLAG_VALUE, "SHA-256 of the document", "HEX"},
	{"code", "document.code", FLAG_VALUE, "of the document, e.g. PARTNERSHIP", "CODE"},
	END_FLAGS,
};
static const struct flag revise_flags[] = {
	{"edition", "revised.title", FLAG_VALUE, "what this version is", "TEXT"},
	{"review-months", "revised.review_months", FLAG_VALUE, "reviewed each N months", "N"},
	{"text-digest", "revised.text_digest", FLAG_VALUE, "SHA-256 of the document", "HEX"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag consult_flags[] = {
	{"closes-at", "closes_at", FLAG_VALUE, "30 days ahead at least", "TIME"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag input_flags[] = {
	{"text", "text", FLAG_VALUE, "what you have to say", "TEXT"},
	END_FLAGS,
};
static const struct flag version_flags[] = {
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag sighted_flags[] = {
	{"text-digest", "text_digest", FLAG_VALUE, "SHA-256 of what is before you", "HEX"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag reason_flags[] = {
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag review_flags[] = {
	{"resolution-id", "resolution_id", FLAG_VALUE, "the Board's, POLICY_REVIEW", "ID"},
	{"outcome", "outcome", FLAG_VALUE, "UNCHANGED or AMEND", "WORD"},
	{"comment", "comment", FLAG_VALUE, "what the review found", "TEXT"},
	END_FLAGS,
};
static const struct flag versions_flags[] = {
	{"code", "code", FLAG_VALUE, "only of this document", "CODE"},
	{"state", "state", FLAG_VALUE, "DRAFT, WITH_BOARD, IN_FORCE ...", "WORD"},
	PAGE_FLAGS,
	END_FLAGS,
};
static const struct flag observer_flags[] = {
	{"state", "state", FLAG_VALUE, "APPROVED, SUSPENDED or ENDED", "WORD"},
	PAGE_FLAGS,
	END_FLAGS,
};
static const struct flag file_flags[] = {
	{"counterparty", "notice.counterparty", FLAG_VALUE, "with whom", "NAME"},
	{"title", "notice.title", FLAG_VALUE, "what it is", "TEXT"},
	{"visibility", "notice.visibility", FLAG_VALUE, "OWN, MEMBERS or COMMUNITY", "WORD"},
	{"overlap-note", "notice.overlap_note", FLAG_VALUE, "in common with PIDC's work", "TEXT"},
	END_FLAGS,
};
static const struct flag bilateral_flags[] = {
	{"member-org", "member_org", FLAG_VALUE, "only of this member", "ORG"},
	PAGE_FLAGS,
	END_FLAGS,
};

#define POLICY(method, snake) RPC("PolicyService", method, snake##_request, snake##_response)

static const struct command commands[] = {
	{"policy", "show", "code", POLICY("GetPolicy", get_policy),
	 .help = "What is in force, and when it is reviewed.",
	 .about = "Whether a review is due is derived when you ask; nothing has to run for it.",
	 .example = "pidcctl policy show PARTNERSHIP"},
	{"policy", "versions", .flags = versions_flags,
	 POLICY("ListPolicyVersions", list_policy_versions),
	 .columns = "versionId=ID number state adoptedOn/10=ADOPTED title",
	 .help = "Versions of policies.", .example = "pidcctl policy versions --state with-board"},
	{"policy", "history", "code", page_flags, POLICY("ListPolicyHistory", list_policy_history),
	 .columns = "index at/10=WHEN step number org title comment",
	 .help = "Each step, who took it, their title then.",
	 .example = "pidcctl policy history PARTNERSHIP -o csv"},
	{"policy", "create", .flags = create_flags,
	 POLICY("CreatePolicyVersion", create_policy_version),
	 .help = "A new version, of a new or an old document.",
	 .about = "The answer has the digest that the Board adopts: of code, number, edition,\n"
		  "months and document.",
	 .example = "pidcctl policy create --code PARTNERSHIP --title \"Partnership policy\" \\\n"
		    "    --edition \"First edition\" --review-months 36 --text-digest HEX"},
	{"policy", "revise", "version_id", revise_flags,
	 POLICY("RevisePolicyVersion", revise_policy_version), .help = "Another text for it.",
	 .about = "What was approved of the old one is stale: it is a draft again.",
	 .example = "pidcctl policy revise ID --edition \"First edition\" --review-months 36 \\\n"
		    "    --text-digest HEX"},
	{"policy", "consult", "version_id", consult_flags,
	 POLICY("OpenPolicyConsultation", open_policy_consultation),
	 .help = "Ask members, observers and partners.",
	 .example = "pidcctl policy consult ID --closes-at 2027-03-01T00:00:00Z"},
	{"policy", "say", "version_id", input_flags, POLICY("GivePolicyInput", give_policy_input),
	 .help = "Have your say while it is open.",
	 .example = "pidcctl policy say ID --text \"say who pays\""},
	{"policy", "inputs", "version_id", page_flags,
	 POLICY("ListPolicyInputs", list_policy_inputs),
	 .columns = "inputId=ID org givenAt/10=GIVEN text response",
	 .help = "What was said, and the answers.", .example = "pidcctl policy inputs ID"},
	{"policy", "answer", "version_id", version_flags,
	 POLICY("ClosePolicyConsultation", close_policy_consultation),
	 .help = "Close the consultation: an answer to each.",
	 .about = "The answers come with --json, one for each input.",
	 .example = "pidcctl policy answer ID \\\n"
		    "    --json '{\"responses\": [{\"inputId\": \"ID\", \"response\": \"taken "
		    "up\"}]}'"},
	{"policy", "submit", "version_id", version_flags,
	 POLICY("SubmitPolicyVersion", submit_policy_version), .help = "Ready for the Board.",
	 .about = "Then: pidcctl resolution propose --kind policy-adoption --subject-id ID\n"
		  "--subject-digest HEX, with the digest that policy versions shows.",
	 .example = "pidcctl policy submit ID"},
	{"policy", "vet", "version_id", sighted_flags,
	 POLICY("VetPolicyVersion", vet_policy_version),
	 .help = "Sighted: it is what the Board adopted.",
	 .example = "pidcctl policy vet ID --text-digest HEX"},
	{"policy", "return", "version_id", reason_flags,
	 POLICY("ReturnPolicyVersion", return_policy_version),
	 .help = "Back to a draft, for another adoption.",
	 .example = "pidcctl policy return ID --reason \"page 3 is missing\""},
	{"policy", "publish", "version_id", sighted_flags,
	 POLICY("PublishPolicyVersion", publish_policy_version), .help = "In force from now on.",
	 .example = "pidcctl policy publish ID --text-digest HEX"},
	{"policy", "review", "version_id", review_flags,
	 POLICY("ConcludePolicyReview", conclude_policy_review),
	 .help = "Conclude a review, as the Board resolved.",
	 .example = "pidcctl policy review ID --resolution-id ID --outcome unchanged \\\n"
		    "    --comment \"nothing to change\""},
	{"observer", "list", .flags = observer_flags,
	 RPC("PartnerService", "ListObservers", list_observers_request, list_observers_response),
	 .columns = "org state reviewDue/10=REVIEW isReviewOverdue=OVERDUE name",
	 .help = "Who observes, and when that is reviewed.", .example = "pidcctl observer list"},
	{"bilateral", "file", .flags = file_flags,
	 RPC("MemberService", "FileBilateral", file_bilateral_request, file_bilateral_response),
	 .help = "Say that your member has an agreement.",
	 .about = "Of its own, outside PIDC. Nobody but your member touches it.",
	 .example = "pidcctl bilateral file --counterparty \"Example Republic\" \\\n"
		    "    --title \"Joint patrols\" --visibility members"},
	{"bilateral", "withdraw", "bilateral_id", version_flags,
	 RPC("MemberService", "WithdrawBilateral", withdraw_bilateral_request,
	     withdraw_bilateral_response),
	 .help = "Take that back.",
	 .example = "pidcctl bilateral withdraw ID --expected-version 1"},
	{"bilateral", "list", .flags = bilateral_flags,
	 RPC("MemberService", "ListBilaterals", list_bilaterals_request, list_bilaterals_response),
	 .columns = "bilateralId=ID memberOrg=MEMBER state counterparty title",
	 .help = "What members let you see.", .example = "pidcctl bilateral list"},
};

const struct command_table commands_policy = TABLE(commands);
