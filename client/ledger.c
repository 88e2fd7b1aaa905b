/* SPDX-License-Identifier: ISC
 *
 * Proofs are verified here: the register's word is not what counts.
 */
#include "client/ctl.h"
#include "core/merkle.h"
#include "pidc/v1/ledger.pb-c.h"
#include "wire/guard.h"

#include <string.h>

/* All hashes of a proof; false when there are too many or one is no SHA-256. */
static bool hashes_take(const ProtobufCBinaryData *data, size_t n, struct merkle_hash *ret)
{
	if (n > MERKLE_PROOF_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (data[i].len != SHA256_LEN)
			return false;
		memcpy(ret[i].bytes, data[i].data, SHA256_LEN);
	}
	return true;
}

static int proof_call(struct ctl *ctl, ProtobufCMessage **ret)
{
	ProtobufCMessage *request = NULL;
	struct pidc_error err = {.code = 0};
	int status = ctl_request(ctl, &request);
	if (status == EXIT_OK)
		status = ctl_call(ctl, ctl->in->command->path, request, ctl->in->command->response,
				  ret);
	if (status == EXIT_OK &&
	    output_message(ctl->format, NULL, *ret, ctl->arena, stdout, &err) < 0)
		return ctl_error(ctl, &err);
	return status;
}

static int verdict(struct ctl *ctl, bool holds)
{
	if (!holds)
		return ctl_fail(ctl, EXIT_INTEGRITY, "", "the proof does not hold");
	(void)fputs("verified here: the proof holds\n", stderr);
	return EXIT_OK;
}

int ctl_ledger_proof(struct ctl *ctl)
{
	ProtobufCMessage *message = NULL;
	int status = proof_call(ctl, &message);
	if (status != EXIT_OK)
		return status;
	const Pidc__V1__GetInclusionProofResponse *answer =
		(const Pidc__V1__GetInclusionProofResponse *)message;
	struct merkle_hash leaf;
	struct merkle_hash root;
	struct merkle_hash proof[MERKLE_PROOF_MAX];
	const char *asked = invocation_arg(ctl->in, "index");
	char index[24];
	(void)snprintf(index, sizeof(index), "%llu", (unsigned long long)answer->index);
	return verdict(ctl, (!asked || strcmp(asked, index) == 0) &&
				    hashes_take(&answer->leaf_hash, 1, &leaf) &&
				    hashes_take(&answer->root_hash, 1, &root) &&
				    hashes_take(answer->hashes, answer->n_hashes, proof) &&
				    merkle_verify_inclusion(answer->index, answer->tree_size, &leaf,
							    proof, answer->n_hashes, &root));
}

int ctl_ledger_consistency(struct ctl *ctl)
{
	ProtobufCMessage *message = NULL;
	int status = proof_call(ctl, &message);
	if (status != EXIT_OK)
		return status;
	const Pidc__V1__GetConsistencyProofResponse *answer =
		(const Pidc__V1__GetConsistencyProofResponse *)message;
	struct merkle_hash from;
	struct merkle_hash to;
	struct merkle_hash proof[MERKLE_PROOF_MAX];
	const char *asked = invocation_arg(ctl->in, "from_size");
	char size[24];
	(void)snprintf(size, sizeof(size), "%llu", (unsigned long long)answer->from_size);
	return verdict(ctl, (!asked || strcmp(asked, size) == 0) &&
				    hashes_take(&answer->from_root, 1, &from) &&
				    hashes_take(&answer->to_root, 1, &to) &&
				    hashes_take(answer->hashes, answer->n_hashes, proof) &&
				    merkle_verify_consistency(answer->from_size, answer->to_size,
							      &from, &to, proof, answer->n_hashes));
}

struct deep {
	bool is_sent;
	bool is_complete;
	uint64_t finding_count;
	json_t *findings;
};

static int deep_next(void *user, const uint8_t **ret_data, size_t *ret_len)
{
	static const uint8_t empty[1];
	struct deep *deep = user;
	*ret_data = empty;
	*ret_len = 0;
	return deep->is_sent ? 0 : (deep->is_sent = true);
}

static void deep_finding(struct deep *deep, const Pidc__V1__VerifyFinding *finding)
{
	(void)json_array_append_new(
		deep->findings,
		json_pack("{s:I, s:s, s:s, s:s, s:s, s:s}", "index", (json_int_t)finding->index,
			  "table", finding->table, "key", finding->key, "column", finding->column,
			  "expected", finding->expected, "found", finding->found));
}

static int deep_message(void *user, const uint8_t *data, size_t len)
{
	struct deep *deep = user;
	ProtobufCMessage *message = NULL;
	struct arena *arena = arena_new(0);
	int rc = arena ? guard_unpack(&pidc__v1__verify_deep_response__descriptor, data, len, arena,
				      &message, NULL)
		       : PIDC_ENOMEM;
	if (rc == 0) {
		const Pidc__V1__VerifyDeepResponse *answer =
			(const Pidc__V1__VerifyDeepResponse *)message;
		if (answer->finding)
			deep_finding(deep, answer->finding);
		else
			(void)fprintf(stderr, "%llu of %llu entries\n",
				      (unsigned long long)answer->entries_done,
				      (unsigned long long)answer->entries_total);
		deep->is_complete = deep->is_complete || answer->is_complete;
		if (answer->is_complete)
			deep->finding_count = answer->finding_count;
	}
	arena_free(arena);
	return rc;
}

int ctl_ledger_verify(struct ctl *ctl)
{
	struct deep deep = {.findings = json_array()};
	struct channel_call call = {.path = ctl->in->command->path,
				    .is_stream = true,
				    .next = deep_next,
				    .on_message = deep_message,
				    .user = &deep};
	int status = invocation_flag(ctl->in, "deep", 0)
			     ? ctl_stream(ctl, &call)
			     : ctl_fail(ctl, EXIT_USAGE, "", "give --deep");
	size_t n = json_array_size(deep.findings);
	if (ctl->format == OUTPUT_JSON || ctl->format == OUTPUT_JSONL)
		(void)json_dumpf(deep.findings, stdout, JSON_COMPACT);
	else if (n > 0 && output_rows(ctl->format, "index table key column expected found",
				      deep.findings, stdout) < 0)
		status = status == EXIT_OK ? EXIT_UNEXPECTED : status;
	json_decref(deep.findings);
	if (n > 0 || deep.finding_count > 0)
		return ctl_fail(ctl, EXIT_INTEGRITY, "", "tables and ledger disagree");
	if (status == EXIT_OK && !deep.is_complete)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "the verification was not completed");
	return status;
}
