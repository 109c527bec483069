/*
 * settle.h - what becomes of an entry of the queue after an attempt
 *
 * Who was accepted is struck off.  Who was refused, or has waited too long, is
 * reported to the sender, or where nobody can be told is a dead letter; before
 * that is safe on disk they stay.  The others wait for their next turn.
 */
#ifndef SETTLE_H
#define SETTLE_H

#include "claim.h"
#include "config.h"
#include "identity.h"
#include "places.h"

struct settling {
	const struct config *config;
	const struct identity *identity; /* who runs the queue */
	const struct spool *spool;
	const char *dead_letters; /* directory */
};

/*
 * For relay.h, with a claim as context: who was accepted is struck off its
 * entry, and when that is everybody the entry is out of the queue.
 * settle_claim() comes behind it.
 */
int settle_strike(void *context, struct error *);

/*
 * The outcomes are in the claim's envelope.  The message is the one that was
 * sent, for who is told of it or buries it; NULL: it is read where that is
 * needed.  Logs what became of it.  -1 when that could not be recorded: then
 * the entry on disk is as it was, but that who was accepted may be struck off
 * already, and tried again; the claim's is not, and is of no more use.
 */
int settle_claim(const struct settling *, struct claim *,
    const struct message *, struct error *);

/*
 * No attempt was made, because another one has just shown that the smarthost is
 * down, which is the error: the same, but that it does not count as an attempt,
 * and that nothing is written unless somebody is told.
 */
int settle_untried(const struct settling *, struct claim *,
    const struct message *, const struct error *, struct error *);

/*
 * A notice that a crash has left half made is finished, see owed.h; for an entry
 * with owes_notice, before anything else.  It may have no recipients left.
 */
int settle_owed(const struct settling *, struct claim *, struct error *);

#endif
