/*
 * trace.h - what happened to the addresses of a message, step by step
 *
 * For --explain, -bt and -bv.  Who is not asked to explain passes NULL, and
 * nothing is kept.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stddef.h>

#include "origin.h"
#include "strlist.h"
#include "text.h"

/* One thing that changed, or could not be. */
struct step {
	const char *stage;    /* "domain", "alias", "rewrite", "redirect" ... */
	const char *scope;    /* "envelope_to", "from" ...; NULL: none */
	const char *before;   /* NULL counts as empty, here and below */
	const char *after;    /* several addresses with ", " between */
	const char *cause;    /* the rule or alias as written; NULL: none */
	struct origin origin; /* of the cause; its file outlives the trace */
};

struct trace {
	struct step *steps;
	size_t count;
	struct strlist texts; /* those of the steps */
};

/* Takes copies of before, after and cause; of the first two, NULL is "". */
void trace_add(struct trace *, const struct step *);
void trace_free(struct trace *);

#endif
