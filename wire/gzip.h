/* SPDX-License-Identifier: ISC
 *
 * gzip of one gRPC message. Every message has a context of its own, so that
 * one message's text says nothing about another's size.
 */
#pragma once

#include "core/error.h"
#include "wire/bytes.h"

#include <stddef.h>
#include <stdint.h>

/* Append the deflated data to out. PIDC_ENOMEM. */
int gzip_deflate(const uint8_t *data, size_t len, struct bytes *out) PIDC_MUSTCHECK;

/* Append the inflated data to out, which grows to at most max bytes in all.
 * PIDC_ELIMIT when it would be more, PIDC_EPROTO when data is not exactly one
 * whole gzip member, PIDC_ENOMEM. */
int gzip_inflate(const uint8_t *data, size_t len, size_t max, struct bytes *out) PIDC_MUSTCHECK;
