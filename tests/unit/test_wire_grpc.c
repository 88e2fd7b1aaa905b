/* SPDX-License-Identifier: ISC
 *
 * The pure helpers of gRPC framing, the token bucket and gzip (spec G1 to G4).
 */
#include "wire/grpc.h"
#include "wire/gzip.h"
#include "wire/h2_budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

/* --- messages ---------------------------------------------------------------- */

static void test_deframer_any_slices(void **state)
{
	static const uint8_t wire[] = "\0\0\0\0\3abc" /* three messages */
				      "\1\0\0\0\0"
				      "\0\0\0\0\5hello";
	const size_t all = sizeof(wire) - 1;

	(void)state;
	for (size_t step = 1; step <= all; step++) {
		struct grpc_deframer deframer = {.max_message = 5};
		char got[64] = "";

		for (size_t at = 0; at < all; at += step) {
			const uint8_t *data = wire + at;
			size_t len = all - at < step ? all - at : step;
			struct grpc_message message;

			while (len > 0) {
				int rv = grpc_deframer_next(&deframer, &data, &len, &message);

				assert_true(rv == 0 || rv == 1);
				if (rv == 0)
					break;
				strncat(got, (const char *)message.data, message.len);
				strcat(got, message.is_compressed ? "!" : "|");
			}
			assert_int_equal(len, 0);
		}
		assert_string_equal(got, "abc|!hello|");
		assert_int_equal(grpc_deframer_pending(&deframer), 0);
		grpc_deframer_close(&deframer);
	}
}

static void expect_deframe(const void *wire, size_t all, int result)
{
	for (size_t step = 1; step <= all; step++) {
		struct grpc_deframer deframer = {.max_message = 1048576};
		int rv = 0;

		for (size_t at = 0; at < all && rv == 0; at += step) {
			const uint8_t *data = (const uint8_t *)wire + at;
			size_t len = all - at < step ? all - at : step;
			struct grpc_message message;

			rv = grpc_deframer_next(&deframer, &data, &len, &message);
		}
		assert_int_equal(rv, result);
		assert_true(deframer.body.cap <= 8192); /* G1: nothing on its word */
		grpc_deframer_close(&deframer);
	}
}

static void test_g1_length_lies(void **state)
{
	(void)state;
	expect_deframe("\0\xff\xff\xff\xff", 5, PIDC_ELIMIT);
	expect_deframe("\0\0\x10\0\1", 5, PIDC_ELIMIT);
	expect_deframe("\0\0\x10\0\0x", 6, 0); /* 1 MiB may come */
	expect_deframe("\2\0\0\0\0", 5, PIDC_EPROTO);
	expect_deframe("\xff\xff\xff\xff\xff", 5, PIDC_EPROTO);
}

static void test_prefix(void **state)
{
	uint8_t prefix[GRPC_PREFIX_LEN];

	(void)state;
	grpc_prefix_write(prefix, true, 0x01020304);
	assert_memory_equal(prefix, "\1\1\2\3\4", 5);
}

/* --- timeouts ------------------------------------------------------------------ */

static void test_timeout_parse(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} good[] = {
		{"1S", 1000},     {"0m", 0},           {"1n", 1},
		{"0n", 0},        {"1000000n", 1},     {"1000001n", 2},
		{"1500u", 2},     {"7m", 7},           {"2M", 120000},
		{"3H", 10800000}, {"00000001S", 1000}, {"99999999H", 99999999ULL * 3600000},
	};
	static const char *const bad[] = {"",    "1",   "S",    "-1S",        "1X",
					  "1s",  "1 S", "1.5S", "999999999S", "99999999999H",
					  "+1S", "1SS", "0x1S"};
	uint64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		ms = 12345;
		assert_int_equal(grpc_timeout_parse((const uint8_t *)good[i].text,
						    strlen(good[i].text), &ms),
				 0);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(grpc_timeout_parse((const uint8_t *)bad[i], strlen(bad[i]), &ms),
				 PIDC_EINVAL);
}

static void test_timeout_format(void **state)
{
	static const uint64_t values[] = {
		1,           99999999,    100000000,  100000001,
		99999999000, 99999999001, 1ULL << 45, 99999999ULL * 3600000};
	char text[GRPC_TIMEOUT_MAX];
	uint64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		grpc_timeout_format(values[i], text);
		assert_int_equal(grpc_timeout_parse((const uint8_t *)text, strlen(text), &ms), 0);
		assert_true(ms >= values[i]); /* never shorter than asked for */
		assert_true(ms - values[i] < 3600000);
	}
	grpc_timeout_format(UINT64_MAX, text);
	assert_string_equal(text, "99999999H");
	grpc_timeout_format(250, text);
	assert_string_equal(text, "250m");
}

