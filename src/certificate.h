/*
 * certificate.h - what a certificate says (RFC 5280), in words
 *
 * Whatever comes out of a certificate is made visible (utf8.h) and has limits:
 * anybody may have written it.
 */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "buf.h"
#include "pin.h"

/* Names shown of one certificate, and bytes of one distinguished name. */
enum { CERTIFICATE_NAMES = 5, CERTIFICATE_NAME_MAX = 120 };

/* "CN = mail.example.org, O = Example" */
void certificate_add_name(struct buf *, const X509_NAME *);

/*
 * Whom it is for: "mail.example.org, 192.0.2.1", or "no host name at all"; of
 * more than limit names " and 7 more".
 */
void certificate_add_hosts(struct buf *, const X509 *, int limit);

/* "2026-11-22" */
void certificate_add_date(struct buf *, const ASN1_TIME *);

/* Whole days from now; negative once it has ended. */
int certificate_days_left(const X509 *);

/* The digest of its public key; false when OpenSSL cannot. */
bool certificate_pin(const X509 *, unsigned char digest[PIN_SIZE]);

#endif
