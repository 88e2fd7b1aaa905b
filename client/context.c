/* SPDX-License-Identifier: ISC */
#include "client/context.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const setting_names[SETTING_COUNT] = {"server", "ca", "cert", "key", "capacity"};
const char *const setting_variables[SETTING_COUNT] = {"PIDC_SERVER", "PIDC_CA", "PIDC_CERT",
						      "PIDC_KEY", "PIDC_CAPACITY"};

struct reader {
	struct arena *arena;
	struct contexts *contexts;
	const char *folder; /* paths in the file start from here */
	char why[128];
};

/* Of [context "NAME"]: a new one where the name is. NULL: no such section. */
static struct context *section_context(struct reader *reader, const char *section)
{
	static const char head[] = "context \"";
	struct contexts *contexts = reader->contexts;
	size_t len = strlen(section);
	if (strncmp(section, head, sizeof(head) - 1) != 0 || len <= sizeof(head) ||
	    section[len - 1] != '"')
		return NULL;
	char *name = arena_strndup(reader->arena, section + sizeof(head) - 1, len - sizeof(head));
	for (size_t i = 0; name && i < contexts->count; i++)
		if (strcmp(contexts->list[i].name, name) == 0)
			return &contexts->list[i];
	if (!name || contexts->count == CONTEXT_MAX)
		return NULL;
	contexts->list[contexts->count].name = name;
	return &contexts->list[contexts->count++];
}

/* "~/x" and "x" become absolute. */
static const char *file_path(struct reader *reader, const char *value)
{
	const char *home = getenv("HOME");
	if (*value == '/')
		return arena_strdup(reader->arena, value);
	if (home && strncmp(value, "~/", 2) == 0)
		return arena_printf(reader->arena, "%s%s", home, value + 1);
	return arena_printf(reader->arena, "%s/%s", reader->folder, value);
}

static int refuse_line(struct reader *reader, const char *why)
{
	(void)snprintf(reader->why, sizeof(reader->why), "%s", why);
	return 0;
}

/* inih's contract: 0 says that the line is wrong. */
static int on_line(void *user, const char *section, const char *key, const char *value)
{
	struct reader *reader = user;
	if (strcmp(section, "pidcctl") == 0 && strcmp(key, "context") == 0) {
		reader->contexts->chosen_by_file = arena_strdup(reader->arena, value);
		return reader->contexts->chosen_by_file != NULL;
	}
	struct context *context = section_context(reader, section);
	if (!context)
		return refuse_line(reader, "not [pidcctl] or [context \"NAME\"], or too many");
	if (strcmp(key, "production") == 0) {
		context->is_production = strcmp(value, "yes") == 0;
		return context->is_production || strcmp(value, "no") == 0 ||
		       refuse_line(reader, "production is yes or no");
	}
	for (int i = 0; i < SETTING_COUNT; i++) {
		bool is_file = i == SETTING_CA || i == SETTING_CERT || i == SETTING_KEY;
		if (strcmp(key, setting_names[i]) != 0)
			continue;
		context->values[i] =
			is_file ? file_path(reader, value) : arena_strdup(reader->arena, value);
		return context->values[i] != NULL;
	}
	return refuse_line(reader, "no such key");
}

int contexts_load(struct arena *arena, struct contexts *ret, struct pidc_error *err)
{
	struct reader reader = {.arena = arena, .contexts = ret};
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	memset(ret, 0, sizeof(*ret));
	if (base && *base == '/')
		reader.folder = arena_printf(arena, "%s/pidc", base);
	else
		reader.folder = arena_printf(arena, "%s/.config/pidc", home ? home : "");
	if (reader.folder)
		ret->path = arena_printf(arena, "%s/config.ini", reader.folder);
	if (!ret->path)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for the settings");
	int rc = ini_parse(ret->path, on_line, &reader);
	if (rc > 0)
		return pidc_fail(err, PIDC_EINVAL, "%.120s:%d: %s", ret->path, rc,
				 *reader.why ? reader.why : "not KEY = VALUE");
	return 0;
}

const struct context *contexts_find(const struct contexts *contexts, const char *name)
{
	for (size_t i = 0; i < contexts->count; i++)
		if (strcmp(contexts->list[i].name, name) == 0)
			return &contexts->list[i];
	return NULL;
}
