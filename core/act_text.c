/* SPDX-License-Identifier: ISC */
#include "core/act_text.h"
#include "core/statement_writer.h"

#include <stdlib.h>

static void sentence(struct writer *writer, enum phrase which, const char *const args[4])
{
	writer_fill(writer->out, writer_phrase(writer, which), args);
	(void)fputc('\n', writer->out);
}

static void reason(struct writer *writer, const char *text)
{
	struct part part;

	if (*text == '\0' || part_begin(writer, &part) == NULL)
		return;
	writer_quote(part.out, text);
	writer_sentence(writer, PHRASE_REASON, part_end(writer, &part), NULL);
}

static const char *or_unknown(const char *text)
{
	return text == NULL ? "?" : text;
}

static void approval_write(struct writer *writer, const Pidc__V1__ApprovalStatement *statement,
			   const Pidc__V1__Approval *approval)
{
	enum statement_language language = writer->reader->language;

	sentence(writer, statement->is_approved ? PHRASE_CONFIRM_RELEASE : PHRASE_REFUSE_RELEASE,
		 (const char *const[4]){writer_code(writer, NAME_ORG, statement->owner_org),
					statement->approval_id,
					writer_code(writer, NAME_ORG, approval->recipient_org),
					or_unknown(phrase_capacity(approval->capacity, language))});
	sentence(
		writer, PHRASE_RELEASE_TERMS,
		(const char *const[4]){writer_code(writer, NAME_PURPOSE, approval->purpose),
				       or_unknown(phrase_action(approval->action, language)),
				       writer_words(writer, approval->fields, approval->n_fields)});
	writer_sentence(
		writer, PHRASE_RELEASE_ITEMS,
		writer_number(writer, (uint32_t)approval->n_contribution_ids),
		writer_words(writer, approval->contribution_ids, approval->n_contribution_ids));
	if (statement->is_approved)
		writer_sentence(writer, PHRASE_RELEASE_ONCE,
				writer_time(writer, statement->valid_to, PHRASE_OPEN_END), NULL);
	reason(writer, statement->reason);
	writer_sentence(writer, PHRASE_REGISTER, statement->origin, NULL);
}

static void reclassification_write(struct writer *writer, const Pidc__V1__Reclassification *said)
{
	const ProtobufCEnumDescriptor *type = &pidc__v1__classification__descriptor;

	sentence(writer, PHRASE_LOWER,
		 (const char *const[4]){writer_code(writer, NAME_ORG, said->owner_org),
					said->contribution_id,
					writer_enum(type, (int)said->from, "CLASSIFICATION_"),
					writer_enum(type, (int)said->to, "CLASSIFICATION_")});
	writer_sentence(writer, PHRASE_LOWER_VERSION, writer_number(writer, said->version), NULL);
	reason(writer, said->reason);
	writer_sentence(writer, PHRASE_REGISTER, said->origin, NULL);
}

static int text_begin(struct writer *writer, struct part *part)
{
	writer->out = part_begin(writer, part);
	return writer->out == NULL ? PIDC_ENOMEM : 0;
}

static int text_end(struct writer *writer, struct part *part, char **ret)
{
	const char *text = part_end(writer, part);

	if (writer->has_failed)
		return PIDC_ENOMEM;
	*ret = (char *)(uintptr_t)text;
	return 0;
}

int approval_text(const Pidc__V1__ApprovalStatement *statement, const Pidc__V1__Approval *approval,
		  const struct statement_reader *reader, struct arena *arena, char **ret)
{
	struct writer writer = {.reader = reader, .arena = arena};
	struct part part;

	if (text_begin(&writer, &part) < 0)
		return PIDC_ENOMEM;
	approval_write(&writer, statement, approval);
	return text_end(&writer, &part, ret);
}

int reclassification_text(const Pidc__V1__Reclassification *said,
			  const struct statement_reader *reader, struct arena *arena, char **ret)
{
	struct writer writer = {.reader = reader, .arena = arena};
	struct part part;

	if (text_begin(&writer, &part) < 0)
		return PIDC_ENOMEM;
	reclassification_write(&writer, said);
	return text_end(&writer, &part, ret);
}
