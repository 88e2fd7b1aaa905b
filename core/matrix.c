/* SPDX-License-Identifier: ISC */
#include "core/matrix.h"
#include "core/chain.h"
#include "core/decision.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

/* One way to use data that some grant speaks of. */
struct use {
	Pidc__V1__Capacity capacity;
	const char *purpose;
	Pidc__V1__Action action;
};

/* One recipient's matrix in the making. */
struct walk {
	const struct matrix_question *question;
	struct arena *arena;   /* of the rows */
	struct arena *scratch; /* of one use */
	struct arena *trial;   /* of one subject: there may be very many */
	struct matrix *matrix;
	struct chain_set chains;
	Pidc__Store__V1__DecisionFacts facts; /* the question's, with the purpose's place */
	Pidc__Store__V1__DecisionQuery query;
};

/* A tree has no more levels than entries; a loop in it must not become ours. */
static const Pidc__V1__CodeEntry *purpose_find(const Pidc__Store__V1__PurposeRows *tree,
					       const char *code)
{
	for (size_t i = 0; i < tree->n_purposes; i++)
		if (strcmp(tree->purposes[i]->code, code) == 0)
			return tree->purposes[i];
	return NULL;
}

static bool is_below(const Pidc__Store__V1__PurposeRows *tree, const char *code, const char *top)
{
	const Pidc__V1__CodeEntry *entry = purpose_find(tree, code);

	for (size_t i = 0; entry != NULL && i < tree->n_purposes; i++) {
		if (strcmp(entry->parent, top) == 0)
			return true;
		entry = purpose_find(tree, entry->parent);
	}
	return false;
}

/* The purpose with its ancestors, and all below it. */
static int purpose_place(struct walk *walk, const char *purpose)
{
	const Pidc__Store__V1__PurposeRows *tree = walk->question->purposes;
	const Pidc__V1__CodeEntry *entry = purpose_find(tree, purpose);
	size_t room = tree->n_purposes + 1;

	walk->facts.purpose_path = arena_calloc(walk->scratch, room, sizeof(char *));
	walk->facts.purpose_descendants = arena_calloc(walk->scratch, room, sizeof(char *));
	walk->facts.n_purpose_path = walk->facts.n_purpose_descendants = 0;
	if (walk->facts.purpose_path == NULL || walk->facts.purpose_descendants == NULL)
		return PIDC_ENOMEM;
	for (size_t i = 0; entry != NULL && i < tree->n_purposes; i++) {
		walk->facts.purpose_path[walk->facts.n_purpose_path++] = entry->code;
		entry = purpose_find(tree, entry->parent);
	}
	for (size_t i = 0; i < tree->n_purposes; i++)
		if (is_below(tree, tree->purposes[i]->code, purpose))
			walk->facts.purpose_descendants[walk->facts.n_purpose_descendants++] =
				tree->purposes[i]->code;
	return 0;
}

/* --- rows ------------------------------------------------------------------- */

Pidc__V1__MatrixRow *matrix_push(struct matrix *matrix, struct arena *arena)
{
	Pidc__V1__MatrixRow *row;

	if (matrix->count == matrix->room) {
		size_t room = matrix->room == 0 ? 64 : 2 * matrix->room;
		Pidc__V1__MatrixRow **rows = arena_calloc(arena, room, sizeof(*rows));

		if (rows == NULL)
			return NULL;
		if (matrix->count != 0)
			memcpy(rows, matrix->rows, matrix->count * sizeof(*rows));
		matrix->rows = rows;
		matrix->room = room;
	}
	row = (Pidc__V1__MatrixRow *)message_new(&pidc__v1__matrix_row__descriptor, arena);
	if (row != NULL)
		matrix->rows[matrix->count++] = row;
	return row;
}

static int row_fill(const struct walk *walk, const Pidc__Store__V1__Subject *subject,
		    const struct decision *decision, Pidc__V1__MatrixRow *row)
{
	struct arena *arena = walk->arena;
	int64_t to_us = INT64_MAX;

	for (size_t i = 0; i < walk->chains.count; i++)
		if (strcmp(walk->chains.chains[i].consent_id, decision->consent_id) == 0)
			to_us = walk->chains.chains[i].to_us;
	row->recipient_org = walk->query.recipient_org;
	row->capacity = walk->query.capacity;
	row->purpose = arena_strdup(arena, walk->query.purpose);
	row->action = walk->query.action;
	row->needs_owner = decision->verdict == PIDC__V1__VERDICT__VERDICT_NEEDS_OWNER ||
			   decision->is_approved;
	row->dataset_id = subject->dataset_id;
	row->contribution_id = subject->contribution_id;
	row->consent_id = arena_strdup(arena, decision->consent_id);
	row->statement_id = arena_strdup(arena, decision->statement_id);
	row->instrument_id = arena_strdup(arena, decision->instrument_id);
	row->fields = arena_calloc(arena, subject->n_fields, sizeof(char *));
	if (to_us != INT64_MAX) {
		row->valid_to = time_to_proto(arena, to_us);
		if (row->valid_to == NULL)
			return PIDC_ENOMEM;
	}
	return row->purpose == NULL || row->consent_id == NULL || row->statement_id == NULL ||
			       row->instrument_id == NULL || row->fields == NULL
		       ? PIDC_ENOMEM
		       : 0;
}

