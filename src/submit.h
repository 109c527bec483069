/*
 * submit.h - the main job: one message from input to smarthost or queue
 */
#ifndef SUBMIT_H
#define SUBMIT_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "input.h"
#include "options.h"
#include "strlist.h"

/*
 * Returns 0 when every recipient was accepted or is in the queue.  Otherwise -1
 * with the worst outcome, and in *sentences one for each problem.  At a
 * terminal *sentences also tells what waits in the queue.
 */
int submit_message(const struct options *, const struct config *,
    const struct identity *, struct strlist *sentences, struct error *);

/* A client of -bs: where its message comes from, and what it is told. */
struct submit_client {
	input_source *read;
	void *source;
	struct buf *reply;     /* behind success: "2.0.0 kept as ID" */
	int *extra_transcript; /* as in sending.h, for all his messages */
	bool is_tried; /* to look at: with success, so the queue may follow */
};

/*
 * The same for a message of a client's.  One answer is for all recipients: who
 * is refused while others are not is told by a notice to the sender.  Where
 * that cannot be it is ERROR_REFUSED and says that it is not true for all.
 */
int submit_for_client(const struct options *, const struct config *,
    const struct identity *, struct submit_client *, struct error *);

#endif
