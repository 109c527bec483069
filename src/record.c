#include "record.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

void records_init(struct records *records)
{
	*records = (struct records){.sendmail = {.section = "sendmail"},
	    .route = {.section = "route"},
	    .profiles = {.section = "profile", .member = "profile"},
	    .rewrites = {
		.section = "rewrite", .member = "[rewrite NAME] section"}};
	records->profiles.end = &records->profiles.first;
	records->rewrites.end = &records->rewrites.first;
}

static void free_list(struct record_list *list)
{
	while (list->first != NULL) {
		struct record *record = list->first;

		list->first = record->next;
		if (strcmp(list->section, "rewrite") == 0)
			ruleset_free(&record->fields.ruleset);
		free(record);
	}
}

void records_free(struct records *records)
{
	struct strlist *texts = &records->texts;

	free_list(&records->profiles);
	free_list(&records->rewrites);
	routes_free(&records->route.fields.routes);
	permits_free(&records->sendmail.fields.settings.permits);
	for (size_t i = 0; i < texts->count; i++)
		OPENSSL_cleanse(texts->items[i], strlen(texts->items[i]));
	strlist_free(texts);
	strlist_free(&records->secret_files);
	records_init(records);
}

const char *records_keep(struct records *records, struct text text)
{
	strlist_add(&records->texts, text);
	return records->texts.items[records->texts.count - 1];
}

struct record *record_list_find(const struct record_list *list,
    struct text name)
{
	struct record *record = list->first;

	while (record != NULL && !text_is(name, record->name))
		record = record->next;
	return record;
}

struct record *record_list_add(struct record_list *list, const char *name)
{
	struct record *record = mem_alloc(1, sizeof *record);

	record->section = list->section;
	record->name = name;
	*list->end = record;
	list->end = &record->next;
	list->count++;
	return record;
}

static const struct setting *find_setting(const struct record *record,
    const struct key *key)
{
	return &record->settings[key - key_table];
}

struct setting *record_setting(struct record *record, const struct key *key)
{
	return &record->settings[key - key_table];
}

static bool is_set(const struct record *record, const struct key *key)
{
	return find_setting(record, key)->origin.file != NULL;
}

const struct key *record_rival(const struct record *record,
    const struct key *key)
{
	static const unsigned sources =
	    KEY_PASSWORD | KEY_TOKEN | KEY_KEY_PASSWORD;

	if (is_set(record, key))
		return key;
	for (size_t i = 0; i < KEY_COUNT; i++)
		if ((key->flags & key_table[i].flags & sources) != 0 &&
		    is_set(record, &key_table[i]))
			return &key_table[i];
	return NULL;
}

bool record_has(const struct record *record, const char *name)
{
	const struct key *key = key_find(record->section, text_of(name));

	return key != NULL && is_set(record, key);
}

const char *record_text(const struct record *record, const char *name)
{
	const struct key *key = key_find(record->section, text_of(name));

	return key != NULL ? find_setting(record, key)->text : NULL;
}

struct origin record_origin(const struct record *record, const char *name)
{
	const struct key *key = key_find(record->section, text_of(name));

	return key != NULL && is_set(record, key) ?
	    find_setting(record, key)->origin :
	    record->origin;
}

void record_inherit(struct record *record, const struct record *parent)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (is_set(parent, &key_table[i]) &&
		    record_rival(record, &key_table[i]) == NULL)
			record->settings[i] = parent->settings[i];
}

void record_apply(struct record *record)
{
	struct error ignored; /* each text was tried when it was read */

	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct key *key = &key_table[i];
		const char *text = record->settings[i].text;

		if (key->set == NULL)
			continue;
		if (text == NULL)
			text = key->preset;
		if (text != NULL && key_is_in(key, record->section))
			(void)key->set(key, text, &record->fields, &ignored);
	}
}
