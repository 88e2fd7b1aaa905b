/* SPDX-License-Identifier: ISC */
#include "core/statement_text.h"

#include "core/consent_check.h"
#include "core/message.h"
#include "core/statement_writer.h"

#include <string.h>

/* Elements of one statement: what check_statement_syntax lets pass is far less. */
#define ELEMENTS_MAX 5000

#define KIND(name) PIDC__V1__STATEMENT_KIND__STATEMENT_KIND_##name

/* --- terms --------------------------------------------------------------------- */

static const char *actions(struct writer *writer)
{
	const Pidc__V1__ConsentStatement *st = writer->st;
	struct part part;

	if (st->n_actions == 0)
		return writer_phrase(writer, PHRASE_ANYTHING);
	if (part_begin(writer, &part) == NULL)
		return "";
	for (size_t i = 0; i < st->n_actions; i++) {
		const char *text = phrase_action(st->actions[i], writer->reader->language);

		(void)fprintf(part.out, "%s%s", i > 0 ? ", " : "", text != NULL ? text : "?");
	}
	return part_end(writer, &part);
}

static void put_class(struct writer *writer, FILE *out, const Pidc__V1__RecipientSelector *to)
{
	const char *class = writer_code(writer, NAME_ORG_CLASS, to->org_class);
	const char *pinned = writer_codes(writer, NAME_ORG, to->pinned_orgs, to->n_pinned_orgs);

	writer_fill(out, writer_phrase(writer, PHRASE_CLASS), (const char *const[4]){class});
	if (to->class_mode == PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED)
		writer_fill(out, writer_phrase(writer, PHRASE_CLASS_PINNED),
			    (const char *const[4]){pinned});
	if (to->class_mode == PIDC__V1__CLASS_MODE__CLASS_MODE_OPEN)
		(void)fputs(writer_phrase(writer, PHRASE_CLASS_OPEN), out);
}

static void recipient(struct writer *writer)
{
	const Pidc__V1__RecipientSelector *to = writer->st->recipient;
	const char *capacity =
		to != NULL ? phrase_capacity(to->capacity, writer->reader->language) : NULL;
	struct part part;

	if (to == NULL || part_begin(writer, &part) == NULL)
		return;
	(void)fputs(writer_codes(writer, NAME_ORG, to->orgs, to->n_orgs), part.out);
	if (to->org_class[0] != '\0')
		put_class(writer, part.out, to);
	if (to->all_partners)
		(void)fputs(writer_phrase(writer, PHRASE_ALL_PARTNERS), part.out);
	if (capacity != NULL)
		writer_fill(part.out, writer_phrase(writer, PHRASE_CAPACITY),
			    (const char *const[4]){capacity});
	writer_sentence(writer, PHRASE_WHOM, part_end(writer, &part), NULL);
}

static void category(struct writer *writer, const Pidc__V1__CategorySelector *selector,
		     const char *owner)
{
	const char *name = writer_code(writer, NAME_CATEGORY, selector->category);
	const char *ceiling = writer_enum(&pidc__v1__granularity__descriptor,
					  (int)selector->granularity_ceiling, "GRANULARITY_");

	writer_fill(writer->out, writer_phrase(writer, PHRASE_CATEGORY),
		    (const char *const[4]){name, owner});
	if (selector->granularity_ceiling != 0)
		writer_fill(writer->out, writer_phrase(writer, PHRASE_CEILING),
			    (const char *const[4]){ceiling});
	(void)fputs(".\n", writer->out);
}

static void data(struct writer *writer, const char *owner)
{
	const Pidc__V1__ConsentStatement *st = writer->st;
	const Pidc__V1__DataSelector *from = st->data;

	if (from != NULL && from->n_dataset_ids > 0)
		writer_sentence(
			writer, PHRASE_DATASETS,
			writer_codes(writer, NAME_DATASET, from->dataset_ids, from->n_dataset_ids),
			NULL);
	if (from != NULL && from->n_contribution_ids > 0)
		writer_sentence(
			writer, PHRASE_CONTRIBUTIONS,
			writer_words(writer, from->contribution_ids, from->n_contribution_ids),
			NULL);
	if (from != NULL && from->category != NULL)
		category(writer, from->category, owner);
	if (from != NULL && from->all_of_owner)
		writer_sentence(writer, PHRASE_ALL_DATA, owner, NULL);
	if (st->n_fields > 0)
		writer_sentence(writer, PHRASE_FIELDS,
				writer_words(writer, st->fields, st->n_fields), NULL);
	if (st->all_fields_of_schema_version != 0)
		writer_sentence(writer, PHRASE_SCHEMA_FIELDS,
				writer_number(writer, st->all_fields_of_schema_version), NULL);
	if (st->n_fields == 0 && st->all_fields_of_schema_version == 0)
		writer_sentence(writer, PHRASE_ALL_FIELDS, NULL, NULL);
	if (st->data_period != NULL)
		writer_sentence(writer, PHRASE_DATA_PERIOD,
				writer_time(writer, st->data_period->from, PHRASE_OPEN_BEGIN),
				writer_time(writer, st->data_period->to, PHRASE_OPEN_END));
	if (st->classification_ceiling != 0)
		writer_sentence(writer, PHRASE_CLASSIFICATION,
				writer_enum(&pidc__v1__classification__descriptor,
					    (int)st->classification_ceiling, "CLASSIFICATION_"),
				NULL);
}

