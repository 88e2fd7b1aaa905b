/* SPDX-License-Identifier: ISC
 *
 * pidcctl upload put: a file in parts. The register knows it by its hash, so that the
 * same command goes on where the link broke.
 */
#include "client/content.h"
#include "client/ctl.h"
#include "client/progress.h"
#include "core/crypto.h"
#include "pidc/v1/data.pb-c.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As data.proto says. */
#define PART_MAX ((size_t)128 * 1024)

/* Broken links in a row that bring nothing; as for an import. */
#define ATTEMPTS_MAX 5

struct put {
	struct ctl *ctl;
	FILE *file;
	uint8_t sha256[SHA256_LEN];
	uint64_t size;
	struct progress progress;
	Pidc__V1__Upload upload; /* as the register has it; its texts are upload_id */
	char upload_id[40];
};

static void upload_keep(struct put *put, const Pidc__V1__Upload *upload)
{
	put->upload = *upload;
	(void)snprintf(put->upload_id, sizeof(put->upload_id), "%s", upload->upload_id);
	put->upload.upload_id = put->upload_id;
	put->progress.done = upload->offset;
}

/* Where to begin; also after a broken link. */
static bool upload_begin(struct put *put, struct channel_status *ret_status)
{
	Pidc__V1__BeginUploadRequest request = PIDC__V1__BEGIN_UPLOAD_REQUEST__INIT;
	ProtobufCMessage *message = NULL;
	request.sha256 = (ProtobufCBinaryData){SHA256_LEN, put->sha256};
	request.size = put->size;
	if (!ctl_try(put->ctl, put->ctl->in->command->path, &request.base,
		     put->ctl->in->command->response, &message, ret_status))
		return false;
	const Pidc__V1__Upload *upload = ((const Pidc__V1__BeginUploadResponse *)message)->upload;
	if (!upload) {
		status_of_exit(EXIT_UNEXPECTED, "", "the register sent no upload", ret_status);
		return false;
	}
	upload_keep(put, upload);
	return true;
}

/* The part that begins at the register's offset. An offset that does not grow would
 * send the same part for ever. */
static bool part_send(struct put *put, uint8_t *buffer, struct channel_status *ret_status)
{
	Pidc__V1__UploadPartRequest request = PIDC__V1__UPLOAD_PART_REQUEST__INIT;
	ProtobufCMessage *message = NULL;
	uint8_t digest[SHA256_LEN];
	size_t len = 0;
	if (put->upload.offset < put->size &&
	    fseeko(put->file, (off_t)put->upload.offset, SEEK_SET) == 0)
		len = fread(buffer, 1, PART_MAX, put->file);
	if (len == 0) {
		status_of_exit(EXIT_USAGE, "", "the file has become shorter", ret_status);
		return false;
	}
	sha256(&(struct bytes){buffer, len}, 1, digest);
	request.upload_id = put->upload_id;
	request.offset = put->upload.offset;
	request.data = (ProtobufCBinaryData){len, buffer};
	request.sha256 = (ProtobufCBinaryData){SHA256_LEN, digest};
	if (!ctl_try(put->ctl, "/pidc.v1.DataService/UploadPart", &request.base,
		     &pidc__v1__upload_part_response__descriptor, &message, ret_status))
		return false;
	const Pidc__V1__Upload *upload = ((const Pidc__V1__UploadPartResponse *)message)->upload;
	if (!upload || upload->offset <= put->upload.offset) {
		status_of_exit(EXIT_UNEXPECTED, "", "the register took nothing", ret_status);
		return false;
	}
	upload_keep(put, upload);
	return true;
}

/* True: the link is worth another try, and we have waited for it. */
static bool link_wait(struct put *put, const struct channel_status *status, unsigned *attempts)
{
	ctl_disconnect(put->ctl);
	if (exit_of_status(status) != EXIT_UNAVAILABLE || ++*attempts > ATTEMPTS_MAX)
		return false;
	progress_clear(&put->progress);
	(void)fprintf(stderr, "the connection was lost after %llu bytes; trying again\n",
		      (unsigned long long)put->upload.offset);
	(void)sleep(1U << *attempts);
	return true;
}

/* A call's memory goes with it: a file has many parts. */
static bool step(struct put *put, bool is_begin, uint8_t *buffer, struct channel_status *ret_status)
{
	struct arena *kept = put->ctl->arena;
	struct arena *arena = arena_new(0);
	bool is_good = false;
	if (!arena) {
		status_of_exit(EXIT_UNEXPECTED, "", "no memory for a part", ret_status);
		return false;
	}
	put->ctl->arena = arena;
	is_good = is_begin ? upload_begin(put, ret_status) : part_send(put, buffer, ret_status);
	put->ctl->arena = kept;
	arena_free(arena);
	return is_good;
}

static int parts_send(struct put *put, uint8_t *buffer)
{
	struct channel_status status = {.code = 0};
	unsigned attempts = 0;
	bool has_begun = false;
	bool is_begin = true;
	while (is_begin || put->upload.state != PIDC__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE) {
		if (step(put, is_begin, buffer, &status)) {
			if (!has_begun)
				put->progress.started_done = put->upload.offset;
			attempts = is_begin ? attempts : 0;
			has_begun = true;
			is_begin = false;
			progress_tick(&put->progress);
			continue;
		}
		is_begin = true;
		/* Who was never there is not waited for. */
		if (!has_begun || !link_wait(put, &status, &attempts)) {
			progress_clear(&put->progress);
			return ctl_refused(put->ctl, &status);
		}
	}
	progress_end(&put->progress);
	return EXIT_OK;
}

/* As it stands in the end. */
static int upload_print(struct put *put)
{
	Pidc__V1__GetUploadRequest request = PIDC__V1__GET_UPLOAD_REQUEST__INIT;
	struct pidc_error err = {.code = 0};
	ProtobufCMessage *answer = NULL;
	request.upload_id = put->upload_id;
	int status = ctl_call(put->ctl, "/pidc.v1.DataService/GetUpload", &request.base,
			      &pidc__v1__get_upload_response__descriptor, &answer);
	if (status == EXIT_OK &&
	    output_message(&put->ctl->output, NULL, answer, put->ctl->arena, &err) < 0)
		return ctl_error(put->ctl, &err);
	return status;
}

int ctl_upload_put(struct ctl *ctl)
{
	struct put put = {.ctl = ctl};
	struct pidc_error err = {.code = 0};
	const char *path = invocation_arg(ctl->in, "file");
	if (!path)
		return ctl_fail(ctl, EXIT_USAGE, "", "the file is missing");
	if (content_file_digest(path, put.sha256, &put.size, &err) < 0)
		return ctl_error(ctl, &err);
	if (!progress_init(&put.progress, invocation_flag(ctl->in, "progress", 0), "bytes",
			   put.size))
		return ctl_fail(ctl, EXIT_USAGE, "", "--progress is auto, json or none");
	put.file = fopen(path, "rbe");
	uint8_t *buffer = malloc(PART_MAX);
	int status = put.file && buffer
			     ? parts_send(&put, buffer)
			     : ctl_fail(ctl, EXIT_UNEXPECTED, "", "the file cannot be read");
	if (put.file)
		(void)fclose(put.file);
	free(buffer);
	return status == EXIT_OK ? upload_print(&put) : status;
}
