/*
 * rehearsal.h - a submission whose server is a dialogue
 *
 * All that a submission does, as submit.c and relay.c hold it together, but
 * with the transport of script.h, so that faults can be put into it.  What goes
 * wrong where nothing may fails the test.
 */
#ifndef REHEARSAL_H
#define REHEARSAL_H

#include "config.h"
#include "dialogue.h"
#include "envelope.h"
#include "input.h"
#include "options.h"
#include "script.h"
#include "transcript.h"

/* A dialogue and what every session with it begins with. */
struct rehearsal {
	struct dialogue dialogue;
	struct strlist words; /* of the command line */
	struct options options;
	struct config *config;
	const struct profile *profile;
	struct buf password;
	struct buf token;
	struct buf where;
	struct input input;
	struct message message;
	struct buf sender;
	struct strlist recipients;
};

/* A session and what came of it. */
struct session {
	struct script script;
	struct envelope envelope;
	struct transcript transcript;
	struct buf complaints; /* as the program prints them */
};

/* Up to where a connection is needed. */
void rehearsal_begin(struct rehearsal *, const char *path);
void rehearsal_free(struct rehearsal *);

/* Between these two the script may be told to trickle or to fail. */
void rehearsal_open(const struct rehearsal *, struct session *);
void rehearsal_hold(const struct rehearsal *, struct session *);
void rehearsal_close(struct session *);

#endif
