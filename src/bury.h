/*
 * bury.h - dead letters: mail that can neither be delivered nor returned
 *
 * A file NAME.eml that any mail program can read: what happened, as fields
 * before the message's own header, then the message.
 */
#ifndef BURY_H
#define BURY_H

#include "entry.h"
#include "error.h"
#include "message.h"

struct burial {
	const char *directory; /* made where it is missing */
	const char *name;
	const struct entry *entry;
	const struct recipient *const *recipients; /* whom it is dead for */
	size_t count;
	const struct message *message;
};

/*
 * Write it, synced, in the place of one of the same name.  ERROR_CREATE,
 * ERROR_IO.
 */
int bury_message(const struct burial *, struct error *);

#endif
