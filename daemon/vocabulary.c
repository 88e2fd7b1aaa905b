/* SPDX-License-Identifier: ISC */
#include "daemon/vocabulary.h"

__asm__(".section .rodata\n"
	"vocabulary_start:\n"
	".incbin \"" PIDC_DESCRIPTOR_SET "\"\n"
	"vocabulary_end:\n"
	".byte 0\n"
	".previous\n");

extern const uint8_t vocabulary_start[] __attribute__((visibility("hidden")));
extern const uint8_t vocabulary_end[] __attribute__((visibility("hidden")));

const uint8_t *vocabulary_bytes(size_t *ret_len)
{
	*ret_len = (size_t)((uintptr_t)vocabulary_end - (uintptr_t)vocabulary_start);
	return vocabulary_start;
}
