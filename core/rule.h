/* SPDX-License-Identifier: ISC
 *
 * The rules: pure functions from (actor, request, facts, now) to one event or
 * one refusal. No I/O, no clock, no globals, no allocation outside the arena.
 * This is where the policy lives; core/<noun>.c holds them, one file per noun.
 *
 * Every rule may trust that the message passed the guard (depth, element count,
 * UTF-8, no U+0000) and nothing else: it checks every value it uses. Method
 * roles are checked before (the method table), ownership and state here.
 */
#pragma once

#include "core/arena.h"
#include "core/reason.h"
#include "pidc/store/v1/store.pb-c.h"
#include "pidc/v1/disclosure.pb-c.h"
#include "pidc/v1/event.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

struct rule_input {
	const Pidc__V1__Actor *actor;
	const ProtobufCMessage *request; /* of the type that the rule names */
	const ProtobufCMessage *facts;   /* of the type that the rule names */
	int64_t now_us;                  /* register's clock, unix microseconds */
	const char *new_id;              /* a fresh UUID, used for at most one new record */
	const char *origin;              /* of this register's ledger */
	bool is_bootstrap;               /* offline import by the operator of the host */
	struct arena *arena;
};

/* Fills *event (initialized by the caller, body not set): body, entity_id,
 * entity_version, concerns; actor is set by the caller. Sub-messages may borrow
 * from request and facts or live in the arena. 0, PIDC_EREFUSED with *refusal
 * filled, or PIDC_ENOMEM. */
typedef int rule_fn(const struct rule_input *in, Pidc__V1__Event *event, struct refusal *refusal);

/* What else a command makes: entries right after its event, in the same transaction,
 * because an entry is read whole by everybody whom it concerns. event is what the rule
 * gave; *ret has initialized events without actor, in the arena. 0 or PIDC_ENOMEM. */
typedef int rule_more_fn(const struct rule_input *in, const Pidc__V1__Event *event,
			 Pidc__V1__Event ***ret, size_t *ret_n);

rule_fn rule_register_organisation; /* RegisterOrganisationRequest, OrganisationFacts */
rule_fn rule_add_code;              /* AddCodeRequest, CodeFacts */
rule_fn rule_admit_member;          /* AdmitMemberRequest, MemberFacts */
rule_fn rule_record_legacy;         /* RecordLegacyRequest, PartnerFacts */
rule_fn rule_register_principal;    /* RegisterPrincipalRequest, PrincipalFacts */
rule_fn rule_bind_certificate;      /* BindCertificateRequest, PrincipalFacts */
rule_fn rule_revoke_certificate;    /* RevokeCertificateRequest, PrincipalFacts */
rule_fn rule_grant_role;            /* GrantRoleRequest, PrincipalFacts */
rule_fn rule_revoke_role;           /* RevokeRoleRequest, PrincipalFacts */
rule_fn rule_define_dataset;        /* DefineDatasetRequest, DatasetFacts */
rule_fn rule_close_dataset;         /* CloseDatasetRequest, DatasetFacts */
rule_fn rule_submit_contribution;   /* SubmitContributionRequest, DatasetFacts */
rule_fn rule_record_statement;      /* RecordStatementRequest, ConsentFacts */
rule_fn rule_fold_refusals;         /* Empty, FoldFacts; bootstrap only */
rule_fn rule_start_instance;        /* InstanceStart, Empty; bootstrap only */
rule_fn rule_approve_statement;     /* ApproveStatementRequest, ConsentFacts */
rule_fn rule_revoke_all;            /* RevokeAllRequest, RevokeAllFacts: of the first chain */
rule_more_fn more_revoke_all;       /* of the others */
/* Notices: to those who have what was corrected, withdrawn, erased; to the owners whose
 * grants select the class of who was recognised. */
rule_more_fn more_submit_contribution, more_end_contribution, more_record_legacy;
rule_fn rule_request_sharing; /* RequestSharingRequest, SharingRequestFacts */
/* WithdrawSharingRequestRequest, SharingRequestFacts */
rule_fn rule_withdraw_sharing_request;

/* From a name to a screened prospect; the request of the same name, PartnershipFacts. */
rule_fn rule_nominate_partner, rule_decline_nomination, rule_create_prospect, rule_submit_dossier,
	rule_screen_prospect, rule_withdraw_partnership;
/* What becomes of a partnership; the same. */
rule_fn rule_suspend_partnership, rule_begin_exit, rule_complete_exit, rule_reopen_partnership;

/* What follows on a release. */
rule_fn rule_acknowledge_disclosure; /* AcknowledgeDisclosureRequest, AcknowledgeFacts */
rule_fn rule_recall_disclosures;     /* RecallDisclosuresRequest, RecallFacts */
rule_fn rule_answer_recall;          /* AnswerRecallRequest, RecallStateFacts */
rule_fn rule_close_recall;           /* CloseRecallRequest, RecallStateFacts */
rule_fn rule_answer_approval;        /* AnswerApprovalRequest, ApprovalFacts */

/* ReleaseRequest, DecisionFacts. Gives ReleaseGranted when every item is
 * permitted, ApprovalRequested when all that is missing is the owner's confirmation, else
 * ReleaseRefused (an event too: refusals are in the ledger) with the full reason; then *refusal has
 * what the recipient may be told of it, although the rule returns 0: append the event, answer with
 * the refusal. */
rule_fn rule_release;

/* The Board (core/board.h): ResolutionFacts, and the request of the same name. */
rule_fn rule_record_board_rules, rule_propose_board_rules, rule_propose_resolution,
	rule_second_resolution, rule_open_resolution, rule_declare_recusal, rule_cast_ballot,
	rule_close_resolution, rule_withdraw_resolution, rule_defer_resolution;

/* Contributions: WithdrawContributionRequest and so on, ContributionFacts. */
rule_fn rule_withdraw_contribution, rule_hold_contribution, rule_release_hold,
	rule_reclassify_contribution, rule_request_erasure, rule_erase_contribution;
