/*
 * schedule.h - when a message that waits is tried again
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { SCHEDULE_MAX = 32 };

struct schedule {
	int64_t waits[SCHEDULE_MAX]; /* milliseconds; the last one for ever */
	unsigned count;              /* at least 1 */
};

/* When to try again after so many attempts, the last of them now. */
time_t schedule_next(const struct schedule *, unsigned attempts, time_t now);

/*
 * Its time has come.  A time so far ahead that nobody can have set it means
 * that the clock was set back: that mail is due, too.
 */
bool schedule_is_due(const struct schedule *, time_t next, time_t now);

#endif
