/*
 * json.h - JSON (RFC 8259), written one piece after the other
 *
 * Whoever opens an object or array with a byte closes it, too; the commas come
 * by themselves.
 */
#ifndef JSON_H
#define JSON_H

#include "buf.h"
#include "text.h"

/* A comma, unless this is the first in its object or array. */
void json_add_comma(struct buf *);

/* "key": in an object. */
void json_add_key(struct buf *, const char *key);

/* A string as a value; bytes that are no UTF-8 become \\xHH. */
void json_add_string(struct buf *, struct text);

/* Both in one; a value of NULL adds nothing. */
void json_add_member(struct buf *, const char *key, const char *value);

#endif