static void condition(struct writer *writer, const Pidc__V1__Condition *condition)
{
	const char *format = phrase_condition(condition->kind, writer->reader->language);
	const char *args[4] = {writer_number(writer, condition->number),
			       writer_number(writer, condition->days)};

	if (condition->until != NULL)
		args[0] = writer_time(writer, condition->until, PHRASE_OPEN_END);
	else if (condition->n_values > 0 &&
		 condition->kind == PIDC__V1__CONDITION_KIND__CONDITION_KIND_ONWARD_TO)
		args[0] = writer_codes(writer, NAME_ORG, condition->values, condition->n_values);
	else if (condition->n_values > 0)
		args[0] = writer_words(writer, condition->values, condition->n_values);
	(void)fputs("- ", writer->out);
	writer_fill(writer->out, format != NULL ? format : "?", args);
	(void)fputc('\n', writer->out);
}

static void terms(struct writer *writer, const char *owner)
{
	static const enum phrase heads[] = {
		[KIND(GRANT)] = PHRASE_GRANT,
		[KIND(VETO)] = PHRASE_FORBID,
		[KIND(CORRECT)] = PHRASE_CORRECT,
	};
	const Pidc__V1__ConsentStatement *st = writer->st;

	writer_sentence(writer, heads[st->kind], owner, actions(writer));
	recipient(writer);
	data(writer, owner);
	if (st->n_purposes > 0)
		writer_sentence(writer, PHRASE_PURPOSES,
				writer_codes(writer, NAME_PURPOSE, st->purposes, st->n_purposes),
				NULL);
	else
		writer_sentence(writer, PHRASE_ANY_PURPOSE, NULL, NULL);
	writer_sentence(writer, PHRASE_VALID,
			writer_time(writer, st->valid_from, PHRASE_FROM_RECORDING),
			writer_time(writer, st->valid_to, PHRASE_UNTIL_REVOKED));
	if (st->n_conditions > 0)
		writer_sentence(writer, PHRASE_CONDITIONS, NULL, NULL);
	for (size_t i = 0; i < st->n_conditions; i++)
		condition(writer, st->conditions[i]);
	if (st->mode == PIDC__V1__GRANT_MODE__GRANT_MODE_ADD)
		writer_sentence(writer, PHRASE_ADD, NULL, NULL);
	if (st->mode == PIDC__V1__GRANT_MODE__GRANT_MODE_EXCLUSIVE)
		writer_sentence(writer, PHRASE_EXCLUSIVE, NULL, NULL);
}

/* --- the rest ------------------------------------------------------------------- */

static void of_chains(struct writer *writer, const char *owner)
{
	const Pidc__V1__ConsentStatement *st = writer->st;

	writer_sentence(writer,
			st->kind == KIND(REVOKE) ? PHRASE_CHAINS_REVOKE : PHRASE_CHAINS_SUSPEND,
			owner, writer_number(writer, (uint32_t)st->n_chains));
	for (size_t i = 0; i < st->n_chains; i++)
		writer_sentence(writer, PHRASE_CHAIN, st->chains[i]->consent_id,
				writer_number(writer, st->chains[i]->version));
	if (st->kind == KIND(REVOKE))
		writer_sentence(writer, st->fall_back ? PHRASE_FALL_BACK : PHRASE_NO_FALL_BACK,
				NULL, NULL);
}

static void of_chain(struct writer *writer, const char *owner)
{
	const Pidc__V1__ConsentStatement *st = writer->st;

	if (st->kind == KIND(REFUSE)) {
		writer_sentence(writer, PHRASE_REFUSE, owner, st->consent_request_id);
		if (st->ack_existing)
			writer_sentence(writer, PHRASE_ACK_EXISTING, NULL, NULL);
	} else if (st->kind == KIND(REVOKE)) {
		writer_sentence(writer, PHRASE_REVOKE, owner, st->consent_id);
		writer_sentence(writer, st->fall_back ? PHRASE_FALL_BACK : PHRASE_NO_FALL_BACK,
				NULL, NULL);
	} else {
		writer_sentence(writer, st->kind == KIND(SUSPEND) ? PHRASE_SUSPEND : PHRASE_RESUME,
				owner, st->consent_id);
	}
}

static const char *hex(struct writer *writer, const ProtobufCBinaryData *digest)
{
	char *text = arena_alloc(writer->arena, 2 * digest->len + 1);

	for (size_t i = 0; text != NULL && i < digest->len; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest->data[i]);
	return text != NULL ? text : "?";
}

