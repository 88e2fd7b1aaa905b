/* SPDX-License-Identifier: ISC */
#include "core/subject_history.h"
#include "pidc/v1/event.pb-c.h"

#include <stdbool.h>
#include <string.h>

#define STATUS(name) PIDC__V1__CONTRIBUTION_STATUS__CONTRIBUTION_STATUS_##name

static bool is_of(const Pidc__Store__V1__Subject *subject, const char *contribution_id)
{
	return subject->contribution_id[0] != '\0' &&
	       strcmp(subject->contribution_id, contribution_id) == 0;
}

static void submission_apply(Pidc__Store__V1__Subject *subject,
			     const Pidc__V1__Contribution *contribution)
{
	if (is_of(subject, contribution->contribution_id)) {
		subject->classification = contribution->classification;
		subject->status = STATUS(ACCEPTED);
	} else if (is_of(subject, contribution->replaces_id)) {
		subject->status = STATUS(REPLACED);
	}
}

static void event_apply(Pidc__Store__V1__Subject *subject, const Pidc__V1__Event *event)
{
	switch (event->body_case) {
	case PIDC__V1__EVENT__BODY_CONTRIBUTION_SUBMITTED:
		submission_apply(subject, event->contribution_submitted->contribution);
		break;
	case PIDC__V1__EVENT__BODY_CONTRIBUTION_STATUS_CHANGED:
		if (is_of(subject, event->contribution_status_changed->contribution_id))
			subject->status = event->contribution_status_changed->status;
		break;
	case PIDC__V1__EVENT__BODY_CONTRIBUTION_RECLASSIFIED:
		if (is_of(subject, event->contribution_reclassified->contribution_id))
			subject->classification = event->contribution_reclassified->classification;
		break;
	case PIDC__V1__EVENT__BODY_CONTRIBUTION_ERASED:
		if (is_of(subject, event->contribution_erased->contribution_id))
			subject->status = STATUS(ERASED);
		break;
	case PIDC__V1__EVENT__BODY_DATASET_DEFINED:
		if (subject->contribution_id[0] == '\0' &&
		    strcmp(subject->dataset_id, event->dataset_defined->dataset->dataset_id) == 0)
			subject->classification =
				event->dataset_defined->dataset->classification_default;
		break;
	default:
		break;
	}
}

int subjects_fold(Pidc__Store__V1__Subject *const *subjects, size_t subject_count,
		  Pidc__Store__V1__EntryRow *const *entries, size_t entry_count,
		  struct arena *arena, struct pidc_error *err)
{
	for (size_t i = 0; i < entry_count; i++) {
		Pidc__V1__Event *event = pidc__v1__event__unpack(
			arena_protobuf(arena), entries[i]->payload.len, entries[i]->payload.data);

		if (event == NULL)
			return pidc_fail(err, PIDC_EINTEGRITY, "entry %llu holds no event",
					 (unsigned long long)entries[i]->index);
		for (size_t k = 0; k < subject_count; k++)
			event_apply(subjects[k], event);
	}
	return 0;
}
