/*
 * serving.h - what the parts of a server share, and what is answered at once
 *
 * The session and its envelope, and each command with nothing but its line;
 * server.h reads the lines, and the messages behind DATA and BDAT.
 */
#ifndef SERVING_H
#define SERVING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "answers.h"
#include "buf.h"
#include "envelope.h"
#include "error.h"
#include "feed.h"
#include "verb.h"

enum {
	SERVER_MAX_ERRORS = 100,
	SERVER_MAX_RECIPIENTS = 10000,
	SERVER_MAX_SKIPPED = 1 << 30, /* bytes of a message nobody wants */
	SERVER_IDLE_MS = 5 * 60 * 1000
};

/* A message as far as it is known: the sender, and whom it is for. */
struct server_mail {
	const char *sender; /* "": the null sender */
	struct request request;
	const struct recipient *recipients; /* address, original and notify */
	size_t count;
};

/* Where its bytes come from, as input.h wants them. */
typedef ssize_t server_source(void *source, char *data, size_t size,
    struct error *);

/* Who takes the mail.  Errors become replies, see answers.h. */
struct desk {
	void *context;
	uint64_t max_size; /* bytes, for SIZE */
	int (*check_recipient)(void *context, const char *sender,
	    const char *recipient, struct error *);
	/*
	 * Read the message to its end and take it, or not; success adds status
	 * and words to the reply: "2.0.0 kept as ID".
	 */
	int (*take)(void *context, const struct server_mail *,
	    server_source *read, void *source, struct buf *reply,
	    struct error *);
};

struct server {
	struct feed feed;       /* the caller sets fd and patience */
	struct answers answers; /* the caller sets out and patience */
	const char *hostname;   /* for the greeting */
	const char *domain;     /* of bare names */
	struct desk desk;
	const struct error *refusal; /* why nobody is served; or NULL */
	/* Its own: */
	struct error failure;
	unsigned errors;
	bool is_over;
	bool has_mail; /* MAIL was good */
	struct verb_mail mail;
	struct recipient *recipients;
	size_t count;
	uint64_t chunk; /* bytes of BDAT that are still to come */
	bool is_last_chunk;
	bool is_interrupted; /* by a command between two chunks: */
	struct text line;
};

/* As answers_say(). */
void server_say(struct server *, int code, const char *status,
    const char *words);

/* The same for a mistake of the client's; there is an end to these. */
void server_complain(struct server *, int code, const char *status,
    const char *words);

/* Forget the sender and the recipients. */
void server_reset(struct server *);

/* A command; rest is what stands behind its name. */
typedef void server_command(struct server *, struct text rest);

server_command answer_auth;
server_command answer_ehlo;
server_command answer_helo;
server_command answer_help;
server_command answer_mail;
server_command answer_missing;
server_command answer_noop;
server_command answer_quit;
server_command answer_rcpt;
server_command answer_rset;
server_command answer_unknown;
server_command answer_vrfy;

#endif
