/* SPDX-License-Identifier: ISC
 *
 * pidcctl resolution vote: show what the ballot's bytes say, and the text that it is
 * about, then sign these bytes.
 */
#include "client/resolution.h"

#include "client/consent_terms.h"
#include "core/board.h"
#include "core/message.h"

#include <string.h>

/* Of one ballot: ids, a digest, a reason. */
#define BALLOT_ELEMENTS_MAX 16

const char *resolution_word(const ProtobufCEnumDescriptor *type, int value)
{
	const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(type, 0);
	const ProtobufCEnumValue *row =
		value == 0 ? NULL : protobuf_c_enum_descriptor_get_value(type, value);
	return row && zero ? row->name + strlen(zero->name) - strlen("UNSPECIFIED") : "";
}

int resolution_get(struct ctl *ctl, const Pidc__V1__Resolution **ret,
		   const Pidc__V1__GetResolutionResponse **ret_answer)
{
	Pidc__V1__GetResolutionRequest request = PIDC__V1__GET_RESOLUTION_REQUEST__INIT;
	ProtobufCMessage *message = NULL;
	uint8_t digest[SHA256_LEN];
	request.resolution_id = (char *)(uintptr_t)invocation_arg(ctl->in, "resolution_id");
	if (!request.resolution_id)
		return ctl_fail(ctl, EXIT_USAGE, "", "the id of the resolution is missing");
	int status = ctl_call(ctl, "/pidc.v1.BoardService/GetResolution", &request.base,
			      &pidc__v1__get_resolution_response__descriptor, &message);
	if (status != EXIT_OK)
		return status;
	const Pidc__V1__GetResolutionResponse *answer =
		(const Pidc__V1__GetResolutionResponse *)message;
	const Pidc__V1__Resolution *resolution = answer->resolution;
	if (!resolution)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "the register sent no resolution");
	if (ret_answer)
		*ret_answer = answer;
	*ret = resolution;
	/* Who may not read the text cannot compute its digest. */
	if (*resolution->text == '\0')
		return EXIT_OK;
	if (resolution_digest(resolution, ctl->arena, digest) < 0)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the digest");
	if (resolution->resolution_digest.len != SHA256_LEN ||
	    memcmp(resolution->resolution_digest.data, digest, SHA256_LEN) != 0)
		return ctl_fail(ctl, EXIT_INTEGRITY, "",
				"the digest of the register is not that of what it shows");
	return EXIT_OK;
}

/* One more than the ballots that our member has cast so far: it sees its own. */
static uint32_t next_number(const Pidc__V1__Resolution *resolution, const char *org)
{
	uint32_t number = 1;
	for (size_t i = 0; i < resolution->n_ballots; i++)
		if (strcmp(resolution->ballots[i]->member_org, org) == 0 &&
		    resolution->ballots[i]->number >= number)
			number = resolution->ballots[i]->number + 1;
	return number;
}

static int ballot_make(struct ctl *ctl, const Pidc__V1__Resolution *resolution, uint8_t **ret,
		       size_t *ret_len)
{
	Pidc__V1__BallotStatement *ballot = NULL;
	ProtobufCMessage *message = NULL;
	json_t *statement = json_object();
	int status = consent_origin_set(ctl, statement);
	const char *org = json_string_value(json_object_get(statement, "ownerOrg"));
	consent_set_text(statement, "memberOrg", org, false);
	consent_set_text(statement, "choice", invocation_arg(ctl->in, "choice"), true);
	consent_set_text(statement, "reason", invocation_flag(ctl->in, "reason", 0), false);
	(void)json_object_del(statement, "ownerOrg");
	if (status == EXIT_OK)
		status = ctl_json_message(ctl, &pidc__v1__ballot_statement__descriptor, statement,
					  &message);
	json_decref(statement);
	if (status != EXIT_OK)
		return status;
	ballot = (Pidc__V1__BallotStatement *)message;
	ballot->resolution_id = resolution->resolution_id;
	ballot->resolution_digest = resolution->resolution_digest;
	ballot->number = next_number(resolution, ballot->member_org);
	*ret = ctl_pack(ctl, message, ret_len);
	return *ret ? EXIT_OK : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the ballot");
}

