#include "schedule.h"

/* A long run still goes by the time at which it began. */
enum { SLACK = 3600 }; /* seconds */

static time_t to_seconds(int64_t milliseconds)
{
	return (time_t)((milliseconds + 999) / 1000);
}

time_t schedule_next(const struct schedule *schedule, unsigned attempts,
    time_t now)
{
	unsigned i = attempts > 0 ? attempts - 1 : 0;

	if (i >= schedule->count)
		i = schedule->count - 1;
	return now + to_seconds(schedule->waits[i]);
}

bool schedule_is_due(const struct schedule *schedule, time_t next, time_t now)
{
	int64_t longest = 0;

	for (unsigned i = 0; i < schedule->count; i++)
		if (schedule->waits[i] > longest)
			longest = schedule->waits[i];
	return next <= now || next - now > to_seconds(longest) + SLACK;
}
