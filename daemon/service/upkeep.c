/* SPDX-License-Identifier: ISC
 *
 * What the daemon asks of the register, and tells it, for itself.
 */
#include "daemon/service/internal.h"

#include <string.h>

static int keys_ask(struct db *db, uint8_t (*keys)[32], size_t n, struct arena *arena,
		    Pidc__Store__V1__KeyList *ret, struct pidc_error *err)
{
	Pidc__Store__V1__KeyList ask = PIDC__STORE__V1__KEY_LIST__INIT;

	ask.keys = arena_calloc(arena, n, sizeof(*ask.keys));
	if (ask.keys == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		ask.keys[i].data = keys[i];
		ask.keys[i].len = SHA256_LEN;
	}
	ask.n_keys = n;
	return db_query_into(db, DB_KEYS_ENDED, &ask.base, NULL, arena, &ret->base, NULL, NULL,
			     err);
}

int service_keys_ended(struct db *db, uint8_t (*keys)[32], size_t n, bool *ret_ended,
		       struct pidc_error *err)
{
	Pidc__Store__V1__KeyList ended = PIDC__STORE__V1__KEY_LIST__INIT;
	struct arena *arena = arena_new(0);
	int rc = arena == NULL ? PIDC_ENOMEM : keys_ask(db, keys, n, arena, &ended, err);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		ret_ended[i] = false;
		for (size_t j = 0; j < ended.n_keys; j++)
			ret_ended[i] |= ended.keys[j].len == SHA256_LEN &&
					memcmp(ended.keys[j].data, keys[i], SHA256_LEN) == 0;
	}
	arena_free(arena);
	return rc;
}

/* A command of the daemon's own. */
static int own_job(const struct service_method *method, const ProtobufCMessage *request,
		   struct arena *arena, struct service_job *ret)
{
	size_t len = protobuf_c_message_get_packed_size(request);
	uint8_t *bytes = arena_alloc(arena, len);

	if (bytes == NULL)
		return PIDC_ENOMEM;
	*ret = (struct service_job){
		.method = method,
		.request_bytes = bytes,
		.request_len = protobuf_c_message_pack(request, bytes),
		.request = request,
		.principal_id = "pidcd",
		.arena = arena,
		.is_bootstrap = true,
	};
	return 0;
}

int service_start(struct arena *arena, struct service_job *ret)
{
	Pidc__Store__V1__InstanceStart *request = (Pidc__Store__V1__InstanceStart *)message_new(
		&pidc__store__v1__instance_start__descriptor, arena);

	if (request == NULL)
		return PIDC_ENOMEM;
	request->request_id = arena_strdup(arena, service_config->instance_id);
	request->instance_id = request->request_id;
	request->version = arena_strdup(arena, PIDC_VERSION);
	if (request->request_id == NULL || request->version == NULL)
		return PIDC_ENOMEM;
	return own_job(service_start_method, &request->base, arena, ret);
}

int service_fold(struct arena *arena, struct service_job *ret)
{
	ProtobufCMessage *request = message_new(&pidc__store__v1__empty__descriptor, arena);

	return request == NULL ? PIDC_ENOMEM : own_job(service_fold_method, request, arena, ret);
}

int service_analyze(struct db *db, bool is_all, uint64_t *ret_count, struct pidc_error *err)
{
	Pidc__Store__V1__Analyze analyze = PIDC__STORE__V1__ANALYZE__INIT;
	struct arena *arena = arena_new(0);
	int rc = PIDC_ENOMEM;

	analyze.is_all = is_all;
	if (arena != NULL)
		rc = db_query_into(db, DB_ANALYZE, &analyze.base, NULL, arena, &analyze.base, NULL,
				   NULL, err);
	if (rc == 0)
		*ret_count = analyze.count;
	arena_free(arena);
	return rc;
}
