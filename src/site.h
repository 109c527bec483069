/*
 * site.h - which addresses are at home on this host
 */
#ifndef SITE_H
#define SITE_H

#include <stdbool.h>

#include "text.h"

struct site {
	const char *domain;   /* completes bare names */
	const char *hostname; /* the host's full name */
};

/*
 * The local part of an address (as address_write() makes it) at the domain,
 * the hostname or "localhost", in any case; else it is not local, and *local
 * is not set.
 */
bool site_is_local(const struct site *, struct text address,
    struct text *local);

#endif
