/*
 * record.h - the sections as they were read: each key's text and its origin
 */
#ifndef RECORD_H
#define RECORD_H

#include "keys.h"
#include "report.h"
#include "settings.h"
#include "strlist.h"

/* One key's value; the origin tells whether it is set. */
struct setting {
	const char *text; /* NULL when it is not set, or not well */
	struct origin origin;
};

/* One section; what is said about it here is known after config_check(). */
struct record {
	const char *section; /* "sendmail" or "profile" */
	const char *name;    /* of a profile */
	struct origin origin;
	struct setting settings[KEY_COUNT];
	union fields {
		struct settings settings;
		struct profile profile;
	} fields;
	enum record_progress { UNTOUCHED, UNDER_WAY, COMPLETE } progress;
	bool is_parent; /* another profile inherits from it */
	struct record *next;
};

/* All sections of all files. */
struct records {
	struct record sendmail;
	struct record *profiles; /* in the order of the files */
	struct record **end;
	size_t count;
	struct strlist texts;        /* every string, secret or not */
	struct strlist secret_files; /* those that hold one */
};

void records_init(struct records *);
void records_free(struct records *); /* wipes the texts */

/* A copy that lives as long as the records. */
const char *records_keep(struct records *, struct text);

/* NULL when there is none of that name. */
struct record *records_find(const struct records *, struct text name);
struct record *records_add(struct records *, struct text name);

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
