/*
 * pattern.h - which addresses a rule is for
 *
 * pattern = glob / "/" ERE "/" ["i"]
 *
 * A glob is compared without regard to case, and each "*" in it is a capture,
 * the shortest that will do.  One with an "@" is compared with the whole
 * address.  One without is a bare name: it is compared with the local part of
 * addresses that are local (site.h); only "*" alone is for every address.
 *
 * The other kind is a POSIX extended regular expression, searched in the whole
 * address, with "i" without regard to case; "\/" is a slash in it, and its
 * groups are the captures.
 *
 * The null sender matches nothing: who answers a bounce would make a loop.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "site.h"
#include "text.h"

enum { PATTERN_CAPTURES = 9, PATTERN_MAX = 1024 /* bytes */ };

/* What each "*" or group stood for; views into the address. */
struct captures {
	struct text items[PATTERN_CAPTURES];
	size_t count;
};

struct pattern {
	char *glob; /* NULL: a regular expression */
	bool is_bare;
	bool has_regex;
	regex_t regex;
	size_t captures; /* how many it makes */
};

/*
 * Fills a zeroed pattern.  Where a value is not what it should be, *spot is set
 * to the byte in it where that begins, so that it can be pointed at, or to its
 * end where something is missing.  Here and in the headers that say so, the
 * sentence of the ERROR_CONFIG lacks its subject, see value.h.
 */
int pattern_parse(struct pattern *, struct text, const char **spot,
    struct error *);
void pattern_free(struct pattern *);

/*
 * Where the pattern at the start of a text ends: at the separator, which is
 * none in a regular expression or in quotes, or at text.length.
 */
size_t pattern_find_end(struct text, const char *separator);

/* The address is as address_write() makes it. */
bool pattern_matches(const struct pattern *, const struct site *,
    const char *address, struct captures *);

/* Without an address: a glob over any text, such as a field's name. */
bool pattern_matches_name(const struct pattern *, struct text name);

#endif
