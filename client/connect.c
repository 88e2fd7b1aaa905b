/* SPDX-License-Identifier: ISC
 *
 * Which register, as whom: settings and the connection made of them.
 */
#include "client/ctl.h"
#include "wire/tls.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIMEOUT_SECONDS 30 /* a cold start on a satellite link takes 2 to 5 */
/* A new certificate is signed at the next visit of somebody who may, so say it early. */
#define EXPIRY_WARN_DAYS 30

/* What ./dev and daemons call the server's address. */
static const char address_variable[] = "PIDC_ADDRESS";

const char *ctl_setting(const struct ctl *ctl, enum setting setting, const char **ret_source)
{
	const char *variable = setting_variables[setting];
	const char *value = invocation_flag(ctl->in, setting_names[setting], 0);
	const char *source = "flag";
	if (!value) {
		value = getenv(variable);
		source = variable;
	}
	if ((!value || !*value) && setting == SETTING_SERVER) {
		value = getenv(address_variable);
		source = address_variable;
	}
	if ((!value || !*value) && ctl->context) {
		value = ctl->context->values[setting];
		source = "context";
	}
	if (ret_source)
		*ret_source = source;
	return value && *value ? value : NULL;
}

int ctl_contexts(struct ctl *ctl)
{
	struct pidc_error err = {.code = 0};
	const char *name = invocation_flag(ctl->in, "context", 0);
	char text[160];
	if (contexts_load(ctl->arena, &ctl->contexts, &err) < 0)
		return ctl_error(ctl, &err);
	if (!name)
		name = getenv("PIDC_CONTEXT");
	if (!name || !*name)
		name = ctl->contexts.chosen_by_file;
	if (!name)
		return EXIT_OK;
	ctl->context = contexts_find(&ctl->contexts, name);
	if (ctl->context)
		return EXIT_OK;
	(void)snprintf(text, sizeof(text), "there is no context \"%.40s\" in %.90s", name,
		       ctl->contexts.path);
	return ctl_fail(ctl, EXIT_USAGE, "", text);
}

void ctl_disconnect(struct ctl *ctl)
{
	channel_close(ctl->channel);
	ctl->channel = NULL;
}

/* Whoever writes to the register that counts is told so; and in time of the end of a
 * certificate, since who is cut off cannot ask for another. */
static void identity_say(const struct ctl *ctl, const char *cert_file)
{
	struct tls_peer peer = {.has_certificate = false};
	if (tls_certificate_describe(cert_file, &peer, NULL) < 0)
		return; /* channel_open says what is wrong with it */
	int64_t days = (peer.not_after - (int64_t)time(NULL)) / 86400;
	char *id = escape_terminal(peer.spiffe_id);
	if (ctl->context && ctl->context->is_production && command_is_write(ctl->in->command) &&
	    !ctl_is_dry(ctl))
		(void)fprintf(stderr, "context %s as %s\n", ctl->context->name, id ? id : "?");
	if (days >= 0 && days < EXPIRY_WARN_DAYS && !output_is_json(&ctl->output))
		(void)fprintf(stderr, "your certificate ends in %d days: ask for a new one\n",
			      (int)days);
	free(id);
}

static int options_check(const struct channel_options *options, struct channel_status *ret)
{
	const struct {
		const char *value;
		int status;
		const char *message;
	} rows[] = {
		{options->server, EXIT_USAGE,
		 "no register: give --server HOST:PORT, PIDC_SERVER or a context"},
		{options->ca_file, EXIT_USAGE,
		 "no root certificate: give --ca FILE, PIDC_CA or a context"},
		{options->cert_file, EXIT_IDENTITY,
		 "no certificate: give --cert FILE, PIDC_CERT or a context"},
		{options->key_file, EXIT_IDENTITY,
		 "no private key: give --key FILE, PIDC_KEY or a context"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].value)
			continue;
		status_of_exit(rows[i].status, "", rows[i].message, ret);
		return PIDC_EINVAL;
	}
	return 0;
}

static bool begins_with(const char *text, const char *path)
{
	return path && strncmp(text, path, strlen(path)) == 0;
}

/* 0, or negative with *ret. */
static int connect_now(struct ctl *ctl, struct channel_status *ret)
{
	struct pidc_error err = {.code = 0};
	const char *timeout = invocation_flag(ctl->in, "timeout", 0);
	char *end = NULL;
	unsigned long seconds = timeout ? strtoul(timeout, &end, 10) : TIMEOUT_SECONDS;
	struct channel_options options = {
		.server = ctl_setting(ctl, SETTING_SERVER, NULL),
		.ca_file = ctl_setting(ctl, SETTING_CA, NULL),
		.cert_file = ctl_setting(ctl, SETTING_CERT, NULL),
		.key_file = ctl_setting(ctl, SETTING_KEY, NULL),
		.capacity = ctl_setting(ctl, SETTING_CAPACITY, NULL),
		.trace_id = ctl->trace_id,
		.timeout_ms = (uint64_t)seconds * 1000,
	};
	if (timeout && (*end || end == timeout || seconds == 0 || seconds > 86400)) {
		status_of_exit(EXIT_USAGE, "", "--timeout is 1 to 86400 seconds", ret);
		return PIDC_EINVAL;
	}
	int rc = options_check(&options, ret);
	if (rc < 0)
		return rc;
	identity_say(ctl, options.cert_file);
	rc = channel_open(&options, &ctl->channel, &err);
	/* A file of ours that is at fault is named first. */
	bool is_identity = rc == PIDC_EINVAL && (begins_with(err.msg, options.cert_file) ||
						 begins_with(err.msg, options.key_file));
	if (is_identity)
		status_of_exit(EXIT_IDENTITY, "", err.msg, ret);
	else if (rc < 0)
		status_of_error(&err, ret);
	return rc;
}

void ctl_attempt(struct ctl *ctl, const struct channel_call *call, struct channel_status *ret)
{
	struct pidc_error err = {.code = 0};
	if (!ctl->channel && connect_now(ctl, ret) < 0)
		return;
	if (channel_run(ctl->channel, call, ret, &err) < 0)
		status_of_error(&err, ret);
}
