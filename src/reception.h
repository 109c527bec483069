/*
 * reception.h - -bs: mail from a client of ours into the ordinary submission
 */
#ifndef RECEPTION_H
#define RECEPTION_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

/*
 * Serve the client at standard input; fd is its standard output.  Of the
 * options only -od, -F, -X and --profile count.  No sentences: the client hears
 * them.
 */
int receive_mail(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

/* The same when no mail can be taken, because of that error. */
void reception_turn_away(int fd, const struct error *);

#endif
