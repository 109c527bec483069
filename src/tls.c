#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "castore.h"
#include "mem.h"
#include "utf8.h"
#include "wait.h"

struct tls {
	struct castore castore;
	SSL_CTX *context;
	SSL *ssl;
	int fd;
	bool is_verified;
	char *name; /* to be verified */
};

enum { SECURITY_LEVEL = 2 }; /* at least 112 bits */

/* OpenSSL's own word for the last failure, or a plain one. */
static const char *reason(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *text = code != 0 ? ERR_reason_error_string(code) : NULL;

	return text != NULL ? text : "the connection was closed";
}

/*
 * What a call with that result needs: 1 it may be repeated, 0 the other side
 * has closed, -1 it failed.  An end without close_notify counts as closed: a
 * reply is complete only with its line end, so nobody is fooled by a cut.
 */
static int settle(struct tls *tls, int result, int64_t deadline,
    struct error *err)
{
	int saved = errno;

	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return wait_for_peer(tls->fd, deadline, err) < 0 ? -1 : 1;
	case SSL_ERROR_WANT_WRITE:
		return wait_for(tls->fd, POLLOUT, deadline, err) < 0 ? -1 : 1;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		errno = saved;
		if (saved == 0 || saved == ECONNRESET || saved == EPIPE)
			return 0;
		return fail_errno(err, ERROR_NETWORK, "the connection broke");
	default:
		if (ERR_GET_REASON(ERR_peek_error()) ==
		    SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return 0;
		return fail(err, ERROR_PROTOCOL, "TLS failed: %s", reason());
	}
}

static bool is_address(const char *name)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, bytes) == 1 ||
	    inet_pton(AF_INET6, name, bytes) == 1;
}

/* RFC 9525: subjectAltName only, a wildcard is a whole label or none. */
static int set_name(SSL *ssl, char *name)
{
	X509_VERIFY_PARAM *verify = SSL_get0_param(ssl);

	X509_VERIFY_PARAM_set_hostflags(verify,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
		X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(verify, name);
	return X509_VERIFY_PARAM_set1_host(verify, name, 0) == 1 &&
	    SSL_set_tlsext_host_name(ssl, name) == 1;
}

static int make_context(struct tls *tls, const struct profile *profile,
    struct error *err)
{
	/* No openssl.cnf: what it could change must not depend on a file. */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
	    (tls->context = SSL_CTX_new(TLS_client_method())) == NULL)
		return fail(err, ERROR_SYSTEM, "OpenSSL does not start: %s",
		    reason());
	(void)SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
	SSL_CTX_set_security_level(tls->context, SECURITY_LEVEL);
	(void)SSL_CTX_set_options(tls->context,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	(void)SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(tls->context,
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(tls->context, 1);
	SSL_CTX_set_verify(tls->context,
	    profile->tls_verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	return castore_use(&tls->castore, tls->context, profile->tls_ca, err);
}

static int make_session(struct tls *tls, struct error *err)
{
	tls->ssl = SSL_new(tls->context);
	if (tls->ssl == NULL ||
	    SSL_set_app_data(tls->ssl, &tls->castore) != 1 ||
	    set_name(tls->ssl, tls->name) != 1 ||
	    SSL_set_fd(tls->ssl, tls->fd) != 1)
		return fail(err, ERROR_SYSTEM,
		    "OpenSSL makes no session for %s: %s", tls->name, reason());
	return 0;
}

static void add_name(struct buf *buf, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	long length;

	if (bio == NULL)
		return;
	(void)X509_NAME_print_ex(bio, name, 0,
	    XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
	length = BIO_get_mem_data(bio, &data);
	if (length > 0)
		utf8_add_visible(buf,
		    text_part((struct text){data, (size_t)length}, 0, 120));
	BIO_free(bio);
}

/* Whom the server's certificate is for: "mail.example.org, example.org". */
static void add_names(struct buf *buf, const X509 *certificate)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	const char *before = "";

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < 5; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		buf_add_string(buf, before);
		utf8_add_visible(buf,
		    (struct text){
			(const char *)ASN1_STRING_get0_data(name->d.dNSName),
			(size_t)ASN1_STRING_length(name->d.dNSName)});
		before = ", ";
	}
	GENERAL_NAMES_free(names);
	if (*before == '\0')
		buf_add_string(buf, "no host name at all");
}

static const X509 *find_expired(const STACK_OF(X509) * chain)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *certificate = sk_X509_value(chain, i);

		if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
			return certificate;
	}
	return NULL;
}

/* It need not be the server's own that has expired: " on 2026-11-22". */
static void add_end(struct buf *buf, const STACK_OF(X509) * chain)
{
	const X509 *expired = find_expired(chain);
	struct tm tm;

	if (expired != NULL &&
	    ASN1_TIME_to_tm(X509_get0_notAfter(expired), &tm) == 1)
		buf_addf(buf, " on %04d-%02d-%02d", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday);
}

/* Why it is refused, and what its owner or the reader can do about it. */
static int refuse_certificate(const struct tls *tls, long result,
    struct error *err)
{
	/* The peer's certificate itself is only kept once it is verified. */
	const STACK_OF(X509) *chain = SSL_get0_verified_chain(tls->ssl);
	int last = sk_X509_num(chain) - 1;
	struct buf why = {0};

