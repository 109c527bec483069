/*
 * encode.h - a message for a server that cannot take it as it is
 *
 * Parts with 8-bit bytes for a server without 8BITMIME, with lines over 998
 * bytes or with NUL, and parts that are no text with bare CR, become
 * quoted-printable (text that is mostly ASCII) or base64; every other byte
 * stays as it is.  Left alone: what is
 * signed, what is encoded already, and message types that may not be encoded.
 * What stands before and behind the parts of a multipart is not content: it
 * gets "?" for 8-bit bytes and NUL, and its long lines are broken.
 *
 * The body passes by twice, first through encode_look(), then through
 * encode_add(), in pieces of any size; memory does not grow with it.
 */
#ifndef ENCODE_H
#define ENCODE_H

#include "message.h"
#include "mime.h"
#include "transfer.h"

/* A zeroed one changes nothing.  Do not move it before encode_plan(). */
struct encode {
	bool offers_8bitmime;
	struct mime mime;
	struct change *changes; /* one for each part; NULL before the plan */
	bool leaves_8bit;       /* in a part that must be left alone */
	bool leaves_nul;
	/* Of the second pass: */
	size_t part;
	unsigned stage;
	uint64_t position;
	struct buf header;
	struct transfer transfer;
};

/* It may be: the plan tells.  A header is header.h's business. */
bool encode_is_needed(const struct body *, bool offers_8bitmime);

/* Begin the first pass. */
void encode_begin(struct encode *, const struct message *,
    bool offers_8bitmime);

/* The next bytes of the body. */
void encode_look(struct encode *, struct text bytes);

/* The first pass is over: decide what becomes of each part. */
void encode_plan(struct encode *);

/*
 * Add the message's fields, each line with "\n", without the blank line: as
 * planned, and with header_add_field().
 */
void encode_add_header(const struct encode *, const struct message *,
    bool keeps_8bit, struct buf *out);

/* Add what the next bytes of the body have become; line ends may be mixed. */
void encode_add(struct encode *, struct text bytes, struct buf *out);

void encode_free(struct encode *);

#endif
