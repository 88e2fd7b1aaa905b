/* SPDX-License-Identifier: ISC */
#include "core/notice.h"
#include "core/chain.h"
#include "core/message.h"
#include "core/rule_check.h"

#include <string.h>

#define BODY(name)   PIDC__V1__EVENT__BODY_##name
#define CHANGE(name) PIDC__V1__HOLDING_CHANGE__HOLDING_CHANGE_##name

/* --- what has become of what others have ---------------------------------------- */

/* What the event says of which contribution; false: nothing that a holder is told. */
static bool notice_read(const Pidc__V1__Event *event, Pidc__V1__HolderNotified *ret)
{
	switch (event->body_case) {
	case BODY(CONTRIBUTION_SUBMITTED):
		ret->contribution_id = event->contribution_submitted->contribution->replaces_id;
		ret->change = CHANGE(CORRECTED);
		return true;
	case BODY(CONTRIBUTION_STATUS_CHANGED):
		ret->contribution_id = event->contribution_status_changed->contribution_id;
		ret->change = CHANGE(WITHDRAWN);
		return event->contribution_status_changed->status ==
		       PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_WITHDRAWN;
	case BODY(CONTRIBUTION_ERASED):
		ret->contribution_id = event->contribution_erased->contribution_id;
		ret->change = CHANGE(ERASED);
		return true;
	default:
		return false;
	}
}

static int holder_notify(const struct rule_input *in, const Pidc__V1__HolderNotified *what,
			 char *recipient, Pidc__V1__Event **ret)
{
	Pidc__V1__HolderNotified *notice = arena_alloc(in->arena, sizeof(*notice));
	Pidc__V1__Event *event =
		(Pidc__V1__Event *)message_new(&pidc__v1__event__descriptor, in->arena);
	const char *parties[2] = {what->owner_org, recipient};
	char *name = arena_printf(in->arena, "%s %s %d", what->contribution_id, recipient,
				  (int)what->change);
	int rc;

	if (notice == NULL || event == NULL || name == NULL)
		return PIDC_ENOMEM;
	*notice = *what;
	notice->recipient_org = recipient;
	event->body_case = BODY(HOLDER_NOTIFIED);
	event->holder_notified = notice;
	*ret = event;
	/* A record of its own, so that its number and its past tell nothing of others. */
	rc = event_set_named(in, event, "holder-notice", name, 1);
	return rc < 0 ? rc : event_set_concerns(in, event, parties, 2);
}

static int holders_notify(const struct rule_input *in, const Pidc__V1__Event *event,
			  const Pidc__Store__V1__HolderFacts *holders,
			  const Pidc__V1__Contribution *contribution, Pidc__V1__Event ***ret,
			  size_t *ret_n)
{
	Pidc__V1__HolderNotified what = PIDC__V1__HOLDER_NOTIFIED__INIT;
	int rc = 0;

	*ret_n = 0;
	if (holders == NULL || contribution == NULL || !notice_read(event, &what))
		return 0;
	what.dataset_id = contribution->dataset_id;
	what.owner_org = contribution->owner_org;
	*ret = arena_calloc(in->arena, holders->n_orgs + 1, sizeof(**ret));
	if (*ret == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; rc == 0 && i < holders->n_orgs; i++)
		rc = holder_notify(in, &what, holders->orgs[i], &(*ret)[(*ret_n)++]);
	return rc;
}

int more_submit_contribution(const struct rule_input *in, const Pidc__V1__Event *event,
			     Pidc__V1__Event ***ret, size_t *ret_n)
{
	const Pidc__Store__V1__DatasetFacts *facts =
		(const Pidc__Store__V1__DatasetFacts *)in->facts;

	return holders_notify(in, event, facts->holders, facts->replaced, ret, ret_n);
}

int more_end_contribution(const struct rule_input *in, const Pidc__V1__Event *event,
			  Pidc__V1__Event ***ret, size_t *ret_n)
{
	const Pidc__Store__V1__ContributionFacts *facts =
		(const Pidc__Store__V1__ContributionFacts *)in->facts;

	return holders_notify(in, event, facts->holders, facts->contribution, ret, ret_n);
}

