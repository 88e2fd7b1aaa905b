/* SPDX-License-Identifier: ISC
 *
 * Whether AddressSanitizer watches: what is kept for reuse would hide a use after free
 * from it.
 */
#pragma once

enum {
#if defined(__has_feature)
	PIDC_HAS_ASAN = __has_feature(address_sanitizer), /* clang */
#elif defined(__SANITIZE_ADDRESS__)
	PIDC_HAS_ASAN = 1, /* gcc */
#else
	PIDC_HAS_ASAN = 0,
#endif
};
