/*
 * dialogue.h - a test as text: what a server says and what must come of it
 *
 * tests/dialogues/NAME.txt holds fields "Name: value", then "-- message" with
 * the message to send, then "-- dialogue" with the steps; "-- data" with the
 * bytes that must arrive may stand between them.  tests/dialogues/README
 * describes the format for people.
 */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include "buf.h"
#include "error.h"
#include "strlist.h"

/* Stands for any run of bytes in a STEP_CLIENT; never part of UTF-8. */
#define DIALOGUE_ANY '\xff'

enum step_kind {
	STEP_SERVER, /* S: or R: these bytes are sent */
	STEP_CLIENT, /* C: exactly these bytes must come */
	STEP_DATA,   /* D: message data up to and with CRLF.CRLF must come */
	STEP_TLS,    /* T: TLS starts */
	STEP_CLOSE,  /* X: the server closes */
	STEP_WAIT    /* W: the server says nothing until the client gives up */
};

struct step {
	enum step_kind kind;
	struct buf bytes; /* neighbouring S: and R: lines are one step */
	unsigned line;    /* in the file */
};

struct dialogue {
	char *path;
	struct strlist config;  /* Config: lines for the profile */
	struct strlist options; /* Options: words for the command line */
	char *nonce;            /* Nonce: of SCRAM and DIGEST-MD5, or NULL */
	char *binding;          /* Binding: the kind that TLS has, or NULL */
	char *from;             /* From: the envelope's sender, or NULL */
	struct strlist to;      /* To: the envelope's recipients */
	int exit_code;          /* Exit: */
	bool is_delivered;      /* Delivered: yes */
	struct strlist says;    /* Says: extended regular expressions, stderr */
	struct strlist hides;   /* Hides: must be in no output, in any form */
	struct buf message;
	struct buf data; /* empty: anything */
	struct step *steps;
	size_t count;
};

/* ERROR_BUG with file:line when the file is not as described. */
int dialogue_read(struct dialogue *, const char *path, struct error *);
void dialogue_free(struct dialogue *);

/* Add text with its escapes (\r \n \t \0 \\ \xHH) undone; -1 for others. */
int dialogue_unescape(struct buf *, struct text);

/*
 * What the session must be like, in dialogue_check.c.
 */

/* A STEP_CLIENT's bytes, with DIALOGUE_ANY in them, against a line. */
bool dialogue_matches(const struct step *, struct text line);

/*
 * What came between 354 and the end of the line with the lone dot: every line
 * ends with CRLF, no other CR or LF is in it, and without its dots it is what
 * "-- data" says.  Fields that a client adds on its own (Received; Date,
 * Message-ID and From) may be in it and not in the file.  Else ERROR_BUG.
 */
int dialogue_check_data(const struct dialogue *, struct text wire,
    struct error *);

/* The secret is in the text, as it is or in base64 among other bytes. */
bool dialogue_shows(struct text text, struct text secret);

/* One more of the sentences above: "PATH:LINE: ...". */
int dialogue_fail(const struct dialogue *, const struct step *,
    const char *expected, struct text got, struct error *);

#endif
