/*
 * alias.h - an aliases file: what stands in it (aliases(5) of any sendmail)
 *
 * file    = *( [ name *blank ":" targets / comment ] LF )
 * targets = target *( "," target )    ; goes on in lines that begin blank, or
 *                                     ; behind "\" at the end of a line
 * target  = address / "\" name / ":include:" path / "|" command / "/" path
 *
 * Names are compared without regard to case; "*" is for every name that has no
 * other alias.  A target may be in double quotes as a whole.  Commands and
 * files are never run or written.
 */
#ifndef ALIAS_H
#define ALIAS_H

#include <stdbool.h>
#include <stddef.h>

#include "site.h"
#include "strlist.h"
#include "text.h"

enum {
	ALIAS_MAX_FILE = 16 * 1024 * 1024, /* bytes; for who reads the file */
	ALIAS_MAX_LINE = 1024 * 1024,      /* bytes, with what continues it */
	ALIAS_MAX_PROBLEMS = 100
};

struct alias {
	char *name;    /* a local part, as address_write() makes it; owned */
	char *targets; /* the list, joined lines; owned */
	unsigned line; /* from 1 */
};

struct aliases {
	char *file;          /* its path, for sentences; owned */
	struct alias *items; /* sorted by name when the file has been read */
	size_t count;
};

enum target_kind {
	TARGET_ADDRESS,
	TARGET_LITERAL, /* "\name": no alias applies to it */
	TARGET_INCLUDE,
	TARGET_COMMAND,
	TARGET_FILE
};

/*
 * Read the contents of one file into a zeroed struct.  What is wrong with it
 * becomes one sentence "file:line: ..." each in *problems, which grows to
 * ALIAS_MAX_PROBLEMS; the rest counts.  Of two aliases with one name the first
 * counts.
 */
void aliases_read(struct aliases *, const char *file, struct text contents,
    const struct site *, struct strlist *problems);
void aliases_free(struct aliases *);

/* The alias of a local part, "*" if there is no other, or NULL. */
const struct alias *aliases_find(const struct aliases *, struct text name);

/*
 * Take the next line off a file that is neither blank nor a comment; *number,
 * 0 before the first one, counts them all.  For lists that are included, too.
 */
bool alias_next_line(struct text *rest, unsigned *number, struct text *line);

/*
 * Take one target off a list; *target without backslash or tag and the quotes
 * that do not belong to an address.
 */
bool alias_next_target(struct text *rest, enum target_kind *,
    struct text *target);

#endif
