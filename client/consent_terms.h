/* SPDX-License-Identifier: ISC
 *
 * The flags of consent grant and veto as a statement's JSON; what consent commands
 * share. Exit statuses as in client/ctl.h.
 */
#pragma once

#include "client/ctl.h"
#include "client/names.h"
#include "pidc/v1/statement.pb-c.h"

/* Data, recipient, purposes, actions, fields, conditions and times into statement. */
int consent_terms(struct ctl *ctl, json_t *statement, bool is_grant);

/* What only the register knows: the origin of its ledger, and who we are, the owner where
 * --owner-org does not say another. */
int consent_origin_set(struct ctl *ctl, json_t *statement);

/* --answers: the request and the digest of the notices that its owner was shown. */
int consent_answers_set(struct ctl *ctl, json_t *statement);

/* object[key] = text, upper-cased for an enum; nothing where text is NULL. */
void consent_set_text(json_t *object, const char *key, const char *text, bool is_enum);

/* "read-only" and "Read_only" as enum words are written. */
void consent_word(const char *text, char ret[64]);

/* The statement's text to out, in the language of --language. */
int consent_text_show(struct ctl *ctl, struct names *names, const uint8_t *data, size_t len,
		      FILE *out);

/* Lines of text, wrapped between words, with control characters spelled out. */
int consent_sentences(struct ctl *ctl, const char *text, FILE *out);

/* Show what the bytes say, ask, and sign them. EXIT_OK with *ret NULL: --text-only. */
int consent_sign(struct ctl *ctl, const uint8_t *data, size_t len, Pidc__V1__SignedStatement **ret);

/* The same for bytes of another kind: text is what they say, made by the caller from
 * these bytes. */
int consent_text_sign(struct ctl *ctl, const char *text, const uint8_t *data, size_t len,
		      Pidc__V1__SignedStatement **ret);
/* Show what all of them say together, ask once, and sign each into ret[0..n); none of
 * these is set with --text-only. */
int consent_many_sign(struct ctl *ctl, const ProtobufCBinaryData *shown,
		      const ProtobufCBinaryData *all, size_t n, Pidc__V1__SignedStatement **ret);
/* Ask, and sign bytes that have been shown. EXIT_OK with *ret NULL: --text-only. */
int consent_bytes_sign(struct ctl *ctl, const uint8_t *data, size_t len,
		       Pidc__V1__SignedStatement **ret);
