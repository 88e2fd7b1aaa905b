/* SPDX-License-Identifier: ISC
 *
 * Memoranda of understanding.
 */
#include "client/command_table.h"

#include "pidc/v1/mou.pb-c.h"

static const struct flag list_flags[] = {
	{"org", "org", FLAG_VALUE, "only with this partner", "ORG"},
	{"state", "state", FLAG_VALUE, "DRAFT, VETTED, IN_FORCE ...", "WORD"},
	PAGE_FLAGS,
	END_FLAGS,
};
static const struct flag vet_flags[] = {
	{"digest", "digest", FLAG_VALUE, "of the text that you have read", "HEX"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag end_flags[] = {
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};

#define MOU(method, snake) RPC("MouService", method, snake##_request, snake##_response)

static const struct command commands[] = {
	{"mou", "list", .flags = list_flags, MOU("ListMous", list_mous),
	 .columns = "mouId=ID org number state standing effectiveFrom/10=FROM endsAt/10=ENDS",
	 .help = "Agreements with partners, each version.",
	 .about = "What the clock makes of them is derived when you ask: STANDING.",
	 .example = "pidcctl mou list --org iom"},
	{"mou", "show", "mou_id", MOU("GetMou", get_mou),
	 .help = "One version: its data, its signatures.", .example = "pidcctl mou show ID"},
	{"mou", "check", "mou_id", MOU("CheckMou", check_mou),
	 .help = "What the text still lacks, clause by clause.",
	 .about = "No finding: it is complete and can be vetted.",
	 .example = "pidcctl mou check ID"},
	{"mou", "vet", "mou_id", vet_flags, MOU("VetMou", vet_mou),
	 .help = "Confirm a text that somebody else wrote.",
	 .example = "pidcctl mou vet ID --digest HEX"},
	{"mou", "terminate", "mou_id", end_flags, MOU("TerminateMou", terminate_mou),
	 .help = "Signatory of the partner: give notice.",
	 .about = "It ends after the notice that it names, at the end of its term at the latest.",
	 .example =
		 "pidcctl mou terminate ID --reason \"the project is over\" --expected-version 7",
	 .confirm = CONFIRM_ID},
};

const struct command_table commands_mou = TABLE(commands);
