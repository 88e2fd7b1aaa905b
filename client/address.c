/* SPDX-License-Identifier: ISC */
#include "client/address.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int address_split(const char *text, char ret_host[ADDRESS_HOST_MAX], const char **ret_port,
		  struct pidc_error *err)
{
	const char *colon = text ? strrchr(text, ':') : NULL;
	if (!colon || colon == text || !colon[1])
		return pidc_fail(err, PIDC_EINVAL, "server \"%.150s\" is not HOST:PORT",
				 text ? text : "");
	size_t len = (size_t)(colon - text);
	if (*text == '[' && len > 2 && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= ADDRESS_HOST_MAX)
		return pidc_fail(err, PIDC_EINVAL, "the server's name is too long");
	memcpy(ret_host, text, len);
	ret_host[len] = '\0';
	*ret_port = colon + 1;
	return 0;
}

int address_connect(const char *host, const char *port, uint64_t timeout_ms, int *ret_fd,
		    struct pidc_error *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	/* The kernel takes the send timeout for connecting as well. */
	struct timeval timeout = {.tv_sec = (time_t)(timeout_ms / 1000)};
	int fd = -1;
	int rc = getaddrinfo(host, port, &hints, &found);
	if (rc != 0)
		return pidc_fail(err, PIDC_EUNAVAILABLE, "%.150s: %s", host, gai_strerror(rc));
	for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
		if (connect(fd, at->ai_addr, at->ai_addrlen) < 0) {
			(void)close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(found);
	if (fd < 0)
		return pidc_fail(err, PIDC_EUNAVAILABLE, "nobody answers at %.150s port %.20s",
				 host, port);
	*ret_fd = fd;
	return 0;
}
