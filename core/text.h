/* SPDX-License-Identifier: ISC
 *
 * Checks of text and time that rules, guard and clients share.
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"
#include "google/protobuf/timestamp.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

/* Canonical lower-case UUID, 36 characters. */
bool text_is_uuid(const char *s);

/* Code of an organisation: [a-z0-9][a-z0-9-]{1,31}. */
bool text_is_org(const char *s);

/* [a-z][a-z0-9_]{0,62} and [A-Z][A-Z0-9_]{0,62}. */
bool text_is_field_name(const char *s);
bool text_is_code(const char *s);

/* Valid UTF-8 without U+0000, not over max_bytes, no control characters but
 * newline and tab, no bidirectional overrides (P3), at most 8 combining marks in a row.
 * 0 or PIDC_EINVAL naming what is wrong. */
int text_check(const char *s, size_t len, size_t max_bytes, struct pidc_error *err) PIDC_MUSTCHECK;

/* NFC form in the arena; NULL when memory is short or s is not UTF-8. */
char *text_nfc(struct arena *arena, const char *s) PIDC_MUSTCHECK;

/* Unix microseconds <-> google.protobuf.Timestamp. false: out of
 * 0001-01-01..9999-12-31, or finer than microseconds. NULL is not allowed. */
bool time_from_proto(const Google__Protobuf__Timestamp *ts, int64_t *ret_us);
Google__Protobuf__Timestamp *time_to_proto(struct arena *arena, int64_t us) PIDC_MUSTCHECK;

/* RFC 3339 with Z and up to six digits. text needs 28 bytes. time_parse demands a
 * zone (SYS-6: a bare date is not an instant) and converts offsets to UTC. */
void time_format(int64_t us, char text[28]);
int time_parse(const char *text, int64_t *ret_us, struct pidc_error *err) PIDC_MUSTCHECK;

/* us moved by n calendar months in UTC, day clamped to the month's end (L24).
 * false when the result is out of range. */
bool time_add_months(int64_t us, int n, int64_t *ret_us);
