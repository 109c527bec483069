/*
 * rewrite_header.h - the rules of a profile, applied to the header
 *
 * What no rule changes keeps its bytes, folding and comments included.  A
 * result without a name keeps the one that is there; a result with one takes
 * its place, and that of a comment which served as one: "root (Cron Daemon)".
 */
#ifndef REWRITE_HEADER_H
#define REWRITE_HEADER_H

#include "error.h"
#include "message.h"
#include "rewrite.h"
#include "strlist.h"

/*
 * Ruleset by ruleset: the addresses of From, To, Cc, Reply-To, Sender and of
 * their Resent- forms, X-Original-From and Reply-To where the original is to
 * be kept, then the edits in their order.  The message is complete
 * (complete.h).  A result that is no address: ERROR_ADDRESS with file:line in
 * the scopes of senders; in those of recipients the address stays as it is,
 * since its envelope fails by itself, and *warnings gets the sentence.
 */
int rewrite_header(const struct rewriting *, struct message *,
    struct strlist *warnings, struct error *);

/* As rewrite_header() does to one address of that scope; for -bt. */
int rewrite_mailbox(const struct rewriting *, enum scope, struct text mailbox,
    struct buf *, struct error *);

#endif
