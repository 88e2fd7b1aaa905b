/* SPDX-License-Identifier: ISC
 *
 * Private to daemon/service: what a row of the method table holds and what
 * passes between the steps of a batch. Lane workers only.
 */
#pragma once

#include "core/leaf.h"
#include "core/rule.h"
#include "daemon/service/service.h"
#include "pidc/v1/admin.pb-c.h"
#include "pidc/v1/board.pb-c.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/disclosure.pb-c.h"
#include "pidc/v1/identity.pb-c.h"
#include "pidc/v1/ledger.pb-c.h"
#include "pidc/v1/member.pb-c.h"
#include "pidc/v1/mou.pb-c.h"
#include "pidc/v1/partner.pb-c.h"
#include "pidc/v1/policy.pb-c.h"

#define ROLE_BIT(name) (UINT32_C(1) << PIDC__V1__ROLE__ROLE_##name)

/* One command on its way through a write batch. */
struct command_call {
	struct service_job *job;
	Pidc__V1__Actor *actor;
	Pidc__Store__V1__Context *ctx;
	ProtobufCMessage *facts;
	Pidc__V1__Event *event; /* NULL: refused, replayed, or validate_only */
	uint64_t index;
	int64_t tx_us;
	int64_t now_us;
	char new_id[37];
	bool is_done; /* the job has its answer already */
	/* Of RecordStatement: the statement inside, when it parses. */
	const Pidc__V1__ConsentStatement *statement;
	/* The command's further entries (follow.c), as calls without facts and answer. */
	struct command_call **more;
	size_t more_count;
};

/* Loads call->facts (initialized, of the command's facts type). 0 or PIDC_E*. */
typedef int command_facts_fn(struct db *db, struct command_call *call, struct arena *arena,
			     struct pidc_error *err);
/* Fills what the reply has besides its position. 0, PIDC_ENOMEM, or PIDC_EREFUSED with
 * job->refusal set: the event stands and the answer is no. */
typedef int command_reply_fn(const struct command_call *call, struct arena *arena,
			     ProtobufCMessage *reply);
/* The rule gave an event: is it to be an entry? If not, the job has its refusal. */
typedef int command_fold_fn(struct db *db, struct command_call *call, struct arena *arena,
			    bool *ret_is_folded, struct pidc_error *err);
/* More to store in the same transaction. */
typedef int command_after_fn(struct db *db, struct command_call *const *calls, size_t n,
			     struct arena *arena, struct pidc_error *err);

/* What a call's facts are about: calls of one run and one caller with the same key share
 * them. "": this one has facts of its own. */
typedef const char *command_key_fn(const ProtobufCMessage *request);

struct service_command {
	rule_fn *rule;
	const ProtobufCMessageDescriptor *facts;
	int statement; /* facts by this one statement, or -1 */
	bool is_many;  /* its events do not change another call's facts */
	/* Of a many command: this one's event does. NULL: none does. */
	bool (*is_alone)(const ProtobufCMessage *request);
	rule_more_fn *more;     /* further entries of a command that runs alone, or NULL */
	command_key_fn *key;    /* of a many command whose facts may be shared; or NULL */
	command_facts_fn *load; /* more facts, after the statement; or NULL */
	command_fold_fn *fold;  /* or NULL: every event is an entry */
	command_reply_fn *reply;
	command_after_fn *after;
};

/* A read: statements merged into the reply one after the other, or a function. */
struct read_call {
	struct db *db;
	struct service_job *job;
	const Pidc__Store__V1__Context *ctx;
	struct arena *arena;
};
typedef int query_fn(const struct read_call *call, ProtobufCMessage *reply, struct pidc_error *err);

/* A batch of reads, after its first statement. */
struct check_cache;

struct read_batch {
	struct db *db;
	struct arena *arena;
	Pidc__V1__Position *position;
	/* The position as the first field of a serialized reply. */
	const uint8_t *position_bytes;
	size_t position_len;
	int64_t now_us;
	uint64_t size;             /* of the ledger, at least */
	struct check_cache *cache; /* NULL: memory was short */
};

/* All jobs of one method at once; each job gets its result. PIDC_ENOMEM: none has. */
typedef int query_many_fn(const struct read_batch *batch, struct service_job *const *jobs,
			  Pidc__V1__Actor *const *actors, size_t n);

