/* SPDX-License-Identifier: ISC */
#include "client/names.h"

#include "pidc/v1/admin.pb-c.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/event.pb-c.h"
#include "pidc/v1/identity.pb-c.h"

#include <string.h>

#define PAGE_SIZE 500 /* the most that the register gives at once */
#define PAGES_MAX 20  /* of organisations or codes: ten times what there is */

int names_init(struct names *names, struct ctl *ctl)
{
	const char *language = invocation_flag(ctl->in, "language", 0);
	*names = (struct names){.ctl = ctl, .table = json_object()};
	if (language && strcmp(language, "fr") == 0)
		names->language = STATEMENT_FRENCH;
	else if (language && strcmp(language, "en") != 0)
		return ctl_fail(ctl, EXIT_USAGE, "", "--language is en or fr");
	return EXIT_OK;
}

void names_close(struct names *names)
{
	json_decref(names->table);
	names->table = NULL;
}

static void add(struct names *names, enum statement_name kind, const char *code, const char *name)
{
	char key[128];
	(void)snprintf(key, sizeof(key), "%d %.120s", (int)kind, code);
	if (*name)
		(void)json_object_set_new(names->table, key, json_string(name));
}

static void orgs_load(struct names *names)
{
	Pidc__V1__ListOrganisationsRequest request = PIDC__V1__LIST_ORGANISATIONS_REQUEST__INIT;
	request.page_size = PAGE_SIZE;
	names->has_orgs = true;
	for (int page = 0; page < PAGES_MAX; page++) {
		ProtobufCMessage *message = NULL;
		if (!ctl_try(names->ctl, "/pidc.v1.IdentityService/ListOrganisations",
			     &request.base, &pidc__v1__list_organisations_response__descriptor,
			     &message, NULL))
			return;
		const Pidc__V1__ListOrganisationsResponse *answer =
			(const Pidc__V1__ListOrganisationsResponse *)message;
		for (size_t i = 0; i < answer->n_organisations; i++)
			add(names, NAME_ORG, answer->organisations[i]->org,
			    answer->organisations[i]->name);
		request.page_token = answer->next_page_token;
		if (!*request.page_token)
			return;
	}
}

/* Which list of codes a kind of name is in. */
static enum statement_name kind_of_list(const char *list)
{
	if (strcmp(list, "purpose") == 0)
		return NAME_PURPOSE;
	return strcmp(list, "category") == 0 ? NAME_CATEGORY : NAME_ORG_CLASS;
}

static void codes_load(struct names *names)
{
	Pidc__V1__ListCodesRequest request = PIDC__V1__LIST_CODES_REQUEST__INIT;
	request.page_size = PAGE_SIZE;
	names->has_codes = true;
	for (int page = 0; page < PAGES_MAX; page++) {
		ProtobufCMessage *message = NULL;
		if (!ctl_try(names->ctl, "/pidc.v1.AdminService/ListCodes", &request.base,
			     &pidc__v1__list_codes_response__descriptor, &message, NULL))
			return;
		const Pidc__V1__ListCodesResponse *answer =
			(const Pidc__V1__ListCodesResponse *)message;
		for (size_t i = 0; i < answer->n_entries; i++) {
			const Pidc__V1__CodeEntry *entry = answer->entries[i];
			bool is_french = names->language == STATEMENT_FRENCH && *entry->title_fr;
			if (strcmp(entry->list, "theme") != 0)
				add(names, kind_of_list(entry->list), entry->code,
				    is_french ? entry->title_fr : entry->title_en);
		}
		request.page_token = answer->next_page_token;
		if (!*request.page_token)
			return;
	}
}

/* Only the owner sees it; who does not reads the id alone. */
static void dataset_load(struct names *names, const char *id)
{
	Pidc__V1__GetDatasetRequest request = PIDC__V1__GET_DATASET_REQUEST__INIT;
	ProtobufCMessage *message = NULL;
	request.dataset_id = arena_strdup(names->ctl->arena, id);
	if (!request.dataset_id || names->dataset_count++ >= NAMES_DATASETS_MAX ||
	    !ctl_try(names->ctl, "/pidc.v1.DataService/GetDataset", &request.base,
		     &pidc__v1__get_dataset_response__descriptor, &message, NULL))
		return;
	const Pidc__V1__Dataset *dataset = ((const Pidc__V1__GetDatasetResponse *)message)->dataset;
	if (dataset)
		add(names, NAME_DATASET, id, dataset->title);
}

const char *names_find(void *user, enum statement_name kind, const char *code)
{
	struct names *names = user;
	char key[128];
	(void)snprintf(key, sizeof(key), "%d %.120s", (int)kind, code);
	const char *name = json_string_value(json_object_get(names->table, key));
	if (name)
		return name;
	if (kind == NAME_ORG && !names->has_orgs)
		orgs_load(names);
	else if (kind == NAME_DATASET)
		dataset_load(names, code);
	else if (kind != NAME_ORG && !names->has_codes)
		codes_load(names);
	return json_string_value(json_object_get(names->table, key));
}
