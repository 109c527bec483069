/*
 * sending.h - a message on its way: what it is, and where it waits if it must
 */
#ifndef SENDING_H
#define SENDING_H

#include "buf.h"
#include "keep.h"
#include "options.h"
#include "submission.h"

struct sending {
	struct submission submission;
	struct keeping keeping;
	int *extra_transcript; /* of -X: the caller's, -1 until it is open */
	struct claim *claims;  /* one for each delivery, and its bounces */
	struct buf words;      /* of the last server that took it: "2.0.0 ok" */
};

/*
 * Begun as submission_make() wants it.  What fails is in the log, and then
 * there is nothing to run; sending_end() in any case.  Of a zeroed one
 * extra_transcript is set before; the messages of a session share it.
 */
int sending_begin(struct sending *, const struct options *,
    const struct config *, const struct identity *, struct error *);

/* queue = never says so to the caller, who may know better. */
enum delivery_mode sending_mode(const struct sending *);

/* Once, if at all: each recipient has an outcome then. */
void sending_run(struct sending *, enum delivery_mode);

/*
 * A sentence for each problem, and -1 with the worst; those of the plan's
 * failures alone with the second one.  The log hears of what it has not yet.
 */
int sending_report(const struct sending *, struct strlist *sentences,
    struct error *);
int sending_check(const struct sending *, struct error *);

/* Nobody needs the body any more: what is in the queue is for others now. */
void sending_let_go(struct sending *);

void sending_end(struct sending *);

#endif
