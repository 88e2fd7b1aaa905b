/* SPDX-License-Identifier: ISC */
#include "tests/lib/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void assert_good(int rc, const struct pidc_error *err)
{
	if (rc < 0)
		fail_msg("%d: %s", rc, err->msg);
}
