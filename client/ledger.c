/* SPDX-License-Identifier: ISC
 *
 * Proofs are verified here: the register's word is not what counts.
 */
#include "client/ctl.h"
#include "client/progress.h"
#include "core/merkle.h"
#include "core/text.h"
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
	int status = ctl_request(ctl, &request);
	return status == EXIT_OK ? ctl_run_call(ctl, request, ret) : status;
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
	json_t *position;
	struct progress progress;
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

static void deep_take(struct deep *deep, const Pidc__V1__VerifyDeepResponse *answer)
{
	int64_t us = 0;
	char time[28];
	char revision[24];
	if (answer->finding)
		deep_finding(deep, answer->finding);
	deep->progress.done = answer->entries_done;
	deep->progress.total = answer->entries_total;
	deep->is_complete = deep->is_complete || answer->is_complete;
	if (answer->is_complete)
		deep->finding_count = answer->finding_count;
	if (deep->position || !answer->position || !answer->position->tx_time ||
	    !time_from_proto(answer->position->tx_time, &us))
		return;
	time_format(us, time);
	(void)snprintf(revision, sizeof(revision), "%llu",
		       (unsigned long long)answer->position->revision);
	deep->position = json_pack("{s:s, s:s}", "revision", revision, "txTime", time);
}

static int deep_message(void *user, const uint8_t *data, size_t len)
{
	struct deep *deep = user;
	ProtobufCMessage *message = NULL;
	struct arena *arena = arena_new(0);
	int rc = arena ? guard_unpack(&pidc__v1__verify_deep_response__descriptor, data, len, arena,
				      &message, NULL)
		       : PIDC_ENOMEM;
	if (rc == 0)
		deep_take(deep, (const Pidc__V1__VerifyDeepResponse *)message);
	arena_free(arena);
	progress_tick(&deep->progress);
	return rc;
}

static void deep_tick(void *user)
{
	struct deep *deep = user;
	progress_tick(&deep->progress);
}

static int deep_report(struct ctl *ctl, const struct deep *deep, int status)
{
	struct pidc_error err = {.code = 0};
	size_t n = json_array_size(deep->findings);
	int rc = output_rows(&ctl->output, "index table key column expected found", deep->findings,
			     deep->position, &err);
	if (rc < 0 && status == EXIT_OK)
		status = ctl_error(ctl, &err);
	if (n > 0 || deep->finding_count > 0)
		return ctl_fail(ctl, EXIT_INTEGRITY, "", "tables and ledger disagree");
	if (status == EXIT_OK && !deep->is_complete)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "the verification was not completed");
	if (status == EXIT_OK && !output_is_json(&ctl->output))
		(void)fputs("every row is what the ledger says\n", stderr);
	return status;
}

int ctl_ledger_verify(struct ctl *ctl)
{
	struct deep deep = {.findings = json_array()};
	struct channel_call call = {.path = ctl->in->command->path,
				    .is_stream = true,
				    .next = deep_next,
				    .on_message = deep_message,
				    .on_tick = deep_tick,
				    .user = &deep};
	int status = EXIT_OK;
	if (!invocation_flag(ctl->in, "deep", 0))
		status = ctl_fail(ctl, EXIT_USAGE, "", "give --deep");
	else if (!progress_init(&deep.progress, invocation_flag(ctl->in, "progress", 0), "entries",
				0))
		status = ctl_fail(ctl, EXIT_USAGE, "", "--progress is auto, json or none");
	if (status == EXIT_OK) {
		status = ctl_stream(ctl, &call);
		progress_end(&deep.progress);
		status = deep_report(ctl, &deep, status);
	}
	json_decref(deep.findings);
	json_decref(deep.position);
	return status;
}
