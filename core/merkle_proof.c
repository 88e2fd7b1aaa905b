/* SPDX-License-Identifier: ISC */
#include "core/merkle.h"

#include <string.h>

/* Leaves [start, start + size); start is a multiple of the smallest power of two
 * that is not below size. */
struct span {
	uint64_t start;
	uint64_t size;
};

/* The largest power of two below n (n > 1): where RFC 6962 splits. */
static uint64_t split_point(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/* One proof hash: the root over span, as its perfect subtrees, left to right. */
static void plan_add(struct merkle_plan *plan, struct span span)
{
	uint8_t count = 0;

	while (span.size != 0) {
		uint32_t level = 63 - (uint32_t)__builtin_clzll(span.size);

		plan->refs[plan->ref_count++] =
			(struct merkle_node_ref){level, span.start >> level};
		span.start += UINT64_C(1) << level;
		span.size -= UINT64_C(1) << level;
		count++;
	}
	plan->group[plan->proof_count++] = count;
}

/* Spans gathered from the root down; a proof lists them from the leaf up. */
static void plan_add_reversed(struct merkle_plan *plan, const struct span *spans, size_t count)
{
	while (count > 0)
		plan_add(plan, spans[--count]);
}

int merkle_plan_inclusion(uint64_t index, uint64_t size, struct merkle_plan *ret)
{
	struct span spans[MERKLE_LEVELS];
	struct span tree = {0, size};
	size_t count = 0;

	if (index >= size || size > MERKLE_SIZE_MAX)
		return PIDC_EINVAL;
	while (tree.size > 1) {
		uint64_t k = split_point(tree.size);
		struct span left = {tree.start, k};
		struct span right = {tree.start + k, tree.size - k};
		bool is_left = index < right.start;

		spans[count++] = is_left ? right : left;
		tree = is_left ? left : right;
	}
	*ret = (struct merkle_plan){0};
	plan_add_reversed(ret, spans, count);
	return 0;
}

int merkle_plan_consistency(uint64_t from, uint64_t to, struct merkle_plan *ret)
{
	struct span spans[MERKLE_LEVELS + 1];
	struct span tree = {0, to};
	size_t count = 0;

	if (from > to || to > MERKLE_SIZE_MAX)
		return PIDC_EINVAL;
	*ret = (struct merkle_plan){0};
	if (from == 0 || from == to)
		return 0;
	/* Down to the subtree that ends where the old tree ended. */
	while (tree.start + tree.size != from) {
		uint64_t k = split_point(tree.size);
		struct span left = {tree.start, k};
		struct span right = {tree.start + k, tree.size - k};
		bool is_left = from <= right.start;

		spans[count++] = is_left ? right : left;
		tree = is_left ? left : right;
	}
	/* The verifier knows that subtree's root only when it is the old tree. */
	if (tree.start != 0)
		spans[count++] = tree;
	plan_add_reversed(ret, spans, count);
	return 0;
}

void merkle_plan_root(uint64_t size, struct merkle_plan *ret)
{
	*ret = (struct merkle_plan){0};
	if (size != 0)
		plan_add(ret, (struct span){0, size});
}

void merkle_fold(const struct merkle_plan *plan, const struct merkle_hash *hashes,
		 struct merkle_hash *ret, size_t *ret_count)
{
	const struct merkle_hash *next = hashes;

	for (size_t i = 0; i < plan->proof_count; i++) {
		size_t last = plan->group[i];

		ret[i] = next[--last];
		while (last > 0)
			merkle_node_hash(&next[--last], &ret[i], &ret[i]);
		next += plan->group[i];
	}
	*ret_count = plan->proof_count;
}

static bool hash_is_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, SHA256_LEN) == 0;
}

/* Where a verifier stands between leaf and root: index of the node on its level,
 * and of the last node of that level. */
struct climb {
	uint64_t node;
	uint64_t last;
};

/* One level up, over the next proof hash. Whether that hash stands left. */
static bool climb_step(struct climb *climb)
{
	bool is_left = (climb->node & 1) || climb->node == climb->last;

	if (is_left && !(climb->node & 1))
		while (climb->node != 0 && !(climb->node & 1)) {
			climb->node >>= 1;
			climb->last >>= 1;
		}
	climb->node >>= 1;
	climb->last >>= 1;
	return is_left;
}

bool merkle_verify_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
			     const struct merkle_hash *proof, size_t proof_len,
			     const struct merkle_hash *root)
{
	struct merkle_hash hash = *leaf;
	struct climb climb = {index, size - 1};

	if (index >= size)
		return false;
	for (size_t i = 0; i < proof_len; i++) {
		if (climb.last == 0)
			return false;
		if (climb_step(&climb))
			merkle_node_hash(&proof[i], &hash, &hash);
		else
			merkle_node_hash(&hash, &proof[i], &hash);
	}
	return climb.last == 0 && hash_is_equal(&hash, root);
}

/* The general case: 0 < from < to, and first is the subtree both trees share. */
static bool consistency_climb(uint64_t from, uint64_t to, const struct merkle_hash *first,
			      const struct merkle_hash *proof, size_t proof_len,
			      const struct merkle_hash *from_root,
			      const struct merkle_hash *to_root)
{
	struct climb climb = {from - 1, to - 1};
	struct merkle_hash old = *first, new = *first;

	while (climb.node & 1) {
		climb.node >>= 1;
		climb.last >>= 1;
	}
	for (size_t i = 0; i < proof_len; i++) {
		if (climb.last == 0)
			return false;
		if (climb_step(&climb)) {
			merkle_node_hash(&proof[i], &old, &old);
			merkle_node_hash(&proof[i], &new, &new);
		} else {
			merkle_node_hash(&new, &proof[i], &new);
		}
	}
	return climb.last == 0 && hash_is_equal(&old, from_root) && hash_is_equal(&new, to_root);
}

bool merkle_verify_consistency(uint64_t from, uint64_t to, const struct merkle_hash *from_root,
			       const struct merkle_hash *to_root, const struct merkle_hash *proof,
			       size_t proof_len)
{
	if (from > to)
		return false;
	if (from == to)
		return proof_len == 0 && hash_is_equal(from_root, to_root);
	if (from == 0)
		return proof_len == 0;
	if (proof_len == 0)
		return false;
	if ((from & (from - 1)) == 0)
		return consistency_climb(from, to, from_root, proof, proof_len, from_root, to_root);
	return consistency_climb(from, to, proof, proof + 1, proof_len - 1, from_root, to_root);
}
