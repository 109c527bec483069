#include <dirent.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "rehearsal.h"
#include "suites.h"
#include "text.h"
#include "utf8.h"

enum { DIALOGUES = 110 /* at least */, TIME_LIMIT = 120 /* seconds */ };

static const char directory[] = "tests/dialogues";

/* The dialogues. */

static int is_dialogue(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && strcmp(entry->d_name + length - 4, ".txt") == 0;
}

static void find_dialogues(struct strlist *paths)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_dialogue, alphasort);

	for (int i = 0; i < count; i++) {
		strlist_addf(paths, "%s/%s", directory, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static int count_dialogues(void)
{
	struct strlist paths = {0};
	int count;

	find_dialogues(&paths);
	count = (int)paths.count;
	strlist_free(&paths);
	return count;
}

static void rehearse(struct rehearsal *rehearsal, int n)
{
	struct strlist paths = {0};

	find_dialogues(&paths);
	rehearsal_begin(rehearsal, paths.items[n]);
	strlist_free(&paths);
}

/* What must be true of a session, whatever has happened. */

static void check_hidden(const struct rehearsal *rehearsal,
    const struct session *session)
{
	const struct dialogue *dialogue = &rehearsal->dialogue;

	for (size_t i = 0; i < dialogue->hides.count; i++) {
		struct text secret = text_of(dialogue->hides.items[i]);

		ck_assert_msg(!dialogue_shows(
				  buf_text(&session->transcript.block), secret),
		    "%s: the transcript shows %s", dialogue->path, secret.data);
		ck_assert_msg(!dialogue_shows(buf_text(&session->complaints),
				  secret),
		    "%s: a sentence shows %s", dialogue->path, secret.data);
	}
}

/* Lines that a terminal shows as they are. */
static void check_visible(const char *path, const struct buf *lines)
{
	struct text rest = buf_text(lines);
	struct text line;

	while (text_split(&rest, '\n', &line)) {
		struct buf visible = {0};

		utf8_add_visible(&visible, line);
		ck_assert_msg(visible.length == line.length,
		    "%s: unsafe to show: %s", path, buf_string(&visible));
		buf_free(&visible);
	}
}

static void check_outputs(const struct rehearsal *rehearsal,
    const struct session *session)
{
	check_hidden(rehearsal, session);
	check_visible(rehearsal->dialogue.path, &session->complaints);
	check_visible(rehearsal->dialogue.path, &session->transcript.block);
}

/* What the file says of the session. */

static bool matches(const char *expression, const char *text)
{
	regex_t regex;
	bool is_found;

	ck_assert_msg(regcomp(&regex, expression,
			  REG_EXTENDED | REG_NOSUB | REG_NEWLINE) == 0,
	    "no expression: %s", expression);
	is_found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return is_found;
}

static void check_outcome(const struct rehearsal *rehearsal,
    const struct session *session)
{
	const struct dialogue *dialogue = &rehearsal->dialogue;
	const struct error *worst = envelope_worst(&session->envelope);
	const char *complaints = buf_string(&session->complaints);
	int exit_code = worst != NULL ? error_exit_code(worst->kind) : 0;

	ck_assert_msg(exit_code == dialogue->exit_code,
	    "%s: exit %d, not %d: %s", dialogue->path, exit_code,
	    dialogue->exit_code, complaints);
	ck_assert_msg(session->script.is_delivered == dialogue->is_delivered,
	    "%s: the message was%s taken", dialogue->path,
	    session->script.is_delivered ? "" : " not");
	ck_assert_msg((*complaints == '\0') == (exit_code == 0),
	    "%s: exit %d, but \"%s\"", dialogue->path, exit_code, complaints);
	for (size_t i = 0; i < dialogue->says.count; i++)
		ck_assert_msg(matches(dialogue->says.items[i], complaints),
		    "%s: \"%s\" is not in \"%s\"", dialogue->path,
		    dialogue->says.items[i], complaints);
	check_outputs(rehearsal, session);
}

/* What must be true although the connection was lost. */

/* Each must be later's business, or what it is without the fault. */
static void check_kinds(const struct session *session,
    const struct session *usual, const char *path)
{
	for (size_t i = 0; i < session->envelope.count; i++) {
		const struct recipient *recipient =
		    &session->envelope.recipients[i];
		enum error_kind kind = recipient->error.kind;

		if (recipient->is_accepted)
			continue;
		ck_assert_msg(kind != ERROR_NONE &&
			*recipient->error.text != '\0',
		    "%s: nothing is said, at operation %u", path,
		    session->script.fault_at);
		ck_assert_msg(error_is_worth_retrying(kind) ||
			kind == usual->envelope.recipients[i].error.kind,
		    "%s: lost for good, at operation %u: %s", path,
		    session->script.fault_at, recipient->error.text);
	}
}

/* As the server was asked; a domain may have become A-labels. */
static void check_recipients(const struct rehearsal *rehearsal,
    const struct session *session)
{
	for (size_t i = 0; i < session->envelope.count; i++) {
		const struct recipient *recipient =
		    &session->envelope.recipients[i];

		ck_assert_msg(!recipient->is_accepted ||
			text_has_8bit(text_of(recipient->address)) ||
			script_has_accepted(&session->script,
			    recipient->address),
		    "%s: success for %s, at operation %u",
		    rehearsal->dialogue.path, recipient->address,
		    session->script.fault_at);
	}
}

static unsigned count_accepted(const struct envelope *envelope)
{
	unsigned count = 0;

	for (size_t i = 0; i < envelope->count; i++)
		count += envelope->recipients[i].is_accepted;
	return count;
}

/* Nobody is accepted before the server has said so, to its last byte. */
static void check_accepted(const struct rehearsal *rehearsal,
    const struct session *session)
{
	bool is_lmtp = rehearsal->profile->protocol == PROTOCOL_LMTP;
	unsigned accepted = count_accepted(&session->envelope);
	unsigned answers = script_count_accepted(&session->script);

	ck_assert_msg(is_lmtp ? accepted <= answers :
				accepted == 0 || answers > 0,
	    "%s: success, at operation %u", rehearsal->dialogue.path,
	    session->script.fault_at);
	check_recipients(rehearsal, session);
}

/* The message is away, whether it has been taken nobody knows. */
static void check_unsure(const struct session *session, const char *path)
{
	const struct envelope *envelope = &session->envelope;
	bool is_unsure = false;

	for (size_t i = 0; i < envelope->count; i++)
		is_unsure |=
		    envelope->recipients[i].error.kind == ERROR_UNSURE &&
		    strstr(envelope->recipients[i].error.text,
			"may arrive twice") != NULL;
	ck_assert_msg(is_unsure, "%s: not unsure, at operation %u: %s", path,
	    session->script.fault_at, buf_string(&session->complaints));
}

/* False when the session has come to its end before the fault. */
static bool survives(const struct rehearsal *rehearsal,
    const struct session *usual, enum fault fault, unsigned at)
{
	const char *path = rehearsal->dialogue.path;
	struct session session;
	bool is_struck;

	rehearsal_open(rehearsal, &session);
	session.script.fault = fault;
	session.script.fault_at = at;
	rehearsal_hold(rehearsal, &session);
	is_struck = session.script.is_struck;
	check_kinds(&session, usual, path);
	check_accepted(rehearsal, &session);
	if (is_struck && fault != FAULT_GOODBYE &&
	    (session.script.has_data || session.script.may_have_data) &&
	    session.script.answer.length == 0)
		check_unsure(&session, path);
	check_outputs(rehearsal, &session);
	rehearsal_close(&session);
	return is_struck;
}

static void follow(int n, bool is_trickling)
{
	struct rehearsal rehearsal;
	struct session session;

	rehearse(&rehearsal, n);
	rehearsal_open(&rehearsal, &session);
	session.script.is_trickling = is_trickling;
	rehearsal_hold(&rehearsal, &session);
	check_outcome(&rehearsal, &session);
	rehearsal_close(&session);
	rehearsal_free(&rehearsal);
}

START_TEST(a_dialogue_goes_as_written)
{
	follow(_i, false);
}
END_TEST

START_TEST(a_dialogue_goes_as_written_byte_by_byte)
{
	follow(_i, true);
}
END_TEST

START_TEST(no_lost_connection_looks_like_success)
{
	struct rehearsal rehearsal;
	struct session usual;

	rehearse(&rehearsal, _i);
	rehearsal_open(&rehearsal, &usual);
	rehearsal_hold(&rehearsal, &usual);
	for (enum fault fault = FAULT_BROKEN; fault <= FAULT_GOODBYE; fault++) {
		unsigned at = 1;

		while (survives(&rehearsal, &usual, fault, at))
			at++;
	}
	rehearsal_close(&usual);
	rehearsal_free(&rehearsal);
}
END_TEST

START_TEST(the_dialogues_are_there)
{
	ck_assert_int_ge(count_dialogues(), DIALOGUES);
}
END_TEST

Suite *suite_dialogues(void)
{
	Suite *suite = suite_create("dialogues");
	TCase *tcase = tcase_create("dialogues");
	int count = count_dialogues();

	tcase_set_timeout(tcase, TIME_LIMIT);
	tcase_add_test(tcase, the_dialogues_are_there);
	tcase_add_loop_test(tcase, a_dialogue_goes_as_written, 0, count);
	tcase_add_loop_test(tcase, a_dialogue_goes_as_written_byte_by_byte, 0,
	    count);
	tcase_add_loop_test(tcase, no_lost_connection_looks_like_success, 0,
	    count);
	suite_add_tcase(suite, tcase);
	return suite;
}
