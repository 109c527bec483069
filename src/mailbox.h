/*
 * mailbox.h - lists of addresses, as they stand in headers and arguments
 *
 * Reading is generous: RFC 5322 section 3.4 with its obsolete forms, comments,
 * groups, source routes, unquoted phrases and UTF-8 (RFC 6532).  It takes
 * linear time and no recursion.
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include "text.h"

/* One mailbox as it was written; views into the list. */
struct mailbox {
	struct text name;    /* the phrase before "<", raw, or empty */
	struct text spec;    /* the address itself, raw; empty for "<>" */
	struct text whole;   /* from the name or "<" to ">"; or the spec */
	struct text comment; /* behind a spec without "<", or empty */
	bool is_bare;        /* the spec has no "@" */
};

/*
 * Take the next mailbox off a list.  True with *box filled; false at the end.
 * Group names are passed over.  Nothing is refused here, but what is malformed
 * gets a spec that address_write() refuses, so that nobody is lost without a
 * word.
 */
bool mailbox_next(struct text *rest, struct mailbox *box);

#endif
