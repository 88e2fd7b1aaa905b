/* SPDX-License-Identifier: ISC
 *
 * Head, proofs and the end of a listing of entries.
 */
#include "core/merkle.h"
#include "daemon/service/internal.h"

#include <string.h>

static int hash_copy(const struct merkle_hash *hash, struct arena *arena, ProtobufCBinaryData *ret)
{
	ret->data = arena_memdup(arena, hash->bytes, SHA256_LEN);
	ret->len = SHA256_LEN;
	return ret->data == NULL ? PIDC_ENOMEM : 0;
}

int query_head(const struct read_call *call, ProtobufCMessage *message, struct pidc_error *err)
{
	Pidc__V1__GetHeadResponse *reply = (Pidc__V1__GetHeadResponse *)message;
	Pidc__Store__V1__Head *head = NULL;
	struct merkle_range range;
	struct merkle_hash root;
	int rc = head_read(call->db, call->arena, &head, err);

	if (rc == 0)
		rc = merkle_range_load(head, &range, err);
	if (rc < 0)
		return rc;
	merkle_root(&range, &root);
	reply->origin = head->origin;
	reply->size = head->size;
	return hash_copy(&root, call->arena, &reply->root_hash);
}

int query_entries_end(const struct read_call *call, ProtobufCMessage *message,
		      struct pidc_error *err)
{
	Pidc__V1__ListEntriesResponse *reply = (Pidc__V1__ListEntriesResponse *)message;

	(void)call;
	(void)err;
	reply->next_start = reply->n_entries > 0 ? reply->entries[reply->n_entries - 1]->index + 1
						 : reply->position->revision + 1;
	return 0;
}

/* Ask the storage once for the nodes of a plan, in the plan's order. */
static int nodes_read(const struct read_call *call, const struct merkle_plan *plan,
		      struct merkle_hash *hashes, struct pidc_error *err)
{
	Pidc__Store__V1__NodeRows ask = PIDC__STORE__V1__NODE_ROWS__INIT;
	Pidc__Store__V1__NodeRows got = PIDC__STORE__V1__NODE_ROWS__INIT;
	size_t found = 0;
	int rc;

	ask.nodes = arena_calloc(call->arena, plan->ref_count, sizeof(*ask.nodes));
	if (ask.nodes == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < plan->ref_count; i++) {
		Pidc__Store__V1__NodeRow *node = (Pidc__Store__V1__NodeRow *)message_new(
			&pidc__store__v1__node_row__descriptor, call->arena);

		if (node == NULL)
			return PIDC_ENOMEM;
		node->level = plan->refs[i].level;
		node->idx = plan->refs[i].idx;
		ask.nodes[ask.n_nodes++] = node;
	}
	rc = db_query_into(call->db, DB_NODE_FETCH, &ask.base, NULL, call->arena, &got.base, NULL,
			   NULL, err);
	for (size_t i = 0; rc == 0 && i < plan->ref_count; i++) {
		for (size_t j = 0; j < got.n_nodes; j++) {
			const Pidc__Store__V1__NodeRow *node = got.nodes[j];

			if (node->level != plan->refs[i].level || node->idx != plan->refs[i].idx ||
			    node->hash.len != SHA256_LEN)
				continue;
			memcpy(hashes[i].bytes, node->hash.data, SHA256_LEN);
			found++;
			break;
		}
	}
	if (rc == 0 && found != plan->ref_count)
		return pidc_fail(err, PIDC_EINTEGRITY, "nodes of the tree are missing");
	return rc;
}

static int plan_fold(const struct read_call *call, const struct merkle_plan *plan,
		     struct merkle_hash *ret, size_t *ret_count, struct pidc_error *err)
{
	struct merkle_hash *hashes = arena_calloc(call->arena, MERKLE_REFS_MAX, sizeof(*hashes));
	int rc = hashes == NULL ? PIDC_ENOMEM : nodes_read(call, plan, hashes, err);

	if (rc == 0)
		merkle_fold(plan, hashes, ret, ret_count);
	return rc;
}

