#include "nearest.h"

#include <string.h>

/* One wrong letter in three, but one in any case. */
struct nearest nearest_to(struct text word)
{
	return (struct nearest){
	    .word = word, .distance = (word.length + 2) / 3 + 1};
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return c < least ? c : least;
}

/* Levenshtein's distance, row by row, without regard to case. */
static size_t distance(struct text a, struct text b)
{
	size_t row[NEAREST_MAX + 1];

	for (size_t j = 0; j <= b.length; j++)
		row[j] = j;
	for (size_t i = 0; i < a.length; i++) {
		size_t diagonal = i;

		row[0] = i + 1;
		for (size_t j = 0; j < b.length; j++) {
			size_t above = row[j + 1];
			bool differ =
			    byte_lower(a.data[i]) != byte_lower(b.data[j]);

			row[j + 1] =
			    least(above + 1, row[j] + 1, diagonal + differ);
			diagonal = above;
		}
	}
	return row[b.length];
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
	struct text name = text_of(candidate);
	size_t n;

	if (name.length > NEAREST_MAX || nearest->word.length > NEAREST_MAX)
		return;
	n = distance(nearest->word, name);
	if (n < nearest->distance) {
		nearest->distance = n;
		nearest->found = candidate;
	}
}
