/*
 * option.h - what the options of the command line are, and what each one sets
 *
 * One row for each option, as in key.h for each key; options.h has the rules
 * by which they are found among the arguments.
 */
#ifndef OPTION_H
#define OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "envelope.h"
#include "error.h"
#include "option_value.h"
#include "text.h"

enum mode {
	MODE_DELIVER,      /* -bm, the default */
	MODE_SERVER,       /* -bs */
	MODE_LISTENER,     /* -bd */
	MODE_QUEUE_LIST,   /* -bp, mailq */
	MODE_QUEUE_RUN,    /* -q */
	MODE_QUEUE_EDIT,   /* --hold, --release, --remove, --retry */
	MODE_ALIASES,      /* -bi, newaliases */
	MODE_VERIFY,       /* -bv */
	MODE_ADDRESS_TEST, /* -bt */
	MODE_DRY_RUN,
	MODE_EXPLAIN,
	MODE_CHECK_CONFIG,
	MODE_TLS_INFO,
	MODE_VERSION,
	MODE_HELP
};

enum queue_change { CHANGE_HOLD, CHANGE_RELEASE, CHANGE_REMOVE, CHANGE_RETRY };

/* Strings belong to argv or are constant; NULL where nothing was given. */
struct options {
	enum mode mode;
	const char *mode_name;       /* as asked for: "mailq"; else "-bm" */
	bool recipients_from_header; /* -t */
	bool dot_is_text;            /* -i */
	bool is_verbose;             /* -v */
	bool is_quiet;               /* -oeq: no sentence on stderr */
	bool is_json;                /* --json */
	const char *sender;          /* -f, -r: as given */
	const char *full_name;       /* -F */
	const char *config_file;     /* -C */
	const char *transcript_file; /* -X */
	const char *message_file;    /* --file */
	const char *profile;         /* --profile */
	const char *socket;          /* -oX=PATH */
	struct request request;      /* -B -N -R -V -O RequireTLS */
	enum delivery_mode delivery; /* -od */
	int64_t interval;            /* -q5m: milliseconds; 0: once */
	struct queue_filter ids;
	struct queue_filter queue_recipients;
	struct queue_filter senders;
	enum queue_change change;
	const char *changed; /* its ID, or ALL; others are arguments */
	char **recipients;   /* the arguments behind the options */
	int recipient_count;
	/* -bs: what was asked for each of them; NULL: only the request is. */
	const struct recipient *wishes;
};

enum argument {
	NO_VALUE,
	A_VALUE,       /* attached or the next argument */
	ATTACHED_VALUE /* attached or not there */
};

struct option {
	const char *name;
	enum argument argument;
	setter *set; /* NULL: accepted and ignored */
	size_t member;
};

/* ERROR_USAGE and NULL when there is none of that name. */
const struct option *option_find(struct text name, struct error *);

/*
 * The same for the letters behind a dash: the one with the longest name among
 * those that they begin with, -qI before -q.
 */
const struct option *option_find_short(const char *letters, struct error *);

int option_set(struct options *, const struct option *, const char *value,
    struct error *);

/* "mailq" and "newaliases" are modes; any other program delivers. */
int option_set_program(struct options *, const char *name, struct error *);

/* The n-th one, "-t"; NULL behind the last. */
const char *option_name(size_t n);

#endif
