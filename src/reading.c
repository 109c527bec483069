#include "reading.h"

#include <string.h>

#include "inifile.h"
#include "nearest.h"

/* One file being read; a key is finished when the next line is none of it. */
struct reading {
	struct records *records;
	const char *file;
	config_variable *variable;
	struct report *report;
	struct origin origin;   /* of the line at hand */
	struct record *record;  /* the section, NULL: none yet or a bad one */
	bool is_in_bad_section; /* its keys are passed over */
	const struct key *key;  /* NULL: none, or one to be passed over */
	struct origin key_origin;
	struct value value;
	bool is_bad; /* the value, and that was reported */
};

/* The sections there are, and how sentences show them. */
static const struct section {
	const char *word;
	const char *shown;
} sections[] = {
    {"sendmail", "[sendmail]"},
    {"profile", "[profile NAME]"},
    {"rewrite", "[rewrite NAME]"},
    {"route", "[route]"},
};

enum { SECTION_COUNT = sizeof sections / sizeof *sections };

/* What can be quoted in a sentence and given as --profile; without NULs. */
static bool is_name(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!byte_is_letter(name.data[i]) &&
		    !byte_is_digit(name.data[i]) &&
		    strchr("-_.@+", name.data[i]) == NULL)
			return false;
	return name.length > 0;
}

/* Where the section goes on; rules of two files are not mixed. */
static struct record *find_begun(const struct reading *reading,
    const struct record_list *list, struct text name)
{
	bool is_ruleset = list == &reading->records->rewrites;
	struct record *record = list->first;

	while (record != NULL &&
	    (!text_is(name, record->name) ||
		(is_ruleset && record->origin.file != reading->file)))
		record = record->next;
	return record;
}

static void begin_named(struct reading *reading, struct record_list *list,
    struct text name)
{
	struct record *record = find_begun(reading, list, name);

	if (!is_name(name))
		report_add(reading->report, reading->origin,
		    "a section is called [%s NAME], the name in letters, "
		    "digits and -_.@+",
		    list->section);
	else if (record == NULL && list->count == READING_MAX_SECTIONS)
		report_add(reading->report, reading->origin, "more than %d %ss",
		    READING_MAX_SECTIONS, list->member);
	else if (record == NULL)
		record =
		    record_list_add(list, records_keep(reading->records, name));
	reading->record = record;
}

static void complain_of_section(struct reading *reading, struct text word)
{
	struct nearest nearest = nearest_to(word);
	const char *shown = NULL;

	for (size_t i = 0; i < SECTION_COUNT; i++) {
		nearest_try(&nearest, sections[i].word);
		if (nearest.found == sections[i].word)
			shown = sections[i].shown;
	}
	if (shown != NULL)
		report_add(reading->report, reading->origin,
		    "unknown section; did you mean %s?", shown);
	else
		report_add(reading->report, reading->origin,
		    "unknown section; there are [sendmail], [profile NAME], "
		    "[rewrite NAME] and [route]");
}

static void begin_section(struct reading *reading, struct text name)
{
	struct records *records = reading->records;
	struct text rest = name;
	struct text word;

	reading->record = NULL;
	(void)text_word(&rest, &word);
	if (text_is(name, "sendmail"))
		reading->record = &records->sendmail;
	else if (text_is(name, "route"))
		reading->record = &records->route;
	else if (text_is(word, "profile"))
		begin_named(reading, &records->profiles, text_trim(rest));
	else if (text_is(word, "rewrite"))
		begin_named(reading, &records->rewrites, text_trim(rest));
	else
		complain_of_section(reading, word);
	reading->is_in_bad_section = reading->record == NULL;
	if (reading->record != NULL && reading->record->origin.file == NULL)
		reading->record->origin = reading->origin;
}

/* Where a known key may stand: "[rewrite NAME] or [route]". */
static void add_sections(struct buf *buf, struct text name)
{
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (key_find(sections[i].word, name) != NULL)
			buf_addf(buf, "%s%s", buf->length > 0 ? " or " : "",
			    sections[i].shown);
}

/* The name itself is not quoted: it may be anything. */
static void complain_of_key(struct reading *reading, struct text name)
{
	const char *section =
	    reading->record != NULL ? reading->record->section : NULL;
	const struct key *key = key_find(NULL, name);
	const char *meant = key_nearest(section, name);
	struct buf places = {0};

	add_sections(&places, name);
	if (key != NULL)
		report_add(reading->report, reading->origin,
		    "%s belongs under %s", key_name(key), buf_string(&places));
	else if (meant != NULL)
		report_add(reading->report, reading->origin,
		    "unknown key; did you mean %s?", meant);
	else
		report_add(reading->report, reading->origin,
		    "unknown key; see sendmail.conf(5) for those there are");
	buf_free(&places);
}

static void complain_of_value(struct reading *reading, struct origin origin,
    const struct error *cause)
{
	report_add(reading->report, origin, "%s %s", key_name(reading->key),
	    cause->text);
	reading->is_bad = true;
}

static void add_value(struct reading *reading, struct text text)
{
	struct error cause;

	if (value_add(&reading->value, text, reading->variable, &cause) < 0)
		complain_of_value(reading, reading->origin, &cause);
}

static void begin_key(struct reading *reading, struct text name,
    struct text text)
{
	const struct record *record = reading->record;

