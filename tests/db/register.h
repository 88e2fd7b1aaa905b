/* SPDX-License-Identifier: ISC
 *
 * A seeded register on a PostgreSQL of its own, driven through the services without
 * sockets. One register serves all tests of a program, each of which only adds to it.
 * Whatever goes wrong here ends the test.
 */
#pragma once

#include "core/signature.h"
#include "daemon/db/connection.h"
#include "daemon/service/service.h"
#include "pidc/v1/ledger.pb-c.h"
#include "tests/lib/check.h"

/* Somebody who calls: registered with a key of its own. */
struct caller {
	const char *principal_id;
	const char *capacity; /* or NULL */
	struct signing_key *key;
	uint8_t spki_sha256[SHA256_LEN];
};

struct register_world {
	struct pg *pg;
	struct db *db;    /* as the daemon's role */
	struct db *owner; /* as superuser: somebody behind the daemon's back */
	struct arena *arena;
	char *dir; /* of the keys */
};

extern struct register_world world;

/* For cmocka_run_group_tests. */
int register_setup(void **state);
int register_teardown(void **state);

/* Organisations, codes, members and partners, as setup does; again nothing changes. */
void register_import_seeds(void);

/* Register who, with one role ("MEMBER_HEAD"), by import. */
void caller_init(struct caller *caller, const char *principal_id, const char *org,
		 const char *role);
void caller_close(struct caller *caller);

/* The job of a request, which it borrows. */
struct service_job *job_of(const struct caller *caller, const char *path,
			   const ProtobufCMessage *request);
/* A JSON request; with a fresh request_id in front when it starts with '+'. */
struct service_job *job_new(const struct caller *caller, const char *path, const char *json);
/* Run it in its lane; the job has its answer. */
void job_run(struct service_job *job);
void assert_ok(const struct service_job *job);
void assert_refused(const struct service_job *job, Pidc__V1__Reason reason, const char *field);

/* Run, and give the reply: it must succeed. */
const ProtobufCMessage *call_ok(const struct caller *caller, const char *path,
				const ProtobufCMessageDescriptor *reply, const char *json);
void call_refused(const struct caller *caller, const char *path, Pidc__V1__Reason reason,
		  const char *field, const char *json);

/* What `who` would sign: base64 in JSON, {"statement":"..","signature":{..}}. */
const char *signed_json(const struct caller *who, const ProtobufCMessage *message);

/* Rows that a superuser counts: SELECT count(*) ... */
void assert_sql(const char *condition);

/* Findings of one deep verification; each is printed, the first one is in *ret_first, NULL
 * when there is none. */
uint64_t register_verify(const struct caller *auditor, const Pidc__V1__VerifyFinding **ret_first);
/* End the test unless there are none. */
void assert_verified(const struct caller *auditor);
