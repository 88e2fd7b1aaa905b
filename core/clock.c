/* SPDX-License-Identifier: ISC */
#include "core/clock.h"

int clock_check(struct clock_guard *guard, int64_t wall_us, int64_t steady_us, int64_t max_step_us,
		struct pidc_error *err)
{
	int64_t ahead = wall_us - steady_us;
	int64_t leap = guard->is_set ? ahead - guard->ahead_us : 0;

	if (leap > max_step_us)
		return pidc_fail(err, PIDC_EUNAVAILABLE,
				 "the clock leapt ahead by %lld s: set it right, or restart if it "
				 "is right",
				 (long long)(leap / 1000000));
	/* What drifts is followed. */
	if (leap >= -max_step_us)
		guard->ahead_us = ahead;
	guard->is_set = true;
	return 0;
}
