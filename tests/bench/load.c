/* SPDX-License-Identifier: ISC
 *
 * pidc-load: a closed load on one unary method, and what it measured as one line
 * of JSON. See doc/benchmarks.md.
 */
#include "load.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define EXIT_USAGE  2
#define REQUEST_MAX ((size_t)1024 * 1024) /* what a register takes at most */

/* --- requests --------------------------------------------------------------- */

static uint64_t random_next(struct load *load)
{
	uint64_t x = load->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return load->random = x;
}

/* Key number i as a UUID; bench.py makes the same in SQL. The multiplication
 * spreads neighbours, as random identifiers would be. */
static void key_write(uint8_t *at, uint64_t i)
{
	char text[LOAD_ID_LEN + 1];

	snprintf(text, sizeof(text), "%08x-0000-4000-8000-%012llx",
		 (unsigned)(i * UINT64_C(2654435761)), (unsigned long long)i);
	memcpy(at, text, LOAD_ID_LEN);
}

static void fresh_write(uint8_t *at, uint64_t high, uint64_t low)
{
	char text[LOAD_ID_LEN + 1];

	snprintf(text, sizeof(text), "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(high >> 32),
		 (unsigned)(high >> 16) & 0xffff, (unsigned)high & 0xfff,
		 (unsigned)(low >> 52) & 0xfff, (unsigned long long)(low & 0xffffffffffff));
	memcpy(at, text, LOAD_ID_LEN);
}

void load_next(struct load *load, const uint8_t **ret_data, size_t *ret_len)
{
	const struct load_options *options = &load->options;
	uint64_t key = random_next(load);
	struct template *template;

	if (options->hot != 0)
		key = key % options->hot * (options->keys / options->hot);
	else if (options->keys != 0)
		key %= options->keys;
	template = &load->templates[key % load->template_count];
	if (options->key_at >= 0)
		key_write(template->data + options->key_at, key);
	if (options->fresh_at >= 0)
		fresh_write(template->data + options->fresh_at, random_next(load),
			    random_next(load));
	*ret_data = template->data;
	*ret_len = template->len;
}

static bool fits(const struct template *template, int64_t at)
{
	return at < 0 || (uint64_t)at + LOAD_ID_LEN <= template->len;
}

static int template_read(struct load *load, FILE *file, struct pidc_error *err)
{
	struct template *bigger =
		realloc(load->templates, (load->template_count + 1) * sizeof(*bigger));
	struct template *template;
	uint8_t head[4];
	size_t len;

	if (bigger == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "out of memory");
	load->templates = bigger;
	if (fread(head, 1, sizeof(head), file) != sizeof(head))
		return 0;
	len = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
	template = &load->templates[load->template_count];
	template->len = len;
	template->data = len > REQUEST_MAX ? NULL : malloc(len + 1);
	if (template->data == NULL || fread(template->data, 1, len, file) != len ||
	    !fits(template, load->options.fresh_at) || !fits(template, load->options.key_at)) {
		free(template->data);
		return pidc_fail(err, PIDC_EINVAL, "%s: a request is cut or too short",
				 load->options.requests);
	}
	load->template_count++;
	return 1;
}

static int templates_read(struct load *load, struct pidc_error *err)
{
	FILE *file = fopen(load->options.requests, "rb");
	int rc;

	if (file == NULL)
		return pidc_fail(err, PIDC_EINVAL, "cannot read %s", load->options.requests);
	do
		rc = template_read(load, file, err);
	while (rc > 0);
	fclose(file);
	if (rc == 0 && load->template_count == 0)
		return pidc_fail(err, PIDC_EINVAL, "%s has no request", load->options.requests);
	return rc;
}

