/*
 * follow.h - one address on its way through the policy, for -bt and -bv
 *
 * Everything there is to say becomes a step of the policy's trace.  Besides
 * those of the modules that do the work the stages are
 *
 * domain   a bare name got one
 * route    after is the profile that mail to or from before takes
 * profile  it has a sender of its own, which took the place of the one given
 * result   what comes out: scope envelope_to, to, envelope_from or from
 * warning  after is a sentence; nothing was lost
 * error    after is a sentence; nothing comes out
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>

#include "buf.h"
#include "error.h"
#include "policy.h"
#include "text.h"

/* Somebody who may be a recipient or a sender. */
struct person {
	struct text given;  /* as it was: "root (Cron Daemon)" */
	struct text spec;   /* the address in it; empty: the null sender */
	struct buf address; /* as address_write() makes it */
};

/* Fill a zeroed person with what is one mailbox; ERROR_ADDRESS. */
int person_read(struct person *, struct text given, const char *domain,
    struct error *);
void person_free(struct person *);

/* Add the step "domain", if it takes one. */
void follow_domain(struct policy *, const struct person *);

/*
 * Follow the person as a recipient of mail from this sender.  False when there
 * is a step "error".
 */
bool follow_recipient(struct policy *, const struct person *,
    const char *sender);

/* Follow the person as the sender given with -f and in From. */
bool follow_sender(struct policy *, const struct person *);

/* The step tells what this stage does. */
bool step_is(const struct step *, const char *stage);

#endif
