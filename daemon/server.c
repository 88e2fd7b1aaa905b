/* SPDX-License-Identifier: ISC */
#include "daemon/server.h"

#include "daemon/database.h"
#include "daemon/health.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/method.h"
#include "daemon/reflection.h"
#include "daemon/sd.h"
#include "daemon/setup.h"
#include "daemon/upkeep.h"
#include "daemon/vocabulary.h"
#include "daemon/work.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIG_TERM, SIG_INT, SIG_HUP, SIG_COUNT };

static const int signal_numbers[SIG_COUNT] = {SIGTERM, SIGINT, SIGHUP};
static const char *const lane_names[LANE_COUNT] = {"write", "read", "bulk"};

struct server {
	const struct server_options *options;
	struct config *config;
	uv_loop_t loop;
	uv_signal_t signals[SIG_COUNT];
	uv_timer_t alive;
	uv_timer_t drain;
	struct database_options databases[SETUP_DATABASES];
	struct backend backend;
	struct upkeep *upkeep;
	bool is_started, is_draining, is_closing;
	char instance_id[37];
};

/* --- TLS ------------------------------------------------------------------- */

static int load_tls(const struct config *config, struct tls_context **ret, struct pidc_error *err)
{
	struct tls_options options = {
		.is_server = true,
		.cert_file = config->server_cert,
		.key_file = config->server_key,
		.ca_file = config->server_ca,
		.require_client_cert = config->server_require_client_cert,
		.trust_domain = config->server_trust_domain,
	};

	return tls_context_new(&options, ret, err);
}

static struct listener_limits limits_of(const struct config *config)
{
	return (struct listener_limits){
		.connections = (unsigned)config->server_max_connections,
		.connections_address = (unsigned)config->server_max_connections_per_address,
		.connections_key = (unsigned)config->server_max_connections_per_certificate,
		.calls = (unsigned)config->server_max_calls,
	};
}

static void set_budget(struct server *server)
{
	server->backend.budget.max_calls = (unsigned)server->config->server_max_open_calls;
	server->backend.budget.max_bytes = server->config->server_max_request_bytes;
}

/* What is live, as it is in the configuration now. */
static void renew(struct server *server, struct tls_context *tls)
{
	struct listener_limits limits = limits_of(server->config);
	enum log_level level;

	listener_set_tls(server->backend.listener, tls);
	listener_set_limits(server->backend.listener, &limits);
	set_budget(server);
	if (log_level_parse(server->config->log_level, &level) == 0)
		log_init(level);
}

static void of_restart(const struct config_setting *setting, void *user)
{
	(void)user;
	LOG(WARNING, "server", "needs-restart", TEXT("section", setting->section),
	    TEXT("key", setting->key));
}

static int reload(struct server *server, struct pidc_error *err)
{
	struct config fresh;
	struct tls_context *tls;
	int r = server->options->reload(server->options->user, &fresh, err);

	if (r == 0)
		r = config_check(&fresh, err);
	if (r == 0)
		r = load_tls(&fresh, &tls, err);
	if (r == 0) {
		config_renew(server->config, &fresh, of_restart, NULL);
		renew(server, tls);
	}
	config_close(&fresh);
	return r;
}

static void on_hangup(struct server *server)
{
	struct pidc_error err = {0};

	if (server->is_draining)
		return;
	sd_reloading();
	if (reload(server, &err) < 0)
		LOG(ERROR, "server", "reload-failed", TEXT("reason", err.msg));
	else
		LOG(INFO, "server", "reloaded",
		    NUMBER("connections", listener_count(server->backend.listener)));
	if (server->is_started)
		sd_ready();
}

/* --- ends ------------------------------------------------------------------ */

static void on_listener_closed(void *user)
{
	struct server *server = user;

	server->backend.listener = NULL;
	for (size_t i = 0; i < LANE_COUNT; i++) {
		if (server->backend.lanes[i] != NULL)
			lane_close(server->backend.lanes[i], NULL, NULL);
		server->backend.lanes[i] = NULL;
	}
}

static void close_all(struct server *server)
{
	if (server->is_closing)
		return;
	server->is_closing = true;
	upkeep_stop(server->upkeep);
	for (size_t i = 0; i < SIG_COUNT; i++)
		uv_close((uv_handle_t *)&server->signals[i], NULL);
	uv_close((uv_handle_t *)&server->alive, NULL);
	uv_close((uv_handle_t *)&server->drain, NULL);
	if (server->backend.listener != NULL)
		listener_close(server->backend.listener, on_listener_closed, server);
	else
		on_listener_closed(server);
}

static void on_empty(void *user)
{
	LOG(INFO, "server", "drained", NUMBER("connections", 0));
	close_all(user);
}

static void on_drain_timeout(uv_timer_t *timer)
{
	struct server *server = timer->data;

	LOG(WARNING, "server", "drain-cut",
	    NUMBER("connections", listener_count(server->backend.listener)));
	listener_cut(server->backend.listener);
}

static void on_terminate(struct server *server)
{
	if (server->is_draining) {
		close_all(server);
		return;
	}
	server->is_draining = true;
	LOG(INFO, "server", "draining",
	    NUMBER("connections", listener_count(server->backend.listener)));
	sd_stopping();
	health_drain(server->backend.health);
	uv_timer_start(&server->drain, on_drain_timeout, server->config->server_drain_timeout_ms,
		       0);
	listener_drain(server->backend.listener, on_empty, server);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct server *server = handle->data;

	if (number == SIGHUP)
		on_hangup(server);
	else
		on_terminate(server);
}

/* --- begin ----------------------------------------------------------------- */

