/* SPDX-License-Identifier: ISC
 *
 * Listening sockets and the connections that came in by them. Knows no service:
 * which calls there are is said by a find function (call.h), so that the daemon
 * and the interop server share it.
 *
 * Replies coalesce: whoever gives a connection output marks it dirty, and once
 * a turn of the loop, in uv_check, each dirty connection is flushed.
 *
 * Loop thread only.
 */
#pragma once

#include "core/error.h"
#include "daemon/call.h"
#include "wire/rpc.h"

#include <uv.h>

struct listener;
struct conn;

#define LISTENER_SOCKETS_MAX 16          /* addresses; a socket unit with more is a mistake */
#define LISTENER_BACKLOG     128         /* the kernel's SYN queue holds a reconnect storm */
#define LISTENER_READ_SIZE   (64 * 1024) /* one read; shared, as reads do not overlap */

/* Seconds of a satellite each; a fleet that comes back after an outage has to queue. */
#define LISTENER_GREETING_MAX 512

/* How much the peers may open; 0 for no limit. */
struct listener_limits {
	unsigned connections;
	unsigned connections_address; /* from one address */
	unsigned connections_key;     /* with one certificate */
	unsigned calls;               /* at once on a connection */
};

struct listener_options {
	uv_loop_t *loop;
	struct tls_context *tls;             /* a reference is taken over by the listener */
	const struct rpc_limits *rpc_limits; /* copied; NULL: defaults */
	struct listener_limits limits;
	struct call_budget *budget; /* borrowed, outlives all calls; NULL: none */
	call_find_cb find;
	void *context; /* for find and kinds */
};

int listener_new(const struct listener_options *options, struct listener **ret,
		 struct pidc_error *err) PIDC_MUSTCHECK;

/* "127.0.0.1:7443", "[::1]:7443"; port 0: the kernel picks one. */
int listener_bind(struct listener *listener, const char *address,
		  struct pidc_error *err) PIDC_MUSTCHECK;

/* A listening descriptor handed over by systemd; taken. */
int listener_adopt(struct listener *listener, int fd, struct pidc_error *err) PIDC_MUSTCHECK;

/* Address of the i-th socket as text, or "" past the last. */
void listener_address(const struct listener *listener, size_t i, char *buf, size_t cap);

/* New connections use this context; the reference is taken over. */
void listener_set_tls(struct listener *listener, struct tls_context *tls);

/* For what is opened from now on. */
void listener_set_limits(struct listener *listener, const struct listener_limits *limits);

/* Stop accepting and drain every connection; on_empty runs once there is none
 * left, perhaps at once but never inside this call. */
void listener_drain(struct listener *listener, void (*on_empty)(void *user), void *user);

/* Close all connections now: calls are cancelled. */
void listener_cut(struct listener *listener);

/* Keys of all open connections, in any order, each once. */
struct listener_keys {
	uint8_t (*keys)[32];
	size_t count;
};

/* PIDC_ENOMEM; what is in *ret is given back by listener_keys_close. */
int listener_keys(const struct listener *listener, struct listener_keys *ret) PIDC_MUSTCHECK;
void listener_keys_close(struct listener_keys *keys);

/* Close connections that were opened with this key. */
void listener_cut_key(struct listener *listener, const uint8_t spki_sha256[32]);

/* Close everything; closed runs when the last handle is gone, and so is the listener. */
void listener_close(struct listener *listener, void (*closed)(void *user), void *user);

unsigned listener_count(const struct listener *listener);
