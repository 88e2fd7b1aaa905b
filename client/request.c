/* SPDX-License-Identifier: ISC
 *
 * From words on the command line to a request: flags and arguments become JSON by
 * the request's descriptor, and wire/json.h makes the message.
 */
#include "client/ctl.h"
#include "core/crypto.h"
#include "wire/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Hex of a SHA-256, as openssl prints it, is also accepted where bytes go. */
static json_t *bytes_word(const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char out[45];
	uint8_t raw[33] = {0};
	if (strlen(text) != 64 || strspn(text, "0123456789abcdefABCDEF") != 64)
		return json_string(text);
	for (size_t i = 0; i < 32; i++) {
		char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
		raw[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	for (size_t i = 0; i < 11; i++) {
		uint32_t bits =
			(uint32_t)raw[3 * i] << 16 | (uint32_t)raw[3 * i + 1] << 8 | raw[3 * i + 2];
		for (size_t k = 0; k < 4; k++)
			out[4 * i + k] = digits[bits >> (18 - 6 * k) & 63];
	}
	out[43] = '=';
	out[44] = '\0';
	return json_string(out);
}

/* "read" and "Case-level" are enum words too. */
static json_t *enum_word(const char *text)
{
	char *word = strdup(text);
	for (char *p = word; p && *p; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
	json_t *json = word ? json_string(word) : NULL;
	free(word);
	return json;
}

static json_t *word_json(const ProtobufCFieldDescriptor *field, const char *text)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(strcmp(text, "true") == 0);
	case PROTOBUF_C_TYPE_ENUM:
		return enum_word(text);
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_word(text);
	default:
		return json_string(text);
	}
}

bool ctl_path_set(const ProtobufCMessageDescriptor *descriptor, json_t *object, const char *path,
		  const char *text)
{
	char name[64];
	size_t len = strcspn(path, ".");
	(void)snprintf(name, sizeof(name), "%.*s", (int)len, path);
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(descriptor, name);
	json_t *old = json_object_get(object, name);
	if (!field)
		return false;
	if (path[len] == '.') {
		if (!old && json_object_set_new(object, name, old = json_object()) < 0)
			return false;
		return ctl_path_set(field->descriptor, old, path + len + 1, text);
	}
	json_t *value = word_json(field, text);
	if (field->label != PROTOBUF_C_LABEL_REPEATED)
		return json_object_set_new(object, name, value) == 0;
	if (!old && json_object_set_new(object, name, old = json_array()) < 0)
		return false;
	return json_array_append_new(old, value) == 0;
}

static json_t *text_load(const char *text, struct pidc_error *err)
{
	json_error_t where = {.line = 0};
	json_t *json = NULL;
	if (*text == '{') {
		json = json_loads(text, JSON_REJECT_DUPLICATES, &where);
	} else {
		FILE *file = strcmp(text, "-") == 0 ? stdin : fopen(text, "re");
		if (!file) {
			(void)pidc_fail(err, PIDC_EINVAL, "--json: cannot read %.150s", text);
			return NULL;
		}
		json = json_loadf(file, JSON_REJECT_DUPLICATES, &where);
		if (file != stdin)
			(void)fclose(file);
	}
	if (!json || !json_is_object(json)) {
		(void)pidc_fail(err, PIDC_EINVAL, "--json: line %d: %s", where.line,
				json ? "not an object" : where.text);
		json_decref(json);
		return NULL;
	}
	return json;
}

static bool args_set(struct ctl *ctl, json_t *request)
{
	const struct command *command = ctl->in->command;
	const char *p = command->args;
	for (size_t i = 0; i < ctl->in->arg_count; i++) {
		char name[64];
		size_t len = strcspn(p, " ");
		(void)snprintf(name, sizeof(name), "%.*s", (int)len, p);
		/* Arguments of the command's own, such as a file, are no fields. */
		if (protobuf_c_message_descriptor_get_field_by_name(command->request, name) &&
		    !ctl_path_set(command->request, request, name, ctl->in->args[i]))
			return false;
		p += len + (p[len] == ' ');
	}
	return true;
}

const char *ctl_request_id(struct ctl *ctl)
{
	const char *given = invocation_flag(ctl->in, "request-id", 0);
	if (given)
		(void)snprintf(ctl->request_id, sizeof(ctl->request_id), "%s", given);
	else
		uuid_random(ctl->request_id);
	return ctl->request_id;
}

/* A write gets a random id, so that the answer can be asked for again. */
static bool request_id_set(struct ctl *ctl, json_t *request)
{
	const ProtobufCMessageDescriptor *descriptor = ctl->in->command->request;
	const char *given = json_string_value(json_object_get(request, "request_id"));
	if (!given)
		given = json_string_value(json_object_get(request, "requestId"));
	if (!protobuf_c_message_descriptor_get_field_by_name(descriptor, "request_id"))
		return true;
	if (given) {
		(void)snprintf(ctl->request_id, sizeof(ctl->request_id), "%s", given);
		return true;
	}
	return json_object_set_new(request, "request_id", json_string(ctl_request_id(ctl))) == 0;
}

int ctl_request_json(struct ctl *ctl, json_t **ret)
{
	const struct command *command = ctl->in->command;
	const char *text = invocation_flag(ctl->in, "json", 0);
	struct pidc_error err = {.code = 0};
	json_t *request = text ? text_load(text, &err) : json_object();
	if (!request)
		return err.code ? ctl_error(ctl, &err)
				: ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory");
	bool is_good = args_set(ctl, request);
	for (size_t i = 0; is_good && i < ctl->in->given_count; i++) {
		const struct flag *flag = ctl->in->given[i].flag;
		if (flag->field)
			is_good = ctl_path_set(command->request, request, flag->field,
					       ctl->in->given[i].value);
		if (!is_good)
			(void)pidc_fail(&err, PIDC_EINVAL, "--%s does not fit this command",
					flag->name);
	}
	if (!is_good || !request_id_set(ctl, request)) {
		json_decref(request);
		return ctl_fail(ctl, EXIT_USAGE, "",
				err.code ? err.msg : "an argument is not text");
	}
	*ret = request;
	return EXIT_OK;
}

int ctl_json_message(struct ctl *ctl, const ProtobufCMessageDescriptor *descriptor,
		     const json_t *json, ProtobufCMessage **ret)
{
	struct pidc_error err = {.code = 0};
	char *text = json_dumps(json, JSON_COMPACT);
	if (!text)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
	int rc = json_parse(descriptor, text, strlen(text), ctl->arena, ret, &err);
	free(text);
	return rc < 0 ? ctl_error(ctl, &err) : EXIT_OK;
}

int ctl_request(struct ctl *ctl, ProtobufCMessage **ret)
{
	json_t *request = NULL;
	int status = ctl_request_json(ctl, &request);
	if (status != EXIT_OK)
		return status;
	status = ctl_json_message(ctl, ctl->in->command->request, request, ret);
	json_decref(request);
	return status;
}
