#include "scenario.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dialogue.h"
#include "mem.h"

enum { LIMIT = 10000 }; /* milliseconds */

void scenarios_add(struct scenarios *scenarios, const struct scenario *row)
{
	scenarios->rows = mem_resize(scenarios->rows, scenarios->count + 1,
	    sizeof *scenarios->rows);
	scenarios->rows[scenarios->count++] = *row;
}

const char *scenarios_text(struct scenarios *scenarios, const char *format, ...)
{
	char text[2048];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(text, sizeof text, format, values);
	va_end(values);
	strlist_add(&scenarios->texts, text_of(text));
	return scenarios->texts.items[scenarios->texts.count - 1];
}

void scenarios_free(struct scenarios *scenarios)
{
	free(scenarios->rows);
	strlist_free(&scenarios->texts);
	*scenarios = (struct scenarios){0};
}

static void add_words(struct trial *trial, const char *words,
    struct strlist *list)
{
	struct text rest = text_of(words != NULL ? words : "");
	struct buf plain = {0};
	struct buf expanded = {0};
	struct text word;

	while (text_word(&rest, &word)) {
		buf_clear(&plain);
		buf_clear(&expanded);
		if (!text_is(word, "''") &&
		    dialogue_unescape(&plain, word) != 0)
			trial_fail(trial, "bad escape in %s", words);
		trial_expand(trial, buf_text(&plain), &expanded);
		strlist_add(list, buf_text(&expanded));
	}
	buf_free(&plain);
	buf_free(&expanded);
}

static void start_server(struct trial *trial, struct server_process *server,
    const char *store, const char *options)
{
	struct strlist words = {0};
	char *path;

	if (options == NULL)
		return;
	path = trial_path(trial, store);
	if (mkdir(path, 0700) != 0)
		trial_fail(trial, "no directory %s", path);
	add_words(trial, "--serve --certs {certs} --store", &words);
	strlist_add(&words, text_of(path));
	add_words(trial, options, &words);
	trial_start_server(trial, server, &words);
	strlist_free(&words);
	free(path);
}

static void write_aliases(const struct scenario *scenario, struct trial *trial)
{
	struct buf expanded = {0};

	if (scenario->aliases == NULL)
		return;
	trial_expand(trial, text_of(scenario->aliases), &expanded);
	trial_write(trial, "aliases", buf_text(&expanded));
	trial_set(trial, text_of("[sendmail] aliases = {dir}/aliases"));
	buf_free(&expanded);
}

static void write_config(const struct scenario *scenario, struct trial *trial)
{
	struct text rest =
	    text_of(scenario->settings != NULL ? scenario->settings : "");
	struct buf expanded = {0};
	struct text line;

	trial->sections = scenario->sections;
	write_aliases(scenario, trial);
	while (text_split(&rest, '\n', &line))
		trial_set(trial, line);
	if (scenario->config == NULL) {
		trial_write_config(trial);
	} else if (scenario->config[0] != '\0') {
		trial_expand(trial, text_of(scenario->config), &expanded);
		trial_write(trial, "conf", buf_text(&expanded));
	}
	buf_free(&expanded);
}

static void run_program(const struct scenario *scenario, struct trial *trial)
{
	struct strlist words = {0};
	struct text input =
	    text_of(scenario->input != NULL ? scenario->input : "");
	long limit =
	    scenario->milliseconds != 0 ? scenario->milliseconds : LIMIT;

	if (scenario->input_length != 0)
		input.length = scenario->input_length;
	add_words(trial, "-C {dir}/conf", &words);
	add_words(trial, scenario->options, &words);
	trial_run(trial, &words, input, scenario->flags, limit);
	strlist_free(&words);
}

unsigned scenario_read_files(struct trial *trial, const char *directory,
    struct buf *contents)
{
	struct buf path = {0};
	struct dirent **names;
	unsigned found = 0;
	int count;

