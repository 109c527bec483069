/*
 * keep.h - from a delivery to an entry of the queue
 *
 * A struct keeping is the spool of who runs this and what is in it of one
 * message.  Do not move it before keep_end().
 */
#ifndef KEEP_H
#define KEEP_H

#include "claim.h"
#include "config.h"
#include "identity.h"
#include "places.h"
#include "plan.h"
#include "strlist.h"

struct keeping {
	const struct config *config;
	const struct identity *identity; /* whose message it is */
	struct places places;
	struct spool spool;
	bool is_open;
	struct claim input;   /* the body may be in its file already */
	unsigned count;       /* entries begun so far */
	struct strlist waits; /* a sentence for each that waits for its turn */
};

/* The spool is not touched before something may have to be kept. */
void keep_begin(struct keeping *, const struct config *,
    const struct identity *);
void keep_end(struct keeping *);

/* As far as one can tell without a spool; never with queue = never. */
bool keep_is_possible(const struct keeping *);

/* For input.h, of a struct keeping: the body goes to where it would be kept. */
int keep_make_file(void *context);

/* No outcome yet, or one that deserves another try. */
bool keep_is_wanted(const struct recipient *);

/*
 * Put into the queue what may still succeed of a delivery, mark its recipients
 * as kept, and log it.  The claim is the caller's, to be freed behind the last
 * one in any case: the body of the message may be in its file.  Its recipients
 * have no outcome.  ERROR_CREATE, ERROR_IO.
 */
int keep_delivery(struct keeping *, struct delivery *, unsigned attempts,
    time_t turn, struct claim *, struct error *);

/* The same for who settles it at once: nothing is marked or logged. */
int keep_quietly(struct keeping *, const struct delivery *, unsigned attempts,
    time_t turn, struct claim *, struct error *);

#endif
