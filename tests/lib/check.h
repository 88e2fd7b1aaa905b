/* SPDX-License-Identifier: ISC
 *
 * What many tests expect of a call.
 */
#pragma once

#include "core/error.h"

/* The call went well; else the test fails with what err says. */
void assert_good(int rc, const struct pidc_error *err);
