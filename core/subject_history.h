/* SPDX-License-Identifier: ISC
 *
 * Transaction time: what the register knew of data at an earlier instant. Tables hold
 * the present; the past is folded from the ledger's own entries.
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"
#include "pidc/store/v1/store.pb-c.h"

/* Put classification and status of the subject back to what the entries say: all of its
 * own up to the instant, in their order, and the corrections of it by then. Entries of
 * other subjects are skipped; with none of its own it stays as it is. 0, PIDC_ENOMEM,
 * PIDC_EINTEGRITY when a payload is no event. */
int subject_fold(Pidc__Store__V1__Subject *subject, Pidc__Store__V1__EntryRow *const *entries,
		 size_t n, struct arena *arena, struct pidc_error *err) PIDC_MUSTCHECK;
