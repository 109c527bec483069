/*
 * phrase.h - display names in address fields (RFC 5322 3.2.5, RFC 2047)
 */
#ifndef PHRASE_H
#define PHRASE_H

#include "buf.h"
#include "text.h"

/*
 * Add a name as a phrase: as it is, quoted, or as encoded words, whatever it
 * takes.  Control characters become blanks, bytes that are no UTF-8 "?".
 */
void phrase_add(struct buf *, struct text name);

#endif
