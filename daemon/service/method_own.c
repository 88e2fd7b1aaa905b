/* SPDX-License-Identifier: ISC
 *
 * Methods that no client can call: they are not in the table.
 */
#include "daemon/service/method_table.h"

const struct service_method service_release_method = {
	.path = "release",
	.lane = LANE_WRITE,
	.request = &pidc__store__v1__release_request__descriptor,
	.reply = TYPES(fetch, response),
	.roles = FETCHERS,
	.command =
		&(const struct service_command){
			.facts = &pidc__store__v1__decision_facts__descriptor,
			.statement = -1,
			.load = facts_release,
			.rule = rule_release,
			.fold = fold_refusal,
			.reply = reply_release,
		},
};

static const struct service_method start_method = {
	.path = "start",
	.lane = LANE_WRITE,
	.request = &pidc__store__v1__instance_start__descriptor,
	.reply = &pidc__store__v1__instance_start_reply__descriptor,
	.is_bootstrap = true,
	.command = COMMAND(empty, -1, false, rule_start_instance, NULL, NULL),
};

const struct service_method *const service_start_method = &start_method;

static const struct service_method fold_method = {
	.path = "fold",
	.lane = LANE_WRITE,
	.request = &pidc__store__v1__empty__descriptor,
	.reply = &pidc__store__v1__fold_reply__descriptor,
	.is_bootstrap = true,
	.command = COMMAND(fold_facts, DB_FACTS_FOLD, false, rule_fold_refusals, NULL,
			   forget_refusals),
};

const struct service_method *const service_fold_method = &fold_method;
