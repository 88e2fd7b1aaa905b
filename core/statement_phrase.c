/* SPDX-License-Identifier: ISC */
#include "core/statement_phrase.h"

/* clang-format off */
static const char *const phrases[PHRASE_COUNT][2] = {
	[PHRASE_GRANT] = {
		"%s permits the recipient to %s.",
		"%s permet au destinataire de %s."},
	[PHRASE_FORBID] = {
		"%s forbids the recipient to %s, whatever else permits it.",
		"%s interdit au destinataire de %s, quoi qui le permette par ailleurs."},
	[PHRASE_REFUSE] = {
		"%s refuses the request %s. That opens nothing and closes nothing.",
		"%s refuse la demande %s. Cela n'ouvre rien et ne ferme rien."},
	[PHRASE_CHAINS_REVOKE] = {
		"%s ends %s consents, at once and for good:",
		"%s met fin à %s consentements, aussitôt et définitivement :"},
	[PHRASE_CHAINS_SUSPEND] = {
		"%s pauses %s consents: nothing is released under them until each is resumed:",
		"%s suspend %s consentements : rien n'est transmis à leur titre jusqu'à la reprise de "
		"chacun :"},
	[PHRASE_CHAIN] = {
		"- the consent %s, by its version %s",
		"- le consentement %s, par sa version %s"},
	[PHRASE_IDS_CHAINS] = {
		"A statement for each, the first of them %s, for the register %s and no other.",
		"Une déclaration pour chacun, la première %s, pour le registre %s et aucun autre."},
	[PHRASE_ACK_EXISTING] = {
		"What a standing consent gives the asker already may stay.",
		"Ce qu'un consentement en vigueur donne déjà au demandeur peut rester."},
	[PHRASE_CORRECT] = {
		"%s corrects an earlier statement; it permits the recipient to %s.",
		"%s corrige une déclaration antérieure ; le destinataire peut %s."},
	[PHRASE_ANYTHING] = {
		"do anything with the data",
		"faire quoi que ce soit des données"},
	[PHRASE_WHOM] = {
		"The recipient: %s.",
		"Le destinataire : %s."},
	[PHRASE_CAPACITY] = {
		", acting as %s and in no other capacity",
		", agissant en qualité de %s et en aucune autre"},
	[PHRASE_ALL_PARTNERS] = {
		"every partner of PIDC, of today and of the future",
		"tous les partenaires de la PIDC, présents et futurs"},
	[PHRASE_CLASS] = {
		"every organisation of the class %s",
		"toutes les organisations de la classe %s"},
	[PHRASE_CLASS_PINNED] = {
		", but only those that are in it at signing: %s",
		", mais seulement celles qui en font partie à la signature : %s"},
	[PHRASE_CLASS_OPEN] = {
		", and whoever joins it later",
		", et toutes celles qui s'y joindront"},
	[PHRASE_DATASETS] = {
		"The data: all contributions, past and future, to the dataset %s.",
		"Les données : toutes les contributions, passées et futures, au jeu de données %s."},
	[PHRASE_CONTRIBUTIONS] = {
		"The data: the contribution %s.",
		"Les données : la contribution %s."},
	[PHRASE_CATEGORY] = {
		"The data: all data of the category %s that %s holds or will hold",
		"Les données : toutes les données de la catégorie %s que %s détient ou détiendra"},
	[PHRASE_CEILING] = {
		", no closer to a person than %s",
		", pas plus proches d'une personne que %s"},
	[PHRASE_ALL_DATA] = {
		"The data: everything that %s holds or will hold.",
		"Les données : tout ce que %s détient ou détiendra."},
	[PHRASE_FIELDS] = {
		"Of it these fields: %s.",
		"De celles-ci ces champs : %s."},
	[PHRASE_ALL_FIELDS] = {
		"Of it every field.",
		"De celles-ci tous les champs."},
	[PHRASE_SCHEMA_FIELDS] = {
		"Of it all fields of version %s of its schema.",
		"De celles-ci tous les champs de la version %s du schéma."},
	[PHRASE_DATA_PERIOD] = {
		"Only data about the time from %s until %s.",
		"Seulement les données sur la période du %s au %s."},
	[PHRASE_CLASSIFICATION] = {
		"Nothing that is handled more strictly than %s.",
		"Rien dont la classification dépasse %s."},
	[PHRASE_PURPOSES] = {
		"The purpose: %s; no other.",
		"La finalité : %s ; aucune autre."},
	[PHRASE_ANY_PURPOSE] = {
		"Whatever the purpose.",
		"Quelle que soit la finalité."},
	[PHRASE_VALID] = {
		"It begins %s and ends %s.",
		"Le début : %s ; la fin : %s."},
	[PHRASE_FROM_RECORDING] = {
		"when it is recorded",
		"à l'enregistrement"},
	[PHRASE_OPEN_BEGIN] = {
		"the beginning",
		"début"},
	[PHRASE_OPEN_END] = {
		"now and later",
		"présent et au-delà"},
	[PHRASE_UNTIL_REVOKED] = {
		"only when it is revoked",
		"seulement à sa révocation"},
	[PHRASE_CONDITIONS] = {
		"On the condition that:",
		"À condition que :"},
	[PHRASE_ADD] = {
		"It is one more permission beside those that stand already.",
		"C'est une permission de plus, à côté de celles qui existent déjà."},
	[PHRASE_EXCLUSIVE] = {
		"For all that it covers only these terms apply: other permissions do not count "
		"there, not even after its end, until it is revoked.",
		"Pour tout ce qu'elle couvre, seules ces conditions valent : d'autres permissions n'y "
		"comptent pas, même après sa fin, jusqu'à sa révocation."},
	[PHRASE_REVOKE] = {
		"%s ends the consent %s, at once and for good.",
		"%s met fin au consentement %s, aussitôt et définitivement."},
	[PHRASE_SUSPEND] = {
		"%s pauses the consent %s: nothing is released under it until it is resumed.",
		"%s suspend le consentement %s : rien n'est transmis à ce titre jusqu'à sa reprise."},
	[PHRASE_RESUME] = {
		"%s lets the consent %s, which is paused, apply again.",
		"%s remet en vigueur le consentement %s, qui est suspendu."},
	[PHRASE_FALL_BACK] = {
		"Older permissions, where there are any, apply again to what it covered.",
		"Les permissions antérieures, s'il y en a, valent de nouveau pour ce qu'il couvrait."},
	[PHRASE_NO_FALL_BACK] = {
		"What it covered stays closed, also where an older permission would open it.",
		"Ce qu'il couvrait reste fermé, même là où une permission antérieure l'ouvrirait."},
	[PHRASE_REASON] = {
		"The reason given: %s",
		"Le motif donné : %s"},
	[PHRASE_REQUEST] = {
		"It answers the request %s.",
		"Elle répond à la demande %s."},
	[PHRASE_NOTICE] = {
		"It was signed after reading the notice with the SHA-256 %s.",
		"Elle est signée après lecture de l'avis de SHA-256 %s."},
	[PHRASE_IDS] = {
		"Consent %s, version %s, statement %s, for the register %s and no other.",
		"Consentement %s, version %s, déclaration %s, pour le registre %s et aucun autre."},
	[PHRASE_CONFIRM_RELEASE] = {
		"%s confirms the release %s to %s as %s.",
		"%s confirme la transmission %s à %s en qualité de %s."},
	[PHRASE_REFUSE_RELEASE] = {
		"%s refuses the release %s to %s as %s.",
		"%s refuse la transmission %s à %s en qualité de %s."},
	[PHRASE_RELEASE_TERMS] = {
		"Purpose: %s. It may %s. Fields: %s.",
		"Finalité : %s. Actions permises : %s. Champs : %s."},
	[PHRASE_RELEASE_ITEMS] = {
		"Exactly these contributions, %s: %s.",
		"Exactement ces contributions, au nombre de %s : %s."},
	[PHRASE_RELEASE_ONCE] = {
		"It is good for one fetch, until %s.",
		"Cela vaut pour un seul retrait, jusqu'au %s."},
	[PHRASE_LOWER] = {
		"%s lowers the classification of its contribution %s, from %s to %s.",
		"%s abaisse la classification de sa contribution %s, de %s à %s."},
	[PHRASE_LOWER_VERSION] = {
		"It is about version %s of the contribution and no other.",
		"Cela porte sur la version %s de la contribution et aucune autre."},
	[PHRASE_REGISTER] = {
		"Signed for the register %s and no other.",
		"Signé pour le registre %s et aucun autre."},
};

