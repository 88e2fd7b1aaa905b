/* SPDX-License-Identifier: ISC
 *
 * pidcctl contribution lower: one signs, and above GREEN a second person too, over the
 * same bytes; they travel between the two as a file.
 */
#include "client/consent_terms.h"
#include "client/content.h"
#include "core/act_text.h"
#include "core/message.h"
#include "pidc/v1/data.pb-c.h"
#include "wire/json.h"

#include <string.h>

/* Of one Reclassification: five texts and numbers. */
#define STATEMENT_ELEMENTS_MAX 16

static int contribution_get(struct ctl *ctl, const char *id, const Pidc__V1__Contribution **ret)
{
	Pidc__V1__GetContributionRequest request = PIDC__V1__GET_CONTRIBUTION_REQUEST__INIT;
	ProtobufCMessage *answer = NULL;
	request.contribution_id = arena_strdup(ctl->arena, id);
	int status = ctl_call(ctl, "/pidc.v1.DataService/GetContribution", &request.base,
			      &pidc__v1__get_contribution_response__descriptor, &answer);
	if (status != EXIT_OK)
		return status;
	*ret = ((const Pidc__V1__GetContributionResponse *)answer)->contribution;
	return *ret ? EXIT_OK
		    : ctl_fail(ctl, EXIT_UNEXPECTED, "", "the register sent no contribution");
}

/* What the bytes say; they are read strictly, whoever made them. */
static int bytes_sign(struct ctl *ctl, const uint8_t *data, size_t len,
		      const Pidc__V1__Reclassification **ret_said, Pidc__V1__SignedStatement **ret)
{
	struct pidc_error err = {.code = 0};
	ProtobufCMessage *message = NULL;
	if (message_unpack(&pidc__v1__reclassification__descriptor, data, len,
			   STATEMENT_ELEMENTS_MAX, ctl->arena, &message, &err) < 0)
		return ctl_error(ctl, &err);
	const Pidc__V1__Reclassification *said = (const Pidc__V1__Reclassification *)message;
	struct names names;
	char *text = NULL;
	*ret_said = said;
	int status = names_init(&names, ctl);
	const struct statement_reader reader = {
		.language = names.language, .name = names_find, .user = &names};
	if (status == EXIT_OK && reclassification_text(said, &reader, ctl->arena, &text) < 0)
		status = ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the text");
	if (status == EXIT_OK)
		status = consent_text_sign(ctl, text, data, len, ret);
	names_close(&names);
	return status;
}

static int statement_make(struct ctl *ctl, const char *id, uint8_t **ret, size_t *ret_len)
{
	const Pidc__V1__Contribution *contribution = NULL;
	ProtobufCMessage *message = NULL;
	int status = contribution_get(ctl, id, &contribution);
	if (status != EXIT_OK)
		return status;
	json_t *statement = json_object();
	consent_set_text(statement, "contributionId", id, false);
	consent_set_text(statement, "to", invocation_flag(ctl->in, "classification", 0), true);
	consent_set_text(statement, "reason", invocation_flag(ctl->in, "reason", 0), false);
	status = consent_origin_set(ctl, statement);
	if (status == EXIT_OK)
		status = ctl_json_message(ctl, &pidc__v1__reclassification__descriptor, statement,
					  &message);
	json_decref(statement);
	if (status != EXIT_OK)
		return status;
	((Pidc__V1__Reclassification *)message)->from = contribution->classification;
	((Pidc__V1__Reclassification *)message)->version = contribution->version;
	*ret = ctl_pack(ctl, message, ret_len);
	return *ret ? EXIT_OK : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the statement");
}

static int statement_write(struct ctl *ctl, const Pidc__V1__SignedStatement *statement,
			   const char *path)
{
	char *text = NULL;
	FILE *file = fopen(path, "wxe");
	bool is_good = file && json_print(&statement->base, true, ctl->arena, &text, NULL) == 0 &&
		       fprintf(file, "%s\n", text) > 0;
	if (file && fclose(file) != 0)
		is_good = false;
	if (!is_good)
		return ctl_fail(ctl, EXIT_USAGE, "",
				"the file is there already, or cannot be "
				"written");
	(void)fprintf(stderr,
		      "signed, nothing sent yet: somebody else of your organisation sends "
		      "it with\npidcctl contribution lower %s --approve FILE\n",
		      ctl->in->args[0]);
	return EXIT_OK;
}

static int lower_send(struct ctl *ctl, const Pidc__V1__Reclassification *said,
		      Pidc__V1__SignedStatement *first, Pidc__V1__Signature *approval)
{
	Pidc__V1__ReclassifyContributionRequest request =
		PIDC__V1__RECLASSIFY_CONTRIBUTION_REQUEST__INIT;
	ProtobufCMessage *answer = NULL;
	request.request_id = arena_strdup(ctl->arena, ctl_request_id(ctl));
	request.validate_only = ctl_is_dry(ctl);
	request.contribution_id = said->contribution_id;
	request.expected_version = said->version;
	request.classification = said->to;
	request.reason = said->reason;
	request.signed_ = first;
	request.approval = approval;
	if (!request.request_id)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
	return ctl_run_call(ctl, &request.base, &answer);
}

static int lower_approve(struct ctl *ctl, const char *id, const char *path)
{
	const Pidc__V1__Reclassification *said = NULL;
	Pidc__V1__SignedStatement *second = NULL;
	struct pidc_error err = {.code = 0};
	ProtobufCMessage *message = NULL;
	char *text = NULL;
	size_t len = 0;
	if (content_read(path, ctl->arena, &text, &len, &err) < 0 ||
	    json_parse(&pidc__v1__signed_statement__descriptor, text, len, ctl->arena, &message,
		       &err) < 0)
		return ctl_error(ctl, &err);
	Pidc__V1__SignedStatement *first = (Pidc__V1__SignedStatement *)message;
	int status = bytes_sign(ctl, first->statement.data, first->statement.len, &said, &second);
	if (status != EXIT_OK || !second)
		return status;
	if (strcmp(said->contribution_id, id) != 0)
		return ctl_fail(ctl, EXIT_USAGE, "", "the file is about another contribution");
	return lower_send(ctl, said, first, second->signature);
}

int ctl_contribution_lower(struct ctl *ctl)
{
	const char *id = invocation_arg(ctl->in, "contribution_id");
	const char *approve = invocation_flag(ctl->in, "approve", 0);
	const char *write = invocation_flag(ctl->in, "write", 0);
	const Pidc__V1__Reclassification *said = NULL;
	Pidc__V1__SignedStatement *first = NULL;
	uint8_t *data = NULL;
	size_t len = 0;
	if (!id || (approve && write))
		return ctl_fail(ctl, EXIT_USAGE, "", "an id, and --write or --approve at most");
	if (approve)
		return lower_approve(ctl, id, approve);
	int status = statement_make(ctl, id, &data, &len);
	if (status == EXIT_OK)
		status = bytes_sign(ctl, data, len, &said, &first);
	if (status != EXIT_OK || !first)
		return status;
	return write ? statement_write(ctl, first, write) : lower_send(ctl, said, first, NULL);
}
