/* SPDX-License-Identifier: ISC
 *
 * What becomes of a contribution: withdrawn, held, released again, erased. Its owner
 * decides; erasing takes a second organisation (SYS-8).
 */
#include "core/data_check.h"
#include "core/rule_check.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name
#define STATUS(name) PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_##name

/* The moves that there are; every other pair is E_STATE. */
enum verb { VERB_WITHDRAW, VERB_HOLD, VERB_RELEASE, VERB_ERASE };

static const struct move {
	Pidc__V1__ContributionStatus from;
	enum verb verb;
	Pidc__V1__ContributionStatus to;
} moves[] = {
	{STATUS(ACCEPTED), VERB_WITHDRAW, STATUS(WITHDRAWN)},
	{STATUS(HELD), VERB_WITHDRAW, STATUS(WITHDRAWN)},
	{STATUS(ACCEPTED), VERB_HOLD, STATUS(HELD)},
	{STATUS(HELD), VERB_RELEASE, STATUS(ACCEPTED)},
	/* Not what is held: a hold keeps it for whoever has to look. */
	{STATUS(ACCEPTED), VERB_ERASE, STATUS(ERASED)},
	{STATUS(WITHDRAWN), VERB_ERASE, STATUS(ERASED)},
	{STATUS(REPLACED), VERB_ERASE, STATUS(ERASED)},
};

static int check_move(const Pidc__V1__Contribution *contribution, enum verb verb,
		      Pidc__V1__ContributionStatus *ret, struct refusal *refusal)
{
	const ProtobufCEnumValue *status;

	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (moves[i].from == contribution->status && moves[i].verb == verb) {
			*ret = moves[i].to;
			return 0;
		}
	status = protobuf_c_enum_descriptor_get_value(&pidc__v1__contribution_status__descriptor,
						      (int)contribution->status);
	return refuse(refusal, REASON(E_STATE), "contribution_id", "not possible while it is %s",
		      status == NULL ? "in an unknown state" : status->name);
}

/* What the requests of this file have in common. */
struct change {
	char *contribution_id;
	uint32_t expected_version; /* 0: any, where the request says so */
	char *reason;
	const char *reason_field;
};

int check_own_contribution(const struct rule_input *in, const char *contribution_id,
			   uint32_t expected_version, bool is_any_version, struct refusal *refusal)
{
	const Pidc__V1__Contribution *contribution =
		((const Pidc__Store__V1__ContributionFacts *)in->facts)->contribution;
	int rc = check_not_custodian(in->actor, refusal);

	if (rc < 0)
		return rc;
	if (contribution == NULL || strcmp(contribution->owner_org, in->actor->org) != 0 ||
	    strcmp(contribution->contribution_id, contribution_id) != 0)
		return refuse(refusal, REASON(E_NOT_FOUND), "contribution_id", NULL);
	if (expected_version == 0 && is_any_version)
		return 0;
	if (contribution->version != expected_version)
		return refuse(refusal, REASON(E_VERSION), "expected_version", "it has version %u",
			      contribution->version);
	return 0;
}

static int check_change(const struct rule_input *in, const struct change *change,
			bool is_any_version, struct refusal *refusal)
{
	int rc = check_own_contribution(in, change->contribution_id, change->expected_version,
					is_any_version, refusal);

	return rc < 0 ? rc
		      : check_text(refusal, change->reason_field, change->reason, REASON_TEXT_MIN,
				   REASON_TEXT_MAX);
}

int event_of_contribution(const struct rule_input *in, Pidc__V1__Event *event)
{
	const Pidc__V1__Contribution *contribution =
		((const Pidc__Store__V1__ContributionFacts *)in->facts)->contribution;
	const char *owner = contribution->owner_org;
	int rc = event_set_entity(in, event, contribution->contribution_id,
				  contribution->version + 1);

	return rc < 0 ? rc : event_set_concerns(in, event, &owner, 1);
}

static int status_change(const struct rule_input *in, const struct change *change, enum verb verb,
			 Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__Contribution *contribution =
		((const Pidc__Store__V1__ContributionFacts *)in->facts)->contribution;
	Pidc__V1__ContributionStatusChanged *changed = arena_alloc(in->arena, sizeof(*changed));
	int rc;

	if (changed == NULL)
		return PIDC_ENOMEM;
	pidc__v1__contribution_status_changed__init(changed);
	/* What protects is not kept waiting for a version. */
	rc = check_change(in, change, verb != VERB_RELEASE, refusal);
	if (rc == 0)
		rc = check_move(contribution, verb, &changed->status, refusal);
	if (rc < 0)
		return rc;
	changed->contribution_id = change->contribution_id;
	changed->reason = change->reason;
	event->body_case = PIDC__V1__EVENT__BODY_CONTRIBUTION_STATUS_CHANGED;
	event->contribution_status_changed = changed;
	return event_of_contribution(in, event);
}

