/*
 * config.h - the configuration: INI text to checked structs
 *
 * Pure: file contents and environment come in as arguments.  First read every
 * file, then check once, then use.  Values of an earlier config_read() win, so
 * the user's file is read before the system's: key by key in [sendmail] and
 * [profile NAME], but a [rewrite NAME] section takes the place of a later
 * file's as a whole, and routes of a later file stand behind.  Within one file
 * a repeated header continues its section.
 *
 * The table in keys.c holds every key; a test keeps it equal to
 * sendmail.conf(5) and sendmail.conf.example.  No sentence quotes a value or a
 * line of a file, as it may be a secret, or not even a configuration; only what
 * is wrong with a rule or route is shown below its sentence, with a caret.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "buf.h"
#include "error.h"
#include "origin.h"
#include "route.h"
#include "settings.h"
#include "strlist.h"
#include "text.h"
#include "value.h"

enum { CONFIG_MAX_FILE = 1024 * 1024 }; /* bytes; for who reads the file */

struct config; /* opaque: settings, profiles and where each value came from */

struct config *config_new(void);
void config_free(struct config *); /* wipes the secrets */

/* Forget all that was read, as if it were new. */
void config_reset(struct config *);

/*
 * Read the contents of one file.  Every problem found becomes one sentence
 * "file:line: ..." in *problems, REPORT_MAX at most; -1 with the first of them
 * as ERROR_CONFIG when there was any.
 */
int config_read(struct config *, const char *file, struct text contents,
    config_variable *, struct strlist *problems, struct error *);

/*
 * After all reads, good or bad: fill in what is inherited and the defaults,
 * and look for problems that take more than one value or file to see.  The
 * functions below give what it made.
 */
int config_check(struct config *, struct strlist *problems, struct error *);

/* The file holds a password or token itself, so others must not read it. */
bool config_has_secret(const struct config *, const char *file);

const struct settings *config_settings(const struct config *);

/*
 * The profile of that name; with NULL the default_profile, else the only one
 * that has a host, else the one called default.  NULL with ERROR_CONFIG when
 * there is none such.
 */
const struct profile *config_profile(const struct config *, const char *name,
    struct error *);

/*
 * "/etc/sendmail.conf:12" for the first of these keys (a list that ends with
 * NULL) that is set in the profile, else "[profile NAME]"; for sentences.
 */
void config_add_where(const struct config *, const struct profile *,
    const char *const *names, struct buf *);

/* The [route] sections of all files. */
const struct routes *config_routes(const struct config *);

/*
 * Why config_profile() gives that profile: "--profile", "default_profile in
 * FILE:LINE", "the only profile with a host", "the profile called default".
 */
void config_add_choice(const struct config *, const char *name, struct buf *);

/* One key that has a value, its own, an inherited one or the default. */
struct config_setting {
	const char *key;
	const char *value;    /* as written; NULL: not to be shown */
	struct origin origin; /* without a file: it is the default */
};

typedef void config_visitor(void *context, const struct config_setting *);

/*
 * Visit the settings of a profile or, with NULL, of [sendmail], in the order of
 * the table.
 */
void config_each_setting(const struct config *, const struct profile *,
    config_visitor *, void *context);

/* For manuals and tests: the n-th key, "section.key"; NULL behind the last. */
const char *config_key(size_t n);

#endif
