/*
 * keys.h - every key there is
 */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>

#include "key.h"
#include "text.h"

enum { KEY_COUNT = 82 };

extern const struct key key_table[KEY_COUNT];

const char *key_name(const struct key *);
bool key_is_in(const struct key *, const char *section);

/* NULL when there is none; a section of NULL is any of them. */
const struct key *key_find(const char *section, struct text name);

/* What the name was meant to be, or NULL. */
const char *key_nearest(const char *section, struct text name);

#endif