static void on_alive(uv_timer_t *timer)
{
	(void)timer;
	sd_alive();
}

static void start_handles(struct server *server)
{
	uint64_t interval = sd_alive_interval_ms();

	for (size_t i = 0; i < SIG_COUNT; i++) {
		uv_signal_init(&server->loop, &server->signals[i]);
		server->signals[i].data = server;
		uv_signal_start(&server->signals[i], on_signal, signal_numbers[i]);
	}
	uv_timer_init(&server->loop, &server->alive);
	uv_timer_init(&server->loop, &server->drain);
	server->drain.data = server;
	if (interval > 0)
		uv_timer_start(&server->alive, on_alive, interval, interval);
}

static void on_write_state(bool is_up, void *user)
{
	struct server *server = user;

	if (is_up && server->upkeep != NULL)
		upkeep_step(server->upkeep);
	health_set(server->backend.health, HEALTH_REGISTER,
		   is_up && server->is_started ? HEALTH_SERVING : HEALTH_NOT_SERVING);
}

/* Ready: that this instance serves is in the ledger before it serves. */
static void on_started(void *user)
{
	struct server *server = user;

	server->is_started = true;
	health_set(server->backend.health, "", HEALTH_SERVING);
	on_write_state(lane_is_up(server->backend.lanes[LANE_WRITE]), server);
	if (!server->is_draining)
		sd_ready();
}

static void on_read_state(bool is_up, void *user)
{
	struct server *server = user;

	health_set(server->backend.health, HEALTH_QUERY,
		   is_up ? HEALTH_SERVING : HEALTH_NOT_SERVING);
}

static int start_lanes(struct server *server, struct pidc_error *err)
{
	const struct config *config = server->config;
	const size_t connections[LANE_COUNT] = {1, (size_t)config->database_read_connections,
						(size_t)config->database_bulk_connections};

	for (size_t i = 0; i < LANE_COUNT; i++) {
		struct lane_options options = {
			.loop = &server->loop,
			.name = lane_names[i],
			.connections = connections[i],
			.batch_max = i == LANE_BULK ? 1 : (size_t)config->database_batch_max,
			.queue_max = (size_t)config->database_queue_max,
			.user = server,
		};
		int r;

		if (i == LANE_WRITE)
			options.on_state = on_write_state;
		else if (i == LANE_READ)
			options.on_state = on_read_state;
		database_driver(&server->databases[i], &options.driver);
		r = lane_new(&options, &server->backend.lanes[i], err);
		if (r < 0)
			return r;
	}
	database_driver(&server->databases[LANE_BULK], &server->backend.bulk);
	return 0;
}

static int open_sockets(struct server *server, struct pidc_error *err)
{
	int fds[SD_SOCKETS_MAX];
	int count = sd_sockets(fds);
	char address[96];
	char ready[128];
	int r = 0;

	for (int i = 0; i < count && r == 0; i++)
		r = listener_adopt(server->backend.listener, fds[i], err);
	if (count == 0)
		r = listener_bind(server->backend.listener, server->config->server_listen, err);
	if (r < 0)
		return r;
	listener_address(server->backend.listener, 0, address, sizeof(address));
	snprintf(ready, sizeof(ready), "ready on %s", address);
	LOG(INFO, "server", ready, TEXT("version", PIDC_VERSION));
	return 0;
}

static int start_listener(struct server *server, struct pidc_error *err)
{
	struct listener_options options = {
		.loop = &server->loop,
		.limits = limits_of(server->config),
		.budget = &server->backend.budget,
		.find = method_find,
		.context = &server->backend,
	};
	int r = load_tls(server->config, &options.tls, err);

	if (r < 0)
		return r;
	set_budget(server);
	r = listener_new(&options, &server->backend.listener, err);
	if (r < 0) {
		tls_context_unref(options.tls);
		return r;
	}
	return open_sockets(server, err);
}

static int start_upkeep(struct server *server, struct pidc_error *err)
{
	struct upkeep_options options = {
		.loop = &server->loop,
		.backend = &server->backend,
		.database = &server->databases[SETUP_LISTEN],
		.instance_id = server->instance_id,
		.on_started = on_started,
		.user = server,
	};

	return upkeep_new(&options, &server->upkeep, err);
}

static int start(struct server *server, struct pidc_error *err)
{
	size_t len;
	const uint8_t *vocabulary = vocabulary_bytes(&len);
	int r = 0;

	server->backend.loop = &server->loop;
	server->backend.health = health_new();
	if (server->backend.health == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	if (server->config->server_reflection)
		r = reflection_new(vocabulary, len, &server->backend.reflection, err);
	if (r == 0)
		r = start_lanes(server, err);
	if (r == 0)
		r = start_listener(server, err);
	if (r == 0)
		r = start_upkeep(server, err);
	return r;
}

int server_run(const struct server_options *options, struct pidc_error *err)
{
	struct server server = {.options = options, .config = options->config};
	int r;

	signal(SIGPIPE, SIG_IGN);
	setup_threads(server.config);
	setup_databases(server.config, server.databases);
	setup_service(server.config, server.instance_id);
	r = setup_check_schema(&server.databases[LANE_READ], err);
	if (r < 0)
		return r;
	if (uv_loop_init(&server.loop) < 0)
		return pidc_fail(err, PIDC_EIO, "no event loop");
	start_handles(&server);
	r = start(&server, err);
	if (r < 0)
		close_all(&server);
	uv_run(&server.loop, UV_RUN_DEFAULT);
	upkeep_free(server.upkeep);
	health_free(server.backend.health);
	reflection_free(server.backend.reflection);
	call_budget_close(&server.backend.budget);
	uv_loop_close(&server.loop);
	return r;
}
