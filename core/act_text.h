/* SPDX-License-Identifier: ISC
 *
 * What the other statements of an owner say, in sentences, as core/statement_text.h does
 * for consents.
 */
#pragma once

#include "core/statement_text.h"
#include "pidc/v1/data.pb-c.h"
#include "pidc/v1/disclosure.pb-c.h"

/* The answer to an approval, and the request that its digest stands for: whether it does
 * is for the caller to look at. *ret in the arena. 0 or PIDC_ENOMEM. */
int approval_text(const Pidc__V1__ApprovalStatement *statement, const Pidc__V1__Approval *approval,
		  const struct statement_reader *reader, struct arena *arena,
		  char **ret) PIDC_MUSTCHECK;

int reclassification_text(const Pidc__V1__Reclassification *said,
			  const struct statement_reader *reader, struct arena *arena,
			  char **ret) PIDC_MUSTCHECK;
