/* SPDX-License-Identifier: ISC
 *
 * What one run of pidcctl works with. Functions that return "an exit status"
 * have already said on the standard error what was wrong.
 */
#pragma once

#include "client/channel.h"
#include "client/command.h"
#include "client/context.h"
#include "client/escape.h"
#include "client/output.h"
#include "core/arena.h"

#include <jansson.h>

/* Everything one answer may hold; a page is at most 1 MiB on the wire. */
#define CTL_MEMORY_MAX ((size_t)512 * 1024 * 1024)

enum exit_status {
	EXIT_OK = 0,
	EXIT_UNEXPECTED = 1,
	EXIT_USAGE = 2,
	EXIT_NO = 3,
	EXIT_IDENTITY = 4,
	EXIT_NOT_FOUND = 5,
	EXIT_CONFLICT = 6,
	EXIT_UNAVAILABLE = 7,
	EXIT_INTEGRITY = 9,
};

struct ctl {
	struct invocation *in;
	struct arena *arena;
	struct contexts contexts;
	const struct context *context; /* in contexts; NULL: none chosen */
	struct channel *channel;       /* NULL until the first call */
	struct output output;
	char request_id[37]; /* of the last write, or "" */
	char trace_id[33];   /* of all calls of this run */
	/* What is to be typed before something final; NULL: the command's first argument. */
	const char *confirm_word;
};

/* Flag, variable or context, in this order; NULL: not set. ret_source may be NULL:
 * where it comes from, for people. */
const char *ctl_setting(const struct ctl *ctl, enum setting setting, const char **ret_source);

/* Find the contexts and the one that is meant. Exit status. */
int ctl_contexts(struct ctl *ctl);

/* --at-revision: wait until the register has got so far. Exit status; EXIT_UNAVAILABLE when it
 * has not in time. */
int ctl_revision_wait(struct ctl *ctl);

/* One call with one answer, connecting first where needed. Exit status. */
int ctl_call(struct ctl *ctl, const char *path, const ProtobufCMessage *request,
	     const ProtobufCMessageDescriptor *response, ProtobufCMessage **ret);
/* The same, silent; false: no answer, and *ret_status (may be NULL) says why. */
bool ctl_try(struct ctl *ctl, const char *path, const ProtobufCMessage *request,
	     const ProtobufCMessageDescriptor *response, ProtobufCMessage **ret,
	     struct channel_status *ret_status);
/* A stream; the callbacks as in channel.h. Exit status. */
int ctl_stream(struct ctl *ctl, const struct channel_call *call);
/* The same, silent: how it ended, be it that nobody could be reached. */
void ctl_attempt(struct ctl *ctl, const struct channel_call *call, struct channel_status *ret);
/* Let the connection go; the next call makes another. */
void ctl_disconnect(struct ctl *ctl);

/* --validate-only or --dry-run. */
bool ctl_is_dry(const struct ctl *ctl);

/* The command's request from flags, arguments and --json. Exit status. */
int ctl_request(struct ctl *ctl, ProtobufCMessage **ret);
/* The same before it is parsed: the caller owns *ret. */
int ctl_request_json(struct ctl *ctl, json_t **ret);
/* A request id for what has none: that of --request-id, or a random one. */
const char *ctl_request_id(struct ctl *ctl);
/* Set the field at a dotted path from a word of the command line. False: no memory,
 * text not UTF-8, or no such field. */
bool ctl_path_set(const ProtobufCMessageDescriptor *descriptor, json_t *object, const char *path,
		  const char *text);
int ctl_json_message(struct ctl *ctl, const ProtobufCMessageDescriptor *descriptor,
		     const json_t *json, ProtobufCMessage **ret);

/* Serialized form in the arena; NULL when memory is short. */
uint8_t *ctl_pack(struct ctl *ctl, const ProtobufCMessage *message, size_t *ret_len);

/* The command's call, with this request; its answer is printed. Exit status. */
int ctl_run_call(struct ctl *ctl, const ProtobufCMessage *request, ProtobufCMessage **ret);
/* Commands that are one call and one answer. */
int ctl_plain(struct ctl *ctl);
/* Lists of many pages. */
bool ctl_is_paged(const struct command *command);
int ctl_list(struct ctl *ctl);

/* --- asking ------------------------------------------------------------------- */

/* May this command go on without a question, or ask one later? Exit status. */
int confirm_check(struct ctl *ctl);
/* Ask, as the command's level wants it. Exit status: EXIT_NO for any other answer. */
int confirm_ask(struct ctl *ctl);

/* --- failures ------------------------------------------------------------------- */

/* Say what is wrong. Returns status. */
int ctl_fail(struct ctl *ctl, int status, const char *reason, const char *message);
int ctl_error(struct ctl *ctl, const struct pidc_error *err);
int ctl_refused(struct ctl *ctl, const struct channel_status *status);
int exit_of_status(const struct channel_status *status);
/* How a failure of ours looks as a status. */
void status_of_error(const struct pidc_error *err, struct channel_status *ret);
void status_of_exit(int status, const char *reason, const char *message,
		    struct channel_status *ret);

/* --- help ------------------------------------------------------------------------- */

/* "", "exit-codes", a noun, or a noun and a verb; to the standard output. Exit status. */
int help_topic(struct ctl *ctl, const char *noun, const char *verb);
void help_command(struct ctl *ctl, const struct command *command);
/* The page that explains a noun, e.g. "pidcctl-consent(1)". */
const char *help_manual(const char *noun, char ret[64]);
/* Candidates for the last of these words, a line each: the shells' completion. */
int completion_words(int argc, char *const *argv);

/* --- commands --------------------------------------------------------------------- */

int ctl_completion(struct ctl *ctl);
int ctl_context_list(struct ctl *ctl);
int ctl_context_show(struct ctl *ctl);
int ctl_server_ping(struct ctl *ctl);
int ctl_dataset_define(struct ctl *ctl);
int ctl_contribution_submit(struct ctl *ctl);
int ctl_contribution_lower(struct ctl *ctl);
int ctl_upload_put(struct ctl *ctl);
int ctl_contribution_import(struct ctl *ctl);
int ctl_approval_answer(struct ctl *ctl);
int ctl_disclosure_acknowledge(struct ctl *ctl);
int ctl_recall_items(struct ctl *ctl);
int ctl_request_create(struct ctl *ctl);
int ctl_resolution_vote(struct ctl *ctl);
int ctl_resolution_show(struct ctl *ctl);
int ctl_ledger_watch(struct ctl *ctl);
/* consent check and explain: whoever is asked about is one as PARTNER unless told. */
int ctl_consent_question(struct ctl *ctl, ProtobufCMessage **ret);
int ctl_consent_explain(struct ctl *ctl);
int ctl_consent_revoke_all(struct ctl *ctl);
int ctl_consent_open(struct ctl *ctl);
int ctl_consent_change(struct ctl *ctl);
int ctl_consent_simulate(struct ctl *ctl);
int ctl_consent_approve(struct ctl *ctl);
int ctl_consent_show(struct ctl *ctl);
int ctl_consent_check(struct ctl *ctl);
int ctl_data_fetch(struct ctl *ctl);
int ctl_ledger_proof(struct ctl *ctl);
int ctl_ledger_consistency(struct ctl *ctl);
int ctl_ledger_verify(struct ctl *ctl);
