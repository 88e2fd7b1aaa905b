/* SPDX-License-Identifier: ISC
 *
 * Notices: what somebody is told because of what somebody else did. Each is an entry of
 * its own and concerns one organisation beside the one that acted.
 */
#pragma once

#include "core/rule.h"

/* Later joiners of an OPEN class wait so long, so that the owner can object (L6). */
#define CLASS_COOLING_OFF_DAYS 14

/* As rule_more_fn: org joins org_class now; grants are rows by owner, and those that
 * select no class, or none for later joiners, are passed over. A row that does not parse
 * selects nothing. */
int notice_class_join(const struct rule_input *in, const char *org, const char *org_class,
		      Pidc__Store__V1__StatementRow *const *grants, size_t n,
		      Pidc__V1__Event ***ret, size_t *ret_n) PIDC_MUSTCHECK;
