#include "trial.h"

#include <pwd.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dialogue.h"
#include "mem.h"
#include "utf8.h"

enum { SHOWN = 300, BLOCK = 4096 };

void trial_fail(struct trial *trial, const char *format, ...)
{
	char sentence[4096];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(sentence, sizeof sentence, format, values);
	va_end(values);
	if (trial->failures.length > 0)
		buf_add_string(&trial->failures, "; ");
	utf8_add_visible(&trial->failures, text_of(sentence));
}

void trial_begin(struct trial *trial, const char *name, const char *parent)
{
	struct buf path = {0};

	trial->name = name;
	buf_addf(&path, "%s/XXXXXX", parent);
	trial->dir = mem_dup(buf_string(&path));
	buf_free(&path);
	trial->long_word = mem_alloc(TRIAL_LONG + 1, 1);
	memset(trial->long_word, 'L', TRIAL_LONG);
	if (mkdtemp(trial->dir) == NULL)
		trial_fail(trial, "no directory %s", trial->dir);
}

bool trial_end(struct trial *trial)
{
	bool is_passed = trial->failures.length == 0;
	struct buf shown = {0};

	if (!is_passed) {
		buf_addf(&shown, "FAIL %s: %s (exit %d, %ld ms, stderr \"",
		    trial->name, buf_string(&trial->failures),
		    trial->outcome.exit_code, trial->outcome.milliseconds);
		utf8_add_visible(&shown,
		    text_part(buf_text(&trial->outcome.err), 0, SHOWN));
		buf_add_string(&shown, "\", server \"");
		utf8_add_visible(&shown,
		    text_part(buf_text(&trial->server.said), 0, SHOWN));
		(void)printf("%s\")\n", buf_string(&shown));
		(void)fflush(stdout);
	}
	buf_free(&shown);
	buf_free(&trial->failures);
	buf_free(&trial->outcome.out);
	buf_free(&trial->outcome.err);
	buf_free(&trial->server.said);
	buf_free(&trial->other_server.said);
	strlist_free(&trial->settings);
	strlist_free(&trial->profile);
	free(trial->dir);
	free(trial->long_word);
	free(trial->alias);
	return is_passed;
}

/* Placeholders. */

static const char *login(void)
{
	const struct passwd *entry = getpwuid(getuid());

	return entry != NULL ? entry->pw_name : "";
}

void trial_expand(const struct trial *trial, struct text text,
    struct buf *expanded)
{
	const struct {
		const char *name;
		const char *value;
	} places[] = {{"{dir}", trial->dir}, {"{certs}", trial->certs},
	    {"{port}", trial->server.port},
	    {"{port2}", trial->other_server.port}, {"{login}", login()},
	    {"{long}", trial->long_word}};

	while (text.length > 0) {
		size_t taken = 0;

		for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
			size_t length = strlen(places[i].name);

			if (!text_is(text_part(text, 0, length),
				places[i].name))
				continue;
			buf_add_string(expanded, places[i].value);
			taken = length;
		}
		if (taken == 0) {
			buf_add_byte(expanded, text.data[0]);
			taken = 1;
		}
		text = text_part(text, taken, text.length);
	}
}

/* Files. */

char *trial_path(const struct trial *trial, const char *name)
{
	struct buf path = {0};
	char *copy;

	buf_addf(&path, "%s/%s", trial->dir, name);
	copy = mem_dup(buf_string(&path));
	buf_free(&path);
	return copy;
}

void trial_write(struct trial *trial, const char *name, struct text contents)
{
	char *path = trial_path(trial, name);
	FILE *file = fopen(path, "w");

	if (file == NULL ||
	    fwrite(contents.data, 1, contents.length, file) !=
		contents.length ||
	    fchmod(fileno(file), 0600) != 0)
		trial_fail(trial, "cannot write %s", path);
	if (file != NULL)
		(void)fclose(file); /* the program will miss what is missing */
	free(path);
}

