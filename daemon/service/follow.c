/* SPDX-License-Identifier: ISC
 *
 * Commands that are more than one entry: each entry concerns other organisations, which
 * read all of it and are not to learn of each other.
 */
#include "daemon/service/internal.h"

#include <string.h>

static struct command_call *follower_new(const struct command_call *call, Pidc__V1__Event *event,
					 struct arena *arena)
{
	struct command_call *more = arena_alloc(arena, sizeof(*more));

	if (more == NULL)
		return NULL;
	*more = *call;
	more->more = NULL;
	more->more_count = 0;
	more->statement = NULL;
	more->event = event;
	event->actor = call->actor;
	return more;
}

int more_make(struct command_call *call, const struct rule_input *in, struct append *append,
	      struct pidc_error *err)
{
	rule_more_fn *rule = call->job->method->command->more;
	Pidc__V1__Event **events = NULL;
	size_t n = 0;
	int rc = rule == NULL ? 0 : rule(in, call->event, &events, &n);

	if (rc < 0 || n == 0)
		return rc;
	call->more = arena_calloc(in->arena, n, sizeof(*call->more));
	if (call->more == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct command_call *more = follower_new(call, events[i], in->arena);

		if (more == NULL)
			return PIDC_ENOMEM;
		call->more[call->more_count++] = more;
		rc = append_stamp(append, &more->index, &more->tx_us, err);
	}
	return rc;
}

static const char *body_name(const Pidc__V1__Event *event)
{
	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
		&pidc__v1__event__descriptor, (unsigned)event->body_case);

	return field == NULL ? "" : field->name;
}

/* All of one kind. */
static int stretch_apply(struct db *db, struct command_call *const *calls, size_t n,
			 struct arena *arena, struct pidc_error *err)
{
	Pidc__Store__V1__ApplyEvent **events = arena_calloc(arena, n, sizeof(*events));
	int rc = events == NULL ? PIDC_ENOMEM : 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = leaf_apply_event(calls[i]->event, calls[i]->index, calls[i]->tx_us, arena,
				      &events[i], err);
		/* Of one of many statements: which answers it changes. */
		if (rc == 0 && calls[i]->statement == NULL)
			calls[i]->statement = events[i]->statement;
	}
	return rc < 0 ? rc : db_apply(db, body_name(calls[0]->event), events, n, arena, err);
}

int calls_apply(struct db *db, struct command_call *const *calls, size_t n, struct arena *arena,
		struct pidc_error *err)
{
	int rc = 0;

	for (size_t start = 0, end; rc == 0 && start < n; start = end) {
		end = start + 1;
		while (end < n && calls[end]->event->body_case == calls[start]->event->body_case)
			end++;
		rc = stretch_apply(db, calls + start, end - start, arena, err);
	}
	return rc;
}

int more_flatten(struct command_call *const *calls, size_t n, struct arena *arena,
		 struct command_call ***ret, size_t *ret_n)
{
	size_t count = n;

	for (size_t i = 0; i < n; i++)
		count += calls[i]->more_count;
	*ret = arena_calloc(arena, count, sizeof(**ret));
	if (*ret == NULL)
		return PIDC_ENOMEM;
	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		(*ret)[(*ret_n)++] = calls[i];
		for (size_t k = 0; k < calls[i]->more_count; k++)
			(*ret)[(*ret_n)++] = calls[i]->more[k];
	}
	return 0;
}
