/* SPDX-License-Identifier: ISC
 *
 * Partners: an existing agreement stays valid for its recorded scope (EXI-2).
 */
#include "core/partnership.h"
#include "core/rule_check.h"
#include "core/text.h"

#include "pidc/v1/partner.pb-c.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

static const struct data_scope_fields scope_fields = {
	.purposes = "partner.instrument.scope.purposes",
	.actions = "partner.instrument.scope.actions",
	.granularity = "partner.instrument.scope.granularity_ceiling",
	.classification = "partner.instrument.scope.classification_ceiling",
};

static int check_instrument(const struct rule_input *in,
			    const Pidc__V1__LegacyInstrument *instrument, struct refusal *refusal)
{
	const Pidc__Store__V1__PartnerFacts *facts =
		(const Pidc__Store__V1__PartnerFacts *)in->facts;
	int rc;

	if (instrument == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "partner.instrument",
			      "it is mandatory");
	rc = check_text(refusal, "partner.instrument.title", instrument->title, 1, TITLE_TEXT_MAX);
	if (rc == 0)
		rc = check_past(refusal, "partner.instrument.signed_on", instrument->signed_on,
				in->now_us);
	if (rc == 0)
		rc = check_digest(refusal, "partner.instrument.document_digest",
				  &instrument->document_digest, true);
	if (rc == 0)
		rc = check_range(refusal, "partner.instrument.term", instrument->term);
	/* An agreement may have no scope of data at all: then it opens nothing. */
	if (rc == 0 && instrument->scope != NULL)
		rc = check_data_scope(&scope_fields, instrument->scope, facts->known_purposes,
				      facts->n_known_purposes, refusal);
	return rc;
}

static int check_partner(const struct rule_input *in, const Pidc__V1__Partner *partner,
			 struct refusal *refusal)
{
	const Pidc__Store__V1__PartnerFacts *facts =
		(const Pidc__Store__V1__PartnerFacts *)in->facts;
	int rc;

	if (!text_is_org(partner->org))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "partner.org",
			      "2 to 32 lower-case letters, digits, hyphens");
	rc = check_text(refusal, "partner.name", partner->name, 1, NAME_TEXT_MAX);
	if (rc == 0)
		rc = check_aliases(refusal, "partner.aliases", partner->aliases,
				   partner->n_aliases);
	if (rc == 0)
		rc = check_text(refusal, "partner.represented_by", partner->represented_by, 0,
				NAME_TEXT_MAX);
	if (rc < 0)
		return rc;
	if (!facts->class_known)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_UNKNOWN_CODE,
			      "partner.partner_class", NULL);
	return check_instrument(in, partner->instrument, refusal);
}

/* OBJ-1, EXI-2: what is signed under the policy takes the policy's way; what was there
 * before comes in before it is in force, or by an import of what was forgotten. */
static int check_window(const struct rule_input *in, const Pidc__V1__Partner *partner,
			struct refusal *refusal)
{
	const Google__Protobuf__Timestamp *since =
		((const Pidc__Store__V1__PartnerFacts *)in->facts)->policy_since;
	int64_t since_us, signed_us = 0;

	if (since == NULL || !time_from_proto(since, &since_us))
		return 0;
	if (partner->instrument->signed_on != NULL)
		(void)time_from_proto(partner->instrument->signed_on, &signed_us);
	return in->is_bootstrap && signed_us < since_us
		       ? 0
		       : refuse(refusal, REASON(E_STATE), "partner.instrument.signed_on",
				"the policy is in force: a new partner takes its way");
}

/* The partner as it is recorded: what the register sets is set. */
static int partner_make(const struct rule_input *in, const Pidc__V1__Partner *asked,
			const char *org_id, int state, Pidc__V1__Partner **ret)
{
	Pidc__V1__Partner *partner = arena_alloc(in->arena, sizeof(*partner));
	Pidc__V1__LegacyInstrument *instrument = arena_alloc(in->arena, sizeof(*instrument));

	if (partner == NULL || instrument == NULL)
		return PIDC_ENOMEM;
	*instrument = *asked->instrument;
	instrument->instrument_id = arena_strdup(in->arena, in->new_id);
	if (instrument->instrument_id == NULL)
		return PIDC_ENOMEM;
	*partner = *asked;
	partner->org_id = (char *)org_id;
	partner->state = (Pidc__V1__PartnershipState)state;
	partner->instrument = instrument;
	partner->version = 1;
	partner->index = 0; /* the entry says it */
	*ret = partner;
	return 0;
}

int rule_record_legacy(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal)
{
	const Pidc__V1__Partner *asked =
		((const Pidc__V1__RecordLegacyRequest *)in->request)->partner;
	const Pidc__Store__V1__PartnerFacts *facts =
		(const Pidc__Store__V1__PartnerFacts *)in->facts;
	Pidc__V1__PartnerRecognised *recognised = arena_alloc(in->arena, sizeof(*recognised));
	int state = 0;
	int rc;

	if (recognised == NULL)
		return PIDC_ENOMEM;
	rc = machine_step(&partnership_machine, 0,
			  PIDC__V1__PARTNERSHIP_EVENT_KIND__PARTNERSHIP_EVENT_KIND_RECORD_LEGACY,
			  in->actor, in, &state, refusal);
	if (rc < 0)
		return rc;
	if (asked == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "partner",
			      "it is mandatory");
	rc = check_partner(in, asked, refusal);
	if (rc == 0)
		rc = check_window(in, asked, refusal);
	if (rc < 0)
		return rc;
	if (facts->exists)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_EXISTS, "partner.org", NULL);
	pidc__v1__partner_recognised__init(recognised);
	event->body_case = PIDC__V1__EVENT__BODY_PARTNER_RECOGNISED;
	event->partner_recognised = recognised;
	rc = event_set_named(in, event, "org", asked->org, 1);
	if (rc == 0)
		rc = partner_make(in, asked, event->entity_id, state, &recognised->partner);
	return rc;
}
