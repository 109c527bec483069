/*
 * mime.h - the parts of a message (RFC 2045, RFC 2046), found as it passes by
 *
 * Parts stand in the order of their bytes, each behind the one it is inside
 * of; the first one is the message itself.  Bytes between them are boundary
 * lines.  What lies beyond a limit is one opaque part.
 */
#ifndef MIME_H
#define MIME_H

#include <stdint.h>

#include "buf.h"
#include "message.h"
#include "scan.h"
#include "text.h"

enum {
	MIME_MAX_PARTS = 4096,
	MIME_MAX_DEPTH = 50,         /* multiparts inside each other */
	MIME_MAX_HEADER = 64 * 1024, /* bytes, of a part */
	MIME_MAX_BOUNDARY = 200,     /* bytes; RFC 2046 5.1.1 has 70 */
	MIME_MAX_DELIMITER = 512     /* bytes of a line with one, blanks too */
};

enum part_kind {
	PART_OPAQUE, /* signed, encoded or not understood: not to be touched */
	PART_LEAF,   /* content that may be encoded */
	PART_COMPOSITE, /* a header; what follows are parts of their own */
	PART_FILLER     /* before or behind the parts of a multipart */
};

enum part_encoding { PART_7BIT, PART_8BIT, PART_BINARY, PART_ENCODED };

struct part {
	enum part_kind kind;
	enum part_encoding encoding; /* the one it says it has */
	size_t parent;               /* index; the message is its own */
	uint64_t header;             /* where its header is in the body, */
	uint64_t start;              /* where its content is, */
	uint64_t end;                /* and ends; not set for composite ones */
	bool is_message;             /* it has the header of a message */
	bool has_type;               /* a Content-Type */
	bool is_text;
	bool is_header_8bit;
	bool is_header_long;   /* a line over 998 bytes */
	bool is_utf8;          /* text that is valid UTF-8 */
	struct body facts;     /* of its content, not of a composite one */
	uint64_t escape_count; /* bytes of text that transfer_escapes() */
};

struct level {
	size_t part;
	bool is_digest;
	size_t length;
	char boundary[MIME_MAX_BOUNDARY];
};

/* Give it to mime_begin(), and do not move it before mime_end(). */
struct mime {
	struct part *parts; /* owned */
	size_t count;
	struct level levels[MIME_MAX_DEPTH]; /* the multiparts around */
	size_t level_count;
	uint64_t position; /* of the next byte */
	struct scan scan;
	struct buf held; /* the start of a line that may be a boundary */
	bool is_inside_line;
	bool is_after_cr;
	uint64_t line_end; /* bytes of the last one */
	bool is_in_header;
	struct buf line; /* of a header, so far */
	struct message header;
	char cut[4]; /* the start of a character */
	size_t cut_length;
};

/* Only the message's header is looked at. */
void mime_begin(struct mime *, const struct message *);

/* The next bytes of the body, in pieces of any size. */
void mime_add(struct mime *, struct text bytes);

/* The body has ended; all parts are known. */
void mime_end(struct mime *);

void mime_free(struct mime *);

#endif