/* --- texts ----------------------------------------------------------------------- */

static void test_percent(void **state)
{
	uint8_t buf[256];
	size_t n;
	static const char text[] = "\t\r\n 100% \xc3\xa9 \xf0\x9f\x98\x88";

	(void)state;
	n = grpc_percent_encode(text, buf, sizeof(buf));
	assert_int_equal(n, strlen("%09%0D%0A 100%25 %C3%A9 %F0%9F%98%88"));
	assert_memory_equal(buf, "%09%0D%0A 100%25 %C3%A9 %F0%9F%98%88", n);
	n = grpc_percent_decode(buf, n);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, n);
	/* Cut between characters, never inside one. */
	assert_int_equal(grpc_percent_encode("ab\xc3\xa9", buf, 8), 8);
	assert_int_equal(grpc_percent_encode("ab\xc3\xa9", buf, 7), 2);
	assert_int_equal(grpc_percent_encode("ab\xc3\xa9", buf, 5), 2);
	assert_int_equal(grpc_percent_encode("ab", buf, 1), 1);
	/* What is no escape stays. */
	memcpy(buf, "%zz%4%", 6);
	assert_int_equal(grpc_percent_decode(buf, 6), 6);
	assert_memory_equal(buf, "%zz%4%", 6);
	memcpy(buf, "%41%4a", 6);
	assert_int_equal(grpc_percent_decode(buf, 6), 2);
	assert_memory_equal(buf, "AJ", 2);
}

static void test_base64(void **state)
{
	uint8_t data[64];
	uint8_t text[128];
	uint8_t back[128];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 73 + 5);
	for (size_t n = 0; n <= sizeof(data); n++) {
		size_t len = grpc_base64_encode(data, n, text);
		size_t back_len = 999;

		assert_int_equal(len, grpc_base64_len(n));
		assert_int_equal(grpc_base64_decode(text, len, back, &back_len), 0);
		assert_int_equal(back_len, n);
		assert_memory_equal(back, data, n);
		while (len % 4 != 0)
			text[len++] = '=';
		assert_int_equal(grpc_base64_decode(text, len, back, &back_len), 0);
		assert_int_equal(back_len, n);
	}
	for (size_t i = 0; i < 8; i++) {
		static const char *const bad[] = {"A",    "AB=",  "A===", "AB*D",
						  "AB-_", "====", "=",    "AB==CD=="};
		size_t len;

		assert_int_equal(
			grpc_base64_decode((const uint8_t *)bad[i], strlen(bad[i]), back, &len),
			PIDC_EINVAL);
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_true(grpc_is_content_type(BYTES("application/grpc")));
	assert_true(grpc_is_content_type(BYTES("application/grpc+proto")));
	assert_true(grpc_is_content_type(BYTES("application/grpc;x")));
	assert_false(grpc_is_content_type(BYTES("application/grpc-web")));
	assert_false(grpc_is_content_type(BYTES("application/grp")));
	assert_false(grpc_is_content_type(BYTES("text/plain")));
	assert_true(grpc_list_has(BYTES("identity, gzip ,deflate"), "gzip"));
	assert_true(grpc_list_has(BYTES("gzip"), "gzip"));
	assert_false(grpc_list_has(BYTES("gzipp,xgzip"), "gzip"));
	assert_false(grpc_list_has(BYTES(""), "gzip"));
	assert_true(grpc_is_name("a_b.c-9", 7));
	assert_false(grpc_is_name("A", 1));
	assert_false(grpc_is_name("", 0));
	assert_true(grpc_is_binary_name("x-bin", 5));
	assert_false(grpc_is_binary_name("-bin", 4));
	assert_true(grpc_is_ascii_value(BYTES("a b")));
	assert_false(grpc_is_ascii_value(BYTES(" a")));
	assert_false(grpc_is_ascii_value(BYTES("a\x7f")));
}

static void test_codes(void **state)
{
	(void)state;
	assert_int_equal(grpc_status_parse(BYTES("0")), 0);
	assert_int_equal(grpc_status_parse(BYTES("16")), 16);
	assert_int_equal(grpc_status_parse(BYTES("17")), 2);
	assert_int_equal(grpc_status_parse(BYTES("01")), 2);
	assert_int_equal(grpc_status_parse(BYTES("")), 2);
	assert_int_equal(grpc_status_parse(BYTES("x")), 2);
	assert_int_equal(grpc_code_of_http(400), 13);
	assert_int_equal(grpc_code_of_http(401), 16);
	assert_int_equal(grpc_code_of_http(403), 7);
	assert_int_equal(grpc_code_of_http(404), 12);
	assert_int_equal(grpc_code_of_http(429), 14);
	assert_int_equal(grpc_code_of_http(503), 14);
	assert_int_equal(grpc_code_of_http(500), 2);
	assert_int_equal(grpc_code_of_h2(7), 14);
	assert_int_equal(grpc_code_of_h2(8), 1);
	assert_int_equal(grpc_code_of_h2(11), 8);
	assert_int_equal(grpc_code_of_h2(1), 13);
}

