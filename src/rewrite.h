/*
 * rewrite.h - the rules of a profile, applied to the envelope
 *
 * The rulesets have their turn one after the other, each on what the one
 * before it made.  In a ruleset the first rule that is for the scope and
 * matches the address decides.  See rewrite_header.h for the header.
 */
#ifndef REWRITE_H
#define REWRITE_H

#include "buf.h"
#include "error.h"
#include "ruleset.h"
#include "site.h"
#include "strlist.h"
#include "text.h"
#include "trace.h"

enum { REWRITE_MAX_RESULTS = 10000 /* of one recipient */ };

/* What the rules of one delivery are and know. */
struct rewriting {
	const struct ruleset *const *rulesets;
	size_t count;
	const struct site *site;
	const char *user;    /* $user, the login name of who runs this */
	struct trace *trace; /* NULL: nobody asks */
};

/* A recipient after the rules. */
struct rewritten {
	char *address;
	char *original; /* before it was redirected; NULL: it was not */
	const struct rule *redirect; /* the last one that did it; or NULL */
};

struct rewritten_list {
	struct rewritten *items;
	size_t count;
};

/* The rule of the ruleset that decides, or NULL; for an address of a scope. */
const struct rule *rewrite_find(const struct rewriting *,
    const struct ruleset *, enum scope, const char *address, struct captures *);

/* What a rule may put into its results. */
struct variables rewrite_variables(const struct rewriting *,
    const char *address, struct text name, const struct captures *);

/* Into the trace, if there is one and the rule changed something. */
void rewrite_note(const struct rewriting *, const char *stage, enum scope,
    const struct rule *, const char *before, const char *after);

/*
 * Add the sender as the rules make it; the null sender stays.  ERROR_ADDRESS
 * with file:line of the rule when that is no address.
 */
int rewrite_sender(const struct rewriting *, const char *address, struct buf *,
    struct error *);

/*
 * Add what becomes of one recipient: rules, then the redirect, ruleset by
 * ruleset.  Where some of its results are no addresses the good ones are
 * added all the same; ERROR_ADDRESS, file:line and the first of the bad ones.
 * The list may hold an address twice.  ERROR_CONFIG when it would have more
 * than REWRITE_MAX_RESULTS.
 */
int rewrite_recipient(const struct rewriting *, const char *address,
    struct rewritten_list *, struct error *);
void rewritten_free(struct rewritten_list *);

#endif
