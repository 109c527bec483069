/*
 * origin.h - where in which file something stands
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include "buf.h"

struct origin {
	const char *file; /* NULL: nowhere */
	unsigned line;    /* 0: in no particular one */
};

/* "file:line", "file", or nothing. */
void origin_add(struct buf *, struct origin);

#endif
