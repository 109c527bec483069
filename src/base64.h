/*
 * base64.h - RFC 4648 section 4, on one line, as SASL and MIME want it
 */
#ifndef BASE64_H
#define BASE64_H

#include "buf.h"
#include "text.h"

/* No line breaks; nothing for nothing. */
void base64_encode(struct buf *, struct text);

/* Strict: length a multiple of four, padding only at the end; else -1. */
int base64_decode(struct buf *, struct text);

#endif
