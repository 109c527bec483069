/*
 * chat.h - commands out, replies in, both written down
 *
 * The only user of a transport and the only writer of dialogue lines into a
 * transcript.  Commands gather until they are flushed in one write; before
 * that nothing may have come that was not asked for, or a reply sent ahead of
 * its command would be taken for the answer (RFC 3207 section 6).
 */
#ifndef CHAT_H
#define CHAT_H

#include <stdint.h>

#include "reply.h"
#include "strlist.h"
#include "transcript.h"
#include "transport.h"

struct chat {
	struct transport *transport;
	struct transcript *transcript;
	const char *peer;      /* for sentences: "mail.example.org:587" */
	struct buf out;        /* commands said, not yet sent */
	struct buf in;         /* received, not yet heard */
	struct strlist hidden; /* not shown when the server repeats it */
};

/* Say a command, without line end; the transcript shows it. */
void chat_say(struct chat *, const char *format, ...) PRINTF(2, 3);

/* As chat_say(), but the transcript shows other words: for secrets. */
void chat_say_secret(struct chat *, const char *shown, struct text line);

/*
 * From now on every reply has "[hidden]" where it repeats these bytes, or much
 * of them: some servers put the line that they did not like into their answer.
 */
void chat_hide(struct chat *, struct text secret);

/*
 * Send what was said.  ERROR_PROTOCOL when the server has spoken out of turn;
 * ERROR_DEFERRED when that was a refusal, such as 421.
 */
int chat_flush(struct chat *, int64_t deadline, struct error *);

/* Bytes of the message, which the transcript does not show. */
int chat_send(struct chat *, struct text, int64_t deadline, struct error *);

/*
 * Nothing has come that nobody asked for; else ERROR_PROTOCOL, or for a refusal
 * what reply_refusal() makes of it.
 */
int chat_check_silence(struct chat *, enum error_kind, const char *what,
    struct error *);

/*
 * The next reply.  Whatever it says, 421 included, is success; ERROR_PROTOCOL
 * for what is no reply, ERROR_NETWORK when the connection ends or the deadline
 * passes; bytes that trickle in do not move it.
 */
int chat_hear(struct chat *, struct reply *, int64_t deadline, struct error *);

/* chat_flush() and chat_hear() for the one command said. */
int chat_ask(struct chat *, struct reply *, int64_t deadline, struct error *);

/* After the server agreed to STARTTLS, or at once for implicit TLS. */
int chat_start_tls(struct chat *, int64_t deadline, struct error *);

/* Frees the buffers; the transport and the transcript belong to others. */
void chat_free(struct chat *);

#endif
