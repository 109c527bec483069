/*
 * submission.h - all that comes before a delivery, and no more
 *
 * For who sends and for who only wants to look: nothing is connected to,
 * logged or written, and no secret is read.
 */
#ifndef SUBMISSION_H
#define SUBMISSION_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "plan.h"
#include "policy.h"
#include "posting.h"
#include "strlist.h"
#include "trace.h"

struct submission {
	const struct config *config;
	struct posting posting;
	struct policy policy;
	struct trace trace;
	struct plan plan;
};

/*
 * As posting_read() and plan_make(), and begun as the first wants it.  Do not
 * move it before submission_free().
 */
int submission_make(struct submission *, const struct options *,
    const struct config *, const struct identity *, struct error *);
void submission_free(struct submission *);

/* A sentence for each failure; -1 with the worst of them, if there is any. */
int submission_report(const struct submission *, struct strlist *sentences,
    struct error *);

#endif