static int root_read(const struct read_call *call, uint64_t size, ProtobufCBinaryData *ret,
		     struct pidc_error *err)
{
	struct merkle_plan plan;
	struct merkle_range empty = {0};
	struct merkle_hash root[MERKLE_PROOF_MAX];
	size_t count = 0;
	int rc = 0;

	merkle_root(&empty, &root[0]);
	if (size > 0) {
		merkle_plan_root(size, &plan);
		rc = plan_fold(call, &plan, root, &count, err);
	}
	return rc < 0 ? rc : hash_copy(&root[0], call->arena, ret);
}

static int hashes_copy(const struct merkle_hash *hashes, size_t count, struct arena *arena,
		       ProtobufCBinaryData **ret, size_t *ret_count)
{
	ProtobufCBinaryData *list = arena_calloc(arena, count, sizeof(*list));
	int rc = list == NULL ? PIDC_ENOMEM : 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = hash_copy(&hashes[i], arena, &list[i]);
	*ret = list;
	*ret_count = count;
	return rc;
}

static int range_refuse(const struct read_call *call, const char *field)
{
	return refuse(&call->job->refusal, PIDC__V1__REASON__REASON_E_FIELD, field,
		      "beyond the size of the ledger");
}

int query_inclusion(const struct read_call *call, ProtobufCMessage *message, struct pidc_error *err)
{
	const Pidc__V1__GetInclusionProofRequest *r =
		(const Pidc__V1__GetInclusionProofRequest *)call->job->request;
	Pidc__V1__GetInclusionProofResponse *reply = (Pidc__V1__GetInclusionProofResponse *)message;
	struct merkle_plan leaf = {.ref_count = 1, .group = {1}, .proof_count = 1};
	struct merkle_plan plan;
	struct merkle_hash proof[MERKLE_PROOF_MAX];
	struct merkle_hash leaf_hash;
	Pidc__Store__V1__Head *head = NULL;
	size_t count = 0;
	int rc = head_read(call->db, call->arena, &head, err);

	if (rc < 0)
		return rc;
	reply->index = r->index;
	reply->tree_size = r->tree_size == 0 ? head->size : r->tree_size;
	if (reply->tree_size > head->size)
		return range_refuse(call, "tree_size");
	if (merkle_plan_inclusion(r->index, reply->tree_size, &plan) < 0)
		return range_refuse(call, "index");
	leaf.refs[0].idx = r->index;
	rc = nodes_read(call, &leaf, &leaf_hash, err);
	if (rc == 0)
		rc = hash_copy(&leaf_hash, call->arena, &reply->leaf_hash);
	if (rc == 0)
		rc = plan_fold(call, &plan, proof, &count, err);
	if (rc == 0)
		rc = hashes_copy(proof, count, call->arena, &reply->hashes, &reply->n_hashes);
	return rc < 0 ? rc : root_read(call, reply->tree_size, &reply->root_hash, err);
}

int query_consistency(const struct read_call *call, ProtobufCMessage *message,
		      struct pidc_error *err)
{
	const Pidc__V1__GetConsistencyProofRequest *r =
		(const Pidc__V1__GetConsistencyProofRequest *)call->job->request;
	Pidc__V1__GetConsistencyProofResponse *reply =
		(Pidc__V1__GetConsistencyProofResponse *)message;
	struct merkle_plan plan;
	struct merkle_hash proof[MERKLE_PROOF_MAX];
	Pidc__Store__V1__Head *head = NULL;
	size_t count = 0;
	int rc = head_read(call->db, call->arena, &head, err);

	if (rc < 0)
		return rc;
	reply->from_size = r->from_size;
	reply->to_size = r->to_size == 0 ? head->size : r->to_size;
	if (reply->to_size > head->size)
		return range_refuse(call, "to_size");
	if (merkle_plan_consistency(r->from_size, reply->to_size, &plan) < 0)
		return range_refuse(call, "from_size");
	rc = plan_fold(call, &plan, proof, &count, err);
	if (rc == 0)
		rc = hashes_copy(proof, count, call->arena, &reply->hashes, &reply->n_hashes);
	if (rc == 0)
		rc = root_read(call, reply->from_size, &reply->from_root, err);
	return rc < 0 ? rc : root_read(call, reply->to_size, &reply->to_root, err);
}
