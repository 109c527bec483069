/*
 * relay.h - one message to one profile's smarthost, with log and transcript
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdint.h>

#include "buf.h"
#include "config.h"
#include "envelope.h"
#include "identity.h"
#include "message.h"

struct relay {
	const struct config *config;
	const struct profile *profile;
	const struct identity *identity;
	const char *hostname;   /* for EHLO */
	const char *transcript; /* path, or NULL for none */
	const char *outages;    /* directory for outage.h, or NULL */
	int extra_transcript;   /* -X: a descriptor, or -1 */
	bool is_verbose;        /* -v */
	unsigned number;        /* of the delivery, from 1 */
	int64_t deadline; /* clock_ticks() by which it should be over; 0: none */
	bool has_next;    /* another message follows, in the same session if
			     the server and max_messages allow it */
	/*
	 * Called behind each transaction, before anything else is said: whoever
	 * keeps the envelope strikes off those who were accepted, if any.  When
	 * that fails nothing more is sent.  NULL: nobody keeps it.
	 */
	int (*strike)(void *context, struct error *);
	void *context;
	bool is_down;      /* to look at: no session could be begun */
	struct buf words;  /* to look at: "250 2.0.0 ...", the last reply */
	struct line *line; /* relay.c's own: the session that is open, if any */
};

/*
 * The outcome of each recipient is in the envelope when it returns.  Its
 * recipients may have changed places.
 *
 * The next smarthost is tried when one cannot be reached, greeted, trusted or
 * made to take any message now; not when it has refused the login, or refused
 * or put off a recipient or the message itself, and never once the final dot is
 * out.  What a recipient was told stays its outcome.
 */
void relay_message(struct relay *, struct envelope *, const struct message *);

/* No other message follows: part with the server. */
void relay_end(struct relay *);

#endif
