/*
 * queue_daemon.h - -q5m: a run every so often, in the foreground
 */
#ifndef QUEUE_DAEMON_H
#define QUEUE_DAEMON_H

#include <stdint.h>

/* One run; its exit code. */
typedef int queue_daemon_run(void *context);

/*
 * Call run in a child process, at once and then at that interval; it reads the
 * configuration anew each time.  SIGHUP brings the next run forward.  SIGTERM
 * and SIGINT are passed on to a run, and end this behind it.
 */
void queue_daemon(int64_t milliseconds, queue_daemon_run *, void *context);

#endif
