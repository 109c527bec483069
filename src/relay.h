/*
 * relay.h - one message to one profile's smarthost, with log and transcript
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdint.h>

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
void relay_message(const struct relay *, struct envelope *,
    const struct message *);

#endif
