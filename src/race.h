/*
 * race.h - connect to whichever of several addresses answers first (RFC 8305)
 */
#ifndef RACE_H
#define RACE_H

#include "resolve.h"

enum { RACE_DELAY = 250 }; /* milliseconds, RFC 8305 section 8 */

/*
 * Start with the first address and join in the next one whenever an attempt
 * has failed or RACE_DELAY has passed; the first connected wins, the others are
 * closed.  The source, or NULL, is the address to connect from: addresses of
 * another family do not take part.  Returns the non-blocking descriptor and
 * its address, or -1 with ERROR_NETWORK and what the last one failed of;
 * ERROR_CONFIG when the source is not for them.
 */
int race_connect(const struct addresses *, const struct address *source,
    int64_t deadline, struct address *winner, struct error *);

/* A non-blocking socket that no command inherits; -1 with ERROR_NETWORK. */
int race_open_socket(int family, struct error *);

#endif
