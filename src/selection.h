/*
 * selection.h - which entries of the queue -qI, -qR and -qS mean
 *
 * A part is found anywhere and without regard to case.  An entry must match
 * all that were given; a negated one (-q!R) matches where the part is not
 * found, in no recipient.
 */
#ifndef SELECTION_H
#define SELECTION_H

#include <stdbool.h>

#include "entry.h"
#include "option.h"

/* At least one of them was given. */
bool selection_is_set(const struct options *);

/* The ID alone may match: no need to open any other. */
bool selection_has_id(const struct options *, const char *id);

bool selection_has(const struct options *, const struct entry *);

#endif
