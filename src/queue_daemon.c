#include "queue_daemon.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "signals.h"

struct daemon {
	queue_daemon_run *run;
	void *context;
	int64_t interval;
	int64_t next; /* when a run is due */
	struct signals signals;
	pid_t runs[QUEUE_DAEMON_RUNS];
	size_t count;
	bool is_ending;
	bool is_hurried; /* the next run is due now */
};

static void start_run(struct daemon *daemon)
{
	struct error err;
	pid_t child;

	daemon->is_hurried = false;
	daemon->next = clock_ticks() + daemon->interval;
	child = fork();
	if (child == 0) {
		signals_restore(&daemon->signals);
		_exit(daemon->run(daemon->context));
	}
	if (child > 0) {
		daemon->runs[daemon->count++] = child;
		return;
	}
	/* The next time there may be a process to be had. */
	(void)fail_errno(&err, ERROR_SYSTEM,
	    "no process for a run of the queue");
	log_sentence(LEVEL_ERROR, NULL, err.text);
}

static void note_ends(struct daemon *daemon)
{
	size_t left = 0;

	for (size_t i = 0; i < daemon->count; i++)
		if (waitpid(daemon->runs[i], NULL, WNOHANG) == 0)
			daemon->runs[left++] = daemon->runs[i];
	daemon->count = left;
}

static void ask_to_end(struct daemon *daemon)
{
	daemon->is_ending = true;
	for (size_t i = 0; i < daemon->count; i++)
		(void)kill(daemon->runs[i], SIGTERM); /* it may be over */
}

static bool may_start(const struct daemon *daemon)
{
	return !daemon->is_ending && daemon->count < QUEUE_DAEMON_RUNS;
}

static void wait_for_signal(struct daemon *daemon)
{
	int number = signals_wait(&daemon->signals,
	    may_start(daemon) ? daemon->next : INT64_MAX);

	if (number == SIGHUP)
		daemon->is_hurried = true;
	if (number == SIGTERM || number == SIGINT)
		ask_to_end(daemon);
	note_ends(daemon);
}

static bool is_due(const struct daemon *daemon)
{
	return daemon->is_hurried || clock_left(daemon->next) == 0;
}

void queue_daemon(int64_t milliseconds, queue_daemon_run *run, void *context)
{
	struct daemon daemon = {.run = run,
	    .context = context,
	    .interval = milliseconds,
	    .is_hurried = true};

	signals_block(&daemon.signals);
	(void)sigaddset(&daemon.signals.blocked, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &daemon.signals.blocked, NULL);
	while (!daemon.is_ending || daemon.count > 0) {
		if (may_start(&daemon) && is_due(&daemon))
			start_run(&daemon);
		wait_for_signal(&daemon);
	}
	signals_restore(&daemon.signals);
}
