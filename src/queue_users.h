/*
 * queue_users.h - root's -q also runs what users have in the system's spool
 */
#ifndef QUEUE_USERS_H
#define QUEUE_USERS_H

#include "error.h"
#include "options.h"
#include "strlist.h"

/*
 * For each directory of a user in this one (other_spools.h), one after the
 * other, start the program with -q as that user: with his groups and home, with
 * no right, no terminal and no variable of ours, and so with his configuration.  What he may
 * not do himself is not done for him.
 *
 * -1 with the error of the worst exit code, and a sentence for each who has
 * not ended with 0.  SIGTERM and SIGINT are passed on, and end this behind it.
 */
int queue_users_run(const char *directory, const char *program,
    const struct options *, struct strlist *sentences, struct error *);

#endif
