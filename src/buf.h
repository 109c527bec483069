/*
 * buf.h - bytes that grow, owned, with a ceiling
 *
 * A zeroed struct buf is empty and valid.  What goes over the ceiling is
 * dropped and is_full set, so that a loop over input cannot eat the machine;
 * the caller looks at is_full once at the end.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "compat.h"
#include "text.h"

enum { BUF_CEILING = 64 * 1024 * 1024 }; /* bytes, where none is set */

struct buf {
	char *data; /* NULL while empty: read it through the functions below */
	size_t length;
	size_t capacity;
	size_t ceiling; /* bytes; 0 means BUF_CEILING */
	bool is_full;   /* something was dropped */
};

void buf_add(struct buf *, struct text);
void buf_add_string(struct buf *, const char *string);
void buf_add_byte(struct buf *, char byte);
void buf_addf(struct buf *, const char *format, ...) PRINTF(2, 3);

/* Room for size more bytes at the end; set length after filling it. */
char *buf_room(struct buf *, size_t size);

/* Drop the first count bytes. */
void buf_skip(struct buf *, size_t count);

/* Empty it and keep the memory. */
void buf_clear(struct buf *);

/* Both views end when the buf changes; the string ends with a NUL. */
struct text buf_text(const struct buf *);
const char *buf_string(const struct buf *);

/* Return to the zeroed state; buf_wipe() overwrites the bytes before. */
void buf_free(struct buf *);
void buf_wipe(struct buf *);

#endif
