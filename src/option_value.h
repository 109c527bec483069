/*
 * option_value.h - what the value of an option may be
 *
 * Each setter fills the member it is given; strings are not copied.
 */
#ifndef OPTION_VALUE_H
#define OPTION_VALUE_H

#include <stdbool.h>

#include "error.h"
#include "text.h"

/* -od: when it is delivered */
enum delivery_mode {
	DELIVERY_NOW,        /* i, the default */
	DELIVERY_BACKGROUND, /* b */
	DELIVERY_QUEUED      /* q, d */
};

/* -qI, -qR and -qS: a part of an ID, of a recipient, of the sender. */
struct queue_filter {
	const char *part; /* NULL: whatever it is */
	bool is_negated;  /* -q!I */
};

/*
 * The member is the one at the option's offset.  An option that takes no value
 * has its own name as value.  ERROR_USAGE.
 */
typedef int setter(void *member, const char *value, struct error *);

setter take_string;      /* const char * */
setter take_boolean;     /* bool: no only when spelled out */
setter take_quiet;       /* bool: q is yes */
setter take_body;        /* enum envelope_body */
setter take_notify;      /* unsigned, NOTIFY_* */
setter take_returns;     /* enum envelope_return */
setter take_envelope_id; /* const char * */
setter take_hops;        /* nothing */
setter take_delivery;    /* enum delivery_mode */
setter take_socket;      /* const char *, from "=PATH" */
setter take_part;        /* struct queue_filter */
setter take_other_part;  /* the same, negated */
setter take_interval;    /* int64_t, milliseconds */

/* Always -1, with ERROR_USAGE: why, and the argument as it may be shown. */
int option_refuse(struct error *, const char *why, struct text argument);

#endif
