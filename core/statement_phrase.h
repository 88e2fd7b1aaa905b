/* SPDX-License-Identifier: ISC
 *
 * The words of statement_text in both languages; private to it and its test. A
 * phrase of sentences is a format whose %s stand in the same order in both.
 */
#pragma once

#include "core/statement_text.h"
#include "pidc/v1/statement.pb-c.h"

enum phrase {
	PHRASE_GRANT,  /* owner, actions */
	PHRASE_FORBID, /* owner, actions */
	PHRASE_REFUSE, /* owner, request */
	PHRASE_ACK_EXISTING,
	PHRASE_CHAINS_REVOKE,  /* owner, count */
	PHRASE_CHAINS_SUSPEND, /* owner, count */
	PHRASE_CHAIN,          /* consent, version */
	PHRASE_IDS_CHAINS,     /* statement, register */
	PHRASE_CORRECT,        /* owner, actions */
	PHRASE_ANYTHING,
	PHRASE_WHOM, /* recipients */
	PHRASE_CAPACITY,
	PHRASE_ALL_PARTNERS,
	PHRASE_CLASS,
	PHRASE_CLASS_PINNED,
	PHRASE_CLASS_OPEN,
	PHRASE_DATASETS,
	PHRASE_CONTRIBUTIONS,
	PHRASE_CATEGORY, /* category, owner */
	PHRASE_CEILING,
	PHRASE_ALL_DATA, /* owner */
	PHRASE_FIELDS,
	PHRASE_ALL_FIELDS,
	PHRASE_SCHEMA_FIELDS,
	PHRASE_DATA_PERIOD, /* from, to */
	PHRASE_CLASSIFICATION,
	PHRASE_PURPOSES,
	PHRASE_ANY_PURPOSE,
	PHRASE_VALID, /* from, to */
	PHRASE_FROM_RECORDING,
	PHRASE_OPEN_BEGIN,
	PHRASE_OPEN_END,
	PHRASE_UNTIL_REVOKED,
	PHRASE_CONDITIONS,
	PHRASE_ADD,
	PHRASE_EXCLUSIVE,
	PHRASE_REVOKE,  /* owner, consent */
	PHRASE_SUSPEND, /* owner, consent */
	PHRASE_RESUME,  /* owner, consent */
	PHRASE_FALL_BACK,
	PHRASE_NO_FALL_BACK,
	PHRASE_REASON,
	PHRASE_REQUEST,
	PHRASE_NOTICE,
	PHRASE_IDS,             /* consent, version, statement, register */
	PHRASE_CONFIRM_RELEASE, /* owner, approval, recipient, capacity */
	PHRASE_REFUSE_RELEASE,  /* the same */
	PHRASE_RELEASE_TERMS,   /* purpose, action, fields */
	PHRASE_RELEASE_ITEMS,   /* count, contributions */
	PHRASE_RELEASE_ONCE,    /* until */
	PHRASE_LOWER,           /* owner, contribution, from, to */
	PHRASE_LOWER_VERSION,   /* version */
	PHRASE_REGISTER,        /* register */
	PHRASE_COUNT,
};

const char *phrase_text(enum phrase phrase, enum statement_language language);

/* A format of "%s" for number (with days), time or values, as its kind takes;
 * NULL for an unknown kind. */
const char *phrase_condition(Pidc__V1__ConditionKind kind, enum statement_language language);

/* Words of enums; NULL for an unknown value. */
const char *phrase_action(Pidc__V1__Action action, enum statement_language language);
const char *phrase_capacity(Pidc__V1__Capacity capacity, enum statement_language language);
