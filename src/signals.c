#include "signals.h"

#include <stddef.h>
#include <time.h>

#include "clock.h"

static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 &&
	    action.sa_handler == SIG_IGN;
}

/* None of the calls can fail: the numbers and the sets are good. */

void signals_block(struct signals *signals)
{
	(void)sigemptyset(&signals->blocked);
	(void)sigaddset(&signals->blocked, SIGTERM);
	(void)sigaddset(&signals->blocked, SIGCHLD);
	if (!is_ignored(SIGINT))
		(void)sigaddset(&signals->blocked, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &signals->blocked, &signals->before);
}

void signals_restore(const struct signals *signals)
{
	(void)sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

int signals_wait(const struct signals *signals, int64_t deadline)
{
	int left = clock_left(deadline);
	const struct timespec limit = {
	    .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000L};
	int number = sigtimedwait(&signals->blocked, NULL, &limit);

	/* Or who was stopped goes on. */
	return number < 0 ? 0 : number;
}

static bool is_pending(int number)
{
	sigset_t pending;

	(void)sigemptyset(&pending);
	(void)sigpending(&pending);
	return sigismember(&pending, number) == 1;
}

bool signals_ask_to_end(void)
{
	return is_pending(SIGTERM) || is_pending(SIGINT);
}

static bool take(int number)
{
	sigset_t only;

	if (!is_pending(number))
		return false;
	(void)sigemptyset(&only);
	(void)sigaddset(&only, number);
	return sigwait(&only, &number) == 0;
}

bool signals_take_request(void)
{
	bool has_terminate = take(SIGTERM);

	return take(SIGINT) || has_terminate;
}
