/*
 * header_diff.h - what became of a header
 */
#ifndef HEADER_DIFF_H
#define HEADER_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"

/* A field that only one of the two messages has; it belongs to that one. */
struct difference {
	const struct field *field;
	bool is_new;
	size_t position; /* in its message */
};

/*
 * The fields in which two headers differ, by name, the old ones of each name
 * before the new ones.  Moving is no difference.  n log n; *differences is the
 * caller's to free.
 */
size_t header_diff(const struct message *old, const struct message *new,
    struct difference **differences);

#endif
