/* SPDX-License-Identifier: ISC */
#include "wire/grpc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Body bytes that are reserved at once on the word of a prefix: a small message
 * gets its final size, a lie of 1 MiB costs 4 KiB until the bytes come. */
#define TRUSTED_RESERVE 4096

static size_t prefix_size(const uint8_t *prefix)
{
	return (size_t)prefix[1] << 24 | (size_t)prefix[2] << 16 | (size_t)prefix[3] << 8 |
	       prefix[4];
}

static int prefix_check(const struct grpc_deframer *deframer, const uint8_t *prefix)
{
	if (prefix[0] > 1)
		return PIDC_EPROTO;
	return prefix_size(prefix) > deframer->max_message ? PIDC_ELIMIT : 0;
}

/* The common case: the whole message lies in the bytes at hand, no copy. */
static int take_whole(const struct grpc_deframer *deframer, const uint8_t **data, size_t *len,
		      struct grpc_message *ret)
{
	size_t size;
	int rv;

	if (*len < GRPC_PREFIX_LEN)
		return 0;
	rv = prefix_check(deframer, *data);
	if (rv < 0)
		return rv;
	size = prefix_size(*data);
	if (*len - GRPC_PREFIX_LEN < size)
		return 0;
	*ret = (struct grpc_message){
		.is_compressed = (*data)[0] == 1, .data = *data + GRPC_PREFIX_LEN, .len = size};
	*data += GRPC_PREFIX_LEN + size;
	*len -= GRPC_PREFIX_LEN + size;
	return 1;
}

static int take_prefix(struct grpc_deframer *deframer, const uint8_t **data, size_t *len)
{
	size_t n = GRPC_PREFIX_LEN - deframer->prefix_len;

	if (n > *len)
		n = *len;
	memcpy(deframer->prefix + deframer->prefix_len, *data, n);
	deframer->prefix_len += n;
	*data += n;
	*len -= n;
	if (deframer->prefix_len < GRPC_PREFIX_LEN)
		return 0;
	return prefix_check(deframer, deframer->prefix);
}

static int take_body(struct grpc_deframer *deframer, size_t size, const uint8_t **data, size_t *len)
{
	size_t n = size - deframer->body.len;

	if (n > *len)
		n = *len;
	if (deframer->body.len == 0 &&
	    bytes_reserve(&deframer->body, size < TRUSTED_RESERVE ? size : TRUSTED_RESERVE) < 0)
		return PIDC_ENOMEM;
	if (bytes_append(&deframer->body, *data, n) < 0)
		return PIDC_ENOMEM;
	*data += n;
	*len -= n;
	return 0;
}

int grpc_deframer_next(struct grpc_deframer *deframer, const uint8_t **data, size_t *len,
		       struct grpc_message *ret)
{
	size_t size;
	int rv;

	if (deframer->is_delivered) {
		bytes_drop(&deframer->body, deframer->body.len);
		deframer->prefix_len = 0;
		deframer->is_delivered = false;
	}
	if (deframer->prefix_len == 0) {
		rv = take_whole(deframer, data, len, ret);
		if (rv != 0)
			return rv;
	}
	if (deframer->prefix_len < GRPC_PREFIX_LEN) {
		rv = take_prefix(deframer, data, len);
		if (rv < 0 || deframer->prefix_len < GRPC_PREFIX_LEN)
			return rv;
	}
	size = prefix_size(deframer->prefix);
	rv = take_body(deframer, size, data, len);
	if (rv < 0 || deframer->body.len < size)
		return rv;
	*ret = (struct grpc_message){.is_compressed = deframer->prefix[0] == 1,
				     .data = size == 0 ? deframer->prefix
						       : bytes_head(&deframer->body),
				     .len = size};
	deframer->is_delivered = true;
	return 1;
}

size_t grpc_deframer_pending(const struct grpc_deframer *deframer)
{
	return deframer->is_delivered ? 0 : deframer->prefix_len + deframer->body.len;
}

void grpc_deframer_close(struct grpc_deframer *deframer)
{
	bytes_close(&deframer->body);
	deframer->prefix_len = 0;
	deframer->is_delivered = false;
}

void grpc_prefix_write(uint8_t prefix[GRPC_PREFIX_LEN], bool is_compressed, uint32_t len)
{
	prefix[0] = is_compressed ? 1 : 0;
	prefix[1] = (uint8_t)(len >> 24);
	prefix[2] = (uint8_t)(len >> 16);
	prefix[3] = (uint8_t)(len >> 8);
	prefix[4] = (uint8_t)len;
}

