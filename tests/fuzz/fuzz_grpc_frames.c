/* SPDX-License-Identifier: ISC
 *
 * gRPC framing from DATA bytes, in slices of a size that the first byte chooses,
 * and the parsers of header values over the same bytes.
 */
#include "wire/grpc.h"
#include "wire/gzip.h"

#include <stdlib.h>
#include <string.h>

#define MAX_MESSAGE ((size_t)64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void use_message(const struct grpc_message *message)
{
	struct bytes plain = {0};

	check(message->len <= MAX_MESSAGE);
	if (message->is_compressed &&
	    gzip_inflate(message->data, message->len, MAX_MESSAGE, &plain) == 0)
		check(plain.len <= MAX_MESSAGE);
	bytes_close(&plain);
}

static void deframe(const uint8_t *data, size_t size, size_t step)
{
	struct grpc_deframer deframer = {.max_message = MAX_MESSAGE};
	int rv = 0;

	for (size_t at = 0; at < size && rv >= 0; at += step) {
		const uint8_t *slice = data + at;
		size_t len = size - at < step ? size - at : step;
		struct grpc_message message;

		while ((rv = grpc_deframer_next(&deframer, &slice, &len, &message)) == 1) {
			use_message(&message);
			if (len == 0)
				break;
		}
		check(rv != 0 || len == 0);
		check(deframer.body.cap <= 4 * MAX_MESSAGE);
	}
	grpc_deframer_close(&deframer);
}

static void parse_values(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	uint8_t *text = malloc(3 * size + 1);
	size_t len = 0;
	uint64_t ms;

	check(copy != NULL && text != NULL);
	if (grpc_timeout_parse(data, size, &ms) == 0)
		check(ms <= 99999999ULL * 3600000);
	if (grpc_base64_decode(data, size, copy, &len) == 0)
		check(len <= size && grpc_base64_encode(copy, len, text) == grpc_base64_len(len));
	memcpy(copy, data, size);
	len = grpc_percent_decode(copy, size);
	check(len <= size);
	copy[len] = '\0';
	check(grpc_percent_encode((const char *)copy, text, 3 * size) <= 3 * size);
	(void)grpc_list_has(data, size, "gzip");
	(void)grpc_is_content_type(data, size);
	check(grpc_status_parse(data, size) <= 16);
	free(copy);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	deframe(data + 1, size - 1, 1 + data[0]);
	parse_values(data + 1, size - 1);
	return 0;
}
