/*
 * damaged.h - what cannot be read is kept apart, for people to look at
 */
#ifndef DAMAGED_H
#define DAMAGED_H

#include "error.h"
#include "spool.h"

/*
 * Rename what there is of a locked entry's files into damaged/, never over
 * another one.  The error says what is wrong; it also says then where to look.
 */
void damaged_set_aside(const struct spool *, const char *name, const char *id,
    struct error *);

#endif
