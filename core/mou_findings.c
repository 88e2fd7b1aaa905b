/* SPDX-License-Identifier: ISC
 *
 * What an MoU has to say (PRO-3b, PRO-3c, STM-5, PRI-7, TYP-1, TYP-4): all that a text
 * lacks, clause by clause.
 */
#include "core/mou.h"
#include "core/partnership.h"
#include "core/rule_check.h"

#include <stdio.h>
#include <string.h>

#define KIND(name)   PIDC__V1__MOU_CLAUSE_KIND__MOU_CLAUSE_KIND_##name
#define TYPE(name)   PIDC__V1__PARTNERSHIP_TYPE__PARTNERSHIP_TYPE_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

/* Kinds of clauses that every partnership has. */
#define KINDS_OF_ALL 20

const Pidc__V1__MouClause *mou_clause_find(const Pidc__V1__MouTerms *terms,
					   Pidc__V1__MouClauseKind kind,
					   Pidc__V1__PartnershipType type)
{
	for (size_t i = 0; i < terms->n_clauses; i++)
		if (terms->clauses[i]->kind == kind && terms->clauses[i]->type == type)
			return terms->clauses[i];
	return NULL;
}

struct finder {
	const Pidc__V1__MouTerms *terms;
	struct arena *arena;
	Pidc__V1__MouFinding *findings[2 * MOU_CLAUSES_MAX + 2 * MOU_OUTCOMES_MAX];
	size_t count;
};

static int find(struct finder *f, Pidc__V1__Reason reason, const char *clause, const char *detail)
{
	Pidc__V1__MouFinding *finding =
		(Pidc__V1__MouFinding *)message_new(&pidc__v1__mou_finding__descriptor, f->arena);

	if (finding == NULL)
		return PIDC_ENOMEM;
	finding->reason = reason;
	finding->clause = arena_strdup(f->arena, clause);
	finding->detail = (char *)(uintptr_t)detail;
	if (finding->clause == NULL)
		return PIDC_ENOMEM;
	if (f->count < sizeof(f->findings) / sizeof(f->findings[0]))
		f->findings[f->count++] = finding;
	return 0;
}

static const char *word(const ProtobufCEnumDescriptor *type, int value, const char *prefix)
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);

	return found == NULL ? "?" : found->name + strlen(prefix);
}

static int find_clause(struct finder *f, Pidc__V1__MouClauseKind kind,
		       Pidc__V1__PartnershipType type)
{
	static const char of_type[] = "MOU_CLAUSE_KIND_TYPE_";
	const Pidc__V1__MouClause *clause = mou_clause_find(f->terms, kind, type);
	char name[96];

	if (clause != NULL && strlen(clause->text) >= REASON_TEXT_MIN)
		return 0;
	if (type == 0)
		snprintf(name, sizeof(name), "%s",
			 word(&pidc__v1__mou_clause_kind__descriptor, (int)kind,
			      "MOU_CLAUSE_KIND_"));
	else
		snprintf(name, sizeof(name), "%s.%s",
			 word(&pidc__v1__partnership_type__descriptor, (int)type,
			      "PARTNERSHIP_TYPE_"),
			 word(&pidc__v1__mou_clause_kind__descriptor, (int)kind, of_type));
	return find(f, REASON(E_MOU_INCOMPLETE), name, "the clause is missing");
}

static int find_points(struct finder *f, Pidc__V1__MouClauseKind kind, const char *name)
{
	const Pidc__V1__MouClause *clause = mou_clause_find(f->terms, kind, 0);

	return clause == NULL || clause->n_points != 0
		       ? 0
		       : find(f, REASON(E_MOU_INCOMPLETE), name, "it names no single obligation");
}

static bool is_measurable(const Pidc__V1__MouIndicator *i)
{
	return i->name[0] != '\0' && i->baseline[0] != '\0' && i->target[0] != '\0' &&
	       i->frequency[0] != '\0' && i->source[0] != '\0';
}

