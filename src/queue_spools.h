/*
 * queue_spools.h - the spools that somebody may look into and change
 *
 * The user's own, which are one or two (places.h); for root also those of all
 * users below that of the system, unless queue_dir says where to look.
 */
#ifndef QUEUE_SPOOLS_H
#define QUEUE_SPOOLS_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "places.h"
#include "spool.h"
#include "strlist.h"

/* Where it is, in a sentence; owned by the caller. */
char *queue_spools_place(const struct config *, const struct identity *);

/* One of them, open; -1 ends it. */
typedef int queue_spools_visitor(void *context, const struct spool *,
    struct error *);

/*
 * Visit each of the user's own that there is.  What cannot be opened is a sentence, and its
 * error the result, but the others have their turn.
 */
int queue_spools_each_own(const struct places *, queue_spools_visitor *visit,
    void *context, struct strlist *sentences, struct error *);

/* The same, and then those of the others. */
int queue_spools_each(const struct config *config,
    const struct identity *identity, queue_spools_visitor *visit, void *context,
    struct strlist *sentences, struct error *err);

#endif
