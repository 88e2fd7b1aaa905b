/* SPDX-License-Identifier: ISC */
#include "core/merkle.h"

void merkle_leaf_hash(const void *data, size_t len, struct merkle_hash *ret)
{
	static const uint8_t prefix = 0x00;
	const struct bytes pieces[] = {{&prefix, 1}, {data, len}};

	sha256(pieces, 2, ret->bytes);
}

void merkle_node_hash(const struct merkle_hash *left, const struct merkle_hash *right,
		      struct merkle_hash *ret)
{
	static const uint8_t prefix = 0x01;
	const struct bytes pieces[] = {
		{&prefix, 1}, {left->bytes, SHA256_LEN}, {right->bytes, SHA256_LEN}};

	sha256(pieces, 3, ret->bytes);
}

int merkle_append(struct merkle_range *range, const struct merkle_hash *leaf,
		  merkle_node_cb *on_node, void *user)
{
	struct merkle_hash hash = *leaf;
	uint32_t level = 0;

	if (range->size >= MERKLE_SIZE_MAX)
		return PIDC_ELIMIT;
	for (; range->size >> level & 1; level++) {
		merkle_node_hash(&range->frontier[level], &hash, &hash);
		if (on_node != NULL)
			on_node(user, level + 1, range->size >> (level + 1), &hash);
	}
	range->frontier[level] = hash;
	range->size++;
	return 0;
}

void merkle_root(const struct merkle_range *range, struct merkle_hash *ret)
{
	bool is_first = true;

	if (range->size == 0)
		sha256(NULL, 0, ret->bytes);
	for (uint32_t level = 0; level < MERKLE_LEVELS; level++) {
		if (!(range->size >> level & 1))
			continue;
		if (is_first)
			*ret = range->frontier[level];
		else
			merkle_node_hash(&range->frontier[level], ret, ret);
		is_first = false;
	}
}
