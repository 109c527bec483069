/*
 * mint.h - certificates and revocation lists for tests, good and bad
 *
 * Nothing here fails in silence: what OpenSSL will not make is NULL, and the
 * test that asked for it stumbles over it.
 */
#ifndef MINT_H
#define MINT_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "text.h"

struct mint_signer {
	X509 *certificate;
	EVP_PKEY *key;
};

/* As in x509v3_config(5); NULL leaves an extension out. */
struct mint_order {
	const char *subject;     /* common name */
	const char *names;       /* subjectAltName */
	struct text raw_name;    /* a dNSName of these bytes instead */
	const char *usage;       /* extendedKeyUsage */
	const char *basic;       /* basicConstraints; NULL: no authority */
	const char *constraints; /* nameConstraints */
	int first_day;           /* from now */
	int last_day;            /* from now; 0: 90 */
	const char *digest;      /* NULL: SHA256 */
};

enum { MINT_DAYS = 90 };

extern const char mint_authority[]; /* basicConstraints of one that may sign */

/* A certificate for the key, signed by another or, with NULL, by itself. */
X509 *mint_certificate(const struct mint_order *, const struct mint_signer *by,
    EVP_PKEY *key);

/* A list that ends in so many days; revoked may be NULL. */
X509_CRL *mint_crl(const struct mint_signer *by, X509 *revoked, int last_day);

void mint_signer_free(struct mint_signer *);

#endif
