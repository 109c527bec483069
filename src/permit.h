/*
 * permit.h - allow_from: who may send as whom
 *
 * permit = holder ":" pattern *( "," pattern )   ; pattern.h
 * holder = user / "@" group / "*"
 *
 * Who is named by a permit must match a pattern of one that names him; who is
 * named by none is free.  Addresses are compared before any rule rewrites them.
 */
#ifndef PERMIT_H
#define PERMIT_H

#include "error.h"
#include "message.h"
#include "origin.h"
#include "site.h"
#include "strlist.h"
#include "text.h"

struct permit; /* as read */

struct permits {
	struct permit *items;
	size_t count;
};

/* ERROR_CONFIG, the sentence without its subject (value.h). */
int permits_add(struct permits *, struct text value, struct origin,
    struct error *);
void permits_free(struct permits *);

/* Who sends: a login name, or NULL for a stranger, and the groups it is in. */
struct permit_holder {
	const char *login;
	struct strlist groups;
};

/*
 * He may use this address.  ERROR_LOGIN with 550 5.7.1, naming the address, the
 * user and where the permit stands, when he may not.
 */
int permits_check(const struct permits *, const struct site *,
    const struct permit_holder *, const char *address, struct error *);

/*
 * The same for each address in the From fields of a message; one that cannot be
 * used is nobody's.
 */
int permits_check_authors(const struct permits *, const struct site *,
    const struct permit_holder *, const struct message *, struct error *);

#endif