/* In quotation marks on one line: no text may look like a sentence of ours. */
static const char *quoted(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);
	for (char *p = copy; p && *p; p++)
		*p = *p == '\n' || *p == '\t' ? ' ' : *p == '"' ? '\'' : *p;
	return copy ? copy : "?";
}

/* The ballot as its bytes say it, and what its digest stands for. */
static const char *ballot_text(struct ctl *ctl, const Pidc__V1__BallotStatement *ballot,
			       const Pidc__V1__Resolution *resolution)
{
	static const char *const choices[] = {"?", "YES", "NO", "ABSTAIN"};
	struct arena *arena = ctl->arena;
	size_t choice = (size_t)ballot->choice < 4 ? (size_t)ballot->choice : 0;
	const char *text = arena_printf(
		arena,
		"%s votes %s on resolution %s.\n"
		"Its title: \"%s\".\nIts text: \"%s\".\n"
		"Kind: %s. Mode: %s.\n",
		ballot->member_org, choices[choice], ballot->resolution_id,
		quoted(arena, resolution->title), quoted(arena, resolution->text),
		resolution_word(&pidc__v1__resolution_kind__descriptor, (int)resolution->kind),
		resolution_word(&pidc__v1__voting_mode__descriptor, (int)resolution->mode));
	if (text && *resolution->subject_org)
		text = arena_printf(arena, "%sIt is about %s.\n", text, resolution->subject_org);
	if (text && *resolution->subject_id)
		text = arena_printf(arena, "%sThe record that it is about: %s.\n", text,
				    resolution->subject_id);
	if (text && *ballot->reason)
		text = arena_printf(arena, "%sThe reason given: \"%s\".\n", text,
				    quoted(arena, ballot->reason));
	return text ? arena_printf(arena, "%sBallot number %u of %s, signed for the register %s.\n",
				   text, ballot->number, ballot->member_org, ballot->origin)
		    : NULL;
}

static int ballot_sign(struct ctl *ctl, const Pidc__V1__Resolution *resolution,
		       Pidc__V1__SignedStatement **ret)
{
	struct pidc_error err = {.code = 0};
	ProtobufCMessage *message = NULL;
	uint8_t *data = NULL;
	size_t len = 0;
	int status = ballot_make(ctl, resolution, &data, &len);
	if (status != EXIT_OK)
		return status;
	if (message_unpack(&pidc__v1__ballot_statement__descriptor, data, len, BALLOT_ELEMENTS_MAX,
			   ctl->arena, &message, &err) < 0)
		return ctl_error(ctl, &err);
	const char *text = ballot_text(ctl, (const Pidc__V1__BallotStatement *)message, resolution);
	return text ? consent_text_sign(ctl, text, data, len, ret)
		    : ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the text");
}

int ctl_resolution_vote(struct ctl *ctl)
{
	Pidc__V1__CastBallotRequest request = PIDC__V1__CAST_BALLOT_REQUEST__INIT;
	const Pidc__V1__Resolution *resolution = NULL;
	ProtobufCMessage *answer = NULL;
	if (!invocation_arg(ctl->in, "choice"))
		return ctl_fail(ctl, EXIT_USAGE, "", "the choice is missing: yes, no or abstain");
	int status = resolution_get(ctl, &resolution, NULL);
	if (status == EXIT_OK)
		status = ballot_sign(ctl, resolution, &request.signed_);
	if (status != EXIT_OK || !request.signed_)
		return status;
	request.request_id = arena_strdup(ctl->arena, ctl_request_id(ctl));
	request.validate_only = ctl_is_dry(ctl);
	if (!request.request_id)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "no memory for the request");
	return ctl_run_call(ctl, &request.base, &answer);
}
