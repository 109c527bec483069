/*
 * relay.h - one message to one profile's smarthost, with log and transcript
 */
#ifndef RELAY_H
#define RELAY_H

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
	int extra_transcript;   /* -X: a descriptor, or -1 */
	bool is_verbose;        /* -v */
	unsigned number;        /* of the delivery, from 1 */
};

/* The outcome of each recipient is in the envelope when it returns. */
void relay_message(const struct relay *, struct envelope *,
    const struct message *);

#endif