void trial_read(struct trial *trial, const char *name, struct buf *contents)
{
	char *path = trial_path(trial, name);
	FILE *file = fopen(path, "r");
	size_t got;

	do {
		got = file == NULL ?
		    0 :
		    fread(buf_room(contents, BLOCK), 1, BLOCK, file);
		contents->length += got;
	} while (got > 0);
	if (file != NULL)
		(void)fclose(file); /* it was only read */
	free(path);
}

void trial_rename_program(struct trial *trial, const char *name)
{
	trial->alias = trial_path(trial, name);
	if (symlink(trial->sendmail, trial->alias) != 0)
		trial_fail(trial, "no link %s", trial->alias);
	trial->sendmail = trial->alias;
}

/* Configuration. */

static struct text key_of(struct text setting)
{
	return text_trim(text_part(setting, 0, text_find(setting, '=')));
}

static bool has_key(const struct strlist *settings, const char *key)
{
	for (size_t i = 0; i < settings->count; i++)
		if (text_is(key_of(text_of(settings->items[i])), key))
			return true;
	return false;
}

void trial_set(struct trial *trial, struct text setting)
{
	static const char section[] = "[sendmail]";

	if (text_begins_nocase(setting, section))
		strlist_add(&trial->settings,
		    text_trim(text_part(setting, sizeof section - 1,
			setting.length)));
	else
		strlist_add(&trial->profile, setting);
}

static void add_default(struct buf *config, const struct strlist *settings,
    const char *key, const char *value)
{
	if (!has_key(settings, key))
		buf_addf(config, "%s = %s\n", key, value);
}

static void add_settings(struct buf *config, const struct strlist *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		buf_addf(config, "%s\n", settings->items[i]);
}

void trial_write_config(struct trial *trial)
{
	const struct strlist *profile = &trial->profile;
	struct buf config = {0};
	struct buf expanded = {0};

	buf_add_string(&config, "[sendmail]\n");
	add_default(&config, &trial->settings, "hostname",
	    "client.example.org");
	add_default(&config, &trial->settings, "domain", "example.org");
	add_default(&config, &trial->settings, "queue", "never");
	add_default(&config, &trial->settings, "queue_dir", "{dir}/queue");
	add_default(&config, &trial->settings, "default_profile", "test");
	/* What the host does with its own names is not what is tested. */
	add_default(&config, &trial->settings, "aliases", "none");
	add_default(&config, &trial->settings, "log", "{dir}/log");
	add_default(&config, &trial->settings, "transcript",
	    "{dir}/transcript");
	add_settings(&config, &trial->settings);
	buf_add_string(&config, "[profile test]\n");
	add_default(&config, profile, "host", "127.0.0.1");
	if (trial->server.port[0] != '\0')
		add_default(&config, profile, "port", "{port}");
	if (!has_key(profile, "user"))
		add_default(&config, profile, "auth", "off");
	if (has_key(profile, "tls"))
		add_default(&config, profile, "tls_ca", "{certs}/ca.pem");
	add_default(&config, profile, "tls", "none");
	add_default(&config, profile, "connect_timeout", "5s");
	add_default(&config, profile, "timeout",
	    trial->timeout != NULL ? trial->timeout : "5s");
	add_settings(&config, profile);
	buf_add_string(&config, trial->sections != NULL ? trial->sections : "");
	trial_expand(trial, buf_text(&config), &expanded);
	trial_write(trial, "conf", buf_text(&expanded));
	buf_free(&config);
	buf_free(&expanded);
}

/* Checks. */

