/* SPDX-License-Identifier: ISC
 *
 * What is known of a possible partner, measured against the five criteria. A dossier is
 * complete or it is refused: nobody assesses half of one.
 */
#include "core/message.h"
#include "core/partnership.h"
#include "core/rule_check.h"
#include "core/text.h"

#include <string.h>

#define REASON(name) PIDC__V1__REASON__REASON_##name

#define CRITERIA  5
#define SCORE_MAX 4
/* No agreement is for longer than a life. */
#define STRATEGIC_MONTHS_MAX 1200
/* People read a dossier: lists of what is aimed at, of projects, of papers. */
#define AIMS_MAX       16
#define ACTIVITIES_MAX 64
#define THEMES_MAX     32
#define DOCUMENTS_MAX  64

static int check_alignment(const Pidc__V1__Dossier *dossier, struct refusal *refusal)
{
	unsigned seen = 0;

	if (dossier->n_alignment != CRITERIA)
		return refuse(refusal, REASON(E_FIELD), "alignment", "%d criteria, each once",
			      CRITERIA);
	for (size_t i = 0; i < CRITERIA; i++) {
		const Pidc__V1__AlignmentScore *score = dossier->alignment[i];
		int rc = check_enum(refusal, "alignment.criterion",
				    &pidc__v1__alignment_criterion__descriptor,
				    (int)score->criterion);

		if (rc == 0 && (seen >> score->criterion & 1) != 0)
			rc = refuse(refusal, REASON(E_FIELD), "alignment", "%d criteria, each once",
				    CRITERIA);
		if (rc == 0 && score->score > SCORE_MAX)
			rc = refuse(refusal, REASON(E_FIELD), "alignment.score", "0 to %d",
				    SCORE_MAX);
		if (rc == 0)
			rc = check_text(refusal, "alignment.text", score->text, REASON_TEXT_MIN,
					NOTE_TEXT_MAX);
		if (rc < 0)
			return rc;
		seen |= 1U << score->criterion;
	}
	return 0;
}

static int check_aims(const char *field, char *const *aims, size_t count, struct refusal *refusal)
{
	int rc = 0;

	if (count == 0 || count > AIMS_MAX)
		return refuse(refusal, REASON(E_FIELD), field, "1 to %d", AIMS_MAX);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = check_text(refusal, field, aims[i], REASON_TEXT_MIN, REASON_TEXT_MAX);
	return rc;
}

static int check_strategic(const Pidc__V1__StrategicTerms *terms, struct refusal *refusal)
{
	int rc;

	if (terms == NULL)
		return 0;
	rc = check_aims("strategic.shared_goals", terms->shared_goals, terms->n_shared_goals,
			refusal);
	if (rc == 0)
		rc = check_aims("strategic.objectives", terms->objectives, terms->n_objectives,
				refusal);
	if (rc == 0 && (terms->term_months < STRATEGIC_MONTHS_MIN ||
			terms->term_months > STRATEGIC_MONTHS_MAX))
		rc = refuse(refusal, REASON(E_FIELD), "strategic.term_months", "%d to %d",
			    STRATEGIC_MONTHS_MIN, STRATEGIC_MONTHS_MAX);
	return rc;
}

static int check_operational(const Pidc__V1__OperationalTerms *terms, struct refusal *refusal)
{
	int rc = 0;

	if (terms == NULL)
		return 0;
	if (terms->n_activities == 0 || terms->n_activities > ACTIVITIES_MAX)
		return refuse(refusal, REASON(E_FIELD), "operational.activities", "1 to %d",
			      ACTIVITIES_MAX);
	for (size_t i = 0; rc == 0 && i < terms->n_activities; i++) {
		rc = check_text(refusal, "operational.activities.title",
				terms->activities[i]->title, 1, TITLE_TEXT_MAX);
		if (rc == 0)
			rc = check_enum(refusal, "operational.activities.contribution",
					&pidc__v1__contribution_kind__descriptor,
					(int)terms->activities[i]->contribution);
	}
	return rc;
}

/* TYP-4: at least one type, each with all of its own terms. */
static int check_types(const Pidc__V1__Dossier *dossier, struct refusal *refusal)
{
	int rc;

	if (dossier->strategic == NULL && dossier->operational == NULL && dossier->advisory == NULL)
		return refuse(refusal, REASON(E_FIELD), "types",
			      "strategic, operational or advisory terms");
	rc = check_strategic(dossier->strategic, refusal);
	if (rc == 0)
		rc = check_operational(dossier->operational, refusal);
	if (rc == 0 && dossier->advisory != NULL)
		rc = check_aims("advisory.subjects", dossier->advisory->subjects,
				dossier->advisory->n_subjects, refusal);
	return rc;
}

static int check_themes(const Pidc__V1__Dossier *dossier,
			const Pidc__Store__V1__PartnershipFacts *facts, struct refusal *refusal)
{
	if (dossier->n_themes > THEMES_MAX)
		return refuse(refusal, REASON(E_FIELD), "themes", "at most %d", THEMES_MAX);
	for (size_t i = 0; i < dossier->n_themes; i++)
		if (!list_has(facts->known_themes, facts->n_known_themes, dossier->themes[i]))
			return refuse(refusal, REASON(E_UNKNOWN_CODE), "themes",
				      "%.63s is no theme", dossier->themes[i]);
	return 0;
}

