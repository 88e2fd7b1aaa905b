/* SPDX-License-Identifier: ISC
 *
 * The rows behind reason_lookup, for reason.c and the test that they are complete.
 */
#pragma once

#include "core/reason.h"

extern const struct reason_info reason_table[];
extern const size_t reason_count;
