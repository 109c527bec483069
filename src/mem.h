/*
 * mem.h - memory that cannot run out
 *
 * Nothing here returns NULL: when the system has no memory left the process
 * ends with EX_OSERR and one sentence on stderr.  That is safe at any moment,
 * because success is reported only after the message is in other hands.
 */
#ifndef MEM_H
#define MEM_H

#include <stdarg.h>
#include <stddef.h>

#include "compat.h"

/* Zeroed memory for count things of size bytes each; free(3) it. */
void *mem_alloc(size_t count, size_t size);

/* As realloc(3) for count things of size bytes; new bytes are not zeroed. */
void *mem_resize(void *memory, size_t count, size_t size);

/*
 * Room for one more behind count things that have only grown by this: doubled
 * whenever the count is a power of two.
 */
void *mem_grow(void *memory, size_t count, size_t size);

/* A copy of a string, owned by the caller. */
char *mem_dup(const char *string);

/* As vsprintf(3) into a string just long enough, owned by the caller. */
char *mem_format(const char *format, va_list) PRINTF(1, 0);

#endif
