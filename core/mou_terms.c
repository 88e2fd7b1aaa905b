/* SPDX-License-Identifier: ISC
 *
 * The text of an MoU: what values it may have, and its bytes.
 */
#include "core/message.h"
#include "core/mou.h"
#include "core/rule_check.h"

#include <string.h>

#define KIND(name)   PIDC__V1__MOU_CLAUSE_KIND__MOU_CLAUSE_KIND_##name
#define ROLE(name)   PIDC__V1__ROLE__ROLE_##name
#define REASON(name) PIDC__V1__REASON__REASON_##name

#define POINTS_MAX     64
#define INDICATORS_MAX 16
/* A clause is some pages at most; what is longer is an annex with a digest. */
#define CLAUSE_TEXT_MAX   8000
#define TERM_MONTHS_MAX   1200
#define NOTICE_MONTHS_MAX 24
/* Clauses with their points, outcomes with their indicators. */
#define TERMS_ELEMENTS_MAX ((size_t)20000)
/* Together they are still read by people before they sign. */
#define TERMS_BYTES_MAX ((size_t)512 * 1024)

static bool is_of_type(Pidc__V1__MouClauseKind kind)
{
	return kind >= KIND(TYPE_ROLES);
}

/* --- values ----------------------------------------------------------------------------- */

static int check_points(char *const *points, size_t count, struct refusal *refusal)
{
	int rc = 0;

	if (count > POINTS_MAX)
		return refuse(refusal, REASON(E_FIELD), "terms.clauses.points", "at most %d",
			      POINTS_MAX);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = check_text(refusal, "terms.clauses.points", points[i], REASON_TEXT_MIN,
				REASON_TEXT_MAX);
	return rc;
}

