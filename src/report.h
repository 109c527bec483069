/*
 * report.h - what is wrong with a configuration, one sentence each
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>

#include "error.h"
#include "origin.h"
#include "strlist.h"
#include "text.h"

enum { REPORT_MAX = 100 }; /* sentences; what comes behind them is dropped */

struct report {
	struct strlist *sentences;
	struct error *first; /* filled with the first one of this report */
	bool has_problem;
};

/* Adds "file:line: " and the sentence. */
void report_add(struct report *, struct origin, const char *format, ...)
    PRINTF(3, 4);

/*
 * Add, behind a sentence, the value it is about and below that a caret under
 * the spot in it; of a long value only what is around the spot.
 */
void report_add_spot(struct report *, struct text value, const char *spot);

bool report_is_full(const struct report *);

#endif
