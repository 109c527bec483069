/*
 * run.h - what a command prints
 */
#ifndef RUN_H
#define RUN_H

#include <stdint.h>

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
 * GNUPGHOME, DBUS_SESSION_BUS_ADDRESS.
 */
int run_command(const char *command, size_t size, int64_t limit,
    struct buf *out, struct error *);

#endif
