/* SPDX-License-Identifier: ISC */
#include "client/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TERMINAL_MS 250   /* often enough to see that it moves */
#define LINES_MS    30000 /* a log of a night's import stays readable */
#define JSON_MS     1000

static uint64_t now_ms(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool progress_init(struct progress *progress, const char *word, const char *noun, uint64_t total)
{
	static const struct {
		const char *word;
		enum progress_mode mode;
	} modes[] = {{"json", PROGRESS_JSON}, {"none", PROGRESS_NONE}, {"auto", PROGRESS_LINES}};
	*progress = (struct progress){.noun = noun, .total = total};
	progress->started_ms = progress->shown_ms = now_ms();
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(word ? word : "auto", modes[i].word) != 0)
			continue;
		progress->mode = modes[i].mode;
		if (progress->mode == PROGRESS_LINES && isatty(STDERR_FILENO))
			progress->mode = PROGRESS_TERMINAL;
		return true;
	}
	return false;
}

void progress_duration(uint64_t seconds, char ret[24])
{
	uint64_t hours = seconds / 3600 % 1000000;
	if (hours > 0)
		(void)snprintf(ret, 24, "%" PRIu64 ":%02u:%02u", hours,
			       (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
	else
		(void)snprintf(ret, 24, "%u:%02u", (unsigned)(seconds / 60),
			       (unsigned)(seconds % 60));
}

static void show(struct progress *progress, uint64_t now)
{
	uint64_t elapsed = now - progress->started_ms;
	uint64_t fresh = progress->done - progress->started_done;
	double rate = elapsed > 0 ? (double)fresh * 1000.0 / (double)elapsed : 0;
	uint64_t left = progress->total > progress->done ? progress->total - progress->done : 0;
	char eta[24] = "?";
	progress->shown_ms = now;
	if (rate > 0)
		progress_duration((uint64_t)((double)left / rate), eta);
	if (progress->mode == PROGRESS_JSON)
		(void)fprintf(stderr,
			      "{\"acknowledged\":\"%" PRIu64 "\",\"total\":\"%" PRIu64
			      "\",\"perSecond\":%.1f}\n",
			      progress->done, progress->total, rate);
	else
		(void)fprintf(stderr,
			      "%s%" PRIu64 " of %" PRIu64 " %s acknowledged, %.0f/s, %s to go%s",
			      progress->mode == PROGRESS_TERMINAL ? "\r\x1b[K" : "", progress->done,
			      progress->total, progress->noun, rate, eta,
			      progress->mode == PROGRESS_TERMINAL ? "" : "\n");
	progress->has_line = progress->mode == PROGRESS_TERMINAL;
	(void)fflush(stderr);
}

void progress_tick(struct progress *progress)
{
	static const uint64_t every[] = {
		[PROGRESS_TERMINAL] = TERMINAL_MS,
		[PROGRESS_LINES] = LINES_MS,
		[PROGRESS_JSON] = JSON_MS,
	};
	uint64_t now = now_ms();
	if (progress->mode != PROGRESS_NONE && now - progress->shown_ms >= every[progress->mode])
		show(progress, now);
}

void progress_clear(struct progress *progress)
{
	if (progress->has_line)
		(void)fputs("\r\x1b[K", stderr);
	progress->has_line = false;
}

void progress_end(struct progress *progress)
{
	progress_clear(progress);
	if (progress->mode == PROGRESS_JSON)
		show(progress, now_ms());
}
