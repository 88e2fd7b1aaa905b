/* SPDX-License-Identifier: ISC
 *
 * Ending many grants at once: what the owner was shown is what it signs, and what it
 * signs is all that is selected still (PRI-9d).
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"
#include "pidc/v1/consent.pb-c.h"

/* The steps that would end the selected consents, one each, in their order. *ret has n,
 * in the arena. 0 or PIDC_ENOMEM. */
int revoke_all_steps(Pidc__V1__Consent *const *consents, size_t n, struct arena *arena,
		     Pidc__V1__ChainStep ***ret) PIDC_MUSTCHECK;

/* Digest of a preview: of the chains with the versions that would end them, in their
 * order. 0 or PIDC_ENOMEM. */
int revoke_all_digest(Pidc__V1__ChainStep *const *chains, size_t n, struct arena *arena,
		      uint8_t ret[SHA256_LEN]) PIDC_MUSTCHECK;
