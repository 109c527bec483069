/*
 * run.h - commands: what one prints, or talking to one
 */
#ifndef RUN_H
#define RUN_H

#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "error.h"

/*
 * Run a command and take what it prints; out is empty unless it ends well
 * within so many milliseconds and prints at most size bytes.
 *
 * It is split into an argument list at blanks, with '...', "..." and backslash
 * as quotes; no shell, so nothing is expanded (write sh -c '...' for one).
 * Standard input and standard error are /dev/null, other descriptors closed.
 * The environment has a fixed PATH and only what password managers need to
 * find their store and their agent: HOME, LANG, LC_ALL, XDG_RUNTIME_DIR,
 * GNUPGHOME, DBUS_SESSION_BUS_ADDRESS, SSH_AUTH_SOCK.
 */
int run_command(const char *command, size_t size, int64_t limit,
    struct buf *out, struct error *);

/*
 * Start a command, in the same way but that its standard input and output are
 * the other end of the non-blocking socket *fd.  Its process id, or -1.
 */
pid_t run_connected(const char *command, int *fd, struct error *);

/*
 * Wait so many milliseconds for the end of such a command, then kill it with
 * all that it has started.  -1 with ERROR_CONFIG unless it ended well.
 */
int run_end(pid_t, int64_t limit, struct error *);

#endif
