/* SPDX-License-Identifier: ISC
 *
 * The write batch: one transaction, one order, one commit. Facts, rule, event,
 * apply for every command; what fails in the database fails alone, found by
 * halving.
 */
#include "core/text.h"
#include "daemon/service/past.h"

#include <string.h>

struct batch {
	struct db *db;
	struct arena *arena;
	struct append append;
	struct command_call **calls;
	size_t count;
};

static void job_reset(struct service_job *job)
{
	job->result = 0;
	job->reply = NULL;
	job->reply_len = 0;
	job->revoked_key = false;
	job->failure = 0;
	job->failure_text = NULL;
	memset(&job->refusal, 0, sizeof(job->refusal));
}

/* --- who, and has it been asked before ---------------------------------------- */

static int calls_make(struct batch *batch, struct service_job *const *jobs, size_t n,
		      struct pidc_error *err)
{
	Pidc__V1__Actor **actors = arena_calloc(batch->arena, n, sizeof(*actors));
	int64_t now_us = batch->append.last_us;
	int rc = actors == NULL ? PIDC_ENOMEM
				: actors_load(batch->db, jobs, n, batch->arena, actors, err);

	if (batch->append.head->clock != NULL)
		(void)time_from_proto(batch->append.head->clock, &now_us);
	batch->calls = arena_calloc(batch->arena, n, sizeof(*batch->calls));
	batch->count = n;
	if (rc == 0 && batch->calls == NULL)
		rc = PIDC_ENOMEM;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct command_call *call = arena_alloc(batch->arena, sizeof(*call));

		if (call == NULL)
			return PIDC_ENOMEM;
		batch->calls[i] = call;
		call->job = jobs[i];
		call->actor = actors[i];
		call->is_done = jobs[i]->result == PIDC_EREFUSED;
		uuid_ordered(now_us, (uint32_t)i, call->new_id);
		if (!call->is_done && message_check_values(jobs[i]->request, false, batch->arena,
							   &jobs[i]->refusal) < 0) {
			jobs[i]->result = PIDC_EREFUSED;
			call->is_done = true;
		}
		if (!call->is_done && needs_request_id(jobs[i]) &&
		    !text_is_uuid(message_string(jobs[i]->request, "request_id"))) {
			job_refuse(jobs[i], PIDC__V1__REASON__REASON_E_FIELD, "request_id",
				   "every change needs a request_id: a fresh UUID, the same one "
				   "when it is retried");
			call->is_done = true;
		}
	}
	return rc;
}

/* --- facts ------------------------------------------------------------------------ */

static int contexts_make(struct batch *batch)
{
	int64_t clock = 0;
	int64_t now;

	if (batch->append.head->clock == NULL ||
	    !time_from_proto(batch->append.head->clock, &clock))
		return PIDC_EINTEGRITY;
	now = clock > batch->append.last_us ? clock : batch->append.last_us + 1;
	for (size_t i = 0; i < batch->count; i++) {
		struct command_call *call = batch->calls[i];

		if (call->is_done)
			continue;
		call->now_us = now;
		call->ctx = context_new(call->job, call->actor, now, call->new_id, batch->arena);
		if (call->ctx == NULL)
			return PIDC_ENOMEM;
	}
	return 0;
}

/* --- rule and event ---------------------------------------------------------------- */

/* Leaves the call without its event, and refused, when it is not to be an entry. */
static int fold(struct batch *batch, struct command_call *call, struct pidc_error *err)
{
	command_fold_fn *how = call->job->method->command->fold;
	bool is_folded = false;
	int rc = how == NULL ? 0 : how(batch->db, call, batch->arena, &is_folded, err);

	if (rc < 0 || !is_folded)
		return rc;
	call->event = NULL;
	call->is_done = true;
	return 0;
}

