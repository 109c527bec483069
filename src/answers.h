/*
 * answers.h - the replies of a server to its client (RFC 5321 4.2, RFC 2034)
 *
 * They wait until they are sent together.
 */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"

struct answers {
	int out;               /* descriptor */
	int64_t patience;      /* milliseconds for all that waits */
	bool is_international; /* the client understands UTF-8 */
	struct buf waiting;
};

/* A status of NULL: this reply has none, or it stands before the words. */
void answers_say(struct answers *, int code, const char *status,
    const char *words);

/*
 * What an error means to the client: the reply and the status that it has, else
 * those of its kind.
 */
void answers_refuse(struct answers *, const struct error *);

/* Send them; ERROR_NETWORK, and the rest is lost. */
int answers_flush(struct answers *, struct error *);

void answers_free(struct answers *);

#endif
