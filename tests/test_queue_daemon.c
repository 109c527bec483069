#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "queue_daemon.h"
#include "signals.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { INTERVAL = 1, FOR_EVER = 3600 * 1000 /* milliseconds */ };

/* A daemon in a process of its own, whose runs tell what they do. */
struct fixture {
	pid_t pid;
	int told[2];
	int orders[2];
};

static void tell(const struct fixture *fixture, char byte)
{
	if (write(fixture->told[1], &byte, 1) != 1)
		_exit(1);
}

/* What a run tells next, or 0 when nobody can tell anything any more. */
static char hear(const struct fixture *fixture)
{
	char byte = 0;

	return read(fixture->told[0], &byte, 1) == 1 ? byte : '\0';
}

static void order(const struct fixture *fixture)
{
	ck_assert_int_eq(write(fixture->orders[1], "x", 1), 1);
}

static void wait_for_order(const struct fixture *fixture)
{
	char byte;

	if (read(fixture->orders[0], &byte, 1) != 1)
		_exit(1);
}

/* The child's side: 0 when nothing is left of it. */
static int run_daemon(struct fixture *fixture, int64_t interval,
    queue_daemon_run *run)
{
	sigset_t mask;

	(void)close(fixture->told[0]);
	(void)close(fixture->orders[1]);
	/* libcheck's handlers would end the test, too. */
	(void)signal(SIGTERM, SIG_DFL);
	if (signal(SIGINT, SIG_DFL) == SIG_IGN)
		(void)signal(SIGINT, SIG_IGN);
	queue_daemon(interval, run, fixture);
	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	if (sigismember(&mask, SIGTERM) != 0 || sigismember(&mask, SIGHUP) != 0)
		return 1;
	return waitpid(-1, NULL, 0) < 0 && errno == ECHILD ? 0 : 2;
}

static void set_up(struct fixture *fixture, int64_t interval,
    queue_daemon_run *run)
{
	ck_assert_int_eq(pipe(fixture->told), 0);
	ck_assert_int_eq(pipe(fixture->orders), 0);
	fixture->pid = fork();
	ck_assert_int_ge(fixture->pid, 0);
	if (fixture->pid == 0)
		_exit(run_daemon(fixture, interval, run));
	(void)close(fixture->told[1]);
	(void)close(fixture->orders[0]);
}

static void send(const struct fixture *fixture, int number)
{
	ck_assert_int_eq(kill(fixture->pid, number), 0);
}

/* It has ended, well and with all of its runs. */
static void tear_down(struct fixture *fixture)
{
	int status = -1;

	while (hear(fixture) != '\0')
		;
	ck_assert_int_eq(waitpid(fixture->pid, &status, 0), fixture->pid);
	ck_assert_int_eq(status, 0);
	(void)close(fixture->told[0]);
	(void)close(fixture->orders[1]);
}

static int begin_and_end(void *context)
{
	tell(context, 'b');
	tell(context, 'e');
	return 0;
}

static int wait_to_end(void *context)
{
	tell(context, 'b');
	wait_for_order(context);
	tell(context, 'e');
	return 0;
}

static int be_killed(void *context)
{
	tell(context, 'b');
	(void)raise(SIGKILL);
	return 0;
}

/* As queue_run() does it. */
static int end_when_asked_to(void *context)
{
	struct signals signals;
	int number;

	signals_block(&signals);
	tell(context, 'b');
	(void)sigwait(&signals.blocked, &number);
	tell(context, number == SIGTERM ? 't' : '?');
	return 0;
}

static int tell_mask(void *context)
{
	sigset_t mask;

	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	tell(context,
	    sigismember(&mask, SIGTERM) == 0 &&
		    sigismember(&mask, SIGHUP) == 0 &&
		    sigismember(&mask, SIGCHLD) == 0 ?
		'o' :
		'b');
	return 0;
}

START_TEST(runs_follow_each_other)
{
	struct fixture fixture;

	set_up(&fixture, INTERVAL, begin_and_end);
	for (int ends = 0; ends < 5;) {
		char byte = hear(&fixture);

		ck_assert(byte == 'b' || byte == 'e');
		ends += byte == 'e';
	}
	send(&fixture, SIGTERM);
	tear_down(&fixture);
}
END_TEST

