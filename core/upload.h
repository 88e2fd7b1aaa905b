/* SPDX-License-Identifier: ISC
 *
 * Files that come in parts: what may begin, which part comes next. No events: an upload
 * is content on its way. Every check_ is as in rule_check.h.
 */
#pragma once

#include "core/rule.h"
#include "pidc/v1/data.pb-c.h"

/* One file: what a report with its pictures has, and what is hashed again in less than a
 * second. Larger data is several contributions, or EXTERNAL_REF. */
#define UPLOAD_BYTES_MAX ((uint64_t)64 << 20)

/* Of one organisation, waiting for their contribution: a slow island's night of work. */
#define UPLOADS_WAITING_MAX       16
#define UPLOADS_WAITING_BYTES_MAX ((uint64_t)512 << 20)

/* Parts: small enough that a bad link loses little, large enough that a file is not a
 * million rows. */
#define UPLOAD_PART_MIN ((size_t)4 << 10)
#define UPLOAD_PART_MAX ((size_t)128 << 10)

/* A file that is known already may always be begun again. */
int check_upload_begin(const Pidc__V1__BeginUploadRequest *request,
		       const Pidc__Store__V1__UploadFacts *facts,
		       struct refusal *refusal) PIDC_MUSTCHECK;

/* A part of an upload as it stands; its digest is checked. *ret_is_repeat: it was there
 * before, so what is stored at its offset has to be compared. */
int check_upload_part(const Pidc__V1__UploadPartRequest *request, const Pidc__V1__Upload *upload,
		      bool *ret_is_repeat, struct refusal *refusal) PIDC_MUSTCHECK;

/* The files that a submission names, each appended to columns of *contribution, which has
 * room for them. */
int files_read(const struct rule_input *in, const Pidc__V1__SubmitContributionRequest *request,
	       Pidc__V1__Contribution *contribution, struct refusal *refusal) PIDC_MUSTCHECK;