static int check_documents(const Pidc__V1__Dossier *dossier, struct refusal *refusal)
{
	int rc = 0;

	if (dossier->n_documents > DOCUMENTS_MAX)
		return refuse(refusal, REASON(E_FIELD), "documents", "at most %d", DOCUMENTS_MAX);
	for (size_t i = 0; rc == 0 && i < dossier->n_documents; i++) {
		rc = check_text(refusal, "documents.title", dossier->documents[i]->title, 1,
				TITLE_TEXT_MAX);
		if (rc == 0)
			rc = check_digest(refusal, "documents.digest",
					  &dossier->documents[i]->digest, false);
	}
	return rc;
}

int check_dossier(const struct rule_input *in, const Pidc__V1__Dossier *dossier,
		  struct refusal *refusal)
{
	const Pidc__Store__V1__PartnershipFacts *facts =
		(const Pidc__Store__V1__PartnershipFacts *)in->facts;
	bool is_private = strcmp(facts->partnership->partner_class, "PRIVATE_SECTOR") == 0;
	int rc;

	if (dossier == NULL)
		return refuse(refusal, REASON(E_FIELD), "dossier", "it is mandatory");
	rc = check_alignment(dossier, refusal);
	if (rc == 0)
		rc = check_text(refusal, "cultural_note", dossier->cultural_note, REASON_TEXT_MIN,
				NOTE_TEXT_MAX);
	if (rc == 0)
		rc = check_text(refusal, "necessity", dossier->necessity,
				is_private ? REASON_TEXT_MIN : 0, NOTE_TEXT_MAX);
	if (rc == 0)
		rc = check_types(dossier, refusal);
	if (rc == 0)
		rc = check_themes(dossier, facts, refusal);
	return rc < 0 ? rc : check_documents(dossier, refusal);
}

/* As the proto says: of what was submitted, and nothing that the register sets. */
static int digest_make(const Pidc__V1__Dossier *dossier, struct arena *arena,
		       ProtobufCBinaryData *ret)
{
	static const char label[] = "pidc/dossier/v1"; /* with its 0 */
	ProtobufCBinaryData packed;
	struct bytes parts[2] = {{label, sizeof(label)}, {NULL, 0}};
	uint8_t *digest = arena_alloc(arena, SHA256_LEN);
	int rc = message_pack(&dossier->base, arena, &packed);

	if (rc < 0 || digest == NULL)
		return PIDC_ENOMEM;
	parts[1] = (struct bytes){packed.data, packed.len};
	sha256(parts, 2, digest);
	*ret = (ProtobufCBinaryData){SHA256_LEN, digest};
	return 0;
}

static int dossier_make(const struct rule_input *in, const Pidc__V1__Dossier *asked,
			Pidc__V1__Dossier **ret)
{
	Pidc__V1__Dossier *dossier = arena_memdup(in->arena, asked, sizeof(*asked));
	char *id = arena_strdup(in->arena, in->new_id);
	char *nothing = arena_strdup(in->arena, "");
	int rc;

	if (dossier == NULL || id == NULL || nothing == NULL)
		return PIDC_ENOMEM;
	dossier->dossier_id = dossier->author = nothing;
	dossier->digest = (ProtobufCBinaryData){0, NULL};
	dossier->submitted_at = NULL;
	/* What a newer client said besides was assessed by nobody. */
	dossier->base.n_unknown_fields = 0;
	dossier->base.unknown_fields = NULL;
	rc = digest_make(dossier, in->arena, &dossier->digest);
	dossier->dossier_id = id;
	*ret = dossier;
	return rc;
}

int rule_submit_dossier(const struct rule_input *in, Pidc__V1__Event *event,
			struct refusal *refusal)
{
	const Pidc__V1__SubmitDossierRequest *request =
		(const Pidc__V1__SubmitDossierRequest *)in->request;
	Pidc__V1__DossierSubmitted *made = (Pidc__V1__DossierSubmitted *)message_new(
		&pidc__v1__dossier_submitted__descriptor, in->arena);
	int rc = made == NULL ? PIDC_ENOMEM : 0;

	if (rc == 0)
		rc = partnership_move(
			in, PIDC__V1__PARTNERSHIP_EVENT_KIND__PARTNERSHIP_EVENT_KIND_SUBMIT_DOSSIER,
			request->expected_version, &made->move, refusal);
	if (rc == 0)
		rc = check_dossier(in, request->dossier, refusal);
	if (rc == 0)
		rc = dossier_make(in, request->dossier, &made->dossier);
	if (rc < 0)
		return rc;
	event->body_case = PIDC__V1__EVENT__BODY_DOSSIER_SUBMITTED;
	event->dossier_submitted = made;
	return partnership_event(in, event, NULL);
}
