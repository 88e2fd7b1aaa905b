/* SPDX-License-Identifier: ISC
 *
 * What the daemon's transport needs to know of the services: the method table
 * and the functions that lane workers run. No libuv here, no libpq; everything
 * below runs in a lane worker (blocking) unless said otherwise.
 *
 * The way of a request: conn -> call -> lane -> service -> rule -> event -> apply.
 */
#pragma once

#include "core/arena.h"
#include "core/reason.h"
#include "daemon/db/db.h"

#include <stdbool.h>
#include <stdint.h>

enum service_lane { LANE_WRITE, LANE_READ, LANE_BULK, LANE_COUNT };

enum service_stream {
	STREAM_NONE,  /* unary */
	STREAM_ITEMS, /* bidi: every request message is one unary command of `item`; answers in
			 order */
	STREAM_FETCH, /* server stream: release (write lane), content (bulk lane), again */
	STREAM_STEPS, /* server stream: one bulk step after the other on a connection of its own */
	STREAM_WATCH, /* server stream without end: what there is, then what comes */
};

struct service_method; /* opaque for the transport but for the accessors below */

/* NULL when there is no such path ("/pidc.v1.MemberService/GetMember"). */
const struct service_method *service_method_find(const char *path);
/* The i-th of the table, NULL past the last. */
const struct service_method *service_method_at(size_t i);
/* That path, also of methods that no client can call; for the log. */
const char *service_method_path(const struct service_method *method);
enum service_lane service_method_lane(const struct service_method *method);
enum service_stream service_method_stream(const struct service_method *method);
/* STREAM_ITEMS: the unary command that every message of the stream is. */
const struct service_method *service_method_item(const struct service_method *method);
const ProtobufCMessageDescriptor *service_method_request(const struct service_method *method);
const ProtobufCMessageDescriptor *service_method_reply(const struct service_method *method);

/* One unit of work for a lane: owned by its call; the transport fills the first
 * part on the loop thread, a worker fills the second, then the loop answers. */
struct service_job {
	/* in */
	const struct service_method *method;
	const uint8_t *request_bytes; /* as they came; for the request's digest */
	size_t request_len;
	const ProtobufCMessage *request; /* unpacked in arena, passed the guard */
	uint8_t spki_sha256[32];         /* of the peer's certificate */
	const char *principal_id;        /* its SPIFFE id */
	const char *capacity;            /* metadata pidc-capacity, or NULL */
	struct arena *arena;             /* of the call; everything below lives in it */
	bool is_bootstrap;               /* offline import only */
	/* out */
	int result;             /* 0, or PIDC_EREFUSED with refusal filled */
	struct refusal refusal; /* also for EUNAVAILABLE, EUNCERTAIN, ...: always filled */
	/* What the database or our own machinery said, when that is what failed: a PIDC_E*
	 * (else 0) and its text (or NULL). For the log of the daemon, never for a client. */
	int failure;
	const char *failure_text;
	uint8_t *reply; /* serialized message of the method's reply type */
	size_t reply_len;
	bool revoked_key; /* spki_revoked ended: close connections that use it */
	uint8_t spki_revoked[32];
};

/* Run a batch. Each job of the batch gets its result; errors of the database
 * are turned into refusals. A write batch is one transaction with one commit,
 * retried by halves when the database refuses something in it. db may be dead
 * afterwards (db_is_alive). */
void service_run_write(struct db *db, struct service_job *const *jobs, size_t n);
void service_run_read(struct db *db, struct service_job *const *jobs, size_t n);

/* --- streams --------------------------------------------------------------- */

/* A fetch alternates: service_fetch_plan (bulk) once, then for every chunk
 * service_fetch_release (write lane, through service_run_write: the job's method is an
 * internal one) and service_fetch_content (bulk). One release may be ahead: prepared while
 * no other step of the fetch runs, it may be decided during the content step before it. */
struct service_fetch;

/* Plan on a bulk connection: which contributions, in which chunks. job is the call's
 * job; on 0 *ret is in job->arena, otherwise job has the refusal. */
int service_fetch_plan(struct db *db, struct service_job *job,
		       struct service_fetch **ret) PIDC_MUSTCHECK;
