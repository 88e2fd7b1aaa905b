/* SPDX-License-Identifier: ISC */
#include "wire/tls.h"

#include "wire/bytes.h"
#include "wire/tls_internal.h"
#include "wire/tls_peer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct tls {
	struct tls_context *context;
	SSL *ssl;
	struct bytes in;  /* from the network, not yet decrypted */
	struct bytes out; /* for the network */
	struct tls_peer peer;
	bool is_open;
	unsigned key_updates; /* that the peer has sent */
	int failed;           /* PIDC_E* of the failure that ended it, 0 while alive */
	struct pidc_error reason;
};

/* --- the BIO: two byte queues --------------------------------------------- */

static int bio_read(BIO *bio, char *buf, int cap)
{
	struct tls *tls = BIO_get_data(bio);
	size_t n = tls->in.len < (size_t)cap ? tls->in.len : (size_t)cap;

	BIO_clear_retry_flags(bio);
	/* Nothing more is read for who asks for too many keys: tls_read ends it. */
	if (n == 0 || tls->key_updates > TLS_KEY_UPDATES_MAX) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(buf, bytes_head(&tls->in), n);
	bytes_drop(&tls->in, n);
	return (int)n;
}

static int bio_write(BIO *bio, const char *buf, int len)
{
	struct tls *tls = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (len <= 0 || bytes_append(&tls->out, buf, (size_t)len) < 0)
		return -1;
	return len;
}

static long bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	(void)bio;
	(void)num;
	(void)ptr;
	return cmd == BIO_CTRL_FLUSH ? 1 : 0;
}

static int bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

BIO_METHOD *tls_bio_method_new(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "pidc bytes");

	if (method == NULL)
		return NULL;
	BIO_meth_set_read(method, bio_read);
	BIO_meth_set_write(method, bio_write);
	BIO_meth_set_ctrl(method, bio_ctrl);
	BIO_meth_set_create(method, bio_create);
	return method;
}

/* --- verification --------------------------------------------------------- */

/* Chain first, then our own rules, inside the handshake: so the peer gets an
 * alert and not one byte of HTTP/2 is read from whom we do not accept. */
int tls_verify_peer(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *tls = SSL_get_app_data(ssl);
	X509 *leaf = X509_STORE_CTX_get0_cert(store);

	(void)arg;
	if (X509_verify_cert(store) <= 0) {
		pidc_fail(&tls->reason, PIDC_ECRYPTO, "peer certificate: %s",
			  X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
		return 0;
	}
	if (tls->context->is_server &&
	    tls_peer_check_client(leaf, tls->context->trust_domain, &tls->peer, &tls->reason) < 0) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
		return 0;
	}
	return 1;
}

/* OpenSSL itself takes any number of key updates. */
void tls_on_message(int is_sent, int version, int type, const void *data, size_t len, SSL *ssl,
		    void *arg)
{
	struct tls *tls = SSL_get_app_data(ssl);

	(void)version;
	(void)arg;
	if (is_sent == 0 && type == SSL3_RT_HANDSHAKE && len > 0 &&
	    *(const uint8_t *)data == SSL3_MT_KEY_UPDATE)
		tls->key_updates++;
}

/* --- connection ----------------------------------------------------------- */

static int set_server_name(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
						       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1)
		return 0; /* an address: SNI carries names only */
	ERR_clear_error();
	if (SSL_set1_host(ssl, name) != 1 || SSL_set_tlsext_host_name(ssl, name) != 1)
		return PIDC_ENOMEM;
	return 0;
}

int tls_new(struct tls_context *context, struct tls **ret, struct pidc_error *err)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	BIO *bio;

	ERR_clear_error();
	if (tls == NULL)
		return pidc_fail(err, PIDC_ENOMEM, "TLS connection: out of memory");
	tls->context = tls_context_ref(context);
	tls->ssl = SSL_new(context->ctx);
	if (tls->ssl == NULL || SSL_set_app_data(tls->ssl, tls) != 1)
		goto fail;
	bio = BIO_new(context->bio_method);
	if (bio == NULL)
		goto fail;
	BIO_set_data(bio, tls);
	SSL_set_bio(tls->ssl, bio, bio); /* one reference serves both directions */
	if (context->is_server) {
		SSL_set_accept_state(tls->ssl);
	} else {
		SSL_set_connect_state(tls->ssl);
		if (set_server_name(tls->ssl, context->server_name) < 0)
			goto fail;
	}
	*ret = tls;
	return 0;
fail:
	tls_free(tls);
	ERR_clear_error();
	return pidc_fail(err, PIDC_ENOMEM, "TLS connection: out of memory");
}

void tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	bytes_close(&tls->in);
	bytes_close(&tls->out);
	tls_context_unref(tls->context);
	free(tls);
}

