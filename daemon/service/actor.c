/* SPDX-License-Identifier: ISC
 *
 * As what somebody calls: roles, capacity, what follows from them. Who it is: caller.c.
 */
#include "core/text.h"
#include "daemon/service/internal.h"

#include <string.h>

#define REASON(name)   PIDC__V1__REASON__REASON_##name
#define CAPACITY(name) PIDC__V1__CAPACITY__CAPACITY_##name

/* Which capacity a role gives. */
static const Pidc__V1__Capacity role_capacity[] = {
	[PIDC__V1__ROLE__ROLE_MEMBER_HEAD] = CAPACITY(MEMBER),
	[PIDC__V1__ROLE__ROLE_MEMBER_OFFICER] = CAPACITY(MEMBER),
	[PIDC__V1__ROLE__ROLE_MEMBER_CONTACT_POINT] = CAPACITY(MEMBER),
	[PIDC__V1__ROLE__ROLE_MEMBER_AGENT] = CAPACITY(MEMBER),
	[PIDC__V1__ROLE__ROLE_BOARD_MEMBER] = CAPACITY(BOARD),
	[PIDC__V1__ROLE__ROLE_BOARD_CHAIR] = CAPACITY(BOARD),
	[PIDC__V1__ROLE__ROLE_ARC_MEMBER] = CAPACITY(ARC),
	[PIDC__V1__ROLE__ROLE_ARC_CHAIR] = CAPACITY(ARC),
	[PIDC__V1__ROLE__ROLE_SEC_OFFICER] = CAPACITY(SECRETARIAT),
	[PIDC__V1__ROLE__ROLE_SEC_HOS] = CAPACITY(SECRETARIAT),
	[PIDC__V1__ROLE__ROLE_PARTNER_OFFICER] = CAPACITY(PARTNER),
	[PIDC__V1__ROLE__ROLE_PARTNER_AGENT] = CAPACITY(PARTNER),
	[PIDC__V1__ROLE__ROLE_PARTNER_SIGNATORY] = CAPACITY(PARTNER),
	[PIDC__V1__ROLE__ROLE_OBSERVER_DELEGATE] = CAPACITY(OBSERVER),
	[PIDC__V1__ROLE__ROLE_MEDIATOR] = CAPACITY(MEDIATOR),
	[PIDC__V1__ROLE__ROLE_AUDITOR] = CAPACITY(AUDITOR),
	[PIDC__V1__ROLE__ROLE_OPERATOR] = CAPACITY(OPERATOR),
	[PIDC__V1__ROLE__ROLE_WITNESS] = CAPACITY(UNSPECIFIED),
};

static uint32_t role_bit(Pidc__V1__Role role)
{
	return role > 0 && role < 32 ? UINT32_C(1) << role : 0;
}

static uint32_t actor_roles(const Pidc__V1__Actor *actor)
{
	uint32_t roles = 0;

	for (size_t i = 0; i < actor->n_roles; i++)
		roles |= role_bit(actor->roles[i]);
	return roles;
}

/* Capacities, as bits, of the actor's roles that are in the mask. */
static uint32_t actor_capacities(const Pidc__V1__Actor *actor, uint32_t mask)
{
	uint32_t capacities = 0;

	for (size_t i = 0; i < actor->n_roles; i++) {
		Pidc__V1__Role role = actor->roles[i];

		if ((role_bit(role) & mask) != 0 &&
		    (size_t)role < sizeof(role_capacity) / sizeof(role_capacity[0]))
			capacities |= UINT32_C(1) << role_capacity[role];
	}
	return capacities & ~UINT32_C(1);
}

/* A member or partner may call itself FUNDER, but must say so (1.1). */
static uint32_t named_only(uint32_t capacities)
{
	if (capacities & (UINT32_C(1) << CAPACITY(MEMBER) | UINT32_C(1) << CAPACITY(PARTNER)))
		return UINT32_C(1) << CAPACITY(FUNDER);
	return 0;
}

static int capacity_by_name(const char *name)
{
	for (unsigned i = 1; i < pidc__v1__capacity__descriptor.n_values; i++) {
		const ProtobufCEnumValue *value = &pidc__v1__capacity__descriptor.values[i];

		if (strcmp(value->name, name) == 0 ||
		    strcmp(value->name + strlen("CAPACITY_"), name) == 0)
			return value->value;
	}
	return 0;
}