/* --- grpc-timeout ---------------------------------------------------------- */

static const struct {
	char unit;
	uint64_t ns;
} UNITS[] = {
	{'n', 1},          {'u', 1000},        {'m', 1000000},
	{'S', 1000000000}, {'M', 60000000000}, {'H', 3600000000000},
};

int grpc_timeout_parse(const uint8_t *text, size_t len, uint64_t *ret_ms)
{
	uint64_t value = 0;

	if (len < 2 || len > 9)
		return PIDC_EINVAL;
	for (size_t i = 0; i < len - 1; i++) {
		if (text[i] < '0' || text[i] > '9')
			return PIDC_EINVAL;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	for (size_t i = 0; i < sizeof(UNITS) / sizeof(*UNITS); i++) {
		uint64_t ns = UNITS[i].ns;

		if (text[len - 1] != (uint8_t)UNITS[i].unit)
			continue;
		/* 8 digits of hours overflow in nanoseconds: count in milliseconds. */
		*ret_ms = ns >= 1000000 ? value * (ns / 1000000) : (value * ns + 999999) / 1000000;
		return 0;
	}
	return PIDC_EINVAL;
}

void grpc_timeout_format(uint64_t ms, char buf[GRPC_TIMEOUT_MAX])
{
	uint64_t value = ms;
	char unit = 'm';

	for (size_t i = 3; i < sizeof(UNITS) / sizeof(*UNITS) && value > 99999999; i++) {
		uint64_t scale = UNITS[i].ns / 1000000;

		value = ms / scale + (ms % scale != 0);
		unit = UNITS[i].unit;
	}
	if (value > 99999999)
		value = 99999999;
	snprintf(buf, GRPC_TIMEOUT_MAX, "%" PRIu32 "%c", (uint32_t)value, unit);
}

/* --- names and lists ------------------------------------------------------- */

bool grpc_is_content_type(const uint8_t *value, size_t len)
{
	static const char TYPE[] = "application/grpc";
	const size_t n = sizeof(TYPE) - 1;

	if (len < n || memcmp(value, TYPE, n) != 0)
		return false;
	return len == n || value[n] == '+' || value[n] == ';';
}

bool grpc_list_has(const uint8_t *list, size_t len, const char *token)
{
	size_t token_len = strlen(token);

	while (len > 0) {
		const uint8_t *comma = memchr(list, ',', len);
		size_t n = comma == NULL ? len : (size_t)(comma - list);
		const uint8_t *item = list;
		size_t item_len = n;

		while (item_len > 0 && *item == ' ') {
			item++;
			item_len--;
		}
		while (item_len > 0 && item[item_len - 1] == ' ')
			item_len--;
		if (item_len == token_len && memcmp(item, token, token_len) == 0)
			return true;
		if (comma == NULL)
			return false;
		list += n + 1;
		len -= n + 1;
	}
	return false;
}

bool grpc_is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
		      c == '-'))
			return false;
	}
	return len > 0;
}

bool grpc_is_binary_name(const char *name, size_t len)
{
	return len > 4 && memcmp(name + len - 4, "-bin", 4) == 0;
}

bool grpc_is_ascii_value(const uint8_t *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (value[i] < 0x20 || value[i] > 0x7e)
			return false;
	return len == 0 || (value[0] != ' ' && value[len - 1] != ' ');
}

/* --- codes ----------------------------------------------------------------- */

int grpc_status_parse(const uint8_t *text, size_t len)
{
	int value;

	if (len < 1 || len > 2 || text[0] < '0' || text[0] > '9')
		return 2;
	value = text[0] - '0';
	if (len == 2) {
		if (value == 0 || text[1] < '0' || text[1] > '9')
			return 2;
		value = value * 10 + text[1] - '0';
	}
	return value <= 16 ? value : 2;
}

int grpc_code_of_http(int http_status)
{
	switch (http_status) {
	case 400:
		return 13;
	case 401:
		return 16;
	case 403:
		return 7;
	case 404:
		return 12;
	case 429:
	case 502:
	case 503:
	case 504:
		return 14;
	default:
		return 2;
	}
}

int grpc_code_of_h2(uint32_t error_code)
{
	switch (error_code) {
	case 0x7: /* REFUSED_STREAM: certainly not processed */
		return 14;
	case 0x8: /* CANCEL */
		return 1;
	case 0xb: /* ENHANCE_YOUR_CALM */
		return 8;
	case 0xc: /* INADEQUATE_SECURITY */
		return 7;
	default:
		return 13;
	}
}
