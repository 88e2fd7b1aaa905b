/* SPDX-License-Identifier: ISC
 *
 * What members do by themselves, and how existing partners are integrated. Each rule: the
 * request of the same name, ArrangementFacts.
 */
#pragma once

#include "core/rule.h"

#include "pidc/store/v1/arrangement.pb-c.h"
#include "pidc/v1/arrangement_event.pb-c.h"

rule_fn rule_record_instrument, rule_end_membership, rule_file_bilateral, rule_withdraw_bilateral,
	rule_set_integration_plan;
