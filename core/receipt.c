/* SPDX-License-Identifier: ISC
 *
 * Receipts: the recipient says what arrived. A chunk whose digest is known can only
 * be acknowledged with that digest, so that a receipt is worth something.
 */
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

/* As disclosure.proto says. */
#define RECEIPT_CHUNKS_MAX 256

static const Pidc__Store__V1__ChunkFacts *chunk_find(const Pidc__Store__V1__AcknowledgeFacts *facts,
						     uint32_t chunk)
{
	for (size_t i = 0; i < facts->n_chunks; i++)
		if (facts->chunks[i]->chunk == chunk)
			return facts->chunks[i];
	return NULL;
}

static int check_receipt(const Pidc__V1__AcknowledgeDisclosureRequest *request, size_t at,
			 const Pidc__Store__V1__AcknowledgeFacts *facts, struct refusal *refusal)
{
	const Pidc__V1__ChunkReceipt *receipt = request->chunks[at];
	const Pidc__Store__V1__ChunkFacts *chunk = chunk_find(facts, receipt->chunk);
	int rc = check_digest(refusal, "chunks.delivery_digest", &receipt->delivery_digest, false);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < at; i++)
		if (request->chunks[i]->chunk == receipt->chunk)
			return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "chunks.chunk",
				      "%u stands twice", receipt->chunk);
	if (chunk == NULL)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "chunks.chunk", "%u",
			      receipt->chunk);
	if (chunk->is_acknowledged)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_STATE, "chunks.chunk",
			      "%u is acknowledged already", receipt->chunk);
	if (chunk->delivery_digest.len != 0 &&
	    (chunk->delivery_digest.len != receipt->delivery_digest.len ||
	     memcmp(chunk->delivery_digest.data, receipt->delivery_digest.data,
		    receipt->delivery_digest.len) != 0))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "chunks.delivery_digest",
			      "chunk %u was released with another digest: fetch it again",
			      receipt->chunk);
	return 0;
}

int rule_acknowledge_disclosure(const struct rule_input *in, Pidc__V1__Event *event,
				struct refusal *refusal)
{
	const Pidc__V1__AcknowledgeDisclosureRequest *request =
		(const Pidc__V1__AcknowledgeDisclosureRequest *)in->request;
	const Pidc__Store__V1__AcknowledgeFacts *facts =
		(const Pidc__Store__V1__AcknowledgeFacts *)in->facts;
	Pidc__V1__DisclosureAcknowledged *made = arena_alloc(in->arena, sizeof(*made));
	const char *parties[2] = {facts->recipient_org, facts->owner_org};
	int rc = 0;

	if (made == NULL)
		return PIDC_ENOMEM;
	if (request->n_chunks == 0 || request->n_chunks > RECEIPT_CHUNKS_MAX)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "chunks", "1 to %d",
			      RECEIPT_CHUNKS_MAX);
	/* What somebody else received does not exist. */
	if (!text_is_uuid(request->disclosure_id) ||
	    strcmp(facts->recipient_org, in->actor->org) != 0)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_NOT_FOUND, "disclosure_id", NULL);
	for (size_t i = 0; rc == 0 && i < request->n_chunks; i++)
		rc = check_receipt(request, i, facts, refusal);
	if (rc < 0)
		return rc;
	pidc__v1__disclosure_acknowledged__init(made);
	made->disclosure_id = request->disclosure_id;
	made->owner_org = facts->owner_org;
	made->recipient_org = facts->recipient_org;
	made->chunks = request->chunks;
	made->n_chunks = request->n_chunks;
	event->body_case = PIDC__V1__EVENT__BODY_DISCLOSURE_ACKNOWLEDGED;
	event->disclosure_acknowledged = made;
	rc = event_set_entity(in, event, in->new_id, 1);
	return rc < 0 ? rc : event_set_concerns(in, event, parties, 2);
}
