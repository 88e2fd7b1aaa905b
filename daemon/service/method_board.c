/* SPDX-License-Identifier: ISC
 *
 * Methods: the Board's rules and resolutions.
 */
#include "daemon/service/method_table.h"

/* A step of a resolution. */
#define RESOLUTION(name, snake, role_mask, load_name, reply_name) \
	WRITE("BoardService", name, snake, role_mask, false,      \
	      LOADED(resolution_facts, load_name, rule_##snake, reply_name))

static const struct service_method board_methods[] = {
	WRITE("BoardService", "RecordBoardRules", record_board_rules, NOBODY, true,
	      LOADED(resolution_facts, facts_resolution, rule_record_board_rules,
		     reply_board_rules)),
	RESOLUTION("ProposeBoardRules", propose_board_rules, BOARD | R(SEC_HOS), facts_resolution,
		   reply_rules_proposed),
	RESOLUTION("ProposeResolution", propose_resolution, BOARD | R(SEC_HOS),
		   facts_propose_resolution, reply_resolution),
	RESOLUTION("SecondResolution", second_resolution, BOARD, facts_resolution, reply_version),
	RESOLUTION("OpenResolution", open_resolution, BOARD, facts_resolution, reply_opening),
	RESOLUTION("DeclareRecusal", declare_recusal, BOARD, facts_resolution, reply_version),
	RESOLUTION("CastBallot", cast_ballot, 0, facts_cast_ballot, reply_version),
	RESOLUTION("CloseResolution", close_resolution, BOARD | R(SEC_HOS), facts_resolution,
		   reply_closing),
	RESOLUTION("WithdrawResolution", withdraw_resolution, BOARD | R(SEC_HOS), facts_resolution,
		   reply_version),
	RESOLUTION("DeferResolution", defer_resolution, R(BOARD_CHAIR), facts_resolution,
		   reply_version),
	READ("BoardService", "ListSeats", list_seats, 0, 0, DB_SEAT_LIST, NULL, true),
	READ("BoardService", "GetBoardRules", get_board_rules, 0, 0, DB_BOARD_RULES_GET,
	     query_board_rules, false),
	READ("BoardService", "GetResolution", get_resolution, 0, R(AUDITOR), DB_RESOLUTION_GET,
	     NULL, false),
	READ("BoardService", "ListResolutions", list_resolutions, 0, R(AUDITOR), DB_RESOLUTION_LIST,
	     NULL, true),
};

const struct method_table board_method_table = METHOD_TABLE("BoardService", board_methods);
