/* SPDX-License-Identifier: ISC
 *
 * What parses must print, and what is printed must parse again.
 */
#include "pidc/v1/partner.pb-c.h"
#include "pidc/v1/statement.pb-c.h"
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const ProtobufCMessageDescriptor *const kinds[] = {
		&pidc__v1__consent_statement__descriptor,
		&pidc__v1__record_legacy_request__descriptor,
	};
	struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
	for (size_t i = 0; arena && i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct pidc_error err = {.code = 0};
		ProtobufCMessage *message = NULL;
		char *text = NULL;
		if (json_parse(kinds[i], (const char *)data, size, arena, &message, &err) < 0)
			continue;
		if (json_print(message, false, arena, &text, &err) < 0 ||
		    json_parse(kinds[i], text, strlen(text), arena, &message, &err) < 0)
			abort();
		arena_reset(arena);
	}
	arena_free(arena);
	return 0;
}
