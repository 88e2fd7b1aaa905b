/* SPDX-License-Identifier: ISC
 *
 * CTest labels: foundation
 */
#include "core/reason.h"
#include "core/reason_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

/* A reason without a row, or a row without a text, is a defect (SYS-7). */
static void SYS_7_every_reason_has_both_texts(void **state)
{
	const ProtobufCEnumDescriptor *type = &pidc__v1__reason__descriptor;

	(void)state;
	assert_int_equal(reason_count, type->n_values);
	for (unsigned i = 0; i < type->n_values; i++) {
		const struct reason_info *info =
			reason_lookup((Pidc__V1__Reason)type->values[i].value);

		if (type->values[i].value != (int)info->reason)
			fail_msg("%s has no row", type->values[i].name);
		assert_true(strlen(info->en) > 5);
		assert_true(strlen(info->fr) > 5);
		assert_string_not_equal(info->en, info->fr);
		assert_true(strlen(info->remedy) > 5);
		assert_non_null(info->clause);
		assert_true(info->grpc_code >= 3 && info->grpc_code <= 16);
	}
}

static void no_row_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < reason_count; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(reason_table[i].reason, reason_table[k].reason);
}

static void decisions_name_their_clause(void **state)
{
	(void)state;
	for (size_t i = 0; i < reason_count; i++)
		if (reason_table[i].reason >= REASON(D_CONSENT)) {
			assert_int_equal(reason_table[i].grpc_code, 7);
			assert_non_null(strstr(reason_table[i].clause, "(L"));
		}
}

static void codes(void **state)
{
	static const struct {
		Pidc__V1__Reason reason;
		int code;
	} cases[] = {
		{REASON(E_FIELD), 3},         {REASON(E_MALFORMED), 3},
		{REASON(E_NOT_FOUND), 5},     {REASON(E_EXISTS), 6},
		{REASON(E_ROLE), 7},          {REASON(E_OWNER_ONLY), 7},
		{REASON(E_SOD), 7},           {REASON(E_LIMIT), 8},
		{REASON(E_STATE), 9},         {REASON(E_PREREQ_BOARD), 9},
		{REASON(E_VERSION), 10},      {REASON(E_IDEMPOTENCY_MISMATCH), 10},
		{REASON(E_INTERNAL), 13},     {REASON(E_OUTCOME_UNKNOWN), 14},
		{REASON(E_CERT_REVOKED), 16}, {REASON(E_UNAUTHENTICATED), 16},
		{REASON(E_UNAVAILABLE), 14},  {REASON(E_LEDGER_UNAVAILABLE), 14},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(reason_lookup(cases[i].reason)->grpc_code, cases[i].code);
}

static void names_go_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < reason_count; i++)
		assert_int_equal(reason_by_name(reason_name(reason_table[i].reason)),
				 reason_table[i].reason);
	assert_string_equal(reason_name(REASON(D_VETO)), "D_VETO");
	assert_string_equal(reason_name((Pidc__V1__Reason)9999), "E_INTERNAL");
	assert_int_equal(reason_by_name("E_NO_SUCH"), 0);
	assert_int_equal(reason_by_name(""), 0);
	assert_int_equal(
		reason_by_name("A_NAME_THAT_IS_LONGER_THAN_ANY_NAME_OF_A_REASON_COULD_EVER_BE"
			       "_SINCE_THE_BUFFER_IS_SHORT"),
		0);
	assert_int_equal(reason_lookup((Pidc__V1__Reason)9999)->reason, REASON(E_INTERNAL));
}

static void refuse_fills_and_cuts(void **state)
{
	struct refusal refusal;
	char longer[400];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[399] = '\0';
	assert_int_equal(refuse(&refusal, REASON(E_FIELD), "a.b", "%d of %s", 3, "x"),
			 PIDC_EREFUSED);
	assert_int_equal(refusal.reason, REASON(E_FIELD));
	assert_string_equal(refusal.field, "a.b");
	assert_string_equal(refusal.detail, "3 of x");
	assert_int_equal(refuse(&refusal, REASON(E_ROLE), NULL, NULL), PIDC_EREFUSED);
	assert_string_equal(refusal.field, "");
	assert_string_equal(refusal.detail, "");
	(void)refuse(&refusal, REASON(E_ROLE), longer, "%s", longer);
	assert_int_equal(strlen(refusal.field), sizeof(refusal.field) - 1);
	assert_int_equal(strlen(refusal.detail), sizeof(refusal.detail) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(SYS_7_every_reason_has_both_texts),
		cmocka_unit_test(no_row_twice),
		cmocka_unit_test(decisions_name_their_clause),
		cmocka_unit_test(codes),
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(refuse_fills_and_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
