/*
 * rate.h - so many messages in so much time, over a profile (a token bucket)
 *
 * The bucket is a small file in the spool, the same for all processes that use
 * it.  At first it is full; a token comes back every part of the time.
 */
#ifndef RATE_H
#define RATE_H

#include "buf.h"
#include "date.h"
#include "settings.h"
#include "spool.h"

/*
 * Take a token.  0, or the seconds until there will be one.  Where the file
 * cannot be used there is one: mail goes out too fast rather than never.
 */
time_t rate_take(const struct spool *, const struct profile *,
    struct moment now);

/* The pure parts of rate_take(), here for the tests. */

/* The name of a profile's file: any name has one, no two have the same. */
void rate_add_name(struct buf *, const char *profile);

/*
 * How empty a bucket is: each token taken adds the period to it, each
 * millisecond takes the count away, so nothing is ever rounded.
 */
struct bucket {
	int64_t used;
	int64_t at; /* milliseconds since the epoch */
};

/*
 * As rate_take(), with now in milliseconds since the epoch.  A clock that was
 * set back refills nothing, and goes on from there.
 */
time_t rate_take_from(struct bucket *, const struct rate *, int64_t now);

#endif
