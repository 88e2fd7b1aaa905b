/* SPDX-License-Identifier: ISC */
#include "client/consent_terms.h"

#include "core/crypto.h"
#include "core/text.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/partner.pb-c.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOTICES_MAX 8 /* of one request: a language each */

void consent_word(const char *text, char ret[64])
{
	(void)snprintf(ret, 64, "%s", text);
	for (char *p = ret; *p; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
}

void consent_set_text(json_t *object, const char *key, const char *text, bool is_enum)
{
	char word[64];
	if (text && is_enum)
		consent_word(text, word);
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
		consent_word(text, word);
		(void)json_array_append_new(list, json_string(is_enum ? word : text));
	}
	if (json_array_size(list) > 0)
		(void)json_object_set(object, key, list);
	json_decref(list);
}

/* KIND, KIND=NUMBER, FREQUENCY=NUMBER/DAYS, EMBARGO_UNTIL=TIME, ONWARD_TO=a,b */
static json_t *condition_json(const char *text)
{
	char word[64];
	char kind[64];
	const char *equals = strchr(text, '=');
	(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, "="), text);
	consent_word(word, kind);
	json_t *condition = json_pack("{s:s}", "kind", kind);
	const char *value = equals ? equals + 1 : NULL;
	if (value && strcmp(kind, "EMBARGO_UNTIL") == 0) {
		consent_set_text(condition, "until", value, false);
	} else if (value && *value >= '0' && *value <= '9') {
		char *end = NULL;
		(void)json_object_set_new(condition, "number",
					  json_integer((json_int_t)strtoull(value, &end, 10)));
		if (*end == '/')
			consent_set_text(condition, "days", end + 1, false);
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
		consent_set_text(selector, "granularityCeiling",
				 invocation_flag(in, "granularity-ceiling", 0), true);
		(void)json_object_set_new(data, "category", selector);
	}
	if (invocation_flag(in, "all-data", 0))
		(void)json_object_set_new(data, "allOfOwner", json_true());
	set_list(ctl, to, "orgs", "to", false);
	consent_set_text(to, "orgClass", invocation_flag(in, "to-class", 0), false);
	if (invocation_flag(in, "all-partners", 0))
		(void)json_object_set_new(to, "allPartners", json_true());
	consent_set_text(to, "capacity", capacity ? capacity : "PARTNER", true);
	(void)json_object_set_new(statement, "data", data);
	(void)json_object_set_new(statement, "recipient", to);
}

/* The organisations that are in the class now: who consents to a class as it stands
 * signs their names. */
static int class_pin(struct ctl *ctl, json_t *to, const char *class)
{
	Pidc__V1__ListPartnersRequest request = PIDC__V1__LIST_PARTNERS_REQUEST__INIT;
	json_t *pinned = json_array();
	int status = EXIT_OK;
	request.partner_class = arena_strdup(ctl->arena, class);
	do {
		ProtobufCMessage *message = NULL;
		status = ctl_call(ctl, "/pidc.v1.PartnerService/ListPartners", &request.base,
				  &pidc__v1__list_partners_response__descriptor, &message);
		if (status != EXIT_OK)
			break;
		const Pidc__V1__ListPartnersResponse *answer =
			(const Pidc__V1__ListPartnersResponse *)message;
		for (size_t i = 0; i < answer->n_partners; i++)
			(void)json_array_append_new(pinned, json_string(answer->partners[i]->org));
		request.page_token = answer->next_page_token;
	} while (*request.page_token);
	if (status == EXIT_OK)
		(void)json_object_set(to, "pinnedOrgs", pinned);
	json_decref(pinned);
	return status;
}

/* A veto forbids the class whoever is in it. */
static int class_set(struct ctl *ctl, json_t *statement, bool is_grant)
{
	const char *class = invocation_flag(ctl->in, "to-class", 0);
	const char *mode = invocation_flag(ctl->in, "class-mode", 0);
	json_t *to = json_object_get(statement, "recipient");
	char word[64];
	if (!class || (!is_grant && !mode))
		return EXIT_OK;
	consent_word(mode ? mode : "PINNED", word);
	consent_set_text(to, "classMode", word, true);
	return strcmp(word, "PINNED") == 0 ? class_pin(ctl, to, class) : EXIT_OK;
}

