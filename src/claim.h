/*
 * claim.h - one entry of the queue, locked: nobody else touches it
 *
 * Making one: claim_make(), the body by claim_copy() or by whoever reads the
 * input straight into its file, claim_finish(), claim_commit().  From the last
 * on the message is in the queue, whatever happens to the machine; before, it
 * is not.
 *
 * Each function that changes the disk has synced it when it returns 0.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include "entry.h"
#include "message.h"
#include "message_file.h"
#include "spool.h"

struct claim {
	const struct spool *spool;
	char name[SPOOL_NAME_SIZE]; /* in queue/; empty: it is not there */
	int fd;                     /* of the message, locked; -1: none */
	struct entry entry;
};

/*
 * A new message file of that ID, at whose end a body may be written; what a
 * crash has left under that ID is dropped.  ERROR_CREATE, ERROR_IO.
 */
int claim_make(struct claim *, const struct spool *, const char *id,
    struct error *);

/*
 * Write the message, or all but its body when that is there already (its fd is
 * the claim's); sync; note lengths and digest in the entry.  ERROR_IO;
 * ERROR_MESSAGE for a header that could not be read again.
 */
int claim_finish(struct claim *, const struct message *, struct error *);

/*
 * Write the envelope and put it into the queue.  ERROR_IO, ERROR_CREATE;
 * ERROR_BUG for an envelope that could not be read again.
 */
int claim_commit(struct claim *, time_t turn, struct error *);

/*
 * Take an entry by its name in queue/.  1 when it is ours now; 0 when somebody
 * else has it or had it, or something failed that may not fail the next time;
 * -1 with a sentence when it is damaged (it is set aside then) or of another
 * version (it is left alone).
 */
int claim_take(struct claim *, const struct spool *, const char *name,
    struct error *);

/*
 * The envelope alone, without a lock, for who only looks: 1, 0 and -1 as
 * claim_take(), but nothing is set aside.  With 0 it is ERROR_IO when there is
 * an envelope that could not be read now.
 */
int claim_look(struct claim *, const struct spool *, const char *name,
    struct error *);

/* Somebody else has it: it is being delivered. */
bool claim_is_busy(const struct spool *, const char *id);

/*
 * The message, checked against the entry; its body stays in the file, whose
 * descriptor is the claim's.  1 when it is as it was, 0 and -1 as claim_take().
 */
int claim_read_message(struct claim *, struct message *, struct error *);

/* Put the entry in the place of the old one; ERROR_IO, ERROR_CREATE. */
int claim_save(struct claim *, struct error *);

/*
 * Another turn.  Not synced: it is lost at worst, and then its turn comes as
 * it would have.
 */
int claim_move(struct claim *, time_t turn, struct error *);

/* Out of the queue, for good; also if it is already. */
int claim_remove(struct claim *, struct error *);

/* Unlock and close; a message that is not in the queue is removed. */
void claim_free(struct claim *);

#endif
