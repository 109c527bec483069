/*
 * sweep.h - what crashes have left in the spool
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "spool.h"

/*
 * Remove messages without envelope, files in tmp/, and reports that are only
 * owed (owed.h) by entries that are gone, all older than a day and not locked.
 * Does nothing when it was done within a day.
 */
void spool_sweep(const struct spool *, time_t now);

#endif