static void period_set(struct ctl *ctl, json_t *statement)
{
	const char *from = invocation_flag(ctl->in, "data-from", 0);
	const char *to = invocation_flag(ctl->in, "data-to", 0);
	json_t *period = json_object();
	consent_set_text(period, "from", from, false);
	consent_set_text(period, "to", to, false);
	if (from || to)
		(void)json_object_set(statement, "dataPeriod", period);
	json_decref(period);
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
	consent_set_text(statement, "validFrom", from, false);
	if (!until && is_grant && time_add_months(us, 12, &us)) {
		time_format(us, text);
		until = text;
	}
	consent_set_text(statement, "validTo", until, false);
	return EXIT_OK;
}

int consent_terms(struct ctl *ctl, json_t *statement, bool is_grant)
{
	const char *text = NULL;
	json_t *conditions = json_array();
	selectors_set(ctl, statement);
	period_set(ctl, statement);
	set_list(ctl, statement, "purposes", "purpose", false);
	set_list(ctl, statement, "actions", "action", true);
	set_list(ctl, statement, "fields", "field", false);
	consent_set_text(statement, "allFieldsOfSchemaVersion",
			 invocation_flag(ctl->in, "all-fields-of", 0), false);
	consent_set_text(statement, "mode", invocation_flag(ctl->in, "mode", 0), true);
	consent_set_text(statement, "classificationCeiling",
			 invocation_flag(ctl->in, "classification-ceiling", 0), true);
	for (size_t i = 0; (text = invocation_flag(ctl->in, "condition", i)); i++)
		(void)json_array_append_new(conditions, condition_json(text));
	(void)json_object_set_new(statement, "conditions", conditions);
	int status = class_set(ctl, statement, is_grant);
	return status == EXIT_OK ? term_set(ctl, statement, is_grant) : status;
}

/* Read the notices out, and hash what was read: who signs signs that. */
static void notices_read(const Pidc__V1__SharingRequest *asked, uint8_t ret_digest[SHA256_LEN])
{
	static const char domain[] = "pidc/notice/v1";
	struct bytes pieces[1 + 2 * NOTICES_MAX] = {{.data = domain, .len = sizeof(domain)}};
	size_t n = 1;
	(void)fputs("The request says:\n", stderr);
	for (size_t i = 0; i < asked->n_notices && i < NOTICES_MAX; i++) {
		const Pidc__V1__Notice *notice = asked->notices[i];
		/* With the NUL at their ends, which separates them. */
		pieces[n++] = (struct bytes){notice->language, strlen(notice->language) + 1};
		pieces[n++] = (struct bytes){notice->text, strlen(notice->text) + 1};
		(void)fputs("  ", stderr);
		escape_print(stderr, notice->language);
		(void)fputs(": ", stderr);
		escape_print(stderr, notice->text);
		(void)fputc('\n', stderr);
	}
	sha256(pieces, n, ret_digest);
}

int consent_answers_set(struct ctl *ctl, json_t *statement)
{
	Pidc__V1__GetSharingRequestRequest request = PIDC__V1__GET_SHARING_REQUEST_REQUEST__INIT;
	const char *id = invocation_flag(ctl->in, "answers", 0);
	ProtobufCMessage *message = NULL;
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	if (!id)
		return EXIT_OK;
	request.consent_request_id = arena_strdup(ctl->arena, id);
	int status = ctl_call(ctl, "/pidc.v1.ConsentService/GetSharingRequest", &request.base,
			      &pidc__v1__get_sharing_request_response__descriptor, &message);
	if (status != EXIT_OK)
		return status;
	const Pidc__V1__SharingRequest *asked =
		((const Pidc__V1__GetSharingRequestResponse *)message)->request;
	if (!asked || asked->n_notices > NOTICES_MAX)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "the register sent no such request");
	notices_read(asked, digest);
	for (size_t i = 0; i < SHA256_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	consent_set_text(statement, "consentRequestId", id, false);
	if (!ctl_path_set(&pidc__v1__consent_statement__descriptor, statement, "notice_digest",
			  hex))
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statement");
	return EXIT_OK;
}
