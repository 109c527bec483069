#include "tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>

#include "certificate.h"
#include "mem.h"
#include "tls_context.h"
#include "tls_reason.h"
#include "tls_report.h"
#include "trust.h"
#include "wait.h"

struct tls {
	struct trust trust;
	SSL_CTX *context;
	SSL *ssl;
	int fd;
	struct error problem; /* found when nobody could be told */
};

/* From so many days before its end on the server's certificate is a warning. */
enum { WARNING_DAYS = 21 };

static const char refused[] =
    "the server refuses the certificate in tls_cert, or that there is none";
static const char too_old[] =
    "the server has no version of TLS that tls_min allows";

/* What OpenSSL calls something that a setting can change. */
static const struct {
	int reason;
	enum error_kind kind;
	const char *sentence;
} known[] = {
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, ERROR_LOGIN,
	"the server asks for a certificate of ours; see tls_cert"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, ERROR_LOGIN, refused},
    {SSL_R_TLSV1_ALERT_ACCESS_DENIED, ERROR_LOGIN, refused},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, ERROR_LOGIN, refused},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, ERROR_LOGIN, refused},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, ERROR_LOGIN, refused},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, ERROR_LOGIN, refused},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, ERROR_LOGIN, refused},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, ERROR_PROTOCOL, too_old},
    {SSL_R_UNSUPPORTED_PROTOCOL, ERROR_PROTOCOL, too_old},
};

static int fail_tls(struct error *err)
{
	int reason = ERR_GET_REASON(ERR_peek_last_error());

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].reason == reason)
			return fail(err, known[i].kind, "%s",
			    known[i].sentence);
	return fail(err, ERROR_PROTOCOL, "TLS failed: %s",
	    tls_reason("the connection was closed"));
}

static bool is_cut_off(void)
{
	return ERR_GET_REASON(ERR_peek_error()) ==
	    SSL_R_UNEXPECTED_EOF_WHILE_READING;
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
		if (is_cut_off())
			return 0;
		return fail_tls(err);
	}
}

static int make_session(struct tls *tls, struct error *err)
{
	tls->ssl = SSL_new(tls->context);
	if (tls->ssl == NULL || SSL_set_fd(tls->ssl, tls->fd) != 1)
		return fail(err, ERROR_SYSTEM, "OpenSSL makes no session: %s",
		    tls_reason("no reason given"));
	return trust_expect(&tls->trust, tls->ssl, err);
}

static int shake_hands(struct tls *tls, int64_t deadline, struct error *err)
{
	enum tls_verify rule = tls->trust.profile->tls_verify;

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
		/* With VERIFY_NO it is not what ended the handshake. */
		if (rule != VERIFY_NO &&
		    SSL_get_verify_result(tls->ssl) != X509_V_OK)
			return tls_judge(tls, rule, err);
		if (next == 0)
			return fail(err, ERROR_NETWORK,
			    "the connection was closed during the TLS "
			    "handshake");
		return fail_within(err, "during the TLS handshake ");
	}
}

struct tls *tls_start(int fd, const struct profile *profile, const char *name,
    int64_t deadline, struct error *err)
{
	struct tls *tls = mem_alloc(1, sizeof *tls);
	enum tls_verify rule = profile->tls_verify;

	tls->fd = fd;
	tls->context = tls_context_make(profile, err);
	if (tls->context == NULL ||
	    trust_begin(&tls->trust, profile, name, tls->context, err) < 0 ||
	    make_session(tls, err) < 0 || shake_hands(tls, deadline, err) < 0 ||
	    (rule != VERIFY_NO && tls_judge(tls, rule, err) < 0)) {
		tls_close(tls);
		return NULL;
	}
	return tls;
}

static int fail_again(const struct tls *tls, struct error *err)
{
	*err = tls->problem;
	return -1;
}

ssize_t tls_read(struct tls *tls, char *data, size_t size, int64_t deadline,
    struct error *err)
{
	int wanted = size < INT_MAX ? (int)size : INT_MAX;

	if (tls->problem.kind != ERROR_NONE)
		return fail_again(tls, err);
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

	if (tls->problem.kind != ERROR_NONE)
		return fail_again(tls, err);
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
	int result;

	ERR_clear_error();
	errno = 0;
	/* Peeking takes in session tickets, which are no bytes for us. */
	result = SSL_peek(tls->ssl, &byte, 1);
	/* An alert comes only once: who reads or writes next is to hear it. */
	if (result <= 0 && SSL_get_error(tls->ssl, result) == SSL_ERROR_SSL &&
	    !is_cut_off())
		(void)fail_tls(&tls->problem);
	ERR_clear_error();
	return result > 0;
}

int tls_judge(const struct tls *tls, enum tls_verify rule, struct error *err)
{
	return trust_judge(&tls->trust, rule, tls->ssl, err);
}

void tls_add_summary(const struct tls *tls, struct buf *buf)
{
	const X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
	enum tls_verify rule = tls->trust.profile->tls_verify;
	int days;

	buf_addf(buf, "%s %s, certificate %s ", SSL_get_version(tls->ssl),
	    SSL_get_cipher_name(tls->ssl), tls->trust.name);
	if (rule == VERIFY_NO) {
		buf_add_string(buf, "NOT VERIFIED (tls_verify = no)");
		return;
	}
	if (rule == VERIFY_PIN) {
		buf_add_string(buf, "has a key of tls_pin");
		return;
	}
	days = certificate_days_left(certificate);
	buf_addf(buf, "verified, %d days left", days);
	if (days >= WARNING_DAYS)
		return;
	buf_add_string(buf, ", WARNING: it ends on ");
	certificate_add_date(buf, X509_get0_notAfter(certificate));
}

void tls_add_report(const struct tls *tls, struct buf *buf)
{
	tls_report_add(buf, tls->ssl);
}

/* RFC 5929 4.1: MD5 and SHA-1 are not good enough to hash with. */
static bool add_end_point(struct buf *buf, const X509 *certificate)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	int hash = NID_undef;
	const EVP_MD *method;

	(void)OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &hash,
	    NULL);
	method = hash == NID_md5 || hash == NID_sha1 || hash == NID_undef ?
	    EVP_sha256() :
	    EVP_get_digestbynid(hash);
	if (method == NULL ||
	    X509_digest(certificate, method, digest, &length) != 1)
		return false;
	buf_add(buf, (struct text){(const char *)digest, length});
	return true;
}

const char *tls_add_binding(const struct tls *tls, struct buf *buf)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	unsigned char bytes[32]; /* RFC 9266 section 2 */

	if (SSL_version(tls->ssl) < TLS1_3_VERSION)
		return add_end_point(buf, SSL_get0_peer_certificate(tls->ssl)) ?
		    "tls-server-end-point" :
		    NULL;
	if (SSL_export_keying_material(tls->ssl, bytes, sizeof bytes, label,
		sizeof label - 1, NULL, 0, 0) != 1)
		return NULL;
	buf_add(buf, (struct text){(const char *)bytes, sizeof bytes});
	return "tls-exporter";
}

void tls_close(struct tls *tls)
{
	if (tls == NULL)
		return;
	if (tls->ssl != NULL && SSL_is_init_finished(tls->ssl) == 1)
		(void)SSL_shutdown(tls->ssl);
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->context);
	trust_free(&tls->trust);
	free(tls);
}
