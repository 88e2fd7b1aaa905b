/* SPDX-License-Identifier: ISC
 *
 * A connection's states; arrows that need a worker are doubled:
 *
 *   DOWN ==> OPENING -> IDLE ==> BUSY -> IDLE
 *     ^---------'(back-off)        `---> DOWN (lost; tries again at once)
 */
#include "daemon/lane.h"

#include "daemon/log.h"

#include <stdlib.h>

enum link_state { LINK_DOWN, LINK_OPENING, LINK_IDLE, LINK_BUSY };

struct link {
	struct lane *lane;
	enum link_state state;
	uint64_t retry_at;
	uint64_t backoff;
	uv_work_t work;
	/* of the worker while state is OPENING or BUSY */
	struct db *db;
	struct lane_job **batch;
	size_t batch_count;
	struct pidc_error err;
	int result;
	bool is_alive;
};

struct lane {
	struct lane_options options;
	struct link *links;
	struct lane_job *first, *last;
	size_t pending;
	uv_check_t check;
	uv_idle_t idle; /* keeps the loop from sleeping while a batch is to be cut */
	uv_timer_t timer;
	unsigned handles;
	bool is_closing;
	void (*closed)(void *user);
	void *closed_user;
};

static void step(struct lane *lane);

bool lane_is_up(const struct lane *lane)
{
	for (size_t i = 0; i < lane->options.connections; i++) {
		enum link_state state = lane->links[i].state;

		if (state == LINK_IDLE || state == LINK_BUSY)
			return true;
	}
	return false;
}

size_t lane_pending(const struct lane *lane)
{
	return lane->pending;
}

/* --- the list -------------------------------------------------------------- */

static void append(struct lane *lane, struct lane_job *job)
{
	job->lane = lane;
	job->next = NULL;
	job->prev = lane->last;
	if (lane->last != NULL)
		lane->last->next = job;
	else
		lane->first = job;
	lane->last = job;
	lane->pending++;
}

static void unlink_job(struct lane *lane, struct lane_job *job)
{
	if (job->prev != NULL)
		job->prev->next = job->next;
	else
		lane->first = job->next;
	if (job->next != NULL)
		job->next->prev = job->prev;
	else
		lane->last = job->prev;
	job->lane = NULL;
	job->next = job->prev = NULL;
	lane->pending--;
}

/* Answer everything that waits now; what done submits meanwhile is not among it. */
static void fail_pending(struct lane *lane, int result)
{
	for (size_t n = lane->pending; n > 0 && lane->first != NULL; n--) {
		struct lane_job *job = lane->first;

		unlink_job(lane, job);
		job->done(job, result);
	}
}

/* --- workers --------------------------------------------------------------- */

static void open_work(uv_work_t *work)
{
	struct link *link = work->data;
	const struct lane_driver *driver = &link->lane->options.driver;

	link->result = driver->open(driver->ctx, &link->db, &link->err);
}

static void note_state(struct lane *lane, bool was_up)
{
	bool is_up = lane_is_up(lane);

	if (is_up != was_up && lane->options.on_state != NULL)
		lane->options.on_state(is_up, lane->options.user);
}

static void open_failed(struct link *link)
{
	struct lane *lane = link->lane;

	link->state = LINK_DOWN;
	link->db = NULL;
	/* Once for each loss; the log is not to fill up while a database is away. */
	if (link->backoff == 0)
		LOG(WARNING, "lane", "no-database", TEXT("lane", lane->options.name),
		    TEXT("reason", link->err.msg));
	link->backoff = link->backoff == 0 ? LANE_RETRY_FIRST_MS : link->backoff * 2;
	if (link->backoff > LANE_RETRY_MAX_MS)
		link->backoff = LANE_RETRY_MAX_MS;
	link->retry_at = uv_now(lane->options.loop) + link->backoff;
}

static void open_done(uv_work_t *work, int status)
{
	struct link *link = work->data;
	struct lane *lane = link->lane;
	bool was_up = lane_is_up(lane);

	if (status < 0 || link->result < 0) {
		open_failed(link);
	} else {
		link->state = LINK_IDLE;
		link->backoff = 0;
		LOG(INFO, "lane", "connected", TEXT("lane", lane->options.name));
	}
	note_state(lane, was_up);
	step(lane);
}

