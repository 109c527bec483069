#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim.h"
#include "queue_list.h"
#include "suites.h"
#include "waiting.h"

#define HEADER                                                                 \
	"-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n"
#define REST                                                                   \
	" Sun Nov 22 08:50:00  a@example.com\n"                                \
	"                                      "                               \
	"(smtp.example.com:587 cannot be reached)\n"                           \
	"                                         b@example.com\n"             \
	"\n"

/* What it writes, which the caller owns; the result is 0. */
static char *list(struct waiting *waiting)
{
	const char *path = scratch_write(&waiting->scratch, "out", text_of(""));
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct buf out = {0};
	char *string;

	ck_assert_int_ge(fd, 0);
	ck_assert_msg(queue_list(&waiting->options, waiting->config,
			  &waiting->identity, fd, &waiting->sentences,
			  &waiting->err) == 0,
	    "%s", waiting->err.text);
	ck_assert_uint_eq(waiting->sentences.count, 0);
	ck_assert_int_eq(close(fd), 0);
	ck_assert(scratch_read(&waiting->scratch, "out", &out));
	string = text_dup(buf_text(&out));
	buf_free(&out);
	return string;
}

static void ck_lists(struct waiting *waiting, const char *wanted)
{
	char *shown = list(waiting);

	ck_assert_str_eq(shown, wanted);
	free(shown);
}

