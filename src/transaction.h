/*
 * transaction.h - MAIL, RCPT, DATA and the message
 *
 * With PIPELINING, MAIL, the RCPTs and DATA go out in groups of at most
 * TRANSACTION_MAX_GROUP bytes, each in one write, and their replies are read
 * in order: neither side's buffers can fill while both are writing (RFC 2920
 * section 3.1).  The final dot and QUIT share a write, too.
 */
#ifndef TRANSACTION_H
#define TRANSACTION_H

#include "envelope.h"
#include "message.h"
#include "smtp.h"

enum { TRANSACTION_MAX_GROUP = 4096 }; /* bytes without an answer yet */

/*
 * 0 when the dialogue came to its end, and the outcome of each recipient is in
 * the envelope.  -1 when it did not: it is also the outcome of every recipient
 * that has none yet.
 */
int transaction_run(struct smtp *, struct envelope *, const struct message *,
    struct error *);

#endif