/* It may have been lost while nobody used it: a batch that has not begun need not fail. */
static int freshen(struct link *link)
{
	const struct lane_driver *driver = &link->lane->options.driver;

	if (driver->is_alive(link->db))
		return 0;
	driver->close(link->db);
	link->db = NULL;
	return driver->open(driver->ctx, &link->db, &link->err);
}

static void run_work(uv_work_t *work)
{
	struct link *link = work->data;
	const struct lane_driver *driver = &link->lane->options.driver;

	link->result = freshen(link);
	link->is_alive = link->result == 0;
	if (link->result < 0)
		return;
	link->batch[0]->run(link->db, link->batch, link->batch_count);
	link->is_alive = driver->is_alive(link->db);
	if (!link->is_alive) {
		driver->close(link->db);
		link->db = NULL;
	}
}

static void run_done(uv_work_t *work, int status)
{
	struct link *link = work->data;
	struct lane *lane = link->lane;
	bool was_up = lane_is_up(lane);
	size_t n = link->batch_count;

	link->batch_count = 0;
	if (status == 0 && !link->is_alive) {
		link->state = LINK_DOWN;
		link->retry_at = 0;
		LOG(WARNING, "lane", "connection-lost", TEXT("lane", lane->options.name),
		    TEXT("reason", link->result < 0 ? link->err.msg : "while it was used"));
	} else {
		link->state = LINK_IDLE;
	}
	note_state(lane, was_up);
	for (size_t i = 0; i < n; i++)
		link->batch[i]->done(link->batch[i],
				     status < 0 || link->result < 0 ? PIDC_EUNAVAILABLE : 0);
	step(lane);
}

/* --- cutting batches ------------------------------------------------------- */

/* Jobs with the function of the first one, in order, without those that are late. */
static size_t cut(struct lane *lane, struct lane_job **batch)
{
	uint64_t now = uv_now(lane->options.loop);
	size_t n = 0;

	while (lane->first != NULL && n < lane->options.batch_max) {
		struct lane_job *job = lane->first;

		if (n > 0 && job->run != batch[0]->run)
			break;
		unlink_job(lane, job);
		if (job->deadline <= now)
			job->done(job, PIDC_EDEADLINE);
		else
			batch[n++] = job;
	}
	return n;
}

static void queue_work(struct link *link, uv_work_cb work, uv_after_work_cb done)
{
	int r = uv_queue_work(link->lane->options.loop, &link->work, work, done);

	/* libuv refuses a work only when it is NULL. */
	if (r < 0)
		abort();
}

static void start_batch(struct link *link)
{
	link->batch_count = cut(link->lane, link->batch);
	if (link->batch_count == 0)
		return;
	link->state = LINK_BUSY;
	queue_work(link, run_work, run_done);
}

static void start_open(struct link *link)
{
	link->state = LINK_OPENING;
	queue_work(link, open_work, open_done);
}

static void on_check(uv_check_t *check)
{
	struct lane *lane = check->data;

	uv_idle_stop(&lane->idle);
	for (size_t i = 0; i < lane->options.connections && lane->first != NULL; i++) {
		if (lane->links[i].state == LINK_IDLE)
			start_batch(&lane->links[i]);
	}
}

static void on_idle(uv_idle_t *idle)
{
	(void)idle;
}

static void on_timer(uv_timer_t *timer)
{
	step(timer->data);
}

/* --- life ------------------------------------------------------------------ */

static void on_close(uv_handle_t *handle)
{
	struct lane *lane = handle->data;
	void (*closed)(void *user) = lane->closed;
	void *user = lane->closed_user;

	if (--lane->handles > 0)
		return;
	for (size_t i = 0; i < lane->options.connections; i++)
		free(lane->links[i].batch);
	free(lane->links);
	free(lane);
	if (closed != NULL)
		closed(user);
}

