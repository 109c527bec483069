/*
 * queue_daemon.h - -q5m: a run every so often, in the foreground
 */
#ifndef QUEUE_DAEMON_H
#define QUEUE_DAEMON_H

#include <stdint.h>

/* One run; its exit code. */
typedef int queue_daemon_run(void *context);

enum { QUEUE_DAEMON_RUNS = 4 }; /* at once */

/*
 * Call run in a child process, at once and then at that interval; it reads the
 * configuration anew each time.  SIGHUP brings the next run forward.  None
 * waits for the one before, which may hang at a dead host, unless as many are
 * going on as there may be.  SIGTERM and SIGINT are passed on to all runs, and
 * end this behind them.
 */
void queue_daemon(int64_t milliseconds, queue_daemon_run *, void *context);

#endif
