/*
 * attempt.h - what is worth knowing about one attempt to deliver
 *
 * Filled in by relay.c as the session goes on, told in the log and at both
 * ends of the transcript.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <stdint.h>

#include "envelope.h"
#include "identity.h"
#include "message.h"
#include "net.h"
#include "settings.h"
#include "transcript.h"

struct attempt_delay { /* milliseconds */
	struct net_delay net;
	int64_t login;    /* greeting to AUTH, without TLS */
	int64_t transfer; /* MAIL to the answer to the final dot */
};

struct attempt {
	const struct identity *identity;
	const struct profile *profile;
	struct envelope *envelope;
	const struct message *message;
	uint64_t size;    /* bytes, line ends as CRLF */
	int64_t start;    /* clock_ticks() */
	int64_t duration; /* milliseconds */
	struct attempt_delay delay;
	struct buf host;       /* "mail.example.org:587" */
	struct buf address;    /* "[192.0.2.1]:587"; empty: not connected */
	struct buf tls;        /* transport's summary; empty without TLS */
	struct buf reply;      /* the server's last words, made visible */
	const char *mechanism; /* of the login, or NULL */
};

/* Forget what is known of the smarthost: another one is tried. */
void attempt_restart(struct attempt *);

/* The two ends of the transcript: when, who, what for; what came of it. */
void attempt_begin_transcript(const struct attempt *, struct transcript *);
void attempt_end_transcript(const struct attempt *, struct transcript *);

/* What becomes of a message because of it: "refused" or, for now, "failed". */
const char *attempt_status(const struct error *);

/*
 * One line for each group of recipients with the same outcome; of a view, as
 * not all of them may have theirs from the same smarthost.
 */
void attempt_log(const struct attempt *, const struct envelope *);

/*
 * Log those that have an outcome by now, and leave the others in the view.
 * What they were told was not the last word.
 */
void attempt_settle(struct attempt *, struct envelope *open);

void attempt_free(struct attempt *);

#endif