struct service_query {
	int statement;       /* or -1 */
	query_fn *run;       /* or NULL; after the statement */
	query_many_fn *many; /* or NULL: instead of both, for what is asked most */
	bool is_list;        /* pages; never NOT_FOUND */
};

struct service_method {
	const char *path;
	enum service_lane lane;
	enum service_stream stream;
	const ProtobufCMessageDescriptor *request;
	const ProtobufCMessageDescriptor *reply;
	uint32_t roles;    /* any of; 0: whoever has a bound certificate */
	uint32_t see_all;  /* these roles see what concerns others */
	bool is_bootstrap; /* may be imported offline */
	const struct service_command *command;
	const struct service_query *query;
	const char *item; /* STREAM_ITEMS: path of the unary method */
};

extern const struct service_info *const service_config;
/* Answers of checks; NULL when there is no memory for them. */
extern struct check_cache *service_checks;

/* The internal command of a fetch's chunk. */
extern const struct service_method service_release_method;

/* The daemon's own: that it has started. */
extern const struct service_method *const service_start_method;
/* And that refusals were counted. */
extern const struct service_method *const service_fold_method;

/* --- fields by name, for what every request and reply has (fields.c) ------- */

const char *message_string(const ProtobufCMessage *message, const char *field);
bool message_bool(const ProtobufCMessage *message, const char *field);
uint32_t message_uint32(const ProtobufCMessage *message, const char *field);
void message_set_pointer(ProtobufCMessage *message, const char *field, void *value);
void message_set_uint32(ProtobufCMessage *message, const char *field, uint32_t value);
void message_set_enum(ProtobufCMessage *message, const char *field, int value);
void message_set_string(ProtobufCMessage *message, const char *field, char *value);
/* For tables of ids; not for what a peer can make collide at will without a limit. */
size_t text_hash(const char *text);
/* What a statement of the database cannot take is refused with its path: every string
 * field named *_id or *_ids (but principal_id) is empty or a UUID, every instant is one,
 * numbers fit 63 bits; and, where the statement takes the request as it is (has_enums),
 * values of enums are known ones. Rules say more by themselves, and what an unknown action
 * is denied for is theirs. PIDC_EREFUSED with E_FIELD. */
int message_check_values(const ProtobufCMessage *message, bool has_enums, struct arena *arena,
			 struct refusal *refusal);

/* The token that names the row after which the next page begins. NULL when memory is
 * short. */
char *page_token_encode(const char *key, struct arena *arena);

/* --- actors (caller.c, actor.c) -------------------------------------------- */

/* Look up who is calling, for n jobs at once: actors[i] is NULL and jobs[i] has
 * its refusal where the certificate, role or capacity does not do. */
int actors_load(struct db *db, struct service_job *const *jobs, size_t n, struct arena *arena,
		Pidc__V1__Actor **actors, struct pidc_error *err) PIDC_MUSTCHECK;
/* The same for a read batch, which knows what has changed: from memory where it can. No
 * job is of the offline import. */
int actors_read(const struct read_batch *batch, struct service_job *const *jobs, size_t n,
		Pidc__V1__Actor **actors, struct pidc_error *err) PIDC_MUSTCHECK;

/* Refuses the job that this caller may not make; else sets the capacity of row's actor. */
void actor_check(struct service_job *job, const Pidc__Store__V1__ActorRow *row);
/* Who imports offline. NULL when memory is short. */
Pidc__V1__Actor *actor_bootstrap(struct service_job *job, struct arena *arena);

/* Whether the method shows this caller what concerns others. */
bool actor_sees_all(const Pidc__V1__Actor *actor, const struct service_method *method);

/* Context of one call. NULL when memory is short. */
Pidc__Store__V1__Context *context_new(const struct service_job *job, Pidc__V1__Actor *actor,
				      int64_t now_us, char *new_id, struct arena *arena);

/* Facts of a run of calls of one method (gather.c): call->facts of each, which others may
 * share and nobody changes after load. */
int facts_gather(struct db *db, struct command_call *const *run, size_t n, struct arena *arena,
		 struct pidc_error *err) PIDC_MUSTCHECK;

/* --- answers (answer.c) ----------------------------------------------------- */

