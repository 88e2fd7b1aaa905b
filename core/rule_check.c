/* SPDX-License-Identifier: ISC */
#include "core/rule_check.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

int check_text(struct refusal *refusal, const char *field, const char *s, size_t min, size_t max)
{
	struct pidc_error err = {0};
	size_t len = strlen(s);

	if (len < min && len == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "it is mandatory");
	if (len < min)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field,
			      "at least %zu characters", min);
	if (text_check(s, len, max, &err) < 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "%.150s", err.msg);
	/* Blanks alone are as good as nothing. */
	if (min != 0 && s[strspn(s, " \t\n")] == '\0')
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "it is blank");
	return 0;
}

int check_aliases(struct refusal *refusal, const char *field, char *const *aliases, size_t count)
{
	if (count > ALIASES_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "at most %d",
			      ALIASES_MAX);
	for (size_t i = 0; i < count; i++) {
		int rc = check_text(refusal, field, aliases[i], 1, NAME_TEXT_MAX);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int check_digest(struct refusal *refusal, const char *field, const ProtobufCBinaryData *digest,
		 bool is_optional)
{
	if (digest->len == SHA256_LEN || (is_optional && digest->len == 0))
		return 0;
	return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "a SHA-256 has 32 bytes");
}

int check_time(struct refusal *refusal, const char *field, const Google__Protobuf__Timestamp *ts,
	       int64_t absent_us, int64_t *ret_us)
{
	*ret_us = absent_us;
	if (ts != NULL && !time_from_proto(ts, ret_us))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field,
			      "an instant has microseconds and lies in the years 1 to 9999");
	return 0;
}

int check_range(struct refusal *refusal, const char *field, const Pidc__V1__TimeRange *range)
{
	int64_t from, to;
	int rc;

	if (range == NULL)
		return 0;
	rc = check_time(refusal, field, range->from, INT64_MIN, &from);
	if (rc == 0)
		rc = check_time(refusal, field, range->to, INT64_MAX, &to);
	if (rc < 0)
		return rc;
	if (from >= to)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field,
			      "it has to begin before it ends");
	return 0;
}

int check_past(struct refusal *refusal, const char *field, const Google__Protobuf__Timestamp *ts,
	       int64_t now_us)
{
	int64_t us;
	int rc = check_time(refusal, field, ts, now_us, &us);

	if (rc < 0)
		return rc;
	if (us > now_us)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FUTURE_DATE, field, NULL);
	return 0;
}

int check_enum(struct refusal *refusal, const char *field, const ProtobufCEnumDescriptor *type,
	       int value)
{
	if (value == 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "it is mandatory");
	if (protobuf_c_enum_descriptor_get_value(type, value) == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, field, "%d is no %s",
			      value, type->short_name);
	return 0;
}

bool list_has(char *const *list, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], s) == 0)
			return true;
	return false;
}

bool list_is_subset(char *const *inner, size_t inner_count, char *const *outer, size_t outer_count)
{
	for (size_t i = 0; i < inner_count; i++)
		if (!list_has(outer, outer_count, inner[i]))
			return false;
	return true;
}

bool list_is_repeated(char *const *list, size_t i)
{
	return list_has(list, i, list[i]);
}

bool actor_has_role(const Pidc__V1__Actor *actor, Pidc__V1__Role role)
{
	for (size_t i = 0; i < actor->n_roles; i++)
		if (actor->roles[i] == role)
			return true;
	return false;
}

int event_set_entity(const struct rule_input *in, Pidc__V1__Event *event, const char *id,
		     uint32_t version)
{
	event->entity_id = arena_strdup(in->arena, id);
	event->entity_version = version;
	return event->entity_id != NULL ? 0 : PIDC_ENOMEM;
}

int event_set_named(const struct rule_input *in, Pidc__V1__Event *event, const char *namespace_text,
		    const char *name, uint32_t version)
{
	char id[37];

	uuid_named(namespace_text, name, id);
	return event_set_entity(in, event, id, version);
}

int event_set_concerns(const struct rule_input *in, Pidc__V1__Event *event, const char *const *orgs,
		       size_t n)
{
	char **concerns = arena_calloc(in->arena, n, sizeof(*concerns));
	size_t count = 0;

	if (concerns == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (!list_has(concerns, count, orgs[i]))
			concerns[count++] = (char *)orgs[i]; /* borrowed, never written */
	event->concerns = concerns;
	event->n_concerns = count;
	return 0;
}

/* The seeds use nine purposes; a scope that names more than the whole list
 * several times over is a mistake. */
#define SCOPE_PURPOSES_MAX 64
#define SCOPE_ACTIONS_MAX  6

int check_data_scope(const struct data_scope_fields *fields, const Pidc__V1__DataScope *scope,
		     char *const *known_purposes, size_t known_count, struct refusal *refusal)
{
	int rc = 0;

	if (scope->n_purposes > SCOPE_PURPOSES_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, fields->purposes,
			      "at most %d", SCOPE_PURPOSES_MAX);
	for (size_t i = 0; i < scope->n_purposes; i++)
		if (!list_has(known_purposes, known_count, scope->purposes[i]))
			return refuse(refusal, PIDC__V1__REASON__REASON_E_UNKNOWN_CODE,
				      fields->purposes, "%.63s is no purpose", scope->purposes[i]);
	if (scope->n_actions > SCOPE_ACTIONS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, fields->actions,
			      "at most %d", SCOPE_ACTIONS_MAX);
	for (size_t i = 0; rc == 0 && i < scope->n_actions; i++)
		rc = check_enum(refusal, fields->actions, &pidc__v1__action__descriptor,
				(int)scope->actions[i]);
	if (rc == 0)
		rc = check_enum(refusal, fields->granularity, &pidc__v1__granularity__descriptor,
				(int)scope->granularity_ceiling);
	if (rc == 0)
		rc = check_enum(refusal, fields->classification,
				&pidc__v1__classification__descriptor,
				(int)scope->classification_ceiling);
	return rc;
}
