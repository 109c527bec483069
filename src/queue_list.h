/*
 * queue_list.h - mailq: what waits, and why
 */
#ifndef QUEUE_LIST_H
#define QUEUE_LIST_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

/* In Postfix's shape or, with --json, an object in a line for each entry. */
int queue_list(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

#endif
