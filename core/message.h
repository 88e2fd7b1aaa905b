/* SPDX-License-Identifier: ISC
 *
 * Careful reading of serialized messages: requests, and those that come as bytes
 * inside other messages: what a member signed, a column of a contribution, an entry
 * of the ledger. protobuf-c itself has no limit of depth or count, keeps what it
 * does not know, and does not look at UTF-8; so the bytes are scanned before
 * anything is allocated.
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"

/* As everywhere in pidcd: deeper messages are attacks, ours go to 6. */
#define MESSAGE_DEPTH_MAX 16

/* What becomes of fields that the descriptor lacks. */
enum message_strictness {
	/* Walked and let through: a peer may be newer than we are. */
	MESSAGE_TOLERANT,
	/* Refused: nobody may sign or record what we do not understand. */
	MESSAGE_STRICT,
};

/* Check data against the descriptor, without allocating, in one pass: depth, at most
 * max_elements values in all, varints in their shortest form, field numbers, no
 * groups, wire types that fit, lengths, strings of UTF-8 without U+0000. Enum values
 * are not checked: what an unknown one means is for the rules. 0, or PIDC_EINVAL
 * with the path of the field in err. */
int message_scan(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		 enum message_strictness strictness, size_t max_elements,
		 struct pidc_error *err) PIDC_MUSTCHECK;

/* Scan strictly, then unpack into the arena. 0, PIDC_EINVAL or PIDC_ENOMEM. */
int message_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		   size_t max_elements, struct arena *arena, ProtobufCMessage **ret,
		   struct pidc_error *err) PIDC_MUSTCHECK;

/* Pack into the arena. 0 or PIDC_ENOMEM. */
int message_pack(const ProtobufCMessage *message, struct arena *arena,
		 ProtobufCBinaryData *ret) PIDC_MUSTCHECK;

/* Size of one element in the array of a repeated field of this type. */
size_t message_element_size(ProtobufCType type);

/* The bytes of the last occurrence of a length-delimited field, as they stand in
 * data (borrowed); empty when it is absent or data is no message. So that a part
 * can be hashed as it was packed, without packing it again. */
struct bytes message_field(const uint8_t *data, size_t len, uint32_t number);
