/* SPDX-License-Identifier: ISC
 *
 * Which instance serves since when, in which version: an entry that the daemon itself
 * asks for, and nobody else can.
 */
#include "core/rule_check.h"
#include "core/text.h"

#define VERSION_TEXT_MAX 64

int rule_start_instance(const struct rule_input *in, Pidc__V1__Event *event,
			struct refusal *refusal)
{
	const Pidc__Store__V1__InstanceStart *request =
		(const Pidc__Store__V1__InstanceStart *)in->request;
	Pidc__V1__InstanceStarted *started;
	int rc;

	if (!in->is_bootstrap)
		return refuse(refusal, PIDC__V1__REASON__REASON_E_ROLE, NULL,
			      "only the daemon says that it starts");
	if (!text_is_uuid(request->instance_id))
		return refuse(refusal, PIDC__V1__REASON__REASON_E_FIELD, "instance_id", "a UUID");
	rc = check_text(refusal, "version", request->version, 1, VERSION_TEXT_MAX);
	if (rc < 0)
		return rc;
	started = arena_alloc(in->arena, sizeof(*started));
	if (started == NULL)
		return PIDC_ENOMEM;
	pidc__v1__instance_started__init(started);
	started->instance_id = request->instance_id;
	started->version = request->version;
	event->body_case = PIDC__V1__EVENT__BODY_INSTANCE_STARTED;
	event->instance_started = started;
	return event_set_entity(in, event, request->instance_id, 1);
}
