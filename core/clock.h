/* SPDX-License-Identifier: ISC
 *
 * Leaps of a wall clock, seen against a steady one. Time of the register never goes
 * back (its last entry holds it), so only a leap ahead is dangerous: it would end
 * grants before their time, and nothing could undo that.
 */
#pragma once

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Zeroed at first. How far the wall clock was ahead of the steady one when they
 * last agreed; a step back does not move it, so that the way forth again is no leap. */
struct clock_guard {
	bool is_set;
	int64_t ahead_us;
};

/* 0, or PIDC_EUNAVAILABLE when the wall clock has leapt ahead by more than max_step_us;
 * that stays so until it is back, or the guard is new. */
int clock_check(struct clock_guard *guard, int64_t wall_us, int64_t steady_us, int64_t max_step_us,
		struct pidc_error *err) PIDC_MUSTCHECK;