static int find_outcomes(struct finder *f, Pidc__V1__MouOutcome *const *outcomes, size_t count,
			 const char *name)
{
	int rc = 0;

	if (count == 0)
		rc = find(f, REASON(E_MOU_INCOMPLETE), name, "it names no outcome");
	for (size_t i = 0; rc == 0 && i < count; i++) {
		bool is_measured = outcomes[i]->n_indicators != 0;

		for (size_t k = 0; k < outcomes[i]->n_indicators; k++)
			is_measured = is_measured && is_measurable(outcomes[i]->indicators[k]);
		if (!is_measured)
			rc = find(f, REASON(E_PREREQ_ME), name,
				  "an outcome lacks an indicator with baseline, target, frequency "
				  "and source");
	}
	return rc;
}

/* What a machine reads of the text. */
static int find_values(struct finder *f, bool is_strategic)
{
	const Pidc__V1__MouTerms *terms = f->terms;
	int rc = 0;

	if (terms->scope == NULL)
		rc = find(f, REASON(E_MOU_INCOMPLETE), "DATA_SHARING_SCOPE",
			  "the scope is not given; an empty one says: no data");
	if (rc == 0 && (terms->term_months == 0 || terms->notice_months == 0))
		rc = find(f, REASON(E_MOU_INCOMPLETE), "TERM_NOTICE",
			  "term_months and notice_months are mandatory");
	if (rc == 0 && (terms->pidc_signatory == 0 || terms->partner_signatory[0] == '\0'))
		rc = find(f, REASON(E_MOU_INCOMPLETE), "SIGNATORIES", "both signatories are named");
	if (rc == 0 && is_strategic && terms->term_months != 0 &&
	    terms->term_months < STRATEGIC_MONTHS_MIN)
		rc = find(f, REASON(E_FIELD), "terms.term_months",
			  "TYP-1: a strategic partnership is for 24 months at least");
	return rc;
}

int mou_findings(const Pidc__V1__MouTerms *terms, const Pidc__V1__PartnershipType *types,
		 size_t type_count, struct arena *arena, Pidc__V1__MouFinding ***ret,
		 size_t *ret_count)
{
	struct finder f = {.terms = terms, .arena = arena};
	bool is_strategic = false;
	int rc = 0;

	for (int kind = 1; rc == 0 && kind <= KINDS_OF_ALL; kind++)
		rc = find_clause(&f, (Pidc__V1__MouClauseKind)kind, 0);
	for (size_t i = 0; rc == 0 && i < type_count; i++) {
		is_strategic |= types[i] == TYPE(STRATEGIC);
		for (int kind = KIND(TYPE_ROLES); rc == 0 && kind <= KIND(TYPE_EXPECTATIONS);
		     kind++)
			rc = find_clause(&f, (Pidc__V1__MouClauseKind)kind, types[i]);
	}
	if (rc == 0)
		rc = find_points(&f, KIND(RESPONSIBILITIES_PIDC), "RESPONSIBILITIES_PIDC");
	if (rc == 0)
		rc = find_points(&f, KIND(RESPONSIBILITIES_PARTNER), "RESPONSIBILITIES_PARTNER");
	if (rc == 0)
		rc = find_outcomes(&f, terms->outcomes_pidc, terms->n_outcomes_pidc,
				   "OUTCOMES_PIDC");
	if (rc == 0)
		rc = find_outcomes(&f, terms->outcomes_partner, terms->n_outcomes_partner,
				   "OUTCOMES_PARTNER");
	if (rc == 0)
		rc = find_values(&f, is_strategic);
	if (rc < 0)
		return rc;
	*ret = arena_calloc(arena, f.count, sizeof(**ret));
	if (*ret == NULL)
		return PIDC_ENOMEM;
	if (f.count != 0)
		memcpy(*ret, f.findings, f.count * sizeof(**ret));
	*ret_count = f.count;
	return 0;
}