/* The field goes to the subject's row of that consent; rows of this subject and use
 * start at first. */
static int field_add(struct walk *walk, const Pidc__Store__V1__Subject *subject, size_t first,
		     char *field, const struct decision *decision)
{
	struct matrix *matrix = walk->matrix;
	Pidc__V1__MatrixRow *row = NULL;
	int rc = 0;

	for (size_t i = first; i < matrix->count && row == NULL; i++)
		if (strcmp(matrix->rows[i]->consent_id, decision->consent_id) == 0)
			row = matrix->rows[i];
	if (row == NULL && matrix->count >= matrix->max) {
		matrix->is_cut = true;
		return 0;
	}
	if (row == NULL) {
		row = matrix_push(matrix, walk->arena);
		rc = row == NULL ? PIDC_ENOMEM : row_fill(walk, subject, decision, row);
	}
	if (rc == 0)
		row->fields[row->n_fields++] = field;
	return rc;
}

/* --- uses ------------------------------------------------------------------- */

static int use_evaluate(struct walk *walk)
{
	const Pidc__Store__V1__DecisionFacts *facts = walk->question->facts;
	struct decision_set *set;
	int rc = decision_compile(&walk->facts, &walk->query, walk->scratch, &set);

	walk->query.n_fields = 1;
	for (size_t i = 0; rc == 0 && !walk->matrix->is_cut && i < facts->n_subjects; i++) {
		const Pidc__Store__V1__Subject *subject = facts->subjects[i];
		size_t first = walk->matrix->count;

		arena_reset(walk->trial);
		for (size_t k = 0; rc == 0 && k < subject->n_fields; k++) {
			struct decision decision;

			walk->query.fields = &subject->fields[k]->name;
			rc = decision_evaluate(set, subject, walk->question->now_us, walk->trial,
					       &decision);
			if (rc == 0 && decision.verdict != PIDC__V1__VERDICT__VERDICT_DENY)
				rc = field_add(walk, subject, first, subject->fields[k]->name,
					       &decision);
		}
	}
	return rc;
}

static int use_run(struct walk *walk, const struct use *use)
{
	int rc;

	arena_reset(walk->scratch);
	walk->query.capacity = use->capacity;
	walk->query.purpose = (char *)(uintptr_t)use->purpose;
	walk->query.action = use->action;
	rc = purpose_place(walk, use->purpose);
	return rc < 0 ? rc : use_evaluate(walk);
}

/* Whether any grant speaks of this use at all; most combinations none does. */
static bool is_granted(const struct walk *walk, const struct use *use)
{
	const Pidc__Store__V1__PurposeRows *tree = walk->question->purposes;

	for (size_t i = 0; i < walk->chains.count; i++) {
		const Pidc__V1__ConsentStatement *terms = walk->chains.chains[i].terms;
		bool has_action = false, has_purpose = false;

		if (terms == NULL || terms->recipient == NULL ||
		    terms->recipient->capacity != use->capacity)
			continue;
		for (size_t k = 0; k < terms->n_actions; k++)
			has_action = has_action || terms->actions[k] == use->action;
		for (size_t k = 0; k < terms->n_purposes; k++)
			has_purpose = has_purpose ||
				      strcmp(terms->purposes[k], use->purpose) == 0 ||
				      is_below(tree, use->purpose, terms->purposes[k]);
		if (has_action && has_purpose)
			return true;
	}
	return false;
}

static int uses_run(struct walk *walk)
{
	const Pidc__Store__V1__PurposeRows *tree = walk->question->purposes;
	const ProtobufCEnumDescriptor *capacities = &pidc__v1__capacity__descriptor;
	const ProtobufCEnumDescriptor *actions = &pidc__v1__action__descriptor;
	int rc = 0;

	for (unsigned c = 0; c < capacities->n_values; c++)
		for (size_t p = 0; p < tree->n_purposes; p++)
			for (unsigned a = 0; rc == 0 && a < actions->n_values; a++) {
				const struct use use = {
					(Pidc__V1__Capacity)capacities->values[c].value,
					tree->purposes[p]->code,
					(Pidc__V1__Action)actions->values[a].value,
				};

				if (is_granted(walk, &use))
					rc = use_run(walk, &use);
			}
	return rc;
}

int matrix_add(const struct matrix_question *question, struct arena *arena, struct matrix *matrix)
{
	struct walk walk = {.question = question,
			    .arena = arena,
			    .scratch = arena_new(0),
			    .trial = arena_new(0),
			    .matrix = matrix,
			    .facts = *question->facts,
			    .query = PIDC__STORE__V1__DECISION_QUERY__INIT};
	int rc = walk.scratch == NULL || walk.trial == NULL ? PIDC_ENOMEM : 0;

	walk.query.owner_org = (char *)(uintptr_t)question->owner_org;
	walk.query.recipient_org = arena_strdup(arena, question->recipient_org);
	if (walk.query.recipient_org == NULL)
		rc = PIDC_ENOMEM;
	if (rc == 0)
		rc = chain_set_build(question->facts->statements, question->facts->n_statements,
				     question->owner_org, arena, &walk.chains);
	if (rc == 0)
		rc = uses_run(&walk);
	arena_free(walk.trial);
	arena_free(walk.scratch);
	return rc;
}
