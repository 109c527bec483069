#include "queue_daemon.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "signals.h"

struct daemon {
	queue_daemon_run *run;
	void *context;
	struct signals signals;
	pid_t child; /* -1: no run is going on */
	bool is_ending;
	bool is_hurried; /* the next run is not waited for */
};

static void start_run(struct daemon *daemon)
{
	struct error err;

	daemon->is_hurried = false;
	daemon->child = fork();
	if (daemon->child == 0) {
		signals_restore(&daemon->signals);
		_exit(daemon->run(daemon->context));
	}
	/* The next time there may be a process to be had. */
	if (daemon->child < 0) {
		(void)fail_errno(&err, ERROR_SYSTEM,
		    "no process for a run of the queue");
		log_sentence(LEVEL_ERROR, NULL, err.text);
	}
}

static void note_end(struct daemon *daemon)
{
	if (daemon->child >= 0 &&
	    waitpid(daemon->child, NULL, WNOHANG) == daemon->child)
		daemon->child = -1;
}

/* For one signal, and without a run until the deadline at most. */
static void wait_for_signal(struct daemon *daemon, int64_t deadline)
{
	int left = daemon->child >= 0 ? INT_MAX : clock_left(deadline);
	const struct timespec limit = {
	    .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000L};
	int number = sigtimedwait(&daemon->signals.blocked, NULL, &limit);

	if (number == SIGHUP)
		daemon->is_hurried = true;
	if (number == SIGTERM || number == SIGINT)
		daemon->is_ending = true;
	if (daemon->is_ending && daemon->child >= 0)
		(void)kill(daemon->child, SIGTERM); /* it may be over */
	note_end(daemon);
}

static bool is_waiting(const struct daemon *daemon, int64_t deadline)
{
	if (daemon->child >= 0)
		return true;
	return !daemon->is_ending && !daemon->is_hurried &&
	    clock_left(deadline) > 0;
}

void queue_daemon(int64_t milliseconds, queue_daemon_run *run, void *context)
{
	struct daemon daemon = {.run = run, .context = context, .child = -1};

	signals_block(&daemon.signals);
	(void)sigaddset(&daemon.signals.blocked, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &daemon.signals.blocked, NULL);
	while (!daemon.is_ending) {
		int64_t next = clock_ticks() + milliseconds;

		start_run(&daemon);
		while (is_waiting(&daemon, next))
			wait_for_signal(&daemon, next);
	}
	signals_restore(&daemon.signals);
}
