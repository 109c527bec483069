/*
 * scenario.h - what happens, and what must come of it, as a row of a table
 *
 * Words in server, options and settings take the escapes of dialogues, and ''
 * is an empty word.  Settings are lines, and so are expressions, each of which
 * counts.  What is not set is not looked at, but silence on success, sentences
 * on failure and hidden secrets always are.
 *
 * A letter is what a server stored of a transaction: TLS and AUTH lines, MAIL,
 * RCPT, an empty line and the message, with LF.  Left out are EHLO, parameters
 * of MAIL and RCPT, and the fields that are never twice the same: Received,
 * Date and Message-ID.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "trial.h"

enum { ANY_EXIT = -1, LETTERS = 4 };

struct scenario {
	const char *name;
	const char *server; /* of peer --serve; NULL: nobody listens */
	const char *other_server;
	const char *settings; /* lines, as trial_set() takes them */
	const char *sections; /* that follow */
	const char *aliases;  /* the contents of that file */
	const char *config;   /* instead: the whole file; "" for none */
	const char *options;
	const char *input;
	size_t input_length; /* 0: up to its NUL */
	unsigned flags;      /* RUN_* */
	int exit_code;
	int other_exit;          /* as good as exit_code, if not 0 */
	unsigned messages;       /* that the server took */
	unsigned other_messages; /* the other one */
	const char *says;        /* expressions found on stderr */
	const char *prints;      /* expressions found on stdout */
	unsigned waiting;        /* messages in {dir}/queue */
	const char *waits;       /* expressions found in their envelopes */
	const char *logs;        /* expressions found in the log */
	const char *points_at; /* words there (else on stderr), over a caret */
	const char *arrives;   /* expressions found in stored messages */
	const char *absent;    /* expressions found in none */
	const char *letters[LETTERS];       /* all that arrived, in any order */
	const char *other_letters[LETTERS]; /* at the other server */
	const char *body;                   /* exactly, of the only message */
	const char *hides;                  /* a secret */
	long round_trips;                   /* at most; 0: not looked at */
	long milliseconds;                  /* at most; 0: 10 s */
	bool may_speak;                     /* on success too */
	void (*prepare)(struct trial *);
	void (*check)(struct trial *);
};

struct scenarios {
	struct scenario *rows;
	size_t count;
	struct strlist texts; /* made for some of the rows */
};

void scenarios_add(struct scenarios *, const struct scenario *);

/* A text that lives as long as the rows. */
const char *scenarios_text(struct scenarios *, const char *format, ...)
    PRINTF(2, 3);
void scenarios_free(struct scenarios *);

/* The tables, each in a file of its own: cases_NAME.c. */
void cases_add_commands(struct scenarios *);
void cases_add_explanations(struct scenarios *);
void cases_add_messages(struct scenarios *);
void cases_add_queue(struct scenarios *);
void cases_add_reach(struct scenarios *);
void cases_add_rules(struct scenarios *);
void cases_add_server_mode(struct scenarios *);
void cases_add_servers(struct scenarios *);
void cases_add_tls(struct scenarios *);

/* Run one; what is wrong is told to the trial. */
void scenario_run(const struct scenario *, struct trial *);

/* Play the dialogue in that file. */
void dialogue_run(const char *path, struct trial *);

/* All files in a directory of the trial; how many they are. */
unsigned scenario_read_files(struct trial *, const char *directory,
    struct buf *);

/*
 * The letters in that directory are these; in letters.c.  True when some were
 * expected at all.
 */
bool letters_check(struct trial *, const char *store,
    const char *const expected[LETTERS]);

#endif
