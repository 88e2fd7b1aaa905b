/* SPDX-License-Identifier: ISC
 *
 * Error numbers and the error text that travels in a caller's struct. Every
 * fallible function of pidcd returns 0 or one of these negative numbers.
 * Libraries fill the text and return; the owner of the connection, the call or
 * the process decides whether to log it.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#define PIDC_MUSTCHECK         __attribute__((warn_unused_result))
#define PIDC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum pidc_errno {
	PIDC_OK = 0,
	PIDC_ENOMEM = -1,        /* allocation failed or an arena's limit is reached */
	PIDC_EINVAL = -2,        /* bad argument, setting, file or message content */
	PIDC_EPROTO = -3,        /* the peer broke a protocol */
	PIDC_ELIMIT = -4,        /* a named limit would be passed */
	PIDC_ENOTFOUND = -5,     /* no such thing */
	PIDC_EREFUSED = -6,      /* a rule said no; the refusal has the reason */
	PIDC_EIO = -7,           /* a system call failed */
	PIDC_ECLOSED = -8,       /* the other side is gone */
	PIDC_ECRYPTO = -9,       /* key, certificate or signature unusable */
	PIDC_EDB = -10,          /* the database refused this statement */
	PIDC_ECONFLICT = -11,    /* unique or exclusion violation, serialization */
	PIDC_EUNAVAILABLE = -12, /* no database, or it is read-only or full: nothing happened */
	PIDC_EUNCERTAIN = -13,   /* connection lost during COMMIT: outcome unknown */
	PIDC_EDEADLINE = -14,    /* a deadline or statement timeout passed */
	PIDC_EINTEGRITY = -15,   /* stored bytes contradict the ledger */
};

struct pidc_error {
	int code; /* enum pidc_errno */
	char msg[256];
};

/* Fill *err (may be NULL) and return code, so that a failing function can end
 * in `return pidc_fail(err, PIDC_EINVAL, "…")`. Text over 255 bytes is cut. */
int pidc_fail(struct pidc_error *err, int code, const char *fmt, ...) PIDC_PRINTF(3, 4);

#ifdef __clang_analyzer__
/* The analyzer reads one file at a time: tell it that a failure is never 0. */
static inline int pidc_code(int failed, int code)
{
	(void)failed;
	return code;
}
#define pidc_fail(err, code, ...) pidc_code(pidc_fail(err, code, __VA_ARGS__), code)
#endif

/* As pidc_fail, for functions that have a va_list. */
int pidc_vfail(struct pidc_error *err, int code, const char *fmt, va_list ap) PIDC_PRINTF(3, 0);
