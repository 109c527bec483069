/*
 * candidates.h - which smarthosts to try for a message, and in which order
 *
 * As listed, or beginning anywhere with host_order = rotate; those that failed
 * a moment ago (outage.h) go behind the others, whoever asked them.
 */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include <time.h>

#include "settings.h"

struct candidates {
	const struct profile *profile;
	const char *outages; /* directory, or NULL */
	time_t now;
	struct smarthost waiting[SMARTHOST_MAX];
	size_t count;
	size_t tried; /* those before are done with */
};

/* The directory must outlive them. */
void candidates_begin(struct candidates *, const struct profile *,
    const char *outages, time_t now);

/* The next one, or NULL behind the last. */
const struct smarthost *candidates_next(struct candidates *);

/* What became of the one that candidates_next() gave. */
void candidates_note_failure(const struct candidates *);
void candidates_note_success(const struct candidates *);

#endif
