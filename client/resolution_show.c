/* SPDX-License-Identifier: ISC
 *
 * pidcctl resolution show: what was decided, by whom, and how it was counted.
 */
#include "client/resolution.h"

#include "client/table.h"
#include "core/board.h"
#include "core/message.h"
#include "core/signature.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

/* Of one ballot: ids, a digest, a reason. */
#define BALLOT_ELEMENTS_MAX 16

#define LABEL_WIDTH 10

static void line(const char *label, const char *value)
{
	if (*value == '\0')
		return;
	printf("%-*s  ", LABEL_WIDTH, label);
	escape_print(stdout, value);
	(void)fputc('\n', stdout);
}

static void time_line(const char *label, const Google__Protobuf__Timestamp *ts)
{
	char text[28] = "";
	char shown[40] = "";
	int64_t us = 0;
	if (!ts || !time_from_proto(ts, &us))
		return;
	time_format(us, text);
	(void)snprintf(shown, sizeof(shown), "%.10s %.8s UTC", text, text + 11);
	line(label, shown);
}

static void digest_line(const char *label, const ProtobufCBinaryData *digest)
{
	char text[2 * SHA256_LEN + 1] = "";
	for (size_t i = 0; i < digest->len && i < SHA256_LEN; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest->data[i]);
	line(label, text);
}

static void head_print(const struct ctl *ctl, const Pidc__V1__Resolution *r)
{
	bool is_carried = r->state == PIDC__V1__RESOLUTION_STATE__RESOLUTION_STATE_CARRIED;
	printf("Resolution %s: ", r->resolution_id);
	terminal_paint(&ctl->output.terminal, stdout, is_carried ? PAINT_GOOD : PAINT_WARN,
		       resolution_word(&pidc__v1__resolution_state__descriptor, (int)r->state));
	printf("%s\n\n", r->is_voting_over ? ", and the time to vote is over" : "");
	line("title", r->title);
	line("text", r->text);
	digest_line("document", &r->text_digest);
	line("kind", resolution_word(&pidc__v1__resolution_kind__descriptor, (int)r->kind));
	line("mode", resolution_word(&pidc__v1__voting_mode__descriptor, (int)r->mode));
	line("about", r->subject_org);
	line("subject", r->subject_id);
	digest_line("approves", &r->subject_digest);
	line("proposed by", r->proposer_org);
	line("seconded by", r->seconder_org);
	time_line("proposed", r->proposed_at);
	time_line("opened", r->opened_at);
	time_line("closes", r->closes_at);
	time_line("closed", r->closed_at);
	time_line(r->is_lapsed ? "LAPSED" : "lapses", r->lapses_at);
	line("effect", resolution_word(&pidc__v1__resolution_effect__descriptor, (int)r->effect));
	line("reason", r->reason);
	line("rescinded by", r->rescinded_by);
}

/* --- ballots ---------------------------------------------------------------------- */

/* The ballot as it was signed is the ballot that is shown, on this text. */
static bool ballot_holds(struct ctl *ctl, const Pidc__V1__Resolution *r,
			 const Pidc__V1__Ballot *ballot)
{
	Pidc__V1__SignedStatement statement = PIDC__V1__SIGNED_STATEMENT__INIT;
	Pidc__V1__Signature signature = PIDC__V1__SIGNATURE__INIT;
	ProtobufCBinaryData chain[1] = {ballot->certificate};
	ProtobufCMessage *message = NULL;
	uint8_t spki[SHA256_LEN];
	signature.algorithm = (char *)(uintptr_t) "ecdsa-p256-sha256";
	signature.n_certificate_chain = 1;
	signature.certificate_chain = chain;
	signature.value = ballot->signature;
	statement.statement = ballot->statement;
	statement.signature = &signature;
	if (statement_verify(&statement, spki, NULL) < 0 ||
	    message_unpack(&pidc__v1__ballot_statement__descriptor, ballot->statement.data,
			   ballot->statement.len, BALLOT_ELEMENTS_MAX, ctl->arena, &message,
			   NULL) < 0)
		return false;
	const Pidc__V1__BallotStatement *said = (const Pidc__V1__BallotStatement *)message;
	return said->choice == ballot->choice && said->number == ballot->number &&
	       strcmp(said->member_org, ballot->member_org) == 0 &&
	       said->resolution_digest.len == r->resolution_digest.len &&
	       memcmp(said->resolution_digest.data, r->resolution_digest.data,
		      said->resolution_digest.len) == 0;
}

static json_t *ballot_row(const Pidc__V1__Ballot *ballot, bool holds)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "member", ballot->member_org, "ballot",
			 resolution_word(&pidc__v1__ballot_choice__descriptor, (int)ballot->choice),
			 "state",
			 resolution_word(&pidc__v1__ballot_state__descriptor, (int)ballot->state),
			 "signer", ballot->signer_id, "signature",
			 holds ? "verified here" : "DOES NOT HOLD", "reason", ballot->reason);
}

static int ballots_print(struct ctl *ctl, const Pidc__V1__Resolution *r, bool *ret_good)
{
	json_t *rows = json_array();
	int rc = 0;
	for (size_t i = 0; i < r->n_ballots; i++) {
		bool holds = ballot_holds(ctl, r, r->ballots[i]);
		*ret_good = *ret_good && holds;
		(void)json_array_append_new(rows, ballot_row(r->ballots[i], holds));
	}
	if (json_array_size(rows) > 0) {
		(void)fputs("\nBallots\n", stdout);
		rc = table_print(&ctl->output.terminal,
				 "member ballot state signature signer reason", NULL, rows, stdout);
	}
	json_decref(rows);
	return rc;
}

