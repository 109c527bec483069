/*
 * tls_report.h - a TLS session for people: what --tls-info prints
 */
#ifndef TLS_REPORT_H
#define TLS_REPORT_H

#include <openssl/ssl.h>

#include "buf.h"

/*
 * Add version and cipher, then for each certificate that the server has shown
 * subject, issuer, names, key and dates, then the pin of its own key.
 */
void tls_report_add(struct buf *, const SSL *);

#endif
