/* SPDX-License-Identifier: ISC
 * CTest labels: foundation tsan
 *
 * The lane with a database that is a flag: batches, order, cancellation, expiry,
 * overload, a lost connection and its return.
 */
#include "daemon/lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define JOBS 64

struct db {
	atomic_bool is_alive;
};

/* What the fake database does, shared with workers. */
static struct {
	atomic_bool is_down;
	atomic_bool has_gone; /* all connections that are open, while nobody uses them */
	atomic_uint opened, closed, runs, largest;
	atomic_bool dies; /* during the next run */
	uv_sem_t gate;    /* a gated run waits here */
	atomic_bool is_gated;
	atomic_uint entered;
} world;

struct job {
	struct lane_job lane;
	unsigned number;
	int result;
	unsigned done;
	bool has_run;
};

static uv_loop_t loop;
static struct lane *lane;
static struct job jobs[JOBS];
static unsigned order[JOBS];
static unsigned done_count;
static unsigned ups, downs;

static int fake_open(const void *ctx, struct db **ret, struct pidc_error *err)
{
	struct db *db;

	(void)ctx;
	if (atomic_load(&world.is_down))
		return pidc_fail(err, PIDC_EUNAVAILABLE, "down");
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return PIDC_ENOMEM;
	atomic_store(&db->is_alive, true);
	atomic_store(&world.has_gone, false);
	atomic_fetch_add(&world.opened, 1);
	*ret = db;
	return 0;
}

static void fake_close(struct db *db)
{
	atomic_fetch_add(&world.closed, 1);
	free(db);
}

static bool fake_is_alive(const struct db *db)
{
	return atomic_load(&db->is_alive) && !atomic_load(&world.has_gone);
}

static void fake_run(struct db *db, struct lane_job *const *batch, size_t n)
{
	atomic_fetch_add(&world.runs, 1);
	atomic_fetch_add(&world.entered, 1);
	if (atomic_load(&world.is_gated))
		uv_sem_wait(&world.gate);
	if (n > atomic_load(&world.largest))
		atomic_store(&world.largest, (unsigned)n);
	for (size_t i = 0; i < n; i++)
		((struct job *)batch[i])->has_run = true;
	if (atomic_exchange(&world.dies, false))
		atomic_store(&db->is_alive, false);
}

static void other_run(struct db *db, struct lane_job *const *batch, size_t n)
{
	fake_run(db, batch, n);
}

static void on_done(struct lane_job *lane_job, int result)
{
	struct job *job = (struct job *)lane_job;

	job->done++;
	job->result = result;
	order[done_count++] = job->number;
}

static void on_state(bool is_up, void *user)
{
	(void)user;
	ups += is_up;
	downs += !is_up;
}

static void make_lane(size_t connections, size_t batch_max, size_t queue_max)
{
	struct lane_options options = {
		.loop = &loop,
		.name = "test",
		.driver = {.open = fake_open, .close = fake_close, .is_alive = fake_is_alive},
		.connections = connections,
		.batch_max = batch_max,
		.queue_max = queue_max,
		.on_state = on_state,
	};
	struct pidc_error err;

	assert_int_equal(lane_new(&options, &lane, &err), 0);
}

static int submit(unsigned i)
{
	jobs[i].number = i;
	jobs[i].lane.done = on_done;
	if (jobs[i].lane.run == NULL)
		jobs[i].lane.run = fake_run;
	if (jobs[i].lane.deadline == 0)
		jobs[i].lane.deadline = UINT64_MAX;
	return lane_submit(lane, &jobs[i].lane);
}

static void run_until_done(unsigned n)
{
	while (done_count < n && uv_run(&loop, UV_RUN_ONCE) != 0)
		;
	assert_int_equal(done_count, n);
}

static void run_until(atomic_uint *counter, unsigned n)
{
	while (atomic_load(counter) < n)
		uv_run(&loop, UV_RUN_NOWAIT);
}

static void run_until_up(bool is_up)
{
	while (lane_is_up(lane) != is_up)
		uv_run(&loop, UV_RUN_ONCE);
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < JOBS; i++)
		jobs[i] = (struct job){0};
	done_count = ups = downs = 0;
	atomic_store(&world.is_down, false);
	atomic_store(&world.dies, false);
	atomic_store(&world.is_gated, false);
	atomic_store(&world.opened, 0);
	atomic_store(&world.closed, 0);
	atomic_store(&world.runs, 0);
	atomic_store(&world.largest, 0);
	atomic_store(&world.entered, 0);
	lane = NULL;
	return uv_sem_init(&world.gate, 0) < 0 ? -1 : uv_loop_init(&loop);
}

