/*
 * scratch.h - a directory of its own for a test, and processes beside it
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "buf.h"
#include "strlist.h"
#include "text.h"

struct scratch {
	char *directory;
	struct strlist paths; /* handed out by scratch_path() */
};

/* A new directory under $TMPDIR or /tmp. */
void scratch_make(struct scratch *);

/* Remove it with everything in it. */
void scratch_remove(struct scratch *);

/* The path of a name in it; valid until scratch_remove(). */
const char *scratch_path(struct scratch *, const char *name);

/* Make a file with these bytes in it; its path, as scratch_path(). */
const char *scratch_write(struct scratch *, const char *name, struct text);

/* Add a file's bytes; false when there is no such file. */
bool scratch_read(struct scratch *, const char *name, struct buf *);

/*
 * Run a function in another process; what it returns, 0 to 255, or -1 when a
 * signal ended it.
 */
int scratch_fork(int (*function)(void *), void *argument);

#endif
