/*
 * handover.h - the configuration of who may not read the system's
 *
 * He hands his mail to the submit socket, whose other end may.  To him that is
 * a smarthost like any other, and what it does not take now waits in his own
 * queue.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

#include "config.h"
#include "error.h"
#include "settings.h"
#include "strlist.h"

/*
 * There is a socket that this user may connect to and that is not his own: the
 * service itself would hand its mail to itself.
 */
bool handover_is_possible(const char *socket_path);

/* The file is there, but closed to this user. */
bool handover_is_closed(const char *file);

/* The secret of the profile is for somebody else. */
bool handover_is_needed(const struct profile *);

/* Read the built-in configuration instead of a file. */
int handover_configure(struct config *, const char *socket_path,
    struct strlist *problems, struct error *);

#endif
