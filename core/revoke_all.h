/* SPDX-License-Identifier: ISC
 *
 * Ending many grants at once: what the owner was shown is what it signs, and what it
 * signs is all that is selected still (PRI-9d).
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "pidc/store/v1/store.pb-c.h"

/* Digest of a preview: of the selected chains in their order. 0 or PIDC_ENOMEM. */
int revoke_all_digest(Pidc__Store__V1__SelectedChain *const *chains, size_t n, struct arena *arena,
		      uint8_t ret[SHA256_LEN]) PIDC_MUSTCHECK;
