/*
 * bounce.h - who was refused where others were not: told by mail
 *
 * A client of -bs hears one answer for all recipients.  When it has to be yes,
 * the sender gets a notice about those for whom it is not true, as from any
 * server that has taken a message.
 */
#ifndef BOUNCE_H
#define BOUNCE_H

#include "keep.h"

/*
 * Report those of the delivery who were refused, and mark them as kept.  The
 * claim is as with keep_delivery().  -1, and nobody is marked, when a notice
 * cannot be made.
 */
int bounce_refused(struct keeping *, struct delivery *, struct claim *,
    struct error *);

#endif
