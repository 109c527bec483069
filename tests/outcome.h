/*
 * outcome.h - a configuration and what was said about it
 *
 * The environment of these has HOST, EMPTY, PASSWORD, LINES, LATIN and DOLLAR.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "config.h"

/* Planted wherever one may stand; in no sentence may it be found. */
#define SECRET "Xq7hunter2"

#define HOST "[profile main]\nhost = h.example\n"

struct outcome {
	struct config *config;
	struct strlist problems;
	struct error error;
	int read;  /* what config_read() returned last */
	int check; /* what config_check() returned */
};

struct outcome outcome_begin(void);
void outcome_add(struct outcome *, const char *file, struct text contents);
void outcome_check(struct outcome *);
void outcome_end(struct outcome *);

/* One file "f", read and checked. */
struct outcome outcome_of(struct text contents);

/* The same, and a test fails that finds a problem in it. */
struct outcome outcome_good(const char *contents);

/* The sentences are these, up to NULL, and no others. */
void outcome_compare(const struct outcome *, const char *contents,
    const char *const *problems);

/* As config_profile(), and there is one. */
const struct profile *outcome_profile(const struct outcome *, const char *name);

#endif
