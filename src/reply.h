/*
 * reply.h - what the server says (RFC 5321 section 4.2, RFC 2034)
 *
 * Give reply_add() one line after the other, without line ends, until it
 * returns REPLY_DONE.  Nothing here reads from a network.
 */
#ifndef REPLY_H
#define REPLY_H

#include "buf.h"
#include "error.h"
#include "text.h"

enum {
	REPLY_MAX_LINES = 500,
	REPLY_MAX_BYTES = 65536 /* of all lines together */
};

enum reply_state { REPLY_MORE, REPLY_DONE, REPLY_BAD };

struct reply {
	int code;                       /* 200..599; 0 before the first line */
	char status[ERROR_STATUS_SIZE]; /* RFC 3463; "c.0.0" if none came */
	unsigned lines;
	size_t bytes;
	struct buf text; /* lines joined by '\n', codes and status removed */
};

/*
 * Add one line.  REPLY_BAD when the line is not a reply line, its code differs
 * from the first one, or the reply outgrows the limits above; the reply then
 * holds what came before.  A status whose class contradicts the code is
 * replaced by class.0.0: callers may trust status[0].
 */
enum reply_state reply_add(struct reply *, struct text line);

/* Empty it for the next reply; free with reply_free(). */
void reply_clear(struct reply *);
void reply_free(struct reply *);

/* Of the 2yz, 3yz, 4yz, 5yz kind (RFC 5321 4.2.1). */
bool reply_is_positive(const struct reply *);
bool reply_is_intermediate(const struct reply *);
bool reply_is_temporary(const struct reply *);
bool reply_is_permanent(const struct reply *);

/* Add the text on one line, made visible and not too long. */
void reply_add_words(const struct reply *, struct buf *);

/*
 * Describe a refusal: "WHO refused WHAT: 550 5.1.1 No such user".  4yz is ERROR_DEFERRED, anything else the given kind.
 */
int reply_refusal(const struct reply *, enum error_kind, const char *who,
    const char *what, struct error *);

#endif