void job_refuse(struct service_job *job, Pidc__V1__Reason reason, const char *field,
		const char *detail);
/* Turn a failure of the database or of ourselves into the job's refusal; its text is
 * kept for the log. */
void job_fail(struct service_job *job, int rc, const struct pidc_error *err);
/* Pack the reply into the job's arena: result 0. */
int job_answer(struct service_job *job, const ProtobufCMessage *reply);
Pidc__V1__Position *position_new(uint64_t revision, int64_t tx_us, const char *epoch,
				 struct arena *arena);
/* Where a read that sees this head is. NULL when memory is short or tx_time is no time. */
Pidc__V1__Position *position_of(const Pidc__Store__V1__Head *head, struct arena *arena);

/* --- the ledger (append.c) --------------------------------------------------- */

struct append {
	Pidc__Store__V1__Head *head; /* as locked */
	struct merkle_range range;
	uint64_t next_index;
	int64_t last_us;
	Pidc__Store__V1__ChainRows *chains; /* of the callers, see past.h */
};

/* The head's row, without a lock. PIDC_EUNAVAILABLE while the register has none. */
int head_read(struct db *db, struct arena *arena, Pidc__Store__V1__Head **ret,
	      struct pidc_error *err) PIDC_MUSTCHECK;
/* The instant of a read that sees this head: a register's clock does not go back, whatever
 * the database's does. PIDC_EINTEGRITY when a time is missing. */
int head_now(const Pidc__Store__V1__Head *head, int64_t *ret_us) PIDC_MUSTCHECK;
/* Take the head's row; makes it when the register is new. PIDC_EUNAVAILABLE when the
 * clock leapt. */
int append_begin(struct db *db, struct arena *arena, struct append *append,
		 struct pidc_error *err) PIDC_MUSTCHECK;
/* Index and time of the next event. */
int append_stamp(struct append *append, uint64_t *ret_index, int64_t *ret_us,
		 struct pidc_error *err) PIDC_MUSTCHECK;
/* Write the entries of all calls that have an event, nodes, chains, head. */
int append_finish(struct db *db, struct append *append, struct command_call *const *calls, size_t n,
		  struct arena *arena, struct pidc_error *err) PIDC_MUSTCHECK;

/* Note which answers the events of these calls may change (epoch.c). After their
 * apply statements, in the same transaction. */
int epochs_bump(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		struct pidc_error *err) PIDC_MUSTCHECK;

/* --- further entries of a command (follow.c) --------------------------------- */

/* Make and stamp them: fills call->more. */
int more_make(struct command_call *call, const struct rule_input *in, struct append *append,
	      struct pidc_error *err) PIDC_MUSTCHECK;
/* Project the events of calls, kind by kind. */
int calls_apply(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		struct pidc_error *err) PIDC_MUSTCHECK;
/* Calls and their further entries, in the order of the ledger. */
int more_flatten(struct command_call *const *calls, size_t n, struct arena *arena,
		 struct command_call ***ret, size_t *ret_n) PIDC_MUSTCHECK;

int merkle_range_load(const Pidc__Store__V1__Head *head, struct merkle_range *ret,
		      struct pidc_error *err) PIDC_MUSTCHECK;

/* --- repeated requests (replay.c) ----------------------------------------------- */

/* Commands of the API name a request_id; the chunks of a fetch do not. */
bool needs_request_id(const struct service_job *job);
/* How many jobs can run as one batch: all before the first that repeats another's
 * request, which must find that one's answer. At least 1 for n > 0. */
size_t replays_cut(struct service_job *const *jobs, size_t n);
/* Answer what was answered before: such calls are done. */
int replays_find(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		 struct pidc_error *err) PIDC_MUSTCHECK;
/* Remember the answers of the calls that have an event. */
int replays_store(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		  struct pidc_error *err) PIDC_MUSTCHECK;

/* --- facts, replies, reads of the services ------------------------------------ */

command_facts_fn facts_register_principal, facts_bind_certificate, facts_revoke_certificate,
	facts_grant_role, facts_revoke_role, facts_record_statement, facts_approve_statement,
	facts_revoke_all, facts_release;
command_reply_fn reply_member, reply_partner, reply_organisation, reply_dataset, reply_contribution,
	reply_statement, reply_approval, reply_revoke_all, reply_sharing_request, reply_release,
	reply_revocation;