START_TEST(a_queue_that_cannot_be_read_is_not_called_empty)
{
	struct waiting waiting;
	struct buf out = {0};
	int fd;

	waiting_begin(&waiting);
	ck_assert_int_eq(chmod(waiting.spool.path, 0777), 0);
	fd = open(scratch_write(&waiting.scratch, "out", text_of("")),
	    O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(queue_list(&waiting.options, waiting.config,
			     &waiting.identity, fd, &waiting.sentences,
			     &waiting.err),
	    -1);
	ck_assert_int_eq((int)waiting.err.kind, ERROR_CREATE);
	ck_assert_int_eq(close(fd), 0);
	(void)scratch_read(&waiting.scratch, "out", &out);
	ck_assert_str_eq(buf_string(&out), "");
	buf_free(&out);
	waiting_end(&waiting);
}
END_TEST

START_TEST(an_empty_queue_is_said_to_be_empty)
{
	struct waiting waiting;

	waiting_begin(&waiting);
	ck_lists(&waiting, "Mail queue is empty\n");
	waiting.options.is_json = true;
	ck_lists(&waiting, "");
	waiting_end(&waiting);
}
END_TEST

START_TEST(no_spool_is_an_empty_queue_and_stays_away)
{
	struct waiting waiting;
	struct stat status;

	waiting_begin(&waiting);
	ck_assert_int_eq(rename(waiting.spool.path,
			     scratch_path(&waiting.scratch, "away")),
	    0);
	ck_lists(&waiting, "Mail queue is empty\n");
	ck_assert_int_eq(lstat(waiting.spool.path, &status), -1);
	waiting_end(&waiting);
}
END_TEST

START_TEST(what_waits_is_listed_by_its_turn)
{
	struct waiting waiting;

	waiting_begin(&waiting);
	waiting_put(&waiting, "HELDHELDHELD", SPOOL_HELD);
	waiting_put(&waiting, "LATERLATERLA", WAITING_NOW + 60);
	waiting_put(&waiting, "SOONSOONSOON", WAITING_NOW - 60);
	waiting_put(&waiting, "SOONSOONS.1", SPOOL_OWED);
	ck_lists(&waiting,
	    HEADER "SOONSOONSOON    116" REST "LATERLATERLA    116" REST
		   "HELDHELDHELD!   116" REST "-- 0 Kbytes in 3 Requests.\n");
	waiting_end(&waiting);
}
END_TEST

START_TEST(one_is_a_request)
{
	struct waiting waiting;

	waiting_begin(&waiting);
	waiting_put(&waiting, "SOONSOONSOON", WAITING_NOW);
	ck_lists(&waiting,
	    HEADER "SOONSOONSOON    116" REST "-- 0 Kbytes in 1 Request.\n");
	waiting_end(&waiting);
}
END_TEST

/* Only whose turn it is can be in somebody's hands. */
START_TEST(an_asterisk_marks_what_is_being_delivered)
{
	static const char *const names[] = {"001795338000-DUEDUEDUEDUE",
	    "001795338060-LATERLATERLA", "held-HELDHELDHELD"};
	struct claim claims[3];
	struct waiting waiting;

	waiting_begin(&waiting);
	waiting_put(&waiting, "DUEDUEDUEDUE", WAITING_NOW);
	waiting_put(&waiting, "LATERLATERLA", WAITING_NOW + 60);
	waiting_put(&waiting, "HELDHELDHELD", SPOOL_HELD);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(claim_take(&claims[i], &waiting.spool,
				     names[i], &waiting.err),
		    1);
	ck_lists(&waiting,
	    HEADER "DUEDUEDUEDUE*   116" REST "LATERLATERLA    116" REST
		   "HELDHELDHELD!   116" REST "-- 0 Kbytes in 3 Requests.\n");
	for (int i = 0; i < 3; i++)
		claim_free(&claims[i]);
	ck_lists(&waiting,
	    HEADER "DUEDUEDUEDUE    116" REST "LATERLATERLA    116" REST
		   "HELDHELDHELD!   116" REST "-- 0 Kbytes in 3 Requests.\n");
	waiting_end(&waiting);
}
END_TEST

START_TEST(only_what_is_selected_is_listed)
{
	struct waiting waiting;

	waiting_begin(&waiting);
	waiting_put(&waiting, "AAAAAAAAAAAA", WAITING_NOW);
	waiting_put(&waiting, "BBBBBBBBBBBB", WAITING_NOW);
	waiting.options.ids.part = "bb";
	ck_lists(&waiting,
	    HEADER "BBBBBBBBBBBB    116" REST "-- 0 Kbytes in 1 Request.\n");
	waiting.options.queue_recipients.part = "nobody";
	ck_lists(&waiting, "-- 0 Kbytes in 0 Requests.\n");
	waiting_end(&waiting);
}
END_TEST

START_TEST(a_damaged_entry_does_not_hide_the_others)
{
	struct waiting waiting;
	char *shown;

	waiting_begin(&waiting);
	waiting_put(&waiting, "AAAAAAAAAAAA", WAITING_NOW);
	waiting_put(&waiting, "BBBBBBBBBBBB", WAITING_NOW);
	waiting_damage(&waiting, "001795338000-AAAAAAAAAAAA");
	shown = list(&waiting);
	ck_assert_ptr_nonnull(strstr(shown,
	    HEADER "BBBBBBBBBBBB    116" REST "(AAAAAAAAAAAA in "));
	ck_assert_ptr_nonnull(strstr(shown, ")\n-- 0 Kbytes in 1 Request.\n"));
	free(shown);
	waiting.options.is_json = true;
	shown = list(&waiting);
	ck_assert_ptr_nonnull(strstr(shown,
	    "{\"queue_name\":\"corrupt\",\"queue_id\":\"AAAAAAAAAAAA\""));
	ck_assert_ptr_nonnull(strstr(shown,
	    "{\"queue_name\":\"deferred\",\"queue_id\":\"BBBBBBBBBBBB\""));
	free(shown);
	waiting_end(&waiting);
}
END_TEST

START_TEST(damaged_entries_are_counted)
{
	struct waiting waiting;
	struct claim claim;
	struct buf wanted = {0};

	waiting_begin(&waiting);
	waiting_put(&waiting, "AAAAAAAAAAAA", WAITING_NOW);
	waiting_damage(&waiting, "001795338000-AAAAAAAAAAAA");
	ck_assert_int_eq(claim_take(&claim, &waiting.spool,
			     "001795338000-AAAAAAAAAAAA", &waiting.err),
	    -1);
	buf_addf(&wanted, "(1 damaged entry in %s/damaged)\n",
	    waiting.spool.path);
	buf_add_string(&wanted, "Mail queue is empty\n");
	ck_lists(&waiting, buf_string(&wanted));
	buf_free(&wanted);
	waiting_end(&waiting);
}
END_TEST

START_TEST(a_closed_pipe_is_an_error)
{
	struct waiting waiting;
	int fds[2];

	waiting_begin(&waiting);
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(queue_list(&waiting.options, waiting.config,
			     &waiting.identity, fds[0], &waiting.sentences,
			     &waiting.err),
	    -1);
	ck_assert_int_eq((int)waiting.err.kind, ERROR_IO);
	ck_assert_uint_eq(waiting.sentences.count, 1);
	(void)close(fds[0]);
	(void)close(fds[1]);
	waiting_end(&waiting);
}
END_TEST

START_TEST(a_spool_that_cannot_be_opened_is_a_sentence)
{
	struct waiting waiting;

	waiting_begin(&waiting);
	ck_assert_int_eq(rename(waiting.spool.path,
			     scratch_path(&waiting.scratch, "away")),
	    0);
	(void)scratch_write(&waiting.scratch, "queue", text_of("x"));
	ck_assert_int_eq(queue_list(&waiting.options, waiting.config,
			     &waiting.identity, -1, &waiting.sentences,
			     &waiting.err),
	    -1);
	ck_assert_int_eq((int)waiting.err.kind, ERROR_CREATE);
	ck_assert_uint_eq(waiting.sentences.count, 1);
	waiting_end(&waiting);
}
END_TEST

Suite *suite_queue_list(void)
{
	Suite *suite = suite_create("queue_list");
	TCase *tcase = tcase_create("queue_list");

	tcase_add_test(tcase, a_queue_that_cannot_be_read_is_not_called_empty);
	tcase_add_test(tcase, an_empty_queue_is_said_to_be_empty);
	tcase_add_test(tcase, no_spool_is_an_empty_queue_and_stays_away);
	tcase_add_test(tcase, what_waits_is_listed_by_its_turn);
	tcase_add_test(tcase, one_is_a_request);
	tcase_add_test(tcase, an_asterisk_marks_what_is_being_delivered);
	tcase_add_test(tcase, only_what_is_selected_is_listed);
	tcase_add_test(tcase, a_damaged_entry_does_not_hide_the_others);
	tcase_add_test(tcase, damaged_entries_are_counted);
	tcase_add_test(tcase, a_closed_pipe_is_an_error);
	tcase_add_test(tcase, a_spool_that_cannot_be_opened_is_a_sentence);
	suite_add_tcase(suite, tcase);
	return suite;
}