static void tail(struct writer *writer)
{
	const Pidc__V1__ConsentStatement *st = writer->st;
	struct part part;

	if (st->reason[0] != '\0' && part_begin(writer, &part) != NULL) {
		writer_quote(part.out, st->reason);
		writer_sentence(writer, PHRASE_REASON, part_end(writer, &part), NULL);
	}
	if (st->consent_request_id[0] != '\0' && st->kind != KIND(REFUSE))
		writer_sentence(writer, PHRASE_REQUEST, st->consent_request_id, NULL);
	if (st->notice_digest.len > 0)
		writer_sentence(writer, PHRASE_NOTICE, hex(writer, &st->notice_digest), NULL);
	if (st->n_chains != 0) {
		writer_sentence(writer, PHRASE_IDS_CHAINS, st->statement_id, st->origin);
		return;
	}
	writer_fill(writer->out, writer_phrase(writer, PHRASE_IDS),
		    (const char *const[4]){st->consent_id, writer_number(writer, st->version),
					   st->statement_id, st->origin});
	(void)fputc('\n', writer->out);
}

static bool is_selected(const Pidc__V1__DataSelector *data)
{
	return data != NULL && (data->n_contribution_ids > 0 || data->n_dataset_ids > 0 ||
				data->category != NULL || data->all_of_owner);
}

/* The other kinds speak of a chain or a request. */
static bool has_terms(const Pidc__V1__ConsentStatement *st)
{
	return st->kind == KIND(GRANT) || st->kind == KIND(VETO) || st->kind == KIND(CORRECT);
}

/* Nothing that a kind has no sentence for may stand in the bytes. */
static int check_shown(const Pidc__V1__ConsentStatement *st, struct pidc_error *err)
{
	struct refusal refusal = {.reason = 0};
	const Pidc__V1__RecipientSelector *to = st->recipient;
	int rc = check_statement_syntax(st, &refusal);

	if (rc == 0 && !has_terms(st))
		rc = check_no_terms(st, &refusal);
	if (rc < 0)
		return pidc_fail(err, PIDC_EINVAL, "%s: %s", refusal.field,
				 refusal.detail[0] != '\0' ? refusal.detail
							   : reason_lookup(refusal.reason)->en);
	if (has_terms(st) && !is_selected(st->data))
		return pidc_fail(err, PIDC_EINVAL, "data: nothing is selected");
	if (has_terms(st) && (to == NULL || to->capacity == 0 ||
			      (to->n_orgs == 0 && to->org_class[0] == '\0' && !to->all_partners)))
		return pidc_fail(err, PIDC_EINVAL, "recipient: nobody is named, or no capacity");
	if (has_terms(st) && st->fall_back)
		return pidc_fail(err, PIDC_EINVAL, "fall_back: only with REVOKE");
	if (has_terms(st) && st->n_chains != 0)
		return pidc_fail(err, PIDC_EINVAL, "chains: only with REVOKE and SUSPEND");
	if (has_terms(st) && st->ack_existing)
		return pidc_fail(err, PIDC_EINVAL, "ack_existing: only with REFUSE");
	if (st->kind == KIND(REFUSE) && st->consent_request_id[0] == '\0')
		return pidc_fail(err, PIDC_EINVAL, "consent_request_id: REFUSE names the request");
	if (to != NULL && to->org_class[0] == '\0' && to->class_mode != 0)
		return pidc_fail(err, PIDC_EINVAL, "recipient.class_mode: only with a class");
	if (to != NULL && to->n_pinned_orgs > 0 &&
	    (to->org_class[0] == '\0' || to->class_mode != PIDC__V1__CLASS_MODE__CLASS_MODE_PINNED))
		return pidc_fail(err, PIDC_EINVAL, "recipient.pinned_orgs: only with PINNED");
	return 0;
}

int statement_text(const uint8_t *bytes, size_t len, const struct statement_reader *reader,
		   struct arena *arena, char **ret, struct pidc_error *err)
{
	struct writer writer = {.reader = reader, .arena = arena};
	ProtobufCMessage *message;
	struct part part;
	int rc = message_unpack(&pidc__v1__consent_statement__descriptor, bytes, len, ELEMENTS_MAX,
				arena, &message, err);

	if (rc < 0)
		return rc;
	writer.st = (const Pidc__V1__ConsentStatement *)message;
	rc = check_shown(writer.st, err);
	if (rc < 0)
		return rc;
	writer.out = part_begin(&writer, &part);
	if (writer.out == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "no memory for the text");
	const char *owner = writer_code(&writer, NAME_ORG, writer.st->owner_org);

	if (has_terms(writer.st))
		terms(&writer, owner);
	else if (writer.st->n_chains != 0)
		of_chains(&writer, owner);
	else
		of_chain(&writer, owner);
	tail(&writer);
	*ret = (char *)(uintptr_t)part_end(&writer, &part);
	return writer.has_failed ? pidc_fail(err, PIDC_ENOMEM, "no memory for the text") : 0;
}
