/*
 * address_test.h - -bt and -bv: what would become of an address
 *
 * A line or an argument may hold several addresses with commas between, each
 * as it may stand in a header: "root", "Anna <a@example.org>", "root (Cron
 * Daemon)".  Nothing is sent.
 */
#ifndef ADDRESS_TEST_H
#define ADDRESS_TEST_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

enum { ADDRESS_TEST_MAX_LINE = 64 * 1024 }; /* bytes; longer ones are cut */

/*
 * -bt: the addresses in the arguments, or else those on standard input, until
 * its end or "/quit"; each as a recipient and as a sender, step by step.  With
 * --json an object for each on a line of its own.  An address that cannot be
 * used gets a sentence in the output and is no failure.
 */
int test_addresses(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

/*
 * -bv: the addresses in the arguments, a line for each recipient that comes
 * out: "root ... deliverable: admin@example.com through profile work
 * (smtp.example.com:587)" or "root ... undeliverable: reason".  ERROR_NO_USER,
 * without a sentence more, when there is one of the latter; ERROR_USAGE without
 * arguments.
 */
int verify_recipients(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

#endif
