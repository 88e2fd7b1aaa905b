/* SPDX-License-Identifier: ISC */
#include "daemon/notice.h"

#include "daemon/db/listen.h"
#include "daemon/log.h"

#include <stdlib.h>
#include <string.h>

/* --- text ------------------------------------------------------------------ */

void notice_parse(const char *text, struct notice *ret)
{
	static const char key[] = "!key";
	char *end;

	*ret = (struct notice){.is_everything = true};
	if (*text < '0' || *text > '9')
		return;
	ret->size = strtoull(text, &end, 10);
	if (*end != ' ' && *end != '\0')
		return;
	end += *end == ' ';
	if (strncmp(end, key, strlen(key)) == 0) {
		ret->ends_key = true;
		end += strlen(key);
		end += *end == ' ';
	}
	ret->orgs = end;
	ret->is_everything = false;
}

bool notice_concerns(const struct notice *notice, const char *org)
{
	size_t len = strlen(org);

	if (notice->is_everything || strcmp(notice->orgs, "*") == 0)
		return true;
	for (const char *at = notice->orgs; *at != '\0';) {
		size_t n = strcspn(at, " ");

		if (n == len && memcmp(at, org, len) == 0)
			return true;
		at += n;
		at += *at == ' ';
	}
	return false;
}

/* --- the connection -------------------------------------------------------- */

enum listen_state { LISTEN_DOWN, LISTEN_OPENING, LISTEN_UP };

/* One connection being polled; outlives its loss until libuv lets go of it. */
struct source {
	uv_poll_t poll;
	struct listening *listening; /* NULL once lost */
	struct db *db;
	void (*close)(struct db *db);
};

struct listening {
	struct listening_options options;
	enum listen_state state;
	uint64_t backoff;
	uv_timer_t timer;
	uv_work_t work;
	/* of the worker while OPENING */
	struct db *db;
	int result;
	struct pidc_error err;
	struct source *source; /* while UP */
	bool is_closing;
};

static void start_open(struct listening *listening);

static void on_timer(uv_timer_t *timer)
{
	start_open(timer->data);
}

/* Down; try again after the back-off, which grows until it is up again. */
static void go_down(struct listening *listening, const char *reason)
{
	uint64_t wait = listening->backoff;

	listening->state = LISTEN_DOWN;
	if (wait <= LANE_RETRY_FIRST_MS)
		LOG(WARNING, "listen", "down", TEXT("reason", reason));
	listening->backoff = wait == 0 ? LANE_RETRY_FIRST_MS : wait * 2;
	if (listening->backoff > LANE_RETRY_MAX_MS)
		listening->backoff = LANE_RETRY_MAX_MS;
	uv_timer_start(&listening->timer, on_timer, wait, 0);
}

static void on_source_closed(uv_handle_t *handle)
{
	struct source *source = handle->data;

	source->close(source->db);
	free(source);
}

static void drop_source(struct listening *listening)
{
	struct source *source = listening->source;

	if (source == NULL)
		return;
	listening->source = NULL;
	source->listening = NULL;
	uv_close((uv_handle_t *)&source->poll, on_source_closed);
}

static void on_text(const char *text, void *user)
{
	struct listening *listening = user;
	struct notice notice;

	notice_parse(text, &notice);
	listening->options.on_notice(&notice, listening->options.user);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct source *source = poll->data;
	struct listening *listening = source->listening;
	struct pidc_error err = {.msg = "poll failed"};

	(void)events;
	if (listening == NULL)
		return;
	if (status == 0 && db_read_notices(source->db, on_text, listening, &err) == 0)
		return;
	drop_source(listening);
	go_down(listening, err.msg);
}

static int start_poll(struct listening *listening)
{
	struct source *source = calloc(1, sizeof(*source));

	if (source == NULL)
		return PIDC_ENOMEM;
	source->db = listening->db;
	source->close = listening->options.driver.close;
	source->listening = listening;
	source->poll.data = source;
	if (uv_poll_init(listening->options.loop, &source->poll, db_socket(source->db)) < 0) {
		free(source);
		return PIDC_EIO;
	}
	listening->source = source;
	return uv_poll_start(&source->poll, UV_READABLE, on_poll) < 0 ? PIDC_EIO : 0;
}

static void go_up(struct listening *listening)
{
	static const struct notice everything = {.is_everything = true};

	if (start_poll(listening) < 0) {
		if (listening->source == NULL)
			listening->options.driver.close(listening->db);
		drop_source(listening);
		go_down(listening, "cannot poll");
		return;
	}
	listening->state = LISTEN_UP;
	listening->backoff = 0;
	LOG(INFO, "listen", "up", NUMBER("socket", db_socket(listening->db)));
	listening->options.on_notice(&everything, listening->options.user);
}

/* --- workers --------------------------------------------------------------- */

static void open_work(uv_work_t *work)
{
	struct listening *listening = work->data;
	const struct lane_driver *driver = &listening->options.driver;

	listening->db = NULL;
	listening->result = driver->open(driver->ctx, &listening->db, &listening->err);
	if (listening->result == 0)
		listening->result = db_listen(listening->db, &listening->err);
	if (listening->result < 0 && listening->db != NULL) {
		driver->close(listening->db);
		listening->db = NULL;
	}
}

static void on_freed(uv_handle_t *handle)
{
	free(handle->data);
}

static void open_done(uv_work_t *work, int status)
{
	struct listening *listening = work->data;

	listening->state = LISTEN_DOWN;
	if (listening->is_closing) {
		if (listening->db != NULL)
			listening->options.driver.close(listening->db);
		uv_close((uv_handle_t *)&listening->timer, on_freed);
	} else if (status < 0 || listening->result < 0) {
		go_down(listening, listening->err.msg);
	} else {
		go_up(listening);
	}
}

static void start_open(struct listening *listening)
{
	listening->state = LISTEN_OPENING;
	/* libuv refuses a work only when it is NULL. */
	if (uv_queue_work(listening->options.loop, &listening->work, open_work, open_done) < 0)
		abort();
}

/* --- life ------------------------------------------------------------------ */

int listening_new(const struct listening_options *options, struct listening **ret,
		  struct pidc_error *err)
{
	struct listening *listening = calloc(1, sizeof(*listening));

	if (listening == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	listening->options = *options;
	listening->work.data = listening;
	uv_timer_init(options->loop, &listening->timer);
	listening->timer.data = listening;
	start_open(listening);
	*ret = listening;
	return 0;
}

void listening_close(struct listening *listening)
{
	if (listening == NULL)
		return;
	listening->is_closing = true;
	drop_source(listening);
	if (listening->state != LISTEN_OPENING)
		uv_close((uv_handle_t *)&listening->timer, on_freed);
}
