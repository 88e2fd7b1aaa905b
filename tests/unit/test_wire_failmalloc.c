/* SPDX-License-Identifier: ISC
 *
 * Memory runs out at every single allocation of a context, a connection, a
 * handshake and a call: nothing may crash or leak, and a call that has been
 * started ends exactly once.
 */
#include "tests/lib/failmalloc.h"
#include "tests/lib/wire_pair.h"
#include "tests/lib/wire_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* --- a scene that may fail anywhere ------------------------------------------------ */

struct quiet {
	unsigned calls, closed, statuses, client_closed;
	int code;
};

static struct quiet seen;

static void on_call(struct rpc_call *call, void *user)
{
	(void)user;
	seen.calls++;
	rpc_call_set_compression(call, true);
}

static void on_message(struct rpc_call *call, const uint8_t *data, size_t len)
{
	(void)!rpc_call_add_metadata(call, false, "x-trailer", data, len < 5 ? len : 5);
	if (rpc_call_send(call, data, len, NULL) < 0)
		rpc_call_finish(call, &(struct rpc_status){.code = RPC_RESOURCE_EXHAUSTED});
}

static void on_half_close(struct rpc_call *call)
{
	rpc_call_finish(call, &(struct rpc_status){.code = RPC_OK, .message = "done"});
}

static void on_closed(struct rpc_call *call, bool is_cancelled)
{
	(void)call;
	(void)is_cancelled;
	seen.closed++;
}

static void on_status(struct rpc_call *call, const struct rpc_status *status)
{
	(void)call;
	seen.statuses++;
	seen.code = (int)status->code;
}

static void on_client_closed(struct rpc_call *call, bool is_cancelled)
{
	(void)call;
	(void)is_cancelled;
	seen.client_closed++;
}

static const struct rpc_handlers SERVER = {.on_call = on_call,
					   .on_message = on_message,
					   .on_half_close = on_half_close,
					   .on_closed = on_closed};
static const struct rpc_handlers CLIENT = {.on_status = on_status, .on_closed = on_client_closed};

struct scene {
	struct tls_context *contexts[2];
	struct rpc_conn *conns[2];
	bool is_dead[2];
};

static struct rpc_conn *new_end(struct scene *scene, int i)
{
	struct rpc_options options = {.tls = scene->contexts[i],
				      .is_server = i == WIRE_SERVER,
				      .handlers = i == WIRE_SERVER ? &SERVER : &CLIENT,
				      .authority = "localhost"};
	struct rpc_conn *conn = NULL;

	return rpc_conn_new(&options, 1000, &conn, NULL) < 0 ? NULL : conn;
}

static bool move_once(struct scene *scene, int from)
{
	const uint8_t *data;
	size_t len = 0;
	size_t at = 0;

	if (rpc_conn_next_tick(scene->conns[from]) <= 1000 &&
	    rpc_conn_tick(scene->conns[from], 1000, NULL) < 0)
		scene->is_dead[from] = true;
	if (rpc_conn_output(scene->conns[from], 1000, &data, &len, NULL) < 0)
		scene->is_dead[from] = true;
	while (at < len && !scene->is_dead[1 - from]) {
		size_t taken = 0;

		if (rpc_conn_feed(scene->conns[1 - from], data + at, len - at, 1000, &taken, NULL) <
		    0)
			scene->is_dead[1 - from] = true;
		at += taken;
	}
	rpc_conn_output_drop(scene->conns[from], len, 1000);
	return len != 0;
}

static void move_all(struct scene *scene)
{
	for (int i = 0; i < 1000; i++) {
		bool is_moving = move_once(scene, WIRE_CLIENT);

		is_moving |= move_once(scene, WIRE_SERVER);
		if (!is_moving)
			return;
	}
}

static void close_scene(struct scene *scene)
{
	for (int i = 0; i < 2; i++) {
		rpc_conn_free(scene->conns[i]);
		tls_context_unref(scene->contexts[i]);
	}
}

