/* SPDX-License-Identifier: ISC */
#include "wire/gzip.h"
#include "wire/rpc_internal.h"

#include <string.h>

/* Queued bytes of one call from which its owner should wait for on_writable:
 * a few DATA frames, so that the wire never runs dry in between. */
#define CALL_QUEUE_HIGH 65536

void call_drop_queue(struct rpc_call *call)
{
	call->conn->queued -= call->queue.len;
	bytes_close(&call->queue);
}

bool send_is_low(const struct rpc_call *call)
{
	return call->queue.len < CALL_QUEUE_HIGH / 2;
}

void send_resume(struct rpc_call *call)
{
	if (!call->is_waiting)
		return;
	call->is_waiting = false;
	h2_resume(call->conn->h2, call->id);
}

static int queue_message(struct rpc_call *call, bool is_compressed, const uint8_t *data, size_t len,
			 bool *ret_full)
{
	struct rpc_conn *conn = call->conn;
	uint8_t prefix[GRPC_PREFIX_LEN];
	size_t all = len + sizeof(prefix);

	if (len > UINT32_MAX || conn->queued > conn->limits.max_queued ||
	    all > conn->limits.max_queued - conn->queued)
		return PIDC_ELIMIT;
	if (bytes_reserve(&call->queue, all) < 0)
		return PIDC_ENOMEM;
	grpc_prefix_write(prefix, is_compressed, (uint32_t)len);
	if (call->queue.len == 0) {
		call->tx_at = conn->now;
		if (conn->next_scan > conn->now + conn->limits.stall_ms)
			conn->next_scan = conn->now + conn->limits.stall_ms;
	}
	if (bytes_append(&call->queue, prefix, sizeof(prefix)) < 0 ||
	    bytes_append(&call->queue, data, len) < 0)
		return PIDC_ENOMEM; /* not possible: reserved */
	conn->queued += all;
	if (call->queue.len >= CALL_QUEUE_HIGH)
		call->is_full = true;
	if (ret_full != NULL)
		*ret_full = call->is_full;
	send_resume(call);
	return 0;
}

int rpc_call_send(struct rpc_call *call, const uint8_t *data, size_t len, bool *ret_full)
{
	struct bytes packed = {0};
	int rv;

	if (call->tx >= TX_ENDING || call->is_cancelled || call->is_gone)
		return PIDC_ECLOSED;
	if (call->tx == TX_NONE) {
		rv = rpc_call_send_headers(call);
		if (rv < 0)
			return rv;
	}
	if (!call->wants_gzip || !call->told_gzip)
		return queue_message(call, false, data, len, ret_full);
	rv = gzip_deflate(data, len, &packed);
	if (rv == 0)
		rv = queue_message(call, true, bytes_head(&packed), packed.len, ret_full);
	bytes_close(&packed);
	return rv;
}

void rpc_call_set_compression(struct rpc_call *call, bool is_on)
{
	call->wants_gzip = is_on;
}

size_t send_pull(struct rpc_call *call, uint8_t *buf, size_t cap, enum h2_pull *ret_pull)
{
	struct rpc_conn *conn = call->conn;
	size_t n = call->queue.len < cap ? call->queue.len : cap;

	if (n != 0) {
		memcpy(buf, bytes_head(&call->queue), n);
		bytes_drop(&call->queue, n);
		conn->queued -= n;
		call->tx_at = conn->now;
		call->has_sent = true;
		if (call->is_full && send_is_low(call))
			call_mark(call);
	}
	*ret_pull = H2_PULL_MORE;
	if (call->queue.len != 0)
		return n;
	if (call->tx == TX_ENDING) {
		call->tx = TX_ENDED;
		if (!conn->is_server)
			*ret_pull = H2_PULL_END;
		else if (server_trailers(call) < 0)
			*ret_pull = H2_PULL_FAIL;
		else
			*ret_pull = H2_PULL_TRAILERS;
	} else if (n == 0) {
		call->is_waiting = true;
		*ret_pull = H2_PULL_WAIT;
	}
	return n;
}
