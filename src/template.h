/*
 * template.h - text with variables in it, the right side of a rule
 *
 * template = *( "$$" / "$" variable / byte )
 * variable = %x31-39 / "local" / "domain" / "name" / "user" / "host"
 *
 * A variable's name is as many letters as there are.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stddef.h>

#include "buf.h"
#include "error.h"
#include "pattern.h"
#include "text.h"

/* What the variables stand for. */
struct variables {
	struct captures captures; /* $1 to $9 */
	struct text local;        /* of the address, as it stands in it */
	struct text domain;       /* of the address */
	struct text name;         /* of the address in the header, decoded */
	struct text user;         /* who runs this */
	struct text host;         /* the host's full name */
};

enum { TEMPLATE_NO_ADDRESS = -1 };

/*
 * Check a template: only known variables, and no capture that the pattern,
 * which makes so many, lacks.  With TEMPLATE_NO_ADDRESS only $user, $host and
 * $$ will do.  ERROR_CONFIG with *spot set, see pattern.h.
 */
int template_check(struct text, int captures, const char **spot,
    struct error *);

/* Add what a template stands for; it has been checked. */
void template_add(struct buf *, struct text, const struct variables *);

#endif
