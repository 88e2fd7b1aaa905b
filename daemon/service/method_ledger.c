/* SPDX-License-Identifier: ISC
 *
 * Methods: the ledger.
 */
#include "daemon/service/method_table.h"

static const struct service_method ledger_methods[] = {
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
};

const struct method_table ledger_method_table = METHOD_TABLE("LedgerService", ledger_methods);
