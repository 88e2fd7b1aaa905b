/* SPDX-License-Identifier: ISC
 *
 * Looks at serialized protobuf bytes before anything is unpacked: protobuf-c
 * checks neither depth nor counts nor UTF-8. Walks the descriptor, allocates
 * nothing, costs one pass.
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"

#define GUARD_DEPTH_MAX    16     /* nested messages; ours need 6 */
#define GUARD_ELEMENTS_MAX 100000 /* fields of all messages together in one call */

/* Check data as a message of this descriptor: depth, element count, overlong varints,
 * field number 0, group wire types, wire types that do not fit, lengths, valid UTF-8
 * without U+0000 in every string. Unknown fields are walked and allowed.
 * 0 or PIDC_EPROTO with the path of the field in err. */
int guard_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		struct pidc_error *err) PIDC_MUSTCHECK;

/* guard_check, then unpack into the arena. PIDC_ENOMEM when the arena's limit is reached. */
int guard_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		 struct arena *arena, ProtobufCMessage **ret,
		 struct pidc_error *err) PIDC_MUSTCHECK;