	if (tls->castore.problem.kind != ERROR_NONE) {
		*err = tls->castore.problem;
		return -1;
	}
	buf_add_string(&why, X509_verify_cert_error_string(result));
	if (last >= 0 &&
	    (result == X509_V_ERR_HOSTNAME_MISMATCH ||
		result == X509_V_ERR_IP_ADDRESS_MISMATCH)) {
		buf_clear(&why);
		buf_add_string(&why, "it is for ");
		add_names(&why, sk_X509_value(chain, 0));
		buf_add_string(&why, "; host must be one of its names");
	} else if (result == X509_V_ERR_CERT_HAS_EXPIRED) {
		add_end(&why, chain);
	} else if (last >= 0) {
		buf_add_string(&why, "; it was issued by ");
		add_name(&why,
		    X509_get_issuer_name(sk_X509_value(chain, last)));
		buf_add_string(&why, ", see tls_ca");
	}
	(void)fail(err, ERROR_CERTIFICATE,
	    "the certificate of %s is refused: %s", tls->name,
	    buf_string(&why));
	buf_free(&why);
	return -1;
}

static int shake_hands(struct tls *tls, int64_t deadline, struct error *err)
{
	for (;;) {
		int result;
		int next;

		ERR_clear_error();
		errno = 0;
		result = SSL_connect(tls->ssl);
		if (result == 1)
			return 0;
		next = settle(tls, result, deadline, err);
		if (next == 1)
			continue;
		if (SSL_get_verify_result(tls->ssl) != X509_V_OK)
			return refuse_certificate(tls,
			    SSL_get_verify_result(tls->ssl), err);
		if (next == 0)
			return fail(err, ERROR_NETWORK,
			    "the connection was closed during the TLS "
			    "handshake");
		return fail_within(err, "during the TLS handshake ");
	}
}

/* OpenSSL has checked already; a second look costs nothing (CVE-2019-8337). */
static int check_verified(struct tls *tls, struct error *err)
{
	long result = SSL_get_verify_result(tls->ssl);

	tls->is_verified =
	    result == X509_V_OK && SSL_get0_peer_certificate(tls->ssl) != NULL;
	if (!tls->is_verified)
		return refuse_certificate(tls, result, err);
	return 0;
}

struct tls *tls_start(int fd, const struct profile *profile, const char *name,
    int64_t deadline, struct error *err)
{
	struct tls *tls = mem_alloc(1, sizeof *tls);

	tls->fd = fd;
	tls->name = mem_dup(name);
	if (make_context(tls, profile, err) < 0 || make_session(tls, err) < 0 ||
	    shake_hands(tls, deadline, err) < 0 ||
	    (profile->tls_verify && check_verified(tls, err) < 0)) {
		tls_close(tls);
		return NULL;
	}
	return tls;
}

ssize_t tls_read(struct tls *tls, char *data, size_t size, int64_t deadline,
    struct error *err)
{
	int wanted = size < INT_MAX ? (int)size : INT_MAX;

	for (;;) {
		int result;
		int next;

		ERR_clear_error();
		errno = 0;
		result = SSL_read(tls->ssl, data, wanted);
		if (result > 0)
			return result;
		next = settle(tls, result, deadline, err);
		if (next != 1)
			return next;
	}
}

int tls_write(struct tls *tls, struct text bytes, int64_t deadline,
    struct error *err)
{
	size_t written;

	while (bytes.length > 0) {
		int result;
		int next;

		ERR_clear_error();
		errno = 0;
		result =
		    SSL_write_ex(tls->ssl, bytes.data, bytes.length, &written);
		if (result == 1)
			return 0;
		next = settle(tls, result, deadline, err);
		if (next == 0)
			return fail(err, ERROR_NETWORK,
			    "the connection was closed");
		if (next < 0)
			return -1;
	}
	return 0;
}

bool tls_has_input(struct tls *tls)
{
	char byte;
	bool has_input;

	ERR_clear_error();
	/* Peeking takes in session tickets, which are no bytes for us. */
	has_input = SSL_peek(tls->ssl, &byte, 1) > 0;
	ERR_clear_error();
	return has_input;
}

void tls_add_summary(const struct tls *tls, struct buf *buf)
{
	const X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
	int days = 0;
	int seconds = 0;

	buf_addf(buf, "%s %s, certificate %s ", SSL_get_version(tls->ssl),
	    SSL_get_cipher_name(tls->ssl), tls->name);
	if (!tls->is_verified) {
		buf_add_string(buf, "NOT VERIFIED (tls_verify = no)");
		return;
	}
	buf_add_string(buf, "verified");
	if (ASN1_TIME_diff(&days, &seconds, NULL,
		X509_get0_notAfter(certificate)) == 1)
		buf_addf(buf, ", %d days left", days);
}

void tls_close(struct tls *tls)
{
	if (tls == NULL)
		return;
	if (tls->ssl != NULL && SSL_is_init_finished(tls->ssl) == 1)
		(void)SSL_shutdown(tls->ssl);
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->context);
	castore_free(&tls->castore);
	free(tls->name);
	free(tls);
}
