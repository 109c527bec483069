#include "route.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "rule.h"

/* The first byte that no name of a profile may have, or text.length. */
static size_t find_odd_byte(struct text name)
{
	size_t n = 0;

	while (n < name.length &&
	    (byte_is_letter(name.data[n]) || byte_is_digit(name.data[n]) ||
		(name.data[n] != '\0' && strchr("-_.@+", name.data[n]) != NULL)))
		n++;
	return n;
}

/* The views are into route->text, and so is the spot. */
static int parse_text(struct route *route, const char **spot, struct error *err)
{
	struct text pattern;
	size_t odd;

	if (rule_split(text_of(route->text), &pattern, &route->profile, spot,
		err) < 0 ||
	    pattern_parse(&route->pattern, pattern, spot, err) < 0)
		return -1;
	odd = find_odd_byte(route->profile);
	if (odd == route->profile.length)
		return 0;
	*spot = route->profile.data + odd;
	return fail(err, ERROR_CONFIG,
	    "takes the name of one profile, in letters, digits and -_.@+");
}

static void route_free(struct route *route)
{
	pattern_free(&route->pattern);
	free(route->text);
}

int routes_add(struct routes *routes, enum route_side side, struct text value,
    struct origin origin, const char **spot, struct error *err)
{
	struct route route = {
	    .side = side,
	    .text = text_dup(value),
	    .origin = origin,
	};

	if (parse_text(&route, spot, err) < 0) {
		*spot = value.data + (*spot - route.text);
		route_free(&route);
		return -1;
	}
	routes->items =
	    mem_grow(routes->items, routes->count, sizeof *routes->items);
	routes->items[routes->count++] = route;
	return 0;
}

void routes_free(struct routes *routes)
{
	for (size_t i = 0; i < routes->count; i++)
		route_free(&routes->items[i]);
	free(routes->items);
	*routes = (struct routes){0};
}

const struct route *routes_find(const struct routes *routes,
    const struct site *site, const char *sender, const char *recipient)
{
	struct captures ignored;

	for (size_t i = 0; i < routes->count; i++) {
		const struct route *route = &routes->items[i];
		const char *address =
		    route->side == ROUTE_SENDER ? sender : recipient;

		if (pattern_matches(&route->pattern, site, address, &ignored))
			return route;
	}
	return NULL;
}
