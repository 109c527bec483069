/*
 * edit.h - whole fields added, set and removed by a ruleset
 */
#ifndef EDIT_H
#define EDIT_H

#include "message.h"
#include "rewrite.h"
#include "text.h"

/* Each field that changes is a step of the trace. */
void edit_apply(struct message *, const struct rewriting *,
    const struct edit *);

/* A field of the edit's name at the end, whatever the edit is for. */
void edit_append(struct message *, const struct rewriting *,
    const struct edit *, struct text value);

#endif
