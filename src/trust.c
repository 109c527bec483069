#include "trust.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "mem.h"
#include "value.h"

/* What goes behind OpenSSL's own words. */
enum advice { NO_ADVICE, ADVICE_CA, ADVICE_CRL, ADVICE_END, ADVICE_BEGIN };

static const struct {
	int result;
	enum advice advice;
} advices[] = {
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ADVICE_CA},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ADVICE_CA},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ADVICE_CA},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, ADVICE_CA},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ADVICE_CA},
    {X509_V_ERR_CERT_UNTRUSTED, ADVICE_CA},
    {X509_V_ERR_UNABLE_TO_GET_CRL, ADVICE_CRL},
    {X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, ADVICE_CRL},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, ADVICE_CRL},
    {X509_V_ERR_CRL_NOT_YET_VALID, ADVICE_CRL},
    {X509_V_ERR_CRL_HAS_EXPIRED, ADVICE_CRL},
    {X509_V_ERR_CERT_REVOKED, ADVICE_CRL},
    {X509_V_ERR_CERT_HAS_EXPIRED, ADVICE_END},
    {X509_V_ERR_CERT_NOT_YET_VALID, ADVICE_BEGIN},
};

static bool is_address(const char *name)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, bytes) == 1 ||
	    inet_pton(AF_INET6, name, bytes) == 1;
}

/* Every pin is compared, each in constant time. */
static bool has_pin(const struct profile *profile, const X509 *certificate)
{
	struct text rest = text_of(profile->tls_pin);
	struct text word;
	unsigned char own[PIN_SIZE];
	bool is_found = false;

	if (certificate == NULL || !certificate_pin(certificate, own))
		return false;
	while (value_next_word(&rest, &word)) {
		unsigned char pin[PIN_SIZE];

		if (pin_read(word, pin) == 0 &&
		    CRYPTO_memcmp(pin, own, PIN_SIZE) == 0)
			is_found = true;
	}
	return is_found;
}

/*
 * In place of OpenSSL's own check, so that a server with the wrong key sees
 * neither our certificate nor the end of the handshake.
 */
static int verify_pinned(X509_STORE_CTX *context, void *argument)
{
	struct trust *trust = argument;
	X509 *certificate = X509_STORE_CTX_get0_cert(context);

	if (trust->profile->tls_verify == VERIFY_YES &&
	    X509_verify_cert(context) != 1)
		return 0;
	if (has_pin(trust->profile, certificate)) {
		X509_STORE_CTX_set_error(context, X509_V_OK);
		return 1;
	}
	if (trust->stranger == NULL && X509_up_ref(certificate) == 1)
		trust->stranger = certificate;
	X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

int trust_begin(struct trust *trust, const struct profile *profile,
    const char *name, SSL_CTX *context, struct error *err)
{
	bool is_verified = profile->tls_verify != VERIFY_NO;

	trust->profile = profile;
	trust->name =
	    mem_dup(profile->tls_name != NULL ? profile->tls_name : name);
	SSL_CTX_set_verify(context,
	    is_verified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (is_verified && profile->tls_pin != NULL)
		SSL_CTX_set_cert_verify_callback(context, verify_pinned, trust);
	if (castore_use(&trust->castore, context, profile->tls_ca, err) < 0)
		return -1;
	if (profile->tls_crl != NULL)
		return castore_use_crls(&trust->castore, context,
		    profile->tls_crl, err);
	return 0;
}

static bool set_name(SSL *ssl, char *name)
{
	X509_VERIFY_PARAM *verify = SSL_get0_param(ssl);

	X509_VERIFY_PARAM_set_hostflags(verify,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
		X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(verify, name) == 1;
	return X509_VERIFY_PARAM_set1_host(verify, name, 0) == 1 &&
	    SSL_set_tlsext_host_name(ssl, name) == 1;
}

int trust_expect(struct trust *trust, SSL *ssl, struct error *err)
{
	if (SSL_set_app_data(ssl, &trust->castore) == 1 &&
	    set_name(ssl, trust->name))
		return 0;
	return fail(err, ERROR_SYSTEM, "OpenSSL makes no session for %s",
	    trust->name);
}

/* It need not be the server's own certificate that it is about. */
static void add_end(struct buf *why, const STACK_OF(X509) * chain)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		const ASN1_TIME *end =
		    X509_get0_notAfter(sk_X509_value(chain, i));

		if (X509_cmp_current_time(end) < 0) {
			buf_add_string(why, " on ");
			certificate_add_date(why, end);
			return;
		}
	}
}

static void add_begin(struct buf *why, const STACK_OF(X509) * chain)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		const ASN1_TIME *begin =
		    X509_get0_notBefore(sk_X509_value(chain, i));

		if (X509_cmp_current_time(begin) > 0) {
			buf_add_string(why, " before ");
			certificate_add_date(why, begin);
			buf_add_string(why, "; is the clock right?");
			return;
		}
	}
}

