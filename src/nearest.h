/*
 * nearest.h - "did you mean": the candidate most like a word
 */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

#include "text.h"

enum { NEAREST_MAX = 49 }; /* bytes; longer words are like nothing */

struct nearest {
	struct text word;
	const char *found; /* NULL while nothing is near enough */
	size_t distance;   /* only what is nearer will do */
};

struct nearest nearest_to(struct text word);
void nearest_try(struct nearest *, const char *candidate);

#endif
