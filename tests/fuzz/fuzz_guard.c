/* SPDX-License-Identifier: ISC
 *
 * Whatever the guard lets through must unpack and pack, within a bounded arena.
 */
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/partner.pb-c.h"
#include "pidc/v1/statement.pb-c.h"
#include "wire/guard.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const ProtobufCMessageDescriptor *const kinds[] = {
		&pidc__v1__consent_statement__descriptor,
		&pidc__v1__define_dataset_request__descriptor,
		&pidc__v1__record_legacy_request__descriptor,
		&pidc__v1__check_consent_request__descriptor,
	};
	struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
	for (size_t i = 0; arena && i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct pidc_error err = {.code = 0};
		ProtobufCMessage *message = NULL;
		if (guard_unpack(kinds[i], data, size, arena, &message, &err) < 0)
			continue;
		size_t len = protobuf_c_message_get_packed_size(message);
		uint8_t *packed = malloc(len + 1);
		if (packed && protobuf_c_message_pack(message, packed) != len)
			abort();
		free(packed);
		arena_reset(arena);
	}
	arena_free(arena);
	return 0;
}
