/*
 * mailq.h - what mailq prints about an entry of the queue
 *
 * In the shape of Postfix's showq(8), which programs that watch a queue read,
 * or with --json as its "postqueue -j", an object in a line.  Nothing of an
 * entry reaches a terminal but made visible.
 */
#ifndef MAILQ_H
#define MAILQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "buf.h"
#include "entry.h"

enum mailq_state { MAILQ_WAITS, MAILQ_BUSY, MAILQ_HELD };

struct mailq_item {
	const struct entry *entry;
	enum mailq_state state;
	time_t turn; /* unless it is held */
};

uint64_t mailq_size(const struct entry *);

void mailq_add_header(struct buf *);
void mailq_add(struct buf *, const struct mailq_item *);
void mailq_add_json(struct buf *, const struct mailq_item *);

/* An entry that cannot be read, and the sentence why not. */
void mailq_add_json_damaged(struct buf *, const char *id, const char *sentence);

/* A line that is about no entry, for people. */
void mailq_add_aside(struct buf *, const char *line);

/* The last line: nothing, or all that were listed and their size in bytes. */
void mailq_add_empty(struct buf *);
void mailq_add_totals(struct buf *, size_t count, uint64_t size);

#endif
