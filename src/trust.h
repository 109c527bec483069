/*
 * trust.h - whether the server is the one that the profile means (RFC 9525)
 *
 * tls_verify = yes: the chain leads to a trusted authority, no certificate of
 * it is revoked as far as tls_crl says, the name is that of the profile,
 * whatever DNS or the server say, and the key is one of tls_pin where that is
 * set.  subjectAltName only, no partial wildcards.  tls_verify = pin: the key
 * alone decides.  tls_verify = no: nothing does, and everybody is told.
 */
#ifndef TRUST_H
#define TRUST_H

#include <openssl/ssl.h>

#include "castore.h"
#include "error.h"
#include "settings.h"

struct trust {
	const struct profile *profile;
	char *name; /* the host's or tls_name; owned */
	struct castore castore;
	X509 *stranger; /* whose key is none of tls_pin, or NULL */
};

/* The context and its sessions must not outlive the trust. */
int trust_begin(struct trust *, const struct profile *, const char *name,
    SSL_CTX *, struct error *);

/* For each new session: whom to ask for (RFC 6066 section 3) and to expect. */
int trust_expect(struct trust *, SSL *, struct error *);

/*
 * After a handshake, good or bad: ERROR_CERTIFICATE and why, unless the server
 * is who it should be by that rule.  The rule is the profile's own, or another
 * one to learn what that would have said.
 */
int trust_judge(const struct trust *, enum tls_verify rule, const SSL *,
    struct error *);

void trust_free(struct trust *);

#endif
