/* SPDX-License-Identifier: ISC */
#include "tests/db/register.h"

#include "core/message.h"
#include "tests/lib/cert.h"
#include "tests/lib/pg.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct register_world world;

static void import_line(const char *line)
{
	struct service_job job;
	struct pidc_error err = {0};

	assert_good(service_import_line(world.db, line, world.arena, &job, &err), &err);
	if (job.result != 0)
		fail_msg("%s: %s %s", line, reason_name(job.refusal.reason), job.refusal.detail);
}

void register_import_seeds(void)
{
	static const char *const files[] = {"00-organisations", "10-codes", "20-members",
					    "30-partners"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[512];
		char line[8192];
		FILE *f;

		snprintf(path, sizeof(path), "%s/sql/seed/%s.jsonl", getenv("PIDC_SOURCE_DIR"),
			 files[i]);
		f = fopen(path, "r");
		assert_non_null(f);
		while (fgets(line, sizeof(line), f) != NULL)
			import_line(line);
		fclose(f);
	}
}

int register_setup(void **state)
{
	struct service_info info = {.origin = "pidc.test/register", .max_clock_step_us = 60000000};
	struct db_options options = {.application_name = "test"};
	struct pidc_error err = {0};

	(void)state;
	uuid_random(info.instance_id);
	service_init(&info);
	world.arena = arena_new(0);
	world.dir = cert_dir_new();
	assert_good(pg_start(&world.pg, &err), &err);
	assert_good(db_migrate(pg_url(world.pg, "postgres", "postgres"), NULL, &err), &err);
	options.url = pg_url(world.pg, "postgres", "postgres");
	assert_good(db_open(&options, true, &world.owner, &err), &err);
	options.url = pg_url(world.pg, "pidc_app", "postgres");
	assert_good(db_open(&options, true, &world.db, &err), &err);
	register_import_seeds();
	return 0;
}

int register_teardown(void **state)
{
	(void)state;
	db_close(world.db);
	db_close(world.owner);
	pg_stop(world.pg);
	cert_dir_remove(world.dir);
	arena_free(world.arena);
	return 0;
}

static char *base64(const uint8_t *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = arena_alloc(world.arena, (len + 2) / 3 * 4 + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)data[i] << 16 |
			     (uint32_t)(i + 1 < len ? data[i + 1] : 0) << 8 |
			     (uint32_t)(i + 2 < len ? data[i + 2] : 0);

		text[n++] = digits[v >> 18];
		text[n++] = digits[v >> 12 & 63];
		text[n++] = i + 1 < len ? digits[v >> 6 & 63] : '=';
		text[n++] = i + 2 < len ? digits[v & 63] : '=';
	}
	text[n] = '\0';
	return text;
}

static const char *fresh_id(void)
{
	char id[37];

	uuid_random(id);
	return arena_strdup(world.arena, id);
}

void caller_init(struct caller *caller, const char *principal_id, const char *org, const char *role)
{
	struct cert_spec spec = {.uris = {{principal_id, 0}}, .is_client = true};
	struct cert_ca *ca = cert_ca_new("test root");
	const char *crt = cert_path(world.dir, fresh_id());
	const char *key = cert_path(world.dir, fresh_id());
	Pidc__V1__SignedStatement *probe = NULL;
	struct pidc_error err = {0};

	*caller = (struct caller){.principal_id = principal_id};
	cert_write(ca, &spec, crt, key);
	cert_ca_free(ca);
	assert_good(signing_key_load(key, crt, &caller->key, &err), &err);
	assert_good(statement_sign(caller->key, (const uint8_t *)"x", 1, world.arena, &probe, &err),
		    &err);
	assert_good(statement_verify(probe, caller->spki_sha256, &err), &err);
	import_line(arena_printf(
		world.arena,
		"{\"method\":\"pidc.v1.IdentityService/RegisterPrincipal\",\"request\":{"
		"\"requestId\":\"%s\",\"principalId\":\"%s\",\"org\":\"%s\",\"title\":\"x\","
		"\"roles\":[\"ROLE_%s\"],\"spkiSha256\":\"%s\","
		"\"notAfter\":\"2099-01-01T00:00:00Z\"}}",
		fresh_id(), principal_id, org, role, base64(caller->spki_sha256, SHA256_LEN)));
}

void caller_close(struct caller *caller)
{
	signing_key_free(caller->key);
}

struct service_job *job_of(const struct caller *caller, const char *path,
			   const ProtobufCMessage *request)
{
	struct service_job *job = arena_alloc(world.arena, sizeof(*job));
	uint8_t *bytes;

	job->method = service_method_find(path);
	assert_non_null(job->method);
	job->request = request;
	job->request_len = protobuf_c_message_get_packed_size(request);
	bytes = arena_alloc(world.arena, job->request_len);
	protobuf_c_message_pack(request, bytes);
	job->request_bytes = bytes;
	memcpy(job->spki_sha256, caller->spki_sha256, SHA256_LEN);
	job->principal_id = caller->principal_id;
	job->capacity = caller->capacity;
	job->arena = world.arena;
	return job;
}

struct service_job *job_new(const struct caller *caller, const char *path, const char *json)
{
	const struct service_method *method = service_method_find(path);
	struct pidc_error err = {0};
	ProtobufCMessage *request = NULL;

