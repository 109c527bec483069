/*
 * transaction.h - MAIL, RCPT, DATA and the message, once
 *
 * With PIPELINING, MAIL, the RCPTs and DATA go out in groups of at most
 * TRANSACTION_MAX_GROUP bytes, each in one write, and their replies are read
 * in order: neither side's buffers can fill while both are writing (RFC 2920
 * section 3.1).  The final dot and QUIT share a write, too.
 */
#ifndef TRANSACTION_H
#define TRANSACTION_H

#include "group.h"
#include "message.h"
#include "pump.h"
#include "smtp.h"

enum { TRANSACTION_MAX_GROUP = 4096 }; /* bytes without an answer yet */

struct transaction {
	/* For the caller to set: */
	struct smtp *smtp;
	const struct envelope *envelope;
	const struct message *message;
	const char *mail;      /* the line MAIL */
	bool is_international; /* which says SMTPUTF8 */
	struct group group;    /* not empty */
	bool has_next;         /* another one is wanted, for whomever */
	bool is_last;          /* no other may follow in this session */
	/* Commands are said, and answered, in this order: */
	bool has_reset;       /* RSET was said, and not answered */
	size_t said;          /* MAIL and RCPTs so far */
	size_t heard;         /* answers to them so far */
	size_t answered;      /* in the group: behind the last one heard of */
	bool has_data;        /* DATA was said */
	bool is_data_open;    /* the server waits for the message */
	struct error refusal; /* of MAIL, DATA or the message, if any */
	struct pump pump;
};

/*
 * 0 when the dialogue came to its end; the outcome of each of the group is
 * known, or it is still open because it was one too many.  -1 when no other
 * transaction makes sense, and why; who is still open then has not got it.
 */
int transaction_run(struct transaction *, struct error *);

#endif
