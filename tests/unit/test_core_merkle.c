/* SPDX-License-Identifier: ISC
 *
 * CTest labels: ledger
 */
#include "core/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LEAVES 70

/* The customary leaves and the roots over the first n of them. */
static const struct {
	const char *data;
	size_t len;
} leaves[8] = {
	{"", 0},
	{"\x00", 1},
	{"\x10", 1},
	{"\x20\x21", 2},
	{"\x30\x31", 2},
	{"\x40\x41\x42\x43", 4},
	{"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
	{"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16},
};

static const char *const roots[9] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

/* A tree with all nodes that a store would have, and the root at each size. */
static struct tree {
	struct merkle_range range;
	struct merkle_hash nodes[8][LEAVES];
	bool has_node[8][LEAVES];
	struct merkle_hash roots[LEAVES];
} tree;

static void on_node(void *user, uint32_t level, uint64_t idx, const struct merkle_hash *hash)
{
	struct tree *t = user;

	assert_true(level >= 1 && level < 8 && idx < LEAVES);
	assert_false(t->has_node[level][idx]);
	t->nodes[level][idx] = *hash;
	t->has_node[level][idx] = true;
}

static int setup(void **state)
{
	(void)state;
	merkle_root(&tree.range, &tree.roots[0]);
	for (size_t i = 0; i + 1 < LEAVES; i++) {
		uint8_t data = (uint8_t)i;

		merkle_leaf_hash(&data, 1, &tree.nodes[0][i]);
		tree.has_node[0][i] = true;
		assert_int_equal(merkle_append(&tree.range, &tree.nodes[0][i], on_node, &tree), 0);
		merkle_root(&tree.range, &tree.roots[i + 1]);
	}
	return 0;
}

/* Root by the definition in RFC 6962, over leaf hashes. */
static void naive_root(size_t start, size_t n, struct merkle_hash *ret)
{
	struct merkle_hash left, right;
	size_t k = 1;

	if (n == 1) {
		*ret = tree.nodes[0][start];
		return;
	}
	while (k * 2 < n)
		k *= 2;
	naive_root(start, k, &left);
	naive_root(start + k, n - k, &right);
	merkle_node_hash(&left, &right, ret);
}

static void expect_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	assert_memory_equal(a->bytes, b->bytes, SHA256_LEN);
}

static void rfc6962_vectors(void **state)
{
	struct merkle_range range = {0};

	(void)state;
	for (size_t n = 0; n <= 8; n++) {
		struct merkle_hash root, leaf;
		char hex[65];

		merkle_root(&range, &root);
		for (size_t i = 0; i < SHA256_LEN; i++)
			snprintf(hex + 2 * i, 3, "%02x", root.bytes[i]);
		assert_string_equal(hex, roots[n]);
		if (n == 8)
			break;
		merkle_leaf_hash(leaves[n].data, leaves[n].len, &leaf);
		assert_int_equal(merkle_append(&range, &leaf, NULL, NULL), 0);
	}
}

static void roots_are_those_of_the_definition(void **state)
{
	(void)state;
	for (size_t n = 1; n < LEAVES; n++) {
		struct merkle_hash root;

		naive_root(0, n, &root);
		expect_equal(&root, &tree.roots[n]);
	}
}

/* A node is announced when its subtree is perfect, and is the subtree's root. */
static void nodes_are_announced_once(void **state)
{
	(void)state;
	for (uint32_t level = 1; level < 8; level++)
		for (size_t idx = 0; idx < LEAVES; idx++) {
			bool is_perfect = (idx + 1) << level <= LEAVES - 1;
			struct merkle_hash root;

			assert_int_equal(tree.has_node[level][idx], is_perfect);
			if (!is_perfect)
				continue;
			naive_root(idx << level, (size_t)1 << level, &root);
			expect_equal(&root, &tree.nodes[level][idx]);
		}
}

/* What storage would do: fetch the refs, fold them. Only perfect subtrees of a
 * tree of that size may be asked for. */
static size_t fold(const struct merkle_plan *plan, uint64_t size, struct merkle_hash *ret)
{
	struct merkle_hash hashes[MERKLE_REFS_MAX];
	size_t count = 0;

	assert_true(plan->ref_count <= MERKLE_REFS_MAX);
	for (size_t i = 0; i < plan->ref_count; i++) {
		uint32_t level = plan->refs[i].level;
		uint64_t idx = plan->refs[i].idx;

		assert_true(level < 8 && (idx + 1) << level <= size);
		assert_true(tree.has_node[level][idx]);
		hashes[i] = tree.nodes[level][idx];
	}
	merkle_fold(plan, hashes, ret, &count);
	return count;
}

static void plan_root_gives_each_root(void **state)
{
	(void)state;
	for (size_t n = 0; n < LEAVES; n++) {
		struct merkle_hash proof[MERKLE_PROOF_MAX];
		struct merkle_plan plan;

		merkle_plan_root(n, &plan);
		assert_int_equal(fold(&plan, n, proof), n == 0 ? 0 : 1);
		if (n != 0)
			expect_equal(&proof[0], &tree.roots[n]);
	}
}

/* Each way to spoil an inclusion proof. */
static void expect_inclusion_mutations_fail(uint64_t i, uint64_t n, struct merkle_hash *proof,
					    size_t len)
{
	const struct merkle_hash *leaf = &tree.nodes[0][i], *root = &tree.roots[n];
	struct merkle_hash longer[MERKLE_PROOF_MAX + 1];

	assert_false(merkle_verify_inclusion(i, n, &tree.roots[0], proof, len, root));
	assert_false(merkle_verify_inclusion(i, n, leaf, proof, len, &tree.roots[0]));
	assert_false(merkle_verify_inclusion(n, n, leaf, proof, len, root));
	if (len > 0) {
		assert_false(merkle_verify_inclusion(i, n, leaf, proof, len - 1, root));
		assert_false(merkle_verify_inclusion(i, n, leaf, proof + 1, len - 1, root));
		assert_false(merkle_verify_inclusion(i ^ 1, n, leaf, proof, len, root));
		assert_false(merkle_verify_inclusion(i, n, leaf, NULL, 0, root));
	}
	memcpy(longer, proof, len * sizeof(*proof));
	longer[len] = tree.roots[0];
	assert_false(merkle_verify_inclusion(i, n, leaf, longer, len + 1, root));
	longer[0] = tree.roots[0];
	memcpy(longer + 1, proof, len * sizeof(*proof));
	assert_false(merkle_verify_inclusion(i, n, leaf, longer, len + 1, root));
	for (size_t k = 0; k < len; k++) {
		proof[k].bytes[(i + k) % SHA256_LEN] ^= 0x10;
		assert_false(merkle_verify_inclusion(i, n, leaf, proof, len, root));
		proof[k].bytes[(i + k) % SHA256_LEN] ^= 0x10;
	}
}

static void inclusion_for_all_up_to_69(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < LEAVES; n++)
		for (uint64_t i = 0; i < n; i++) {
			struct merkle_hash proof[MERKLE_PROOF_MAX];
			struct merkle_plan plan;
			size_t len;

			assert_int_equal(merkle_plan_inclusion(i, n, &plan), 0);
			len = fold(&plan, n, proof);
			assert_true(merkle_verify_inclusion(i, n, &tree.nodes[0][i], proof, len,
							    &tree.roots[n]));
			expect_inclusion_mutations_fail(i, n, proof, len);
		}
}

