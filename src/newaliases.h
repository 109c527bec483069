/*
 * newaliases.h - newaliases, -bi, -I: is the aliases file in order
 *
 * There is nothing to build: the file is read with each message.
 */
#ifndef NEWALIASES_H
#define NEWALIASES_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

/*
 * Write how many aliases there are, and the warnings, to fd.  ERROR_CONFIG with
 * a sentence for each problem; that there is no file at its usual place is
 * none.
 */
int check_aliases(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

#endif
