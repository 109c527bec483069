/*
 * script.h - the server of a dialogue (dialogue.h), in memory
 *
 * A transport that follows the file: it hands out what the server says,
 * compares what the client says, and never waits.  At the first thing that is
 * not in the file the connection breaks; script_end() tells what it was.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "dialogue.h"
#include "transport.h"

/* What may happen to a connection. */
enum fault {
	FAULT_NONE,
	FAULT_BROKEN, /* it fails from now on */
	FAULT_CLOSED, /* the server has closed */
	FAULT_GOODBYE /* the server has said 421, instead, and closed */
};

struct script {
	struct transport transport; /* first: see script_of() */
	const struct dialogue *dialogue;
	bool is_trickling; /* a read gives one byte */
	enum fault fault;
	unsigned fault_at;   /* the operation that meets it, from 1 */
	unsigned operations; /* so far: read, write, has_input, start_tls */
	bool is_struck;      /* the fault has happened */
	size_t next;         /* step */
	struct buf said;     /* by the server; read up to "read" */
	size_t read;
	struct buf heard;     /* from the client, not yet compared */
	struct buf answer;    /* what the client read behind the message */
	struct strlist asked; /* for RCPT in this transaction */
	struct strlist taken; /* and in earlier ones that were accepted */
	unsigned accepted;    /* answers to those */
	bool may_pipeline;    /* as the last EHLO was answered */
	bool has_data;        /* the message has come, to its dot */
	bool may_have_data;   /* the dot was in the write that failed */
	bool is_delivered;    /* and the server has taken it */
	struct error wrong;   /* no kind while nothing is */
};

void script_begin(struct script *, const struct dialogue *);

/* The client is done: 0 when all was as the file says, or the fault struck. */
int script_end(struct script *, struct error *);

/* How many whole 2yz replies the client has read behind messages. */
unsigned script_count_accepted(const struct script *);

/* One of them was about that recipient. */
bool script_has_accepted(const struct script *, const char *address);

void script_free(struct script *);

#endif
