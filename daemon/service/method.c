/* SPDX-License-Identifier: ISC
 *
 * The method table: path -> lane, roles, what it does. To add an RPC, add a row.
 */
#include "daemon/service/check_cache.h"
#include "daemon/service/internal.h"
#include "daemon/service/method_table.h"

#include <string.h>

#define CHECK_BYTES_USUAL ((size_t)64 << 20)

static struct service_info config;
const struct service_info *const service_config = &config;

struct check_cache *service_checks;

void service_init(const struct service_info *info)
{
	config = *info;
	check_cache_free(service_checks);
	service_checks =
		check_cache_new(info->check_bytes == 0 ? CHECK_BYTES_USUAL : info->check_bytes);
}

static const struct method_table *const tables[] = {
	&identity_method_table,   &member_method_table, &admin_method_table,
	&partner_method_table,    &data_method_table,   &consent_method_table,
	&disclosure_method_table, &board_method_table,  &policy_method_table,
	&mou_method_table,        &ledger_method_table,
};

#define TABLE_COUNT (sizeof(tables) / sizeof(tables[0]))

const struct service_method *service_method_find(const char *path)
{
	for (size_t t = 0; t < TABLE_COUNT; t++) {
		const struct method_table *table = tables[t];

		if (strncmp(path, table->prefix, table->prefix_size) != 0)
			continue;
		for (size_t i = 0; i < table->count; i++) {
			if (strcmp(table->rows[i].path, path) == 0)
				return &table->rows[i];
		}
	}
	return NULL;
}

const struct service_method *service_method_at(size_t i)
{
	for (size_t t = 0; t < TABLE_COUNT; t++) {
		if (i < tables[t]->count)
			return &tables[t]->rows[i];
		i -= tables[t]->count;
	}
	return NULL;
}
