/* SPDX-License-Identifier: ISC
 *
 * Who is calling, and as what. Read from the register in every batch, so that a
 * revoked certificate or role ends with the very next call.
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

static void actor_check(struct service_job *job, const Pidc__Store__V1__ActorRow *row)
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

static Pidc__V1__Actor *bootstrap_actor(struct service_job *job, struct arena *arena)
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

static Pidc__Store__V1__ActorLookup *lookup_new(const struct service_job *job, struct arena *arena)
{
	Pidc__Store__V1__ActorLookup *lookup = (Pidc__Store__V1__ActorLookup *)message_new(
		&pidc__store__v1__actor_lookup__descriptor, arena);

	if (lookup == NULL)
		return NULL;
	lookup->spki_sha256.data = arena_memdup(arena, job->spki_sha256, SHA256_LEN);
	lookup->spki_sha256.len = SHA256_LEN;
	lookup->principal_id = arena_strdup(arena, job->principal_id);
	return lookup->spki_sha256.data == NULL || lookup->principal_id == NULL ? NULL : lookup;
}

/* Callers of a batch, each once: many calls come from few agents. */
struct callers {
	const struct service_job **jobs; /* the first of each */
	const ProtobufCMessage **lookups;
	ProtobufCMessage **rows;
	size_t count;
	size_t *table; /* by key: number from 1, 0 for none */
	size_t mask;
};

static int callers_init(struct callers *callers, size_t n, struct arena *arena)
{
	size_t size = 2;

	while (size < 2 * n)
		size *= 2;
	callers->jobs = arena_calloc(arena, n, sizeof(*callers->jobs));
	callers->lookups = arena_calloc(arena, n, sizeof(*callers->lookups));
	callers->rows = arena_calloc(arena, n, sizeof(*callers->rows));
	callers->table = arena_calloc(arena, size, sizeof(*callers->table));
	callers->mask = size - 1;
	return callers->jobs == NULL || callers->lookups == NULL || callers->rows == NULL ||
			       callers->table == NULL
		       ? PIDC_ENOMEM
		       : 0;
}

static bool is_same_caller(const struct service_job *a, const struct service_job *b)
{
	return memcmp(a->spki_sha256, b->spki_sha256, SHA256_LEN) == 0 &&
	       strcmp(a->principal_id, b->principal_id) == 0;
}

/* *ret: which of the callers this is. The hash is a digest already. */
static int caller_add(struct callers *callers, const struct service_job *job, struct arena *arena,
		      size_t *ret)
{
	size_t at, slot;

	memcpy(&at, job->spki_sha256, sizeof(at));
	for (slot = at & callers->mask; callers->table[slot] != 0;
	     slot = (slot + 1) & callers->mask) {
		*ret = callers->table[slot] - 1;
		if (is_same_caller(callers->jobs[*ret], job))
			return 0;
	}
	*ret = callers->count++;
	callers->table[slot] = callers->count;
	callers->jobs[*ret] = job;
	callers->lookups[*ret] = (const ProtobufCMessage *)lookup_new(job, arena);
	callers->rows[*ret] = message_new(&pidc__store__v1__actor_row__descriptor, arena);
	return callers->lookups[*ret] == NULL || callers->rows[*ret] == NULL ? PIDC_ENOMEM : 0;
}

/* The job's own actor: its capacity is of this call. */
static int actor_give(struct service_job *job, const Pidc__Store__V1__ActorRow *row,
		      struct arena *arena, Pidc__V1__Actor **ret)
{
	Pidc__Store__V1__ActorRow own = *row;

	if (row->actor != NULL) {
		own.actor = arena_memdup(arena, row->actor, sizeof(*row->actor));
		if (own.actor == NULL)
			return PIDC_ENOMEM;
	}
	actor_check(job, &own);
	*ret = job->result == PIDC_EREFUSED ? NULL : own.actor;
	return 0;
}

int actors_load(struct db *db, struct service_job *const *jobs, size_t n, struct arena *arena,
		Pidc__V1__Actor **actors, struct pidc_error *err)
{
	struct callers callers = {0};
	size_t *who = arena_calloc(arena, n, sizeof(*who));
	int rc = who == NULL ? PIDC_ENOMEM : callers_init(&callers, n, arena);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!jobs[i]->is_bootstrap)
			rc = caller_add(&callers, jobs[i], arena, &who[i]);
	}
	if (rc == 0)
		rc = db_query_many(db, DB_ACTOR_LOAD, callers.lookups, NULL, callers.count, arena,
				   callers.rows, err);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!jobs[i]->is_bootstrap) {
			rc = actor_give(jobs[i],
					(const Pidc__Store__V1__ActorRow *)callers.rows[who[i]],
					arena, &actors[i]);
			continue;
		}
		actors[i] = bootstrap_actor(jobs[i], arena);
		if (actors[i] == NULL)
			return PIDC_ENOMEM;
		if (jobs[i]->result == PIDC_EREFUSED)
			actors[i] = NULL;
	}
	return rc;
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
