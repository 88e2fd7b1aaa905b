/* SPDX-License-Identifier: ISC
 *
 * What the commands about one resolution share. Exit statuses as in client/ctl.h.
 */
#pragma once

#include "client/ctl.h"
#include "pidc/v1/board.pb-c.h"

/* The resolution of the command's first argument; EXIT_INTEGRITY when its digest is not
 * that of what the register shows. ret_answer may be NULL. */
int resolution_get(struct ctl *ctl, const Pidc__V1__Resolution **ret,
		   const Pidc__V1__GetResolutionResponse **ret_answer);

/* "CARRIED" of RESOLUTION_STATE_CARRIED; "" for what is not known or 0. */
const char *resolution_word(const ProtobufCEnumDescriptor *type, int value);