static int check_clauses(const Pidc__V1__MouTerms *terms, struct refusal *refusal)
{
	if (terms->n_clauses > MOU_CLAUSES_MAX)
		return refuse(refusal, REASON(E_FIELD), "terms.clauses", "at most %d",
			      MOU_CLAUSES_MAX);
	for (size_t i = 0; i < terms->n_clauses; i++) {
		const Pidc__V1__MouClause *clause = terms->clauses[i];
		int rc = check_enum(refusal, "terms.clauses.kind",
				    &pidc__v1__mou_clause_kind__descriptor, (int)clause->kind);

		if (rc == 0 && is_of_type(clause->kind))
			rc = check_enum(refusal, "terms.clauses.type",
					&pidc__v1__partnership_type__descriptor, (int)clause->type);
		else if (rc == 0 && clause->type != 0)
			rc = refuse(refusal, REASON(E_FIELD), "terms.clauses.type",
				    "this kind is of no type");
		if (rc == 0 && mou_clause_find(terms, clause->kind, clause->type) != clause)
			rc = refuse(refusal, REASON(E_FIELD), "terms.clauses", "each once");
		if (rc == 0)
			rc = check_text(refusal, "terms.clauses.text", clause->text, 0,
					CLAUSE_TEXT_MAX);
		if (rc == 0)
			rc = check_points(clause->points, clause->n_points, refusal);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_indicator(const Pidc__V1__MouIndicator *indicator, const char *field,
			   struct refusal *refusal)
{
	const char *const texts[] = {indicator->name, indicator->baseline, indicator->target,
				     indicator->frequency, indicator->source};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		rc = check_text(refusal, field, texts[i], 0, TITLE_TEXT_MAX);
	return rc;
}

static int check_outcomes(Pidc__V1__MouOutcome *const *outcomes, size_t count, const char *field,
			  struct refusal *refusal)
{
	int rc = 0;

	if (count > MOU_OUTCOMES_MAX)
		return refuse(refusal, REASON(E_FIELD), field, "at most %d", MOU_OUTCOMES_MAX);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		rc = check_text(refusal, field, outcomes[i]->text, REASON_TEXT_MIN,
				REASON_TEXT_MAX);
		if (rc == 0 && outcomes[i]->n_indicators > INDICATORS_MAX)
			rc = refuse(refusal, REASON(E_FIELD), field, "at most %d indicators",
				    INDICATORS_MAX);
		for (size_t k = 0; rc == 0 && k < outcomes[i]->n_indicators; k++)
			rc = check_indicator(outcomes[i]->indicators[k], field, refusal);
	}
	return rc;
}

static bool is_without_data(const Pidc__V1__DataScope *scope)
{
	return scope->n_purposes == 0 && scope->n_actions == 0 && scope->granularity_ceiling == 0 &&
	       scope->classification_ceiling == 0;
}

static int check_scope(const struct mou_subject *s, struct refusal *refusal)
{
	static const struct data_scope_fields fields = {
		.purposes = "terms.scope.purposes",
		.actions = "terms.scope.actions",
		.granularity = "terms.scope.granularity_ceiling",
		.classification = "terms.scope.classification_ceiling",
	};
	const Pidc__V1__DataScope *scope = s->terms->scope;

	if (scope == NULL || is_without_data(scope))
		return 0;
	return check_data_scope(&fields, scope, s->facts->known_purposes,
				s->facts->n_known_purposes, refusal);
}

static int check_dates(const struct mou_subject *s, struct refusal *refusal)
{
	const Pidc__V1__MouTerms *terms = s->terms;
	int64_t from_us;
	int rc = check_time(refusal, "terms.not_before", terms->not_before, INT64_MIN, &from_us);

	if (rc == 0 && terms->term_months > TERM_MONTHS_MAX)
		rc = refuse(refusal, REASON(E_FIELD), "terms.term_months", "at most %d",
			    TERM_MONTHS_MAX);
	if (rc == 0 && terms->notice_months > NOTICE_MONTHS_MAX)
		rc = refuse(refusal, REASON(E_FIELD), "terms.notice_months", "at most %d",
			    NOTICE_MONTHS_MAX);
	return rc;
}

static int check_names(const struct mou_subject *s, struct refusal *refusal)
{
	const Pidc__V1__MouTerms *terms = s->terms;

	if (terms->pidc_signatory != 0 && terms->pidc_signatory != ROLE(BOARD_CHAIR) &&
	    terms->pidc_signatory != ROLE(SEC_HOS))
		return refuse(refusal, REASON(E_FIELD), "terms.pidc_signatory",
			      "BOARD_CHAIR or SEC_HOS");
	if (terms->replaces_instrument_id[0] != '\0' && !s->facts->is_replaced_known)
		return refuse(refusal, REASON(E_NOT_FOUND), "terms.replaces_instrument_id", NULL);
	return check_text(refusal, "terms.partner_signatory", terms->partner_signatory, 0,
			  NAME_TEXT_MAX);
}

int check_mou_terms(const struct mou_subject *subject, struct refusal *refusal)
{
	const Pidc__V1__MouTerms *terms = subject->terms;
	int rc;

	if (terms == NULL)
		return refuse(refusal, REASON(E_FIELD), "terms", "they are mandatory");
	rc = check_clauses(terms, refusal);
	if (rc == 0)
		rc = check_outcomes(terms->outcomes_pidc, terms->n_outcomes_pidc,
				    "terms.outcomes_pidc", refusal);
	if (rc == 0)
		rc = check_outcomes(terms->outcomes_partner, terms->n_outcomes_partner,
				    "terms.outcomes_partner", refusal);
	if (rc == 0)
		rc = check_scope(subject, refusal);
	if (rc == 0)
		rc = check_dates(subject, refusal);
	return rc < 0 ? rc : check_names(subject, refusal);
}

/* --- bytes ---------------------------------------------------------------------------- */

int mou_terms_read(const ProtobufCBinaryData *terms, struct arena *arena, Pidc__V1__MouTerms **ret)
{
	ProtobufCMessage *message = NULL;
	struct pidc_error err = {0};
	int rc = message_unpack(&pidc__v1__mou_terms__descriptor, terms->data, terms->len,
				TERMS_ELEMENTS_MAX, arena, &message, &err);

	if (rc < 0)
		return rc == PIDC_EINVAL ? PIDC_EINTEGRITY : rc;
	*ret = (Pidc__V1__MouTerms *)message;
	return 0;
}

static bool has_confidentiality(const Pidc__V1__MouTerms *terms)
{
	const Pidc__V1__MouClause *clause = mou_clause_find(terms, KIND(CONFIDENTIALITY), 0);

	return clause != NULL && strlen(clause->text) >= REASON_TEXT_MIN;
}

/* Nobody signs what we do not understand: fields of a newer client are refused. */
static int terms_pack(const Pidc__V1__MouTerms *terms, struct arena *arena,
		      ProtobufCBinaryData *ret, struct refusal *refusal)
{
	struct pidc_error err = {0};
	int rc = message_pack(&terms->base, arena, ret);

	if (rc < 0)
		return rc;
	if (ret->len > TERMS_BYTES_MAX)
		return refuse(refusal, REASON(E_LIMIT), "terms", "at most %zu bytes",
			      TERMS_BYTES_MAX);
	rc = message_scan(terms->base.descriptor, ret->data, ret->len, MESSAGE_STRICT,
			  TERMS_ELEMENTS_MAX, &err);
	return rc == PIDC_EINVAL ? refuse(refusal, REASON(E_MALFORMED), "terms", "%.150s", err.msg)
				 : rc;
}

int mou_content_make(const struct mou_subject *subject, const char *mou_id,
		     Pidc__V1__MouContent **ret, struct refusal *refusal)
{
	const Pidc__V1__MouTerms *terms = subject->terms;
	struct arena *arena = subject->in->arena;
	Pidc__V1__MouContent *made =
		(Pidc__V1__MouContent *)message_new(&pidc__v1__mou_content__descriptor, arena);
	int rc = made == NULL ? PIDC_ENOMEM : terms_pack(terms, arena, &made->terms, refusal);

	if (rc == 0)
		rc = mou_digest(mou_id, &made->terms, arena, &made->digest);
	if (rc < 0)
		return rc;
	made->scope = terms->scope;
	made->has_confidentiality = has_confidentiality(terms);
	made->not_before = terms->not_before;
	made->term_months = terms->term_months;
	made->notice_months = terms->notice_months;
	made->pidc_signatory = terms->pidc_signatory;
	made->partner_signatory = terms->partner_signatory;
	made->replaces_instrument_id = terms->replaces_instrument_id;
	*ret = made;
	return 0;
}
