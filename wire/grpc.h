/* SPDX-License-Identifier: ISC
 *
 * The gRPC layer without state of a connection: messages out of DATA bytes,
 * grpc-timeout, grpc-message, -bin values, the mappings of codes. Pure
 * functions over foreign bytes: bounded, no I/O, no clock.
 */
#pragma once

#include "core/error.h"
#include "wire/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRPC_PREFIX_LEN 5

/* --- messages -------------------------------------------------------------- */

/* Collects length-prefixed messages; DATA frame borders mean nothing to it. All
 * zero but max_message is a fresh one. */
struct grpc_deframer {
	size_t max_message;
	uint8_t prefix[GRPC_PREFIX_LEN];
	size_t prefix_len;
	struct bytes body; /* of the message in progress; grows as bytes arrive */
	bool is_delivered; /* body was handed out and is dropped by the next call */
};

struct grpc_message {
	bool is_compressed;
	const uint8_t *data; /* borrowed until the next call on the deframer */
	size_t len;
};

/* Take what one message needs from *data, moving *data and *len on. 1: *ret is
 * a whole message; 0: all is taken and more is needed. PIDC_EPROTO: the flag is
 * neither 0 nor 1. PIDC_ELIMIT: the prefix promises more than max_message
 * (nothing is allocated for it). PIDC_ENOMEM. */
int grpc_deframer_next(struct grpc_deframer *deframer, const uint8_t **data, size_t *len,
		       struct grpc_message *ret) PIDC_MUSTCHECK;

/* Bytes of a message that is not complete yet. */
size_t grpc_deframer_pending(const struct grpc_deframer *deframer);
void grpc_deframer_close(struct grpc_deframer *deframer);

void grpc_prefix_write(uint8_t prefix[GRPC_PREFIX_LEN], bool is_compressed, uint32_t len);

/* --- header values --------------------------------------------------------- */

/* grpc-timeout: 1 to 8 digits and one of H M S m u n. Rounded up to whole
 * milliseconds, so that a short timeout does not become none. PIDC_EINVAL. */
int grpc_timeout_parse(const uint8_t *text, size_t len, uint64_t *ret_ms) PIDC_MUSTCHECK;

#define GRPC_TIMEOUT_MAX 10 /* 8 digits, unit, NUL */
/* The finest unit that holds ms in 8 digits, rounded up; at most 99999999H. */
void grpc_timeout_format(uint64_t ms, char buf[GRPC_TIMEOUT_MAX]);

/* grpc-message: all but printable ASCII without '%' becomes %XX. Writes at most
 * cap bytes and cuts at a character when text does not fit. Returns the length. */
size_t grpc_percent_encode(const char *text, uint8_t *buf, size_t cap);
/* In place; wrong escapes stay as they are, as the gRPC rules ask. Returns the
 * new length. */
size_t grpc_percent_decode(uint8_t *text, size_t len);

/* Length of the unpadded base64 of n bytes. */
size_t grpc_base64_len(size_t n);
/* Unpadded; buf holds grpc_base64_len(n) bytes. Returns the length. */
size_t grpc_base64_encode(const uint8_t *data, size_t n, uint8_t *buf);
/* Padded or not. buf holds len bytes. PIDC_EINVAL for anything else. */
int grpc_base64_decode(const uint8_t *text, size_t len, uint8_t *buf,
		       size_t *ret_len) PIDC_MUSTCHECK;

/* "application/grpc", alone or followed by '+' or ';'. */
bool grpc_is_content_type(const uint8_t *value, size_t len);
/* Does a comma-separated list name this token? */
bool grpc_list_has(const uint8_t *list, size_t len, const char *token);

/* Letters of a metadata name: 0-9 a-z _ . - and not empty. */
bool grpc_is_name(const char *name, size_t len);
bool grpc_is_binary_name(const char *name, size_t len);
/* Printable ASCII, no space at either end. */
bool grpc_is_ascii_value(const uint8_t *value, size_t len);

/* A decimal grpc-status of 0..16; UNKNOWN (2) for anything else. */
int grpc_status_parse(const uint8_t *text, size_t len);
/* gRPC code for an HTTP status without a grpc-status (client only). */
int grpc_code_of_http(int http_status);
/* gRPC code for an RST_STREAM error code. */
int grpc_code_of_h2(uint32_t error_code);
