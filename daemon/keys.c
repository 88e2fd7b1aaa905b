/* SPDX-License-Identifier: ISC */
#include "daemon/keys.h"

#include "daemon/log.h"
#include "daemon/service/service.h"

#include <stdlib.h>

struct keys {
	struct lane_job job;
	struct listener *listener;
	struct lane *lane;
	bool is_running;
	bool is_due;
	bool is_stopped;
	/* of the worker while running */
	struct listener_keys list;
	bool *ended;
	int result;
	struct pidc_error err;
};

static void run(struct db *db, struct lane_job *const *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct keys *keys = (struct keys *)jobs[i];

		keys->result = service_keys_ended(db, keys->list.keys, keys->list.count,
						  keys->ended, &keys->err);
	}
}

static void forget(struct keys *keys)
{
	listener_keys_close(&keys->list);
	free(keys->ended);
	keys->ended = NULL;
	keys->is_running = false;
}

static void done(struct lane_job *job, int result)
{
	struct keys *keys = (struct keys *)job;

	if (result < 0 || keys->result < 0) {
		LOG(WARNING, "keys", "check-failed",
		    TEXT("reason", result < 0 ? "no database" : keys->err.msg));
		keys->is_due = true;
		forget(keys);
		return;
	}
	for (size_t i = 0; i < keys->list.count && !keys->is_stopped; i++) {
		if (keys->ended[i])
			listener_cut_key(keys->listener, keys->list.keys[i]);
	}
	forget(keys);
	keys_tick(keys);
}

/* What cannot be begun now stays due. */
static void start(struct keys *keys)
{
	if (listener_keys(keys->listener, &keys->list) < 0)
		return;
	if (keys->list.count == 0) {
		forget(keys);
		keys->is_due = false;
		return;
	}
	keys->ended = calloc(keys->list.count, sizeof(*keys->ended));
	keys->job = (struct lane_job){.run = run, .done = done, .deadline = UINT64_MAX};
	if (keys->ended == NULL || lane_submit(keys->lane, &keys->job) < 0) {
		forget(keys);
		return;
	}
	keys->is_running = true;
	keys->is_due = false;
}

struct keys *keys_new(struct listener *listener, struct lane *lane)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	if (keys == NULL)
		return NULL;
	keys->listener = listener;
	keys->lane = lane;
	return keys;
}

void keys_stop(struct keys *keys)
{
	keys->is_stopped = true;
}

void keys_free(struct keys *keys)
{
	if (keys == NULL)
		return;
	forget(keys);
	free(keys);
}

void keys_check(struct keys *keys)
{
	keys->is_due = true;
	keys_tick(keys);
}

void keys_tick(struct keys *keys)
{
	if (keys->is_due && !keys->is_running && !keys->is_stopped)
		start(keys);
}
