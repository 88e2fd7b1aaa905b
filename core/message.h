/* SPDX-License-Identifier: ISC
 *
 * Strict reading of messages that come as bytes inside other messages: what a
 * member signed, a column of a contribution, an entry of the ledger. protobuf-c
 * itself has no limit of depth or count, keeps what it does not know, and does
 * not look at UTF-8; so the bytes are scanned before anything is allocated.
 */
#pragma once

#include "core/arena.h"
#include "core/crypto.h"
#include "core/error.h"

/* As everywhere in pidcd: deeper messages are attacks, ours go to 6. */
#define MESSAGE_DEPTH_MAX 16

/* Check data against the descriptor, without allocating: wire format, known fields of
 * the right wire type, depth, at most max_elements values in all, strings of UTF-8
 * without U+0000. Enum values are not checked: what an unknown one means is for
 * the rules. 0 or PIDC_EINVAL. */
int message_scan(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		 size_t max_elements, struct pidc_error *err) PIDC_MUSTCHECK;

/* Scan, then unpack into the arena. 0, PIDC_EINVAL or PIDC_ENOMEM. */
int message_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data, size_t len,
		   size_t max_elements, struct arena *arena, ProtobufCMessage **ret,
		   struct pidc_error *err) PIDC_MUSTCHECK;

/* Pack into the arena. 0 or PIDC_ENOMEM. */
int message_pack(const ProtobufCMessage *message, struct arena *arena,
		 ProtobufCBinaryData *ret) PIDC_MUSTCHECK;

/* The bytes of the last occurrence of a length-delimited field, as they stand in
 * data (borrowed); empty when it is absent or data is no message. So that a part
 * can be hashed as it was packed, without packing it again. */
struct bytes message_field(const uint8_t *data, size_t len, uint32_t number);
