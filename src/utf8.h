/*
 * utf8.h - UTF-8 (RFC 3629), checked strictly
 *
 * Overlong forms, surrogates and anything above U+10FFFF are not UTF-8.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "text.h"

/* Take one character off *rest (not empty); -1, and one byte taken, if bad. */
int32_t utf8_next(struct text *rest);

bool utf8_is_valid(struct text);

/* The first max bytes at most, and no part of a character. */
struct text utf8_cut(struct text, size_t max);

/* Shorten a string that was cut in the middle of a character. */
void utf8_drop_cut_end(char *string);

/*
 * Add text as part of one line of a header: control characters (C0, DEL, C1)
 * become blanks, bytes that are no UTF-8 "?".
 */
void utf8_add_line(struct buf *, struct text);

/*
 * Add text as people may safely see it on a terminal or in a log: control
 * characters (C0, DEL, C1, line separators, bidirectional overrides) and bytes
 * that are no UTF-8 become \xHH, one for each byte.  What it made stays as it
 * is when it passes again.
 */
void utf8_add_visible(struct buf *, struct text);

#endif
