/*
 * tls_reason.h - why OpenSSL did not do what it was asked to
 */
#ifndef TLS_REASON_H
#define TLS_REASON_H

/* Its own word for the last failure, or the other one. */
const char *tls_reason(const char *otherwise);

#endif
