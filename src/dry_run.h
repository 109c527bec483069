/*
 * dry_run.h - --dry-run: what would be sent, without a connection
 *
 * For each delivery, with an empty line and "== delivery 2 of 3" between when
 * there are more than one:
 *
 *   profile work, smtp.example.com:587: default_profile in FILE:LINE
 *   MAIL FROM:<alerts@example.com>
 *   RCPT TO:<admin@example.com>
 *                                       an empty line
 *   the message                         after every rule
 *
 * The message is the one part of all output that is not made visible: it is
 * written byte by byte, but that CRLF is shown as LF and the last line has an
 * end.  A server that lacks 8BITMIME or SMTPUTF8 would get it encoded.
 */
#ifndef DRY_RUN_H
#define DRY_RUN_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

/*
 * Write to fd.  -1 with the worst failure and a sentence for each, as a
 * delivery would; ERROR_IO when fd cannot be written.
 */
int dry_run(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

#endif
