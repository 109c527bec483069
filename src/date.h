/*
 * date.h - points in time as mail and logs write them
 *
 * A struct moment is a reading of the wall clock; nothing here reads one.
 */
#ifndef DATE_H
#define DATE_H

#include <time.h>

#include "buf.h"

struct moment {
	time_t seconds; /* since the epoch */
	int milliseconds;
};

/* "Sun, 22 Nov 2026 10:00:00 +0100" in local time (RFC 5322 section 3.3). */
void date_add_mail(struct buf *, struct moment);

/* "2026-11-22T10:00:00.123+01:00" in local time (RFC 3339). */
void date_add_log(struct buf *, struct moment);

#endif
