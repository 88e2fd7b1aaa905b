/* SPDX-License-Identifier: ISC
 *
 * The Board: its seats, its rules, its resolutions.
 */
#include "client/command_table.h"

#include "pidc/v1/board.pb-c.h"

static const struct flag page_flags[] = {PAGE_FLAGS, END_FLAGS};
static const struct flag propose_flags[] = {
	{"kind", "resolution.kind", FLAG_VALUE, "DIRECTION, RESCIND, FUNDING_ACCEPTANCE ...",
	 "WORD"},
	{"title", "resolution.title", FLAG_VALUE, "what lists show", "TEXT"},
	{"text", "resolution.text", FLAG_VALUE, "what is voted on, in words", "TEXT"},
	{"mode", "resolution.mode", FLAG_VALUE, "CIRCULAR or IN_SESSION", "WORD"},
	{"text-digest", "resolution.text_digest", FLAG_VALUE, "SHA-256 of the full document",
	 "HEX"},
	{"subject-id", "resolution.subject_id", FLAG_VALUE, "record that it is about", "ID"},
	{"subject-digest", "resolution.subject_digest", FLAG_VALUE, "exactly what is approved",
	 "HEX"},
	{"subject-org", "resolution.subject_org", FLAG_VALUE, "organisation concerned", "ORG"},
	END_FLAGS,
};
static const struct flag rules_flags[] = {
	{"session-notice-days", "rules.session_notice_days", FLAG_VALUE, "0 to 90", "N"},
	{"circular-notice-days", "rules.circular_notice_days", FLAG_VALUE, "0 to 90", "N"},
	{"quorum-over-percent", "rules.quorum_over_percent", FLAG_VALUE, "of N; 50 to 99", "N"},
	{"ballots-min-percent", "rules.ballots_min_percent", FLAG_VALUE, "of E; 1 to 100", "N"},
	{"ballots-min", "rules.ballots_min", FLAG_VALUE, "3 to 21", "N"},
	{"electors-min", "rules.electors_min", FLAG_VALUE, "3 to 21", "N"},
	{"majority-over-percent", "rules.majority_over_percent", FLAG_VALUE, "50 to 99", "N"},
	{"decision-mode", "rules.decision_mode", FLAG_VALUE, "MAJORITY, CONSENSUS_NO_OBJECTION",
	 "WORD"},
	END_FLAGS,
};
static const struct flag version_flags[] = {
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag open_flags[] = {
	{"closes-at", "closes_at", FLAG_VALUE, "when the vote ends", "TIME"},
	{"present", "present_orgs", FLAG_LIST, "in session: member that is present", "ORG"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag recuse_flags[] = {
	{"org", "org", FLAG_VALUE, "by the chair's ruling: another member", "ORG"},
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	END_FLAGS,
};
static const struct flag vote_flags[] = {
	{"reason", NULL, FLAG_VALUE, "why; shown with the ballot", "TEXT"},
	{"text-only", NULL, FLAG_SWITCH, "show the ballot, do not sign", NULL},
	END_FLAGS,
};
static const struct flag end_flags[] = {
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag list_flags[] = {
	{"state", "state", FLAG_VALUE, "TABLED, OPEN, CARRIED ...", "WORD"},
	{"kind", "kind", FLAG_VALUE, "only this kind", "WORD"},
	{"subject-org", "subject_org", FLAG_VALUE, "only about this organisation", "ORG"},
	PAGE_FLAGS,
	END_FLAGS,
};

#define STEP(method, snake) RPC("BoardService", method, snake##_request, snake##_response)

static const struct command commands[] = {
	{"board", "seats", .flags = page_flags, STEP("ListSeats", list_seats),
	 .columns = "org principalId=HOLDER isChair=CHAIR title", .help = "Who sits on the Board.",
	 .about = "One vote a member, however many seats. Whoever holds a seat as a vote opens\n"
		  "signs the ballot of its member, even if somebody else holds it by then.",
	 .example = "pidcctl board seats"},
	{"board", "rules", STEP("GetBoardRules", get_board_rules),
	 .help = "Notice, quorum and majority as they are now.",
	 .about =
		 "\"is assumption yes\" says that the Board has adopted none: the policy gives no\n"
		 "numbers (A5).",
	 .example = "pidcctl board rules"},
	{"board", "propose-rules", .flags = rules_flags,
	 STEP("ProposeBoardRules", propose_board_rules),
	 .help = "Other rules, for the Board to adopt.",
	 .about = "All of them. Then resolution propose --kind board-rules, with id and digest\n"
		  "of the answer. Votes that are open go on by the old ones.",
	 .example = "pidcctl board propose-rules --session-notice-days 7 --circular-notice-days 14 "
		    "\\\n"
		    "    --quorum-over-percent 50 --ballots-min-percent 50 --ballots-min 3 \\\n"
		    "    --electors-min 3 --majority-over-percent 66"},
	{"resolution", "propose", .flags = propose_flags,
	 STEP("ProposeResolution", propose_resolution), .help = "Table a resolution.",
	 .about = "Notice runs from here. What is approved is named by its digest: when that\n"
		  "changes afterwards the approval is stale.",
	 .example =
		 "pidcctl resolution propose --kind direction --mode circular \\\n"
		 "    --title \"Work plan 2027\" --text \"The work plan of 3 May is adopted.\" \\\n"
		 "    --text-digest HEX"},
	{"resolution", "second", "resolution_id", version_flags,
	 STEP("SecondResolution", second_resolution), .help = "Second it, as another member.",
	 .about = "The seconder is of another member than the proposer (SD-3).",
	 .example = "pidcctl resolution second ID"},
	{"resolution", "open", "resolution_id", open_flags, STEP("OpenResolution", open_resolution),
	 .help = "Open the vote: who may, and how, is frozen.",
	 .about = "The chair does it; another member of the Board when the chair is recused. In\n"
		  "session, name every member that is present.",
	 .example = "pidcctl resolution open ID --closes-at 2027-03-01T00:00:00Z"},
	{"resolution", "recuse", "resolution_id", recuse_flags,
	 STEP("DeclareRecusal", declare_recusal), .help = "Leave the vote to the others.",
	 .about = "A member that is recused neither votes nor seconds nor closes; a ballot that\n"
		  "it has cast is void. With --org the chair rules so for another member.",
	 .example = "pidcctl resolution recuse ID --reason \"our own project\""},
	{"resolution", "vote", "resolution_id choice", vote_flags, STEP("CastBallot", cast_ballot),
	 .confirm = CONFIRM_SIGN, .run = ctl_resolution_vote,
	 .help = "Vote yes, no or abstain, signed.",
	 .about = "The ballot is shown in sentences made from the bytes that are signed, with the\n"
		  "text that it is about, whose digest is computed here. Until the vote closes a\n"
		  "later ballot takes the place of this one, and only your member sees it.",
	 .example = "pidcctl resolution vote ID yes\n"
		    "pidcctl resolution vote ID no --reason \"no budget\" --text-only"},
	{"resolution", "close", "resolution_id", STEP("CloseResolution", close_resolution),
	 .help = "Count, once time is over or all have voted.",
	 .example = "pidcctl resolution close ID"},
	{"resolution", "withdraw", "resolution_id", end_flags,
	 STEP("WithdrawResolution", withdraw_resolution),
	 .help = "Take back what you proposed, before the vote.",
	 .example = "pidcctl resolution withdraw ID --reason \"a better text follows\""},
	{"resolution", "defer", "resolution_id", end_flags,
	 STEP("DeferResolution", defer_resolution), .help = "Put it off, as the chair.",
	 .example = "pidcctl resolution defer ID --reason \"figures are missing\""},
	{"resolution", "list", .flags = list_flags, STEP("ListResolutions", list_resolutions),
	 .columns = "resolutionId=ID state kind proposedAt/10=PROPOSED closesAt/10=CLOSES title",
	 .help = "Resolutions that you may see.",
	 .example = "pidcctl resolution list --state open"},
	{"resolution", "show", "resolution_id", STEP("GetResolution", get_resolution),
	 .run = ctl_resolution_show, .help = "Who may vote, who voted, how it was counted.",
	 .about = "Shows N, R, E and B with both conditions of the quorum, and whether the rules\n"
		  "are an assumption (A5). Digest and ballots are verified here; exit status 9\n"
		  "says that one does not hold.",
	 .example = "pidcctl resolution show ID"},
};

const struct command_table commands_board = TABLE(commands);
