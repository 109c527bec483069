/*
 * decode.h - what a display name means (RFC 2047)
 */
#ifndef DECODE_H
#define DECODE_H

#include "buf.h"
#include "text.h"

/*
 * Add what a phrase, or the inside of a comment, means: quotes, comments and
 * folding gone, words in every character set that iconv(3) knows decoded,
 * others as they are.  It is valid UTF-8 on one line without control
 * characters.
 */
void decode_phrase(struct buf *, struct text phrase);

#endif
