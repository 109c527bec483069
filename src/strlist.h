/*
 * strlist.h - a list of strings that it owns
 *
 * A zeroed struct strlist is empty and valid.
 */
#ifndef STRLIST_H
#define STRLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "compat.h"
#include "text.h"

struct strlist {
	char **items;
	size_t count;
	size_t capacity;
};

void strlist_add(struct strlist *, struct text);
void strlist_addf(struct strlist *, const char *format, ...) PRINTF(2, 3);

/* Byte for byte. */
bool strlist_has(const struct strlist *, const char *string);

/* By their bytes. */
void strlist_sort(struct strlist *);

/* As strlist_has(), in a list that is sorted; log n. */
bool strlist_has_sorted(const struct strlist *, const char *string);

/* The strings as execve(2) takes them, with a NULL behind the last; free(3). */
char **strlist_vector(const struct strlist *);

/* Keep only the first of equal strings, in order; n log n. */
void strlist_drop_repeats(struct strlist *);

/* Return to the zeroed state; strlist_wipe() overwrites the bytes before. */
void strlist_free(struct strlist *);
void strlist_wipe(struct strlist *);

#endif
