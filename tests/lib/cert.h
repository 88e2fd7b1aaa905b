/* SPDX-License-Identifier: ISC
 *
 * Throw-away authorities and certificates for tests, made in memory and written
 * into a folder of mkdtemp. Errors end the program with a message: a test that
 * cannot make its certificates has nothing to say.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cert_ca;

#define CERT_MAX_NAMES 3

struct cert_name {
	const char *data;
	size_t len; /* 0: strlen(data); else may contain NUL bytes */
};

/* A leaf. All zero: valid from an hour ago for a day, digitalSignature, no
 * extended usage, no names. */
struct cert_spec {
	struct cert_name uris[CERT_MAX_NAMES];
	const char *dns;
	const char *ip; /* dotted, e.g. "127.0.0.1" */
	bool is_client; /* extended key usage */
	bool is_server;
	bool is_ca;            /* CA:TRUE */
	bool lacks_key_usage;  /* no keyUsage extension at all */
	bool lacks_issuer_key; /* no authorityKeyIdentifier: not RFC 5280 */
	bool is_self_signed;
	int64_t starts_in; /* seconds from now; 0: an hour ago */
	int64_t ends_in;   /* seconds from now; 0: in a day */
	size_t padding;    /* bytes of comment, to make it large */
};

struct cert_ca *cert_ca_new(const char *name);
void cert_ca_free(struct cert_ca *ca);

/* PEM of the authority's certificate. */
void cert_ca_write(const struct cert_ca *ca, const char *path);

/* Make a P-256 key and its certificate; the key gets mode 0600. */
void cert_write(const struct cert_ca *ca, const struct cert_spec *spec, const char *cert_path,
		const char *key_path);

/* A new folder under $TMPDIR or /tmp; remove deletes the files in it. The path
 * belongs to the caller (free). */
char *cert_dir_new(void);
void cert_dir_remove(char *dir);

/* "dir/name", in one of 64 static buffers that are used in turn. */
const char *cert_path(const char *dir, const char *name);
