/* SPDX-License-Identifier: ISC */
#include "core/delivery.h"

#include <assert.h>
#include <string.h>

/* With its NUL. */
static const char prefix[] = "pidc/delivery/v1";

int delivery_begin(struct delivery *delivery, size_t items, size_t columns, struct arena *arena)
{
	/* Both are bounded far below: 256 items, 200 columns. */
	delivery->room = 1 + items * (1 + columns);
	delivery->count = 0;
	delivery->pieces = arena_calloc(arena, delivery->room, sizeof(*delivery->pieces));
	if (delivery->pieces == NULL)
		return PIDC_ENOMEM;
	delivery->pieces[delivery->count++] = (struct bytes){prefix, sizeof(prefix)};
	return 0;
}

static void piece_add(struct delivery *delivery, const void *data, size_t len)
{
	assert(delivery->count < delivery->room);
	delivery->pieces[delivery->count++] = (struct bytes){data, len};
}

void delivery_add_item(struct delivery *delivery, const char *contribution_id)
{
	piece_add(delivery, contribution_id, strlen(contribution_id));
}

void delivery_add_column(struct delivery *delivery, const uint8_t *digest)
{
	piece_add(delivery, digest, SHA256_LEN);
}

void delivery_finish(const struct delivery *delivery, uint8_t ret[SHA256_LEN])
{
	sha256(delivery->pieces, delivery->count, ret);
}
