/* SPDX-License-Identifier: ISC
 *
 * Every statement of sql/ is prepared on a fresh database as the daemon's role, and
 * its parameters and columns are held against the messages it names.
 */
#include "daemon/db/connection.h"
#include "daemon/db/migration.h"
#include "tests/lib/check.h"
#include "tests/lib/pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct pg *pg;
static struct db *app;

static int setup(void **state)
{
	struct pidc_error err = {0};
	struct db_options options = {.application_name = "test"};
	unsigned applied = 0;

	(void)state;
	assert_good(pg_start(&pg, &err), &err);
	assert_good(db_migrate(pg_url(pg, "postgres", "postgres"), &applied, &err), &err);
	assert_int_equal(applied, db_migration_count);
	options.url = pg_url(pg, "pidc_app", "postgres");
	assert_good(db_open(&options, true, &app, &err), &err);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(app);
	pg_stop(pg);
	return 0;
}

static void test_every_statement_prepares(void **state)
{
	int failures = 0;

	(void)state;
	for (int id = 0; id < DB_STATEMENT_COUNT; id++) {
		struct pidc_error err = {0};

		if (db_prepare(app, (enum db_statement_id)id, NULL, &err) < 0) {
			print_error("%s: %s\n", db_statements[id].file, err.msg);
			failures++;
		}
	}
	assert_true(DB_STATEMENT_COUNT > 0);
	assert_int_equal(failures, 0);
}

static void test_apply_statements_name_a_body(void **state)
{
	(void)state;
	for (int id = 0; id < DB_STATEMENT_COUNT; id++) {
		const struct db_statement *s = &db_statements[id];

		if (!s->applies)
			continue;
		assert_true(s->is_many);
		assert_ptr_equal(s->in, &pidc__store__v1__apply_event__descriptor);
		if (!protobuf_c_message_descriptor_get_field_by_name(&pidc__v1__event__descriptor,
								     s->applies))
			fail_msg("%s: Event has no body %s", s->name, s->applies);
	}
}

static void test_the_daemon_cannot_change_the_ledger(void **state)
{
	struct pidc_error err = {0};

	(void)state;
	assert_int_equal(db_exec(app, "UPDATE pidc.ledger_entry SET index = 0", &err), PIDC_EDB);
	assert_int_equal(db_exec(app, "DELETE FROM pidc.ledger_entry", &err), PIDC_EDB);
	assert_int_equal(db_exec(app, "TRUNCATE pidc.ledger_node", &err), PIDC_EDB);
	assert_good(db_check_version(app, &err), &err);
}

/* One registration, as leaf_apply_event would give it. */
struct registration {
	Pidc__Store__V1__ApplyEvent apply;
	Pidc__V1__Event event;
	Pidc__V1__OrganisationRegistered body;
	Pidc__V1__Organisation organisation;
};

static void registration_init(struct registration *r, char *org, char *id, uint64_t index)
{
	pidc__store__v1__apply_event__init(&r->apply);
	pidc__v1__event__init(&r->event);
	pidc__v1__organisation_registered__init(&r->body);
	pidc__v1__organisation__init(&r->organisation);
	r->apply.event = &r->event;
	r->apply.index = index;
	r->event.entity_id = id;
	r->event.body_case = PIDC__V1__EVENT__BODY_ORGANISATION_REGISTERED;
	r->event.organisation_registered = &r->body;
	r->body.organisation = &r->organisation;
	r->organisation.org = r->organisation.name = org;
	r->organisation.kind = PIDC__V1__ORGANISATION_KIND__ORGANISATION_KIND_SECRETARIAT;
}

static void list_organisations(Pidc__V1__ListOrganisationsResponse *reply, struct arena *arena)
{
	Pidc__V1__ListOrganisationsRequest request = PIDC__V1__LIST_ORGANISATIONS_REQUEST__INIT;
	Pidc__Store__V1__Context ctx = PIDC__STORE__V1__CONTEXT__INIT;
	struct pidc_error err = {0};
	const char **keys = NULL;
	size_t count = 0;

	ctx.page_limit = 10;
	pidc__v1__list_organisations_response__init(reply);
	assert_good(db_query_into(app, DB_ORGANISATION_LIST, &request.base, &ctx, arena,
				  &reply->base, &count, &keys, &err),
		    &err);
	assert_int_equal(count, reply->n_organisations);
	assert_non_null(keys);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(keys[i], reply->organisations[i]->org);
}

static void test_events_are_projected_in_one_stroke(void **state)
{
	struct registration a, b;
	Pidc__Store__V1__ApplyEvent *events[] = {&a.apply, &b.apply};
	Pidc__V1__ListOrganisationsResponse reply;
	struct arena *arena = arena_new(0);
	struct pidc_error err = {0};
	char org_a[] = "aa", org_b[] = "bb";
	char id_a[] = "00000000-0000-4000-8000-00000000000a";
	char id_b[] = "00000000-0000-4000-8000-00000000000b";

	(void)state;
	assert_non_null(arena);
	registration_init(&a, org_a, id_a, 1);
	registration_init(&b, org_b, id_b, 2);
	assert_good(db_apply(app, "organisation_registered", events, 2, arena, &err), &err);
	assert_good(db_apply(app, "organisation_registered", events, 0, arena, &err), &err);
	assert_int_equal(db_apply(app, "organisation_registered", events, 1, arena, &err),
			 PIDC_ECONFLICT);
	assert_int_equal(db_apply(app, "nothing", events, 2, arena, &err), PIDC_EINVAL);
	list_organisations(&reply, arena);
	assert_int_equal(reply.n_organisations, 2);
	assert_string_equal(reply.organisations[1]->org, org_b);
	assert_string_equal(reply.organisations[1]->org_id, id_b);
	assert_int_equal(reply.organisations[0]->kind, a.organisation.kind);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_statement_prepares),
		cmocka_unit_test(test_apply_statements_name_a_body),
		cmocka_unit_test(test_events_are_projected_in_one_stroke),
		cmocka_unit_test(test_the_daemon_cannot_change_the_ledger),
	};

	return cmocka_run_group_tests_name("db statements", tests, setup, teardown);
}
