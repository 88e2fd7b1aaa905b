/* SPDX-License-Identifier: ISC */
#include "core/text.h"
#include "daemon/service/internal.h"

#include <stdio.h>
#include <string.h>

void job_refuse(struct service_job *job, Pidc__V1__Reason reason, const char *field,
		const char *detail)
{
	job->result = refuse(&job->refusal, reason, field, "%s", detail == NULL ? "" : detail);
}

/* What went wrong below, in the words of a refusal. SQL text never gets out. */
static const struct {
	int rc;
	Pidc__V1__Reason reason;
	const char *detail;
} failures[] = {
	{PIDC_EUNAVAILABLE, PIDC__V1__REASON__REASON_E_UNAVAILABLE,
	 "the register's database cannot be reached or cannot write; nothing happened"},
	{PIDC_EUNCERTAIN, PIDC__V1__REASON__REASON_E_OUTCOME_UNKNOWN,
	 "outcome unknown, retry with the same request_id"},
	{PIDC_EDEADLINE, PIDC__V1__REASON__REASON_E_UNAVAILABLE,
	 "the register took too long; nothing happened"},
	{PIDC_ECONFLICT, PIDC__V1__REASON__REASON_E_EXISTS,
	 "another record has this identity already"},
	{PIDC_ENOMEM, PIDC__V1__REASON__REASON_E_LIMIT, "the request needs too much memory"},
	{PIDC_ELIMIT, PIDC__V1__REASON__REASON_E_LIMIT, "a limit of the register is reached"},
	{PIDC_EINTEGRITY, PIDC__V1__REASON__REASON_E_LEDGER_UNAVAILABLE,
	 "stored data does not agree with the ledger; the operator must look"},
};

void job_fail(struct service_job *job, int rc, const struct pidc_error *err)
{
	/* The text may name tables and values: for the log, not for the caller. */
	job->failure = rc;
	job->failure_text = err->msg[0] == '\0' ? NULL : arena_strdup(job->arena, err->msg);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (failures[i].rc == rc) {
			job_refuse(job, failures[i].reason, NULL, failures[i].detail);
			return;
		}
	}
	job_refuse(job, PIDC__V1__REASON__REASON_E_INTERNAL, NULL,
		   "the register could not do this; nothing happened");
}

int job_answer(struct service_job *job, const ProtobufCMessage *reply)
{
	size_t len = protobuf_c_message_get_packed_size(reply);
	uint8_t *buf = arena_alloc(job->arena, len);

	if (buf == NULL)
		return PIDC_ENOMEM;
	job->reply_len = protobuf_c_message_pack(reply, buf);
	job->reply = buf;
	job->result = 0;
	return 0;
}

Pidc__V1__Position *position_new(uint64_t revision, int64_t tx_us, const char *epoch,
				 struct arena *arena)
{
	Pidc__V1__Position *position =
		(Pidc__V1__Position *)message_new(&pidc__v1__position__descriptor, arena);

	if (position == NULL)
		return NULL;
	position->revision = revision;
	position->tx_time = time_to_proto(arena, tx_us);
	position->register_epoch = arena_strdup(arena, epoch);
	position->durability = PIDC__V1__DURABILITY__DURABILITY_INTEGRATED;
	return position->tx_time == NULL || position->register_epoch == NULL ? NULL : position;
}

Pidc__V1__Position *position_of(const Pidc__Store__V1__Head *head, struct arena *arena)
{
	int64_t tx_us;

	if (head->tx_time == NULL || !time_from_proto(head->tx_time, &tx_us))
		return NULL;
	return position_new(head->size == 0 ? 0 : head->size - 1, tx_us, head->register_epoch,
			    arena);
}