bool trial_finds(struct trial *trial, const char *expression, struct text text)
{
	char *copy = text_dup(text); /* a NUL in it ends the search */
	regex_t regex;
	bool is_found = false;

	if (regcomp(&regex, expression,
		REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0) {
		trial_fail(trial, "no expression: %s", expression);
	} else {
		is_found = regexec(&regex, copy, 0, NULL, 0) == 0;
		regfree(&regex);
	}
	free(copy);
	return is_found;
}

void trial_expect(struct trial *trial, const char *where, struct text text,
    const char *expressions, bool is_there)
{
	struct text rest = text_of(expressions);
	struct text line;

	while (text_split(&rest, '\n', &line)) {
		char *expression = text_dup(line);

		if (trial_finds(trial, expression, text) != is_there)
			trial_fail(trial, "\"%s\" is %s %s: %.*s", expression,
			    is_there ? "not in" : "in", where,
			    (int)text_part(text, 0, SHOWN).length, text.data);
		free(expression);
	}
}

void trial_expect_file(struct trial *trial, const char *name,
    const char *expressions, bool is_there)
{
	struct buf contents = {0};

	trial_read(trial, name, &contents);
	trial_expect(trial, name, buf_text(&contents), expressions, is_there);
	buf_free(&contents);
}

static void check_hidden_in(struct trial *trial, const char *where,
    struct text text, struct text secret)
{
	if (dialogue_shows(text, secret))
		trial_fail(trial, "%s shows a secret", where);
}

void trial_check_hidden(struct trial *trial, struct text secret)
{
	static const char *const files[] = {"log", "transcript"};
	struct buf contents = {0};

	check_hidden_in(trial, "stdout", buf_text(&trial->outcome.out), secret);
	check_hidden_in(trial, "stderr", buf_text(&trial->outcome.err), secret);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		buf_clear(&contents);
		trial_read(trial, files[i], &contents);
		check_hidden_in(trial, files[i], buf_text(&contents), secret);
	}
	buf_free(&contents);
}

static bool is_sentence(struct text line)
{
	if (!text_begins_nocase(line, "sendmail: ") || !utf8_is_valid(line))
		return false;
	for (size_t i = 0; i < line.length; i++)
		if (byte_is_control(line.data[i]))
			return false;
	return true;
}

void trial_check_sentences(struct trial *trial)
{
	const struct outcome *outcome = &trial->outcome;
	struct text rest = buf_text(&outcome->err);
	struct text line;

	if (outcome->exit_code == 0 && rest.length > 0)
		trial_fail(trial, "success is not silent");
	if (outcome->exit_code == 0)
		return;
	if (rest.length == 0)
		trial_fail(trial, "no sentence on stderr");
	while (text_split(&rest, '\n', &line))
		if (!is_sentence(line))
			trial_fail(trial,
			    "a line on stderr is no sentence of ours");
}

void trial_check_silence(struct trial *trial)
{
	if (trial->outcome.out.length > 0)
		trial_fail(trial, "stdout is not empty");
}

static bool is_caret(struct text line)
{
	size_t blanks =
	    text_begins(line, "sendmail:") ? strlen("sendmail:") : 0;

	while (blanks < line.length && line.data[blanks] == ' ')
		blanks++;
	return text_is(text_part(line, blanks, line.length), "^");
}

void trial_check_caret(struct trial *trial, struct text text, const char *words)
{
	struct text above = {"", 0};
	struct text line;

	while (text_split(&text, '\n', &line)) {
		struct text spot =
		    text_part(above, line.length - 1, above.length);

		if (is_caret(line) && text_begins(spot, words) &&
		    (spot.length == 0) == (words[0] == '\0'))
			return;
		above = line;
	}
	trial_fail(trial, "no caret points at \"%s\"", words);
}

void trial_check_transcript(struct trial *trial)
{
	struct buf contents = {0};
	struct text rest;
	struct text line = {"", 0};
	unsigned marks = 0;

	trial_read(trial, "transcript", &contents);
	rest = buf_text(&contents);
	if (!text_begins_nocase(rest, "== "))
		trial_fail(trial, "the transcript has no first line");
	while (text_split(&rest, '\n', &line))
		marks += text_begins_nocase(line, "== ");
	if (marks != 2 || !text_begins_nocase(line, "== "))
		trial_fail(trial, "the transcript has not one whole block");
	buf_free(&contents);
}
