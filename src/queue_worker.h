/*
 * queue_worker.h - what one process of a queue run does with its entries
 *
 * All processes of a group have the same list of names and one number that says
 * how many of them are taken; what they tell each other is in shared memory.
 */
#ifndef QUEUE_WORKER_H
#define QUEUE_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "error.h"
#include "identity.h"
#include "places.h"
#include "settings.h"
#include "spool.h"
#include "strlist.h"

enum { QUEUE_MAX_PROBLEMS = 32 };

/* Shared by all processes of a run; zeroed at first. */
struct queue_board {
	atomic_bool is_over; /* the spool is in trouble: nothing more is sent */
	atomic_uint problem_count; /* may be more than there is room for */
	struct error problems[QUEUE_MAX_PROBLEMS];
};

/* Shared by the processes of a group; zeroed at first. */
struct queue_progress {
	atomic_size_t taken;   /* names, from the first on */
	atomic_size_t put_off; /* those that wait because of the rate */
	atomic_bool is_down;   /* somebody could not begin a session */
	struct error reason;   /* whole when that process has ended */
};

/* Entries for the same profile. */
struct queue_group {
	char *name;                    /* of the profile, owned */
	const struct profile *profile; /* NULL: there is none any more */
	struct strlist entries;        /* names in queue/ */
	struct queue_progress *progress;
	unsigned running; /* processes */
	size_t started;   /* processes, in all */
};

/* The same for all processes. */
struct queue_job {
	const struct config *config;
	const struct identity *identity; /* who runs the queue */
	const struct spool *spool;
	const struct places *places;
	const char *hostname; /* for EHLO */
	bool is_verbose;
	struct queue_board *board;
};

/* What somebody has to see to: for the log, and for who reads the board. */
void queue_note_problem(struct queue_board *, const struct error *);

/*
 * Take entries and deliver them until there are none left, until it is asked to
 * end (signals.h, blocked), or until no session can be begun: is_down.  Who is
 * started behind that with is_untried only settles them, as nobody answers.
 */
void queue_work(const struct queue_job *, const struct queue_group *,
    bool is_untried);

#endif
