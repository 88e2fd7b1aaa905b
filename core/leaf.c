/* SPDX-License-Identifier: ISC */
#include "core/leaf.h"
#include "core/chain.h"
#include "core/crypto.h"
#include "core/message.h"
#include "core/text.h"

#include <string.h>

/* More than any event has: a release of 256 contributions of 200 columns each
 * comes to some 200,000 values. */
#define PAYLOAD_ELEMENTS_MAX ((size_t)1 << 20)
#define LEAF_ELEMENTS_MAX    ((size_t)4096)

#define EVENT_FIELD_ACTOR 1

static const char payload_prefix[] = "pidc/payload/v1"; /* with its NUL: the 0x00 */
static const char actor_prefix[] = "pidc/actor/v1";
static const char tag_prefix[] = "pidc/tag"; /* without its NUL */

static void salted_commit(const char *prefix, size_t prefix_len, const uint8_t salt[LEAF_SALT_LEN],
			  struct bytes data, uint8_t ret[SHA256_LEN])
{
	const struct bytes pieces[] = {{prefix, prefix_len}, {salt, LEAF_SALT_LEN}, data};

	sha256(pieces, 3, ret);
}

void leaf_payload_commit(const uint8_t salt[LEAF_SALT_LEN], const void *payload, size_t len,
			 uint8_t ret[SHA256_LEN])
{
	salted_commit(payload_prefix, sizeof(payload_prefix), salt, (struct bytes){payload, len},
		      ret);
}

/* Over the Actor's bytes as they stand in the payload. */
static void actor_commit(const uint8_t salt[LEAF_SALT_LEN], const uint8_t *payload, size_t len,
			 uint8_t ret[SHA256_LEN])
{
	salted_commit(actor_prefix, sizeof(actor_prefix), salt,
		      message_field(payload, len, EVENT_FIELD_ACTOR), ret);
}

void leaf_member_tag(const uint8_t *key, size_t key_len, const char *origin,
		     uint8_t ret[SHA256_LEN])
{
	uint8_t text[sizeof(tag_prefix) + 512];
	size_t prefix_len = sizeof(tag_prefix) - 1;
	size_t origin_len = strnlen(origin, 512);

	memcpy(text, tag_prefix, prefix_len);
	memcpy(text + prefix_len, origin, origin_len);
	hmac_sha256(key, key_len, text, prefix_len + origin_len, ret);
}

/* The leaf of a packed event, packed. */
static int leaf_pack(const Pidc__V1__Event *event, const struct leaf_input *in,
		     const ProtobufCBinaryData *payload, struct arena *arena,
		     ProtobufCBinaryData *ret)
{
	uint8_t commit[SHA256_LEN], actor[SHA256_LEN], policy[SHA256_LEN];
	Pidc__V1__Leaf leaf = PIDC__V1__LEAF__INIT;

	leaf_payload_commit(in->salt, payload->data, payload->len, commit);
	actor_commit(in->salt, payload->data, payload->len, actor);
	memcpy(policy, in->policy_digest, SHA256_LEN);
	leaf.version = 1;
	leaf.index = in->index;
	leaf.tx_time_us = in->tx_time_us;
	leaf.entry_type = (uint32_t)event->body_case;
	leaf.entity_id = event->entity_id;
	leaf.entity_version = event->entity_version;
	leaf.payload_commit = (ProtobufCBinaryData){SHA256_LEN, commit};
	leaf.prev_entity_leaf = in->prev_entity_leaf;
	leaf.concerns = (Pidc__V1__Concern **)in->concerns; /* packing does not write */
	leaf.n_concerns = in->concern_count;
	leaf.actor_commit = (ProtobufCBinaryData){SHA256_LEN, actor};
	leaf.policy_digest = (ProtobufCBinaryData){SHA256_LEN, policy};
	return message_pack(&leaf.base, arena, ret);
}

