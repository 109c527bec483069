/*
 * scan.h - facts about a body, found while its bytes pass by
 *
 * LF and CRLF end a line, every other CR is bare.  Where a lone dot ends the
 * input, it does so with either line end.
 */
#ifndef SCAN_H
#define SCAN_H

#include "message.h"
#include "text.h"

struct scan {
	struct body *body; /* the facts are added here */
	bool dot_ends;     /* a line "." ends the body */
	bool is_over;      /* it did */
	uint64_t line;     /* bytes of the current line so far */
	bool is_dot;       /* it is "." or ".\r" so far */
	bool is_after_cr;  /* its last byte is a CR */
};

/* Look at the next bytes, unless the body is over. */
void scan_add(struct scan *, struct text bytes);

/* The input has ended: count the line end that the last line still needs. */
void scan_end(struct scan *);

#endif
