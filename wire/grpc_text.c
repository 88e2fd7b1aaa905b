/* SPDX-License-Identifier: ISC
 *
 * How texts and bytes are written in header values.
 */
#include "wire/grpc.h"

/* --- grpc-message ---------------------------------------------------------- */

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c <= 0x7e && c != '%';
}

size_t grpc_percent_encode(const char *text, uint8_t *buf, size_t cap)
{
	static const char HEX[] = "0123456789ABCDEF";
	size_t n = 0;
	size_t whole = 0; /* end of the last whole UTF-8 character */

	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		size_t need = is_plain(c) ? 1 : 3;

		if ((c & 0xc0) != 0x80)
			whole = n;
		if (cap - n < need)
			return whole;
		if (need == 1) {
			buf[n++] = c;
			continue;
		}
		buf[n++] = '%';
		buf[n++] = (uint8_t)HEX[c >> 4];
		buf[n++] = (uint8_t)HEX[c & 15];
	}
	return n;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

size_t grpc_percent_decode(uint8_t *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '%' && len - i > 2 && hex_digit(text[i + 1]) >= 0 &&
		    hex_digit(text[i + 2]) >= 0) {
			text[n++] = (uint8_t)(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
			i += 2;
		} else {
			text[n++] = text[i];
		}
	}
	return n;
}

/* --- base64 ---------------------------------------------------------------- */

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t grpc_base64_len(size_t n)
{
	return n / 3 * 4 + (n % 3 == 0 ? 0 : n % 3 + 1);
}

size_t grpc_base64_encode(const uint8_t *data, size_t n, uint8_t *buf)
{
	size_t out = 0;
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | data[i];
		have += 8;
		while (have >= 6) {
			have -= 6;
			buf[out++] = (uint8_t)ALPHABET[bits >> have & 63];
		}
	}
	if (have > 0)
		buf[out++] = (uint8_t)ALPHABET[bits << (6 - have) & 63];
	return out;
}

static int base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

int grpc_base64_decode(const uint8_t *text, size_t len, uint8_t *buf, size_t *ret_len)
{
	size_t out = 0;
	uint32_t bits = 0;
	int have = 0;

	if (len % 4 == 0 && len > 0 && text[len - 1] == '=')
		len -= text[len - 2] == '=' ? 2 : 1;
	if (len % 4 == 1)
		return PIDC_EINVAL;
	for (size_t i = 0; i < len; i++) {
		int digit = base64_digit(text[i]);

		if (digit < 0)
			return PIDC_EINVAL;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf[out++] = (uint8_t)(bits >> have);
		}
	}
	*ret_len = out;
	return 0;
}
