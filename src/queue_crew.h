/*
 * queue_crew.h - the processes of a queue run
 */
#ifndef QUEUE_CREW_H
#define QUEUE_CREW_H

#include <stdbool.h>
#include <stddef.h>

#include "queue_worker.h"
#include "signals.h"

enum { QUEUE_MAX_PROCESSES = 32 }; /* at once */

/*
 * Work on all groups side by side, for each with as many processes as its
 * profile allows and no more than it has entries; with is_verbose with one
 * process in all.  Returns when all have ended.  False when one of the signals,
 * which are blocked, asked to end; it was passed on.
 */
bool queue_crew_run(const struct queue_job *, struct queue_group *,
    size_t count, const struct signals *);

#endif
