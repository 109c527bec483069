/*
 * posting.h - what the caller hands in: recipients and a message
 */
#ifndef POSTING_H
#define POSTING_H

#include "error.h"
#include "identity.h"
#include "input.h"
#include "message.h"
#include "options.h"
#include "settings.h"
#include "site.h"
#include "strlist.h"

struct posting {
	const struct options *options;
	const struct identity *identity;
	struct site site;
	struct message message;    /* as it came */
	struct strlist recipients; /* as address_write() makes them; no repeats */
	struct input input;        /* the message's body is in it */
};

/* What is at home here: the settings come before what the system says. */
struct site posting_site(const struct settings *, const struct identity *);

/*
 * Read the message from standard input or --file, and the recipients from the
 * arguments and, with -t, the header.  Nothing has been changed in the message.
 * Of a zeroed posting the functions of its input may be set before.
 * ERROR_USAGE without recipients, else as input.h, complete.h and address.h.
 */
int posting_read(struct posting *, const struct options *,
    const struct settings *, const struct identity *, struct error *);
void posting_free(struct posting *);

/*
 * Add a sender as given by the caller or the configuration; empty or "<>" is
 * the null sender, which adds nothing.  ERROR_ADDRESS.
 */
int posting_add_sender(struct buf *, const char *given, const char *domain,
    struct error *);

#endif
