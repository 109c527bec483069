/*
 * listener.h - -bd -oX=PATH: a unix socket, and a process for each connection
 *
 * For hosts without systemd, whose socket unit does the same.  A connection too
 * many is told so (421) and closed: one user cannot keep the others out.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "error.h"

enum {
	LISTENER_MAX = 64,         /* connections at once */
	LISTENER_MAX_PER_USER = 16 /* of one user's */
};

/*
 * Serve one connection, which is standard input and output by then; in a
 * process of its own, and the result is its exit code.
 */
typedef int listener_serve(void *context);

/*
 * Listen until a signal ends the process; connections that are open go on.  The
 * socket stays, so that who wants to send meanwhile knows that it is not for
 * ever; it is taken over where nobody listens.  Never returns 0.  ERROR_CREATE,
 * ERROR_SYSTEM.
 */
int listener_run(const char *path, listener_serve *, void *context,
    struct error *);

#endif
