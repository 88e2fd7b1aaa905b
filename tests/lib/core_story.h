/* SPDX-License-Identifier: ISC
 *
 * A small world for the tests of core/: Tuvalu ("tv") owns the dataset "over" with
 * its contribution "k"; IOM ("iom") is a recognised partner whose agreement allows
 * everything, and asks as PARTNER for monitoring and evaluation (ME), to READ the
 * field "count". Tests change what they are about.
 *
 * All memory is the story's arena. Helpers that cannot fail but by exhausted memory
 * end the test.
 */
#pragma once

#include "core/arena.h"
#include "core/decision.h"
#include "core/reason.h"
#include "core/rule.h"
#include "pidc/store/v1/store.pb-c.h"

#include <stddef.h>
#include <stdint.h>

/* 2026-06-15T00:00:00Z, when stories happen unless said otherwise. */
#define STORY_NOW   INT64_C(1781481600000000)
#define STORY_DAY   (INT64_C(24) * 3600 * 1000000)
#define STORY_MONTH (30 * STORY_DAY)

struct story {
	struct arena *arena;
	Pidc__Store__V1__DecisionFacts facts;
	Pidc__Store__V1__DecisionQuery query;
	Pidc__Store__V1__Subject *subject; /* contribution "k" */
	int64_t now_us;
	uint64_t next_index; /* of the next recorded statement */
};

void story_open(struct story *story);
void story_close(struct story *story);

/* Memory as it comes; and an initialised message. */
void *story_take(struct story *story, size_t size);
void *story_fresh(struct story *story, const ProtobufCMessageDescriptor *descriptor);

/* "k" -> a UUID, the same for the same name. */
char *story_id(struct story *story, const char *name);
char *story_text(struct story *story, const char *text);

/* A list of strings that ends with NULL. */
char **story_list(struct story *story, size_t *ret_count, const char *first, ...);

Google__Protobuf__Timestamp *story_time(struct story *story, int64_t us);
Pidc__V1__TimeRange *story_range(struct story *story, int64_t from_us, int64_t to_us);

/* GRANT by tv to iom as PARTNER: dataset "over", ME, READ, fields month and count, for
 * six months from recording. name makes chain and statement id. */
Pidc__V1__ConsentStatement *story_grant(struct story *story, const char *name);
/* VETO by tv to all partners as PARTNER, dataset "over". */
Pidc__V1__ConsentStatement *story_veto(struct story *story, const char *name);
/* REVOKE, SUSPEND or RESUME of the chain of that name. */
Pidc__V1__ConsentStatement *story_change(struct story *story, const char *name,
					 Pidc__V1__StatementKind kind, uint32_t version);

/* Selectors. */
Pidc__V1__DataSelector *story_data_all(struct story *story);
Pidc__V1__DataSelector *story_data_dataset(struct story *story, const char *name);
Pidc__V1__DataSelector *story_data_contribution(struct story *story, const char *name);
Pidc__V1__DataSelector *story_data_category(struct story *story, const char *category,
					    Pidc__V1__Granularity ceiling);
void story_to_org(struct story *story, Pidc__V1__ConsentStatement *st, const char *org);
void story_to_class(struct story *story, Pidc__V1__ConsentStatement *st, const char *org_class,
		    Pidc__V1__ClassMode mode, const char *pinned);
void story_to_partners(struct story *story, Pidc__V1__ConsentStatement *st);
void story_set_purposes(struct story *story, Pidc__V1__ConsentStatement *st, const char *purpose);
void story_set_action(struct story *story, Pidc__V1__ConsentStatement *st, Pidc__V1__Action action);
void story_set_fields(struct story *story, Pidc__V1__ConsentStatement *st, const char *a,
		      const char *b);
Pidc__V1__Condition *story_condition(struct story *story, Pidc__V1__ConsentStatement *st,
				     Pidc__V1__ConditionKind kind);

/* A statement as a row; and appended to the facts of the decision. */
Pidc__Store__V1__StatementRow *story_row(struct story *story, const Pidc__V1__ConsentStatement *st,
					 int64_t recorded_us);
void story_record(struct story *story, const Pidc__V1__ConsentStatement *st);
/* story_grant of everything of tv's, "broad", recorded. */
Pidc__V1__ConsentStatement *story_record_broad(struct story *story);

/* Another recipient: a member, without any instrument. */
void story_recipient_is_member(struct story *story, const char *org, Pidc__V1__Capacity capacity);

void story_ask_fields(struct story *story, const char *a, const char *b);
void story_ask_purpose(struct story *story, const char *purpose);

/* Decide about the subject, now. */
struct decision story_decide(struct story *story);
struct decision story_decide_about(struct story *story, const Pidc__Store__V1__Subject *subject,
				   int64_t now_us);

/* Assert verdict DENY with this reason, or PERMIT. */
void story_expect_deny(struct story *story, Pidc__V1__Reason reason);
void story_expect_permit(struct story *story);
/* The reason that the recipient sees. */
void story_expect_visible(struct story *story, Pidc__V1__Reason reason);
/* D_CONDITION, with the name of the condition. */
void story_expect_condition(struct story *story, const char *name);
/* Assert PERMIT, and the consent that it names. */
const char *story_used(struct story *story);

/* An actor of an organisation with one role (0: none). */
Pidc__V1__Actor *story_actor(struct story *story, const char *org, Pidc__V1__OrganisationKind kind,
			     Pidc__V1__Role role, Pidc__V1__Capacity capacity);
Pidc__Store__V1__OrgState *story_org(struct story *story, const char *org,
				     Pidc__V1__OrganisationKind kind, int is_active);

/* Run a rule: with ample memory, then again with arenas that are too small, each of
 * which must give PIDC_ENOMEM and nothing else. The first run's answer. */
int story_run(struct rule_input *in, rule_fn *rule, Pidc__V1__Event *event,
	      struct refusal *refusal);
/* Assert that the rule refuses so. */
void story_expect_refused(struct rule_input *in, rule_fn *rule, Pidc__V1__Reason reason,
			  const char *field);
void story_expect_event(struct rule_input *in, rule_fn *rule, Pidc__V1__Event *event,
			Pidc__V1__Event__BodyCase body);
