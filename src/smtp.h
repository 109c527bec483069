/*
 * smtp.h - the client of one SMTP or LMTP session (RFC 5321, RFC 2033)
 *
 * What its parts share: session.h opens and ends it, login.h logs in,
 * mailing.h, transaction.h and pump.h send a message.
 */
#ifndef SMTP_H
#define SMTP_H

#include "chat.h"
#include "config.h"
#include "ehlo.h"

/* What it takes to log in; views, NULL data where there is none. */
struct smtp_login {
	struct text user;
	struct text password;
	struct text token;
	struct text host;  /* the server, as it was asked for */
	unsigned port;     /* 0 for a unix socket */
	const char *where; /* where it is set, for sentences */
	struct text nonce; /* for tests; otherwise each login makes its own */
	/* A newer token for one that was refused; false: there is none. */
	bool (*renew_token)(void *context, struct text *token); /* or NULL */
	void *context;
};

struct smtp {
	struct chat chat;
	const struct profile *profile;
	struct smtp_login login;
	const char *hostname;            /* for EHLO */
	enum transcript_body shown_body; /* what of a message is shown */
	bool is_private;                 /* TLS, or a unix socket */
	bool is_tls;
	bool is_over;     /* no command may be said any more */
	bool is_broken;   /* what comes next may be the answer to anything */
	bool needs_reset; /* a transaction was begun, and no message ended it */
	unsigned mails;   /* transactions so far */
	/* Of one message; the caller sets the first three and the deadline. */
	bool keeps_open; /* another one follows: it does not end with QUIT */
	int (*strike)(void *context, struct error *); /* see relay.h; or NULL */
	void *context;
	bool has_answered; /* MAIL, at least once, and not with 421 */
	bool is_full;     /* recipients are left, and no transaction for them */
	int64_t deadline; /* of all waits but for the final dot; 0: none */
	struct ehlo offer;
	struct reply reply;    /* the last one */
	const char *mechanism; /* that logged us in, or NULL */
};

/* When a wait must be over, milliseconds (RFC 5321 4.5.3.2). */
enum {
	SMTP_COMMAND_MS = 5 * 60 * 1000, /* greeting, EHLO, MAIL, RCPT */
	SMTP_DATA_MS = 2 * 60 * 1000,    /* DATA */
	SMTP_BLOCK_MS = 3 * 60 * 1000,   /* each block of the message */
	SMTP_DOT_MS = 10 * 60 * 1000     /* the final dot */
};

/*
 * The deadline of a wait that starts now, capped by the profile's timeout and
 * by what is left for the whole: but who has sent a message waits to hear what
 * became of it.
 */
int64_t smtp_deadline(const struct smtp *, int64_t milliseconds);

/*
 * What the last reply, which is not the one hoped for, means: a refusal of
 * that kind, or ERROR_PROTOCOL when it is out of place.
 */
int smtp_refuse(const struct smtp *, enum error_kind, const char *what,
    struct error *);

/* The kind for the refusal that the last reply is: of the sender, a recipient. */
enum error_kind smtp_mail_refusal(const struct smtp *);
enum error_kind smtp_rcpt_refusal(const struct smtp *);

/*
 * Add the address as the server can take it: a domain in UTF-8 becomes A-labels
 * where SMTPUTF8 is not offered.  ERROR_ADDRESS, "ADDRESS cannot BE USED: ...",
 * when the part before the "@" is not ASCII either (RFC 6531 3.1).
 */
int smtp_add_address(const struct smtp *, const char *address,
    const char *be_used, struct buf *, struct error *);

/* Send the command said and take its reply, within SMTP_COMMAND_MS. */
int smtp_ask(struct smtp *, struct error *);

void smtp_free(struct smtp *);

#endif
