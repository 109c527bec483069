/*
 * trial.h - one end-to-end test: a server, a configuration, the real program
 *
 * Each trial has a directory of its own and says everything that is wrong,
 * not only the first thing.  "{dir}", "{certs}" and "{port}" in settings,
 * arguments and files stand for what they are in this trial, "{port2}" for the
 * port of the other server, "{login}" for the login name of who runs the test,
 * "{long}" for a word of TRIAL_LONG bytes.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include <sys/types.h>

#include "buf.h"
#include "strlist.h"
#include "text.h"

enum { TRIAL_LONG = 10000 };

/* The surroundings of the program. */
enum {
	RUN_CLOSED_STDIN = 1 << 0,
	RUN_CLOSED_STDOUT = 1 << 1,
	RUN_CLOSED_STDERR = 1 << 2,
	RUN_EMPTY_ENVIRONMENT = 1 << 3,
	RUN_DELETED_DIRECTORY = 1 << 4,
	RUN_FROM_FILE = 1 << 5,       /* stdin is {dir}/input, which exists */
	RUN_FROM_PIPED_FILE = 1 << 6, /* the same, through a pipe */
	RUN_BY_OTHER_NAME = 1 << 7,   /* a prepare function sees to it */
	/* What no script around the program passes on. */
	RUN_UNWRAPPED = RUN_CLOSED_STDIN | RUN_CLOSED_STDOUT |
	    RUN_CLOSED_STDERR | RUN_DELETED_DIRECTORY | RUN_BY_OTHER_NAME
};

/* How the program ended. */
struct outcome {
	int exit_code; /* 128 + signal when one killed it */
	struct buf out;
	struct buf err;
	long milliseconds;
	long memory;      /* KiB at its peak */
	bool has_drained; /* it read its input to the end */
};

struct server_process {
	pid_t pid; /* 0: none */
	int in;    /* it stops when this is closed */
	int out;
	char port[8];
	struct buf said; /* behind the first line */
	bool is_content; /* it ended with 0 */
};

struct trial {
	const char *name;
	const char *sendmail; /* paths */
	const char *peer;
	const char *certs;
	char *dir;
	char *long_word;
	char *alias;         /* another name of the program, or NULL */
	long slowness;       /* limits are so many times as long; 1 is usual */
	const char *timeout; /* of the profile that sets none; NULL: 5s */
	struct strlist settings; /* of [sendmail], "key = value" */
	struct strlist profile;
	const char *sections; /* that follow the profile, or NULL */
	struct server_process server;
	struct server_process other_server; /* for who needs two */
	struct outcome outcome;
	struct buf failures; /* sentences */
};

/* Makes its directory inside the given one. */
void trial_begin(struct trial *, const char *name, const char *parent);

/* Prints what failed, in one line; true when nothing did. */
bool trial_end(struct trial *);

void trial_fail(struct trial *, const char *format, ...) PRINTF(2, 3);

/* "key = value" for the profile, "[sendmail] key = value" for the rest. */
void trial_set(struct trial *, struct text setting);

/* The settings above and the defaults for what they leave out. */
void trial_write_config(struct trial *);
void trial_write(struct trial *, const char *name, struct text contents);

/* The path of a file in its directory; the caller's to free. */
char *trial_path(const struct trial *, const char *name);

/* What is in the file, or nothing. */
void trial_read(struct trial *, const char *name, struct buf *contents);

/* A copy with what {dir} and the others stand for. */
void trial_expand(const struct trial *, struct text, struct buf *);

/* Run it by a link of that name. */
void trial_rename_program(struct trial *, const char *name);

/* One of its servers, and its arguments; waits until it listens. */
void trial_start_server(struct trial *, struct server_process *,
    const struct strlist *);

/* Waits for its end and for what it has to say. */
void trial_stop_server(struct trial *, struct server_process *);

/* A line "name N" of what a server said, or -1. */
long trial_tally(const struct server_process *, const char *name);

/*
 * The program, given up after limit milliseconds; then what it has left behind
 * in the background, to its end.
 */
void trial_run(struct trial *, const struct strlist *arguments,
    struct text input, unsigned flags, long limit);

/* The expression (POSIX, extended) is found in one of the text's lines. */
bool trial_finds(struct trial *, const char *expression, struct text);

/* So is each of these, one a line; or else none of them. */
void trial_expect(struct trial *, const char *where, struct text,
    const char *expressions, bool is_there);

/* The same, of the file with that name in its directory. */
void trial_expect_file(struct trial *, const char *name,
    const char *expressions, bool is_there);

/* Neither secret nor its base64, at any offset, is in any output or file. */
void trial_check_hidden(struct trial *, struct text secret);

/* On stderr: with exit 0 nothing, else sentences, "sendmail: ..." each. */
void trial_check_sentences(struct trial *);

/* Nothing is on stdout. */
void trial_check_silence(struct trial *);

/*
 * There is a line with nothing but a caret, below the beginning of these
 * words or, without any, behind the end.
 */
void trial_check_caret(struct trial *, struct text, const char *words);

/* There is one complete block. */
void trial_check_transcript(struct trial *);

#endif
