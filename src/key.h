/*
 * key.h - what is known of one key: where it stands, what it takes and sets
 */
#ifndef KEY_H
#define KEY_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "origin.h"
#include "text.h"

enum key_flag {
	KEY_SECRET = 1,        /* the value itself must not be read by others */
	KEY_PASSWORD = 2,      /* one of the sources of a password */
	KEY_TOKEN = 4,         /* one of the sources of a token */
	KEY_MANY = 8,          /* may stand many times in a section */
	KEY_URL = 16,          /* without "@" it is no secret */
	KEY_KEY_PASSWORD = 32, /* one of the sources of a key's password */
	KEY_HIDDEN = 64        /* may hold a secret: not to be shown */
};

struct key;

/*
 * Put the value into the fields of its section, which then point into it.  What
 * the value should be is the sentence, without its subject.
 */
typedef int key_setter(const struct key *, const char *value, void *fields,
    struct error *);

/*
 * Add the value to the fields of its section, which keep a copy.  On
 * failure *spot is where the value goes wrong, see pattern.h.
 */
typedef int key_adder(const struct key *, struct text value, struct origin,
    void *fields, const char **spot, struct error *);

struct key {
	const char *path; /* "section.key" */
	size_t offset;    /* in the fields of its section */
	key_setter *set;
	key_adder *add; /* instead of set: once, when the file is read */
	uint64_t min;   /* of what the setter reads: bytes, milliseconds ... */
	uint64_t max;
	unsigned kind; /* of what is added: scopes, edit_kind, route_side */
	unsigned flags;
	const char *words;  /* those allowed, in the order of the enum */
	const char *preset; /* what it is when it is not set */
};

#endif
