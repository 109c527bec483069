/*
 * tls.h - one TLS session over a connected socket (RFC 8314, RFC 9525)
 *
 * TLS 1.2 or later.  The certificate is verified against the profile's tls_ca
 * and must be for the name in the profile, whatever DNS or the server say;
 * subjectAltName only, no partial wildcards.  One function makes every
 * context, so there is no second way that could forget to verify.
 */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "config.h"
#include "error.h"
#include "text.h"

struct tls;

/*
 * Shake hands on a non-blocking socket; the name (or address) is the one to
 * verify.  NULL with ERROR_CERTIFICATE, ERROR_NETWORK or ERROR_PROTOCOL.
 */
struct tls *tls_start(int fd, const struct profile *, const char *name,
    int64_t deadline, struct error *);

/* As the methods of transport.h. */
ssize_t tls_read(struct tls *, char *data, size_t size, int64_t deadline,
    struct error *);
int tls_write(struct tls *, struct text, int64_t deadline, struct error *);
bool tls_has_input(struct tls *);

/* "TLSv1.3 TLS_AES_256_GCM_SHA384, certificate NAME verified, 61 days left" */
void tls_add_summary(const struct tls *, struct buf *);

/* Send close_notify, without waiting for the answer, and free. */
void tls_close(struct tls *);

#endif
