/* SPDX-License-Identifier: ISC
 *
 * What asking and answering have in common.
 */
#pragma once

#include "core/rule.h"

/* The grant that would give exactly what is asked for; borrows from request, asker and
 * input. 0 or PIDC_ENOMEM. */
int request_as_grant(const Pidc__V1__SharingRequest *request, const char *asker,
		     Pidc__V1__Capacity capacity, const struct rule_input *in,
		     Pidc__V1__ConsentStatement **ret) PIDC_MUSTCHECK;

/* Whether it still waits for an answer. */
bool request_is_open(const struct rule_input *in, const Pidc__V1__SharingRequest *request);