static int rule_run(struct batch *batch, struct command_call *call, struct pidc_error *err)
{
	const struct rule_input in = {
		.actor = call->actor,
		.request = call->job->request,
		.facts = call->facts,
		.now_us = call->now_us,
		.new_id = call->new_id,
		.origin = service_config->origin,
		.is_bootstrap = call->job->is_bootstrap,
		.arena = batch->arena,
	};
	Pidc__V1__Event *event =
		(Pidc__V1__Event *)message_new(&pidc__v1__event__descriptor, batch->arena);
	int rc;

	if (event == NULL)
		return PIDC_ENOMEM;
	rc = call->job->method->command->rule(&in, event, &call->job->refusal);
	if (rc == PIDC_EREFUSED) {
		call->job->result = PIDC_EREFUSED;
		call->is_done = true;
		return 0;
	}
	if (rc < 0)
		return rc;
	event->actor = call->actor;
	call->event = event;
	rc = fold(batch, call, err);
	if (rc < 0 || call->event == NULL)
		return rc;
	if (message_bool(call->job->request, "validate_only"))
		return 0;
	rc = append_stamp(&batch->append, &call->index, &call->tx_us, err);
	return rc < 0 ? rc : more_make(call, &in, &batch->append, err);
}

/* --- apply and answer ----------------------------------------------------------------- */

static int apply_run(struct batch *batch, struct command_call *const *run, size_t n,
		     struct pidc_error *err)
{
	const struct service_command *command = run[0]->job->method->command;
	int rc = calls_apply(batch->db, run, n, batch->arena, err);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = calls_apply(batch->db, run[i]->more, run[i]->more_count, batch->arena, err);
	if (rc == 0 && command->after != NULL)
		rc = command->after(batch->db, run, n, batch->arena, err);
	return rc;
}

static int answer(struct batch *batch, struct command_call *call, bool is_dry)
{
	const struct service_method *method = call->job->method;
	ProtobufCMessage *reply = message_new(method->reply, batch->arena);
	uint64_t size = batch->append.head->size;
	Pidc__V1__Position *position =
		is_dry ? position_new(size == 0 ? 0 : size - 1, call->now_us,
				      batch->append.head->register_epoch, batch->arena)
		       : position_new(call->index, call->tx_us, batch->append.head->register_epoch,
				      batch->arena);
	int rc = reply == NULL || position == NULL ? PIDC_ENOMEM : 0;

	if (rc == 0) {
		message_set_pointer(reply, "position", position);
		if (method->command->reply != NULL)
			rc = method->command->reply(call, batch->arena, reply);
	}
	call->is_done = true;
	if (rc == PIDC_EREFUSED) {
		call->job->result = PIDC_EREFUSED;
		return 0;
	}
	return rc < 0 ? rc : job_answer(call->job, reply);
}

/* One run: calls of one method whose events do not change each other's facts. */
static int run_execute(struct batch *batch, struct command_call *const *run, size_t n,
		       struct pidc_error *err)
{
	struct command_call **made = arena_calloc(batch->arena, n, sizeof(*made));
	size_t count = 0;
	int rc = made == NULL ? PIDC_ENOMEM : facts_gather(batch->db, run, n, batch->arena, err);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = rule_run(batch, run[i], err);
		if (rc < 0 || run[i]->event == NULL)
			continue;
		if (message_bool(run[i]->job->request, "validate_only")) {
			rc = answer(batch, run[i], true);
			run[i]->event = NULL;
		} else {
			made[count++] = run[i];
		}
	}
	if (rc == 0 && count > 0)
		rc = apply_run(batch, made, count, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = answer(batch, made[i], false);
	return rc;
}

/* Whether the event of a call may change what the next one's facts say. */
static bool is_alone(const struct command_call *call)
{
	const struct service_command *command = call->job->method->command;

	return !command->is_many ||
	       (command->is_alone != NULL && command->is_alone(call->job->request));
}

