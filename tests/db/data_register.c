/* SPDX-License-Identifier: ISC */
#include "tests/db/data_register.h"

#include "pidc/v1/consent.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct caller head, officer, agent, iom, arc, hos;
const char *dataset;

static const char *dataset_define(void)
{
	const ProtobufCMessage *reply = call_ok(
		&agent, DATA("DefineDataset"), &pidc__v1__define_dataset_response__descriptor,
		"+{\"dataset\":{\"category\":\"OVER\",\"title\":\"Overstays\","
		"\"granularity\":\"GRANULARITY_AGGREGATE\",\"classificationDefault\":"
		"\"CLASSIFICATION_CLEAR\",\"legalBasis\":\"Act\",\"ethicsNote\":\"none\","
		"\"retentionMonths\":12,\"fields\":[{\"name\":\"month\","
		"\"type\":\"FIELD_TYPE_MONTH\"},{\"name\":\"count\","
		"\"type\":\"FIELD_TYPE_INTEGER\"}]}}");

	return REPLY(reply, DefineDatasetResponse)->dataset->dataset_id;
}

/* ContentColumn{field: "count", values: ["5"]} in base64. */
const char *submit(const char *extra)
{
	const ProtobufCMessage *reply =
		call_ok(&agent, DATA("SubmitContribution"),
			&pidc__v1__submit_contribution_response__descriptor,
			arena_printf(world.arena,
				     "+{\"datasetId\":\"%s\",\"columns\":[\"CgVjb3VudBIBNQ==\"]%s}",
				     dataset, extra));

	return REPLY(reply, SubmitContributionResponse)->contribution_id;
}

const Pidc__V1__Contribution *contribution(const char *id)
{
	return REPLY(call_ok(&head, DATA("GetContribution"),
			     &pidc__v1__get_contribution_response__descriptor,
			     arena_printf(world.arena, "{\"contributionId\":\"%s\"}", id)),
		     GetContributionResponse)
		->contribution;
}

/* May IOM have the count of it? The owner is told why not. */
void expect_decision(const char *id, Pidc__V1__Reason reason)
{
	const Pidc__V1__CheckConsentResponse *reply = REPLY(
		call_ok(&head, "/pidc.v1.ConsentService/CheckConsent",
			&pidc__v1__check_consent_response__descriptor,
			arena_printf(world.arena,
				     "{\"ownerOrg\":\"tv\",\"recipientOrg\":\"iom\","
				     "\"recipientCapacity\":\"CAPACITY_PARTNER\",\"purpose\":"
				     "\"ME\",\"action\":\"ACTION_READ\",\"contributionId\":\"%s\","
				     "\"fields\":[\"count\"]}",
				     id)),
		CheckConsentResponse);

	assert_string_equal(reason_name(reply->reason), reason_name(reason));
}

const char *about(const char *id, const char *rest)
{
	return arena_printf(world.arena, "+{\"contributionId\":\"%s\"%s}", id, rest);
}

static void grant_all_to_iom(void)
{
	Pidc__V1__ConsentStatement st = PIDC__V1__CONSENT_STATEMENT__INIT;
	Pidc__V1__DataSelector data = PIDC__V1__DATA_SELECTOR__INIT;
	Pidc__V1__RecipientSelector to = PIDC__V1__RECIPIENT_SELECTOR__INIT;
	Google__Protobuf__Timestamp until = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Pidc__V1__Action action = PIDC__V1__ACTION__ACTION_READ;
	char id[37], org[] = "iom", purpose[] = "ME", field[] = "count";
	char *orgs[] = {org}, *purposes[] = {purpose}, *fields[] = {field};
	char owner[] = "tv", origin[] = "pidc.test/register", datasets_id[37];
	char *datasets[] = {datasets_id};

	uuid_random(id);
	snprintf(datasets_id, sizeof(datasets_id), "%s", dataset);
	st.statement_id = st.consent_id = id;
	st.version = 1;
	st.owner_org = owner;
	st.kind = PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_GRANT;
	data.dataset_ids = datasets;
	data.n_dataset_ids = 1;
	to.orgs = orgs;
	to.n_orgs = 1;
	to.capacity = PIDC__V1__CAPACITY__CAPACITY_PARTNER;
	st.data = &data;
	st.recipient = &to;
	st.purposes = purposes;
	st.actions = &action;
	st.fields = fields;
	st.n_purposes = st.n_actions = st.n_fields = 1;
	until.seconds = (int64_t)time(NULL) + 86400;
	st.valid_to = &until;
	st.origin = origin;
	st.classification_ceiling = PIDC__V1__CLASSIFICATION__CLASSIFICATION_GREEN;
	(void)call_ok(&head, "/pidc.v1.ConsentService/RecordStatement",
		      &pidc__v1__record_statement_response__descriptor,
		      arena_printf(world.arena, "+{\"signed\":%s}", signed_json(&head, &st.base)));
}

int data_setup(void **state)
{
	if (register_setup(state) < 0)
		return -1;
	caller_init(&head, "spiffe://pidc.int/member/tv/head", "tv", "MEMBER_HEAD");
	caller_init(&officer, "spiffe://pidc.int/member/tv/officer", "tv", "MEMBER_OFFICER");
	caller_init(&agent, "spiffe://pidc.int/member/tv/agent", "tv", "MEMBER_AGENT");
	caller_init(&iom, "spiffe://pidc.int/partner/iom/agent", "iom", "PARTNER_AGENT");
	caller_init(&arc, "spiffe://pidc.int/member/fj/arc", "fj", "ARC_MEMBER");
	caller_init(&hos, "spiffe://pidc.int/secretariat/hos/h1", "sec", "SEC_HOS");
	dataset = dataset_define();
	grant_all_to_iom();
	return 0;
}

int data_teardown(void **state)
{
	struct caller *all[] = {&head, &officer, &agent, &iom, &arc, &hos};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		caller_close(all[i]);
	return register_teardown(state);
}

void expect_columns_stored(const char *id, int count)
{
	assert_sql(arena_printf(world.arena,
				"SELECT count(*) = %d FROM contribution_content "
				"WHERE contribution_id = '%s'",
				count, id));
}
