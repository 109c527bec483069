#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

/* What arrived, to the byte, but for what is never the same. */

enum { ENVELOPE, HEADER, BODY };

static bool is_volatile_field(struct text line)
{
	return text_begins_nocase(line, "Received:") ||
	    text_begins_nocase(line, "Date:") ||
	    text_begins_nocase(line, "Message-ID:");
}

static struct text without_parameters(struct text line)
{
	size_t end = text_find(line, '>');

	if (!text_begins_nocase(line, "MAIL ") &&
	    !text_begins_nocase(line, "RCPT "))
		return line;
	return text_part(line, 0, end + 1);
}

/* Add a stored transaction in the form of scenario.h. */
static void add_letter(struct buf *letter, struct text stored)
{
	int part = ENVELOPE;
	bool is_left_out = false;
	struct text line;

	while (text_split(&stored, '\n', &line)) {
		if (line.length > 0 && line.data[line.length - 1] == '\r')
			line = text_part(line, 0, line.length - 1);
		if (line.length == 0 && part < BODY)
			part++;
		if (part == ENVELOPE) {
			is_left_out = text_begins_nocase(line, "EHLO ");
			line = without_parameters(line);
		} else if (part == BODY || line.length == 0) {
			is_left_out = false;
		} else if (line.data[0] != ' ' && line.data[0] != '\t') {
			is_left_out = is_volatile_field(line);
		}
		if (is_left_out)
			continue;
		buf_add(letter, line);
		buf_add_byte(letter, '\n');
	}
}

static void read_letters(struct trial *trial, const char *store,
    struct strlist *letters)
{
	char *path = trial_path(trial, store);
	struct buf name = {0};
	struct buf stored = {0};
	struct buf letter = {0};
	struct dirent **names;
	int count = scandir(path, &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		buf_clear(&name);
		buf_clear(&stored);
		buf_clear(&letter);
		buf_addf(&name, "%s/%s", store, names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			trial_read(trial, buf_string(&name), &stored);
			add_letter(&letter, buf_text(&stored));
			strlist_add(letters, buf_text(&letter));
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	buf_free(&name);
	buf_free(&stored);
	buf_free(&letter);
	free(path);
}

bool letters_check(struct trial *trial, const char *store,
    const char *const expected[LETTERS])
{
	struct strlist letters = {0};
	struct buf all = {0};
	struct buf wanted = {0};
	size_t count = 0;

	read_letters(trial, store, &letters);
	for (size_t i = 0; i < letters.count; i++)
		buf_addf(&all, "[%s]", letters.items[i]);
	while (count < LETTERS && expected[count] != NULL) {
		buf_clear(&wanted);
		trial_expand(trial, text_of(expected[count++]), &wanted);
		if (!strlist_has(&letters, buf_string(&wanted)))
			trial_fail(trial, "no letter [%s] in %s but %s",
			    buf_string(&wanted), store, buf_string(&all));
	}
	if (count > 0 && letters.count != count)
		trial_fail(trial, "%zu letters in %s, not %zu: %s",
		    letters.count, store, count, buf_string(&all));
	strlist_free(&letters);
	buf_free(&all);
	buf_free(&wanted);
	return count > 0;
}