/* A compressed unary call with metadata, large enough to be buffered. */
static int call_once(struct scene *scene)
{
	static uint8_t data[20000];
	struct rpc_metadata pair = {"x-bin", (const uint8_t *)"\1\2\3", 3};
	struct rpc_call_options options = {.path = "/t/Any",
					   .timeout_ms = 1000,
					   .metadata = &pair,
					   .metadata_count = 1,
					   .compress = true};
	struct rpc_call *call;
	int rv = rpc_call_start(scene->conns[WIRE_CLIENT], &options, 1000, &call, NULL);

	if (rv < 0)
		return rv;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)('a' + (i * i) % 23);
	if (rpc_call_send(call, data, sizeof(data), NULL) < 0)
		rpc_call_cancel(call);
	else
		rpc_call_half_close(call);
	move_all(scene);
	return 0;
}

/* --- one allocation after the other ------------------------------------------------- */

enum stage { STAGE_CONTEXT, STAGE_CONN, STAGE_HANDSHAKE, STAGE_CALL };

/* Runs the whole scene, armed only in one stage. False when nothing was refused:
 * all allocations of the stage have had their turn. */
static bool run_scene(enum stage stage, size_t n, bool is_lasting)
{
	struct scene scene = {0};
	bool has_failed = false;
	int rv = 0;

	memset(&seen, 0, sizeof(seen));
	for (int i = 0; i < 2; i++) {
		if (stage == STAGE_CONTEXT)
			failmalloc_arm(n, is_lasting);
		scene.contexts[i] = wire_context_try(i == WIRE_SERVER);
		if (stage == STAGE_CONTEXT)
			has_failed |= failmalloc_disarm();
	}
	if (scene.contexts[0] == NULL || scene.contexts[1] == NULL)
		goto out;
	if (stage == STAGE_CONN)
		failmalloc_arm(n, is_lasting);
	for (int i = 0; i < 2; i++)
		scene.conns[i] = new_end(&scene, i);
	if (stage == STAGE_CONN)
		has_failed |= failmalloc_disarm();
	if (scene.conns[0] == NULL || scene.conns[1] == NULL)
		goto out;
	if (stage == STAGE_HANDSHAKE)
		failmalloc_arm(n, is_lasting);
	move_all(&scene);
	if (stage == STAGE_HANDSHAKE)
		has_failed |= failmalloc_disarm();
	if (!rpc_conn_is_open(scene.conns[WIRE_CLIENT]) || scene.is_dead[0] || scene.is_dead[1])
		goto out;
	if (stage == STAGE_CALL)
		failmalloc_arm(n, is_lasting);
	rv = call_once(&scene);
	if (stage == STAGE_CALL)
		has_failed |= failmalloc_disarm();
	if (!has_failed)
		assert_int_equal(seen.code, RPC_OK);
out:
	if (!has_failed)
		assert_int_equal(rv, 0);
	close_scene(&scene);
	assert_int_equal(seen.calls, seen.closed);
	assert_int_equal(seen.statuses, seen.client_closed);
	assert_true(has_failed || seen.statuses == 1);
	return has_failed;
}

/* The first hundred one by one, then in growing strides: OpenSSL makes thousands. */
static void run_stage(enum stage stage)
{
	for (int is_lasting = 0; is_lasting < 2; is_lasting++)
		for (size_t n = 1; run_scene(stage, n, is_lasting != 0); n += n < 100 ? 1 : n / 16)
			assert_true(n < 1000000);
}

static void test_context(void **state)
{
	(void)state;
	run_stage(STAGE_CONTEXT);
}

static void test_conn(void **state)
{
	(void)state;
	run_stage(STAGE_CONN);
}

static void test_handshake(void **state)
{
	(void)state;
	run_stage(STAGE_HANDSHAKE);
}

static void test_call(void **state)
{
	(void)state;
	for (int is_lasting = 0; is_lasting < 2; is_lasting++)
		for (size_t n = 1; run_scene(STAGE_CALL, n, is_lasting != 0); n++)
			assert_true(n < 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_conn),
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_call),
	};
	int rv;

	wire_certs_open();
	/* What libraries make once in a process is not part of the game. */
	assert_false(run_scene(STAGE_CALL, SIZE_MAX, false));
	rv = cmocka_run_group_tests(tests, NULL, NULL);
	wire_certs_close();
	return rv;
}
