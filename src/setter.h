/*
 * setter.h - from the text of a value to the checked field
 *
 * One for each kind of value, and each a key_setter or key_adder of key.h: it
 * looks at the key's row for limits and words, and at its offset for the field.
 */
#ifndef SETTER_H
#define SETTER_H

#include "error.h"
#include "key.h"

enum { SETTER_SECOND = 1000, SETTER_DAY = 86400 * SETTER_SECOND }; /* ms */

key_setter set_text;
key_setter set_word;
key_setter set_bool;
key_setter set_size;
key_setter set_time;
key_setter set_number;
key_setter set_rotation;
key_setter set_path;
key_setter set_domain;
key_setter set_variable;
key_setter set_address;
key_setter set_auth;
key_setter set_names;
key_setter set_extensions;

/* What the other setters are made of. */
void *setter_find_field(const struct key *, void *fields);

/* A time within the limits of the key; -1 for anything else. */
int setter_read_time(struct text, const struct key *, int64_t *milliseconds);

/* To a struct ruleset. */
key_adder add_rule;
key_adder add_edit;
key_adder add_redirect;
key_adder add_exceptions;

/* To a struct routes. */
key_adder add_route;

/* To a struct settings. */
key_adder add_permit;

#endif
