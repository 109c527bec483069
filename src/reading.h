/*
 * reading.h - from the lines of a file to records
 */
#ifndef READING_H
#define READING_H

#include "record.h"
#include "report.h"
#include "text.h"
#include "value.h"

enum { READING_MAX_PROFILES = 1000 };

/* Add what the file sets; what is set already stays. */
void reading_file(struct records *, const char *file, struct text contents,
    config_variable *, struct report *);

#endif
