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

void config_reset(struct config *config)
{
	records_free(&config->records);
	config->file = NULL;
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
static void add_hint(const struct record_list *list, struct text name,
    struct buf *buf)
{
	struct nearest nearest = nearest_to(name);

	for (const struct record *record = list->first; record != NULL;
	     record = record->next)
		nearest_try(&nearest, record->name);
	if (nearest.found != NULL)
		buf_addf(buf, "; did you mean %s?", nearest.found);
}

/* The key should name one of the list, and does not. */
static void report_name(const struct record_list *list, struct text name,
    const char *key, struct origin origin, struct report *report)
{
	struct buf hint = {0};

	add_hint(list, name, &hint);
	report_add(report, origin, "%s names no %s%s", key, list->member,
	    buf_string(&hint));
	buf_free(&hint);
}

/* The record named by its key inherit, or NULL. */
static struct record *find_parent(const struct config *config,
    const struct record *record, struct report *report)
{
	static const char key[] = "inherit";
	const struct record_list *profiles = &config->records.profiles;
	const char *name = record_text(record, key);
	struct record *parent = NULL;

	if (name != NULL)
		parent = record_list_find(profiles, text_of(name));
	if (name != NULL && parent == NULL)
		report_name(profiles, text_of(name), key,
		    record_origin(record, key), report);
	return parent;
}

/* Of its own key, before it inherits one that was looked at elsewhere. */
static void check_rewrite(const struct config *config,
    const struct record *record, struct report *report)
{
	static const char key[] = "rewrite";
	const struct record_list *rewrites = &config->records.rewrites;
	const char *names = record_text(record, key);
	struct text rest = text_of(names != NULL ? names : "");
	struct text name;

	while (value_next_word(&rest, &name))
		if (record_list_find(rewrites, name) == NULL)
			report_name(rewrites, name, key,
			    record_origin(record, key), report);
}

/*
 * Parents first.  The depth is at most the number of profiles, and a frame is
 * small.
 */
static void complete(struct config *config, struct record *record,
    struct report *report)
{
	struct record *parent = find_parent(config, record, report);

	record->progress = UNDER_WAY;
	check_rewrite(config, record, report);
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
	struct record *first = config->records.profiles.first;
	struct record *record;

	for (record = first; record != NULL; record = record->next)
		if (record->progress == UNTOUCHED)
			complete(config, record, report);
	for (record = first; record != NULL; record = record->next)
		if (!record->is_parent || record_has(record, "host"))
			profile_check(record, report);
}

/*
 * The key should name a profile that mail can be sent with.  That one from
 * which others inherit has no host is otherwise right.
 */
static void check_profile(const struct config *config, struct text name,
    const char *key, struct origin origin, struct report *report)
{
	const struct record_list *profiles = &config->records.profiles;
	const struct record *record = record_list_find(profiles, name);

	if (record == NULL)
		report_name(profiles, name, key, origin, report);
	else if (record->is_parent && record->fields.profile.host == NULL)
		report_add(report, origin,
		    "%s names [profile %s], which has no host", key,
		    record->name);
}

static void check_default(const struct config *config, struct report *report)
{
	static const char key[] = "default_profile";
	const struct record *sendmail = &config->records.sendmail;
	const char *name = record_text(sendmail, key);

	if (name != NULL)
		check_profile(config, text_of(name), key,
		    record_origin(sendmail, key), report);
}

static void check_routes(const struct config *config, struct report *report)
{
	const struct routes *routes = config_routes(config);

	for (size_t i = 0; i < routes->count; i++) {
		const struct route *route = &routes->items[i];
		bool is_sender = route->side == ROUTE_SENDER;

		check_profile(config, route->profile,
		    is_sender ? "sender" : "recipient", route->origin, report);
	}
}

static void check_rewrites(struct config *config, struct report *report)
{
	for (struct record *record = config->records.rewrites.first;
	     record != NULL; record = record->next) {
		record_apply(record);
		record->fields.ruleset.name = record->name;
		if (record_has(record, "redirect_except") &&
		    !record_has(record, "redirect"))
			report_add(report,
			    record_origin(record, "redirect_except"),
			    "redirect_except needs redirect, where all others "
			    "go");
	}
}

int config_check(struct config *config, struct strlist *problems,
    struct error *err)
{
	struct report report = {.sentences = problems, .first = err};
	struct records *records = &config->records;
	bool has_profiles = records->profiles.first != NULL;

	record_apply(&records->sendmail);
	check_rewrites(config, &report);
	check_profiles(config, &report);
	if (has_profiles) {
		check_default(config, &report);
		check_routes(config, &report);
	}
	/* Where no file could be read, that has been said. */
	if (!has_profiles && config->file != NULL)
		report_add(&report, (struct origin){config->file, 0},
		    "no smarthost; it takes four lines: [profile mail], host = "
		    "NAME, user = NAME, password = SECRET");
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

	for (const struct record *record = config->records.profiles.first;
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
	add_hint(&config->records.profiles, text_of(name), &hint);
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
		record = record_list_find(&config->records.profiles,
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

static const struct record *find_record(const struct config *config,
    const struct profile *profile)
{
	return record_list_find(&config->records.profiles,
	    text_of(profile->name));
}

void config_add_where(const struct config *config,
    const struct profile *profile, const char *const *names, struct buf *buf)
{
	const struct record *record = find_record(config, profile);

	for (; record != NULL && *names != NULL; names++)
		if (record_has(record, *names)) {
			origin_add(buf, record_origin(record, *names));
			return;
		}
	buf_addf(buf, "[profile %s]", profile->name);
}

const struct routes *config_routes(const struct config *config)
{
	return &config->records.route.fields.routes;
}

void config_add_choice(const struct config *config, const char *name,
    struct buf *buf)
{
	static const char key[] = "default_profile";

	if (name != NULL) {
		buf_add_string(buf, "--profile");
	} else if (config_settings(config)->default_profile != NULL) {
		buf_addf(buf, "%s in ", key);
		origin_add(buf, record_origin(&config->records.sendmail, key));
	} else if (find_only(config) != NULL) {
		buf_add_string(buf, "the only profile with a host");
	} else {
		buf_add_string(buf, "the profile called default");
	}
}

void config_each_setting(const struct config *config,
    const struct profile *profile, config_visitor *visitor, void *context)
{
	const struct record *record = profile != NULL ?
	    find_record(config, profile) :
	    &config->records.sendmail;

	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct key *key = &key_table[i];
		const struct setting *set = &record->settings[i];
		struct config_setting setting = {
		    key_name(key), set->text, set->origin};

		if (setting.value == NULL)
			setting.value = key->preset;
		if (setting.value == NULL || !key_is_in(key, record->section))
			continue;
		if ((key->flags & (KEY_SECRET | KEY_HIDDEN)) != 0)
			setting.value = NULL;
		visitor(context, &setting);
	}
}

const char *config_key(size_t n)
{
	return n < KEY_COUNT ? key_table[n].path : NULL;
}