int leaf_make(const Pidc__V1__Event *event, const struct leaf_input *in, struct arena *arena,
	      Pidc__Store__V1__EntryRow *row, struct merkle_hash *ret_hash)
{
	ProtobufCBinaryData payload, leaf;
	Google__Protobuf__Timestamp *tx_time = time_to_proto(arena, in->tx_time_us);
	uint8_t *hash = arena_alloc(arena, SHA256_LEN);
	uint8_t *salt = arena_memdup(arena, in->salt, LEAF_SALT_LEN);
	int rc;

	if (tx_time == NULL || hash == NULL || salt == NULL)
		return PIDC_ENOMEM;
	rc = message_pack(&event->base, arena, &payload);
	if (rc == 0)
		rc = leaf_pack(event, in, &payload, arena, &leaf);
	if (rc != 0)
		return rc;
	merkle_leaf_hash(leaf.data, leaf.len, ret_hash);
	memcpy(hash, ret_hash->bytes, SHA256_LEN);
	row->index = in->index;
	row->tx_time = tx_time;
	row->entry_type = (uint32_t)event->body_case;
	row->entity_id = event->entity_id;
	row->entity_version = event->entity_version;
	row->leaf_hash = (ProtobufCBinaryData){SHA256_LEN, hash};
	row->leaf = leaf;
	row->salt = (ProtobufCBinaryData){LEAF_SALT_LEN, salt};
	row->payload = payload;
	row->concerns = event->concerns;
	row->n_concerns = event->n_concerns;
	return 0;
}

static bool bytes_equal(const ProtobufCBinaryData *data, const uint8_t *expected, size_t len)
{
	return data->len == len && memcmp(data->data, expected, len) == 0;
}

/* The stored hash and the stored leaf fit each other. */
static int hash_check(const Pidc__Store__V1__EntryRow *row, struct pidc_error *err)
{
	struct merkle_hash hash;

	merkle_leaf_hash(row->leaf.data, row->leaf.len, &hash);
	if (!bytes_equal(&row->leaf_hash, hash.bytes, SHA256_LEN))
		return pidc_fail(err, PIDC_EINTEGRITY, "leaf_hash is not the hash of leaf");
	if (row->salt.len != LEAF_SALT_LEN)
		return pidc_fail(err, PIDC_EINTEGRITY, "salt has %zu bytes", row->salt.len);
	return 0;
}

/* The leaf commits to the stored payload and to the actor in it. */
static int commit_check(const Pidc__Store__V1__EntryRow *row, const Pidc__V1__Leaf *leaf,
			struct pidc_error *err)
{
	uint8_t commit[SHA256_LEN];

	leaf_payload_commit(row->salt.data, row->payload.data, row->payload.len, commit);
	if (!bytes_equal(&leaf->payload_commit, commit, SHA256_LEN))
		return pidc_fail(err, PIDC_EINTEGRITY, "payload is not what the leaf commits to");
	actor_commit(row->salt.data, row->payload.data, row->payload.len, commit);
	if (!bytes_equal(&leaf->actor_commit, commit, SHA256_LEN))
		return pidc_fail(err, PIDC_EINTEGRITY, "actor is not what the leaf commits to");
	return 0;
}

/* The columns beside the leaf say what the leaf says. */
static int row_check(const Pidc__Store__V1__EntryRow *row, const Pidc__V1__Leaf *leaf,
		     struct pidc_error *err)
{
	int64_t tx_time_us;

	if (leaf->version != 1)
		return pidc_fail(err, PIDC_EINTEGRITY, "leaf has version %u", leaf->version);
	if (leaf->index != row->index)
		return pidc_fail(err, PIDC_EINTEGRITY, "leaf has index %llu",
				 (unsigned long long)leaf->index);
	if (row->tx_time == NULL || !time_from_proto(row->tx_time, &tx_time_us) ||
	    leaf->tx_time_us != tx_time_us)
		return pidc_fail(err, PIDC_EINTEGRITY, "tx_time differs from the leaf");
	if (leaf->entry_type != row->entry_type)
		return pidc_fail(err, PIDC_EINTEGRITY, "entry_type differs from the leaf");
	if (strcmp(leaf->entity_id, row->entity_id) != 0)
		return pidc_fail(err, PIDC_EINTEGRITY, "entity_id differs from the leaf");
	if (leaf->entity_version != row->entity_version)
		return pidc_fail(err, PIDC_EINTEGRITY, "entity_version differs from the leaf");
	if (leaf->n_concerns != row->n_concerns)
		return pidc_fail(err, PIDC_EINTEGRITY, "concerns differ from the leaf");
	return 0;
}