static void expect_consistency_mutations_fail(uint64_t m, uint64_t n, struct merkle_hash *proof,
					      size_t len)
{
	const struct merkle_hash *a = &tree.roots[m], *b = &tree.roots[n];
	struct merkle_hash longer[MERKLE_PROOF_MAX + 1];

	assert_false(merkle_verify_consistency(m, n, b, a, proof, len));
	assert_false(merkle_verify_consistency(m, n, &tree.roots[0], b, proof, len));
	assert_false(merkle_verify_consistency(m, n, a, &tree.roots[0], proof, len));
	assert_false(merkle_verify_consistency(n, m, b, a, proof, len));
	assert_false(merkle_verify_consistency(m, n, a, b, proof, len - 1));
	assert_false(merkle_verify_consistency(m, n, a, b, NULL, 0));
	memcpy(longer, proof, len * sizeof(*proof));
	longer[len] = tree.roots[0];
	assert_false(merkle_verify_consistency(m, n, a, b, longer, len + 1));
	longer[0] = *a;
	memcpy(longer + 1, proof, len * sizeof(*proof));
	assert_false(merkle_verify_consistency(m, n, a, b, longer, len + 1));
	for (size_t k = 0; k < len; k++) {
		proof[k].bytes[(m + k) % SHA256_LEN] ^= 0x01;
		assert_false(merkle_verify_consistency(m, n, a, b, proof, len));
		proof[k].bytes[(m + k) % SHA256_LEN] ^= 0x01;
	}
}