#define CONDITION(name, en, fr) [PIDC__V1__CONDITION_KIND__CONDITION_KIND_##name] = {en, fr}

static const char *const conditions[][2] = {
	CONDITION(MIN_CELL,
		"numbers that stand for fewer than %s persons are left out",
		"les nombres qui concernent moins de %s personnes soient omis"),
	CONDITION(AGGREGATE_ONLY,
		"the data is aggregated",
		"les données soient agrégées"),
	CONDITION(DEIDENTIFIED_ONLY,
		"the data identifies nobody",
		"les données n'identifient personne"),
	CONDITION(EMBARGO_UNTIL,
		"nothing is released before %s",
		"rien ne soit transmis avant le %s"),
	CONDITION(MAX_RELEASES,
		"it is released at most %s times in all",
		"les transmissions ne dépassent pas %s en tout"),
	CONDITION(FREQUENCY,
		"it is released at most %s times in %s days",
		"les transmissions ne dépassent pas %s en %s jours"),
	CONDITION(DATA_LIFE,
		"the recipient disposes of it after %s days",
		"le destinataire s'en défasse après %s jours"),
	CONDITION(NO_ONWARD,
		"the recipient passes it on to nobody",
		"le destinataire ne le transmette à personne"),
	CONDITION(ONWARD_TO,
		"the recipient passes it on to nobody but %s",
		"le destinataire ne le transmette qu'à %s"),
	CONDITION(ATTRIBUTION,
		"the recipient names the owner as the source",
		"le destinataire cite le propriétaire comme source"),
	CONDITION(NOTIFY_EACH,
		"the owner is told of each release",
		"le propriétaire soit averti de chaque transmission"),
	CONDITION(APPROVE_EACH,
		"the owner approves each release before it happens",
		"le propriétaire approuve chaque transmission au préalable"),
	CONDITION(ONLY_UNDER,
		"it is released only under the instrument %s",
		"la transmission relève de l'instrument %s"),
	CONDITION(ONLY_FOR_FUNDING,
		"it is released only for the funding agreement %s",
		"la transmission serve l'accord de financement %s"),
	CONDITION(DISPOSE_ON_EXIT,
		"the recipient disposes of it when the partnership ends",
		"le destinataire s'en défasse à la fin du partenariat"),
	CONDITION(ACK_WITHIN,
		"the recipient acknowledges it within %s days",
		"le destinataire en accuse réception sous %s jours"),
	CONDITION(IN_COUNTRY,
		"it is kept and used only in %s",
		"il ne soit conservé et utilisé que dans : %s"),
	CONDITION(NOT_ORIGIN_COUNTRY,
		"it never reaches the country of origin of the persons concerned",
		"il ne parvienne jamais au pays d'origine des personnes concernées"),
	CONDITION(WIND_DOWN,
		"it goes on while the partnership is being wound down",
		"il reste permis pendant la liquidation du partenariat"),
};