static void on_lane_closed(void *user)
{
	*(bool *)user = true;
}

/* Everything that was opened is closed, and the loop has no handle left. */
static int teardown(void **state)
{
	bool is_closed = false;

	(void)state;
	if (lane != NULL)
		lane_close(lane, on_lane_closed, &is_closed);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_sem_destroy(&world.gate);
	assert_true(is_closed);
	assert_int_equal(atomic_load(&world.opened), atomic_load(&world.closed));
	return uv_loop_close(&loop);
}

static void test_together_is_one_batch_in_order(void **state)
{
	(void)state;
	make_lane(1, 16, JOBS);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(submit(i), 0);
	assert_int_equal(done_count, 0);
	run_until_done(10);
	assert_int_equal(atomic_load(&world.runs), 1);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(order[i], i);
		assert_int_equal(jobs[i].result, 0);
		assert_true(jobs[i].has_run);
	}
	assert_int_equal(ups, 1);
}

static void test_batch_limit(void **state)
{
	(void)state;
	make_lane(1, 4, JOBS);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(submit(i), 0);
	run_until_done(10);
	assert_int_equal(atomic_load(&world.largest), 4);
	assert_int_equal(atomic_load(&world.runs), 3);
}

static void test_a_batch_has_one_function(void **state)
{
	(void)state;
	make_lane(1, 16, JOBS);
	jobs[1].lane.run = other_run;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(submit(i), 0);
	run_until_done(3);
	assert_int_equal(atomic_load(&world.runs), 3);
	assert_int_equal(order[1], 1);
}

/* A job that comes while a batch runs is in the next one. */
static void test_never_joins_a_sent_batch(void **state)
{
	(void)state;
	make_lane(1, 16, JOBS);
	run_until_up(true);
	atomic_store(&world.is_gated, true);
	assert_int_equal(submit(0), 0);
	run_until(&world.entered, 1);
	assert_int_equal(submit(1), 0);
	uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(lane_pending(lane), 1);
	uv_sem_post(&world.gate);
	uv_sem_post(&world.gate);
	run_until_done(2);
	assert_int_equal(atomic_load(&world.runs), 2);
}

static void test_cancel(void **state)
{
	(void)state;
	make_lane(1, 16, JOBS);
	run_until_up(true);
	atomic_store(&world.is_gated, true);
	assert_int_equal(submit(0), 0);
	run_until(&world.entered, 1);
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal(submit(i), 0);
	assert_true(lane_cancel(&jobs[2].lane));
	assert_false(lane_cancel(&jobs[2].lane));
	assert_false(lane_cancel(&jobs[0].lane)); /* it runs: done follows */
	assert_int_equal(lane_pending(lane), 2);
	uv_sem_post(&world.gate);
	uv_sem_post(&world.gate);
	run_until_done(3);
	assert_int_equal(jobs[2].done, 0);
	assert_false(jobs[2].has_run);
	assert_int_equal(jobs[0].done, 1);
}

static void test_expired_is_not_run(void **state)
{
	(void)state;
	make_lane(1, 16, JOBS);
	jobs[1].lane.deadline = uv_now(&loop);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(submit(i), 0);
	run_until_done(3);
	assert_int_equal(jobs[1].result, PIDC_EDEADLINE);
	assert_false(jobs[1].has_run);
	assert_true(jobs[0].has_run && jobs[2].has_run);
}

