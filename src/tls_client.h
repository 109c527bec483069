/*
 * tls_client.h - our own certificate and key, for servers that ask for one
 *
 * tls_cert and tls_key are PEM files; without tls_key the key stands in the
 * file of the certificate, which may then be PKCS#12 (RFC 7292) instead.  What
 * is behind the certificate in its file goes with it as its chain.
 */
#ifndef TLS_CLIENT_H
#define TLS_CLIENT_H

#include <openssl/ssl.h>

#include "error.h"
#include "settings.h"

enum { TLS_CLIENT_MAX_FILE = 1024 * 1024 }; /* bytes */

/*
 * Use the profile's tls_cert.  ERROR_CONFIG when a file cannot be read, is
 * none of those above, or its password does not fit; the password is asked for
 * only if there is something to decrypt.
 */
int tls_client_use(SSL_CTX *, const struct profile *, struct error *);

#endif
