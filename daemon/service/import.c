/* SPDX-License-Identifier: ISC
 *
 * Offline import: JSON lines of requests, through the very same four steps.
 */
#include "daemon/service/internal.h"
#include "wire/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* {"method": "pidc.v1.MemberService/AdmitMember", "request": {...}} */
static int line_parse(const char *line, struct arena *arena, struct service_job *job,
		      struct pidc_error *err)
{
	json_error_t where;
	json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, &where);
	const char *name = json_string_value(json_object_get(root, "method"));
	json_t *request = json_object_get(root, "request");
	ProtobufCMessage *message = NULL;
	char *text = NULL;
	int rc = 0;

	if (name == NULL || !json_is_object(request))
		rc = pidc_fail(err, PIDC_EINVAL,
			       "not {\"method\": \"...\", \"request\": {...}}: %s",
			       root == NULL ? where.text : "member missing");
	if (rc == 0) {
		char *path = arena_printf(arena, "/%s", name);

		job->method = path == NULL ? NULL : service_method_find(path);
		text = json_dumps(request, JSON_COMPACT);
		if (job->method == NULL || job->method->command == NULL)
			rc = pidc_fail(err, PIDC_EINVAL, "%s is no command", name);
		else if (text == NULL)
			rc = PIDC_ENOMEM;
	}
	if (rc == 0)
		rc = json_parse(job->method->request, text, strlen(text), arena, &message, err);
	job->request = message;
	free(text);
	json_decref(root);
	return rc;
}

int service_import_line(struct db *db, const char *line, struct arena *arena,
			struct service_job *ret_job, struct pidc_error *err)
{
	uint8_t *bytes;
	int rc;

	memset(ret_job, 0, sizeof(*ret_job));
	ret_job->arena = arena;
	ret_job->is_bootstrap = true;
	ret_job->principal_id = "bootstrap";
	rc = line_parse(line, arena, ret_job, err);
	if (rc < 0)
		return rc;
	ret_job->request_len = protobuf_c_message_get_packed_size(ret_job->request);
	bytes = arena_alloc(arena, ret_job->request_len);
	if (bytes == NULL)
		return PIDC_ENOMEM;
	protobuf_c_message_pack(ret_job->request, bytes);
	ret_job->request_bytes = bytes;
	service_run_write(db, &ret_job, 1);
	return 0;
}
