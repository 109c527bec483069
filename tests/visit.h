/*
 * visit.h - one connection to the test server; inside of visit*.c
 */
#ifndef VISIT_H
#define VISIT_H

#include "serve.h"

struct visit {
	const struct serve *serve;
	SSL_CTX *context;
	struct wire *wire;
	struct tally *tally;
	unsigned number; /* of the connection */
	bool is_tls;
	bool is_greeted;
	bool is_logged_in;
	bool is_over;
	struct buf facts;       /* lines about the session, for the store */
	struct buf envelope;    /* MAIL and RCPT as they came */
	struct strlist mailing; /* local parts: sender, then recipients */
};

void visit_say(const struct visit *, const char *line);

/* True when the session ends at this stage because it was told to. */
bool visit_ends_at(struct visit *, enum stage);

bool visit_offers(const struct visit *, const char *keyword);

/* RFC 5321 2.3.8: CR and LF come together or not at all. */
void visit_count_bare(struct visit *, struct text line);

/* The answers to MAIL, RCPT and DATA, and to what follows DATA. */
void visit_mail(struct visit *, struct text line);
void visit_rcpt(struct visit *, struct text line);
void visit_data(struct visit *, struct text line);

void visit_forget_mail(struct visit *);

#endif