	assert_non_null(method);
	if (*json == '+')
		json = arena_printf(world.arena, "{\"requestId\":\"%s\",%s", fresh_id(), json + 2);
	assert_good(json_parse(service_method_request(method), json, strlen(json), world.arena,
			       &request, &err),
		    &err);
	return job_of(caller, path, request);
}

void job_run(struct service_job *job)
{
	if (service_method_lane(job->method) == LANE_WRITE)
		service_run_write(world.db, &job, 1);
	else
		service_run_read(world.db, &job, 1);
}

void assert_ok(const struct service_job *job)
{
	if (job->result != 0)
		fail_msg("%s %s: %s %s", reason_name(job->refusal.reason), job->refusal.field,
			 job->refusal.detail, job->failure_text != NULL ? job->failure_text : "");
}

void assert_refused(const struct service_job *job, Pidc__V1__Reason reason, const char *field)
{
	assert_int_equal(job->result, PIDC_EREFUSED);
	assert_string_equal(reason_name(job->refusal.reason), reason_name(reason));
	assert_string_equal(job->refusal.field, field);
}

const ProtobufCMessage *call_ok(const struct caller *caller, const char *path,
				const ProtobufCMessageDescriptor *reply, const char *json)
{
	struct service_job *job = job_new(caller, path, json);
	ProtobufCMessage *message;

	job_run(job);
	assert_ok(job);
	message = protobuf_c_message_unpack(reply, arena_protobuf(world.arena), job->reply_len,
					    job->reply);
	assert_non_null(message);
	return message;
}

void call_refused(const struct caller *caller, const char *path, Pidc__V1__Reason reason,
		  const char *field, const char *json)
{
	struct service_job *job = job_new(caller, path, json);

	job_run(job);
	assert_refused(job, reason, field);
}

const char *signed_json(const struct caller *who, const ProtobufCMessage *message)
{
	Pidc__V1__SignedStatement *made = NULL;
	struct pidc_error err = {0};
	ProtobufCBinaryData packed;

	assert_int_equal(message_pack(message, world.arena, &packed), 0);
	assert_good(statement_sign(who->key, packed.data, packed.len, world.arena, &made, &err),
		    &err);
	return arena_printf(world.arena,
			    "{\"statement\":\"%s\",\"signature\":{\"algorithm\":\"%s\","
			    "\"certificateChain\":[\"%s\"],\"value\":\"%s\"}}",
			    base64(packed.data, packed.len), made->signature->algorithm,
			    base64(made->signature->certificate_chain[0].data,
				   made->signature->certificate_chain[0].len),
			    base64(made->signature->value.data, made->signature->value.len));
}

void assert_sql(const char *condition)
{
	struct pidc_error err = {0};
	const char *sql = arena_printf(world.arena,
				       "SET search_path = pidc; DO $do$ BEGIN IF (%s) IS NOT TRUE "
				       "THEN RAISE 'it is not so'; END IF; END $do$",
				       condition);

	if (db_exec(world.owner, sql, &err) < 0)
		fail_msg("%s: %s", condition, err.msg);
}

static const Pidc__V1__VerifyDeepResponse *verify_step(struct service_steps *steps, struct db *own,
						       struct service_job *job, bool *is_last)
{
	const Pidc__V1__VerifyDeepResponse *reply;

	if (service_steps_next(steps, own, world.arena, job, is_last) < 0)
		fail_msg("%s %s", job->refusal.detail,
			 job->failure_text != NULL ? job->failure_text : "");
	reply = pidc__v1__verify_deep_response__unpack(arena_protobuf(world.arena), job->reply_len,
						       job->reply);
	assert_non_null(reply);
	if (reply->finding != NULL)
		print_error("%s %s %s: expected %s, found %s\n", reply->finding->table,
			    reply->finding->key, reply->finding->column, reply->finding->expected,
			    reply->finding->found);
	return reply;
}

uint64_t register_verify(const struct caller *auditor, const Pidc__V1__VerifyFinding **ret_first)
{
	struct db_options options = {.application_name = "verify",
				     .url = pg_url(world.pg, "pidc_app", "postgres")};
	struct service_job *job = job_new(auditor, "/pidc.v1.LedgerService/VerifyDeep", "{}");
	struct service_steps *steps = NULL;
	struct pidc_error err = {0};
	struct db *own = NULL;
	bool is_last = false;
	uint64_t count = 0;

	*ret_first = NULL;
	assert_good(db_open(&options, true, &own, &err), &err);
	assert_int_equal(service_steps_start(own, job, &steps), 0);
	for (int i = 0; i < 1000 && !is_last; i++) {
		const Pidc__V1__VerifyDeepResponse *reply = verify_step(steps, own, job, &is_last);

		if (reply->finding != NULL && *ret_first == NULL)
			*ret_first = reply->finding;
		count = reply->finding_count;
	}
	assert_true(is_last);
	service_steps_free(steps);
	db_close(own);
	return count;
}

void assert_verified(const struct caller *auditor)
{
	const Pidc__V1__VerifyFinding *first;

	assert_int_equal(register_verify(auditor, &first), 0);
}
