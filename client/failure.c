/* SPDX-License-Identifier: ISC
 *
 * What went wrong, why, and what to do: four lines for people, one for scripts.
 */
#include "client/ctl.h"
#include "core/reason.h"
#include "wire/rpc.h"

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
	case EXIT_USAGE:
		return "See the help of this command, --help.";
	case EXIT_NO:
		return "Nothing was done; if it should be, do it again.";
	case EXIT_IDENTITY:
		return "Check --cert and --key; ask your head to register the certificate.";
	case EXIT_UNAVAILABLE:
		return "Check --server and the network, then try again.";
	case EXIT_INTEGRITY:
		return "Keep this output, it is evidence, and tell the auditor.";
	default:
		return "Ask the operator, with the request id.";
	}
}

static json_t *retry_json(const struct channel_status *status)
{
	char text[32];
	if (status->retry_after_ms < 0)
		return json_null();
	(void)snprintf(text, sizeof(text), "%.3fs", (double)status->retry_after_ms / 1000.0);
	return json_string(text);
}

static void failure_json(const struct ctl *ctl, const struct channel_status *status)
{
	json_t *metadata = json_object();
	for (size_t i = 0; i < status->metadata_count; i++)
		(void)json_object_set_new(metadata, status->metadata[i].key,
					  json_string(status->metadata[i].value));
	bool is_retryable = exit_of_status(status) == EXIT_UNAVAILABLE;
	/* Texts that were cut inside a character become null, not an error. */
	json_t *line = json_pack("{s:s, s:s, s:s, s:o?, s:s, s:b, s:o, s:o, s:s, s:s}", "code",
				 code_name(status->code), "reason", status->reason, "domain",
				 status->domain, "message", json_string(status->message), "remedy",
				 remedy_of(status), "retryable", is_retryable, "retryAfter",
				 retry_json(status), "metadata", metadata, "requestId",
				 ctl->request_id, "traceId", ctl->trace_id);
	output_json_line(line, stderr);
	json_decref(line);
}

/* What happened, in the words of the exit status. */
static const char *outcome_of(const struct channel_status *status)
{
	switch (exit_of_status(status)) {
	case EXIT_USAGE:
		return "this cannot be done so";
	case EXIT_NO:
		return "the answer is no";
	case EXIT_IDENTITY:
		return "the register does not know you, or not any more";
	case EXIT_NOT_FOUND:
		return "not found, or not for you to see";
	case EXIT_CONFLICT:
		return "somebody or something was there first";
	case EXIT_UNAVAILABLE:
		return "no answer; it is safe to try again";
	case EXIT_INTEGRITY:
		return "AN INTEGRITY CHECK FAILED";
	default:
		return "it failed";
	}
}

/* The clause and the field; the remedy has a line of its own. */
static void why_print(const struct channel_status *status)
{
	const char *separator = " (";
	if (*status->reason) {
		(void)fputs(separator, stderr);
		escape_print(stderr, status->reason);
		separator = ", ";
	}
	for (size_t i = 0; i < status->metadata_count; i++) {
		if (strcmp(status->metadata[i].key, "remedy") == 0)
			continue;
		(void)fputs(separator, stderr);
		escape_print(stderr, status->metadata[i].key);
		(void)fputc(' ', stderr);
		escape_print(stderr, status->metadata[i].value);
		separator = ", ";
	}
	(void)fputs(*separator == ',' ? ")\n" : "\n", stderr);
}

static void failure_lines(const struct ctl *ctl, const struct channel_status *status)
{
	const struct command *command = ctl->in ? ctl->in->command : NULL;
	char what[200];
	char page[64];
	(void)snprintf(what, sizeof(what), "pidcctl%s%s%s%s: %s", command ? " " : "",
		       command ? command->noun : "", command && *command->verb ? " " : "",
		       command ? command->verb : "", outcome_of(status));
	terminal_paint(&ctl->output.terminal, stderr, PAINT_BAD, what);
	(void)fputs("\nwhy: ", stderr);
	escape_print(stderr, *status->message ? status->message : code_name(status->code));
	why_print(status);
	(void)fprintf(stderr, "what to do: %s\nsee %s", remedy_of(status),
		      help_manual(command ? command->noun : "", page));
	if (*ctl->request_id)
		(void)fprintf(stderr, "; request id %s", ctl->request_id);
	(void)fputc('\n', stderr);
}

int ctl_refused(struct ctl *ctl, const struct channel_status *status)
{
	if (output_is_json(&ctl->output))
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
