/*
 * spool_name.h - the names of envelopes in queue/: when, and who
 */
#ifndef SPOOL_NAME_H
#define SPOOL_NAME_H

#include <stdbool.h>
#include <time.h>

#include "entry.h"

enum { SPOOL_NAME_SIZE = ENTRY_ID_SIZE + 16 };

/* What stands before the ID instead of a time. */
enum { SPOOL_HELD = -1, SPOOL_OWED = -2 };

/* "001795343434-ID" for a time or SPOOL_HELD, SPOOL_OWED. */
void spool_write_name(char name[SPOOL_NAME_SIZE], time_t turn, const char *id);

/* The other way; *id points into name.  False for what is no such name. */
bool spool_read_name(const char *name, time_t *turn, const char **id);

#endif