static void capacity_choose(struct service_job *job, Pidc__V1__Actor *actor)
{
	uint32_t mask = job->method->roles == 0 ? UINT32_MAX : job->method->roles;
	uint32_t capacities = actor_capacities(actor, mask);

	if (job->capacity != NULL && *job->capacity != '\0') {
		int capacity = capacity_by_name(job->capacity);

		if (capacity == 0 ||
		    !((capacities | named_only(capacities)) >> capacity & UINT32_C(1))) {
			job_refuse(job, REASON(E_CAPACITY), NULL,
				   "your roles do not give the capacity that the call names");
			return;
		}
		actor->capacity = (Pidc__V1__Capacity)capacity;
		return;
	}
	if ((capacities & (capacities - 1)) != 0 && job->method->roles != 0) {
		job_refuse(job, REASON(E_CAPACITY), NULL,
			   "you have several capacities: name one in pidc-capacity");
		return;
	}
	for (int i = 1; i < 32; i++) {
		if (capacities >> i & UINT32_C(1)) {
			actor->capacity = (Pidc__V1__Capacity)i;
			break;
		}
	}
}

void actor_check(struct service_job *job, const Pidc__Store__V1__ActorRow *row)
{
	if (row->actor == NULL) {
		job_refuse(job, REASON(E_CERT_UNBOUND), NULL,
			   "this certificate is not bound to anybody in the register");
	} else if (row->binding_state != PIDC__V1__BINDING_STATE__BINDING_STATE_ACTIVE) {
		job_refuse(job, REASON(E_CERT_REVOKED), NULL, "this certificate was revoked");
	} else if (job->method->roles != 0 && (actor_roles(row->actor) & job->method->roles) == 0) {
		job_refuse(job, REASON(E_ROLE), NULL, "none of your roles may do this");
	} else {
		capacity_choose(job, row->actor);
	}
}

Pidc__V1__Actor *actor_bootstrap(struct service_job *job, struct arena *arena)
{
	Pidc__V1__Actor *actor =
		(Pidc__V1__Actor *)message_new(&pidc__v1__actor__descriptor, arena);

	if (actor == NULL)
		return NULL;
	if (!job->method->is_bootstrap) {
		job_refuse(job, REASON(E_ROLE), NULL, "this cannot be imported");
		return actor;
	}
	actor->principal_id = arena_strdup(arena, job->principal_id);
	actor->org = arena_strdup(arena, "sec");
	actor->org_kind = PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_SECRETARIAT;
	actor->capacity = CAPACITY(OPERATOR);
	return actor->principal_id == NULL || actor->org == NULL ? NULL : actor;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Page tokens are the key of the last row seen, in hex: opaque enough that
 * nobody takes them for an offset, and checked by the query's own visibility. */
static char *page_key_decode(const char *token, struct arena *arena)
{
	size_t len = strlen(token);
	char *key = len % 2 == 0 && len <= 1024 ? arena_alloc(arena, len / 2 + 1) : NULL;

	for (size_t i = 0; key != NULL && i + 1 < len; i += 2) {
		int high = hex_value(token[i]);
		int low = hex_value(token[i + 1]);

		/* Keys are ids and codes: printable ASCII. Anything else would be an error
		 * of the database, or the end of the text. */
		if (low < 0 || high < 2 || high > 7 || (high == 7 && low == 15))
			return NULL;
		key[i / 2] = (char)(high << 4 | low);
	}
	return key;
}

bool actor_sees_all(const Pidc__V1__Actor *actor, const struct service_method *method)
{
	return method->see_all != 0 && (actor_roles(actor) & method->see_all) != 0;
}

Pidc__Store__V1__Context *context_new(const struct service_job *job, Pidc__V1__Actor *actor,
				      int64_t now_us, char *new_id, struct arena *arena)
{
	Pidc__Store__V1__Context *ctx = (Pidc__Store__V1__Context *)message_new(
		&pidc__store__v1__context__descriptor, arena);
	uint32_t size = message_uint32(job->request, "page_size");

	if (ctx == NULL)
		return NULL;
	ctx->actor = actor;
	ctx->now = time_to_proto(arena, now_us);
	if (new_id != NULL)
		ctx->new_id = new_id;
	ctx->page_key = page_key_decode(message_string(job->request, "page_token"), arena);
	if (ctx->page_key == NULL)
		ctx->page_key = arena_strdup(arena, "");
	ctx->page_limit = (size == 0 ? 50 : size > 500 ? 500 : size) + 1;
	ctx->sees_all = actor != NULL && actor_sees_all(actor, job->method);
	return ctx->now == NULL || ctx->page_key == NULL ? NULL : ctx;
}

int query_whoami(const struct read_call *call, ProtobufCMessage *message, struct pidc_error *err)
{
	Pidc__V1__WhoAmIResponse *reply = (Pidc__V1__WhoAmIResponse *)message;
	uint32_t capacities = actor_capacities(call->ctx->actor, UINT32_MAX);

	(void)err;
	capacities |= named_only(capacities);
	reply->actor = call->ctx->actor;
	reply->capacities = arena_calloc(call->arena, 32, sizeof(reply->capacities[0]));
	if (reply->capacities == NULL)
		return PIDC_ENOMEM;
	for (int i = 1; i < 32; i++) {
		if (capacities >> i & UINT32_C(1))
			reply->capacities[reply->n_capacities++] = (Pidc__V1__Capacity)i;
	}
	return 0;
}