/* --- gzip -------------------------------------------------------------------------- */

static void test_gzip(void **state)
{
	size_t len = 300000;
	uint8_t *data = malloc(len);

	(void)state;
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i % 251 * (i / 1000));
	for (size_t n = 0; n <= len; n = n * 3 + 1) {
		struct bytes packed = {0};
		struct bytes plain = {0};

		assert_int_equal(gzip_deflate(data, n, &packed), 0);
		assert_int_equal(gzip_inflate(bytes_head(&packed), packed.len, n, &plain), 0);
		assert_int_equal(plain.len, n);
		if (n != 0)
			assert_memory_equal(bytes_head(&plain), data, n);
		bytes_close(&plain);
		if (n != 0)
			assert_int_equal(
				gzip_inflate(bytes_head(&packed), packed.len, n - 1, &plain),
				PIDC_ELIMIT);
		bytes_close(&plain);
		for (size_t cut = 0; cut < packed.len; cut += 1 + packed.len / 50) {
			assert_int_equal(gzip_inflate(bytes_head(&packed), cut, n, &plain),
					 PIDC_EPROTO);
			bytes_close(&plain);
		}
		assert_int_equal(bytes_append(&packed, "x", 1), 0);
		assert_int_equal(gzip_inflate(bytes_head(&packed), packed.len, n, &plain),
				 PIDC_EPROTO);
		bytes_close(&plain);
		bytes_close(&packed);
	}
	free(data);
}

static void test_g2_bomb(void **state)
{
	size_t len = (size_t)64 * 1048576;
	uint8_t *zeros = calloc(1, len);
	struct bytes packed = {0};
	struct bytes plain = {0};

	(void)state;
	assert_int_equal(gzip_deflate(zeros, len, &packed), 0);
	assert_true(packed.len < 100000);
	assert_int_equal(gzip_inflate(bytes_head(&packed), packed.len, 1048576, &plain),
			 PIDC_ELIMIT);
	assert_true(plain.cap <= 2 * 1048576 + 65536);
	bytes_close(&plain);
	bytes_close(&packed);
	assert_int_equal(gzip_inflate(BYTES("not gzip at all"), 100, &plain), PIDC_EPROTO);
	bytes_close(&plain);
	free(zeros);
}

/* --- small machinery ---------------------------------------------------------------- */

static void test_bucket(void **state)
{
	struct h2_bucket bucket;

	(void)state;
	h2_bucket_init(&bucket, 3, 10, 1000);
	for (int i = 0; i < 3; i++)
		assert_true(h2_bucket_take(&bucket, 1000));
	assert_false(h2_bucket_take(&bucket, 1000));
	assert_false(h2_bucket_take(&bucket, 1099));
	assert_true(h2_bucket_take(&bucket, 1100)); /* ten a second */
	assert_false(h2_bucket_take(&bucket, 1100));
	h2_bucket_credit(&bucket, 100); /* not more than the burst */
	for (int i = 0; i < 3; i++)
		assert_true(h2_bucket_take(&bucket, 1100));
	assert_false(h2_bucket_take(&bucket, 1100));
	assert_true(h2_bucket_take(&bucket, UINT64_MAX)); /* no overflow */
	assert_false(h2_bucket_take(&bucket, 5) && h2_bucket_take(&bucket, 5) &&
		     h2_bucket_take(&bucket, 5)); /* a clock that steps back gives nothing */
}

static void test_bytes(void **state)
{
	struct bytes bytes = {0};
	unsigned seed = 7;
	uint8_t in = 0;
	uint8_t out = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint8_t chunk[97];
		size_t n = (size_t)rand_r(&seed) % sizeof(chunk);

		for (size_t j = 0; j < n; j++)
			chunk[j] = in++;
		assert_int_equal(bytes_append(&bytes, chunk, n), 0);
		n = (size_t)rand_r(&seed) % 100;
		n = n < bytes.len ? n : bytes.len;
		for (size_t j = 0; j < n; j++)
			assert_int_equal(bytes_head(&bytes)[j], out++);
		bytes_drop(&bytes, n);
	}
	assert_int_equal(bytes_reserve(&bytes, SIZE_MAX), PIDC_ENOMEM);
	bytes_drop(&bytes, bytes.len);
	assert_true(bytes.cap <= 4096);
	bytes_close(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deframer_any_slices),
		cmocka_unit_test(test_g1_length_lies),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_timeout_parse),
		cmocka_unit_test(test_timeout_format),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_g2_bomb),
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
