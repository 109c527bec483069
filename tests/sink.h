/*
 * sink.h - an SMTP server on a unix socket that counts what it gets
 *
 * For tests with several clients at once.  What it knows, and what it is told
 * to do, is in memory that it shares with the test.
 */
#ifndef SINK_H
#define SINK_H

#include <stdatomic.h>
#include <sys/types.h>

#include "buf.h"

enum {
	SINK_MAX = 1024,      /* numbers of recipients: r0@, r1@ ... */
	SINK_PATIENCE = 20000 /* milliseconds, for whatever must happen */
};

struct sink_state {
	/* What to do; 0: nothing of that kind. */
	atomic_uint taken_connections; /* then come those that hear 421 */
	atomic_uint crowd; /* clients that must be here before the first dot */
	atomic_uint patience;     /* messages elsewhere before a greeting */
	struct sink_state *other; /* whose messages these are */
	atomic_int killed;        /* recipient at whose name a client dies */
	atomic_int ended;         /* process that gets SIGTERM at a message */
	/* What came. */
	atomic_uint connections;
	atomic_uint senders; /* clients that have sent DATA */
	atomic_uint messages;
	atomic_uint deliveries[SINK_MAX]; /* for each recipient */
	/* Called at the first message, in a process of the server. */
	void (*at_first)(void *context);
	void *context;
};

struct sink {
	pid_t pid;
	struct sink_state *state;
};

/*
 * It accepts recipients called rN, and puts off all others.  Before the start
 * the state may be changed by anybody, later only its atomic members.
 */
struct sink_state *sink_prepare(void);
void sink_start(struct sink *, struct sink_state *, const char *path);
void sink_stop(struct sink *);

#endif
