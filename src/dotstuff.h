/*
 * dotstuff.h - message text on its way into DATA (RFC 5321 4.5.2, 2.3.8)
 *
 * The one place where lines are written: whatever comes in, out come lines
 * that end with CRLF, a leading dot doubled, and no CR or LF anywhere else, so
 * that nobody can smuggle an end of data.  LF and CRLF end a line; every other
 * CR becomes a blank.
 */
#ifndef DOTSTUFF_H
#define DOTSTUFF_H

#include "text.h"

struct dotstuff {
	bool is_inside_line; /* zeroed: at the start of a line */
	bool is_after_cr;    /* a CR was held back: half a line end or bare? */
};

enum { DOTSTUFF_END_MAX = 6 }; /* bytes that dotstuff_end() may add */

/*
 * Convert the bytes; out has room for twice as many and one more.  Returns how
 * many were put there.
 */
size_t dotstuff_add(struct dotstuff *, struct text bytes, char *out);

/* End an unfinished line and add the line that ends the data. */
size_t dotstuff_end(struct dotstuff *, char *out);

#endif
