/*
 * entry.h - the envelope of a message that waits, as the spool keeps it
 *
 * A text of lines, "sendoff 1" first, "End LENGTH SHA256" of all lines before
 * it last.  It is written anew whenever something has changed; recipients that
 * have been accepted are left out.  What is read is looked at as if a stranger
 * had written it.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "date.h"
#include "envelope.h"
#include "error.h"
#include "text.h"

enum {
	ENTRY_MAX = 64 * 1024 * 1024, /* bytes of the text */
	ENTRY_ID_SIZE = 40,           /* with the NUL */
	ENTRY_DIGEST = 32             /* bytes, SHA-256 */
};

struct entry {
	char id[ENTRY_ID_SIZE]; /* A-Z, 0-9, "-" and "."; never empty */
	char *profile;          /* strings are owned */
	uid_t uid;              /* who handed it in, and by which program */
	char *login;
	char *caller;
	struct moment arrived;
	unsigned attempts; /* so far */
	bool is_unsure;    /* a final dot was lost: may arrive twice */
	bool is_warned;    /* the sender knows that it is late */
	unsigned notices;  /* reports made of it so far */
	bool owes_notice;  /* the last one may still be called owed-ID */
	char *reason;      /* why it waits, a sentence; empty before a try */
	/* Of the message file: what it must be. */
	uint64_t body_length;
	uint64_t header_length;
	unsigned char digest[ENTRY_DIGEST];
	/* Who still waits; the request's envelope_id is owned, too. */
	struct envelope envelope;
};

/* A version that is not ours is ERROR_NO_MODE, damage is ERROR_MESSAGE. */
int entry_read(struct entry *, struct text, struct error *);

/*
 * Into an empty buf.  What cannot stand in a line becomes a blank or "?", and
 * NULL the empty string.  ERROR_TOO_BIG, ERROR_SYSTEM.
 */
int entry_write(const struct entry *, struct buf *, struct error *);
void entry_free(struct entry *);

/* A name that an entry can have, so that it may be part of a path. */
bool entry_is_id(struct text id);

#endif
