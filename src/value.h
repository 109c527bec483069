/*
 * value.h - the text behind "key =": quotes, comments and ${NAME}
 *
 * Sentences about a value lack their subject, "takes yes or no": who knows the
 * key puts it before them.
 */
#ifndef VALUE_H
#define VALUE_H

#include "buf.h"
#include "error.h"
#include "text.h"

enum {
	VALUE_MAX = 64 * 1024, /* bytes */
	VALUE_MAX_HOST = 255,  /* bytes, as in RFC 1035 2.3.4 */
	VALUE_MAX_PORT = 65535
};

/* The value of an environment variable, or NULL; as getenv(3). */
typedef const char *config_variable(const char *name);

/* Zeroed it is empty, but the text wants VALUE_MAX as its ceiling. */
struct value {
	struct buf text;  /* may be a secret: buf_wipe() it */
	bool is_secret;   /* no sentence may name a variable in it */
	bool is_rule;     /* a quoted part may begin it: "a b"@c -> d */
	bool has_literal; /* not all of it came from the environment */
	bool is_changed;  /* it does not stand in one line as it is */
};

/* Add the value on a line, behind a blank where there is one already. */
int value_add(struct value *, struct text line, config_variable *,
    struct error *);

/* There is one, neither too long nor with bytes that are no text. */
int value_check(const struct value *, struct error *);

/* Take the next word off a list with blanks, tabs or commas between. */
bool value_next_word(struct text *rest, struct text *word);

/* A name that an environment variable can have: letters, digits and "_". */
bool value_is_variable(struct text name);

/* A host name or address; lengths and bytes only. */
bool value_is_host(struct text name);

#endif
