#include "signals.h"

#include <stddef.h>

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

bool signals_ask_to_end(void)
{
	sigset_t pending;

	(void)sigemptyset(&pending);
	(void)sigpending(&pending);
	return sigismember(&pending, SIGTERM) == 1 ||
	    sigismember(&pending, SIGINT) == 1;
}
