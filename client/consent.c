/* SPDX-License-Identifier: ISC
 *
 * Consent: make a statement, show what its bytes say, sign them, record them.
 */
#include "client/ctl.h"
#include "core/crypto.h"
#include "core/text.h"
#include "pidc/v1/admin.pb-c.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/identity.pb-c.h"
#include "wire/guard.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void word_upper(const char *text, char ret[64])
{
	(void)snprintf(ret, 64, "%s", text);
	for (char *p = ret; *p; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
}

static void set_text(json_t *object, const char *key, const char *text, bool is_enum)
{
	char word[64];
	if (text && is_enum)
		word_upper(text, word);
	if (text)
		(void)json_object_set_new(object, key, json_string(is_enum ? word : text));
}

static void set_list(struct ctl *ctl, json_t *object, const char *key, const char *flag,
		     bool is_enum)
{
	const char *text = NULL;
	json_t *list = json_array();
	char word[64];
	for (size_t i = 0; (text = invocation_flag(ctl->in, flag, i)); i++) {
		word_upper(text, word);
		(void)json_array_append_new(list, json_string(is_enum ? word : text));
	}
	if (json_array_size(list) > 0)
		(void)json_object_set(object, key, list);
	json_decref(list);
}

/* KIND, KIND=NUMBER, FREQUENCY=NUMBER/DAYS, EMBARGO_UNTIL=TIME, ONWARD_TO=a,b */
static json_t *condition_json(const char *text)
{
	char kind[64];
	const char *equals = strchr(text, '=');
	(void)snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(text, "="), text);
	json_t *condition = json_pack("{s:s}", "kind", kind);
	const char *value = equals ? equals + 1 : NULL;
	if (value && strcmp(kind, "EMBARGO_UNTIL") == 0) {
		set_text(condition, "until", value, false);
	} else if (value && *value >= '0' && *value <= '9') {
		char *end = NULL;
		(void)json_object_set_new(condition, "number",
					  json_integer((json_int_t)strtoull(value, &end, 10)));
		if (*end == '/')
			set_text(condition, "days", end + 1, false);
	} else if (value) {
		json_t *values = json_array();
		for (; *value; value += strspn(value, ",")) {
			size_t len = strcspn(value, ",");
			(void)json_array_append_new(values, json_stringn(value, len));
			value += len;
		}
		(void)json_object_set_new(condition, "values", values);
	}
	return condition;
}

static void selectors_set(struct ctl *ctl, json_t *statement)
{
	const struct invocation *in = ctl->in;
	json_t *data = json_object();
	json_t *to = json_object();
	const char *category = invocation_flag(in, "category", 0);
	const char *capacity = invocation_flag(in, "to-capacity", 0);
	set_list(ctl, data, "datasetIds", "dataset", false);
	set_list(ctl, data, "contributionIds", "contribution", false);
	if (category) {
		json_t *selector = json_pack("{s:s}", "category", category);
		set_text(selector, "granularityCeiling",
			 invocation_flag(in, "granularity-ceiling", 0), true);
		(void)json_object_set_new(data, "category", selector);
	}
	if (invocation_flag(in, "all-data", 0))
		(void)json_object_set_new(data, "allOfOwner", json_true());
	set_list(ctl, to, "orgs", "to", false);
	set_text(to, "orgClass", invocation_flag(in, "to-class", 0), false);
	if (invocation_flag(in, "all-partners", 0))
		(void)json_object_set_new(to, "allPartners", json_true());
	set_text(to, "capacity", capacity ? capacity : "PARTNER", true);
	(void)json_object_set_new(statement, "data", data);
	(void)json_object_set_new(statement, "recipient", to);
}

/* When the permission ends: 12 months from its begin, or as told. */
static int term_set(struct ctl *ctl, json_t *statement, bool is_grant)
{
	const char *from = invocation_flag(ctl->in, "from", 0);
	const char *until = invocation_flag(ctl->in, "until", 0);
	int64_t us = (int64_t)time(NULL) * 1000000;
	char text[28];
	struct pidc_error err = {.code = 0};
	if (from && time_parse(from, &us, &err) < 0)
		return ctl_error(ctl, &err);
	set_text(statement, "validFrom", from, false);
	if (!until && is_grant && time_add_months(us, 12, &us)) {
		time_format(us, text);
		until = text;
	}
	set_text(statement, "validTo", until, false);
	return EXIT_OK;
}

