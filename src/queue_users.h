/*
 * queue_users.h - root's -q also runs what users have in the system's spool
 */
#ifndef QUEUE_USERS_H
#define QUEUE_USERS_H

#include "error.h"
#include "options.h"
#include "strlist.h"

struct queue_users_limits {
	unsigned runs; /* at once */
	int first_ms;  /* a run holds up others, when there are as many */
	int end_ms;    /* the last ones are waited for */
	int ask_ms;    /* the same, after a signal to end */
};

extern const struct queue_users_limits queue_users_limits;

/*
 * For each directory of a user in this one (other_spools.h), start the program
 * with -q as that user: with his groups and home, with no right, no terminal
 * and no variable of ours, and so with his configuration.  What he may not do
 * himself is not done for him.  With -v it is one after the other.
 *
 * No user can hold up the others, or us: what takes longer than the limits goes
 * on without us, which is a sentence.  -1 with the error of the worst exit
 * code, and a sentence for each who has not ended with 0.  SIGTERM and SIGINT
 * are passed on, and end this behind those who heed them.
 */
int queue_users_run(const char *directory, const char *program,
    const struct options *, const struct queue_users_limits *,
    struct strlist *sentences, struct error *);

#endif
