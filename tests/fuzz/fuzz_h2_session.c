/* SPDX-License-Identifier: ISC
 *
 * A server connection behind its TLS: the input is a list of steps, each a
 * length byte and so many bytes from the peer; a length of 0 is followed by one
 * byte of time (seconds). The service echoes, pauses, fails or stays silent by
 * the last letter of the path. Whatever comes, every call ends exactly once.
 */
#include "tests/fuzz/h2_peer.h"

#include <stdlib.h>
#include <string.h>

static const char PREFACE[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";

static struct {
	size_t calls, closed;
	struct rpc_call *paused;
} seen;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char kind_of(const struct rpc_call *call)
{
	const char *path = rpc_call_path(call);

	return path[0] == '\0' ? '\0' : path[strlen(path) - 1];
}

static void on_call(struct rpc_call *call, void *user)
{
	(void)user;
	seen.calls++;
	rpc_call_set_compression(call, kind_of(call) == 'z');
	if (kind_of(call) == 'f')
		rpc_call_finish(call, &(struct rpc_status){.code = RPC_ABORTED, .message = "%"});
}

static void on_message(struct rpc_call *call, const uint8_t *data, size_t len)
{
	if (kind_of(call) == 'h')
		return;
	if (kind_of(call) == 'p') {
		rpc_call_pause(call);
		seen.paused = call;
	}
	(void)!rpc_call_send(call, data, len, NULL);
}

static void on_half_close(struct rpc_call *call)
{
	if (kind_of(call) != 'h')
		rpc_call_finish(call, &(struct rpc_status){.code = RPC_OK});
}

static void on_closed(struct rpc_call *call, bool is_cancelled)
{
	(void)is_cancelled;
	seen.closed++;
	if (seen.paused == call)
		seen.paused = NULL;
}

static const struct rpc_handlers HANDLERS = {.on_call = on_call,
					     .on_message = on_message,
					     .on_half_close = on_half_close,
					     .on_closed = on_closed};

static int pass_time(struct rpc_conn *conn, uint8_t seconds)
{
	int rv = rpc_conn_tick(conn, conn->now + seconds * UINT64_C(1000), NULL);

	if (seen.paused != NULL && seconds % 2 == 1) {
		struct rpc_call *call = seen.paused;

		seen.paused = NULL;
		rpc_call_resume(call);
	}
	if (seconds == 255)
		rpc_conn_drain(conn, conn->now);
	return rv;
}

static void run_steps(struct rpc_conn *conn, const uint8_t *data, size_t size)
{
	int rv = from_peer(conn, (const uint8_t *)PREFACE, sizeof(PREFACE) - 1);

	while (rv >= 0 && size >= 2) {
		size_t len = data[0];

		if (len == 0) {
			rv = pass_time(conn, data[1]);
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
	struct rpc_limits limits = {.max_calls = 16, .max_message = 4096, .conn_window = 65536};
	struct rpc_options options = {.tls = shared_context(true),
				      .is_server = true,
				      .limits = &limits,
				      .handlers = &HANDLERS};
	struct rpc_conn *conn = NULL;

	memset(&seen, 0, sizeof(seen));
	if (rpc_conn_new(&options, 1000, &conn, NULL) < 0 || conn_open(conn) < 0)
		abort();
	run_steps(conn, data, size);
	if (conn->queued > conn->limits.max_queued || conn->call_count > 16 + 1)
		abort();
	rpc_conn_free(conn);
	if (seen.calls != seen.closed)
		abort();
	return 0;
}