static void close_step(struct lane *lane)
{
	for (size_t i = 0; i < lane->options.connections; i++) {
		enum link_state state = lane->links[i].state;

		if (state == LINK_OPENING || state == LINK_BUSY)
			return;
	}
	if (uv_is_closing((uv_handle_t *)&lane->check))
		return;
	for (size_t i = 0; i < lane->options.connections; i++) {
		if (lane->links[i].state == LINK_IDLE)
			lane->options.driver.close(lane->links[i].db);
	}
	uv_close((uv_handle_t *)&lane->check, on_close);
	uv_close((uv_handle_t *)&lane->idle, on_close);
	uv_close((uv_handle_t *)&lane->timer, on_close);
}

/* No connection, and none that may come at once: who has failed before is not
 * waited for. */
static bool is_hopeless(const struct lane *lane)
{
	for (size_t i = 0; i < lane->options.connections; i++) {
		const struct link *link = &lane->links[i];

		if (link->state == LINK_IDLE || link->state == LINK_BUSY || link->backoff == 0)
			return false;
	}
	return true;
}

/* Bring the lane on: reconnect what is due, refuse what nobody will serve, see
 * that the loop comes to on_check while there is a batch to cut. */
static void step(struct lane *lane)
{
	uint64_t now = uv_now(lane->options.loop);
	uint64_t next = UINT64_MAX;
	bool has_idle = false;

	if (lane->is_closing) {
		close_step(lane);
		return;
	}
	for (size_t i = 0; i < lane->options.connections; i++) {
		struct link *link = &lane->links[i];

		if (link->state == LINK_DOWN && link->retry_at <= now)
			start_open(link);
		if (link->state == LINK_DOWN && link->retry_at < next)
			next = link->retry_at;
		has_idle = has_idle || link->state == LINK_IDLE;
	}
	if (next != UINT64_MAX)
		uv_timer_start(&lane->timer, on_timer, next - now, 0);
	if (is_hopeless(lane))
		fail_pending(lane, PIDC_EUNAVAILABLE);
	if (has_idle && lane->first != NULL)
		uv_idle_start(&lane->idle, on_idle);
}

int lane_submit(struct lane *lane, struct lane_job *job)
{
	if (lane->is_closing || is_hopeless(lane))
		return PIDC_EUNAVAILABLE;
	if (lane->pending >= lane->options.queue_max)
		return PIDC_ELIMIT;
	append(lane, job);
	step(lane);
	return 0;
}

bool lane_cancel(struct lane_job *job)
{
	if (job->lane == NULL)
		return false;
	unlink_job(job->lane, job);
	return true;
}

static int make_links(struct lane *lane)
{
	lane->links = calloc(lane->options.connections, sizeof(*lane->links));
	if (lane->links == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < lane->options.connections; i++) {
		struct link *link = &lane->links[i];

		link->lane = lane;
		link->work.data = link;
		link->batch = calloc(lane->options.batch_max, sizeof(struct lane_job *));
		if (link->batch == NULL)
			return PIDC_ENOMEM;
	}
	return 0;
}

static void start_handles(struct lane *lane)
{
	uv_loop_t *loop = lane->options.loop;

	uv_check_init(loop, &lane->check);
	uv_idle_init(loop, &lane->idle);
	uv_timer_init(loop, &lane->timer);
	lane->check.data = lane->idle.data = lane->timer.data = lane;
	lane->handles = 3;
	uv_check_start(&lane->check, on_check);
}

int lane_new(const struct lane_options *options, struct lane **ret, struct pidc_error *err)
{
	struct lane *lane;

	if (options->connections < 1 || options->connections > LANE_CONNECTIONS_MAX ||
	    options->batch_max < 1 || options->batch_max > LANE_BATCH_MAX)
		return pidc_fail(err, PIDC_EINVAL, "lane %s: connections or batch", options->name);
	lane = calloc(1, sizeof(*lane));
	if (lane == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	lane->options = *options;
	if (make_links(lane) < 0) {
		for (size_t i = 0; lane->links != NULL && i < options->connections; i++)
			free(lane->links[i].batch);
		free(lane->links);
		free(lane);
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	}
	start_handles(lane);
	step(lane);
	*ret = lane;
	return 0;
}

void lane_close(struct lane *lane, void (*closed)(void *user), void *user)
{
	lane->closed = closed;
	lane->closed_user = user;
	lane->is_closing = true;
	fail_pending(lane, PIDC_EUNAVAILABLE);
	step(lane);
}
