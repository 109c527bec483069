/*
 * tls_context.h - versions and ciphers as the profile wants them
 *
 * TLS 1.2 or later.  One function makes every context, so there is no second
 * way that could forget something.
 */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "error.h"
#include "settings.h"

/*
 * For the caller to free; whom to trust is not in it yet, see trust.h.  NULL
 * with ERROR_CONFIG when tls_ciphers, tls_cert or tls_key are of no use.
 */
SSL_CTX *tls_context_make(const struct profile *, struct error *);

#endif
