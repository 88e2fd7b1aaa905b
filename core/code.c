/* SPDX-License-Identifier: ISC
 *
 * Code lists: the closed vocabularies that data, partners and consents use.
 */
#include "core/rule_check.h"
#include "core/text.h"

#include "pidc/v1/admin.pb-c.h"

#include <string.h>

static const char *const code_lists[] = {"category", "purpose", "partner_class", "theme"};

static bool is_code_list(const char *list)
{
	for (size_t i = 0; i < sizeof(code_lists) / sizeof(code_lists[0]); i++)
		if (strcmp(code_lists[i], list) == 0)
			return true;
	return false;
}

static int check_entry(const Pidc__V1__CodeEntry *entry, struct refusal *refusal)
{
	int rc;

	if (!is_code_list(entry->list))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "entry.list",
			      "one of category, purpose, partner_class, theme");
	if (!text_is_code(entry->code))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "entry.code",
			      "an upper-case letter, then letters, digits, underscores");
	rc = check_text(refusal, "entry.title_en", entry->title_en, 1, TITLE_TEXT_MAX);
	if (rc == 0)
		rc = check_text(refusal, "entry.title_fr", entry->title_fr, 1, TITLE_TEXT_MAX);
	return rc;
}

int rule_add_code(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__CodeEntry *entry = ((const Pidc__V1__AddCodeRequest *)in->request)->entry;
	const Pidc__Store__V1__CodeFacts *facts = (const Pidc__Store__V1__CodeFacts *)in->facts;
	Pidc__V1__CodeAdded *added = arena_alloc(in->arena, sizeof(*added));
	char *name;
	int rc;

	if (added == NULL)
		return PIDC_ENOMEM;
	if (!in->is_bootstrap)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_PREREQ_BOARD, NULL,
			      "code lists grow by resolution");
	if (entry == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "entry",
			      "it is mandatory");
	rc = check_entry(entry, refusal);
	if (rc < 0)
		return rc;
	if (facts->exists)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EXISTS, "entry.code", NULL);
	if (entry->parent[0] != '\0' && !facts->parent_exists)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_UNKNOWN_CODE, "entry.parent",
			      NULL);
	name = arena_printf(in->arena, "%s/%s", entry->list, entry->code);
	if (name == NULL)
		return PIDC_ENOMEM;
	pidc__v1__code_added__init(added);
	added->entry = (Pidc__V1__CodeEntry *)entry;
	event->body_case = PIDC__V1__EVENT__BODY_CODE_ADDED;
	event->code_added = added;
	return event_set_named(in, event, "code", name, 1);
}
