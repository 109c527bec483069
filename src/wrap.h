/*
 * wrap.h - words in lines that are not too long
 */
#ifndef WRAP_H
#define WRAP_H

#include "buf.h"
#include "text.h"

enum {
	WRAP_WIDTH = 76,    /* bytes of a line, where there are blanks for it */
	WRAP_MAX_WORD = 900 /* bytes; a longer one is cut (RFC 5322 2.1.1) */
};

/*
 * Add words with one blank between them, in lines that end with "\n" and begin
 * with indent, the first one with first.
 */
void wrap_add(struct buf *, const char *first, const char *indent,
    struct text words);

#endif