bool service_fetch_has_next(const struct service_fetch *fetch);
/* There is a next chunk, and it may be ahead of the one that was prepared last: neither has
 * files. */
bool service_fetch_has_ahead(const struct service_fetch *fetch);
/* Prepare *next as the write-lane job that decides the next chunk (arena: a chunk arena given by
 * the caller, which must live until the chunk is sent). Any thread. */
int service_fetch_release(struct service_fetch *fetch, struct arena *arena,
			  struct service_job *next) PIDC_MUSTCHECK;
/* After that job had result 0: read the content on a bulk connection and leave the
 * serialized FetchResponse in next->reply. While service_fetch_has_piece, once more, with
 * nothing but method and arena in *next: the files of the chunk, piece by piece. */
bool service_fetch_has_piece(const struct service_fetch *fetch);
int service_fetch_content(struct service_fetch *fetch, struct db *db,
			  struct service_job *next) PIDC_MUSTCHECK;

/* STREAM_STEPS (deep verification): start makes the state; each step gives at most one
 * reply message in *ret_reply (serialized, in the arena given) and says whether it was the last.
 * The same db for all steps of a stream. */
struct service_steps;
int service_steps_start(struct db *db, struct service_job *job,
			struct service_steps **ret) PIDC_MUSTCHECK;
int service_steps_next(struct service_steps *steps, struct db *db, struct arena *arena,
		       struct service_job *job, bool *ret_is_last) PIDC_MUSTCHECK;
void service_steps_free(struct service_steps *steps);

/* STREAM_WATCH. start looks at the request only (any thread); *ret lives in job->arena. read
 * gives the next entries (bulk lane) in job->reply, in the arena given; none and no
 * reply when there are none, unless is_beat asks for a message anyway. *ret_has_more: some
 * came, there may be more. */
struct service_watch;
int service_watch_start(struct service_job *job, struct service_watch **ret) PIDC_MUSTCHECK;
int service_watch_read(struct service_watch *watch, struct db *db, struct arena *arena,
		       struct service_job *job, bool is_beat, bool *ret_has_more) PIDC_MUSTCHECK;
uint64_t service_watch_heartbeat_ms(const struct service_watch *watch);
/* Whose chain it is; "" before the first read. */
const char *service_watch_org(const struct service_watch *watch);

/* --- what the daemon asks for itself ------------------------------------------ */

/* Prepare the job of the write lane that records this start; the same each time, and
 * recorded once however often it runs. PIDC_ENOMEM. */
int service_start(struct arena *arena, struct service_job *ret) PIDC_MUSTCHECK;

/* Prepare the job of the write lane that makes one entry of the refusals that were only
 * counted; refused with E_NOT_FOUND when there are none of an hour that is over.
 * PIDC_ENOMEM. */
int service_fold(struct arena *arena, struct service_job *ret) PIDC_MUSTCHECK;

/* Take statistics of all tables, or of those that have grown a lot, so that plans fit
 * them. Takes seconds where there is much. *ret_count: of how many. */
int service_analyze(struct db *db, bool is_all, uint64_t *ret_count,
		    struct pidc_error *err) PIDC_MUSTCHECK;

/* Which of n keys are bound no more: ret_ended has room for n. */
int service_keys_ended(struct db *db, uint8_t (*keys)[32], size_t n, bool *ret_ended,
		       struct pidc_error *err) PIDC_MUSTCHECK;

/* --- start ----------------------------------------------------------------- */

struct service_info {
	const char *origin; /* of the ledger, from the configuration */
	char instance_id[37];
	int64_t max_clock_step_us; /* a larger leap of the clock stops writes */
	uint64_t max_refusals;     /* entries of refused releases an hour for a principal; 0: all */
	size_t check_bytes;        /* memory for answers of checks; 0: 64 MiB */
};
/* Set once before lanes start; copied. */
void service_init(const struct service_info *info);

/* Import: run one JSON-lines request as bootstrap. Fills job->result. */
int service_import_line(struct db *db, const char *line, struct arena *arena,
			struct service_job *ret_job, struct pidc_error *err) PIDC_MUSTCHECK;
