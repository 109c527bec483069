/*
 * certs.h - certificates for tests, good and bad, made when they are needed
 *
 * In the directory: ca.pem, what a client should trust; ca/, the same as a
 * hashed directory; bundle.pem, the same behind many others; KIND.pem, chain
 * and key of a server.
 */
#ifndef CERTS_H
#define CERTS_H

#include <openssl/ssl.h>

#include "error.h"

/* ERROR_SYSTEM; makes the directory where it is missing. */
int certs_make(const char *dir, struct error *);

/* For a server that shows that kind of certificate; NULL with ERROR_SYSTEM. */
SSL_CTX *certs_context(const char *dir, const char *kind, struct error *);

/* The n-th kind, NULL behind the last. */
const char *certs_kind(size_t n);

#endif
