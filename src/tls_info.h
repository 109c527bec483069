/*
 * tls_info.h - --tls-info: whom each smarthost's TLS shows, and what we think
 *
 * A session up to TLS and no further: nobody logs in and nothing is sent.
 *
 *   profile main, smtp.example.com:587
 *   connected  [192.0.2.1]:587
 *   protocol   TLSv1.3
 *   cipher     TLS_AES_256_GCM_SHA384
 *   certificate 1
 *     subject  CN = smtp.example.com
 *     issuer   CN = Example CA
 *     for      smtp.example.com, mail.example.com
 *     key      EC, 256 bits, signed with ecdsa-with-SHA256
 *     valid    2026-10-01 to 2026-12-30, 38 days left
 *   tls_pin = sha256:...
 *   verified   yes
 */
#ifndef TLS_INFO_H
#define TLS_INFO_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

/*
 * Write to fd.  -1 and a sentence when there is no session, or when a delivery
 * would refuse the certificate; what there is to see is written first.
 */
int tls_info(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

#endif
