/* SPDX-License-Identifier: ISC */
#include "wire/tls_internal.h"
#include "wire/tls_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A leaf and two intermediates of ours are 3 KiB; ten times that is generous,
 * OpenSSL's own 100 KiB would be buffered for each unauthenticated peer. */
#define MAX_CERT_LIST 32768
/* Root, issuing authority, leaf: one intermediate, and one more to rotate. */
#define VERIFY_DEPTH 2

static const unsigned char ALPN_H2[] = {2, 'h', '2'};

int tls_fail_openssl(struct pidc_error *err, int code, const char *what)
{
	unsigned long e = ERR_get_error();
	const char *reason = e == 0 ? NULL : ERR_reason_error_string(e);

	ERR_clear_error();
	return pidc_fail(err, code, "%s: %s", what, reason == NULL ? "failed" : reason);
}

/* --- the server's view of the ClientHello --------------------------------- */

/* OpenSSL asks its ALPN callback only when the client sent the extension; a
 * client without it must be turned away as well. */
static int on_client_hello(SSL *ssl, int *alert, void *arg)
{
	const unsigned char *ext;
	size_t len;

	(void)arg;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &ext,
				      &len) == 1)
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_NO_APPLICATION_PROTOCOL;
	return SSL_CLIENT_HELLO_ERROR;
}

static int on_alpn_select(SSL *ssl, const unsigned char **out, unsigned char *out_len,
			  const unsigned char *in, unsigned int in_len, void *arg)
{
	unsigned int i = 0;

	(void)ssl;
	(void)arg;
	while (i < in_len) {
		if (in[i] == 2 && in_len - i >= 3 && memcmp(in + i + 1, "h2", 2) == 0) {
			*out = in + i + 1;
			*out_len = 2;
			return SSL_TLSEXT_ERR_OK;
		}
		i += 1U + in[i];
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* --- files ---------------------------------------------------------------- */

/* A key with a passphrase would make OpenSSL ask on the terminal. */
static int on_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static int open_key(const char *path, BIO **ret, struct pidc_error *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return pidc_fail(err, PIDC_EINVAL, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return pidc_fail(err, PIDC_EINVAL, "%s: not a regular file", path);
	}
	if ((st.st_mode & 0177) != 0) {
		close(fd);
		return pidc_fail(err, PIDC_EINVAL, "%s: private key must have mode 0600 or 0400",
				 path);
	}
	*ret = BIO_new_fd(fd, BIO_CLOSE);
	if (*ret == NULL) {
		close(fd);
		return pidc_fail(err, PIDC_ENOMEM, "%s: out of memory", path);
	}
	return 0;
}

static int load_key(SSL_CTX *ctx, const char *path, struct pidc_error *err)
{
	BIO *bio = NULL;
	EVP_PKEY *key;
	int rv = open_key(path, &bio, err);

	if (rv < 0)
		return rv;
	key = PEM_read_bio_PrivateKey(bio, NULL, on_passphrase, NULL);
	BIO_free(bio);
	if (key == NULL)
		return tls_fail_openssl(err, PIDC_EINVAL, path);
	if (SSL_CTX_use_PrivateKey(ctx, key) != 1 || SSL_CTX_check_private_key(ctx) != 1)
		rv = tls_fail_openssl(err, PIDC_EINVAL, path);
	EVP_PKEY_free(key);
	return rv;
}

static int load_files(struct tls_context *context, const struct tls_options *options,
		      struct pidc_error *err)
{
	int rv;

	if (options->cert_file != NULL) {
		if (SSL_CTX_use_certificate_chain_file(context->ctx, options->cert_file) != 1)
			return tls_fail_openssl(err, PIDC_EINVAL, options->cert_file);
		rv = load_key(context->ctx, options->key_file, err);
		if (rv == 0)
			rv = tls_peer_not_after(SSL_CTX_get0_certificate(context->ctx),
						&context->not_after, err);
		if (rv < 0)
			return rv;
	}
	if (options->ca_file != NULL &&
	    SSL_CTX_load_verify_file(context->ctx, options->ca_file) != 1)
		return tls_fail_openssl(err, PIDC_EINVAL, options->ca_file);
	return 0;
}

/* --- settings ------------------------------------------------------------- */

static int set_protocol(SSL_CTX *ctx)
{
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, "X25519:P-256") != 1)
		return PIDC_ECRYPTO;
	/* A resumed session skips the chain check: so no tickets, no cache. */
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_num_tickets(ctx, 0) != 1 || SSL_CTX_set_max_early_data(ctx, 0) != 1)
		return PIDC_ECRYPTO;
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS); /* idle connections stay small */
	SSL_CTX_set_max_cert_list(ctx, MAX_CERT_LIST);
	SSL_CTX_set_msg_callback(ctx, tls_on_message);
	return 0;
}

