/* SPDX-License-Identifier: ISC
 *
 * Whether AddressSanitizer watches: what is kept for reuse would hide a use after free
 * from it.
 */
#pragma once

#if defined(__has_feature)
#define PIDC_HAS_ASAN __has_feature(address_sanitizer) /* clang */
#elif defined(__SANITIZE_ADDRESS__)
#define PIDC_HAS_ASAN 1 /* gcc */
#else
#define PIDC_HAS_ASAN 0
#endif
