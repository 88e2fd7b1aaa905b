/* SPDX-License-Identifier: ISC
 *
 * "HOST:PORT" to a connected socket.
 */
#pragma once

#include "core/error.h"

#include <stdint.h>

#define ADDRESS_HOST_MAX 256 /* a DNS name has at most 253 bytes */

/* Split HOST:PORT or [IPV6]:PORT; *ret_port points into text. PIDC_EINVAL. */
int address_split(const char *text, char ret_host[ADDRESS_HOST_MAX], const char **ret_port,
		  struct pidc_error *err) PIDC_MUSTCHECK;

/* A socket connected to the first address that answers; the caller closes it.
 * Blocks, each address for at most timeout_ms. PIDC_EUNAVAILABLE. */
int address_connect(const char *host, const char *port, uint64_t timeout_ms, int *ret_fd,
		    struct pidc_error *err) PIDC_MUSTCHECK;
