/*
 * expand.h - who is behind an alias
 *
 * A way leads from the recipient over aliases to an address at its end.
 *
 * - Aliases apply to local addresses (site.h).  Who has none is an end.
 * - A name that its own alias lists is an end: "anna: anna, a@example.org".
 * - "*" is the alias of who has no other, but only once on a way; behind it,
 *   who has no other is an end.
 * - An alias that leads back to itself is a loop, which is reported; unless
 *   "*" comes in between, which cannot happen again: with "*: root" and
 *   "root: anna" a way is root, anna (by "*"), root, anna, and that is an end.
 *
 * So what is behind an alias depends only on whether the way has come over "*".
 * Each is followed once before and once behind it, and that finds everybody.
 */
#ifndef EXPAND_H
#define EXPAND_H

#include "error.h"
#include "members.h"
#include "strlist.h"

/*
 * Add the addresses that stand behind this one, or itself when it has no
 * alias; repeats are dropped.  What cannot be followed, a loop or a missing
 * :include: file (ERROR_CONFIG), an unusable address (ERROR_ADDRESS), or an
 * alias with nothing but commands and files in it (ERROR_NO_USER), gives -1
 * with the first sentence, file:line at its start, and the rest is added all
 * the same.
 */
int expand_address(const struct expanding *, const char *address,
    struct strlist *addresses, struct error *);

/*
 * For newaliases: follow each alias there is.  A sentence for each problem in
 * *problems, which grows to ALIAS_MAX_PROBLEMS; an alias with nothing but
 * commands and files in it is only a warning.
 */
void expand_all(const struct expanding *, struct strlist *problems);

#endif
