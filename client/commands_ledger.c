/* SPDX-License-Identifier: ISC
 *
 * The ledger, and what is verified here rather than believed.
 */
#include "client/command_table.h"

#include "pidc/v1/ledger.pb-c.h"

static const struct flag entry_flags[] = {
	{"start", "start", FLAG_VALUE, "first index", "N"},
	{"count", "count", FLAG_VALUE, "how many (100)", "N"},
	{"is-concerned", "is_concerned", FLAG_SWITCH, "only what concerns you", NULL},
	END_FLAGS,
};
static const struct flag proof_flags[] = {
	{"tree-size", "tree_size", FLAG_VALUE, "size of the tree; else the current", "N"},
	END_FLAGS,
};
static const struct flag watch_flags[] = {
	{"start", "start", FLAG_VALUE, "entries of this index and later", "N"},
	{"timed-after", "timed_after", FLAG_VALUE, "what the clock did since; else from now",
	 "TIME"},
	{"heartbeat", "heartbeat_s", FLAG_VALUE, "a sign of life each so many seconds", "N"},
	END_FLAGS,
};
static const struct flag verify_flags[] = {
	{"deep", NULL, FLAG_SWITCH, "compare every table with the ledger", NULL},
	{"progress", NULL, FLAG_VALUE, "auto, json or none", "HOW"},
	END_FLAGS,
};

static const struct command commands[] = {
	{"ledger", "head", RPC("LedgerService", "GetHead", get_head_request, get_head_response),
	 .help = "Size and root hash of the ledger.", .example = "pidcctl ledger head"},
	{"ledger", "entries", .flags = entry_flags,
	 RPC("LedgerService", "ListEntries", list_entries_request, list_entries_response),
	 .columns = "index txTime=RECORDED leafHash=LEAF", .help = "Entries of the ledger.",
	 .example = "pidcctl ledger entries --start 0 --count 10\n"
		    "pidcctl ledger entries --is-concerned -o jsonl"},
	{"ledger", "proof", "index", proof_flags,
	 RPC("LedgerService", "GetInclusionProof", get_inclusion_proof_request,
	     get_inclusion_proof_response),
	 .run = ctl_ledger_proof, .help = "Prove here that an entry is in the ledger.",
	 .about = "The hashes are computed here. Exit status 9: the proof does not hold.",
	 .example = "pidcctl ledger proof 17"},
	{"ledger", "consistency", "from_size to_size",
	 RPC("LedgerService", "GetConsistencyProof", get_consistency_proof_request,
	     get_consistency_proof_response),
	 .run = ctl_ledger_consistency, .help = "Prove here that the ledger only grew.",
	 .about = "The hashes are computed here. Exit status 9: something was changed or taken.",
	 .example = "pidcctl ledger consistency 10 20"},
	{"ledger", "watch", .flags = watch_flags,
	 RPC("LedgerService", "Watch", watch_request, watch_response), .run = ctl_ledger_watch,
	 .help = "Follow what concerns you, as it happens.",
	 .about = "Lines are added, nothing is drawn again; JSON lines with -o json. It goes on\n"
		  "until it is interrupted, and names every index: --start one behind the last\n"
		  "resumes without a hole. What the clock does by itself, such as a consent that\n"
		  "expires, is a line with - for its index.",
	 .example = "pidcctl ledger watch --start 0\n"
		    "pidcctl ledger watch --start 1500 -o jsonl"},
	{"ledger", "verify", .flags = verify_flags,
	 RPC("LedgerService", "VerifyDeep", verify_deep_request, verify_deep_response),
	 .run = ctl_ledger_verify, .help = "Has anybody touched the tables?",
	 .about = "Auditors and operators. Exit status 9: yes, and every place is named.",
	 .example = "pidcctl ledger verify --deep"},
};

const struct command_table commands_ledger = TABLE(commands);
