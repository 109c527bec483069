/*
 * other_spools.h - the mail that waits in the system's directory for users
 *
 * A user without a usable home has a directory of his own there, named by his
 * number (places.h).  Only root looks into those of others.
 */
#ifndef OTHER_SPOOLS_H
#define OTHER_SPOOLS_H

#include <stddef.h>
#include <sys/types.h>

#include "buf.h"
#include "error.h"

/* One of them; -1 ends it.  Whoever opens the path asks again who owns it. */
typedef int other_spools_visitor(void *context, const char *path, uid_t uid,
    struct error *);

/*
 * Visit each directory in a directory whose name is the number of its owner,
 * the lowest first; links and all else are passed over.  A directory that does
 * not exist has none.  -1 as soon as the visitor says so, or with ERROR_IO.
 */
int other_spools_each(const char *directory, other_spools_visitor *,
    void *context, struct error *);

/*
 * How many names there are the number of a user but not a directory of his, so
 * that he can have no spool there; adds the path of one of them.
 */
size_t other_spools_find_squatted(const char *directory, struct buf *path);

#endif
