/* SPDX-License-Identifier: ISC
 *
 * pidcctl consent explain: a decision gate by gate.
 */
#include "client/ctl.h"
#include "pidc/v1/consent.pb-c.h"
#include "pidc/v1/reason.pb-c.h"

#include <string.h>

/* Name of an enum value behind its prefix. */
static const char *word_of(const ProtobufCEnumDescriptor *type, int value, size_t prefix)
{
	const ProtobufCEnumValue *row = protobuf_c_enum_descriptor_get_value(type, value);
	return row && strlen(row->name) > prefix ? row->name + prefix : "?";
}

static const char *reason_of(Pidc__V1__Reason reason)
{
	return word_of(&pidc__v1__reason__descriptor, (int)reason, strlen("REASON_"));
}

static void put(const char *before, const char *text)
{
	if (!*text)
		return;
	(void)fputs(before, stdout);
	escape_print(stdout, text);
}

static void gate_print(const struct terminal *terminal, const Pidc__V1__GateFinding *gate)
{
	static const struct {
		const char *word;
		enum paint paint;
	} results[] = {
		[PIDC__V1__FINDING_RESULT__FINDING_RESULT_UNSPECIFIED] = {"?   ", PAINT_WARN},
		[PIDC__V1__FINDING_RESULT__FINDING_RESULT_PASS] = {"PASS", PAINT_GOOD},
		[PIDC__V1__FINDING_RESULT__FINDING_RESULT_FAIL] = {"FAIL", PAINT_BAD},
		[PIDC__V1__FINDING_RESULT__FINDING_RESULT_NOT_SHOWN] = {"-   ", PAINT_WARN},
	};
	size_t result = (size_t)gate->result;
	if (result >= sizeof(results) / sizeof(*results))
		result = 0;
	(void)fputs("|-", stdout);
	terminal_paint(terminal, stdout, results[result].paint, results[result].word);
	printf(" %-3.8s ", gate->gate);
	escape_print(stdout, gate->title);
	(void)fputc('\n', stdout);
	if (gate->result != PIDC__V1__FINDING_RESULT__FINDING_RESULT_FAIL)
		return;
	printf("|          %s", reason_of(gate->reason));
	put(": ", gate->detail);
	put("; ", gate->clause);
	(void)fputc('\n', stdout);
}

static void permit_print(const Pidc__V1__PermitFinding *permit)
{
	(void)fputs("|-grant ", stdout);
	escape_print(stdout, permit->consent_id);
	(void)fputs(permit->is_used ? ": this one permits it" : "", stdout);
	for (size_t i = 0; i < permit->n_misses; i++)
		printf("%s%s", i ? ", " : ": lacks ", reason_of(permit->misses[i]));
	put(" ", permit->detail);
	for (size_t i = 0; i < permit->n_blocked_by; i++)
		put("; stopped by ", permit->blocked_by[i]);
	(void)fputc('\n', stdout);
}

static void exclusion_print(const Pidc__V1__ExclusionFinding *exclusion)
{
	printf("|-%s ", word_of(&pidc__v1__statement_kind__descriptor, (int)exclusion->kind,
				strlen("STATEMENT_KIND_")));
	escape_print(stdout, exclusion->consent_id);
	(void)fputs(" forbids it", stdout);
	if (exclusion->blocks_before > 0)
		printf(" to grants before revision %llu",
		       (unsigned long long)exclusion->blocks_before);
	(void)fputc('\n', stdout);
}

static void tree_print(struct ctl *ctl, const Pidc__V1__ExplainDecisionResponse *answer)
{
	const struct terminal *terminal = &ctl->output.terminal;
	bool is_permit = answer->verdict == PIDC__V1__VERDICT__VERDICT_PERMIT;
	terminal_pager_start(&ctl->output.terminal);
	terminal_paint(
		terminal, stdout, is_permit ? PAINT_GOOD : PAINT_BAD,
		word_of(&pidc__v1__verdict__descriptor, (int)answer->verdict, strlen("VERDICT_")));
	if (answer->reason != 0)
		printf(" %s", reason_of(answer->reason));
	put(": ", answer->detail);
	(void)fputc('\n', stdout);
	for (size_t i = 0; i < answer->n_gates; i++)
		gate_print(terminal, answer->gates[i]);
	for (size_t i = 0; i < answer->n_permits; i++)
		permit_print(answer->permits[i]);
	for (size_t i = 0; i < answer->n_exclusions; i++)
		exclusion_print(answer->exclusions[i]);
	for (size_t i = 0; i < answer->n_obligations; i++)
		printf("|-obligation %s\n",
		       word_of(&pidc__v1__condition_kind__descriptor,
			       (int)answer->obligations[i]->kind, strlen("CONDITION_KIND_")));
	terminal_pager_end(&ctl->output.terminal);
	if (answer->position)
		(void)fprintf(stderr, "revision %llu\n",
			      (unsigned long long)answer->position->revision);
}

int ctl_consent_explain(struct ctl *ctl)
{
	ProtobufCMessage *request = NULL;
	ProtobufCMessage *message = NULL;
	int status = ctl_consent_question(ctl, &request);
	if (status == EXIT_OK && ctl->output.format > OUTPUT_WIDE)
		status = ctl_run_call(ctl, request, &message);
	else if (status == EXIT_OK)
		status = ctl_call(ctl, ctl->in->command->path, request, ctl->in->command->response,
				  &message);
	if (status != EXIT_OK)
		return status;
	const Pidc__V1__ExplainDecisionResponse *answer =
		(const Pidc__V1__ExplainDecisionResponse *)message;
	if (ctl->output.format <= OUTPUT_WIDE)
		tree_print(ctl, answer);
	return answer->verdict == PIDC__V1__VERDICT__VERDICT_PERMIT ? EXIT_OK : EXIT_NO;
}
