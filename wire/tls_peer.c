/* SPDX-License-Identifier: ISC */
#include "wire/tls_peer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SPIFFE_SCHEME       "spiffe://"
#define SPIFFE_MIN_SEGMENTS 2 /* "/member/fj" names an organisation */
#define SPIFFE_MAX_SEGMENTS 5 /* "/member/fj/agent/suva-1" and room for one more */

/* A peer's bytes never reach a log as they are. */
static const char *escape_id(const char *data, size_t len, char *buf, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 8 < cap; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c > 0x20 && c < 0x7f && c != '\\')
			buf[n++] = (char)c;
		else
			n += (size_t)snprintf(buf + n, cap - n, "\\x%02x", c);
	}
	if (n + 8 >= cap)
		n += (size_t)snprintf(buf + n, cap - n, "...");
	buf[n] = '\0';
	return buf;
}

static int check_segment(const char *s, size_t len)
{
	if (len == 0 || (len == 1 && s[0] == '.') || (len == 2 && memcmp(s, "..", 2) == 0))
		return PIDC_EINVAL;
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		      c == '-'))
			return PIDC_EINVAL;
	}
	return 0;
}

static const char *check_path(const char *path, size_t len)
{
	int segments = 0;

	while (len > 0) {
		const char *end;
		size_t n;

		path++; /* the slash */
		len--;
		end = memchr(path, '/', len);
		n = end == NULL ? len : (size_t)(end - path);
		if (check_segment(path, n) < 0)
			return "a path segment is empty, a dot segment or has other characters "
			       "than "
			       "a-z 0-9 . _ -";
		segments++;
		path += n;
		len -= n;
	}
	if (segments < SPIFFE_MIN_SEGMENTS || segments > SPIFFE_MAX_SEGMENTS)
		return "the path must have 2 to 5 segments";
	return NULL;
}

int tls_spiffe_check(const char *data, size_t len, const char *trust_domain, struct pidc_error *err)
{
	const size_t scheme_len = sizeof(SPIFFE_SCHEME) - 1;
	size_t domain_len = strlen(trust_domain);
	const char *reason = NULL;
	char text[160];

	if (len > TLS_SPIFFE_ID_MAX)
		reason = "longer than 255 bytes";
	else if (len < scheme_len || memcmp(data, SPIFFE_SCHEME, scheme_len) != 0)
		reason = "the scheme is not spiffe";
	else if (len < scheme_len + domain_len + 1 ||
		 memcmp(data + scheme_len, trust_domain, domain_len) != 0 ||
		 data[scheme_len + domain_len] != '/')
		reason = "not of this trust domain";
	else
		reason = check_path(data + scheme_len + domain_len, len - scheme_len - domain_len);
	if (reason == NULL)
		return 0;
	return pidc_fail(err, PIDC_EINVAL, "SPIFFE id '%s': %s",
			 escape_id(data, len, text, sizeof(text)), reason);
}

int tls_peer_not_after(X509 *cert, int64_t *ret, struct pidc_error *err)
{
	struct tm tm = {0};

	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return pidc_fail(err, PIDC_ECRYPTO, "certificate: unreadable end of validity");
	*ret = (int64_t)timegm(&tm);
	return 0;
}

int tls_peer_describe(X509 *leaf, struct tls_peer *ret, struct pidc_error *err)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der);
	int ok;

	if (len <= 0)
		return pidc_fail(err, PIDC_ECRYPTO, "certificate: public key does not encode");
	ok = EVP_Digest(der, (size_t)len, ret->spki_sha256, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	if (ok != 1)
		return pidc_fail(err, PIDC_ECRYPTO, "certificate: SHA-256 failed");
	ret->has_certificate = true;
	return tls_peer_not_after(leaf, &ret->not_after, err);
}

static int check_usage(X509 *leaf, struct pidc_error *err)
{
	uint32_t flags = X509_get_extension_flags(leaf);

	if (X509_check_ca(leaf) != 0)
		return pidc_fail(err, PIDC_ECRYPTO, "client certificate is an authority's");
	if ((flags & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0)
		return pidc_fail(err, PIDC_ECRYPTO,
				 "client certificate lacks key usage digitalSignature");
	if ((flags & EXFLAG_XKUSAGE) == 0 ||
	    (X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT) == 0)
		return pidc_fail(err, PIDC_ECRYPTO,
				 "client certificate lacks extended key usage clientAuth");
	return 0;
}

static const ASN1_IA5STRING *only_uri(const GENERAL_NAMES *names)
{
	const ASN1_IA5STRING *uri = NULL;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_URI)
			continue;
		if (uri != NULL)
			return NULL;
		uri = name->d.uniformResourceIdentifier;
	}
	return uri;
}

int tls_peer_check_client(X509 *leaf, const char *trust_domain, struct tls_peer *ret,
			  struct pidc_error *err)
{
	GENERAL_NAMES *names;
	const ASN1_IA5STRING *uri;
	const char *id;
	size_t len;
	int rv = check_usage(leaf, err);

	if (rv < 0)
		return rv;
	/* NULL also when the extension is there twice or does not parse. */
	names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	uri = names == NULL ? NULL : only_uri(names);
	if (uri == NULL) {
		GENERAL_NAMES_free(names);
		return pidc_fail(err, PIDC_ECRYPTO,
				 "client certificate must have exactly one URI name");
	}
	id = (const char *)ASN1_STRING_get0_data(uri);
	len = (size_t)ASN1_STRING_length(uri);
	rv = tls_spiffe_check(id, len, trust_domain, err);
	if (rv == 0) {
		memcpy(ret->spiffe_id, id, len);
		ret->spiffe_id[len] = '\0';
	} else if (err != NULL) {
		err->code = PIDC_ECRYPTO;
	}
	GENERAL_NAMES_free(names);
	return rv == 0 ? 0 : PIDC_ECRYPTO;
}

int tls_certificate_describe(const char *cert_file, struct tls_peer *ret, struct pidc_error *err)
{
	FILE *file = fopen(cert_file, "re");
	X509 *leaf = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
	struct tls_peer peer = {0};
	GENERAL_NAMES *names;
	const ASN1_IA5STRING *uri;
	int rv;

	if (file != NULL)
		fclose(file);
	if (leaf == NULL)
		return pidc_fail(err, PIDC_EINVAL, "cannot read certificate %s", cert_file);
	rv = tls_peer_describe(leaf, &peer, err);
	names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	uri = names == NULL ? NULL : only_uri(names);
	if (uri != NULL && ASN1_STRING_length(uri) <= TLS_SPIFFE_ID_MAX)
		memcpy(peer.spiffe_id, ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
	GENERAL_NAMES_free(names);
	X509_free(leaf);
	if (rv == 0)
		*ret = peer;
	return rv;
}
