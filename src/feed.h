/*
 * feed.h - what a client sends: command lines, messages, chunks
 *
 * The first line decides whether CRLF or LF ends a line from then on, and only
 * that form of a line with a dot ends a message: nobody can hide a command in a
 * mixture of both (CVE-2023-51764 and its kin).
 */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "error.h"
#include "text.h"

enum { FEED_MAX_LINE = 2048 /* bytes of a command with its line end */ };

enum feed_state {
	FEED_OPEN,
	FEED_ENDED, /* the client has gone, maybe in the middle of something */
	FEED_LATE,  /* it did not speak in time */
	FEED_BROKEN /* reading failed */
};

enum feed_line {
	FEED_LINE,
	FEED_TOO_LONG, /* it was skipped to its end */
	FEED_NONE      /* the state says why */
};

struct feed {
	int fd;
	int64_t patience; /* milliseconds for a line, or a part of a message */
	enum feed_state state;
	struct buf in;     /* received */
	size_t used;       /* of those: taken */
	bool has_line_end; /* it is decided */
	bool is_lf;        /* LF alone ends a line */
	bool is_at_start;  /* of a line of a message */
	bool is_after_cr;  /* in a line of a message */
	bool is_dot_seen;  /* the message is over */
};

/* The next command line, without its end; valid until the next call. */
enum feed_line feed_read_line(struct feed *, struct text *line);

/* A whole line has come: there is no need to wait for the next one. */
bool feed_has_line(const struct feed *);

/* Some bytes have come: reading them does not wait. */
bool feed_has_bytes(const struct feed *);

/* What follows is a message, up to the line with a dot. */
void feed_begin_message(struct feed *);

/*
 * Up to size bytes of it, dots that were doubled single again; 0 at its end.
 * ERROR_NETWORK when the client did not get so far, see the state.
 */
ssize_t feed_read_message(struct feed *, char *data, size_t size,
    struct error *);

/* Up to size bytes as they come, at least one, for BDAT; errors as above. */
ssize_t feed_read_bytes(struct feed *, char *data, size_t size, struct error *);

void feed_free(struct feed *);

#endif
