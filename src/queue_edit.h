/*
 * queue_edit.h - --hold, --release, --remove and --retry
 */
#ifndef QUEUE_EDIT_H
#define QUEUE_EDIT_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

/*
 * What was asked for, with each entry named in options->recipients and the
 * option; ALL stands for all of them.  A sentence for each that is not there or
 * just being delivered.
 */
int queue_edit(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

#endif
