/*
 * show.h - what --explain, -bt and -bv print: columns for people, JSON for
 * programs
 *
 * Nothing that comes from a message or a file reaches a terminal but through
 * utf8_add_visible(), for which show_line() and show_cell() see.
 */
#ifndef SHOW_H
#define SHOW_H

#include "buf.h"
#include "config.h"
#include "error.h"
#include "route.h"
#include "strlist.h"
#include "trace.h"

enum {
	SHOW_COLUMNS = 3, /* at most */
	SHOW_WIDEST = 60  /* characters; wider cells move only what follows */
};

/* Add one line, made visible. */
void show_line(struct buf *, const char *format, ...) PRINTF(2, 3);

/* Add a cell to a table, made visible; NULL is an empty one. */
void show_cell(struct strlist *cells, const char *text);

/* Add the rows of a table, aligned; a column that is empty takes no room. */
void show_table(struct buf *, const struct strlist *cells, size_t columns,
    unsigned indent);

/* Add a row for each step, stage, scope, "before -> after", and its cause. */
void show_steps(struct buf *, const struct trace *, unsigned indent);

/* The same as an array of objects; "where" is the cause's file:line. */
void show_json_steps(struct buf *, const struct trace *);

/* Write it out, whole, and clear it; ERROR_IO, ERROR_MESSAGE: too long. */
int show_print(struct buf *, int fd, struct error *);

/* An array of strings. */
void show_json_list(struct buf *, const struct strlist *);

/* The list: "smtp.example.com:587, [2001:db8::1]:25", see smarthost.h. */
void show_smarthost(struct buf *, const struct profile *);

/*
 * Why it is that profile: the route, or where none decided what
 * config_add_choice() says; name is that of --profile or NULL.
 */
void show_choice(struct buf *, const struct config *, const char *name,
    const struct route *);

#endif