/* --- who joins a class ------------------------------------------------------------- */

/* The grant, if it selects this class with whoever joins it later; else NULL. */
static int open_grant_read(const Pidc__Store__V1__StatementRow *row, const char *org_class,
			   struct arena *arena, Pidc__V1__ConsentStatement **ret)
{
	Pidc__V1__ConsentStatement *st = NULL;
	struct pidc_error ignored = {0};
	int rc = statement_parse(&row->statement, arena, &st, &ignored);

	*ret = NULL;
	if (rc == PIDC_ENOMEM)
		return rc;
	if (rc == 0 && statement_is_grant(st) && st->recipient != NULL &&
	    st->recipient->class_mode == PIDC__V1__CLASS_MODE__CLASS_MODE_OPEN &&
	    strcmp(st->recipient->org_class, org_class) == 0)
		*ret = st;
	return 0;
}

static int join_make(const struct rule_input *in, const char *org, const char *org_class,
		     char *owner, size_t room, Pidc__V1__Event **ret)
{
	Pidc__V1__ClassJoined *joined = arena_alloc(in->arena, sizeof(*joined));
	Pidc__V1__Event *event =
		(Pidc__V1__Event *)message_new(&pidc__v1__event__descriptor, in->arena);
	char *name = arena_printf(in->arena, "%s %s %s", org, org_class, owner);
	const char *parties[1] = {owner};
	int rc;

	if (joined == NULL || event == NULL || name == NULL)
		return PIDC_ENOMEM;
	pidc__v1__class_joined__init(joined);
	joined->org = (char *)(uintptr_t)org;
	joined->org_class = (char *)(uintptr_t)org_class;
	joined->owner_org = owner;
	joined->cooling_off_days = CLASS_COOLING_OFF_DAYS;
	joined->consent_ids = arena_calloc(in->arena, room, sizeof(char *));
	if (joined->consent_ids == NULL)
		return PIDC_ENOMEM;
	event->body_case = BODY(CLASS_JOINED);
	event->class_joined = joined;
	*ret = event;
	rc = event_set_named(in, event, "class-join", name, 1);
	return rc < 0 ? rc : event_set_concerns(in, event, parties, 1);
}

int notice_class_join(const struct rule_input *in, const char *org, const char *org_class,
		      Pidc__Store__V1__StatementRow *const *grants, size_t n,
		      Pidc__V1__Event ***ret, size_t *ret_n)
{
	Pidc__V1__ClassJoined *last = NULL;

	*ret_n = 0;
	*ret = arena_calloc(in->arena, n + 1, sizeof(**ret));
	if (*ret == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		Pidc__V1__ConsentStatement *st = NULL;
		int rc = open_grant_read(grants[i], org_class, in->arena, &st);

		if (rc == 0 && st != NULL &&
		    (last == NULL || strcmp(last->owner_org, st->owner_org) != 0)) {
			rc = join_make(in, org, org_class, st->owner_org, n - i, &(*ret)[*ret_n]);
			if (rc == 0)
				last = (*ret)[(*ret_n)++]->class_joined;
		}
		if (rc < 0)
			return rc;
		if (st != NULL && last != NULL)
			last->consent_ids[last->n_consent_ids++] = st->consent_id;
	}
	return 0;
}

int more_record_legacy(const struct rule_input *in, const Pidc__V1__Event *event,
		       Pidc__V1__Event ***ret, size_t *ret_n)
{
	const Pidc__Store__V1__PartnerFacts *facts =
		(const Pidc__Store__V1__PartnerFacts *)in->facts;
	const Pidc__V1__Partner *partner = event->partner_recognised->partner;

	return notice_class_join(in, partner->org, partner->partner_class, facts->open_grants,
				 facts->n_open_grants, ret, ret_n);
}