START_TEST(runs_that_hang_hold_up_the_next_only_when_there_are_many)
{
	struct fixture fixture;

	set_up(&fixture, INTERVAL, wait_to_end);
	for (int i = 0; i < QUEUE_DAEMON_RUNS; i++)
		ck_assert_int_eq(hear(&fixture), 'b');
	for (int i = 0; i < 3; i++) {
		order(&fixture);
		ck_assert_int_eq(hear(&fixture), 'e');
		ck_assert_int_eq(hear(&fixture), 'b');
	}
	send(&fixture, SIGTERM);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_hangup_brings_the_next_run_forward)
{
	struct fixture fixture;

	set_up(&fixture, FOR_EVER, begin_and_end);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(hear(&fixture), 'b');
		ck_assert_int_eq(hear(&fixture), 'e');
		send(&fixture, SIGHUP);
	}
	ck_assert_int_eq(hear(&fixture), 'b');
	send(&fixture, SIGTERM);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_hangup_waits_for_a_run_only_when_there_are_many)
{
	struct fixture fixture;

	set_up(&fixture, FOR_EVER, wait_to_end);
	for (int i = 0; i < QUEUE_DAEMON_RUNS; i++) {
		ck_assert_int_eq(hear(&fixture), 'b');
		send(&fixture, SIGHUP);
	}
	order(&fixture);
	ck_assert_int_eq(hear(&fixture), 'e');
	ck_assert_int_eq(hear(&fixture), 'b');
	send(&fixture, SIGTERM);
	ck_assert_int_eq(hear(&fixture), '\0');
	tear_down(&fixture);
}
END_TEST

static const int endings[] = {SIGTERM, SIGINT};

START_TEST(a_signal_to_end_is_passed_on_and_all_runs_waited_for)
{
	struct fixture fixture;

	set_up(&fixture, FOR_EVER, end_when_asked_to);
	ck_assert_int_eq(hear(&fixture), 'b');
	send(&fixture, SIGHUP);
	ck_assert_int_eq(hear(&fixture), 'b');
	send(&fixture, endings[_i]);
	ck_assert_int_eq(hear(&fixture), 't');
	ck_assert_int_eq(hear(&fixture), 't');
	ck_assert_int_eq(hear(&fixture), '\0');
	tear_down(&fixture);
}
END_TEST

START_TEST(a_signal_between_runs_ends_it)
{
	struct fixture fixture;

	set_up(&fixture, FOR_EVER, begin_and_end);
	ck_assert_int_eq(hear(&fixture), 'b');
	ck_assert_int_eq(hear(&fixture), 'e');
	send(&fixture, endings[_i]);
	ck_assert_int_eq(hear(&fixture), '\0');
	tear_down(&fixture);
}
END_TEST

START_TEST(a_run_that_is_killed_is_followed_by_the_next)
{
	struct fixture fixture;

	set_up(&fixture, INTERVAL, be_killed);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hear(&fixture), 'b');
	send(&fixture, SIGTERM);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_run_has_the_signals_that_the_daemon_was_given)
{
	struct fixture fixture;

	set_up(&fixture, INTERVAL, tell_mask);
	ck_assert_int_eq(hear(&fixture), 'o');
	send(&fixture, SIGTERM);
	tear_down(&fixture);
}
END_TEST

START_TEST(an_ignored_interrupt_stays_ignored)
{
	struct fixture fixture;

	(void)signal(SIGINT, SIG_IGN);
	set_up(&fixture, FOR_EVER, begin_and_end);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(hear(&fixture), 'b');
		ck_assert_int_eq(hear(&fixture), 'e');
		send(&fixture, SIGINT);
		send(&fixture, SIGHUP);
	}
	ck_assert_int_eq(hear(&fixture), 'b');
	send(&fixture, SIGTERM);
	tear_down(&fixture);
}
END_TEST

START_TEST(only_what_asks_to_end_is_seen_as_that)
{
	struct signals signals;

	signals_block(&signals);
	ck_assert(!signals_ask_to_end());
	ck_assert_int_eq(raise(SIGCHLD), 0);
	ck_assert(!signals_ask_to_end());
	ck_assert_int_eq(raise(endings[_i]), 0);
	ck_assert(signals_ask_to_end());
}
END_TEST

Suite *suite_queue_daemon(void)
{
	Suite *suite = suite_create("queue_daemon");
	TCase *tests = tcase_create("queue_daemon");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, runs_follow_each_other);
	tcase_add_test(tests,
	    runs_that_hang_hold_up_the_next_only_when_there_are_many);
	tcase_add_test(tests, a_hangup_brings_the_next_run_forward);
	tcase_add_test(tests,
	    a_hangup_waits_for_a_run_only_when_there_are_many);
	tcase_add_loop_test(tests,
	    a_signal_to_end_is_passed_on_and_all_runs_waited_for, 0,
	    COUNT(endings));
	tcase_add_loop_test(tests, a_signal_between_runs_ends_it, 0,
	    COUNT(endings));
	tcase_add_test(tests, a_run_that_is_killed_is_followed_by_the_next);
	tcase_add_test(tests, a_run_has_the_signals_that_the_daemon_was_given);
	tcase_add_test(tests, an_ignored_interrupt_stays_ignored);
	tcase_add_loop_test(tests, only_what_asks_to_end_is_seen_as_that, 0,
	    COUNT(endings));
	return suite;
}
