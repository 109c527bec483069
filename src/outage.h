/*
 * outage.h - which smarthosts failed a moment ago, for all processes of a user
 *
 * A file for each in the user's own directory; when it was written is what
 * counts.  It saves waiting and nothing depends on it: where nothing can be
 * written nothing is remembered.
 */
#ifndef OUTAGE_H
#define OUTAGE_H

#include <stdbool.h>
#include <time.h>

#include "smarthost.h"

enum { OUTAGE_SECONDS = 60 };

/* The directory is made where it is missing. */
void outage_note(const char *directory, const struct smarthost *);

/* It was noted less than OUTAGE_SECONDS before now. */
bool outage_is_fresh(const char *directory, const struct smarthost *,
    time_t now);

void outage_forget(const char *directory, const struct smarthost *);

#endif
