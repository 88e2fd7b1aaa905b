/* SPDX-License-Identifier: ISC
 *
 * What several rules check alike. Every check_ returns 0 or fills the refusal and
 * returns PIDC_EREFUSED, like refuse().
 */
#pragma once

#include "core/crypto.h"
#include "core/error.h"
#include "core/rule.h"

/* Texts that people write. Long enough for a legal reference with its
 * translation; what is longer belongs in a document with a digest. */
#define TITLE_TEXT_MAX 200
#define NAME_TEXT_MAX  200
#define NOTE_TEXT_MAX  4000
#define ALIASES_MAX    16

/* Reasons are read by people, later: "x" says nothing. */
#define REASON_TEXT_MIN 3
#define REASON_TEXT_MAX 1000

/* A field's value for the refusal that names it. */
int check_text(struct refusal *refusal, const char *field, const char *s, size_t min,
	       size_t max) PIDC_MUSTCHECK;

/* Each alias is a name, and there are at most ALIASES_MAX. */
int check_aliases(struct refusal *refusal, const char *field, char *const *aliases,
		  size_t count) PIDC_MUSTCHECK;

/* 32 bytes; or none when is_optional. */
int check_digest(struct refusal *refusal, const char *field, const ProtobufCBinaryData *digest,
		 bool is_optional) PIDC_MUSTCHECK;

/* An instant with microseconds in the years 1 to 9999. NULL gives is_absent_us. */
int check_time(struct refusal *refusal, const char *field, const Google__Protobuf__Timestamp *ts,
	       int64_t absent_us, int64_t *ret_us) PIDC_MUSTCHECK;

/* Each end valid or absent, and from before to. range may be NULL. */
int check_range(struct refusal *refusal, const char *field,
		const Pidc__V1__TimeRange *range) PIDC_MUSTCHECK;

/* A valid instant that is not after now, or absent. */
int check_past(struct refusal *refusal, const char *field, const Google__Protobuf__Timestamp *ts,
	       int64_t now_us) PIDC_MUSTCHECK;

/* A named value of the enum, and not 0. */
int check_enum(struct refusal *refusal, const char *field, const ProtobufCEnumDescriptor *type,
	       int value) PIDC_MUSTCHECK;

/* Where the parts of a scope stand in the request, for the refusal. */
struct data_scope_fields {
	const char *purposes, *actions, *granularity, *classification;
};

/* Known purposes and actions, and both ceilings. */
int check_data_scope(const struct data_scope_fields *fields, const Pidc__V1__DataScope *scope,
		     char *const *known_purposes, size_t known_count,
		     struct refusal *refusal) PIDC_MUSTCHECK;

bool list_has(char *const *list, size_t n, const char *s);

/* Whether all of inner stand in outer. */
bool list_is_subset(char *const *inner, size_t inner_count, char *const *outer, size_t outer_count);

/* Whether the same string stands in the list before position i. */
bool list_is_repeated(char *const *list, size_t i);

bool actor_has_role(const Pidc__V1__Actor *actor, Pidc__V1__Role role);

/* The record that the event changes; the id is copied. 0 or PIDC_ENOMEM. */
int event_set_entity(const struct rule_input *in, Pidc__V1__Event *event, const char *id,
		     uint32_t version) PIDC_MUSTCHECK;

/* The same for a record whose id comes from its name. */
int event_set_named(const struct rule_input *in, Pidc__V1__Event *event, const char *namespace_text,
		    const char *name, uint32_t version) PIDC_MUSTCHECK;

/* Organisations that the event concerns, each once; borrowed. 0 or PIDC_ENOMEM. */
int event_set_concerns(const struct rule_input *in, Pidc__V1__Event *event, const char *const *orgs,
		       size_t n) PIDC_MUSTCHECK;
