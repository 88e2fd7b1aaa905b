/* SPDX-License-Identifier: ISC
 *
 * A client connection behind its TLS, with three calls under way: the input is a
 * list of steps, each a length byte and so many bytes from the server; a length
 * of 0 is followed by one byte that says what else happens. Whatever comes,
 * every call has one status and one end.
 */
#include "tests/fuzz/h2_peer.h"

#include <stdlib.h>
#include <string.h>

#define CALLS 3

static const char SETTINGS[] = "\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0";

struct user {
	struct rpc_call *call;
	unsigned started, statuses, ends;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_message(struct rpc_call *call, const uint8_t *data, size_t len)
{
	(void)data;
	if (len % 3 == 1)
		rpc_call_pause(call);
}

static void on_status(struct rpc_call *call, const struct rpc_status *status)
{
	struct user *user = rpc_call_user(call);

	(void)status;
	user->statuses++;
}

static void on_closed(struct rpc_call *call, bool is_cancelled)
{
	struct user *user = rpc_call_user(call);

	(void)is_cancelled;
	user->ends++;
	user->call = NULL;
}

static const struct rpc_handlers HANDLERS = {
	.on_message = on_message, .on_status = on_status, .on_closed = on_closed};

static void start(struct rpc_conn *conn, struct user *user, bool is_open)
{
	struct rpc_call_options options = {.path = "/t/Any", .timeout_ms = 5000, .user = user};

	if (rpc_call_start(conn, &options, conn->now, &user->call, NULL) < 0)
		return;
	user->started++;
	(void)!rpc_call_send(user->call, (const uint8_t *)"hello", 5, NULL);
	if (!is_open)
		rpc_call_half_close(user->call);
}

static int something_else(struct rpc_conn *conn, struct user *users, uint8_t what)
{
	struct user *user = &users[what / 4 % CALLS];

	switch (what % 4) {
	case 0:
		return rpc_conn_tick(conn, conn->now + what * UINT64_C(50), NULL);
	case 1:
		if (user->call != NULL)
			rpc_call_resume(user->call);
		break;
	case 2:
		if (user->call != NULL)
			rpc_call_cancel(user->call);
		break;
	default:
		if (user->call == NULL)
			start(conn, user, what > 128);
		break;
	}
	return 0;
}

static void run_steps(struct rpc_conn *conn, struct user *users, const uint8_t *data, size_t size)
{
	int rv = from_peer(conn, (const uint8_t *)SETTINGS, sizeof(SETTINGS) - 1);

	while (rv >= 0 && size >= 2) {
		size_t len = data[0];

		if (len == 0) {
			rv = something_else(conn, users, data[1]);
			data += 2;
			size -= 2;
			continue;
		}
		if (len > size - 1)
			len = size - 1;
		rv = from_peer(conn, data + 1, len);
		data += 1 + len;
		size -= 1 + len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rpc_limits limits = {.max_message = 4096};
	struct rpc_options options = {.tls = shared_context(false),
				      .limits = &limits,
				      .handlers = &HANDLERS,
				      .authority = "x"};
	struct user users[CALLS] = {0};
	struct rpc_conn *conn = NULL;

	if (rpc_conn_new(&options, 1000, &conn, NULL) < 0 || conn_open(conn) < 0)
		abort();
	for (int i = 0; i < CALLS; i++)
		start(conn, &users[i], i == 1);
	drain_output(conn);
	run_steps(conn, users, data, size);
	rpc_conn_free(conn);
	for (int i = 0; i < CALLS; i++)
		if (users[i].started != users[i].statuses || users[i].started != users[i].ends)
			abort();
	return 0;
}
