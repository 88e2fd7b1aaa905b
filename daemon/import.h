/* SPDX-License-Identifier: ISC
 *
 * pidcd --import: requests from JSON-lines files, as first set-up.
 */
#pragma once

#include "daemon/config.h"

/* Carry out every line of every file; a line on standard output for each file.
 * Stops at the first line that is refused: err has FILE:LINE and why. */
int import_files(const struct config *config, char *const *files, size_t n,
		 struct pidc_error *err) PIDC_MUSTCHECK;
