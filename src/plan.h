/*
 * plan.h - who gets what, over which profile: all that is decided before the
 * first connection
 */
#ifndef PLAN_H
#define PLAN_H

#include <stddef.h>

#include "envelope.h"
#include "error.h"
#include "message.h"
#include "policy.h"
#include "posting.h"
#include "route.h"
#include "settings.h"

/* One transaction with one smarthost. */
struct delivery {
	const struct profile *profile;
	const struct route *route; /* that led there; NULL: none did */
	struct message message;    /* with a header of its own */
	struct envelope envelope;
};

/* Somebody named by the caller, or an alias, whom nothing can be sent to. */
struct failure {
	char *address;
	struct error error;
};

struct plan {
	struct delivery *deliveries;
	size_t count;
	struct failure *failures;
	size_t failure_count;
};

/*
 * Apply the policy to the posting, which must outlive the plan.  -1 when that
 * concerns the message as a whole, and then nothing is to be sent.
 */
int plan_make(struct plan *, struct policy *, const struct posting *,
    struct error *);
void plan_free(struct plan *);

#endif
