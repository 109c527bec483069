/*
 * group.h - the recipients of one transaction, and what becomes of them
 */
#ifndef GROUP_H
#define GROUP_H

#include "envelope.h"

struct group {
	struct recipient **recipients; /* of an envelope */
	size_t count;
};

/* RCPT was answered with yes, and nothing has gone wrong since. */
bool group_admits(const struct recipient *);
bool group_has_admitted(const struct group *);

/* Nobody gets what one was refused: give the others the worst refusal. */
void group_refuse_all(struct group *);

/*
 * Now that others get the message, those that were one too many (RFC 5321
 * 4.5.3.1.10) are open again, for a transaction of their own.  True when there
 * are any.
 */
bool group_reopen(struct group *);

/*
 * The connection was lost when the final dot was out, or may have been: for
 * those admitted nobody knows whether the server has the message (RFC 1047).
 */
void group_be_unsure(struct group *, const struct error *);

#endif