static void test_overload_is_refused_early(void **state)
{
	(void)state;
	make_lane(1, 2, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(submit(i), 0);
	assert_int_equal(submit(3), PIDC_ELIMIT);
	run_until_done(3);
	assert_int_equal(jobs[3].done, 0);
	assert_int_equal(submit(4), 0);
	run_until_done(4);
}

static void test_dead_database_refuses_at_once(void **state)
{
	(void)state;
	atomic_store(&world.is_down, true);
	make_lane(2, 16, JOBS);
	assert_int_equal(submit(0), 0); /* nobody knows yet */
	run_until_done(1);
	assert_int_equal(jobs[0].result, PIDC_EUNAVAILABLE);
	assert_false(jobs[0].has_run);
	assert_int_equal(submit(1), PIDC_EUNAVAILABLE);
	assert_int_equal(ups, 0);
	/* It comes back by itself. */
	atomic_store(&world.is_down, false);
	run_until_up(true);
	assert_int_equal(submit(2), 0);
	run_until_done(2);
	assert_int_equal(jobs[2].result, 0);
	assert_int_equal(ups, 1);
}

static void test_lost_connection_is_replaced(void **state)
{
	(void)state;
	make_lane(1, 16, JOBS);
	run_until_up(true);
	atomic_store(&world.dies, true);
	assert_int_equal(submit(0), 0);
	run_until_done(1);
	assert_int_equal(jobs[0].result, 0); /* the run has said what became of it */
	assert_int_equal(downs, 1);
	assert_int_equal(submit(1), 0); /* waits for the new connection */
	run_until_done(2);
	assert_int_equal(jobs[1].result, 0);
	assert_int_equal(atomic_load(&world.opened), 2);
	assert_int_equal(ups, 2);
}

static void test_connection_lost_while_idle_costs_nothing(void **state)
{
	(void)state;
	make_lane(1, 16, JOBS);
	run_until_up(true);
	atomic_store(&world.has_gone, true);
	assert_int_equal(submit(0), 0);
	run_until_done(1);
	assert_int_equal(jobs[0].result, 0);
	assert_true(jobs[0].has_run);
	assert_int_equal(atomic_load(&world.opened), 2);
	assert_int_equal(atomic_load(&world.closed), 1);
	assert_int_equal(downs, 0);
	/* There is no other: it never ran. */
	atomic_store(&world.has_gone, true);
	atomic_store(&world.is_down, true);
	assert_int_equal(submit(1), 0);
	run_until_done(2);
	assert_int_equal(jobs[1].result, PIDC_EUNAVAILABLE);
	assert_false(jobs[1].has_run);
	atomic_store(&world.is_down, false);
	run_until_up(true);
	assert_int_equal(submit(2), 0);
	run_until_done(3);
	assert_int_equal(jobs[2].result, 0);
}

static void test_two_connections_run_at_once(void **state)
{
	(void)state;
	make_lane(2, 1, JOBS);
	while (atomic_load(&world.opened) < 2)
		uv_run(&loop, UV_RUN_NOWAIT);
	atomic_store(&world.is_gated, true);
	assert_int_equal(submit(0), 0);
	assert_int_equal(submit(1), 0);
	run_until(&world.entered, 2); /* both are in, neither is through */
	uv_sem_post(&world.gate);
	uv_sem_post(&world.gate);
	run_until_done(2);
}

static void test_close_answers_everything(void **state)
{
	bool is_closed = false;

	(void)state;
	make_lane(1, 16, JOBS);
	run_until_up(true);
	atomic_store(&world.is_gated, true);
	assert_int_equal(submit(0), 0);
	run_until(&world.entered, 1);
	assert_int_equal(submit(1), 0);
	lane_close(lane, on_lane_closed, &is_closed);
	assert_int_equal(jobs[1].result, PIDC_EUNAVAILABLE);
	assert_false(is_closed);
	uv_sem_post(&world.gate);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(jobs[0].done, 1);
	assert_int_equal(jobs[0].result, 0);
	assert_true(is_closed);
	make_lane(1, 1, 1); /* for teardown */
}

static void test_limits(void **state)
{
	struct lane_options options = {
		.loop = &loop, .name = "x", .connections = 0, .batch_max = 1};
	struct lane *none;
	struct pidc_error err;

	(void)state;
	assert_int_equal(lane_new(&options, &none, &err), PIDC_EINVAL);
	options.connections = LANE_CONNECTIONS_MAX + 1;
	assert_int_equal(lane_new(&options, &none, &err), PIDC_EINVAL);
	options.connections = 1;
	options.batch_max = LANE_BATCH_MAX + 1;
	assert_int_equal(lane_new(&options, &none, &err), PIDC_EINVAL);
	make_lane(1, 1, 1);
}

#define LANE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LANE_TEST(test_together_is_one_batch_in_order),
		LANE_TEST(test_batch_limit),
		LANE_TEST(test_a_batch_has_one_function),
		LANE_TEST(test_never_joins_a_sent_batch),
		LANE_TEST(test_cancel),
		LANE_TEST(test_expired_is_not_run),
		LANE_TEST(test_overload_is_refused_early),
		LANE_TEST(test_dead_database_refuses_at_once),
		LANE_TEST(test_lost_connection_is_replaced),
		LANE_TEST(test_connection_lost_while_idle_costs_nothing),
		LANE_TEST(test_two_connections_run_at_once),
		LANE_TEST(test_close_answers_everything),
		LANE_TEST(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