/* --- electorate -------------------------------------------------------------------- */

static const char *standing_of(const Pidc__V1__Resolution *r, const char *org)
{
	const Pidc__V1__Recusal *recusal = recusal_find(r, org);
	return recusal ? resolution_word(&pidc__v1__recusal_cause__descriptor, (int)recusal->cause)
		       : "";
}

/* A line a member, however many seats it has. */
static int electorate_print(struct ctl *ctl, const Pidc__V1__Resolution *r)
{
	json_t *rows = json_array();
	int rc = 0;
	for (size_t i = 0; i < r->n_seats; i++) {
		const char *org = r->seats[i]->org;
		const Pidc__V1__Recusal *recusal = recusal_find(r, org);
		json_int_t seats = 0;
		for (size_t k = 0; k < r->n_seats; k++)
			seats += strcmp(r->seats[k]->org, org) == 0;
		if (!board_has(r->seats, i, org))
			(void)json_array_append_new(
				rows, json_pack("{s:s, s:I, s:s, s:s}", "member", org, "seats",
						seats, "recused", standing_of(r, org), "reason",
						recusal ? recusal->reason : ""));
	}
	if (json_array_size(rows) > 0) {
		(void)fputs("\nElectorate, as the vote opened\n", stdout);
		rc = table_print(&ctl->output.terminal, "member seats recused reason", NULL, rows,
				 stdout);
	}
	json_decref(rows);
	return rc;
}

/* --- the count --------------------------------------------------------------------- */

static const char *met(bool is_met)
{
	return is_met ? "met" : "MISSED";
}

static void tally_print(const Pidc__V1__Resolution *r)
{
	const Pidc__V1__Tally *t = r->tally;
	const Pidc__V1__BoardRules *rules = r->rules;
	uint32_t sum = t->ballots + t->noticed;
	bool has_quorum = sum >= t->quorum && t->ballots >= t->ballots_needed;
	printf("\nCount\n"
	       "N  %3u  members with seats when the vote opened\n"
	       "   %3u  of these recused\n"
	       "R  %3u  of the recused took notice\n"
	       "E  %3u  electors: N less the recused\n"
	       "B  %3u  ballots: %u yes, %u no, %u abstain\n\n",
	       t->members, t->recused, t->noticed, t->electors, t->ballots, t->yes, t->no,
	       t->abstain);
	printf("quorum 1  B + R = %u, at least %u: %s (more than %u %% of N)\n", sum, t->quorum,
	       met(sum >= t->quorum), rules ? rules->quorum_over_percent : 0);
	printf("quorum 2  B = %u, at least %u: %s (%u %% of E, and never under %u)\n", t->ballots,
	       t->ballots_needed, met(t->ballots >= t->ballots_needed),
	       rules ? rules->ballots_min_percent : 0, rules ? rules->ballots_min : 0);
	if (rules &&
	    rules->decision_mode == PIDC__V1__DECISION_MODE__DECISION_MODE_CONSENSUS_NO_OBJECTION)
		printf("consensus NO = %u: %s\n", t->no,
		       has_quorum ? t->no == 0 ? "nobody objects" : "OBJECTED" : "not asked");
	else
		printf("majority  YES = %u, at least %u: %s (more than %u %% of YES and NO)\n",
		       t->yes, t->yes_needed,
		       has_quorum ? met(t->yes >= t->yes_needed) : "not asked",
		       rules ? rules->majority_over_percent : 0);
	if (t->is_assumption)
		(void)fputs("assumption A5: the Board has adopted no rules; these are the "
			    "defaults\n",
			    stdout);
	else if (rules)
		printf("rules     version %u, as adopted\n", rules->version);
}

static int resolution_print(struct ctl *ctl, const Pidc__V1__Resolution *resolution)
{
	bool is_good = true;
	terminal_pager_start(&ctl->output.terminal);
	head_print(ctl, resolution);
	int rc = electorate_print(ctl, resolution);
	if (rc == 0)
		rc = ballots_print(ctl, resolution, &is_good);
	if (rc == 0 && resolution->tally)
		tally_print(resolution);
	terminal_pager_end(&ctl->output.terminal);
	if (rc < 0)
		return ctl_fail(ctl, EXIT_UNEXPECTED, "", "the answer could not be written");
	return is_good ? EXIT_OK : ctl_fail(ctl, EXIT_INTEGRITY, "", "a ballot does not hold");
}

int ctl_resolution_show(struct ctl *ctl)
{
	const Pidc__V1__GetResolutionResponse *answer = NULL;
	const Pidc__V1__Resolution *resolution = NULL;
	struct pidc_error err = {.code = 0};
	int status = resolution_get(ctl, &resolution, &answer);
	if (status != EXIT_OK)
		return status;
	if (ctl->output.format > OUTPUT_WIDE)
		return output_message(&ctl->output, NULL, &answer->base, ctl->arena, &err) < 0
			       ? ctl_error(ctl, &err)
			       : EXIT_OK;
	status = resolution_print(ctl, resolution);
	if (status == EXIT_OK && answer->position)
		(void)fprintf(stderr, "revision %llu\n",
			      (unsigned long long)answer->position->revision);
	return status;
}
