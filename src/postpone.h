/*
 * postpone.h - into the queue first: queue = always, -odb, -odq, -odd
 */
#ifndef POSTPONE_H
#define POSTPONE_H

#include "keep.h"
#include "plan.h"

/*
 * Keep every delivery, to be tried at once.  When one cannot be kept none is:
 * -1, and its error is the outcome of all recipients.  The claims are as many
 * as there are deliveries; see keep_delivery().
 */
int postpone_plan(struct keeping *, struct plan *, struct claim *claims);

/*
 * Deliver in the background what was kept, and then what else is due.  Without
 * a process for that all of it waits for the next run of the queue.
 */
void postpone_begin(struct keeping *, struct claim *claims, size_t count,
    const char *hostname);

#endif
