/*
 * line.h - a session with a smarthost, which may last for several messages
 *
 * And what it takes to log in, which is asked for once.
 */
#ifndef LINE_H
#define LINE_H

#include "net.h"
#include "smtp.h"
#include "strlist.h"

struct secrets {
	bool are_read;
	struct buf password;
	struct buf token;
	struct buf where; /* they are set, for sentences */
};

struct line {
	/* For the caller to set: */
	const struct config *config;
	const struct profile *asked; /* as it is in the configuration */
	const char *hostname;        /* for EHLO */
	/* Of the session: */
	struct profile profile; /* with the tls of the smarthost */
	struct smarthost smarthost;
	struct strlist texts; /* its name and domain */
	struct buf host;      /* "mail.example.org:587" */
	struct net *net;      /* NULL: there is none */
	struct net_delay delay;
	struct smtp smtp;
	unsigned messages; /* that were sent in it, or were tried to be */
	struct secrets secrets;
	struct transcript between; /* what is said between messages */
};

/* Read the secrets, unless they have been. */
int line_read_secrets(struct line *, struct error *);

/*
 * Connect, by the deadline (0: none), after the end of any other session; what
 * follows is for session_begin().  The smarthost may be the line's own.
 */
int line_connect(struct line *, const struct smarthost *, int64_t deadline,
    struct error *);

bool line_is_open(const struct line *);

/* Another message is to follow, and may follow in this session. */
bool line_may_stay(const struct line *);

/* With QUIT where that may be said, and without; nothing need be open. */
void line_end(struct line *);
void line_hang_up(struct line *);

/* Ends the session and wipes the secrets. */
void line_free(struct line *);

#endif
