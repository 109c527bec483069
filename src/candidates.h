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
#include "srv.h"
#include "strlist.h"

enum { CANDIDATES_MAX = SMARTHOST_MAX * SRV_MAX };

struct candidates {
	const struct profile *profile;
	const char *outages; /* directory, or NULL */
	time_t now;
	struct smarthost waiting[CANDIDATES_MAX];
	size_t count;
	size_t tried; /* those before are done with */
	struct buf skipped;
	struct strlist texts;
};

/* The directory must outlive them. */
void candidates_begin(struct candidates *, const struct profile *,
    const char *outages, time_t now);

/*
 * The next one, or NULL behind the last: *err is then as it was, but says what
 * was wrong with a srv:DOMAIN that was in line and has no servers.
 */
const struct smarthost *candidates_next(struct candidates *, struct error *);

/* That one has had its turn already. */
void candidates_skip(struct candidates *, const struct smarthost *);

/* What became of one of them, for who asks the next time. */
void candidates_note_failure(const struct candidates *,
    const struct smarthost *);
void candidates_note_success(const struct candidates *,
    const struct smarthost *);

void candidates_free(struct candidates *);

#endif
