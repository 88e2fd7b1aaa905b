/* SPDX-License-Identifier: ISC */
#include "daemon/conn.h"
#include "daemon/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* --- flushing -------------------------------------------------------------- */

static void on_check(uv_check_t *check)
{
	struct listener *listener = check->data;
	struct conn *list = listener->dirty;

	listener->dirty = NULL;
	while (list != NULL) {
		struct conn *conn = list;

		list = conn->dirty_next;
		conn->dirty_next = NULL;
		conn->is_dirty = false;
		conn_flush(conn);
	}
}

static void on_idle(uv_idle_t *idle)
{
	(void)idle;
}

/* Before the loop sleeps: what timers and closing have made dirty must be flushed first. */
static void on_prepare(uv_prepare_t *prepare)
{
	struct listener *listener = prepare->data;

	on_check(&listener->check);
	if (listener->dirty != NULL)
		uv_idle_start(&listener->idle, on_idle);
	else
		uv_idle_stop(&listener->idle);
}

/* --- sockets --------------------------------------------------------------- */

static void on_connection(uv_stream_t *server, int status)
{
	struct listener *listener = server->data;

	if (status < 0) {
		LOG(WARNING, "listener", "accept-failed", TEXT("reason", uv_strerror(status)));
		return;
	}
	conn_accept(listener, server);
}

static void on_freed(uv_handle_t *handle)
{
	free(handle);
}

static int add_socket(struct listener *listener, uv_tcp_t **ret, struct pidc_error *err)
{
	uv_tcp_t *tcp;

	if (listener->socket_count == LISTENER_SOCKETS_MAX)
		return pidc_fail(err, PIDC_ELIMIT, "more than %d sockets", LISTENER_SOCKETS_MAX);
	tcp = malloc(sizeof(*tcp));
	if (tcp == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	uv_tcp_init(listener->options.loop, tcp);
	tcp->data = listener;
	*ret = tcp;
	return 0;
}

static int start_socket(struct listener *listener, uv_tcp_t *tcp, int r, const char *what,
			struct pidc_error *err)
{
	if (r == 0)
		r = uv_listen((uv_stream_t *)tcp, LISTENER_BACKLOG, on_connection);
	if (r < 0) {
		uv_close((uv_handle_t *)tcp, on_freed);
		return pidc_fail(err, PIDC_EIO, "%s: %s", what, uv_strerror(r));
	}
	listener->sockets[listener->socket_count++] = tcp;
	return 0;
}

static int parse_address(const char *address, struct sockaddr_storage *ret)
{
	const char *colon = strrchr(address, ':');
	char host[64];
	char *end;
	unsigned long port;
	size_t len;

	if (colon == NULL || colon[1] < '0' || colon[1] > '9')
		return PIDC_EINVAL;
	port = strtoul(colon + 1, &end, 10);
	len = (size_t)(colon - address);
	if (*end != '\0' || port > 65535 || len == 0 || len >= sizeof(host))
		return PIDC_EINVAL;
	memcpy(host, address, len);
	host[len] = '\0';
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		return uv_ip6_addr(host + 1, (int)port, (struct sockaddr_in6 *)ret) < 0
			       ? PIDC_EINVAL
			       : 0;
	}
	return uv_ip4_addr(host, (int)port, (struct sockaddr_in *)ret) < 0 ? PIDC_EINVAL : 0;
}

int listener_bind(struct listener *listener, const char *address, struct pidc_error *err)
{
	struct sockaddr_storage name = {0};
	uv_tcp_t *tcp;
	int r;

	if (parse_address(address, &name) < 0)
		return pidc_fail(err, PIDC_EINVAL, "'%.80s': ADDRESS:PORT is needed, as in %s",
				 address, "127.0.0.1:7443 or [::]:7443");
	r = add_socket(listener, &tcp, err);
	if (r < 0)
		return r;
	r = uv_tcp_bind(tcp, (struct sockaddr *)&name, 0);
	return start_socket(listener, tcp, r, address, err);
}

int listener_adopt(struct listener *listener, int fd, struct pidc_error *err)
{
	uv_tcp_t *tcp;
	int r = add_socket(listener, &tcp, err);

	if (r < 0)
		return r;
	r = uv_tcp_open(tcp, fd);
	return start_socket(listener, tcp, r, "socket of systemd", err);
}

void listener_address(const struct listener *listener, size_t i, char *buf, size_t cap)
{
	struct sockaddr_storage name;
	int len = sizeof(name);
	char ip[64] = "";

	buf[0] = '\0';
	if (i >= listener->socket_count ||
	    uv_tcp_getsockname(listener->sockets[i], (struct sockaddr *)&name, &len) < 0)
		return;
	uv_ip_name((struct sockaddr *)&name, ip, sizeof(ip));
	if (name.ss_family == AF_INET6)
		snprintf(buf, cap, "[%s]:%u", ip, ntohs(((struct sockaddr_in6 *)&name)->sin6_port));
	else
		snprintf(buf, cap, "%s:%u", ip, ntohs(((struct sockaddr_in *)&name)->sin_port));
}

/* --- life ------------------------------------------------------------------ */

