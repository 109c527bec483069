/*
 * ruleset.h - one [rewrite NAME] section: what it does to a message
 *
 * Strings are its own; a zeroed struct ruleset does nothing.
 */
#ifndef RULESET_H
#define RULESET_H

#include <stdbool.h>

#include "error.h"
#include "origin.h"
#include "pattern.h"
#include "rule.h"
#include "text.h"

/* add_header, set_header, remove_header. */
enum edit_kind { EDIT_ADD, EDIT_SET, EDIT_REMOVE };

struct edit {
	enum edit_kind kind;
	char *text; /* "Name: value" or "Name", owned */
	struct origin origin;
	struct text name;       /* view into text */
	struct text value;      /* a template, a view into text */
	struct pattern removed; /* of EDIT_REMOVE: names may have "*" */
};

struct exception {
	char *text; /* of the pattern, owned */
	struct pattern pattern;
};

struct ruleset {
	const char *name; /* belongs to whoever made it */
	struct rule *rules;
	size_t rule_count;
	struct edit *edits; /* in the order of the file */
	size_t edit_count;
	struct rule *redirect; /* scope envelope_to, pattern "*"; NULL: none */
	struct exception *exceptions; /* of the redirect */
	size_t exception_count;
	bool keeps_original; /* X-Original-From and Reply-To */
};

/*
 * Each adds what stands behind one key.  ERROR_CONFIG with *spot set to where
 * the value goes wrong, the sentence without its subject (pattern.h).
 */
int ruleset_add_rule(struct ruleset *, unsigned scopes, struct text value,
    struct origin, const char **spot, struct error *);
int ruleset_add_edit(struct ruleset *, enum edit_kind, struct text value,
    struct origin, const char **spot, struct error *);

/* A list of fixed addresses. */
int ruleset_set_redirect(struct ruleset *, struct text value, struct origin,
    const char **spot, struct error *);

/* A list of patterns, with commas between. */
int ruleset_add_exceptions(struct ruleset *, struct text value,
    const char **spot, struct error *);

void ruleset_free(struct ruleset *);

#endif