/* The event says what row and leaf say. */
static int event_check(const Pidc__Store__V1__EntryRow *row, const Pidc__V1__Event *event,
		       struct pidc_error *err)
{
	if ((uint32_t)event->body_case != row->entry_type)
		return pidc_fail(err, PIDC_EINTEGRITY, "entry_type differs from the event");
	if (strcmp(event->entity_id, row->entity_id) != 0 ||
	    event->entity_version != row->entity_version)
		return pidc_fail(err, PIDC_EINTEGRITY, "entity differs from the event");
	if (event->n_concerns != row->n_concerns)
		return pidc_fail(err, PIDC_EINTEGRITY, "concerns differ from the event");
	for (size_t i = 0; i < event->n_concerns; i++)
		if (strcmp(event->concerns[i], row->concerns[i]) != 0)
			return pidc_fail(err, PIDC_EINTEGRITY, "concerns differ from the event");
	return 0;
}

/* Stored bytes that do not parse are a fault of the store, not of a caller. */
static int stored_unpack(const ProtobufCMessageDescriptor *descriptor,
			 const ProtobufCBinaryData *data, size_t max_elements, struct arena *arena,
			 ProtobufCMessage **ret, struct pidc_error *err)
{
	struct pidc_error cause = {0};
	int rc =
		message_unpack(descriptor, data->data, data->len, max_elements, arena, ret, &cause);

	if (rc == PIDC_EINVAL)
		return pidc_fail(err, PIDC_EINTEGRITY, "stored %.60s: %.150s",
				 descriptor->short_name, cause.msg);
	if (rc < 0)
		return pidc_fail(err, rc, "%s", cause.msg);
	return 0;
}

int leaf_check(const Pidc__Store__V1__EntryRow *row, struct arena *arena,
	       Pidc__V1__Event **ret_event, struct pidc_error *err)
{
	ProtobufCMessage *leaf = NULL, *event = NULL;
	int rc = hash_check(row, err);

	if (rc == 0)
		rc = stored_unpack(&pidc__v1__leaf__descriptor, &row->leaf, LEAF_ELEMENTS_MAX,
				   arena, &leaf, err);
	if (rc == 0)
		rc = row_check(row, (const Pidc__V1__Leaf *)leaf, err);
	if (rc == 0)
		rc = commit_check(row, (const Pidc__V1__Leaf *)leaf, err);
	if (rc == 0)
		rc = stored_unpack(&pidc__v1__event__descriptor, &row->payload,
				   PAYLOAD_ELEMENTS_MAX, arena, &event, err);
	if (rc == 0)
		rc = event_check(row, (const Pidc__V1__Event *)event, err);
	if (rc == 0)
		*ret_event = (Pidc__V1__Event *)event;
	return rc;
}

bool leaf_event_is_wide(const Pidc__Store__V1__ApplyEvent *apply)
{
	const Pidc__V1__Event *event = apply->event;

	switch (event->body_case) {
	case PIDC__V1__EVENT__BODY_CONSENT_RECORDED:
		/* Of many chains; of a chain and what waited; of a chain and a request. */
		return apply->statement->n_chains != 0 ||
		       event->consent_recorded->approver_id[0] != '\0' ||
		       event->consent_recorded->answer != 0;
	case PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED:
		return event->contribution_submitted->contribution->replaces_id[0] != '\0';
	case PIDC__V1__EVENT__BODY_RELEASE_GRANTED:
	case PIDC__V1__EVENT__BODY_RELEASE_REFUSED:
	case PIDC__V1__EVENT__BODY_DATASET_DEFINED:
	case PIDC__V1__EVENT__BODY_CODE_ADDED:
	case PIDC__V1__EVENT__BODY_ORGANISATION_REGISTERED:
	case PIDC__V1__EVENT__BODY_PRINCIPAL_REGISTERED:
	case PIDC__V1__EVENT__BODY_INSTANCE_STARTED:
	case PIDC__V1__EVENT__BODY_HOLDER_NOTIFIED:
	case PIDC__V1__EVENT__BODY_CLASS_JOINED:
		return false;
	default:
		return true; /* rare: not worth a thought each */
	}
}