static void set_verification(struct tls_context *context, const struct tls_options *options)
{
	int mode = SSL_VERIFY_PEER;

	if (options->is_server)
		mode = options->require_client_cert
			       ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
			       : SSL_VERIFY_NONE;
	SSL_CTX_set_verify(context->ctx, mode, NULL);
	SSL_CTX_set_verify_depth(context->ctx, VERIFY_DEPTH);
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context->ctx), X509_V_FLAG_X509_STRICT);
	SSL_CTX_set_cert_verify_callback(context->ctx, tls_verify_peer, NULL);
}

static int set_alpn(SSL_CTX *ctx, bool is_server)
{
	if (!is_server) /* 0 is success here, unlike everywhere else */
		return SSL_CTX_set_alpn_protos(ctx, ALPN_H2, sizeof(ALPN_H2)) == 0 ? 0
										   : PIDC_ENOMEM;
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn_select, NULL);
	SSL_CTX_set_client_hello_cb(ctx, on_client_hello, NULL);
	return 0;
}

static int check_options(const struct tls_options *options, struct pidc_error *err)
{
	bool needs_ca = !options->is_server || options->require_client_cert;

	if (options->is_server && options->cert_file == NULL)
		return pidc_fail(err, PIDC_EINVAL, "TLS server: no certificate file");
	if ((options->cert_file == NULL) != (options->key_file == NULL))
		return pidc_fail(err, PIDC_EINVAL, "TLS: certificate and key go together");
	if (needs_ca && options->ca_file == NULL)
		return pidc_fail(err, PIDC_EINVAL, "TLS: no file of authorities");
	if (options->is_server && options->require_client_cert &&
	    (options->trust_domain == NULL || options->trust_domain[0] == '\0'))
		return pidc_fail(err, PIDC_EINVAL, "TLS server: no trust domain");
	if (!options->is_server &&
	    (options->server_name == NULL || options->server_name[0] == '\0'))
		return pidc_fail(err, PIDC_EINVAL, "TLS client: no server name");
	return 0;
}

static int context_fill(struct tls_context *context, const struct tls_options *options,
			struct pidc_error *err)
{
	int rv;

	context->is_server = options->is_server;
	context->trust_domain = strdup(options->trust_domain == NULL ? "" : options->trust_domain);
	context->server_name = strdup(options->server_name == NULL ? "" : options->server_name);
	context->bio_method = tls_bio_method_new();
	context->ctx = SSL_CTX_new(options->is_server ? TLS_server_method() : TLS_client_method());
	if (context->trust_domain == NULL || context->server_name == NULL ||
	    context->bio_method == NULL || context->ctx == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "TLS: out of memory");
	if (set_protocol(context->ctx) < 0 || set_alpn(context->ctx, options->is_server) < 0)
		return tls_fail_openssl(err, PIDC_ECRYPTO, "TLS settings");
	set_verification(context, options);
	rv = load_files(context, options, err);
	return rv;
}

int tls_context_new(const struct tls_options *options, struct tls_context **ret,
		    struct pidc_error *err)
{
	struct tls_context *context;
	int rv = check_options(options, err);

	if (rv < 0)
		return rv;
	ERR_clear_error();
	context = calloc(1, sizeof(*context));
	if (context == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "TLS: out of memory");
	context->refs = 1;
	rv = context_fill(context, options, err);
	if (rv < 0) {
		tls_context_unref(context);
		ERR_clear_error();
		return rv;
	}
	*ret = context;
	return 0;
}

struct tls_context *tls_context_ref(struct tls_context *context)
{
	context->refs++;
	return context;
}

void tls_context_unref(struct tls_context *context)
{
	if (context == NULL || --context->refs > 0)
		return;
	SSL_CTX_free(context->ctx);
	BIO_meth_free(context->bio_method);
	free(context->trust_domain);
	free(context->server_name);
	free(context);
}

int64_t tls_context_not_after(const struct tls_context *context)
{
	return context->not_after;
}