	buf_addf(&path, "%s/%s", trial->dir, directory);
	count = scandir(buf_string(&path), &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		buf_clear(&path);
		buf_addf(&path, "%s/%s", directory, names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			trial_read(trial, buf_string(&path), contents);
			found++;
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	buf_free(&path);
	return found;
}

static void check_exit(const struct scenario *scenario, struct trial *trial)
{
	int code = trial->outcome.exit_code;

	if (scenario->exit_code == ANY_EXIT || code == scenario->exit_code ||
	    (scenario->other_exit != 0 && code == scenario->other_exit))
		return;
	trial_fail(trial, "exit %d, not %d", code, scenario->exit_code);
}

static void check_body(const struct scenario *scenario, struct trial *trial,
    struct text stored)
{
	const char *start = memmem(stored.data, stored.length, "\r\n\r\n", 4);
	struct text body = {"", 0};

	if (start != NULL)
		body = text_part(stored, (size_t)(start - stored.data) + 4,
		    stored.length);
	if (start == NULL || !text_is(body, scenario->body))
		trial_fail(trial, "the body is \"%.*s\", not \"%s\"",
		    (int)text_part(body, 0, 200).length, body.data,
		    scenario->body);
}

static void check_stored(const struct scenario *scenario, struct trial *trial)
{
	struct text stored_text;
	struct buf stored = {0};

	(void)scenario_read_files(trial, "store", &stored);
	stored_text = buf_text(&stored);
	if (scenario->arrives != NULL)
		trial_expect(trial, "what arrived", stored_text,
		    scenario->arrives, true);
	if (scenario->absent != NULL)
		trial_expect(trial, "what arrived", stored_text,
		    scenario->absent, false);
	if (scenario->body != NULL)
		check_body(scenario, trial, stored_text);
	buf_free(&stored);
}

static void check_count(struct trial *trial,
    const struct server_process *server, const char *store,
    const char *const letters[LETTERS], unsigned expected)
{
	long taken = trial_tally(server, "messages ");

	if (!letters_check(trial, store, letters) && taken != (long)expected)
		trial_fail(trial, "%ld messages arrived in %s, not %u", taken,
		    store, expected);
	/* So that there is nothing to smuggle with. */
	if (trial_tally(server, "bare line ends ") > 0)
		trial_fail(trial, "a bare CR or LF arrived");
}

static void check_messages(const struct scenario *scenario, struct trial *trial)
{
	if (scenario->server != NULL) {
		check_count(trial, &trial->server, "store", scenario->letters,
		    scenario->messages);
		check_stored(scenario, trial);
	}
	if (scenario->other_server != NULL)
		check_count(trial, &trial->other_server, "other_store",
		    scenario->other_letters, scenario->other_messages);
}

/* A message without envelope is what a crash leaves, or a mistake. */
static void check_queue(const struct scenario *scenario, struct trial *trial)
{
	struct buf envelopes = {0};
	struct buf messages = {0};
	unsigned waiting =
	    scenario_read_files(trial, "queue/queue", &envelopes);
	unsigned kept = scenario_read_files(trial, "queue/messages", &messages);
	unsigned begun = scenario_read_files(trial, "queue/tmp", &messages);

	if (waiting != scenario->waiting || kept != waiting || begun > 0)
		trial_fail(trial,
		    "%u envelopes, %u messages and %u begun wait, not %u",
		    waiting, kept, begun, scenario->waiting);
	if (scenario->waits != NULL)
		trial_expect(trial, "an envelope", buf_text(&envelopes),
		    scenario->waits, true);
	if (scenario->logs != NULL)
		trial_expect_file(trial, "log", scenario->logs, true);
	buf_free(&envelopes);
	buf_free(&messages);
}

static void check_effort(const struct scenario *scenario, struct trial *trial)
{
	long round_trips = trial_tally(&trial->server, "round trips ");
	long reads = trial_tally(&trial->server, "reads ");
	long handshakes = trial_tally(&trial->server, "handshakes ");

	if (scenario->round_trips == 0)
		return;
	if (round_trips > scenario->round_trips)
		trial_fail(trial, "%ld round trips, not %ld", round_trips,
		    scenario->round_trips);
	/*
	 * One write for each flight: connecting and the greeting take none, a
	 * handshake takes two, and the end of TLS is another one.
	 */
	if (reads > scenario->round_trips - 2 + 2 * handshakes)
		trial_fail(trial, "%ld reads for %ld round trips", reads,
		    round_trips);
}

static void check_words(const struct scenario *scenario, struct trial *trial)
{
	const struct outcome *outcome = &trial->outcome;

	if (!scenario->may_speak &&
	    (scenario->flags & (RUN_CLOSED_STDERR | RUN_CLOSED_STDOUT)) == 0)
		trial_check_sentences(trial);
	if (!scenario->may_speak && scenario->prints == NULL)
		trial_check_silence(trial);
	if (scenario->says != NULL)
		trial_expect(trial, "stderr", buf_text(&outcome->err),
		    scenario->says, true);
	if (scenario->prints != NULL)
		trial_expect(trial, "stdout", buf_text(&outcome->out),
		    scenario->prints, true);
	if (scenario->points_at != NULL)
		trial_check_caret(trial,
		    buf_text(scenario->prints != NULL ? &outcome->out :
							&outcome->err),
		    scenario->points_at);
}

void scenario_run(const struct scenario *scenario, struct trial *trial)
{
	start_server(trial, &trial->server, "store", scenario->server);
	start_server(trial, &trial->other_server, "other_store",
	    scenario->other_server);
	if (scenario->prepare != NULL)
		scenario->prepare(trial);
	write_config(scenario, trial);
	run_program(scenario, trial);
	trial_stop_server(trial, &trial->server);
	trial_stop_server(trial, &trial->other_server);
	check_exit(scenario, trial);
	check_words(scenario, trial);
	check_messages(scenario, trial);
	check_queue(scenario, trial);
	check_effort(scenario, trial);
	if (scenario->hides != NULL)
		trial_check_hidden(trial, text_of(scenario->hides));
	if (scenario->check != NULL)
		scenario->check(trial);
}

/* Dialogues. */

static void start_player(const struct dialogue *dialogue, struct trial *trial)
{
	struct strlist words = {0};

	add_words(trial, "--certs {certs} --play", &words);
	strlist_add(&words, text_of(dialogue->path));
	trial_start_server(trial, &trial->server, &words);
	strlist_free(&words);
}

static void run_dialogue(const struct dialogue *dialogue, struct trial *trial)
{
	const struct step *last = &dialogue->steps[dialogue->count - 1];
	struct strlist words = {0};

	for (size_t i = 0; i < dialogue->config.count; i++)
		trial_set(trial, text_of(dialogue->config.items[i]));
	/* Where it is waited for, it had better come soon. */
	if (last->kind == STEP_WAIT)
		trial->timeout = "1s";
	trial_write_config(trial);
	add_words(trial, "-C {dir}/conf", &words);
	for (size_t i = 0; i < dialogue->options.count; i++)
		strlist_add(&words, text_of(dialogue->options.items[i]));
	if (dialogue->from != NULL) {
		strlist_add(&words, text_of("-f"));
		strlist_add(&words, text_of(dialogue->from));
	}
	for (size_t i = 0; i < dialogue->to.count; i++)
		strlist_add(&words, text_of(dialogue->to.items[i]));
	trial_run(trial, &words, buf_text(&dialogue->message), 0, LIMIT);
	strlist_free(&words);
}

static void check_dialogue(const struct dialogue *dialogue, struct trial *trial)
{
	struct text said = buf_text(&trial->server.said);
	bool is_delivered = trial_finds(trial, "^delivered yes$", said);

	if (!trial->server.is_content)
		trial_fail(trial, "the client left the dialogue");
	if (trial->outcome.exit_code != dialogue->exit_code)
		trial_fail(trial, "exit %d, not %d", trial->outcome.exit_code,
		    dialogue->exit_code);
	if (is_delivered != dialogue->is_delivered)
		trial_fail(trial, "the message was%s taken",
		    is_delivered ? "" : " not");
	trial_check_sentences(trial);
	trial_check_silence(trial);
	trial_check_transcript(trial);
	for (size_t i = 0; i < dialogue->says.count; i++)
		if (!trial_finds(trial, dialogue->says.items[i],
			buf_text(&trial->outcome.err)))
			trial_fail(trial, "stderr does not match \"%s\"",
			    dialogue->says.items[i]);
	for (size_t i = 0; i < dialogue->hides.count; i++)
		trial_check_hidden(trial, text_of(dialogue->hides.items[i]));
}

void dialogue_run(const char *path, struct trial *trial)
{
	struct dialogue dialogue;
	struct error err;

	if (dialogue_read(&dialogue, path, &err) != 0) {
		trial_fail(trial, "%s", err.text);
	} else if (dialogue.nonce == NULL) { /* ours is never the same */
		start_player(&dialogue, trial);
		run_dialogue(&dialogue, trial);
		trial_stop_server(trial, &trial->server);
		check_dialogue(&dialogue, trial);
	}
	dialogue_free(&dialogue);
}
