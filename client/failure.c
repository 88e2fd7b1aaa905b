/* SPDX-License-Identifier: ISC
 *
 * What went wrong, why, and what to do: four lines for people, one for scripts.
 */
#include "client/ctl.h"
#include "core/reason.h"
#include "wire/rpc.h"

#include <stdlib.h>
#include <string.h>

static const char *const code_names[] = {
	"OK",
	"CANCELLED",
	"UNKNOWN",
	"INVALID_ARGUMENT",
	"DEADLINE_EXCEEDED",
	"NOT_FOUND",
	"ALREADY_EXISTS",
	"PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED",
	"FAILED_PRECONDITION",
	"ABORTED",
	"OUT_OF_RANGE",
	"UNIMPLEMENTED",
	"INTERNAL",
	"UNAVAILABLE",
	"DATA_LOSS",
	"UNAUTHENTICATED",
};

static const char *code_name(int code)
{
	bool known = code >= 0 && (size_t)code < sizeof(code_names) / sizeof(*code_names);
	return known ? code_names[code] : "UNKNOWN";
}

int exit_of_status(const struct channel_status *status)
{
	switch (status->code) {
	case RPC_OK:
		return EXIT_OK;
	case RPC_INVALID_ARGUMENT:
	case RPC_OUT_OF_RANGE:
		return EXIT_USAGE;
	case RPC_PERMISSION_DENIED:
		return strncmp(status->reason, "E_CERT_", 7) == 0 ? EXIT_IDENTITY : EXIT_NO;
	case RPC_FAILED_PRECONDITION:
		return EXIT_NO;
	case RPC_UNAUTHENTICATED:
		return EXIT_IDENTITY;
	case RPC_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case RPC_ALREADY_EXISTS:
	case RPC_ABORTED:
		return EXIT_CONFLICT;
	case RPC_UNAVAILABLE:
	case RPC_DEADLINE_EXCEEDED:
	case RPC_RESOURCE_EXHAUSTED:
		return EXIT_UNAVAILABLE;
	case RPC_DATA_LOSS:
		return EXIT_INTEGRITY;
	default:
		return EXIT_UNEXPECTED;
	}
}

static const char *remedy_of(const struct channel_status *status)
{
	Pidc__V1__Reason reason = reason_by_name(status->reason);
	if (reason != PIDC__V1__REASON__REASON_UNSPECIFIED)
		return reason_lookup(reason)->remedy;
	switch (exit_of_status(status)) {
	case EXIT_UNAVAILABLE:
		return "Check --server and the network, then try again.";
	case EXIT_IDENTITY:
		return "Check --cert and --key; ask your head to register the certificate.";
	case EXIT_USAGE:
		return "See pidcctl help.";
	default:
		return "Ask the operator, with the request id.";
	}
}

static void failure_json(const struct ctl *ctl, const struct channel_status *status)
{
	json_t *metadata = json_object();
	for (size_t i = 0; i < status->metadata_count; i++)
		(void)json_object_set_new(metadata, status->metadata[i].key,
					  json_string(status->metadata[i].value));
	int exit_status = exit_of_status(status);
	/* Texts that were cut inside a character become null, not an error. */
	json_t *line = json_pack("{s:s, s:s, s:s, s:o?, s:s, s:b, s:o, s:s}", "code",
				 code_name(status->code), "reason", status->reason, "domain",
				 status->domain, "message", json_string(status->message), "remedy",
				 remedy_of(status), "retryable", exit_status == EXIT_UNAVAILABLE,
				 "metadata", metadata, "requestId", ctl->request_id);
	char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	(void)fprintf(stderr, "%s\n", text ? text : "{\"code\":\"UNKNOWN\"}");
	free(text);
	json_decref(line);
}

static void failure_lines(const struct ctl *ctl, const struct channel_status *status)
{
	char *message = output_escape(status->message);
	char *reason = output_escape(status->reason);
	(void)fprintf(stderr, "pidcctl: %s\n", message && *message ? message : "it failed");
	(void)fprintf(stderr, "why: %s%s%s", code_name(status->code), reason && *reason ? " " : "",
		      reason ? reason : "");
	for (size_t i = 0; i < status->metadata_count; i++) {
		if (strcmp(status->metadata[i].key, "remedy") == 0)
			continue; /* has a line of its own */
		char *value = output_escape(status->metadata[i].value);
		char *key = output_escape(status->metadata[i].key);
		(void)fprintf(stderr, " %s=%s", key ? key : "?", value ? value : "?");
		free(key);
		free(value);
	}
	(void)fprintf(stderr, "\nwhat to do: %s\nsee pidcctl(1)", remedy_of(status));
	if (*ctl->request_id)
		(void)fprintf(stderr, "; request id %s", ctl->request_id);
	(void)fputc('\n', stderr);
	free(reason);
	free(message);
}

int ctl_refused(struct ctl *ctl, const struct channel_status *status)
{
	if (ctl->format == OUTPUT_JSON || ctl->format == OUTPUT_JSONL)
		failure_json(ctl, status);
	else
		failure_lines(ctl, status);
	return exit_of_status(status);
}

void status_of_exit(int status, const char *reason, const char *message, struct channel_status *ret)
{
	static const int codes[] = {
		[EXIT_OK] = RPC_OK,
		[EXIT_UNEXPECTED] = RPC_UNKNOWN,
		[EXIT_USAGE] = RPC_INVALID_ARGUMENT,
		[EXIT_NO] = RPC_FAILED_PRECONDITION,
		[EXIT_IDENTITY] = RPC_UNAUTHENTICATED,
		[EXIT_NOT_FOUND] = RPC_NOT_FOUND,
		[EXIT_CONFLICT] = RPC_ABORTED,
		[EXIT_UNAVAILABLE] = RPC_UNAVAILABLE,
		[EXIT_INTEGRITY] = RPC_DATA_LOSS,
	};
	channel_status_decode(codes[status], message, NULL, 0, ret);
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
}

void status_of_error(const struct pidc_error *err, struct channel_status *ret)
{
	int status = EXIT_UNEXPECTED;
	switch (err->code) {
	case PIDC_EINVAL:
	case PIDC_ELIMIT:
		status = EXIT_USAGE;
		break;
	case PIDC_ECRYPTO:
		status = EXIT_IDENTITY;
		break;
	case PIDC_EUNAVAILABLE:
	case PIDC_EDEADLINE:
	case PIDC_ECLOSED:
		status = EXIT_UNAVAILABLE;
		break;
	case PIDC_EINTEGRITY:
		status = EXIT_INTEGRITY;
		break;
	default:
		break;
	}
	status_of_exit(status, "", err->msg, ret);
}

int ctl_fail(struct ctl *ctl, int status, const char *reason, const char *message)
{
	struct channel_status made;
	status_of_exit(status, reason, message, &made);
	(void)ctl_refused(ctl, &made);
	return status;
}

int ctl_error(struct ctl *ctl, const struct pidc_error *err)
{
	struct channel_status made;
	status_of_error(err, &made);
	return ctl_refused(ctl, &made);
}
