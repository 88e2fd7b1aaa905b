/* SPDX-License-Identifier: ISC
 *
 * From an event to the bytes of its ledger entry, and the checks back.
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"
#include "core/merkle.h"
#include "pidc/store/v1/store.pb-c.h"
#include "pidc/v1/event.pb-c.h"

#define LEAF_SALT_LEN 32

/* What the ledger knows besides the event when it appends. */
struct leaf_input {
	uint64_t index;
	int64_t tx_time_us;
	uint8_t salt[LEAF_SALT_LEN];
	uint64_t prev_entity_leaf; /* index + 1, 0 for none */
	/* One per organisation of event->concerns, same order. */
	const Pidc__V1__Concern *const *concerns;
	size_t concern_count;
	uint8_t policy_digest[SHA256_LEN];
};

/* SHA-256("pidc/payload/v1" || 0x00 || salt || payload). */
void leaf_payload_commit(const uint8_t salt[LEAF_SALT_LEN], const void *payload, size_t len,
			 uint8_t ret[SHA256_LEN]);

/* HMAC-SHA-256(key, "pidc/tag" || origin). */
void leaf_member_tag(const uint8_t *key, size_t key_len, const char *origin,
		     uint8_t ret[SHA256_LEN]);

/* Pack the event and its leaf; fills row (index, tx_time, entry_type, entity,
 * leaf, leaf_hash, salt, payload, concerns) with memory of the arena. 0 or PIDC_ENOMEM. */
int leaf_make(const Pidc__V1__Event *event, const struct leaf_input *in, struct arena *arena,
	      Pidc__Store__V1__EntryRow *row, struct merkle_hash *ret_hash) PIDC_MUSTCHECK;

/* Check a stored entry: leaf hash, payload commitment, leaf against row and event.
 * PIDC_EINTEGRITY says what does not fit. *ret_event is in the arena. */
int leaf_check(const Pidc__Store__V1__EntryRow *row, struct arena *arena,
	       Pidc__V1__Event **ret_event, struct pidc_error *err) PIDC_MUSTCHECK;

/* Whether the event changes records besides its own entity's. Apply statements work on
 * sets, so a replay applies such an event by itself. */
bool leaf_event_is_wide(const Pidc__Store__V1__ApplyEvent *apply);

/* The event (and what derives from it) as apply statements want it; index and
 * tx_time from the entry. 0, PIDC_ENOMEM, PIDC_EINTEGRITY when a signed statement inside
 * does not parse. */
int leaf_apply_event(const Pidc__V1__Event *event, uint64_t index, int64_t tx_time_us,
		     struct arena *arena, Pidc__Store__V1__ApplyEvent **ret,
		     struct pidc_error *err) PIDC_MUSTCHECK;
