/*
 * tls.h - one TLS session over a connected socket (RFC 8314, RFC 9525)
 *
 * What goes into it is said by tls_context.h, whom it trusts by trust.h.
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

/*
 * "TLSv1.3 TLS_AES_256_GCM_SHA384, certificate NAME verified, 61 days left";
 * in its last three weeks ", WARNING: it ends on 2026-11-22" follows.
 */
void tls_add_summary(const struct tls *, struct buf *);

/* What a session without tls_verify would have come to; see trust_judge(). */
int tls_judge(const struct tls *, enum tls_verify rule, struct error *);

/* For people: version, cipher, each certificate, the pin. */
void tls_add_report(const struct tls *, struct buf *);

/*
 * Add the channel binding and return its kind: "tls-exporter" (RFC 9266) with
 * TLS 1.3, else "tls-server-end-point" (RFC 5929); NULL if there is none.
 */
const char *tls_add_binding(const struct tls *, struct buf *);

/* Send close_notify, without waiting for the answer, and free. */
void tls_close(struct tls *);

#endif