static enum advice find_advice(long result)
{
	for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
		if (advices[i].result == result)
			return advices[i].advice;
	return NO_ADVICE;
}

static void add_advice(struct buf *why, long result,
    const STACK_OF(X509) * chain)
{
	int last = sk_X509_num(chain) - 1;

	switch (find_advice(result)) {
	case ADVICE_CA:
		if (last < 0)
			break;
		buf_add_string(why, "; it was issued by ");
		certificate_add_name(why,
		    X509_get_issuer_name(sk_X509_value(chain, last)));
		buf_add_string(why, ", see tls_ca");
		break;
	case ADVICE_CRL:
		buf_add_string(why, "; see tls_crl");
		break;
	case ADVICE_END:
		add_end(why, chain);
		break;
	case ADVICE_BEGIN:
		add_begin(why, chain);
		break;
	case NO_ADVICE:
	default:
		break;
	}
}

static void add_wrong_pin(struct buf *why, const X509 *certificate)
{
	unsigned char digest[PIN_SIZE];

	buf_add_string(why, "its public key");
	if (certificate_pin(certificate, digest)) {
		buf_add_string(why, ", ");
		pin_add(why, digest);
		buf_add_byte(why, ',');
	}
	buf_add_string(why, " is none of tls_pin");
}

/* Why it is refused, and what its owner or the reader can do about it. */
static void add_reason(struct buf *why, const struct trust *trust, long result,
    const STACK_OF(X509) * chain)
{
	if (sk_X509_num(chain) > 0 &&
	    (result == X509_V_ERR_HOSTNAME_MISMATCH ||
		result == X509_V_ERR_IP_ADDRESS_MISMATCH)) {
		buf_add_string(why, "it is for ");
		certificate_add_hosts(why, sk_X509_value(chain, 0),
		    CERTIFICATE_NAMES);
		buf_addf(why, "; %s must be one of its names",
		    trust->profile->tls_name != NULL ? "tls_name" : "host");
		return;
	}
	buf_add_string(why, X509_verify_cert_error_string(result));
	add_advice(why, result, chain);
}

/* OpenSSL has checked already; a second look costs nothing (CVE-2019-8337). */
int trust_judge(const struct trust *trust, enum tls_verify rule, const SSL *ssl,
    struct error *err)
{
	const X509 *certificate = SSL_get0_peer_certificate(ssl);
	bool is_pinned = trust->profile->tls_pin != NULL;
	long result = SSL_get_verify_result(ssl);
	struct buf why = {0};

	/* OpenSSL keeps the server's own only once it is verified. */
	if (certificate == NULL)
		certificate = trust->stranger;
	if (is_pinned &&
	    (rule == VERIFY_PIN ||
		result == X509_V_ERR_APPLICATION_VERIFICATION))
		result = X509_V_OK;
	if (result != X509_V_OK && trust->castore.problem.kind != ERROR_NONE) {
		*err = trust->castore.problem;
		return -1;
	}
	if (result != X509_V_OK)
		add_reason(&why, trust, result, SSL_get0_verified_chain(ssl));
	else if (certificate == NULL)
		buf_add_string(&why, "it has shown none");
	else if (is_pinned && !has_pin(trust->profile, certificate))
		add_wrong_pin(&why, certificate);
	else
		return 0;
	(void)fail(err, ERROR_CERTIFICATE,
	    "the certificate of %s is refused: %s", trust->name,
	    buf_string(&why));
	buf_free(&why);
	return -1;
}

void trust_free(struct trust *trust)
{
	castore_free(&trust->castore);
	X509_free(trust->stranger);
	free(trust->name);
	*trust = (struct trust){0};
}
