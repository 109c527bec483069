/*
 * places.h - where this user's files are, when no setting says it
 */
#ifndef PLACES_H
#define PLACES_H

#include <stdbool.h>

#include "buf.h"
#include "config.h"
#include "identity.h"

struct places {
	struct buf spool;
	struct buf other_spool; /* where mail may still wait; or empty */
	struct buf dead_letters;
	struct buf transcript; /* empty: none is kept */
	struct buf outages;
};

/* LOCALSTATEDIR/spool/sendoff/users, for those who have no place at home. */
extern const char places_users[];

/*
 * The spool is queue_dir; else LOCALSTATEDIR/spool/sendoff for root and for
 * whoever owns that, and $XDG_STATE_HOME/sendoff/queue for the others: but
 * where that cannot be made places_users/UID, if there is that directory.
 *
 * Who has a directory there of a time when there was no place at home has it
 * as the other spool: nothing new is kept in it, and what is there is listed
 * and run with the rest.  Nothing is made but the directory of a user's
 * transcript.
 */
void places_find(struct places *, const struct settings *,
    const struct identity *);
void places_free(struct places *);

/* The spool can be written to, or made: as far as one can tell before. */
bool places_have_room(const struct places *);

#endif
