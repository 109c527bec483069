/*
 * queue_run.h - deliver what waits: -q, and the run behind a submission
 *
 * Entries whose turn has come, grouped by profile; a few processes for each
 * profile, each with a session of its own for many messages.
 */
#ifndef QUEUE_RUN_H
#define QUEUE_RUN_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

/*
 * -q, once: 0 when the queue was run, whatever became of the mail.  What is
 * damaged or of another version is a sentence and ERROR_IO.  SIGTERM and SIGINT
 * end it behind the current messages: 1, unless there was something wrong.
 */
int queue_run(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

#endif
