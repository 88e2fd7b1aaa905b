/* SPDX-License-Identifier: ISC
 *
 * What the leaves of a batch need of the past: the last entry of each entity, and where
 * the chains of the organisations concerned are. Of one batch, under the head's lock.
 */
#pragma once

#include "daemon/service/internal.h"

struct past_chain {
	Pidc__Store__V1__ChainRow *row; /* brought on by who appends */
	uint8_t tag[SHA256_LEN];        /* of this ledger */
	bool is_used;
};

struct past {
	Pidc__Store__V1__EntityRows *entities;
	Pidc__Store__V1__ChainRows *rows;
	struct past_chain *chains;
	size_t chain_count;
};

/* The chains of those who call, while nothing has been sent ahead that would be waited for:
 * most of what they do concerns themselves. */
int past_begin(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
	       Pidc__Store__V1__ChainRows **ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* For calls that all have an event. past->rows is what past_begin gave; chains that are
 * missing are made. Memory of the arena; borrows from the events. */
int past_load(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
	      struct past *past, struct pidc_error *err) PIDC_MUSTCHECK;

/* Index + 1 of the previous entry of the entity of calls[at]: the latest of this batch, else
 * of the register; 0 for none. */
uint64_t past_leaf(const struct past *past, struct command_call *const *calls, size_t at);

/* NULL: not among those concerned. */
struct past_chain *past_chain(const struct past *past, const char *org);
