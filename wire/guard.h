/* SPDX-License-Identifier: ISC
 *
 * What a peer sends as a message, checked before it is unpacked: core's scan,
 * tolerant of fields that a newer peer may know, with the limits of a call.
 */
#pragma once

#include "core/arena.h"
#include "core/error.h"

#define GUARD_ELEMENTS_MAX 100000 /* fields of all messages together in one call */

/* Check data as a message of this descriptor (core/message.h says for what). 0, or
 * PIDC_EPROTO with the path of the field in err. */
int guard_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		struct pidc_error *err) PIDC_MUSTCHECK;

/* guard_check, then unpack into the arena. PIDC_ENOMEM when the arena's limit is reached. */
int guard_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		 struct arena *arena, ProtobufCMessage **ret,
		 struct pidc_error *err) PIDC_MUSTCHECK;