static int runs_execute(struct batch *batch, struct pidc_error *err)
{
	struct command_call **run = arena_calloc(batch->arena, batch->count, sizeof(*run));
	size_t n = 0;
	int rc = run == NULL ? PIDC_ENOMEM : 0;

	for (size_t i = 0; rc == 0 && i < batch->count; i++) {
		struct command_call *call = batch->calls[i];

		if (call->is_done)
			continue;
		if (n > 0 && (run[0]->job->method != call->job->method || is_alone(run[0]) ||
			      is_alone(call))) {
			rc = run_execute(batch, run, n, err);
			n = 0;
		}
		run[n++] = call;
	}
	return rc == 0 && n > 0 ? run_execute(batch, run, n, err) : rc;
}

/* --- the transaction --------------------------------------------------------------------- */

static int entries_write(struct batch *batch, struct pidc_error *err)
{
	struct command_call **all = NULL;
	size_t n = 0;
	int rc = more_flatten(batch->calls, batch->count, batch->arena, &all, &n);

	return rc < 0 ? rc : append_finish(batch->db, &batch->append, all, n, batch->arena, err);
}

static int batch_execute(struct batch *batch, struct service_job *const *jobs, size_t n,
			 struct pidc_error *err)
{
	int rc = db_begin(batch->db, err);

	db_send_ahead(batch->db);
	if (rc == 0)
		rc = append_begin(batch->db, batch->arena, &batch->append, err);
	if (rc == 0)
		rc = calls_make(batch, jobs, n, err);
	if (rc == 0)
		rc = past_begin(batch->db, batch->calls, n, batch->arena, &batch->append.chains,
				err);
	if (rc == 0)
		rc = replays_find(batch->db, batch->calls, n, batch->arena, err);
	if (rc == 0)
		rc = contexts_make(batch);
	if (rc == 0)
		rc = runs_execute(batch, err);
	if (rc == 0)
		rc = entries_write(batch, err);
	if (rc == 0)
		rc = replays_store(batch->db, batch->calls, n, batch->arena, err);
	if (rc == 0)
		rc = db_commit(batch->db, err);
	if (rc < 0 && rc != PIDC_EUNCERTAIN)
		db_rollback(batch->db);
	return rc;
}

/* Commit was lost: whoever changed nothing keeps the answer, the others cannot know. */
static void batch_uncertain(struct batch *batch, const struct pidc_error *err)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->calls[i]->event != NULL)
			job_fail(batch->calls[i]->job, PIDC_EUNCERTAIN, err);
	}
}

static bool is_worth_halving(int rc)
{
	return rc != PIDC_EUNAVAILABLE && rc != PIDC_EUNCERTAIN;
}

static void range_run(struct db *db, struct service_job *const *jobs, size_t n)
{
	struct batch batch = {.db = db, .arena = arena_new(0)};
	struct pidc_error err = {0};
	int rc;

	for (size_t i = 0; i < n; i++)
		job_reset(jobs[i]);
	rc = batch.arena == NULL ? PIDC_ENOMEM : batch_execute(&batch, jobs, n, &err);
	if (rc == PIDC_EUNCERTAIN)
		batch_uncertain(&batch, &err);
	arena_free(batch.arena);
	if (rc == 0 || rc == PIDC_EUNCERTAIN)
		return;
	if (n > 1 && is_worth_halving(rc)) {
		range_run(db, jobs, n / 2);
		range_run(db, jobs + n / 2, n - n / 2);
		return;
	}
	for (size_t i = 0; i < n; i++)
		job_fail(jobs[i], rc, &err);
}

/* Who may call is read once a batch: one that changes it is the last of its batch, so
 * that what stands behind it in the ledger is allowed after it. */
static size_t callers_cut(struct service_job *const *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (jobs[i]->method->command->facts ==
		    &pidc__store__v1__principal_facts__descriptor)
			return i + 1;
	}
	return n;
}

void service_run_write(struct db *db, struct service_job *const *jobs, size_t n)
{
	while (n > 0) {
		size_t part = callers_cut(jobs, replays_cut(jobs, n));

		range_run(db, jobs, part);
		jobs += part;
		n -= part;
	}
}
