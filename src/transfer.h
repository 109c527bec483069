/*
 * transfer.h - content transfer encodings (RFC 2045 section 6), as a stream
 *
 * Output lines end with "\n" and have at most 76 bytes; behind the last one
 * there is none, because the line end before a boundary belongs to it.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include "buf.h"
#include "text.h"

enum {
	TRANSFER_MAX_LINE = 998, /* bytes without CRLF, RFC 5321 4.5.3.1.6 */
	TRANSFER_LINE = 76       /* bytes, RFC 2045 6.7 and 6.8 */
};

enum transfer_kind {
	TRANSFER_NONE,   /* every byte as it is */
	TRANSFER_QUOTED, /* quoted-printable, for text without bare CR */
	TRANSFER_BASE64,
	TRANSFER_FLAT /* lossy: "?" for what is not ASCII, long lines broken */
};

struct transfer {
	enum transfer_kind kind;
	bool has_lines; /* base64 of text: every line end becomes CRLF */
	char line[TRANSFER_LINE + 1];
	size_t length;    /* bytes in line: encoded ones, or raw for base64 */
	size_t column;    /* of a flat line */
	char blank;       /* held back: is it the last of its line? */
	bool is_after_cr; /* the last byte was one */
	bool has_output;  /* base64: this line is not the first */
};

/* A byte that quoted-printable text cannot hold as it is. */
bool transfer_escapes(char byte);

void transfer_add(struct transfer *, struct text bytes, struct buf *out);

/* Add what was held back. */
void transfer_end(struct transfer *, struct buf *out);

#endif
