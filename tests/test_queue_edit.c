#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim.h"
#include "queue_edit.h"
#include "suites.h"
#include "waiting.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#define DUE  "AAAAAAAAAAAA"
#define LATE "BBBBBBBBBBBB"
#define HELD "CCCCCCCCCCCC"

#define NOW    "001795338000-"
#define LATER  "001795338060-"
#define PAST   "001795337940-"
#define ASIDE  "held-"
#define NO_ARG NULL

/* An entry whose turn was, one whose turn comes, and one on hold. */
static void begin(struct waiting *waiting)
{
	waiting_begin(waiting);
	waiting_put(waiting, DUE, WAITING_NOW - 60);
	waiting_put(waiting, LATE, WAITING_NOW + 60);
	waiting_put(waiting, HELD, SPOOL_HELD);
}

static int edit(struct waiting *waiting, enum queue_change change,
    const char *id, const char *other)
{
	char *words[] = {other != NULL ? text_dup(text_of(other)) : NULL};
	struct options options = waiting->options;
	int result;

	options.change = change;
	options.changed = id;
	options.recipients = words;
	options.recipient_count = other != NULL ? 1 : 0;
	waiting->err.kind = ERROR_NONE;
	result = queue_edit(&options, waiting->config, &waiting->identity, -1,
	    &waiting->sentences, &waiting->err);
	free(words[0]);
	return result;
}

static void ck_names(struct waiting *waiting, const char *wanted)
{
	char *names = waiting_names(waiting);

	ck_assert_str_eq(names, wanted);
	free(names);
}

static const struct {
	enum queue_change change;
	const char *id;
	const char *other;
	const char *names;
} changes[] = {
    {CHANGE_HOLD, DUE, NO_ARG, LATER LATE " " ASIDE DUE " " ASIDE HELD},
    {CHANGE_HOLD, HELD, NO_ARG, PAST DUE " " LATER LATE " " ASIDE HELD},
    {CHANGE_HOLD, DUE, LATE, ASIDE DUE " " ASIDE LATE " " ASIDE HELD},
    {CHANGE_HOLD, DUE, DUE, LATER LATE " " ASIDE DUE " " ASIDE HELD},
    {CHANGE_HOLD, "ALL", NO_ARG, ASIDE DUE " " ASIDE LATE " " ASIDE HELD},
    {CHANGE_RELEASE, HELD, NO_ARG, PAST DUE " " NOW HELD " " LATER LATE},
    {CHANGE_RELEASE, LATE, NO_ARG, PAST DUE " " LATER LATE " " ASIDE HELD},
    {CHANGE_RELEASE, "ALL", NO_ARG, PAST DUE " " NOW HELD " " LATER LATE},
    {CHANGE_RETRY, LATE, NO_ARG, PAST DUE " " NOW LATE " " ASIDE HELD},
    {CHANGE_RETRY, "ALL", NO_ARG, NOW DUE " " NOW LATE " " ASIDE HELD},
    {CHANGE_REMOVE, DUE, HELD, LATER LATE},
    {CHANGE_REMOVE, DUE, "ALL", ""},
};

START_TEST(a_change_is_made_in_silence)
{
	struct waiting waiting;

	begin(&waiting);
	ck_assert_msg(edit(&waiting, changes[_i].change, changes[_i].id,
			  changes[_i].other) == 0,
	    "%s", waiting.err.text);
	ck_assert_uint_eq(waiting.sentences.count, 0);
	ck_names(&waiting, changes[_i].names);
	waiting_end(&waiting);
}
END_TEST

static bool has_message(const struct waiting *waiting, const char *id)
{
	struct stat status;

	return fstatat(waiting->spool.messages, id, &status, 0) == 0;
}

START_TEST(a_removed_entry_takes_its_message_along)
{
	struct waiting waiting;

	begin(&waiting);
	ck_assert_int_eq(edit(&waiting, CHANGE_REMOVE, DUE, NULL), 0);
	ck_assert(!has_message(&waiting, DUE));
	ck_assert(has_message(&waiting, LATE));
	waiting_end(&waiting);
}
END_TEST

