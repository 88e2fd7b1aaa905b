/* SPDX-License-Identifier: ISC
 *
 * Methods: memoranda of understanding.
 */
#include "core/mou.h"
#include "daemon/service/method_table.h"

#define SIGNATORIES (R(SEC_HOS) | R(BOARD_CHAIR) | R(PARTNER_SIGNATORY))

static const struct service_method mou_methods[] = {
	WRITE("MouService", "DraftMou", draft_mou, CUSTODIANS, false,
	      LOADED(mou_facts, facts_draft_mou, rule_draft_mou, reply_mou_drafted)),
	WRITE("MouService", "ReviseMou", revise_mou, CUSTODIANS, false,
	      LOADED(mou_facts, facts_mou, rule_revise_mou, reply_mou_revised)),
	READ("MouService", "CheckMou", check_mou, 0, R(AUDITOR), -1, query_check_mou, false),
	WRITE("MouService", "VetMou", vet_mou, R(SEC_HOS), false,
	      LOADED(mou_facts, facts_mou, rule_vet_mou, reply_version)),
	WRITE("MouService", "SignMou", sign_mou, SIGNATORIES, false,
	      LOADED(mou_facts, facts_sign_mou, rule_sign_mou, reply_mou_signed)),
	WRITE("MouService", "TerminateMou", terminate_mou, R(PARTNER_SIGNATORY), false,
	      LOADED(mou_facts, facts_mou, rule_terminate_mou, reply_mou_terminated)),
	READ("MouService", "GetMou", get_mou, 0, R(AUDITOR), DB_MOU_GET, NULL, false),
	READ("MouService", "ListMous", list_mous, 0, R(AUDITOR), DB_MOU_LIST, NULL, true),
};

const struct method_table mou_method_table = METHOD_TABLE("MouService", mou_methods);
