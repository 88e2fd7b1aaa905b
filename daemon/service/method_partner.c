/* SPDX-License-Identifier: ISC
 *
 * Methods: partners and how they become one.
 */
#include "core/arrangement.h"
#include "daemon/service/method_table.h"

static const struct service_method partner_methods[] = {
	WRITE("PartnerService", "RecordLegacy", record_legacy, R(SEC_HOS), true,
	      LOADED_MORE(partner_facts, facts_record_legacy, rule_record_legacy,
			  more_record_legacy, reply_partner)),
	READ("PartnerService", "GetPartner", get_partner, 0, 0, DB_PARTNER_GET, NULL, false),
	READ("PartnerService", "ListPartners", list_partners, 0, 0, DB_PARTNER_LIST, NULL, true),
	READ("PartnerService", "ListRegister", list_register, 0, 0, DB_REGISTER_LIST, NULL, true),
	WRITE("PartnerService", "NominatePartner", nominate_partner, NOMINATORS, false,
	      COMMAND(partnership_facts, DB_FACTS_NOMINATE_PARTNER, false, rule_nominate_partner,
		      reply_nomination, NULL)),
	WRITE("PartnerService", "DeclineNomination", decline_nomination, CUSTODIANS, false,
	      COMMAND(partnership_facts, DB_FACTS_DECLINE_NOMINATION, false,
		      rule_decline_nomination, NULL, NULL)),
	READ("PartnerService", "ListNominations", list_nominations, 0, ASSESSORS,
	     DB_NOMINATION_LIST, NULL, true),
	WRITE("PartnerService", "CreateProspect", create_prospect, CUSTODIANS, false,
	      COMMAND(partnership_facts, DB_FACTS_CREATE_PROSPECT, false, rule_create_prospect,
		      NULL, NULL)),
	WRITE("PartnerService", "SubmitDossier", submit_dossier, CUSTODIANS, false,
	      COMMAND(partnership_facts, DB_FACTS_SUBMIT_DOSSIER, false, rule_submit_dossier,
		      reply_dossier, NULL)),
	WRITE("PartnerService", "ScreenProspect", screen_prospect, CUSTODIANS, false,
	      COMMAND(partnership_facts, DB_FACTS_SCREEN_PROSPECT, false, rule_screen_prospect,
		      reply_screening, NULL)),
	WRITE("PartnerService", "WithdrawPartnership", withdraw_partnership,
	      R(SEC_HOS) | R(PARTNER_OFFICER) | R(PARTNER_SIGNATORY), false,
	      COMMAND(partnership_facts, DB_FACTS_WITHDRAW_PARTNERSHIP, false,
		      rule_withdraw_partnership, reply_version, NULL)),
	READ("PartnerService", "GetPartnership", get_partnership, 0, ASSESSORS, DB_PARTNERSHIP_GET,
	     NULL, false),
	READ("PartnerService", "ListPartnerships", list_partnerships, 0, 0, DB_PARTNERSHIP_LIST,
	     NULL, true),
	READ("PartnerService", "ListPartnershipEvents", list_partnership_events, 0, 0,
	     DB_PARTNERSHIP_EVENT_LIST, NULL, true),
	READ("PartnerService", "ListObservers", list_observers, 0, 0, DB_OBSERVER_LIST, NULL, true),
	WRITE("PartnerService", "SetIntegrationPlan", set_integration_plan, R(SEC_HOS), false,
	      COMMAND(arrangement_facts, DB_FACTS_INTEGRATION_PLAN, false,
		      rule_set_integration_plan, reply_version, NULL)),
	READ("PartnerService", "ListIntegrationPlans", list_integration_plans, 0, 0,
	     DB_INTEGRATION_PLAN_LIST, NULL, true),

	WRITE("PartnerService", "SuspendPartnership", suspend_partnership,
	      R(BOARD_CHAIR) | R(SEC_HOS), false,
	      LOADED(partnership_facts, facts_standing, rule_suspend_partnership,
		     reply_suspension)),
	/* The Head of Secretariat may not, but the rule says so by name (PRO-7b). */
	WRITE("PartnerService", "BeginExit", begin_exit, R(PARTNER_SIGNATORY) | R(SEC_HOS), false,
	      LOADED(partnership_facts, facts_standing, rule_begin_exit, reply_moved)),
	WRITE("PartnerService", "CompleteExit", complete_exit, R(SEC_HOS), false,
	      LOADED(partnership_facts, facts_standing, rule_complete_exit, reply_moved)),
	WRITE("PartnerService", "ReopenPartnership", reopen_partnership, R(SEC_HOS), false,
	      LOADED(partnership_facts, facts_standing, rule_reopen_partnership, reply_moved)),
	READ("PartnerService", "ListWindDownItems", list_wind_down_items, 0, ASSESSORS | R(AUDITOR),
	     DB_WIND_DOWN_LIST, NULL, true),
};

const struct method_table partner_method_table = METHOD_TABLE("PartnerService", partner_methods);
