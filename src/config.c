#include "config.h"

#include <stdlib.h>

#include "mem.h"
#include "nearest.h"
#include "profile.h"
#include "reading.h"
#include "record.h"
#include "utf8.h"

struct config {
	struct records records;
	const char *file; /* the first one, or NULL */
};

struct config *config_new(void)
{
	struct config *config = mem_alloc(1, sizeof *config);

	records_init(&config->records);
	return config;
}

void config_free(struct config *config)
{
	if (config != NULL)
		records_free(&config->records);
	free(config);
}

int config_read(struct config *config, const char *file, struct text contents,
    config_variable *variable, struct strlist *problems, struct error *err)
{
	struct report report = {.sentences = problems, .first = err};

	if (config->file == NULL)
		config->file = records_keep(&config->records, text_of(file));
	reading_file(&config->records, file, contents, variable, &report);
	return report.has_problem ? -1 : 0;
}

/* "; did you mean NAME?", or nothing. */
static void add_hint(const struct config *config, const char *name,
    struct buf *buf)
{
	struct nearest nearest = nearest_to(text_of(name));

	for (const struct record *record = config->records.profiles;
	     record != NULL; record = record->next)
		nearest_try(&nearest, record->name);
	if (nearest.found != NULL)
		buf_addf(buf, "; did you mean %s?", nearest.found);
}

/* The record's key should name a profile, and does not. */
static void report_name(const struct config *config,
    const struct record *record, const char *key, struct report *report)
{
	struct buf hint = {0};

	add_hint(config, record_text(record, key), &hint);
	report_add(report, record_origin(record, key), "%s names no profile%s",
	    key, buf_string(&hint));
	buf_free(&hint);
}

/*
 * Parents first.  The depth is at most the number of profiles, and a frame is
 * small.
 */
static void complete(struct config *config, struct record *record,
    struct report *report)
{
	const char *name = record_text(record, "inherit");
	struct record *parent = NULL;

	record->progress = UNDER_WAY;
	if (name != NULL)
		parent = records_find(&config->records, text_of(name));
	if (name != NULL && parent == NULL)
		report_name(config, record, "inherit", report);
	if (parent != NULL && parent->progress == UNTOUCHED)
		complete(config, parent, report);
	if (parent != NULL && parent->progress == UNDER_WAY)
		report_add(report, record_origin(record, "inherit"),
		    "inherit leads back to [profile %s] itself", parent->name);
	else if (parent != NULL)
		record_inherit(record, parent);
	if (parent != NULL)
		parent->is_parent = true;
	profile_complete(record, &config->records);
	record->progress = COMPLETE;
}

/* One that only others inherit from need not be able to send. */
static void check_profiles(struct config *config, struct report *report)
{
	struct record *record;

	for (record = config->records.profiles; record != NULL;
	     record = record->next)
		if (record->progress == UNTOUCHED)
			complete(config, record, report);
	for (record = config->records.profiles; record != NULL;
	     record = record->next)
		if (!record->is_parent || record_has(record, "host"))
			profile_check(record, report);
}

/* That a profile from which others inherit has no host is otherwise right. */
static void check_default(const struct config *config, const char *name,
    const char *key, struct report *report)
{
	const struct record *record =
	    records_find(&config->records, text_of(name));

	if (record->is_parent && record->fields.profile.host == NULL)
		report_add(report,
		    record_origin(&config->records.sendmail, key),
		    "%s names [profile %s], which has no host", key,
		    record->name);
}

int config_check(struct config *config, struct strlist *problems,
    struct error *err)
{
	static const char key[] = "default_profile";
	struct report report = {.sentences = problems, .first = err};
	struct records *records = &config->records;
	const char *name = record_text(&records->sendmail, key);

	record_apply(&records->sendmail);
	check_profiles(config, &report);
	/* Where no file could be read, that has been said. */
	if (records->profiles == NULL && config->file != NULL)
		report_add(&report, (struct origin){config->file, 0},
		    "no smarthost; it takes four lines: [profile mail], host = "
		    "NAME, user = NAME, password = SECRET");
	else if (name != NULL && records_find(records, text_of(name)) == NULL)
		report_name(config, &records->sendmail, key, &report);
	else if (name != NULL)
		check_default(config, name, key, &report);
	return report.has_problem ? -1 : 0;
}

bool config_has_secret(const struct config *config, const char *file)
{
	return strlist_has(&config->records.secret_files, file);
}

const struct settings *config_settings(const struct config *config)
{
	return &config->records.sendmail.fields.settings;
}

/* The only profile that can send, or NULL. */
static const struct record *find_only(const struct config *config)
{
	const struct record *found = NULL;

	for (const struct record *record = config->records.profiles;
	     record != NULL; record = record->next) {
		if (record->fields.profile.host == NULL)
			continue;
		if (found != NULL)
			return NULL;
		found = record;
	}
	return found;
}

static int fail_profile(const struct config *config, const char *name,
    struct error *err)
{
	struct buf visible = {.ceiling = 100}; /* bytes, enough to know it */
	struct buf hint = {0};

	utf8_add_visible(&visible, text_of(name));
	add_hint(config, name, &hint);
	(void)fail(err, ERROR_CONFIG, "there is no profile %s%s",
	    buf_string(&visible), buf_string(&hint));
	buf_free(&visible);
	buf_free(&hint);
	return -1;
}

const struct profile *config_profile(const struct config *config,
    const char *name, struct error *err)
{
	const struct record *record = find_only(config);

	if (name == NULL)
		name = config_settings(config)->default_profile;
	if (name != NULL || record == NULL)
		record = records_find(&config->records,
		    text_of(name != NULL ? name : "default"));
	if (record != NULL && record->fields.profile.host != NULL)
		return &record->fields.profile;
	if (record != NULL)
		(void)fail(err, ERROR_CONFIG, "[profile %s] has no host",
		    record->name);
	else if (name != NULL)
		(void)fail_profile(config, name, err);
	else
		(void)fail(err, ERROR_CONFIG,
		    "no profile is the default; set default_profile under "
		    "[sendmail] or choose one with --profile");
	return NULL;
}

void config_add_where(const struct config *config,
    const struct profile *profile, const char *const *names, struct buf *buf)
{
	const struct record *record =
	    records_find(&config->records, text_of(profile->name));

	for (; record != NULL && *names != NULL; names++)
		if (record_has(record, *names)) {
			origin_add(buf, record_origin(record, *names));
			return;
		}
	buf_addf(buf, "[profile %s]", profile->name);
}

const char *config_key(size_t n)
{
	return n < KEY_COUNT ? key_table[n].path : NULL;
}
