/* SPDX-License-Identifier: ISC
 *
 * What organisations hold, contribute and receive.
 */
#include "client/command_table.h"

#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/disclosure.pb-c.h"

static const struct flag page_flags[] = {PAGE_FLAGS, END_FLAGS};
static const struct flag dataset_flags[] = {
	{"dataset-id", "dataset.dataset_id", FLAG_VALUE, "its id; else the register makes one",
	 "UUID"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version, to change it", "N"},
	{"category", "dataset.category", FLAG_VALUE, "code of the list category", "CODE"},
	{"title", "dataset.title", FLAG_VALUE, "name of the dataset", "TEXT"},
	{"description", "dataset.description", FLAG_VALUE, "what is in it", "TEXT"},
	{"granularity", "dataset.granularity", FLAG_VALUE,
	 "AGGREGATE, DEIDENTIFIED, CASE_LEVEL or PERSONAL", "WORD"},
	{"classification", "dataset.classification_default", FLAG_VALUE,
	 "CLEAR, GREEN, AMBER, AMBER_STRICT or RED", "WORD"},
	{"legal-basis", "dataset.legal_basis", FLAG_VALUE, "law that allows it", "TEXT"},
	{"jurisdiction", "dataset.legal_reference.jurisdiction", FLAG_VALUE,
	 "whose law, alpha-3 code", "CODE"},
	{"law", "dataset.legal_reference.law", FLAG_VALUE, "its title and year", "TEXT"},
	{"provision", "dataset.legal_reference.provision", FLAG_VALUE, "section or article",
	 "TEXT"},
	{"ethics-note", "dataset.ethics_note", FLAG_VALUE, "how privacy is kept", "TEXT"},
	{"retention-months", "dataset.retention_months", FLAG_VALUE, "how long it is kept", "N"},
	{"min-cell", "dataset.min_cell_default", FLAG_VALUE, "persons in a released cell, at least",
	 "N"},
	{"field", NULL, FLAG_LIST, "e.g. count:INTEGER,count:persons",
	 "NAME:TYPE[,count][,indirect|,direct][:TEXT]"},
	END_FLAGS,
};
static const struct flag close_flags[] = {
	{"expected-version", "expected_version", FLAG_VALUE, "its version as you know it", "N"},
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	END_FLAGS,
};
static const struct flag submit_flags[] = {
	{"dataset-id", "dataset_id", FLAG_VALUE, "dataset it belongs to", "ID"},
	{"from", "period.from", FLAG_VALUE, "begin of the period", "TIME"},
	{"to", "period.to", FLAG_VALUE, "end of the period, not included", "TIME"},
	{"classification", "classification", FLAG_VALUE, "handling; never below the default",
	 "WORD"},
	END_FLAGS,
};
static const struct flag import_flags[] = {
	{"dataset-id", "dataset_id", FLAG_VALUE, "dataset of rows that name none", "ID"},
	{"from", "period.from", FLAG_VALUE, "begin of the period, for the same", "TIME"},
	{"to", "period.to", FLAG_VALUE, "end of the period, not included", "TIME"},
	{"classification", "classification", FLAG_VALUE, "handling; never below the default",
	 "WORD"},
	{"progress", NULL, FLAG_VALUE, "auto, json or none", "HOW"},
	END_FLAGS,
};
static const struct flag contribution_flags[] = {
	{"dataset-id", "dataset_id", FLAG_VALUE, "only this dataset", "ID"},
	PAGE_FLAGS,
	END_FLAGS,
};
static const struct flag fetch_flags[] = {
	{"owner-org", "owner_org", FLAG_VALUE, "whose data", "ORG"},
	{"dataset-id", "dataset_ids", FLAG_LIST, "dataset", "ID"},
	{"contribution-id", "contribution_ids", FLAG_LIST, "or contribution", "ID"},
	{"purpose", "purpose", FLAG_VALUE, "code of the purpose tree", "CODE"},
	{"action", "action", FLAG_VALUE, "READ, COPY, DERIVE ...", "WORD"},
	{"field", "fields", FLAG_LIST, "field; exactly these are sent", "NAME"},
	{"chunk-items", "chunk_items", FLAG_VALUE, "contributions a chunk (64)", "N"},
	END_FLAGS,
};
static const struct flag disclosure_flags[] = {
	{"recipient-org", "recipient_org", FLAG_VALUE, "only to this organisation", "ORG"},
	PAGE_FLAGS,
	END_FLAGS,
};

static const struct command commands[] = {
	{"dataset", "define", .flags = dataset_flags,
	 RPC("DataService", "DefineDataset", define_dataset_request, define_dataset_response),
	 .run = ctl_dataset_define, .help = "Define a dataset of your organisation.",
	 .about = "Nothing is shared by this: a dataset says what there is, a consent who gets\n"
		  "it. Law and ethics note are mandatory. With --expected-version an existing\n"
		  "dataset gets more fields.",
	 .example = "pidcctl dataset define --title Overstays --category OVER \\\n"
		    "    --granularity AGGREGATE --classification GREEN \\\n"
		    "    --legal-basis \"Immigration Act\" --ethics-note \"no names\" \\\n"
		    "    --field month:MONTH --field count:INTEGER,count"},
	{"dataset", "get", "dataset_id",
	 RPC("DataService", "GetDataset", get_dataset_request, get_dataset_response),
	 .help = "One dataset with its fields.", .example = "pidcctl dataset get ID"},
	{"dataset", "list", .flags = page_flags,
	 RPC("DataService", "ListDatasets", list_datasets_request, list_datasets_response),
	 .columns = "datasetId category granularity status title", .help = "Your datasets.",
	 .example = "pidcctl dataset list\n"
		    "pidcctl dataset list -o wide"},
	{"dataset", "close", "dataset_id", close_flags,
	 RPC("DataService", "CloseDataset", close_dataset_request, close_dataset_response),
	 .confirm = CONFIRM_ID, .help = "Take no more contributions.",
	 .about = "What was contributed stays, and consents to it stand. It cannot be undone.",
	 .example = "pidcctl dataset close ID --expected-version 2 --reason \"replaced\""},
	{"contribution", "submit", "file", submit_flags,
	 RPC("DataService", "SubmitContribution", submit_contribution_request,
	     submit_contribution_response),
	 .run = ctl_contribution_submit, .help = "Contribute one file, .csv or .jsonl.",
	 .about = "All rows of the file are one contribution. The header of a CSV, or the keys\n"
		  "of the first line, are fields of the dataset.",
	 .example = "pidcctl contribution submit q1.csv --dataset-id ID \\\n"
		    "    --from 2026-01-01T00:00:00Z --to 2026-04-01T00:00:00Z\n"
		    "pidcctl contribution submit q1.csv --dataset-id ID --dry-run"},
	{"contribution", "import", "file", import_flags,
	 RPC("DataService", "SubmitContributions", submit_contributions_request,
	     submit_contributions_response),
	 .run = ctl_contribution_import, .help = "Contribute many, one for each row of a file.",
	 .about = "A record of a CSV is a contribution of one row, with the period in columns\n"
		  "period.from and period.to; a line of a .jsonl is a contribution,\n"
		  "{\"period\":{\"from\":\"\",\"to\":\"\"},\"rows\":[{}]}. A bad row is named and "
		  "the\n"
		  "others go on. Send the same file again after whatever happened: nothing is\n"
		  "there twice. Exit status 3: some rows were not taken.",
	 .example = "pidcctl contribution import 2026.csv --dataset-id ID --dry-run\n"
		    "pidcctl contribution import 2026.csv --dataset-id ID"},
	{"contribution", "get", "contribution_id",
	 RPC("DataService", "GetContribution", get_contribution_request, get_contribution_response),
	 .help = "What the register knows of one contribution.",
	 .example = "pidcctl contribution get ID"},
	{"contribution", "list", .flags = contribution_flags,
	 RPC("DataService", "ListContributions", list_contributions_request,
	     list_contributions_response),
	 .columns = "contributionId rowCount=ROWS status recordedAt=RECORDED",
	 .help = "Your contributions.",
	 .example = "pidcctl contribution list --dataset-id ID\n"
		    "pidcctl contribution list --limit 20"},
	{"data", "fetch", .flags = fetch_flags,
	 RPC("DisclosureService", "Fetch", fetch_request, fetch_response), .run = ctl_data_fetch,
	 .help = "Receive data that its owner lets you have.",
	 .about = "Exactly the fields named are sent, as JSON lines or with -o csv. Every chunk\n"
		  "is decided anew and is in the ledger before it leaves. Exit status 3: no.",
	 .example = "pidcctl data fetch --owner-org tv --dataset-id ID --purpose ME \\\n"
		    "    --action READ --field count -o csv"},
	{"disclosure", "list", .flags = disclosure_flags,
	 RPC("DisclosureService", "ListDisclosures", list_disclosures_request,
	     list_disclosures_response),
	 .columns = "disclosureId chunk ownerOrg=OWNER recipientOrg=TO purpose releasedAt=RELEASED",
	 .help = "What left, to whom and why.",
	 .example = "pidcctl disclosure list --recipient-org iom"},
};

const struct command_table commands_data = TABLE(commands);
