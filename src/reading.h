/*
 * reading.h - from the lines of a file to records
 */
#ifndef READING_H
#define READING_H

#include "record.h"
#include "report.h"
#include "text.h"
#include "value.h"

enum { READING_MAX_SECTIONS = 1000 /* of a kind */ };

/*
 * Add what the file sets; what is set already stays, and a rewrite section that
 * an earlier file has too is only looked at.  Routes go behind those that are
 * there.
 */
void reading_file(struct records *, const char *file, struct text contents,
    config_variable *, struct report *);

#endif
