/*
 * wishes.h - what was asked for a recipient, found again behind aliases and
 * rules (RFC 3461 5.2.7.1: whoever takes the place of somebody has his wishes)
 */
#ifndef WISHES_H
#define WISHES_H

#include <stdbool.h>
#include <stddef.h>

#include "envelope.h"

struct wish {
	char *address;
	const struct recipient *asked; /* somebody else's */
	size_t number;
};

/* A zeroed one is empty and valid. */
struct wishes {
	struct wish *items;
	size_t count;
	bool is_sorted;
};

/* NULL as what was asked is as good as nothing. */
void wishes_add(struct wishes *, const char *address,
    const struct recipient *asked);

/* What was asked first for that address, or NULL. */
const struct recipient *wishes_find(struct wishes *, const char *address);

void wishes_free(struct wishes *);

#endif
