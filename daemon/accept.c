/* SPDX-License-Identifier: ISC
 *
 * Who may connect: at accept by number and address, once the handshake has told the
 * certificate by that. Over a limit a socket is closed at once, without a word: to say
 * one would take a handshake.
 */
#include "daemon/conn.h"

#include "daemon/log.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- limits ---------------------------------------------------------------- */

static bool is_over(uint64_t count, unsigned max)
{
	return max != 0 && count >= max;
}

/* Where it comes from: an IPv4 address, or the 64 bits of an IPv6 address that one
 * subscriber has. */
static void source_of(const uv_tcp_t *tcp, uint8_t ret[CONN_SOURCE_LEN])
{
	struct sockaddr_storage name = {0};
	const struct in6_addr *six;
	int len = sizeof(name);

	memset(ret, 0, CONN_SOURCE_LEN);
	if (uv_tcp_getpeername(tcp, (struct sockaddr *)&name, &len) < 0)
		return;
	if (name.ss_family == AF_INET)
		memcpy(ret, &((struct sockaddr_in *)&name)->sin_addr, 4);
	if (name.ss_family != AF_INET6)
		return;
	six = &((struct sockaddr_in6 *)&name)->sin6_addr;
	if (IN6_IS_ADDR_V4MAPPED(six))
		memcpy(ret, &six->s6_addr[12], 4);
	else
		memcpy(ret, six, CONN_SOURCE_LEN);
}

/* Counts this one too, which is in the list. */
static unsigned count_source(const struct listener *listener, const uint8_t *source)
{
	unsigned count = 0;

	for (const struct conn *conn = listener->conns; conn != NULL; conn = conn->next)
		count += memcmp(conn->source, source, CONN_SOURCE_LEN) == 0;
	return count;
}

/* A line a second at most: who floods us is not to fill the log as well. */
static void note_refusal(struct listener *listener, const char *why)
{
	uint64_t now = uv_now(listener->options.loop);

	listener->refused++;
	if (listener->refused_at != 0 && now - listener->refused_at < REFUSAL_LOG_MS)
		return;
	LOG(WARNING, "listener", "refused", TEXT("reason", why),
	    NUMBER("connections", listener->count), NUMBER("refused", listener->refused));
	listener->refused = 0;
	listener->refused_at = now;
}

bool conn_admit_peer(struct conn *conn, const struct tls_peer *peer)
{
	struct listener *listener = conn->listener;
	unsigned count = 0;

	if (conn->is_greeting)
		listener->greeting--;
	conn->is_greeting = false;
	if (!peer->has_certificate)
		return true;
	for (struct conn *other = listener->conns; other != NULL; other = other->next) {
		const uint8_t *key = other == conn ? NULL : conn_key(other);

		count += key != NULL && memcmp(key, peer->spki_sha256, 32) == 0;
	}
	if (!is_over(count, listener->options.limits.connections_key))
		return true;
	note_refusal(listener, "certificate");
	return false;
}

/* --- begin ----------------------------------------------------------------- */

static void on_refused(uv_handle_t *handle)
{
	free(handle);
}

/* Take the socket off the queue and close it. */
static void turn_away(struct listener *listener, uv_stream_t *server, const char *why)
{
	uv_tcp_t *tcp = malloc(sizeof(*tcp));

	note_refusal(listener, why);
	if (tcp == NULL)
		return;
	uv_tcp_init(listener->options.loop, tcp);
	if (uv_accept(server, (uv_stream_t *)tcp) < 0)
		LOG(WARNING, "listener", "accept-failed", NUMBER("connections", listener->count));
	uv_close((uv_handle_t *)tcp, on_refused);
}

static void log_peer(const struct conn *conn)
{
	struct sockaddr_storage name;
	int len = sizeof(name);
	char ip[64] = "";

	if (!log_is_on(LOG_LEVEL_INFO))
		return;
	if (uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)&name, &len) == 0)
		uv_ip_name((struct sockaddr *)&name, ip, sizeof(ip));
	LOG(INFO, "conn", "accepted", NUMBER("conn", conn->id), TEXT("from", ip));
}

static int start(struct conn *conn, uv_stream_t *server, struct pidc_error *err)
{
	struct listener *listener = conn->listener;
	struct rpc_limits limits = listener->rpc_limits;
	struct rpc_options options = {
		.tls = listener->options.tls,
		.is_server = true,
		.limits = &limits,
		.handlers = &call_handlers,
		.user = conn,
	};
	int r = uv_accept(server, (uv_stream_t *)&conn->tcp);

	if (r < 0)
		return pidc_fail(err, PIDC_EIO, "accept: %s", uv_strerror(r));
	source_of(&conn->tcp, conn->source);
	if (is_over(count_source(listener, conn->source) - 1,
		    listener->options.limits.connections_address)) {
		note_refusal(listener, "address");
		return pidc_fail(err, PIDC_ELIMIT, "too many connections from this address");
	}
	uv_tcp_nodelay(&conn->tcp, 1);
	limits.max_calls = listener->options.limits.calls;
	limits.max_age_ms = CONN_AGE_MS - conn->id % CONN_AGE_STEPS * CONN_AGE_STEP_MS;
	return rpc_conn_new(&options, uv_now(listener->options.loop), &conn->rpc, err);
}

void conn_accept(struct listener *listener, uv_stream_t *server)
{
	struct pidc_error err = {0};
	struct conn *conn;

	if (is_over(listener->count, listener->options.limits.connections)) {
		turn_away(listener, server, "connections");
		return;
	}
	if (is_over(listener->greeting, LISTENER_GREETING_MAX)) {
		turn_away(listener, server, "handshakes");
		return;
	}
	conn = calloc(1, sizeof(*conn));
	if (conn == NULL) {
		turn_away(listener, server, "memory");
		return;
	}
	conn->listener = listener;
	conn->id = ++listener->last_id;
	conn->timer_at = UINT64_MAX;
	uv_tcp_init(listener->options.loop, &conn->tcp);
	uv_timer_init(listener->options.loop, &conn->timer);
	conn->tcp.data = conn->timer.data = conn;
	conn->handles = 2;
	conn->next = listener->conns;
	if (conn->next != NULL)
		conn->next->prev = conn;
	listener->conns = conn;
	listener->count++;
	listener->greeting++;
	conn->is_greeting = true;
	if (start(conn, server, &err) < 0) {
		snprintf(conn->reason, sizeof(conn->reason), "%s", err.msg);
		conn_close(conn);
		return;
	}
	log_peer(conn);
	conn_mark(conn);
}
