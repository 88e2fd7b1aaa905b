/* SPDX-License-Identifier: ISC
 *
 * The Merkle tree of RFC 6962: appending with a compact range, proofs and their
 * verification. Knows no storage: stored nodes are asked for by callback.
 *
 * A *node* (level, idx) is the root of the perfect subtree over the leaves
 * [idx << level, (idx + 1) << level). Level 0 is a leaf hash.
 */
#pragma once

#include "core/crypto.h"
#include "core/error.h"

#include <stdbool.h>

#define MERKLE_LEVELS    64 /* a size is a uint64 */
#define MERKLE_PROOF_MAX 64 /* a consistency proof has at most 63 hashes, inclusion 63 */

struct merkle_hash {
	uint8_t bytes[SHA256_LEN];
};

/* The right edge of a tree: for each set bit of size, the root of the perfect
 * subtree at that level. Plain value; zero is the empty tree. */
struct merkle_range {
	uint64_t size;
	struct merkle_hash frontier[MERKLE_LEVELS];
};

void merkle_leaf_hash(const void *data, size_t len, struct merkle_hash *ret);
void merkle_node_hash(const struct merkle_hash *left, const struct merkle_hash *right,
		      struct merkle_hash *ret);

/* Called by merkle_append for every subtree that became perfect, level 1 and up. */
typedef void merkle_node_cb(void *user, uint32_t level, uint64_t idx,
			    const struct merkle_hash *hash);

/* Append one leaf hash. on_node may be NULL. PIDC_ELIMIT at 2^63 leaves. */
int merkle_append(struct merkle_range *range, const struct merkle_hash *leaf,
		  merkle_node_cb *on_node, void *user) PIDC_MUSTCHECK;

/* Root of the range; SHA-256("") for the empty tree. */
void merkle_root(const struct merkle_range *range, struct merkle_hash *ret);

/* One stored node that a proof needs. */
struct merkle_node_ref {
	uint32_t level;
	uint64_t idx;
};

/* A proof in two steps, so that storage is asked once: first list the nodes that
 * are needed (at most MERKLE_LEVELS * MERKLE_LEVELS / 2, in practice < 130),
 * then fold them. ret_refs has room for MERKLE_REFS_MAX. */
#define MERKLE_REFS_MAX 192

struct merkle_plan {
	struct merkle_node_ref refs[MERKLE_REFS_MAX];
	size_t ref_count;
	/* How the refs fold into proof hashes: proof i is made of the next
	 * group[i] refs, folded from low (right) to high (left). */
	uint8_t group[MERKLE_PROOF_MAX];
	size_t proof_count;
};

/* The most leaves a tree can have; proofs of larger ones would not fit. */
#define MERKLE_SIZE_MAX (UINT64_C(1) << 63)

/* PIDC_EINVAL when index >= size, from > to, or over MERKLE_SIZE_MAX. Nodes of subtrees that are
 * perfect within `size` exist in storage; nothing else is asked for. */
int merkle_plan_inclusion(uint64_t index, uint64_t size, struct merkle_plan *ret) PIDC_MUSTCHECK;
int merkle_plan_consistency(uint64_t from, uint64_t to, struct merkle_plan *ret) PIDC_MUSTCHECK;

/* Refs of the frontier of a tree of that size, highest level first: folding
 * them gives its root (group has one entry). size 0 gives no refs. */
void merkle_plan_root(uint64_t size, struct merkle_plan *ret);

/* Fold: hashes[i] is the hash of refs[i]. ret has room for MERKLE_PROOF_MAX. */
void merkle_fold(const struct merkle_plan *plan, const struct merkle_hash *hashes,
		 struct merkle_hash *ret, size_t *ret_count);

/* RFC 9162 2.1.3.2 and 2.1.4.2. True when the proof holds. */
bool merkle_verify_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
			     const struct merkle_hash *proof, size_t proof_len,
			     const struct merkle_hash *root);
bool merkle_verify_consistency(uint64_t from, uint64_t to, const struct merkle_hash *from_root,
			       const struct merkle_hash *to_root, const struct merkle_hash *proof,
			       size_t proof_len);
