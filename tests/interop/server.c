/* SPDX-License-Identifier: ISC
 *
 * pidc-interop-server --port N --cert FILE --key FILE: serves
 * grpc.testing.TestService over TLS without client certificates on 127.0.0.1.
 * Port 0 lets the kernel pick one; "listening on ADDRESS" on standard output says
 * which. SIGTERM drains and ends it.
 */
#include "daemon/listener.h"
#include "daemon/log.h"
#include "service.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define EXIT_USAGE      2
#define CONNECTIONS_MAX 1000 /* more than any of the cases opens */

struct interop {
	uv_loop_t loop;
	uv_signal_t terminate;
	struct listener *listener;
};

static void on_empty(void *user)
{
	struct interop *interop = user;

	uv_close((uv_handle_t *)&interop->terminate, NULL);
	listener_close(interop->listener, NULL, NULL);
}

static void on_terminate(uv_signal_t *handle, int number)
{
	struct interop *interop = handle->data;

	(void)number;
	uv_signal_stop(handle);
	listener_drain(interop->listener, on_empty, interop);
}

static int start(struct interop *interop, const struct tls_options *tls, const char *port,
		 struct pidc_error *err)
{
	struct listener_options options = {
		.loop = &interop->loop,
		.limits = {.connections = CONNECTIONS_MAX},
		.find = interop_find,
		.context = &interop->loop,
	};
	char address[64];
	int r = tls_context_new(tls, &options.tls, err);

	if (r == 0)
		r = listener_new(&options, &interop->listener, err);
	if (r < 0)
		return r;
	snprintf(address, sizeof(address), "127.0.0.1:%s", port);
	r = listener_bind(interop->listener, address, err);
	if (r < 0)
		return r;
	listener_address(interop->listener, 0, address, sizeof(address));
	printf("listening on %s\n", address);
	fflush(stdout);
	return 0;
}

static void usage(void)
{
	fputs("usage: pidc-interop-server --port N --cert FILE --key FILE\n", stderr);
	exit(EXIT_USAGE);
}

static const char *parse(int argc, char **argv, struct tls_options *tls)
{
	static const struct option options[] = {{"port", required_argument, NULL, 'p'},
						{"cert", required_argument, NULL, 'c'},
						{"key", required_argument, NULL, 'k'},
						{0}};
	const char *port = NULL;
	int key;

	while ((key = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (key) {
		case 'p':
			port = optarg;
			break;
		case 'c':
			tls->cert_file = optarg;
			break;
		case 'k':
			tls->key_file = optarg;
			break;
		default:
			usage();
		}
	}
	if (port == NULL || tls->cert_file == NULL || tls->key_file == NULL || optind < argc)
		usage();
	return port;
}

int main(int argc, char **argv)
{
	struct tls_options tls = {.is_server = true, .trust_domain = "pidc.int"};
	const char *port = parse(argc, argv, &tls);
	struct interop interop = {0};
	struct pidc_error err = {0};

	signal(SIGPIPE, SIG_IGN);
	log_init(LOG_LEVEL_WARNING);
	if (uv_loop_init(&interop.loop) < 0)
		return EXIT_FAILURE;
	if (start(&interop, &tls, port, &err) < 0) {
		fprintf(stderr, "pidc-interop-server: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	uv_signal_init(&interop.loop, &interop.terminate);
	interop.terminate.data = &interop;
	uv_signal_start(&interop.terminate, on_terminate, SIGTERM);
	uv_run(&interop.loop, UV_RUN_DEFAULT);
	uv_loop_close(&interop.loop);
	return EXIT_SUCCESS;
}
