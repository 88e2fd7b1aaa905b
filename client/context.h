/* SPDX-License-Identifier: ISC
 *
 * Named settings: sections [context "NAME"] of $XDG_CONFIG_HOME/pidc/config.ini, or
 * ~/.config/pidc/config.ini. Everything read lives in the arena.
 */
#pragma once

#include "core/arena.h"

#include <stdbool.h>

#define CONTEXT_MAX 64 /* registers that one person works with */

enum setting {
	SETTING_SERVER,
	SETTING_CA,
	SETTING_CERT,
	SETTING_KEY,
	SETTING_CAPACITY,
	SETTING_COUNT,
};

struct context {
	const char *name;
	const char *values[SETTING_COUNT]; /* NULL: not set; files as absolute paths */
	bool is_production;
};

struct contexts {
	const char *path;           /* of the file, there or not */
	const char *chosen_by_file; /* context of the section [pidcctl], or NULL */
	size_t count;
	struct context list[CONTEXT_MAX];
};

/* Name of the flag and of the key in the file, and of the variable. */
extern const char *const setting_names[SETTING_COUNT];
extern const char *const setting_variables[SETTING_COUNT];

/* A file that is not there is an empty one. PIDC_EINVAL with FILE:LINE. */
int contexts_load(struct arena *arena, struct contexts *ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* NULL: no such context. */
const struct context *contexts_find(const struct contexts *contexts, const char *name);