command_facts_fn facts_recall, facts_answer_recall, facts_close_recall, facts_answer_approval;
command_reply_fn reply_recall, reply_recall_answer, reply_recall_closing, reply_approval_answer;
command_reply_fn reply_nomination, reply_dossier, reply_screening, reply_suspension, reply_moved;
command_facts_fn facts_standing;
command_fold_fn fold_refusal;
command_after_fn forget_refusals;
command_after_fn store_content;
query_fn query_preview_revoke_all, query_board_rules;
query_fn query_explain, query_matrix, query_simulate;
query_fn query_whoami, query_server_info, query_consent_statements, query_disclosure_fields,
	query_head, query_entries_end, query_inclusion, query_consistency;

query_many_fn queries_check;

/* Blank the rows that rest on too few persons, and say how many (cell.c); what the
 * register kept has to be what the ledger knows, or it is PIDC_EINTEGRITY. */
int rows_suppress(Pidc__V1__FetchResponse *reply, const Pidc__Store__V1__CellRows *cells,
		  struct arena *arena, struct pidc_error *err) PIDC_MUSTCHECK;
/* What the conditions of the statements ask for besides: adds to facts (need.c). */
int needs_load(struct db *db, const Pidc__Store__V1__DecisionQuery *query,
	       const Pidc__Store__V1__Context *ctx, struct arena *arena,
	       Pidc__Store__V1__DecisionFacts *facts, struct pidc_error *err) PIDC_MUSTCHECK;

/* What a check asks: the recipient for itself, the owner (and who sees all) for anybody.
 * The query borrows from the request, which must outlive it. 0 or PIDC_EREFUSED with the
 * job's refusal set. */
int check_query(const struct read_call *call, const Pidc__V1__CheckConsentRequest *request,
		Pidc__Store__V1__DecisionQuery *ret_query) PIDC_MUSTCHECK;

/* Everything that n decisions rest on, by the statements of sql/query/consent.sql:
 * facts[i] of queries[i], whose number is set. */
int decisions_load(struct db *db, Pidc__Store__V1__DecisionQuery *const *queries,
		   const Pidc__Store__V1__Context *const *ctxs, size_t n, struct arena *arena,
		   Pidc__Store__V1__DecisionFacts *const *facts,
		   struct pidc_error *err) PIDC_MUSTCHECK;
int decision_load(struct db *db, Pidc__Store__V1__DecisionQuery *query,
		  const Pidc__Store__V1__Context *ctx, struct arena *arena,
		  Pidc__Store__V1__DecisionFacts *facts, struct pidc_error *err) PIDC_MUSTCHECK;

/* --- data (data.c) ---------------------------------------------------------------- */

command_facts_fn facts_submit, facts_contribution, facts_holders, facts_withdraw, facts_reclassify;
command_facts_fn facts_record_legacy;
command_reply_fn reply_version;
command_after_fn erase_content;
bool submission_is_alone(const ProtobufCMessage *request);
command_key_fn submission_key;

/* Who the key of a signature over these bytes belongs to (facts.c); a signature that does
 * not verify belongs to nobody. */
int signer_facts(struct db *db, const struct command_call *call,
		 const Pidc__V1__SignedStatement *signed_statement, struct arena *arena,
		 Pidc__Store__V1__PrincipalFacts **ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* The Board (board.c). */
command_facts_fn facts_propose_resolution, facts_resolution, facts_cast_ballot;
command_reply_fn reply_board_rules, reply_rules_proposed, reply_resolution, reply_opening,
	reply_closing;

/* MoUs (mou.c). */
command_facts_fn facts_draft_mou, facts_mou, facts_sign_mou;
command_reply_fn reply_mou_drafted, reply_mou_revised, reply_mou_signed, reply_mou_terminated;
query_fn query_check_mou;

/* Policies (policy.c). */
command_facts_fn facts_policy_version;
command_reply_fn reply_policy_created, reply_policy_revised, reply_policy_input,
	reply_policy_reviewed;
query_fn query_policy;

/* Members' own (arrangement.c). */
command_facts_fn facts_own_member;
command_reply_fn reply_bilateral;

/* Uploads (upload.c): on the bulk lane, in transactions of their own. */
query_fn query_begin_upload, query_upload_part, query_discard_upload;