/* --- the run ------------------------------------------------------------------ */

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void on_timer(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void run_for(struct load *load, uv_timer_t *timer, double seconds)
{
	uv_update_time(&load->loop);
	uv_timer_start(timer, on_timer, (uint64_t)(seconds * 1000), 0);
	uv_run(&load->loop, UV_RUN_DEFAULT);
}

static void report(const struct load *load, double seconds, double cpu)
{
	const struct histogram *h = &load->latency;

	printf("{\"calls\": %llu, \"ok\": %llu, \"all\": %llu, \"seconds\": %.3f, \"rate\": %.1f, "
	       "\"bytes\": %llu, \"p50_us\": %llu, \"p90_us\": %llu, \"p99_us\": %llu, "
	       "\"p999_us\": %llu, \"max_us\": %llu, \"client_cpu_s\": %.3f, \"broken\": %llu, "
	       "\"codes\": {",
	       (unsigned long long)h->total, (unsigned long long)load->codes[RPC_OK],
	       (unsigned long long)load->all, seconds, (double)load->codes[RPC_OK] / seconds,
	       (unsigned long long)load->bytes, (unsigned long long)histogram_quantile(h, 0.5),
	       (unsigned long long)histogram_quantile(h, 0.9),
	       (unsigned long long)histogram_quantile(h, 0.99),
	       (unsigned long long)histogram_quantile(h, 0.999), (unsigned long long)h->max, cpu,
	       (unsigned long long)load->broken);
	for (int i = 0, n = 0; i < LOAD_CODES; i++) {
		if (load->codes[i] > 0)
			printf("%s\"%d\": %llu", n++ > 0 ? ", " : "", i,
			       (unsigned long long)load->codes[i]);
	}
	printf("}}\n");
	if (load->reason[0] != '\0')
		fprintf(stderr, "pidc-load: %s\n", load->reason);
}

static int run(struct load *load, struct pidc_error *err)
{
	uv_timer_t timer;
	double cpu;
	uint64_t start;
	int rc = templates_read(load, err);

	if (rc < 0)
		return rc;
	if (uv_loop_init(&load->loop) < 0)
		return pidc_fail(err, PIDC_EIO, "no event loop");
	uv_timer_init(&load->loop, &timer);
	rc = load_conns_open(load, err);
	if (rc == 0) {
		run_for(load, &timer, load->options.warm_up);
		load->is_counting = true;
		start = uv_hrtime();
		cpu = cpu_seconds();
		run_for(load, &timer, load->options.seconds);
		load->is_counting = false;
		load->is_stopping = true;
		report(load, (double)(uv_hrtime() - start) / 1e9, cpu_seconds() - cpu);
	}
	uv_close((uv_handle_t *)&timer, NULL);
	load_conns_close(load);
	uv_loop_close(&load->loop);
	return rc;
}

/* --- options ------------------------------------------------------------------ */

static void usage(void)
{
	fputs("usage: pidc-load --server HOST:PORT --path /SERVICE/METHOD --requests FILE\n"
	      "         --ca FILE [--cert FILE --key FILE] [--capacity NAME]\n"
	      "         [--connections N] [--streams N] [--seconds S] [--warm-up S] [--calls N]\n"
	      "         [--fresh-at OFFSET] [--key-at OFFSET --keys N [--hot N]] [--idle]\n",
	      stderr);
	exit(EXIT_USAGE);
}

static const struct option long_options[] = {
	{"server", required_argument, NULL, 's'},   {"path", required_argument, NULL, 'p'},
	{"requests", required_argument, NULL, 'r'}, {"ca", required_argument, NULL, 'a'},
	{"cert", required_argument, NULL, 'c'},     {"key", required_argument, NULL, 'k'},
	{"capacity", required_argument, NULL, 'C'}, {"connections", required_argument, NULL, 'n'},
	{"streams", required_argument, NULL, 'm'},  {"seconds", required_argument, NULL, 't'},
	{"warm-up", required_argument, NULL, 'w'},  {"calls", required_argument, NULL, 'N'},
	{"fresh-at", required_argument, NULL, 'f'}, {"key-at", required_argument, NULL, 'o'},
	{"keys", required_argument, NULL, 'K'},     {"hot", required_argument, NULL, 'h'},
	{"idle", no_argument, NULL, 'i'},           {0},
};

static bool set_text(struct load_options *options, int key, const char *value)
{
	const struct {
		int key;
		const char **at;
	} texts[] = {
		{'s', &options->server},       {'p', &options->path},
		{'r', &options->requests},     {'C', &options->capacity},
		{'a', &options->tls.ca_file},  {'c', &options->tls.cert_file},
		{'k', &options->tls.key_file},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].key == key) {
			*texts[i].at = value;
			return true;
		}
	}
	return false;
}

static void set_number(struct load_options *options, int key, const char *value)
{
	switch (key) {
	case 'n':
		options->connections = (uint32_t)strtoul(value, NULL, 10);
		break;
	case 'm':
		options->streams = (uint32_t)strtoul(value, NULL, 10);
		break;
	case 't':
		options->seconds = strtod(value, NULL);
		break;
	case 'w':
		options->warm_up = strtod(value, NULL);
		break;
	case 'N':
		options->max_calls = strtoull(value, NULL, 10);
		break;
	case 'f':
		options->fresh_at = strtol(value, NULL, 10);
		break;
	case 'o':
		options->key_at = strtol(value, NULL, 10);
		break;
	case 'K':
		options->keys = strtoull(value, NULL, 10);
		break;
	case 'h':
		options->hot = strtoull(value, NULL, 10);
		break;
	case 'i':
		options->is_idle = true;
		break;
	default:
		usage();
	}
}

int main(int argc, char **argv)
{
	static struct load load = {
		.options = {.connections = 1,
			    .streams = 1,
			    .seconds = 1,
			    .warm_up = 0.2,
			    .fresh_at = -1,
			    .key_at = -1},
	};
	struct pidc_error err = {0};
	int key;

	while ((key = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (!set_text(&load.options, key, optarg))
			set_number(&load.options, key, optarg);
	}
	if (load.options.server == NULL || load.options.path == NULL ||
	    load.options.requests == NULL || optind < argc || load.options.streams == 0 ||
	    load.options.connections == 0 || load.options.connections > LOAD_CONNS_MAX)
		usage();
	signal(SIGPIPE, SIG_IGN);
	load.random = uv_hrtime() | 1;
	if (run(&load, &err) < 0) {
		fprintf(stderr, "pidc-load: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < load.template_count; i++)
		free(load.templates[i].data);
	free(load.templates);
	return load.broken == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
