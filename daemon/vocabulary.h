/* SPDX-License-Identifier: ISC
 *
 * The serialized google.protobuf.FileDescriptorSet of everything that pidcd
 * serves, as protoc wrote it when this was built.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

const uint8_t *vocabulary_bytes(size_t *ret_len);
