/* SPDX-License-Identifier: ISC
 *
 * pidcctl consent show: every statement of a consent, read from the bytes that were
 * signed, with the signatures verified here.
 */
#include "client/consent_terms.h"
#include "core/signature.h"
#include "core/text.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/event.pb-c.h"
#include "pidc/v1/ledger.pb-c.h"
#include "wire/guard.h"

#include <string.h>

static void time_put(const Google__Protobuf__Timestamp *ts)
{
	char text[28] = "";
	int64_t us = 0;
	if (ts && time_from_proto(ts, &us))
		time_format(us, text);
	printf("%.10s %.8s UTC", text, strlen(text) > 19 ? text + 11 : "");
}

/* True: the signature is over these bytes. */
static bool signature_show(const char *what, const Pidc__V1__SignedStatement *statement)
{
	uint8_t spki[SHA256_LEN];
	struct pidc_error err = {.code = 0};
	if (statement_verify(statement, spki, &err) < 0) {
		printf("  %s DOES NOT HOLD: ", what);
		escape_print(stdout, err.msg);
		(void)fputc('\n', stdout);
		return false;
	}
	printf("  %s verified here, by the key ", what);
	for (size_t i = 0; i < 8; i++)
		printf("%02x", spki[i]);
	(void)fputs("...\n", stdout);
	return true;
}

/* The ledger's entry of a statement: only there the certificates stand. NULL where it
 * is not for us to see. */
static const Pidc__V1__ConsentRecorded *entry_of(struct ctl *ctl, uint64_t index)
{
	Pidc__V1__ListEntriesRequest request = PIDC__V1__LIST_ENTRIES_REQUEST__INIT;
	ProtobufCMessage *message = NULL;
	request.start = index;
	request.count = 1;
	if (!ctl_try(ctl, "/pidc.v1.LedgerService/ListEntries", &request.base,
		     &pidc__v1__list_entries_response__descriptor, &message, NULL))
		return NULL;
	const Pidc__V1__ListEntriesResponse *answer =
		(const Pidc__V1__ListEntriesResponse *)message;
	if (answer->n_entries != 1 || answer->entries[0]->payload.len == 0 ||
	    guard_unpack(&pidc__v1__event__descriptor, answer->entries[0]->payload.data,
			 answer->entries[0]->payload.len, ctl->arena, &message, NULL) < 0)
		return NULL;
	const Pidc__V1__Event *event = (const Pidc__V1__Event *)message;
	return event->body_case == PIDC__V1__EVENT__BODY_CONSENT_RECORDED ? event->consent_recorded
									  : NULL;
}

/* True: what the ledger has is what we were shown, and its signatures hold. */
static bool signatures_show(struct ctl *ctl, const Pidc__V1__RecordedStatement *recorded)
{
	Pidc__V1__SignedStatement second = PIDC__V1__SIGNED_STATEMENT__INIT;
	const ProtobufCBinaryData *shown = &recorded->signed_->statement;
	const Pidc__V1__ConsentRecorded *entry = entry_of(ctl, recorded->index);
	if (!entry || !entry->signed_) {
		(void)fputs("  Its signature is not for you to see.\n", stdout);
		return true;
	}
	if (entry->signed_->statement.len != shown->len ||
	    memcmp(entry->signed_->statement.data, shown->data, shown->len) != 0) {
		(void)fputs("  THE LEDGER HAS ANOTHER STATEMENT HERE.\n", stdout);
		return false;
	}
	if (!signature_show("Signature", entry->signed_))
		return false;
	second.statement = *shown;
	second.signature = entry->approval;
	return !entry->approval || signature_show("Second signature", &second);
}

static int statement_show(struct ctl *ctl, struct names *names,
			  const Pidc__V1__RecordedStatement *recorded, bool *is_good)
{
	const Pidc__V1__SignedStatement *first = recorded->signed_;
	if (!first)
		return EXIT_OK;
	(void)fputs("\nRecorded ", stdout);
	time_put(recorded->recorded_at);
	printf(" at revision %llu:\n", (unsigned long long)recorded->index);
	int status =
		consent_text_show(ctl, names, first->statement.data, first->statement.len, stdout);
	*is_good = signatures_show(ctl, recorded) && *is_good;
	return status;
}

static int consent_print(struct ctl *ctl, const Pidc__V1__Consent *consent)
{
	const ProtobufCEnumValue *state = protobuf_c_enum_descriptor_get_value(
		&pidc__v1__consent_state__descriptor, (int)consent->state);
	bool is_current = consent->state == PIDC__V1__CONSENT_STATE__CONSENT_STATE_CURRENT;
	bool is_good = true;
	struct names names;
	int status = names_init(&names, ctl);
	if (status == EXIT_OK) {
		terminal_pager_start(&ctl->output.terminal);
		printf("Consent %s: ", consent->consent_id);
		terminal_paint(&ctl->output.terminal, stdout, is_current ? PAINT_GOOD : PAINT_WARN,
			       state ? state->name + strlen("CONSENT_STATE_") : "?");
		(void)fputc('\n', stdout);
	}
	for (size_t i = 0; status == EXIT_OK && i < consent->n_statements; i++)
		status = statement_show(ctl, &names, consent->statements[i], &is_good);
	names_close(&names);
	terminal_pager_end(&ctl->output.terminal);
	if (status == EXIT_OK && !is_good)
		return ctl_fail(ctl, EXIT_INTEGRITY, "", "a signature does not hold");
	return status;
}

int ctl_consent_show(struct ctl *ctl)
{
	ProtobufCMessage *request = NULL;
	ProtobufCMessage *message = NULL;
	int status = ctl_request(ctl, &request);
	if (status != EXIT_OK)
		return status;
	if (ctl->output.format > OUTPUT_WIDE)
		return ctl_run_call(ctl, request, &message);
	status = ctl_call(ctl, ctl->in->command->path, request, ctl->in->command->response,
			  &message);
	if (status != EXIT_OK)
		return status;
	const Pidc__V1__GetConsentResponse *answer = (const Pidc__V1__GetConsentResponse *)message;
	if (!answer->consent)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "the register sent no consent");
	status = consent_print(ctl, answer->consent);
	if (status == EXIT_OK && answer->position)
		(void)fprintf(stderr, "revision %llu\n",
			      (unsigned long long)answer->position->revision);
	return status;
}
