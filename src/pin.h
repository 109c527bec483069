/*
 * pin.h - the fingerprint of a public key, as people write it
 *
 * SHA-256 of the SubjectPublicKeyInfo (RFC 7469 section 2.4), in base64 or in
 * hexadecimal digits, with or without colons; "sha256:" or "sha256//" may stand
 * before it.
 */
#ifndef PIN_H
#define PIN_H

#include "buf.h"
#include "text.h"

enum { PIN_SIZE = 32 }; /* bytes */

/* Fill in the digest; -1 when it is not one. */
int pin_read(struct text, unsigned char digest[PIN_SIZE]);

/* "sha256:" and base64, as pin_read() takes it. */
void pin_add(struct buf *, const unsigned char digest[PIN_SIZE]);

#endif