/* Remember why it ended: a failed SSL object must not be used again. */
static int tls_fail(struct tls *tls, int code, const char *what, struct pidc_error *err)
{
	tls->failed = code;
	tls->reason.code = code;
	if (tls->reason.msg[0] == '\0')
		tls_fail_openssl(&tls->reason, code, what);
	ERR_clear_error();
	if (err != NULL)
		*err = tls->reason;
	return code;
}

static int check_alpn(struct tls *tls, struct pidc_error *err)
{
	const unsigned char *proto = NULL;
	unsigned int len = 0;

	SSL_get0_alpn_selected(tls->ssl, &proto, &len);
	if (len == 2 && memcmp(proto, "h2", 2) == 0)
		return 0;
	pidc_fail(&tls->reason, PIDC_EPROTO, "peer does not speak HTTP/2 (no ALPN \"h2\")");
	return tls_fail(tls, PIDC_EPROTO, "ALPN", err);
}

static int tls_opened(struct tls *tls, struct pidc_error *err)
{
	X509 *leaf = SSL_get0_peer_certificate(tls->ssl);
	int rv = check_alpn(tls, err);

	if (rv < 0)
		return rv;
	if (leaf != NULL && tls_peer_describe(leaf, &tls->peer, &tls->reason) < 0)
		return tls_fail(tls, PIDC_ECRYPTO, "peer certificate", err);
	tls->is_open = true;
	return 0;
}

static int tls_error(struct tls *tls, int rv, const char *what, struct pidc_error *err)
{
	int code = PIDC_EPROTO;

	switch (SSL_get_error(tls->ssl, rv)) {
	case SSL_ERROR_WANT_READ:
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		pidc_fail(&tls->reason, PIDC_ECLOSED, "peer closed the TLS connection");
		code = PIDC_ECLOSED;
		break;
	default:
		if (tls->reason.code != 0) /* the verification said why */
			code = tls->reason.code;
		break;
	}
	return tls_fail(tls, code, what, err);
}

int tls_feed(struct tls *tls, const uint8_t *data, size_t len, struct pidc_error *err)
{
	if (tls->failed != 0) {
		if (err != NULL)
			*err = tls->reason;
		return tls->failed;
	}
	if (bytes_append(&tls->in, data, len) < 0)
		return pidc_fail(err, PIDC_ENOMEM, "TLS input: out of memory");
	return 0;
}

int tls_read(struct tls *tls, uint8_t *buf, size_t cap, size_t *ret_len, struct pidc_error *err)
{
	size_t n = 0;
	int rv;

	if (tls->failed != 0) {
		if (err != NULL)
			*err = tls->reason;
		return tls->failed;
	}
	ERR_clear_error();
	if (!tls->is_open) {
		rv = SSL_do_handshake(tls->ssl);
		if (rv == 1)
			rv = tls_opened(tls, err);
		else
			rv = tls_error(tls, rv, "TLS handshake", err);
		if (rv < 0)
			return rv;
		*ret_len = 0;
		if (!tls->is_open)
			return 0;
	}
	rv = SSL_read_ex(tls->ssl, buf, cap, &n);
	if (rv <= 0) {
		n = 0;
		rv = tls_error(tls, rv, "TLS read", err);
		if (rv < 0)
			return rv;
	}
	if (tls->key_updates > TLS_KEY_UPDATES_MAX) {
		pidc_fail(&tls->reason, PIDC_EPROTO, "peer asks for too many key updates");
		return tls_fail(tls, PIDC_EPROTO, "TLS read", err);
	}
	*ret_len = n;
	return 0;
}

int tls_write(struct tls *tls, const uint8_t *data, size_t len, struct pidc_error *err)
{
	size_t written = 0;
	int rv;

	if (tls->failed != 0 || !tls->is_open)
		return pidc_fail(err, PIDC_ECLOSED, "TLS connection is not open");
	if (len == 0)
		return 0;
	ERR_clear_error();
	rv = SSL_write_ex(tls->ssl, data, len, &written);
	if (rv != 1 || written != len)
		return tls_fail(tls, PIDC_ECRYPTO, "TLS write", err);
	return 0;
}

bool tls_is_open(const struct tls *tls)
{
	return tls->is_open && tls->failed == 0;
}

void tls_shutdown(struct tls *tls)
{
	if (!tls->is_open || (tls->failed != 0 && tls->failed != PIDC_ECLOSED))
		return;
	ERR_clear_error();
	if ((SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN) == 0)
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
}

void tls_output(struct tls *tls, const uint8_t **ret_data, size_t *ret_len)
{
	*ret_data = bytes_head(&tls->out);
	*ret_len = tls->out.len;
}

void tls_output_drop(struct tls *tls, size_t n)
{
	bytes_drop(&tls->out, n);
}

const struct tls_peer *tls_get_peer(const struct tls *tls)
{
	return &tls->peer;
}
