/*
 * key.h - what is known of one key: where it stands, what it takes and sets
 */
#ifndef KEY_H
#define KEY_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum key_flag {
	KEY_SECRET = 1,   /* the value itself must not be read by others */
	KEY_PASSWORD = 2, /* one of the sources of a password */
	KEY_TOKEN = 4     /* one of the sources of a token */
};

struct key;

/*
 * Put the value into a struct settings or struct profile, which then points
 * into it.  What the value should be is the sentence, without its subject.
 */
typedef int key_setter(const struct key *, const char *value, void *fields,
    struct error *);

struct key {
	const char *path; /* "section.key" */
	size_t offset;    /* in struct settings or struct profile */
	key_setter *set;
	uint64_t min; /* of what the setter reads: bytes, milliseconds ... */
	uint64_t max;
	unsigned flags;
	const char *words;  /* those allowed, in the order of the enum */
	const char *preset; /* what it is when it is not set */
};

#endif
