/* SPDX-License-Identifier: ISC
 *
 * How many refused releases become entries. Somebody who asks in a loop what was denied
 * would fill the ledger for good; beyond a number an hour they are counted, in the
 * transaction that decides, and the count is an entry of its own later.
 */
#include "daemon/service/internal.h"

#include <string.h>

int fold_refusal(struct db *db, struct command_call *call, struct arena *arena, bool *ret_is_folded,
		 struct pidc_error *err)
{
	Pidc__Store__V1__RefusalCount count = PIDC__STORE__V1__REFUSAL_COUNT__INIT;
	const Pidc__V1__Event *event = call->event;
	int rc;

	if (event->body_case != PIDC__V1__EVENT__BODY_RELEASE_REFUSED ||
	    service_config->max_refusals == 0)
		return 0;
	/* Who exists is concerned. */
	if (strcmp(event->concerns[0], event->release_refused->owner_org) == 0)
		count.owner_org = event->release_refused->owner_org;
	count.max = service_config->max_refusals;
	rc = db_query_into(db, DB_REFUSAL_COUNT, &count.base, call->ctx, arena, &count.base, NULL,
			   NULL, err);
	if (rc < 0 || !count.is_folded)
		return rc;
	/* The rule has left in the refusal what the recipient may know. */
	call->job->result = PIDC_EREFUSED;
	*ret_is_folded = true;
	return 0;
}

int forget_refusals(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		    struct pidc_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = db_query(db, DB_REFUSAL_FORGET, calls[i]->facts, NULL, arena, NULL, err);
	return rc;
}