int rule_withdraw_contribution(const struct rule_input *in, Pidc__V1__Event *event,
			       struct refusal *refusal)
{
	const Pidc__V1__WithdrawContributionRequest *request =
		(const Pidc__V1__WithdrawContributionRequest *)in->request;
	const struct change change = {request->contribution_id, request->expected_version,
				      request->reason, "reason"};

	return status_change(in, &change, VERB_WITHDRAW, event, refusal);
}

int rule_hold_contribution(const struct rule_input *in, Pidc__V1__Event *event,
			   struct refusal *refusal)
{
	const Pidc__V1__HoldContributionRequest *request =
		(const Pidc__V1__HoldContributionRequest *)in->request;
	const struct change change = {request->contribution_id, request->expected_version,
				      request->reason, "reason"};

	return status_change(in, &change, VERB_HOLD, event, refusal);
}

int rule_release_hold(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__ReleaseHoldRequest *request =
		(const Pidc__V1__ReleaseHoldRequest *)in->request;
	const struct change change = {request->contribution_id, request->expected_version,
				      request->reason, "reason"};

	return status_change(in, &change, VERB_RELEASE, event, refusal);
}

int rule_request_erasure(const struct rule_input *in, Pidc__V1__Event *event,
			 struct refusal *refusal)
{
	const Pidc__V1__RequestErasureRequest *request =
		(const Pidc__V1__RequestErasureRequest *)in->request;
	const Pidc__Store__V1__ContributionFacts *facts =
		(const Pidc__Store__V1__ContributionFacts *)in->facts;
	const struct change change = {request->contribution_id, request->expected_version,
				      request->legal_ground, "legal_ground"};
	Pidc__V1__ErasureRequested *requested = arena_alloc(in->arena, sizeof(*requested));
	Pidc__V1__ContributionStatus to;
	int rc;

	if (requested == NULL)
		return PIDC_ENOMEM;
	rc = check_change(in, &change, false, refusal);
	if (rc == 0)
		rc = check_move(facts->contribution, VERB_ERASE, &to, refusal);
	if (rc < 0)
		return rc;
	if (facts->erasure != NULL)
		return refuse(refusal, REASON(E_EXISTS), "contribution_id",
			      "its erasure is asked for already");
	pidc__v1__erasure_requested__init(requested);
	requested->contribution_id = request->contribution_id;
	requested->owner_org = facts->contribution->owner_org;
	requested->legal_ground = request->legal_ground;
	event->body_case = PIDC__V1__EVENT__BODY_ERASURE_REQUESTED;
	event->erasure_requested = requested;
	return event_of_contribution(in, event);
}

/* Whoever asks, for whatever: without the owner's request nothing is known of it. */
static int check_erasure(const struct rule_input *in, const char *contribution_id,
			 struct refusal *refusal)
{
	const Pidc__Store__V1__ContributionFacts *facts =
		(const Pidc__Store__V1__ContributionFacts *)in->facts;

	if (facts->contribution == NULL || facts->erasure == NULL ||
	    strcmp(facts->contribution->contribution_id, contribution_id) != 0 ||
	    strcmp(facts->erasure->owner_org, facts->contribution->owner_org) != 0)
		return refuse(refusal, REASON(E_OWNER_ONLY), "contribution_id",
			      "its owner has not asked for its erasure");
	if (strcmp(facts->contribution->owner_org, in->actor->org) == 0)
		return refuse(refusal, REASON(E_SOD), "contribution_id",
			      "the owner asks, another organisation erases");
	return 0;
}

int rule_erase_contribution(const struct rule_input *in, Pidc__V1__Event *event,
			    struct refusal *refusal)
{
	const Pidc__V1__EraseContributionRequest *request =
		(const Pidc__V1__EraseContributionRequest *)in->request;
	const Pidc__Store__V1__ContributionFacts *facts =
		(const Pidc__Store__V1__ContributionFacts *)in->facts;
	Pidc__V1__ContributionErased *erased = arena_alloc(in->arena, sizeof(*erased));
	Pidc__V1__ContributionStatus to;
	int rc;

	if (erased == NULL)
		return PIDC_ENOMEM;
	rc = check_erasure(in, request->contribution_id, refusal);
	if (rc == 0)
		rc = check_move(facts->contribution, VERB_ERASE, &to, refusal);
	if (rc < 0)
		return rc;
	pidc__v1__contribution_erased__init(erased);
	erased->contribution_id = request->contribution_id;
	erased->legal_ground = facts->erasure->legal_ground;
	event->body_case = PIDC__V1__EVENT__BODY_CONTRIBUTION_ERASED;
	event->contribution_erased = erased;
	return event_of_contribution(in, event);
}
