/* SPDX-License-Identifier: ISC
 *
 * Allocation that fails on demand. Include in exactly one source file of a test
 * program: it DEFINES malloc, calloc and realloc for the whole program, its
 * shared libraries included (OpenSSL, nghttp2, zlib). They hand on to the
 * sanitizer's allocator where there is one, else to glibc's, so that leaks and
 * overruns are still found.
 *
 *	failmalloc_arm(n, is_lasting);   the n-th allocation from now fails (n from
 *	                                 1); with is_lasting all after it as well
 *	... code under test ...
 *	failmalloc_disarm();             true if an allocation was refused
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): names of glibc and the sanitizers */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__interceptor_malloc(size_t size) __attribute__((weak));
extern void *__interceptor_calloc(size_t n, size_t size) __attribute__((weak));
extern void *__interceptor_realloc(void *old, size_t size) __attribute__((weak));
/* NOLINTEND(bugprone-reserved-identifier) */

/* These run before the sanitizer has set itself up. */
#define FAILMALLOC_RAW __attribute__((no_sanitize("address", "undefined", "thread")))

static struct {
	size_t left; /* allocations until the one that fails; 0: not armed */
	size_t seen;
	bool is_lasting;
	bool has_failed;
	bool is_armed;
} failmalloc;

static inline void failmalloc_arm(size_t n, bool is_lasting)
{
	failmalloc.left = n;
	failmalloc.seen = 0;
	failmalloc.is_lasting = is_lasting;
	failmalloc.has_failed = false;
	failmalloc.is_armed = true;
}

static inline bool failmalloc_disarm(void)
{
	failmalloc.is_armed = false;
	return failmalloc.has_failed;
}

FAILMALLOC_RAW static bool failmalloc_refuses(void)
{
	if (!failmalloc.is_armed)
		return false;
	failmalloc.seen++;
	if (failmalloc.seen < failmalloc.left ||
	    (failmalloc.seen > failmalloc.left && !failmalloc.is_lasting))
		return false;
	failmalloc.has_failed = true;
	errno = ENOMEM;
	return true;
}

FAILMALLOC_RAW void *malloc(size_t size)
{
	if (failmalloc_refuses())
		return NULL;
	return __interceptor_malloc != NULL ? __interceptor_malloc(size) : __libc_malloc(size);
}

FAILMALLOC_RAW void *calloc(size_t n, size_t size)
{
	if (failmalloc_refuses())
		return NULL;
	return __interceptor_calloc != NULL ? __interceptor_calloc(n, size)
					    : __libc_calloc(n, size);
}

FAILMALLOC_RAW void *realloc(void *old, size_t size)
{
	if (failmalloc_refuses())
		return NULL;
	return __interceptor_realloc != NULL ? __interceptor_realloc(old, size)
					     : __libc_realloc(old, size);
}
