/* SPDX-License-Identifier: ISC
 *
 * Methods: datasets and contributions.
 */
#include "daemon/service/method_table.h"

/* Content on its way: a read of the bulk lane that may write beside the ledger. */
#define UPLOAD(name, snake, statement_id, function)                                 \
	{                                                                           \
		.path = "/pidc.v1.DataService/" name, .lane = LANE_BULK,            \
		.request = TYPES(snake, request), .reply = TYPES(snake, response),  \
		.roles = MEMBERS | PARTNERS, .query = &(const struct service_query) \
		{                                                                   \
			.statement = (statement_id), .run = (function)              \
		}                                                                   \
	}

static const struct service_method data_methods[] = {
	WRITE("DataService", "DefineDataset", define_dataset, OWNERS | CUSTODIANS, false,
	      COMMAND(dataset_facts, DB_FACTS_DEFINE_DATASET, false, rule_define_dataset,
		      reply_dataset, NULL)),
	WRITE("DataService", "CloseDataset", close_dataset, OWNERS | CUSTODIANS, false,
	      COMMAND(dataset_facts, DB_FACTS_CLOSE_DATASET, false, rule_close_dataset,
		      reply_version, NULL)),
	READ("DataService", "GetDataset", get_dataset, 0, 0, DB_DATASET_GET, NULL, false),
	READ("DataService", "ListDatasets", list_datasets, 0, 0, DB_DATASET_LIST, NULL, true),
	WRITE("DataService", "SubmitContribution", submit_contribution, MEMBERS | PARTNERS, false,
	      (&(const struct service_command){
		      .facts = &pidc__store__v1__dataset_facts__descriptor,
		      .statement = DB_FACTS_SUBMIT,
		      .is_many = true,
		      .is_alone = submission_is_alone,
		      .key = submission_key,
		      .load = facts_submit,
		      .rule = rule_submit_contribution,
		      .more = more_submit_contribution,
		      .reply = reply_contribution,
		      .after = store_content,
	      })),
	{
		.path = "/pidc.v1.DataService/SubmitContributions",
		.lane = LANE_WRITE,
		.stream = STREAM_ITEMS,
		.request = TYPES(submit_contributions, request),
		.reply = TYPES(submit_contributions, response),
		.item = "/pidc.v1.DataService/SubmitContribution",
	},
	READ("DataService", "GetContribution", get_contribution, 0, 0, DB_CONTRIBUTION_GET, NULL,
	     false),
	READ("DataService", "ListContributions", list_contributions, 0, 0, DB_CONTRIBUTION_LIST,
	     NULL, true),
	WRITE("DataService", "WithdrawContribution", withdraw_contribution,
	      MEMBERS | PARTNERS | CUSTODIANS, false,
	      LOADED_MORE(contribution_facts, facts_withdraw, rule_withdraw_contribution,
			  more_end_contribution, reply_version)),
	WRITE("DataService", "HoldContribution", hold_contribution, MEMBERS | PARTNERS | CUSTODIANS,
	      false,
	      LOADED(contribution_facts, facts_contribution, rule_hold_contribution,
		     reply_version)),
	WRITE("DataService", "ReleaseHold", release_hold, DECIDERS | CUSTODIANS, false,
	      LOADED(contribution_facts, facts_contribution, rule_release_hold, reply_version)),
	WRITE("DataService", "ReclassifyContribution", reclassify_contribution,
	      MEMBERS | PARTNERS | CUSTODIANS, false,
	      LOADED(contribution_facts, facts_reclassify, rule_reclassify_contribution,
		     reply_version)),
	WRITE("DataService", "RequestErasure", request_erasure, DECIDERS | CUSTODIANS, false,
	      LOADED(contribution_facts, facts_contribution, rule_request_erasure, reply_version)),
	WRITE("DataService", "EraseContribution", erase_contribution, REVIEWERS, false,
	      (&(const struct service_command){
		      .facts = &pidc__store__v1__contribution_facts__descriptor,
		      .statement = DB_FACTS_ERASURE,
		      .load = facts_holders,
		      .rule = rule_erase_contribution,
		      .more = more_end_contribution,
		      .reply = reply_version,
		      .after = erase_content,
	      })),
	READ("DataService", "ListErasures", list_erasures, DECIDERS | REVIEWERS, REVIEWERS,
	     DB_ERASURE_LIST, NULL, true),
	UPLOAD("BeginUpload", begin_upload, -1, query_begin_upload),
	UPLOAD("UploadPart", upload_part, -1, query_upload_part),
	UPLOAD("GetUpload", get_upload, DB_UPLOAD_GET, NULL),
	READ("DataService", "ListUploads", list_uploads, MEMBERS | PARTNERS, 0, DB_UPLOAD_LIST,
	     NULL, true),
	UPLOAD("DiscardUpload", discard_upload, -1, query_discard_upload),
};

const struct method_table data_method_table = METHOD_TABLE("DataService", data_methods);
