/* SPDX-License-Identifier: ISC */
#include "core/upload.h"
#include "core/crypto.h"
#include "core/data_check.h"
#include "core/rule_check.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

/* Files of one contribution: more belong in an archive, or in several. */
#define FILES_MAX 16

int check_upload_begin(const Pidc__V1__BeginUploadRequest *request,
		       const Pidc__Store__V1__UploadFacts *facts, struct refusal *refusal)
{
	int rc = check_owner(facts->org, refusal);

	if (rc == 0)
		rc = check_digest(refusal, "sha256", &request->sha256, false);
	if (rc < 0)
		return rc;
	if (request->size == 0 || request->size > UPLOAD_BYTES_MAX)
		return refuse(refusal, REASON(E_FIELD), "size", "1 to %llu bytes",
			      (unsigned long long)UPLOAD_BYTES_MAX);
	if (facts->same != NULL)
		return 0;
	if (facts->waiting_count >= UPLOADS_WAITING_MAX ||
	    facts->waiting_bytes + request->size > UPLOADS_WAITING_BYTES_MAX)
		return refuse(refusal, REASON(E_LIMIT), NULL,
			      "%d files and %llu bytes may wait for their contribution: submit or "
			      "discard one",
			      UPLOADS_WAITING_MAX, (unsigned long long)UPLOADS_WAITING_BYTES_MAX);
	return 0;
}

static int check_part_digest(const Pidc__V1__UploadPartRequest *request, struct refusal *refusal)
{
	uint8_t digest[SHA256_LEN];
	int rc = check_digest(refusal, "sha256", &request->sha256, false);

	if (rc < 0)
		return rc;
	sha256(&(struct bytes){request->data.data, request->data.len}, 1, digest);
	if (memcmp(digest, request->sha256.data, SHA256_LEN) != 0)
		return refuse(refusal, REASON(E_FIELD), "sha256",
			      "the part was damaged before it was sent");
	return 0;
}

int check_upload_part(const Pidc__V1__UploadPartRequest *request, const Pidc__V1__Upload *upload,
		      bool *ret_is_repeat, struct refusal *refusal)
{
	size_t len = request->data.len;

	if (upload == NULL || strcmp(upload->upload_id, request->upload_id) != 0)
		return refuse(refusal, REASON(E_NOT_FOUND), "upload_id", NULL);
	if (len == 0 || len > UPLOAD_PART_MAX)
		return refuse(refusal, REASON(E_FIELD), "data", "1 to %zu bytes", UPLOAD_PART_MAX);
	if (request->offset > upload->size || len > upload->size - request->offset)
		return refuse(refusal, REASON(E_FIELD), "data",
			      "beyond the %llu bytes that were announced",
			      (unsigned long long)upload->size);
	if (len < UPLOAD_PART_MIN && request->offset + len != upload->size)
		return refuse(refusal, REASON(E_FIELD), "data",
			      "at least %zu bytes, but for the last part", UPLOAD_PART_MIN);
	if (request->offset > upload->offset)
		return refuse(refusal, REASON(E_FIELD), "offset", "the next part begins at %llu",
			      (unsigned long long)upload->offset);
	*ret_is_repeat = request->offset < upload->offset;
	return check_part_digest(request, refusal);
}

static const Pidc__V1__Upload *upload_find(const Pidc__Store__V1__DatasetFacts *facts,
					   const char *upload_id)
{
	for (size_t i = 0; i < facts->n_uploads; i++)
		if (strcmp(facts->uploads[i]->upload_id, upload_id) == 0)
			return facts->uploads[i];
	return NULL;
}

static int check_file(const Pidc__V1__Dataset *dataset, const Pidc__V1__UploadedFile *file,
		      const Pidc__V1__Contribution *so_far, struct refusal *refusal)
{
	const Pidc__V1__DatasetField *field = dataset_field_find(dataset, file->field);

	if (field == NULL || field->type != PIDC__V1__FIELD_TYPE__FIELD_TYPE_FILE)
		return refuse(refusal, REASON(E_FIELD), "files.field",
			      "%.63s is no FILE of the dataset", file->field);
	for (size_t i = 0; i < so_far->n_columns; i++)
		if (strcmp(so_far->columns[i]->field, file->field) == 0)
			return refuse(refusal, REASON(E_FIELD), "files.field", "%.63s stands twice",
				      file->field);
	return 0;
}

static int file_add(const struct rule_input *in, const Pidc__V1__UploadedFile *file,
		    Pidc__V1__Contribution *contribution, struct refusal *refusal)
{
	const Pidc__V1__Upload *upload =
		upload_find((const Pidc__Store__V1__DatasetFacts *)in->facts, file->upload_id);
	Pidc__V1__ColumnDigest *column = arena_alloc(in->arena, sizeof(*column));

	if (column == NULL)
		return PIDC_ENOMEM;
	if (upload == NULL)
		return refuse(refusal, REASON(E_NOT_FOUND), "files.upload_id", NULL);
	if (upload->state != PIDC__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE)
		return refuse(refusal, REASON(E_STATE), "files.upload_id",
			      "%llu of its %llu bytes are there",
			      (unsigned long long)upload->offset, (unsigned long long)upload->size);
	if (upload->size > UPLOAD_BYTES_MAX || upload->sha256.len != SHA256_LEN)
		return refuse(refusal, REASON(E_INTERNAL), "files.upload_id", NULL);
	pidc__v1__column_digest__init(column);
	column->field = file->field;
	column->digest = upload->sha256;
	column->size = (uint32_t)upload->size;
	contribution->columns[contribution->n_columns++] = column;
	return 0;
}

int files_read(const struct rule_input *in, const Pidc__V1__SubmitContributionRequest *request,
	       Pidc__V1__Contribution *contribution, struct refusal *refusal)
{
	const Pidc__V1__Dataset *dataset =
		((const Pidc__Store__V1__DatasetFacts *)in->facts)->dataset;

	if (request->n_files > FILES_MAX)
		return refuse(refusal, REASON(E_FIELD), "files", "at most %d", FILES_MAX);
	for (size_t i = 0; i < request->n_files; i++) {
		int rc = check_file(dataset, request->files[i], contribution, refusal);

		if (rc == 0)
			rc = file_add(in, request->files[i], contribution, refusal);
		if (rc < 0)
			return rc;
	}
	return 0;
}
