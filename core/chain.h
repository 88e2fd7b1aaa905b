/* SPDX-License-Identifier: ISC
 *
 * Consent chains: the recorded statements of one consent, folded to what stands.
 * The rule for new statements, the guard at writing and the decision all read a
 * chain through this, so that they cannot disagree.
 *
 * A chain's *terms* are its last GRANT or VETO, as corrected. All recorded statements are known:
 * to decide as of an earlier revision, leave later rows out.
 */
#pragma once

#include "core/arena.h"
#include "pidc/store/v1/store.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

/* 64 KiB, the shortest values have two bytes. */
#define STATEMENT_BYTES_MAX    ((size_t)64 * 1024)
#define STATEMENT_ELEMENTS_MAX (STATEMENT_BYTES_MAX / 2)

enum chain_state {
	CHAIN_EMPTY,     /* no GRANT or VETO yet */
	CHAIN_CURRENT,   /* the terms stand */
	CHAIN_SUSPENDED, /* until RESUME */
	CHAIN_REVOKED,   /* for ever */
	CHAIN_UNKNOWN,   /* something in it has a kind that we do not know: it only denies */
};

struct chain {
	const char *consent_id;
	enum chain_state state;
	const Pidc__V1__ConsentStatement *terms; /* NULL only when EMPTY or UNKNOWN */
	int64_t terms_recorded_us;
	uint64_t terms_index; /* in the ledger */
	uint64_t ended_index; /* of the REVOKE or SUSPEND that ended it */
	bool is_fall_back;    /* of the REVOKE */
	bool is_approved;     /* two principals of the owner signed the terms (SD-6) */
	uint32_t version;     /* of the last statement */
	int64_t from_us;      /* when the terms are valid: [from, to) */
	int64_t to_us;
};

struct chain_set {
	struct chain *chains; /* by consent_id */
	size_t count;
	/* Rows that do not parse: what they say is unknown, so they deny everything. */
	size_t broken_count;
};

/* One statement of a row, in the arena. 0, PIDC_EINVAL or PIDC_ENOMEM. */
int statement_parse(const ProtobufCBinaryData *data, struct arena *arena,
		    Pidc__V1__ConsentStatement **ret, struct pidc_error *err) PIDC_MUSTCHECK;

/* GRANT, or CORRECT, which stands in the place of one. */
bool statement_is_grant(const Pidc__V1__ConsentStatement *st);

/* The ends of a range; an absent one, and one that we cannot read, is open. */
void range_read(const Pidc__V1__TimeRange *range, int64_t *ret_from_us, int64_t *ret_to_us);

/* Group and fold rows, in whatever order they come. Statements of another owner
 * are left out. Borrows owner and rows. 0 or PIDC_ENOMEM. */
int chain_set_build(Pidc__Store__V1__StatementRow *const *rows, size_t count, const char *owner,
		    struct arena *arena, struct chain_set *ret) PIDC_MUSTCHECK;
