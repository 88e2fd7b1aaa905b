/* SPDX-License-Identifier: ISC
 *
 * pidcctl context list, context show.
 */
#include "client/ctl.h"
#include "wire/tls.h"

#include <string.h>
#include <time.h>

int ctl_context_list(struct ctl *ctl)
{
	const struct contexts *contexts = &ctl->contexts;
	struct pidc_error err = {.code = 0};
	json_t *rows = json_array();
	for (size_t i = 0; i < contexts->count; i++) {
		const struct context *context = &contexts->list[i];
		bool is_current = ctl->context == context;
		json_t *row = json_pack("{s:s, s:s?, s:s?, s:b, s:b}", "name", context->name,
					"server", context->values[SETTING_SERVER], "cert",
					context->values[SETTING_CERT], "production",
					context->is_production, "current", is_current);
		(void)json_array_append_new(rows, row);
	}
	if (json_array_size(rows) == 0)
		(void)fprintf(stderr, "no contexts in %s\n", contexts->path);
	int rc = output_rows(&ctl->output, ctl->in->command->columns, rows, NULL, &err);
	json_decref(rows);
	return rc < 0 ? ctl_error(ctl, &err) : EXIT_OK;
}

/* What stands in the certificate that would be used. */
static void certificate_add(json_t *object, const char *file)
{
	struct tls_peer peer;
	char text[65];
	char date[32];
	if (!file || tls_certificate_describe(file, &peer, NULL) < 0)
		return;
	for (size_t i = 0; i < sizeof(peer.spki_sha256); i++)
		(void)snprintf(text + 2 * i, 3, "%02x", peer.spki_sha256[i]);
	time_t end = (time_t)peer.not_after;
	struct tm tm;
	(void)json_object_set_new(object, "principalId", json_string(peer.spiffe_id));
	(void)json_object_set_new(object, "spkiSha256", json_string(text));
	if (gmtime_r(&end, &tm) && strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		(void)json_object_set_new(object, "notAfter", json_string(date));
}

int ctl_context_show(struct ctl *ctl)
{
	struct pidc_error err = {.code = 0};
	json_t *object = json_pack("{s:s, s:s?}", "file", ctl->contexts.path, "context",
				   ctl->context ? ctl->context->name : NULL);
	for (int i = 0; i < SETTING_COUNT; i++) {
		const char *source = NULL;
		const char *value = ctl_setting(ctl, (enum setting)i, &source);
		(void)json_object_set_new(object, setting_names[i],
					  value ? json_string(value) : json_null());
		char key[32];
		(void)snprintf(key, sizeof(key), "%sFrom", setting_names[i]);
		if (value)
			(void)json_object_set_new(object, key, json_string(source));
	}
	if (ctl->context)
		(void)json_object_set_new(object, "production",
					  json_boolean(ctl->context->is_production));
	certificate_add(object, ctl_setting(ctl, SETTING_CERT, NULL));
	int rc = output_object(&ctl->output, NULL, object, &err);
	json_decref(object);
	return rc < 0 ? ctl_error(ctl, &err) : EXIT_OK;
}
