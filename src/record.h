/*
 * record.h - the sections as they were read: each key's text and its origin
 */
#ifndef RECORD_H
#define RECORD_H

#include "keys.h"
#include "report.h"
#include "route.h"
#include "ruleset.h"
#include "settings.h"
#include "strlist.h"

/* One key's value; the origin tells whether it is set, and where first. */
struct setting {
	const char *text; /* NULL when not set, not well, or a key_adder's */
	struct origin origin;
};

/*
 * One section.  What a key_adder puts into the fields is there once the file is
 * read, all else after config_check().
 */
struct record {
	const char *section; /* "sendmail", "profile", "rewrite", "route" */
	const char *name;    /* of a profile or ruleset */
	struct origin origin;
	struct setting settings[KEY_COUNT];
	union fields {
		struct settings settings;
		struct profile profile;
		struct ruleset ruleset;
		struct routes routes;
	} fields;
	const struct ruleset *rulesets[PROFILE_MAX_RULESETS]; /* a profile's */
	enum record_progress { UNTOUCHED, UNDER_WAY, COMPLETE } progress;
	bool is_parent; /* another profile inherits from it */
	struct record *next;
};

/* All sections [SECTION NAME], in the order of the files. */
struct record_list {
	const char *section;
	const char *member; /* what sentences call one */
	struct record *first;
	struct record **end;
	size_t count;
};

/*
 * All sections of all files.  A profile that two files have is one record; of
 * two rewrite sections with one name, each a record, the first counts.
 */
struct records {
	struct record sendmail;
	struct record route;
	struct record_list profiles;
	struct record_list rewrites;
	struct strlist texts;        /* every string, secret or not */
	struct strlist secret_files; /* those that hold one */
};

void records_init(struct records *);
void records_free(struct records *); /* wipes the texts */

/* A copy that lives as long as the records. */
const char *records_keep(struct records *, struct text);

/* The first of that name, or NULL. */
struct record *record_list_find(const struct record_list *, struct text name);

/* The name must live as long as the records. */
struct record *record_list_add(struct record_list *, const char *name);

/*
 * The setting that leaves no room for this key: the key itself or, as there
 * can be only one password and one token, another source of it.  Or NULL.
 */
const struct key *record_rival(const struct record *, const struct key *);

struct setting *record_setting(struct record *, const struct key *);

/* The key is set, well or not. */
bool record_has(const struct record *, const char *name);

/* NULL when it is not set well. */
const char *record_text(const struct record *, const char *name);

/* Where the key is set or else the section begins. */
struct origin record_origin(const struct record *, const char *name);

/* Take over what the record does not set itself. */
void record_inherit(struct record *, const struct record *parent);

/* Fill the fields from the settings and the defaults. */
void record_apply(struct record *);

#endif
