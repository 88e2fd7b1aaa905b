/* SPDX-License-Identifier: ISC
 *
 * Transaction time: what the register knew of data at an earlier instant. Tables hold
 * the present; the past is folded from the ledger's own entries.
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"
#include "pidc/store/v1/store.pb-c.h"

/* Put classification and status of the subjects back to what the entries say: all of
 * their own up to the instant, in the order of the ledger, and the corrections of them by
 * then. A subject with none of its own stays as it is. 0, PIDC_EINTEGRITY when a payload is
 * no event. */
int subjects_fold(Pidc__Store__V1__Subject *const *subjects, size_t subject_count,
		  Pidc__Store__V1__EntryRow *const *entries, size_t entry_count,
		  struct arena *arena, struct pidc_error *err) PIDC_MUSTCHECK;
