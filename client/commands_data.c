/* SPDX-License-Identifier: ISC
 *
 * What organisations hold and contribute.
 */
#include "client/command_table.h"

#include "pidc/v1/data.pb-c.h"

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
	{"field", NULL, FLAG_LIST, "e.g. arrivals:INTEGER,count",
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
	{"replaces", "replaces_id", FLAG_VALUE, "contribution that it corrects", "ID"},
	{"file", NULL, FLAG_LIST, "an upload for a FILE field", "FIELD=ID"},
	{"hash-only", NULL, FLAG_SWITCH, "it stays home: only its hash is kept", NULL},
	{"external-uri", "external_uri", FLAG_VALUE, "or it is there", "URI"},
	{"field", "fields", FLAG_LIST, "of either: a field it has", "NAME"},
	{"content-digest", "content_digest", FLAG_VALUE, "its SHA-256, without a file", "HEX"},
	{"size", "content_size", FLAG_VALUE, "its bytes, without a file", "N"},
	{"rows", "row_count", FLAG_VALUE, "its rows", "N"},
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
	{"status", "status", FLAG_VALUE, "ACCEPTED, WITHDRAWN, HELD or ERASED", "WORD"},
	{"retention-due", "retention_due", FLAG_SWITCH, "only those kept longer than told", NULL},
	PAGE_FLAGS,
	END_FLAGS,
};
static const struct flag end_flags[] = {
	{"expected-version", "expected_version", FLAG_VALUE, "its version; else whatever it has",
	 "N"},
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	END_FLAGS,
};
static const struct flag reclassify_flags[] = {
	{"classification", "classification", FLAG_VALUE, "the stricter handling", "WORD"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version; else whatever it has",
	 "N"},
	{"reason", "reason", FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	END_FLAGS,
};
static const struct flag lower_flags[] = {
	{"classification", NULL, FLAG_VALUE, "the looser handling", "WORD"},
	{"reason", NULL, FLAG_VALUE, "why; kept in the ledger", "TEXT"},
	{"write", NULL, FLAG_VALUE, "sign, for a second person", "FILE"},
	{"approve", NULL, FLAG_VALUE, "as second person: what was written", "FILE"},
	{"text-only", NULL, FLAG_SWITCH, "show the statement, do not sign", NULL},
	{"language", NULL, FLAG_VALUE, "of the text: en or fr", "LANGUAGE"},
	END_FLAGS,
};
static const struct flag upload_list_flags[] = {
	{"state", "state", FLAG_VALUE, "OPEN or COMPLETE", "WORD"},
	{"waiting", "waiting", FLAG_SWITCH, "that no contribution uses yet", NULL},
	END_FLAGS,
};
static const struct flag put_flags[] = {
	{"progress", NULL, FLAG_VALUE, "auto, json or none", "HOW"},
	END_FLAGS,
};
static const struct flag erasure_flags[] = {
	{"legal-ground", "legal_ground", FLAG_VALUE, "law that demands it", "TEXT"},
	{"expected-version", "expected_version", FLAG_VALUE, "its version", "N"},
	END_FLAGS,
};
static const struct flag erasure_list_flags[] = {
	{"pending", "pending", FLAG_SWITCH, "only those that wait", NULL},
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
	{"contribution", "submit", "[file]", submit_flags,
	 RPC("DataService", "SubmitContribution", submit_contribution_request,
	     submit_contribution_response),
	 .run = ctl_contribution_submit, .help = "Contribute one file, .csv or .jsonl.",
	 .about = "All rows of the file are one contribution. The header of a CSV, or the keys\n"
		  "of the first line, are fields of the dataset. FILE fields come from uploads:\n"
		  "--file, with rows or alone. With --hash-only or --external-uri nothing is\n"
		  "sent of the file, only its size and SHA-256.",
	 .example = "pidcctl contribution submit q1.csv --dataset-id ID \\\n"
		    "    --from 2026-01-01T00:00:00Z --to 2026-04-01T00:00:00Z\n"
		    "pidcctl contribution submit q1.csv --dataset-id ID --dry-run\n"
		    "pidcctl contribution submit --dataset-id ID --file report=UPLOAD\n"
		    "pidcctl contribution submit cases.db --dataset-id ID --hash-only \\\n"
		    "    --field name --field born"},
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
	{"contribution", "withdraw", "contribution_id", end_flags,
	 RPC("DataService", "WithdrawContribution", withdraw_contribution_request,
	     withdraw_contribution_response),
	 .confirm = CONFIRM_ID, .help = "Release it no more, for ever.",
	 .about = "Nothing of it leaves any more. What has left is called back by recall create.",
	 .example = "pidcctl contribution withdraw ID --reason \"wrong month\""},
	{"contribution", "hold", "contribution_id", end_flags,
	 RPC("DataService", "HoldContribution", hold_contribution_request,
	     hold_contribution_response),
	 .help = "Release it no more until the hold ends.",
	 .example = "pidcctl contribution hold ID --reason \"figures are being checked\""},
	{"contribution", "release-hold", "contribution_id", end_flags,
	 RPC("DataService", "ReleaseHold", release_hold_request, release_hold_response),
	 .help = "End the hold.",
	 .example = "pidcctl contribution release-hold ID --expected-version 2 \\\n"
		    "    --reason \"figures are right\""},
	{"contribution", "reclassify", "contribution_id", reclassify_flags,
	 RPC("DataService", "ReclassifyContribution", reclassify_contribution_request,
	     reclassify_contribution_response),
	 .help = "Handle it more strictly.",
	 .about = "To have it handled less strictly takes a signature: contribution lower.",
	 .example = "pidcctl contribution reclassify ID --classification amber \\\n"
		    "    --reason \"names an island\""},
	{"contribution", "lower", "contribution_id", lower_flags,
	 RPC("DataService", "ReclassifyContribution", reclassify_contribution_request,
	     reclassify_contribution_response),
	 .run = ctl_contribution_lower, .confirm = CONFIRM_SIGN,
	 .help = "Handle it less strictly, signed.",
	 .about = "Never below the dataset's default. What is AMBER or above takes two: one signs\n"
		  "with --write FILE, another reads it, signs it too and sends both with\n"
		  "--approve FILE. Needs --reason.",
	 .example = "pidcctl contribution lower ID --classification clear --reason \"published\"\n"
		    "pidcctl contribution lower ID --classification green --write lower.json \\\n"
		    "    --reason \"the name is gone\"\n"
		    "pidcctl contribution lower ID --approve lower.json"},
	{"upload", "put", "file", put_flags,
	 RPC("DataService", "BeginUpload", begin_upload_request, begin_upload_response),
	 .run = ctl_upload_put, .help = "Upload a file for a contribution.",
	 .about = "A file is known by its hash: run it again after whatever happened, and it goes\n"
		  "on where the register has it. 64 MiB at most; it waits 30 days for its\n"
		  "contribution: contribution submit --file.",
	 .example = "pidcctl upload put report.pdf"},
	{"upload", "get", "upload_id",
	 RPC("DataService", "GetUpload", get_upload_request, get_upload_response),
	 .help = "How far it is, and until when it is kept.", .example = "pidcctl upload get ID"},
	{"upload", "list", .flags = upload_list_flags,
	 RPC("DataService", "ListUploads", list_uploads_request, list_uploads_response),
	 .columns = "uploadId state size offset=THERE expiresAt/10=KEPT",
	 .help = "The uploads of your organisation.", .example = "pidcctl upload list --waiting"},
	{"upload", "discard", "upload_id",
	 RPC("DataService", "DiscardUpload", discard_upload_request, discard_upload_response),
	 .help = "Give up one that no contribution uses.", .example = "pidcctl upload discard ID"},
	{"erasure", "request", "contribution_id", erasure_flags,
	 RPC("DataService", "RequestErasure", request_erasure_request, request_erasure_response),
	 .confirm = CONFIRM_ID, .help = "Ask to have content erased.",
	 .about = "The owner asks, somebody of the Audit and Risk Committee carries it out. The\n"
		  "ledger keeps that there was something, and its hash.",
	 .example = "pidcctl erasure request ID --legal-ground \"Privacy Act, s. 9\" \\\n"
		    "    --expected-version 2"},
	{"erasure", "carry-out", "contribution_id",
	 RPC("DataService", "EraseContribution", erase_contribution_request,
	     erase_contribution_response),
	 .confirm = CONFIRM_ID, .help = "Erase what its owner asked to be erased.",
	 .about = "It cannot be undone, and not be brought back from the register.",
	 .example = "pidcctl erasure carry-out ID"},
	{"erasure", "list", .flags = erasure_list_flags,
	 RPC("DataService", "ListErasures", list_erasures_request, list_erasures_response),
	 .columns = "contributionId ownerOrg=OWNER requestedAt/10=ASKED erasedAt/10=ERASED",
	 .help = "What was asked for, and what was done.",
	 .example = "pidcctl erasure list --pending"},
};

const struct command_table commands_data = TABLE(commands);
