/*
 * drain.h - a host without a daemon: each submission gives the queue a turn
 */
#ifndef DRAIN_H
#define DRAIN_H

#include "keep.h"

/*
 * If something waits, run what is due in the background, unless that is being
 * done already (spool_lock_drain) or queue = never.  Makes no spool.
 */
void drain_begin(struct keeping *);

#endif
