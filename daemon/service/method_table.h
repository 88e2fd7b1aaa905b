/* SPDX-License-Identifier: ISC
 *
 * What rows of methods are written with: sets of roles, and one macro a kind of method.
 * Private to method*.c.
 */
#pragma once

#include "daemon/service/internal.h"

#define R(name)  ROLE_BIT(name)
#define MEMBERS  (R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(MEMBER_AGENT))
#define PARTNERS (R(PARTNER_OFFICER) | R(PARTNER_AGENT))
#define SIGNERS  (R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(PARTNER_OFFICER))
/* Who fetches, and answers for what was fetched. */
#define FETCHERS   (PARTNERS | R(MEMBER_OFFICER) | R(MEMBER_AGENT))
#define REGISTRARS (R(MEMBER_HEAD) | R(SEC_HOS))
#define OVERSEERS  (R(AUDITOR) | R(OPERATOR) | R(SEC_HOS))
#define OWNERS     (R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(MEMBER_AGENT) | R(PARTNER_OFFICER))
/* Decide for their organisation what is opened or lost. */
#define DECIDERS  (R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(PARTNER_OFFICER))
#define BOARD     (R(BOARD_MEMBER) | R(BOARD_CHAIR))
#define REVIEWERS (R(ARC_MEMBER) | R(ARC_CHAIR))
/* Whoever may say a name (INT-1). */
#define NOMINATORS                                                               \
	(R(MEMBER_HEAD) | R(MEMBER_OFFICER) | R(BOARD_MEMBER) | R(BOARD_CHAIR) | \
	 R(PARTNER_OFFICER) | R(PARTNER_SIGNATORY) | CUSTODIANS)
/* Assess possible partners and decide on them; who sees dossiers. */
#define ASSESSORS (R(BOARD_MEMBER) | R(BOARD_CHAIR) | REVIEWERS | CUSTODIANS)
/* May not, but the rule says so by name (PRI-9a): E_OWNER_ONLY. */
#define CUSTODIANS (R(SEC_OFFICER) | R(SEC_HOS))
/* Only offline import: no role may do it over the network yet. */
#define NOBODY (UINT32_C(1) << 31)

#define TYPES(snake, suffix) &pidc__v1__##snake##_##suffix##__descriptor

/* A command whose facts come from one statement. */
#define COMMAND(facts_type, statement_id, many, rule_name, reply_name, after_name)   \
	&(const struct service_command)                                              \
	{                                                                            \
		.facts = &pidc__store__v1__##facts_type##__descriptor,               \
		.statement = (statement_id), .is_many = (many), .rule = (rule_name), \
		.reply = (reply_name), .after = (after_name)                         \
	}
/* A command whose facts are loaded by a function. */
#define LOADED(facts_type, load_name, rule_name, reply_name)                            \
	&(const struct service_command)                                                 \
	{                                                                               \
		.facts = &pidc__store__v1__##facts_type##__descriptor, .statement = -1, \
		.load = (load_name), .rule = (rule_name), .reply = (reply_name)         \
	}
/* The same of one that makes several entries. */
#define LOADED_MORE(facts_type, load_name, rule_name, more_name, reply_name)            \
	&(const struct service_command)                                                 \
	{                                                                               \
		.facts = &pidc__store__v1__##facts_type##__descriptor, .statement = -1, \
		.load = (load_name), .rule = (rule_name), .more = (more_name),          \
		.reply = (reply_name)                                                   \
	}
#define WRITE(service, name, snake, role_mask, boot, how)                          \
	{                                                                          \
		.path = "/pidc.v1." service "/" name, .lane = LANE_WRITE,          \
		.request = TYPES(snake, request), .reply = TYPES(snake, response), \
		.roles = (role_mask), .is_bootstrap = (boot), .command = (how)     \
	}
#define READ(service, name, snake, role_mask, see_mask, statement_id, function, list)     \
	{                                                                                 \
		.path = "/pidc.v1." service "/" name, .lane = LANE_READ,                  \
		.request = TYPES(snake, request), .reply = TYPES(snake, response),        \
		.roles = (role_mask), .see_all = (see_mask),                              \
		.query = &(const struct service_query)                                    \
		{                                                                         \
			.statement = (statement_id), .run = (function), .is_list = (list) \
		}                                                                         \
	}
/* A read that may take its time: it must not hold the fast ones. */
#define BULK(service, name, snake, role_mask, function)                            \
	{                                                                          \
		.path = "/pidc.v1." service "/" name, .lane = LANE_BULK,           \
		.request = TYPES(snake, request), .reply = TYPES(snake, response), \
		.roles = (role_mask), .query = &(const struct service_query)       \
		{                                                                  \
			.statement = -1, .run = (function)                         \
		}                                                                  \
	}

/* The methods of one service, in a file named after what it is about. */
struct method_table {
	const char *prefix; /* "/pidc.v1.BoardService/" */
	size_t prefix_size;
	const struct service_method *rows;
	size_t count;
};

#define METHOD_TABLE(service, methods)                                                 \
	{                                                                              \
		.prefix = "/pidc.v1." service "/",                                     \
		.prefix_size = sizeof("/pidc.v1." service "/") - 1, .rows = (methods), \
		.count = sizeof(methods) / sizeof((methods)[0]),                       \
	}

extern const struct method_table identity_method_table;
extern const struct method_table member_method_table;
extern const struct method_table admin_method_table;
extern const struct method_table partner_method_table;
extern const struct method_table data_method_table;
extern const struct method_table consent_method_table;
extern const struct method_table disclosure_method_table;
extern const struct method_table mou_method_table;
extern const struct method_table board_method_table;
extern const struct method_table policy_method_table;
extern const struct method_table ledger_method_table;