static void consistency_for_all_up_to_69(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < LEAVES; n++)
		for (uint64_t m = 0; m <= n; m++) {
			struct merkle_hash proof[MERKLE_PROOF_MAX];
			struct merkle_plan plan;
			size_t len;

			assert_int_equal(merkle_plan_consistency(m, n, &plan), 0);
			len = fold(&plan, n, proof);
			assert_int_equal(len == 0, m == 0 || m == n);
			assert_true(merkle_verify_consistency(m, n, &tree.roots[m], &tree.roots[n],
							      proof, len));
			if (len != 0)
				expect_consistency_mutations_fail(m, n, proof, len);
		}
}

static void consistency_edges(void **state)
{
	const struct merkle_hash *empty = &tree.roots[0], *five = &tree.roots[5];

	(void)state;
	assert_true(merkle_verify_consistency(0, 5, empty, five, NULL, 0));
	assert_false(merkle_verify_consistency(0, 5, empty, five, five, 1));
	assert_false(merkle_verify_consistency(5, 5, five, five, five, 1));
	assert_false(merkle_verify_consistency(5, 5, five, empty, NULL, 0));
	assert_false(merkle_verify_inclusion(0, 0, empty, NULL, 0, empty));
}

static void plans_refuse(void **state)
{
	struct merkle_plan plan;

	(void)state;
	assert_int_equal(merkle_plan_inclusion(0, 0, &plan), PIDC_EINVAL);
	assert_int_equal(merkle_plan_inclusion(7, 7, &plan), PIDC_EINVAL);
	assert_int_equal(merkle_plan_consistency(8, 7, &plan), PIDC_EINVAL);
	assert_int_equal(merkle_plan_inclusion(0, MERKLE_SIZE_MAX + 1, &plan), PIDC_EINVAL);
	assert_int_equal(merkle_plan_consistency(1, UINT64_MAX, &plan), PIDC_EINVAL);
}

/* Sizes near the end of the numbers: plans stay within their room. */
static void plans_of_huge_trees_fit(void **state)
{
	static const uint64_t sizes[] = {MERKLE_SIZE_MAX, MERKLE_SIZE_MAX - 1,
					 UINT64_C(0x7555555555555555),
					 UINT64_C(0x2AAAAAAAAAAAAAAA)};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t k = 0; k < 64; k++) {
			struct merkle_plan plan;
			uint64_t at = (sizes[i] - 1) >> k;

			assert_int_equal(merkle_plan_inclusion(at, sizes[i], &plan), 0);
			assert_true(plan.ref_count < 130 && plan.proof_count <= 64);
			assert_int_equal(merkle_plan_consistency(at, sizes[i], &plan), 0);
			assert_true(plan.ref_count < 130 && plan.proof_count <= 64);
			merkle_plan_root(sizes[i], &plan);
			assert_int_equal(plan.ref_count, __builtin_popcountll(sizes[i]));
		}
}

static void append_stops_before_overflow(void **state)
{
	struct merkle_range range = {.size = UINT64_C(1) << 63};

	(void)state;
	assert_int_equal(merkle_append(&range, &tree.roots[1], NULL, NULL), PIDC_ELIMIT);
	assert_int_equal(range.size, UINT64_C(1) << 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc6962_vectors),
		cmocka_unit_test(roots_are_those_of_the_definition),
		cmocka_unit_test(nodes_are_announced_once),
		cmocka_unit_test(plan_root_gives_each_root),
		cmocka_unit_test(inclusion_for_all_up_to_69),
		cmocka_unit_test(consistency_for_all_up_to_69),
		cmocka_unit_test(consistency_edges),
		cmocka_unit_test(plans_refuse),
		cmocka_unit_test(plans_of_huge_trees_fit),
		cmocka_unit_test(append_stops_before_overflow),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
