/*
 * castore.h - trusted certificates, read only as far as they are needed, and
 * lists of those revoked
 *
 * OpenSSL takes 0.1 ms for one certificate and 19 ms for a whole bundle.  So a
 * hashed directory is asked for the one issuer needed, and a bundle is scanned
 * for the one whose subject is, byte for byte, the issuer asked for (RFC 5280
 * section 4.1.2.6 promises that the encodings agree).
 */
#ifndef CASTORE_H
#define CASTORE_H

#include <openssl/ssl.h>

#include "buf.h"
#include "error.h"

enum { CASTORE_MAX_BUNDLE = 16 * 1024 * 1024 }; /* bytes */

struct castore {
	char *bundle;         /* a PEM file to be scanned, or NULL */
	bool is_read;         /* it has been */
	struct buf der;       /* its certificates, one behind the other */
	struct error problem; /* why it could not be read */
	X509_STORE *crls;     /* revocation lists, or NULL */
};

/*
 * Trust a file of PEM certificates or a hashed directory; with path NULL, what
 * the system trusts: its directory, and its bundle only where there is none.
 * The store must outlive the context, and SSL_set_app_data() must name it in
 * every session.  ERROR_CONFIG when the path cannot be read.
 */
int castore_use(struct castore *, SSL_CTX *, const char *path, struct error *);

/*
 * From now on no certificate of a chain may be revoked, and there must be a
 * valid list (RFC 5280 section 5) of each issuer, in a file of PEM lists or in
 * a hashed directory.  ERROR_CONFIG when the path cannot be read.
 */
int castore_use_crls(struct castore *, SSL_CTX *, const char *path,
    struct error *);

void castore_free(struct castore *);

#endif
