/* SPDX-License-Identifier: ISC
 *
 * Methods: policies.
 */
#include "core/policy.h"
#include "daemon/service/method_table.h"

#define INVITED (DECIDERS | R(PARTNER_SIGNATORY) | R(OBSERVER_DELEGATE))

/* A step of a version. */
#define POLICY(name, snake, role_mask, reply_name)            \
	WRITE("PolicyService", name, snake, role_mask, false, \
	      LOADED(policy_facts, facts_policy_version, rule_##snake, reply_name))

static const struct service_method policy_methods[] = {
	WRITE("PolicyService", "CreatePolicyVersion", create_policy_version, CUSTODIANS, false,
	      COMMAND(policy_facts, DB_FACTS_POLICY_CODE, false, rule_create_policy_version,
		      reply_policy_created, NULL)),
	POLICY("RevisePolicyVersion", revise_policy_version, CUSTODIANS, reply_policy_revised),
	POLICY("OpenPolicyConsultation", open_policy_consultation, R(SEC_HOS), reply_version),
	POLICY("GivePolicyInput", give_policy_input, INVITED, reply_policy_input),
	POLICY("ClosePolicyConsultation", close_policy_consultation, R(SEC_HOS), reply_version),
	POLICY("SubmitPolicyVersion", submit_policy_version, R(SEC_HOS), reply_version),
	POLICY("VetPolicyVersion", vet_policy_version, R(SEC_HOS), reply_version),
	POLICY("ReturnPolicyVersion", return_policy_version, R(SEC_HOS), reply_version),
	POLICY("PublishPolicyVersion", publish_policy_version, R(SEC_HOS), reply_version),
	POLICY("ConcludePolicyReview", conclude_policy_review, R(SEC_HOS), reply_policy_reviewed),
	READ("PolicyService", "GetPolicy", get_policy, 0, 0, DB_POLICY_GET, query_policy, false),
	READ("PolicyService", "ListPolicyVersions", list_policy_versions, 0, 0,
	     DB_POLICY_VERSION_LIST, NULL, true),
	READ("PolicyService", "ListPolicyInputs", list_policy_inputs, 0, 0, DB_POLICY_INPUT_LIST,
	     NULL, true),
	READ("PolicyService", "ListPolicyHistory", list_policy_history, 0, 0,
	     DB_POLICY_HISTORY_LIST, NULL, true),
};

const struct method_table policy_method_table = METHOD_TABLE("PolicyService", policy_methods);
