/* SPDX-License-Identifier: ISC */
#include "tests/lib/cert.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than any test holds at the same time. */
#define CERT_PATHS 64

struct cert_ca {
	EVP_PKEY *key;
	X509 *cert;
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "tests/lib/cert: %s failed\n", what);
	abort();
}

static void add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(ext != NULL, value);
	must(X509_add_ext(cert, ext, -1) == 1, "X509_add_ext");
	X509_EXTENSION_free(ext);
}

static X509 *cert_begin(const char *name, EVP_PKEY *key, int64_t start, int64_t end)
{
	X509 *cert = X509_new();
	uint64_t serial = 0;
	X509_NAME *subject;

	must(cert != NULL && RAND_bytes((unsigned char *)&serial, 7) == 1, "serial");
	must(X509_set_version(cert, X509_VERSION_3) == 1, "version");
	must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) == 1, "serial");
	X509_gmtime_adj(X509_getm_notBefore(cert), (long)start);
	X509_gmtime_adj(X509_getm_notAfter(cert), (long)end);
	subject = X509_get_subject_name(cert);
	must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name,
					-1, -1, 0) == 1,
	     "subject");
	must(X509_set_pubkey(cert, key) == 1, "public key");
	return cert;
}

struct cert_ca *cert_ca_new(const char *name)
{
	struct cert_ca *ca = calloc(1, sizeof(*ca));

	must(ca != NULL, "calloc");
	ca->key = EVP_EC_gen("P-256");
	must(ca->key != NULL, "key");
	ca->cert = cert_begin(name, ca->key, -86400, INT64_C(10) * 86400);
	must(X509_set_issuer_name(ca->cert, X509_get_subject_name(ca->cert)) == 1, "issuer");
	add_ext(ca->cert, ca->cert, NID_basic_constraints, "critical,CA:TRUE");
	add_ext(ca->cert, ca->cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	add_ext(ca->cert, ca->cert, NID_subject_key_identifier, "hash");
	add_ext(ca->cert, ca->cert, NID_authority_key_identifier, "keyid");
	must(X509_sign(ca->cert, ca->key, EVP_sha256()) > 0, "sign");
	return ca;
}

void cert_ca_free(struct cert_ca *ca)
{
	if (ca == NULL)
		return;
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
	free(ca);
}

static void write_cert(const char *path, X509 *cert)
{
	FILE *file = fopen(path, "w");

	must(file != NULL && PEM_write_X509(file, cert) == 1 && fclose(file) == 0, path);
}

void cert_ca_write(const struct cert_ca *ca, const char *path)
{
	write_cert(path, ca->cert);
}

static void add_name(GENERAL_NAMES *names, int type, const void *data, size_t len)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *text = type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

	must(name != NULL && text != NULL && ASN1_STRING_set(text, data, (int)len) == 1, "name");
	GENERAL_NAME_set0_value(name, type, text);
	must(sk_GENERAL_NAME_push(names, name) > 0, "name");
}

static void add_names(X509 *cert, const struct cert_spec *spec)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	must(names != NULL, "names");
	for (size_t i = 0; i < CERT_MAX_NAMES && spec->uris[i].data != NULL; i++) {
		const struct cert_name *uri = &spec->uris[i];

		add_name(names, GEN_URI, uri->data, uri->len == 0 ? strlen(uri->data) : uri->len);
	}
	if (spec->dns != NULL)
		add_name(names, GEN_DNS, spec->dns, strlen(spec->dns));
	if (spec->ip != NULL) {
		ASN1_OCTET_STRING *ip = a2i_IPADDRESS(spec->ip);

		must(ip != NULL, spec->ip);
		add_name(names, GEN_IPADD, ASN1_STRING_get0_data(ip),
			 (size_t)ASN1_STRING_length(ip));
		ASN1_OCTET_STRING_free(ip);
	}
	if (sk_GENERAL_NAME_num(names) > 0)
		must(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) == 1, "names");
	GENERAL_NAMES_free(names);
}

static void add_padding(X509 *cert, size_t len)
{
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	char *data = malloc(len);

	must(text != NULL && data != NULL, "padding");
	memset(data, 'x', len);
	must(ASN1_STRING_set(text, data, (int)len) == 1, "padding");
	must(X509_add1_ext_i2d(cert, NID_netscape_comment, text, 0, 0) == 1, "padding");
	ASN1_IA5STRING_free(text);
	free(data);
}

static void add_usage(X509 *cert, const struct cert_spec *spec)
{
	if (spec->is_ca)
		add_ext(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
	else
		add_ext(cert, cert, NID_basic_constraints, "critical,CA:FALSE");
	if (!spec->lacks_key_usage)
		add_ext(cert, cert, NID_key_usage,
			spec->is_ca ? "critical,digitalSignature,keyCertSign"
				    : "critical,digitalSignature");
	if (spec->is_client && spec->is_server)
		add_ext(cert, cert, NID_ext_key_usage, "clientAuth,serverAuth");
	else if (spec->is_client)
		add_ext(cert, cert, NID_ext_key_usage, "clientAuth");
	else if (spec->is_server)
		add_ext(cert, cert, NID_ext_key_usage, "serverAuth");
}

static void write_key(const char *path, EVP_PKEY *key)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	must(file != NULL, path);
	must(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1, path);
	must(fclose(file) == 0, path);
}

void cert_write(const struct cert_ca *ca, const struct cert_spec *spec, const char *cert_file,
		const char *key_file)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert;
	X509 *issuer;

	must(key != NULL, "key");
	cert = cert_begin("pidc test", key, spec->starts_in == 0 ? -3600 : spec->starts_in,
			  spec->ends_in == 0 ? 86400 : spec->ends_in);
	issuer = spec->is_self_signed ? cert : ca->cert;
	must(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1, "issuer");
	add_usage(cert, spec);
	add_ext(cert, issuer, NID_subject_key_identifier, "hash");
	if (!spec->lacks_issuer_key)
		add_ext(cert, issuer, NID_authority_key_identifier, "keyid");
	add_names(cert, spec);
	if (spec->padding > 0)
		add_padding(cert, spec->padding);
	must(X509_sign(cert, spec->is_self_signed ? key : ca->key, EVP_sha256()) > 0, "sign");
	write_cert(cert_file, cert);
	write_key(key_file, key);
	X509_free(cert);
	EVP_PKEY_free(key);
}

char *cert_dir_new(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = NULL;

	must(asprintf(&dir, "%s/pidc-cert-XXXXXX", base == NULL ? "/tmp" : base) > 0, "asprintf");
	must(mkdtemp(dir) != NULL, dir);
	return dir;
}

void cert_dir_remove(char *dir)
{
	DIR *handle = opendir(dir);
	struct dirent *entry;

	must(handle != NULL, dir);
	while ((entry = readdir(handle)) != NULL)
		if (entry->d_name[0] != '.')
			unlink(cert_path(dir, entry->d_name));
	closedir(handle);
	rmdir(dir);
	free(dir);
}

const char *cert_path(const char *dir, const char *name)
{
	static char buffers[CERT_PATHS][512];
	static unsigned turn;
	char *buf = buffers[turn++ % CERT_PATHS];

	must((size_t)snprintf(buf, sizeof(buffers[0]), "%s/%s", dir, name) < sizeof(buffers[0]),
	     "path");
	return buf;
}