static int terms_set(struct ctl *ctl, json_t *statement, bool is_grant)
{
	const char *text = NULL;
	json_t *conditions = json_array();
	selectors_set(ctl, statement);
	set_list(ctl, statement, "purposes", "purpose", false);
	set_list(ctl, statement, "actions", "action", true);
	set_list(ctl, statement, "fields", "field", false);
	set_text(statement, "allFieldsOfSchemaVersion",
		 invocation_flag(ctl->in, "all-fields-of", 0), false);
	set_text(statement, "mode", invocation_flag(ctl->in, "mode", 0), true);
	set_text(statement, "classificationCeiling",
		 invocation_flag(ctl->in, "classification-ceiling", 0), true);
	for (size_t i = 0; (text = invocation_flag(ctl->in, "condition", i)); i++)
		(void)json_array_append_new(conditions, condition_json(text));
	(void)json_object_set_new(statement, "conditions", conditions);
	return term_set(ctl, statement, is_grant);
}

/* What only the register knows: the origin of its ledger, and who we are. */
static int origin_set(struct ctl *ctl, json_t *statement)
{
	Pidc__V1__GetServerInfoRequest info = PIDC__V1__GET_SERVER_INFO_REQUEST__INIT;
	Pidc__V1__WhoAmIRequest who = PIDC__V1__WHO_AM_IREQUEST__INIT;
	const char *owner = invocation_flag(ctl->in, "owner-org", 0);
	ProtobufCMessage *answer = NULL;
	int status = ctl_call(ctl, "/pidc.v1.AdminService/GetServerInfo", &info.base,
			      &pidc__v1__get_server_info_response__descriptor, &answer);
	if (status != EXIT_OK)
		return status;
	set_text(statement, "origin", ((Pidc__V1__GetServerInfoResponse *)answer)->origin, false);
	if (!owner) {
		status = ctl_call(ctl, "/pidc.v1.IdentityService/WhoAmI", &who.base,
				  &pidc__v1__who_am_iresponse__descriptor, &answer);
		if (status != EXIT_OK)
			return status;
		const Pidc__V1__Actor *actor = ((Pidc__V1__WhoAmIResponse *)answer)->actor;
		owner = actor ? actor->org : "";
	}
	set_text(statement, "ownerOrg", owner, false);
	return EXIT_OK;
}

/* Show what the bytes say, as whoever verifies them will read them, and ask. */
static int statement_show(struct ctl *ctl, const uint8_t *data, size_t len)
{
	ProtobufCMessage *message = NULL;
	struct pidc_error err = {.code = 0};
	char answer[8] = "";
	(void)fputs("This statement is to be signed:\n", stderr);
	if (guard_unpack(&pidc__v1__consent_statement__descriptor, data, len, ctl->arena, &message,
			 &err) < 0 ||
	    output_message(OUTPUT_TABLE, NULL, message, ctl->arena, stderr, &err) < 0)
		return ctl_error(ctl, &err);
	if (!isatty(STDIN_FILENO) || invocation_flag(ctl->in, "yes", 0) ||
	    invocation_flag(ctl->in, "text-only", 0))
		return EXIT_OK;
	(void)fputs("Sign it? Type yes: ", stderr);
	if (fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0)
		return EXIT_OK;
	return ctl_fail(ctl, EXIT_NO, "", "not signed, nothing was done");
}

static int statement_record(struct ctl *ctl, const uint8_t *data, size_t len)
{
	const char *cert = invocation_flag(ctl->in, "cert", 0);
	const char *key = invocation_flag(ctl->in, "key", 0);
	struct pidc_error err = {.code = 0};
	struct signing_key *signer = NULL;
	Pidc__V1__SignedStatement *signed_statement = NULL;
	ProtobufCMessage *answer = NULL;
	ProtobufCMessage *request = NULL;
	int rc = signing_key_load(key ? key : getenv("PIDC_KEY"), cert ? cert : getenv("PIDC_CERT"),
				  &signer, &err);
	if (rc == 0)
		rc = statement_sign(signer, data, len, ctl->arena, &signed_statement, &err);
	signing_key_free(signer);
	if (rc < 0)
		return ctl_error(ctl, &err);
	json_t *json = json_object();
	const char *id = invocation_flag(ctl->in, "request-id", 0);
	if (!id)
		uuid_random(ctl->request_id);
	else
		(void)snprintf(ctl->request_id, sizeof(ctl->request_id), "%s", id);
	set_text(json, "requestId", ctl->request_id, false);
	if (invocation_flag(ctl->in, "validate-only", 0) || invocation_flag(ctl->in, "dry-run", 0))
		(void)json_object_set_new(json, "validateOnly", json_true());
	int status = ctl_json_message(ctl, ctl->in->command->request, json, &request);
	json_decref(json);
	if (status != EXIT_OK)
		return status;
	((Pidc__V1__RecordStatementRequest *)request)->signed_ = signed_statement;
	status =
		ctl_call(ctl, ctl->in->command->path, request, ctl->in->command->response, &answer);
	if (status == EXIT_OK &&
	    output_message(ctl->format, NULL, answer, ctl->arena, stdout, &err) < 0)
		return ctl_error(ctl, &err);
	return status;
}

