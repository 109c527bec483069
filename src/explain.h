/*
 * explain.h - --explain: what becomes of a message, and why
 *
 * The steps that changed an address; for each delivery its profile, smarthost,
 * header ("-" as it was given, "+" as it is sent) and envelope; who gets
 * nothing; all settings with their origin.  With --json one object of the same.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "config.h"
#include "error.h"
#include "identity.h"
#include "options.h"
#include "strlist.h"

/* As dry_run(). */
int explain(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

#endif