START_TEST(a_selection_narrows_a_change)
{
	struct waiting waiting;

	begin(&waiting);
	waiting.options.ids = (struct queue_filter){"bb", true};
	ck_assert_int_eq(edit(&waiting, CHANGE_REMOVE, "ALL", NULL), 0);
	ck_names(&waiting, LATER LATE);
	waiting.options.ids = (struct queue_filter){NULL, false};
	waiting.options.senders = (struct queue_filter){"nobody", false};
	ck_assert_int_eq(edit(&waiting, CHANGE_REMOVE, "ALL", NULL), 0);
	ck_names(&waiting, LATER LATE);
	/* Named, it should have been there. */
	ck_assert_int_eq(edit(&waiting, CHANGE_REMOVE, LATE, NULL), -1);
	ck_names(&waiting, LATER LATE);
	waiting_end(&waiting);
}
END_TEST

START_TEST(an_id_that_is_not_there_does_not_stop_the_others)
{
	struct waiting waiting;

	begin(&waiting);
	ck_assert_int_eq(edit(&waiting, CHANGE_HOLD, "NOSUCHNOSUCH", DUE), -1);
	ck_assert_int_eq(error_exit_code(waiting.err.kind), 69);
	ck_assert_uint_eq(waiting.sentences.count, 1);
	ck_assert_ptr_nonnull(strstr(waiting.sentences.items[0],
	    "NOSUCHNOSUCH is not in"));
	ck_names(&waiting, LATER LATE " " ASIDE DUE " " ASIDE HELD);
	waiting_end(&waiting);
}
END_TEST

START_TEST(only_a_whole_id_counts)
{
	struct waiting waiting;

	begin(&waiting);
	ck_assert_int_eq(edit(&waiting, CHANGE_REMOVE, "AAAAAAAAAAA", NULL),
	    -1);
	ck_assert_int_eq((int)waiting.err.kind, ERROR_REFUSED);
	ck_names(&waiting, PAST DUE " " LATER LATE " " ASIDE HELD);
	waiting_end(&waiting);
}
END_TEST

START_TEST(what_is_being_delivered_stays_as_it_is)
{
	struct waiting waiting;
	struct claim claim;

	begin(&waiting);
	ck_assert_int_eq(claim_take(&claim, &waiting.spool, PAST DUE,
			     &waiting.err),
	    1);
	ck_assert_int_eq(edit(&waiting, CHANGE_REMOVE, "ALL", NULL), -1);
	ck_assert_int_eq(error_exit_code(waiting.err.kind), 75);
	ck_assert_uint_eq(waiting.sentences.count, 1);
	ck_assert_ptr_nonnull(strstr(waiting.sentences.items[0],
	    DUE " is being delivered just now"));
	ck_names(&waiting, PAST DUE);
	claim_free(&claim);
	waiting_end(&waiting);
}
END_TEST

START_TEST(the_worst_of_several_failures_decides)
{
	struct waiting waiting;
	struct claim claim;

	begin(&waiting);
	ck_assert_int_eq(claim_take(&claim, &waiting.spool, PAST DUE,
			     &waiting.err),
	    1);
	ck_assert_int_eq(edit(&waiting, CHANGE_HOLD, DUE, "NOSUCHNOSUCH"), -1);
	ck_assert_uint_eq(waiting.sentences.count, 2);
	ck_assert_int_eq(error_exit_code(waiting.err.kind), 69);
	claim_free(&claim);
	waiting_end(&waiting);
}
END_TEST

START_TEST(a_retry_does_not_release)
{
	struct waiting waiting;

	begin(&waiting);
	ck_assert_int_eq(edit(&waiting, CHANGE_RETRY, HELD, LATE), -1);
	ck_assert_int_eq((int)waiting.err.kind, ERROR_REFUSED);
	ck_assert_ptr_nonnull(strstr(waiting.err.text, "--release"));
	ck_names(&waiting, PAST DUE " " NOW LATE " " ASIDE HELD);
	waiting_end(&waiting);
}
END_TEST

START_TEST(a_damaged_entry_is_a_sentence_and_set_aside)
{
	struct waiting waiting;

	begin(&waiting);
	waiting_damage(&waiting, PAST DUE);
	ck_assert_int_eq(edit(&waiting, CHANGE_HOLD, "ALL", DUE), -1);
	ck_assert_int_eq((int)waiting.err.kind, ERROR_IO);
	ck_assert_uint_eq(waiting.sentences.count, 1);
	ck_assert_ptr_nonnull(strstr(waiting.err.text, DUE));
	ck_names(&waiting, ASIDE LATE " " ASIDE HELD);
	waiting_end(&waiting);
}
END_TEST

