/*
 * envelope.h - who sends to whom, and what became of it
 */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "strlist.h"
#include "text.h"

enum envelope_body { BODY_UNKNOWN, BODY_7BIT, BODY_8BITMIME }; /* RFC 6152 */
enum envelope_return { RETURN_UNSET, RETURN_FULL, RETURN_HEADERS };

/* RFC 3461 4.1; 0 leaves the choice to the server. */
enum {
	NOTIFY_NEVER = 1,
	NOTIFY_SUCCESS = 2,
	NOTIFY_FAILURE = 4,
	NOTIFY_DELAY = 8
};

/* A list of these as RFC 3461 4.1 writes it, in any case; 0 when it is none. */
unsigned notify_read(struct text);

/* What the caller asked for and the server may be told. */
struct request {
	enum envelope_body body;
	enum envelope_return returns;
	unsigned notify;
	const char *envelope_id; /* NULL if none; printable ASCII */
	bool requires_tls;       /* RFC 8689 */
};

struct recipient {
	char *address;   /* as address_write() made it */
	char *original;  /* ORCPT without xtext, RFC 3461 4.2; or NULL */
	unsigned notify; /* 0: what the request says is for this one, too */
	int reply;       /* the server's code, 0 before it spoke */
	bool is_accepted;
	bool is_kept;       /* in the queue: no problem of the caller's */
	struct error error; /* why not, once it is refused */
};

struct envelope {
	char *sender; /* as address_write() made it; "" is the null sender */
	struct recipient *recipients;
	size_t count;
	struct request request;
};

/* Both take copies; every recipient starts as neither accepted nor refused. */
void envelope_set(struct envelope *, const char *sender,
    const struct strlist *recipients);
void envelope_free(struct envelope *);

/* Put the address, ORCPT and NOTIFY of one into another; copies. */
void recipient_copy(struct recipient *, const struct recipient *);
void recipient_free(struct recipient *);

/* What was asked for this recipient of the envelope. */
unsigned envelope_notify(const struct envelope *, const struct recipient *);

/* Neither accepted nor refused. */
bool recipient_is_open(const struct recipient *);

/* SMTPUTF8 is needed for one of the addresses. */
bool envelope_is_international(const struct envelope *);

/* Give every recipient without an outcome yet this one. */
void envelope_fail_rest(struct envelope *, const struct error *);

/* The worst outcome (error.h), or NULL when all are accepted. */
const struct error *envelope_worst(const struct envelope *);

#endif
