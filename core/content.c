/* SPDX-License-Identifier: ISC
 *
 * Content that stays with its owner or lies elsewhere: the register knows its digest.
 */
#include "core/data_check.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

/* What browsers and proxies take; longer ones carry state, not a place. */
#define URI_TEXT_MAX 2000

/* More than the register itself would ever be asked to move: a slip of units. */
#define CONTENT_SIZE_MAX ((uint64_t)1 << 50)

static int fields_read(const struct rule_input *in,
		       const Pidc__V1__SubmitContributionRequest *request,
		       Pidc__V1__Contribution *contribution, struct refusal *refusal)
{
	const Pidc__V1__Dataset *dataset =
		((const Pidc__Store__V1__DatasetFacts *)in->facts)->dataset;

	if (request->n_fields == 0 || request->n_fields > DATASET_FIELDS_MAX)
		return refuse(refusal, REASON(E_FIELD), "fields", "1 to %d", DATASET_FIELDS_MAX);
	contribution->columns = arena_calloc(in->arena, request->n_fields, sizeof(void *));
	if (contribution->columns == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < request->n_fields; i++) {
		Pidc__V1__ColumnDigest *column;

		if (dataset_field_find(dataset, request->fields[i]) == NULL)
			return refuse(refusal, REASON(E_FIELD), "fields",
				      "%.63s is no field of the dataset", request->fields[i]);
		if (list_is_repeated(request->fields, i))
			return refuse(refusal, REASON(E_FIELD), "fields", "%.63s stands twice",
				      request->fields[i]);
		column = arena_alloc(in->arena, sizeof(*column));
		if (column == NULL)
			return PIDC_ENOMEM;
		pidc__v1__column_digest__init(column);
		column->field = request->fields[i];
		contribution->columns[contribution->n_columns++] = column;
	}
	return 0;
}

static bool is_graphic(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

/* Of the parts of a URI only the scheme is looked at, and that no password is in it:
 * the ledger is read by people. */
static int check_uri(const char *uri, struct refusal *refusal)
{
	size_t scheme = strspn(uri, "abcdefghijklmnopqrstuvwxyz0123456789+.-");
	const char *authority;

	if (strnlen(uri, URI_TEXT_MAX + 1) > URI_TEXT_MAX || !is_graphic(uri))
		return refuse(refusal, REASON(E_FIELD), "external_uri",
			      "at most %d visible ASCII characters", URI_TEXT_MAX);
	if (scheme < 2 || uri[0] < 'a' || uri[scheme] != ':' || uri[scheme + 1] == '\0')
		return refuse(refusal, REASON(E_FIELD), "external_uri",
			      "absolute, with its scheme in lower case");
	authority = strncmp(uri + scheme, "://", 3) == 0 ? uri + scheme + 3 : "";
	if (memchr(authority, '@', strcspn(authority, "/?#")) != NULL)
		return refuse(refusal, REASON(E_FIELD), "external_uri",
			      "without user and password");
	return 0;
}

static int check_size(const Pidc__V1__SubmitContributionRequest *request, bool is_external,
		      struct refusal *refusal)
{
	if (request->content_size > CONTENT_SIZE_MAX || (is_external && request->content_size == 0))
		return refuse(refusal, REASON(E_FIELD), "content_size",
			      "the bytes of the content, at most 2^50");
	return 0;
}

int content_elsewhere(const struct rule_input *in,
		      const Pidc__V1__SubmitContributionRequest *request,
		      Pidc__V1__Contribution *contribution, struct refusal *refusal)
{
	bool is_external =
		contribution->content_kind == PIDC__V1__CONTENT_KIND__CONTENT_KIND_EXTERNAL_REF;
	int rc;

	if (request->n_columns != 0 || request->n_files != 0)
		return refuse(refusal, REASON(E_FIELD), "columns",
			      "INLINE content only: the register does not keep this one");
	rc = check_digest(refusal, "content_digest", &request->content_digest, false);
	if (rc == 0)
		rc = check_size(request, is_external, refusal);
	if (rc < 0)
		return rc;
	if (!is_external && request->external_uri[0] != '\0')
		return refuse(refusal, REASON(E_FIELD), "external_uri",
			      "what is HASH_ONLY is nowhere to be had but from its owner");
	if (is_external)
		rc = check_uri(request->external_uri, refusal);
	if (rc == 0)
		rc = fields_read(in, request, contribution, refusal);
	if (rc < 0)
		return rc;
	contribution->content_digest = request->content_digest;
	contribution->content_size = request->content_size;
	contribution->row_count = request->row_count;
	contribution->external_uri = request->external_uri;
	return 0;
}