/* Takes the reference to statement. */
static int statement_finish(struct ctl *ctl, json_t *statement)
{
	char id[37];
	char kind[64];
	ProtobufCMessage *message = NULL;
	size_t len = 0;
	uuid_random(id);
	set_text(statement, "statementId", id, false);
	word_upper(ctl->in->command->verb, kind);
	set_text(statement, "kind", kind, false);
	set_text(statement, "reason", invocation_flag(ctl->in, "reason", 0), false);
	int status = origin_set(ctl, statement);
	if (status == EXIT_OK)
		status = ctl_json_message(ctl, &pidc__v1__consent_statement__descriptor, statement,
					  &message);
	json_decref(statement);
	if (status != EXIT_OK)
		return status;
	uint8_t *data = ctl_pack(ctl, message, &len);
	status = data ? statement_show(ctl, data, len)
		      : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statement");
	if (status != EXIT_OK || invocation_flag(ctl->in, "text-only", 0))
		return status;
	return statement_record(ctl, data, len);
}

int ctl_consent_open(struct ctl *ctl)
{
	const char *given = invocation_flag(ctl->in, "consent-id", 0);
	char id[37];
	json_t *statement = json_object();
	uuid_random(id);
	set_text(statement, "consentId", given ? given : id, false);
	(void)json_object_set_new(statement, "version", json_integer(1));
	int status = terms_set(ctl, statement, strcmp(ctl->in->command->verb, "grant") == 0);
	if (status != EXIT_OK) {
		json_decref(statement);
		return status;
	}
	return statement_finish(ctl, statement);
}

int ctl_consent_change(struct ctl *ctl)
{
	Pidc__V1__GetConsentRequest request = PIDC__V1__GET_CONSENT_REQUEST__INIT;
	ProtobufCMessage *answer = NULL;
	const char *id = invocation_arg(ctl->in, "consent_id");
	if (!id)
		return ctl_fail(ctl, EXIT_USAGE, "", "the id of the consent is missing");
	request.consent_id = arena_strdup(ctl->arena, id);
	int status = ctl_call(ctl, "/pidc.v1.ConsentService/GetConsent", &request.base,
			      &pidc__v1__get_consent_response__descriptor, &answer);
	if (status != EXIT_OK)
		return status;
	const Pidc__V1__Consent *consent = ((Pidc__V1__GetConsentResponse *)answer)->consent;
	json_t *statement = json_object();
	set_text(statement, "consentId", id, false);
	(void)json_object_set_new(statement, "version",
				  json_integer((json_int_t)(consent ? consent->version : 0) + 1));
	if (invocation_flag(ctl->in, "fall-back", 0))
		(void)json_object_set_new(statement, "fallBack", json_true());
	return statement_finish(ctl, statement);
}

int ctl_consent_check(struct ctl *ctl)
{
	ProtobufCMessage *request = NULL;
	ProtobufCMessage *answer = NULL;
	struct pidc_error err = {.code = 0};
	int status = ctl_request(ctl, &request);
	if (status == EXIT_OK)
		status = ctl_call(ctl, ctl->in->command->path, request, ctl->in->command->response,
				  &answer);
	if (status != EXIT_OK)
		return status;
	if (output_message(ctl->format, NULL, answer, ctl->arena, stdout, &err) < 0)
		return ctl_error(ctl, &err);
	return ((Pidc__V1__CheckConsentResponse *)answer)->verdict ==
			       PIDC__V1__VERDICT__VERDICT_PERMIT
		       ? EXIT_OK
		       : EXIT_NO;
}
