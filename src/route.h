/*
 * route.h - "PATTERN -> PROFILE", the rules of the [route] section
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "error.h"
#include "origin.h"
#include "pattern.h"
#include "site.h"
#include "text.h"

enum route_side { ROUTE_SENDER, ROUTE_RECIPIENT };

struct route {
	enum route_side side;
	char *text; /* "PATTERN -> PROFILE", owned */
	struct origin origin;
	struct pattern pattern;
	struct text profile; /* a view into text */
};

struct routes {
	struct route *items; /* in the order of the files */
	size_t count;
};

/* ERROR_CONFIG with *spot set, the sentence without subject (pattern.h). */
int routes_add(struct routes *, enum route_side, struct text value,
    struct origin, const char **spot, struct error *);
void routes_free(struct routes *);

/* The first that matches; NULL when none does.  Addresses as in pattern.h. */
const struct route *routes_find(const struct routes *, const struct site *,
    const char *sender, const char *recipient);

#endif