	if (reading->is_in_bad_section)
		return;
	if (record != NULL)
		reading->key = key_find(record->section, name);
	if (reading->key == NULL) {
		complain_of_key(reading, name);
		return;
	}
	reading->key_origin = reading->origin;
	reading->value.is_secret = (reading->key->flags & KEY_SECRET) != 0;
	reading->value.is_rule = reading->key->add != NULL;
	add_value(reading, text);
}

/* An indented file would else become one long value. */
static void continue_key(struct reading *reading, struct text text)
{
	size_t end = text_find(text, '=');
	struct text name = text_trim(text_part(text, 0, end));

	if (text.data[0] == '[' ||
	    (end < text.length && key_find(NULL, name) != NULL))
		report_add(reading->report, reading->origin,
		    "a blank at its start makes this line part of the value "
		    "above");
	else if (reading->key != NULL)
		add_value(reading, text);
}

/* Of one file: an earlier file wins without a word. */
static void check_rival(struct reading *reading, const struct key *rival)
{
	const struct setting *setting = record_setting(reading->record, rival);

	if (setting->origin.file != reading->file)
		return;
	if (rival == reading->key)
		report_add(reading->report, reading->key_origin,
		    "%s is set twice, the first time in line %u",
		    key_name(rival), setting->origin.line);
	else
		report_add(reading->report, reading->key_origin,
		    "%s and %s in line %u are two sources for one secret",
		    key_name(reading->key), key_name(rival),
		    setting->origin.line);
}

/* A text without faults, or NULL. */
static const char *finished_text(struct reading *reading)
{
	const struct value *value = &reading->value;
	const char *string = buf_string(&value->text);
	union fields scratch = {0};
	struct error cause;

	if (reading->is_bad)
		return NULL;
	if (value_check(value, &cause) < 0 ||
	    reading->key->set(reading->key, string, &scratch, &cause) < 0) {
		complain_of_value(reading, reading->key_origin, &cause);
		return NULL;
	}
	return records_keep(reading->records, buf_text(&value->text));
}

static void add_finished(struct reading *reading)
{
	const struct value *value = &reading->value;
	struct text text = buf_text(&value->text);
	const char *spot = NULL;
	struct error cause;

	if (reading->is_bad)
		return;
	if (value_check(value, &cause) == 0 &&
	    reading->key->add(reading->key, text, reading->key_origin,
		&reading->record->fields, &spot, &cause) == 0)
		return;
	complain_of_value(reading, reading->key_origin, &cause);
	if (spot != NULL && !value->is_changed)
		report_add_spot(reading->report, text, spot);
}

static void keep_value(struct reading *reading)
{
	const struct key *key = reading->key;
	const struct key *rival = record_rival(reading->record, key);
	struct setting setting = {.origin = reading->key_origin};
	bool has_room = rival == NULL || (key->flags & KEY_MANY) != 0;

	if (key->set != NULL)
		setting.text = finished_text(reading);
	else if (has_room)
		add_finished(reading);
	if (rival == NULL)
		*record_setting(reading->record, key) = setting;
	if (!has_room)
		check_rival(reading, rival);
}

/* What others must not read, rather than the name of a variable for it. */
static bool holds_secret(const struct reading *reading)
{
	struct text text = buf_text(&reading->value.text);

	if ((reading->key->flags & KEY_URL) != 0 &&
	    text_find(text, '@') == text.length)
		return false;
	return reading->value.is_secret && reading->value.has_literal;
}

static void finish_key(struct reading *reading)
{
	struct strlist *secret_files = &reading->records->secret_files;

	if (reading->key == NULL)
		return;
	keep_value(reading);
	if (holds_secret(reading) && !strlist_has(secret_files, reading->file))
		strlist_add(secret_files, text_of(reading->file));
	buf_clear(&reading->value.text);
	reading->value.has_literal = false;
	reading->value.is_changed = false;
	reading->is_bad = false;
	reading->key = NULL;
}

static bool read_line(void *context, const struct inifile_line *line)
{
	struct reading *reading = context;

	reading->origin.line = line->number;
	if (line->kind != INIFILE_MORE)
		finish_key(reading);
	switch (line->kind) {
	case INIFILE_SECTION:
		begin_section(reading, line->text);
		break;
	case INIFILE_KEY:
		begin_key(reading, text_of(line->name), line->text);
		break;
	case INIFILE_MORE:
		continue_key(reading, line->text);
		break;
	case INIFILE_BAD:
	case INIFILE_BAD_SECTION:
		report_add(reading->report, reading->origin, "%s",
		    line->text.data);
		break;
	}
	if (line->kind == INIFILE_BAD_SECTION)
		reading->is_in_bad_section = true;
	return !report_is_full(reading->report);
}

void reading_file(struct records *records, const char *file,
    struct text contents, config_variable *variable, struct report *report)
{
	struct reading reading = {.records = records,
	    .variable = variable,
	    .report = report,
	    .value = {.text = {.ceiling = VALUE_MAX}}};

	reading.file = records_keep(records, text_of(file));
	reading.origin.file = reading.file;
	inifile_read(contents, read_line, &reading);
	if (!report_is_full(report))
		finish_key(&reading);
	buf_wipe(&reading.value.text);
}
