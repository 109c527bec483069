/*
 * rule.h - "PATTERN -> RESULT", one rule of a [rewrite] section
 *
 * rule   = pattern "->" target *( "," target )
 * target = [ name ] "<" template ">" / template
 * name   = DQUOTE template DQUOTE / template     ; in quotes \" and \\
 *
 * The variables are filled in after the result has been taken apart, so that
 * nothing in a message can add a recipient or end a name.
 */
#ifndef RULE_H
#define RULE_H

#include "buf.h"
#include "error.h"
#include "origin.h"
#include "pattern.h"
#include "template.h"
#include "text.h"

/* Where addresses stand. */
enum scope {
	SCOPE_ENVELOPE_FROM = 1,
	SCOPE_ENVELOPE_TO = 2,
	SCOPE_FROM = 4,
	SCOPE_TO = 8,
	SCOPE_CC = 16,
	SCOPE_REPLY_TO = 32,
	SCOPE_SENDER = 64,

	/* The groups. */
	SCOPE_SENDERS =
	    SCOPE_ENVELOPE_FROM | SCOPE_FROM | SCOPE_SENDER | SCOPE_REPLY_TO,
	SCOPE_RECIPIENTS = SCOPE_ENVELOPE_TO | SCOPE_TO | SCOPE_CC,
	SCOPE_ALL = SCOPE_SENDERS | SCOPE_RECIPIENTS
};

enum { RULE_MAX_TARGETS = 1000 };

/* Both are templates, and views into the rule's text. */
struct target {
	struct text name;    /* without quotes; rule_add_name() */
	struct text address; /* with or without an "@" */
	bool has_name;       /* if only "", which takes a name away */
};

struct rule {
	char *text; /* "PATTERN -> RESULT", owned */
	struct origin origin;
	unsigned scopes; /* of enum scope */
	struct pattern pattern;
	struct target *targets;
	size_t target_count; /* 1 where a sender is among the scopes */
};

/* "envelope_from"; of one scope, not of a group. */
const char *scope_name(enum scope);

/*
 * Cut "PATTERN -> RESULT" in two, both trimmed; for rules and routes.  An
 * arrow in a regular expression is none.  ERROR_CONFIG, *spot set (pattern.h).
 */
int rule_split(struct text value, struct text *pattern, struct text *result,
    const char **spot, struct error *);

/*
 * Fills a zeroed rule; scopes and origin are there already.  *spot as above,
 * and then the rule is zeroed again.
 */
int rule_parse(struct rule *, struct text value, const char **spot,
    struct error *);
void rule_free(struct rule *);

/*
 * Take the list on the right side of a rule, or a list of fixed addresses,
 * apart; *targets is the caller's to free, whatever is returned.  With
 * TEMPLATE_NO_ADDRESS for captures it is for any address.
 */
int rule_parse_targets(struct text list, int captures, struct target **targets,
    size_t *count, const char **spot, struct error *);

/*
 * Add the target's address with the variables filled in, as address_write()
 * would.  ERROR_ADDRESS, "FILE:LINE: ..." of the rule, when that is none.
 */
int rule_add_address(struct buf *, const struct rule *, const struct target *,
    const struct variables *, const char *domain, struct error *);

/* Add the target's name with the variables filled in; for phrase_add(). */
void rule_add_name(struct buf *, const struct target *,
    const struct variables *);

#endif
