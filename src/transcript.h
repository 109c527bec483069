/*
 * transcript.h - what was said, for people; one block per session
 *
 * Lines gather in memory and are appended to the file in one write, under a
 * lock, when the session is over; with -v they also go to stderr as they come.
 * Control bytes are made visible.  There is no way in for a secret: see
 * chat_say_secret().  A file that cannot be written never stops a mail.
 */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "settings.h"
#include "text.h"

enum {
	TRANSCRIPT_MAX = 4 * 1024 * 1024, /* bytes of one block */
	TRANSCRIPT_MAX_LINE = 1024,  /* bytes that transcript_addf() takes */
	TRANSCRIPT_MAX_FILES = 100,  /* rotated ones */
	TRANSCRIPT_LOCK_LIMIT = 1000 /* milliseconds to wait for the lock */
};

struct transcript {
	struct buf block;
	int64_t start; /* clock_ticks() of the first line */
	bool is_live;  /* -v: also to stderr, line by line */
	bool is_kept;  /* false: nothing is gathered */
};

/* One or two lines, joined by LF: when, id, who; from, to, size, profile. */
void transcript_begin(struct transcript *, struct text head);

/*
 * "+0.021  < 220 ...": lines, joined by LF, after the first are set below it.
 * What would make a block larger than TRANSCRIPT_MAX is left out, and the
 * block says so.
 */
void transcript_add(struct transcript *, char sign, struct text lines);
void transcript_addf(struct transcript *, char sign, const char *format, ...)
    PRINTF(3, 4);

/* The line that ends the block, "== " before it; never left out. */
void transcript_end(struct transcript *, struct text line);

/*
 * Append the block to the file, and rotate before that where it would grow
 * over transcript_max: FILE becomes FILE.1, FILE.1 becomes FILE.2, up to
 * transcript_count.  Writers take turns by flock(2); one that waits too long
 * appends without the lock, but never rotates without it.
 *
 * A path that ends in "/" is a directory: the block becomes a new file
 * YYYYMMDD-HHMMSS.mmm-ID.txt there.  These are nobody's to rotate or remove.
 *
 * ERROR_CREATE or ERROR_IO.  Directories are never made here.
 */
int transcript_write(const struct transcript *, const char *path,
    const struct settings *, const char *id, struct error *);

void transcript_free(struct transcript *);

#endif