/* As settle.c leaves it when a process is stopped between its steps. */
static void put_owing(struct waiting *waiting, const char *notice, time_t turn)
{
	struct claim claim;

	waiting_put(waiting, notice, turn);
	ck_assert_int_eq(claim_take(&claim, &waiting->spool, PAST DUE,
			     &waiting->err),
	    1);
	claim.entry.notices = 2;
	claim.entry.owes_notice = true;
	ck_assert_int_eq(claim_save(&claim, &waiting->err), 0);
	claim_free(&claim);
}

START_TEST(a_report_that_is_owed_goes_with_its_entry)
{
	struct waiting waiting;

	begin(&waiting);
	put_owing(&waiting, DUE ".2", SPOOL_OWED);
	ck_assert_int_eq(edit(&waiting, CHANGE_REMOVE, DUE, NULL), 0);
	ck_names(&waiting, LATER LATE " " ASIDE HELD);
	ck_assert(!has_message(&waiting, DUE ".2"));
	waiting_end(&waiting);
}
END_TEST

START_TEST(a_report_that_is_in_the_queue_stays)
{
	struct waiting waiting;

	begin(&waiting);
	put_owing(&waiting, DUE ".2", WAITING_NOW);
	ck_assert_int_eq(edit(&waiting, CHANGE_REMOVE, DUE, NULL), 0);
	ck_names(&waiting, NOW DUE ".2 " LATER LATE " " ASIDE HELD);
	waiting_end(&waiting);
}
END_TEST

START_TEST(a_report_that_is_owed_is_not_in_the_queue_yet)
{
	struct waiting waiting;

	begin(&waiting);
	put_owing(&waiting, DUE ".2", SPOOL_OWED);
	ck_assert_int_eq(edit(&waiting, CHANGE_HOLD, "ALL", NULL), 0);
	ck_assert_int_eq(edit(&waiting, CHANGE_HOLD, DUE ".2", NULL), -1);
	ck_names(&waiting,
	    ASIDE DUE " " ASIDE LATE " " ASIDE HELD " owed-" DUE ".2");
	waiting_end(&waiting);
}
END_TEST

START_TEST(of_a_queue_that_cannot_be_read_nothing_is_said_to_be_missing)
{
	struct waiting waiting;

	waiting_begin(&waiting);
	ck_assert_int_eq(chmod(waiting.spool.path, 0777), 0);
	ck_assert_int_eq(edit(&waiting, CHANGE_HOLD, "A1", NULL), -1);
	ck_assert_int_eq((int)waiting.err.kind, ERROR_CREATE);
	ck_assert_uint_eq(waiting.sentences.count, 1);
	waiting_end(&waiting);
}
END_TEST

START_TEST(an_empty_queue_can_be_changed_as_a_whole)
{
	struct waiting waiting;

	waiting_begin(&waiting);
	ck_assert_int_eq(edit(&waiting, CHANGE_REMOVE, "ALL", NULL), 0);
	ck_assert_int_eq(edit(&waiting, CHANGE_REMOVE, DUE, NULL), -1);
	waiting_end(&waiting);
}
END_TEST

Suite *suite_queue_edit(void)
{
	Suite *suite = suite_create("queue_edit");
	TCase *tcase = tcase_create("queue_edit");

	tcase_add_loop_test(tcase, a_change_is_made_in_silence, 0,
	    COUNT(changes));
	tcase_add_test(tcase, a_removed_entry_takes_its_message_along);
	tcase_add_test(tcase, a_selection_narrows_a_change);
	tcase_add_test(tcase, an_id_that_is_not_there_does_not_stop_the_others);
	tcase_add_test(tcase, only_a_whole_id_counts);
	tcase_add_test(tcase, what_is_being_delivered_stays_as_it_is);
	tcase_add_test(tcase, the_worst_of_several_failures_decides);
	tcase_add_test(tcase, a_retry_does_not_release);
	tcase_add_test(tcase, a_damaged_entry_is_a_sentence_and_set_aside);
	tcase_add_test(tcase, a_report_that_is_owed_goes_with_its_entry);
	tcase_add_test(tcase, a_report_that_is_in_the_queue_stays);
	tcase_add_test(tcase, a_report_that_is_owed_is_not_in_the_queue_yet);
	tcase_add_test(tcase,
	    of_a_queue_that_cannot_be_read_nothing_is_said_to_be_missing);
	tcase_add_test(tcase, an_empty_queue_can_be_changed_as_a_whole);
	suite_add_tcase(suite, tcase);
	return suite;
}
