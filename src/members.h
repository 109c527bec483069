/*
 * members.h - who stands in one alias and in the files that it includes
 *
 * Nobody is followed here; that is done by expand.h.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "alias.h"
#include "buf.h"
#include "error.h"
#include "site.h"
#include "strlist.h"
#include "trace.h"

enum {
	EXPAND_MAX_DEPTH = 50, /* aliases and :include: files on the way */
	EXPAND_MAX_ADDRESSES = 100000, /* targets seen for one recipient */
	EXPAND_MAX_INCLUDES = 1000     /* of one alias */
};

/* Add the contents of a file; ERROR_CONFIG when it cannot be read. */
typedef int alias_reader(const char *path, struct buf *contents,
    struct error *);

/* What expanding takes. */
struct expanding {
	const struct aliases *aliases;
	const struct site *site;
	alias_reader *read;
	struct strlist *warnings; /* commands and files that were passed over,
				     up to ALIAS_MAX_PROBLEMS */
	struct trace *trace;      /* NULL: nobody asks */
};

/* How it goes, over all the aliases behind one recipient. */
struct expansion {
	const struct expanding *with;
	struct strlist *problems; /* each sentence; NULL: only the first */
	struct error first;       /* of all */
	size_t targets;           /* seen so far */
};

/* Addresses as address_write() makes them. */
struct members {
	struct strlist addresses; /* an alias may apply to them */
	struct strlist finals;    /* and to these it may not */
};

/* Put the place of the alias before the sentence and keep it. */
void expansion_report(struct expansion *, const struct alias *, struct error *);

/*
 * Read into a zeroed struct; depth is how many aliases lead there, itself
 * included.  What cannot be used is reported, and that an alias has no members
 * (ERROR_NO_USER) unless something else was.
 */
void members_read(struct members *, struct expansion *, const struct alias *,
    unsigned depth);
void members_free(struct members *);

#endif
