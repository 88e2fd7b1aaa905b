/* SPDX-License-Identifier: ISC
 *
 * What apply statements want besides the event.
 */
#include "core/chain.h"
#include "core/crypto.h"
#include "core/leaf.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* A space and the decimals of any size. */
#define SIZE_TEXT_MAX 21

static int statement_unpack(const Pidc__V1__Event *event, struct arena *arena,
			    Pidc__V1__ConsentStatement **ret, struct pidc_error *err)
{
	const Pidc__V1__ConsentRecorded *recorded = event->consent_recorded;
	struct pidc_error cause = {0};
	int rc;

	if (recorded == NULL || recorded->signed_ == NULL)
		return pidc_fail(err, PIDC_EINTEGRITY, "consent without a statement");
	rc = statement_parse(&recorded->signed_->statement, arena, ret, &cause);
	if (rc < 0)
		return pidc_fail(err, rc == PIDC_EINVAL ? PIDC_EINTEGRITY : rc,
				 "stored statement: %.150s", cause.msg);
	return 0;
}

static size_t columns_room(const Pidc__V1__Contribution *contribution)
{
	size_t room = 1;

	for (size_t i = 0; i < contribution->n_columns; i++)
		room += strlen(contribution->columns[i]->field) + 1;
	return room;
}

/* Names of fields have no spaces; a digest has 32 bytes, or none has any. */
static int columns_join(const Pidc__V1__Contribution *contribution, struct arena *arena,
			Pidc__Store__V1__ApplyEvent *apply)
{
	size_t n = contribution->n_columns;
	char *fields = arena_alloc(arena, columns_room(contribution));
	char *sizes = arena_alloc(arena, n * SIZE_TEXT_MAX + 1);
	uint8_t *digests = arena_alloc(arena, n * SHA256_LEN);

	apply->column_fields = fields;
	apply->column_sizes = sizes;
	apply->column_digests.data = digests;
	if (fields == NULL || sizes == NULL || digests == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const Pidc__V1__ColumnDigest *column = contribution->columns[i];
		const char *space = i == 0 ? "" : " ";

		fields = stpcpy(stpcpy(fields, space), column->field);
		sizes += snprintf(sizes, SIZE_TEXT_MAX + 1, "%s%llu", space,
				  (unsigned long long)column->size);
		if (column->digest.len != SHA256_LEN)
			continue;
		memcpy(digests + i * SHA256_LEN, column->digest.data, SHA256_LEN);
		apply->column_digests.len = n * SHA256_LEN;
	}
	return 0;
}

int leaf_apply_event(const Pidc__V1__Event *event, uint64_t index, int64_t tx_time_us,
		     struct arena *arena, Pidc__Store__V1__ApplyEvent **ret, struct pidc_error *err)
{
	Pidc__Store__V1__ApplyEvent *apply = arena_alloc(arena, sizeof(*apply));

	if (apply == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	pidc__store__v1__apply_event__init(apply);
	apply->event = (Pidc__V1__Event *)event; /* borrowed for reading */
	apply->index = index;
	apply->tx_time = time_to_proto(arena, tx_time_us);
	if (apply->tx_time == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	if (event->body_case == PIDC__V1__EVENT__BODY_CONSENT_RECORDED) {
		int rc = statement_unpack(event, arena, &apply->statement, err);

		if (rc < 0)
			return rc;
	}
	if (event->body_case == PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED &&
	    columns_join(event->contribution_submitted->contribution, arena, apply) < 0)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	*ret = apply;
	return 0;
}
