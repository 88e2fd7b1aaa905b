/* SPDX-License-Identifier: ISC
 *
 * What one run of pidcctl works with. Functions that return "an exit status"
 * have already said on the standard error what was wrong.
 */
#pragma once

#include "client/channel.h"
#include "client/command.h"
#include "client/output.h"
#include "core/arena.h"

#include <jansson.h>

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
	struct channel *channel; /* NULL until the first call */
	enum output_format format;
	char request_id[37]; /* of the last write, or "" */
};

/* One call with one answer, connecting first where needed. Exit status. */
int ctl_call(struct ctl *ctl, const char *path, const ProtobufCMessage *request,
	     const ProtobufCMessageDescriptor *response, ProtobufCMessage **ret);
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
/* Set the field at a dotted path from a word of the command line. False: no memory,
 * text not UTF-8, or no such field. */
bool ctl_path_set(const ProtobufCMessageDescriptor *descriptor, json_t *object, const char *path,
		  const char *text);
int ctl_json_message(struct ctl *ctl, const ProtobufCMessageDescriptor *descriptor,
		     const json_t *json, ProtobufCMessage **ret);

/* Serialized form in the arena; NULL when memory is short. */
uint8_t *ctl_pack(struct ctl *ctl, const ProtobufCMessage *message, size_t *ret_len);

/* Say what is wrong. Returns status. */
int ctl_fail(struct ctl *ctl, int status, const char *reason, const char *message);
int ctl_error(struct ctl *ctl, const struct pidc_error *err);
int ctl_refused(struct ctl *ctl, const struct channel_status *status);
int exit_of_status(const struct channel_status *status);
/* How a failure of ours looks as a status. */
void status_of_error(const struct pidc_error *err, struct channel_status *ret);
void status_of_exit(int status, const char *reason, const char *message,
		    struct channel_status *ret);

int ctl_server_ping(struct ctl *ctl);
int ctl_dataset_define(struct ctl *ctl);
int ctl_contribution_submit(struct ctl *ctl);
int ctl_contribution_import(struct ctl *ctl);
int ctl_consent_open(struct ctl *ctl);
int ctl_consent_change(struct ctl *ctl);
int ctl_consent_check(struct ctl *ctl);
int ctl_data_fetch(struct ctl *ctl);
int ctl_ledger_proof(struct ctl *ctl);
int ctl_ledger_consistency(struct ctl *ctl);
int ctl_ledger_verify(struct ctl *ctl);
/* Commands that are one call and one answer. */
int ctl_plain(struct ctl *ctl);
