#include "clock.h"

#include <limits.h>
#include <time.h>

/* Neither clock can fail: both are there on every system with POSIX.1-2008. */
static struct timespec read_clock(clockid_t clock)
{
	struct timespec now = {0};

	(void)clock_gettime(clock, &now);
	return now;
}

struct moment clock_now(void)
{
	struct timespec now = read_clock(CLOCK_REALTIME);

	return (struct moment){now.tv_sec, (int)(now.tv_nsec / 1000000)};
}

int64_t clock_ticks(void)
{
	struct timespec now = read_clock(CLOCK_MONOTONIC);

	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int clock_left(int64_t deadline)
{
	int64_t left = deadline - clock_ticks();

	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
