/*
 * waiting.h - a queue of its own for a test, with mail in it
 */
#ifndef WAITING_H
#define WAITING_H

#include "config.h"
#include "identity.h"
#include "options.h"
#include "scratch.h"
#include "spool.h"

enum { WAITING_NOW = 1795338000 }; /* Sun Nov 22 09:00:00 2026 UTC */

struct waiting {
	struct scratch scratch;
	struct config *config; /* with the queue_dir "queue" */
	struct identity identity;
	struct spool spool;
	struct options options;
	struct strlist sentences;
	struct error err;
};

void waiting_begin(struct waiting *);
void waiting_end(struct waiting *);

/* From a@example.com to b@example.com, 100 bytes and more. */
void waiting_put(struct waiting *, const char *id, time_t turn);

/* The names in the queue, a blank between them; owned by the caller. */
char *waiting_names(struct waiting *);

/* Cut the envelope of that name in two. */
void waiting_damage(struct waiting *, const char *name);

#endif
