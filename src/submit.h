/*
 * submit.h - the main job: one message from input to smarthost or queue
 */
#ifndef SUBMIT_H
#define SUBMIT_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

/*
 * Returns 0 when every recipient was accepted or is in the queue.  Otherwise -1
 * with the worst outcome, and in *sentences one for each problem.  At a
 * terminal *sentences also tells what waits in the queue.
 */
int submit_message(const struct options *, const struct config *,
    const struct identity *, struct strlist *sentences, struct error *);

#endif
