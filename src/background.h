/*
 * background.h - a process of its own, that nobody waits for
 */
#ifndef BACKGROUND_H
#define BACKGROUND_H

#include <stdbool.h>

typedef void background_job(void *context);

/*
 * Run the job in a child in a session of its own, with descriptors 0-2 on
 * /dev/null, so that a caller that reads our output to its end does not wait
 * for it, and other descriptors that our caller left open closed.  The child
 * ends with the job.  False when there can be no child.
 */
bool background_run(background_job *, void *context);

#endif
