/*
 * saslprep.h - user names and passwords as both sides must see them (RFC 4013)
 *
 * The parts that need no Unicode tables: spaces of all kinds become a space,
 * invisible characters go, forbidden ones are an error.  There is no
 * normalization (NFKC), as nearly all keyboards make that form, and no check
 * of the direction of text.
 */
#ifndef SASLPREP_H
#define SASLPREP_H

#include "buf.h"
#include "error.h"
#include "text.h"

/*
 * Add the prepared text.  ERROR_CONFIG, with the name of what it is but none
 * of its bytes, when it is no UTF-8, has a forbidden character, or when
 * nothing is left of it.
 */
int saslprep(struct text, const char *name, struct buf *, struct error *);

#endif
