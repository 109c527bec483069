/*
 * profile.h - a profile as a whole: what one of its keys says about another
 */
#ifndef PROFILE_H
#define PROFILE_H

#include "record.h"

/*
 * Apply the record, work out smarthosts, ports and TLS from each other, and
 * find the rewrite sections by their names.
 */
void profile_complete(struct record *, struct records *);

/* Report keys that lack another one.  The profile is complete. */
void profile_check(const struct record *, struct report *);

#endif