#define ACTION(name, en, fr) [PIDC__V1__ACTION__ACTION_##name] = {en, fr}

static const char *const actions[][2] = {
	ACTION(DISCOVER, "learn that the data exists", "savoir que les données existent"),
	ACTION(READ, "read the data", "lire les données"),
	ACTION(COPY, "keep a copy of the data", "garder une copie des données"),
	ACTION(DERIVE, "make works of its own from the data", "tirer ses propres travaux des données"),
	ACTION(REDISTRIBUTE, "pass the data on", "transmettre les données à d'autres"),
	ACTION(PUBLISH, "publish the data", "publier les données"),
};

#define CAPACITY(name, en, fr) [PIDC__V1__CAPACITY__CAPACITY_##name] = {en, fr}

static const char *const capacities[][2] = {
	CAPACITY(MEMBER, "member", "membre"),
	CAPACITY(BOARD, "Board", "Conseil"),
	CAPACITY(ARC, "Audit and Risk Committee", "Comité d'audit et des risques"),
	CAPACITY(SECRETARIAT, "Secretariat", "Secrétariat"),
	CAPACITY(PARTNER, "partner", "partenaire"),
	CAPACITY(FUNDER, "funder", "bailleur de fonds"),
	CAPACITY(OBSERVER, "observer", "observateur"),
	CAPACITY(MEDIATOR, "mediator", "médiateur"),
	CAPACITY(AUDITOR, "auditor", "auditeur"),
	CAPACITY(OPERATOR, "operator of the host", "exploitant du serveur"),
};
/* clang-format on */

static const char *row_text(const char *const (*rows)[2], size_t n, unsigned value,
			    enum statement_language language)
{
	return value < n ? rows[value][language == STATEMENT_FRENCH] : NULL;
}

#define ROW_TEXT(rows, value, language) \
	row_text(rows, sizeof(rows) / sizeof(*(rows)), (unsigned)(value), language)

const char *phrase_text(enum phrase phrase, enum statement_language language)
{
	return ROW_TEXT(phrases, phrase, language);
}

const char *phrase_condition(Pidc__V1__ConditionKind kind, enum statement_language language)
{
	return ROW_TEXT(conditions, kind, language);
}

const char *phrase_action(Pidc__V1__Action action, enum statement_language language)
{
	return ROW_TEXT(actions, action, language);
}

const char *phrase_capacity(Pidc__V1__Capacity capacity, enum statement_language language)
{
	return ROW_TEXT(capacities, capacity, language);
}