int listener_new(const struct listener_options *options, struct listener **ret,
		 struct pidc_error *err)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (listener == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	listener->options = *options;
	if (options->rpc_limits != NULL)
		listener->rpc_limits = *options->rpc_limits;
	uv_check_init(options->loop, &listener->check);
	uv_prepare_init(options->loop, &listener->prepare);
	uv_idle_init(options->loop, &listener->idle);
	uv_timer_init(options->loop, &listener->empty_timer);
	listener->check.data = listener->prepare.data = listener;
	listener->idle.data = listener->empty_timer.data = listener;
	listener->handles = 4;
	uv_check_start(&listener->check, on_check);
	uv_prepare_start(&listener->prepare, on_prepare);
	*ret = listener;
	return 0;
}

void listener_set_tls(struct listener *listener, struct tls_context *tls)
{
	tls_context_unref(listener->options.tls);
	listener->options.tls = tls;
}

void listener_set_limits(struct listener *listener, const struct listener_limits *limits)
{
	listener->options.limits = *limits;
}

static void stop_accepting(struct listener *listener)
{
	while (listener->socket_count > 0)
		uv_close((uv_handle_t *)listener->sockets[--listener->socket_count], on_freed);
}

static void on_empty_timer(uv_timer_t *timer)
{
	struct listener *listener = timer->data;

	if (listener->on_empty != NULL)
		listener->on_empty(listener->empty_user);
}

static void note_empty(struct listener *listener)
{
	if (listener->is_draining && listener->count == 0)
		uv_timer_start(&listener->empty_timer, on_empty_timer, 0, 0);
}

void listener_drain(struct listener *listener, void (*on_empty)(void *user), void *user)
{
	listener->is_draining = true;
	listener->on_empty = on_empty;
	listener->empty_user = user;
	stop_accepting(listener);
	for (struct conn *conn = listener->conns; conn != NULL; conn = conn->next)
		conn_drain(conn);
	note_empty(listener);
}

void listener_cut(struct listener *listener)
{
	for (struct conn *conn = listener->conns; conn != NULL; conn = conn->next)
		conn_close(conn);
}

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

int listener_keys(const struct listener *listener, struct listener_keys *ret)
{
	uint8_t(*keys)[32] = calloc(listener->count + 1, sizeof(*keys));
	size_t n = 0, kept = 0;

	if (keys == NULL)
		return PIDC_ENOMEM;
	for (const struct conn *conn = listener->conns; conn != NULL; conn = conn->next) {
		const uint8_t *key = conn_key(conn);

		if (key != NULL)
			memcpy(keys[n++], key, sizeof(*keys));
	}
	qsort(keys, n, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || memcmp(keys[kept - 1], keys[i], sizeof(*keys)) != 0)
			memmove(keys[kept++], keys[i], sizeof(*keys));
	}
	*ret = (struct listener_keys){.keys = keys, .count = kept};
	return 0;
}

void listener_keys_close(struct listener_keys *keys)
{
	free(keys->keys);
	*keys = (struct listener_keys){0};
}

void listener_cut_key(struct listener *listener, const uint8_t spki_sha256[32])
{
	for (struct conn *conn = listener->conns; conn != NULL; conn = conn->next) {
		const uint8_t *key = conn_key(conn);

		if (key == NULL || memcmp(key, spki_sha256, 32) != 0)
			continue;
		rpc_conn_terminate(conn->rpc, 0, "certificate revoked");
		conn_mark(conn);
	}
}

unsigned listener_count(const struct listener *listener)
{
	return listener->count;
}

static void on_closed(uv_handle_t *handle)
{
	struct listener *listener = handle->data;
	void (*closed)(void *user) = listener->closed;
	void *user = listener->closed_user;

	if (--listener->handles > 0)
		return;
	tls_context_unref(listener->options.tls);
	free(listener);
	if (closed != NULL)
		closed(user);
}

static void close_step(struct listener *listener)
{
	if (!listener->is_closing || listener->count > 0)
		return;
	uv_close((uv_handle_t *)&listener->check, on_closed);
	uv_close((uv_handle_t *)&listener->prepare, on_closed);
	uv_close((uv_handle_t *)&listener->idle, on_closed);
	uv_close((uv_handle_t *)&listener->empty_timer, on_closed);
}

static void drop_dirty(struct listener *listener, struct conn *conn)
{
	struct conn **at = &listener->dirty;

	while (*at != NULL && *at != conn)
		at = &(*at)->dirty_next;
	if (*at == conn)
		*at = conn->dirty_next;
}

void listener_forget(struct listener *listener, struct conn *conn)
{
	if (conn->is_dirty)
		drop_dirty(listener, conn);
	if (conn->is_greeting)
		listener->greeting--;
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		listener->conns = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	listener->count--;
	note_empty(listener);
	close_step(listener);
}

void listener_close(struct listener *listener, void (*closed)(void *user), void *user)
{
	listener->closed = closed;
	listener->closed_user = user;
	listener->is_closing = true;
	listener->is_draining = false;
	stop_accepting(listener);
	listener_cut(listener);
	close_step(listener);
}
