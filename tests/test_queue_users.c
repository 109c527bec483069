#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "queue_users.h"
#include "scratch.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { DAEMON = 1, NOBODY = 65534, UNKNOWN = 2000000011 };

/* Root runs it as somebody else, an ordinary user as himself. */
struct fixture {
	struct scratch scratch;
	uid_t uid;
	const char *users;
	const char *program;
	struct options options;
	struct queue_users_limits limits;
	struct strlist sentences;
	struct error err;
};

static void add_user(struct fixture *fixture, uid_t uid)
{
	struct buf name = {0};
	const char *path;

	buf_addf(&name, "users/%lu", (unsigned long)uid);
	path = scratch_path(&fixture->scratch, buf_string(&name));
	ck_assert_int_eq(mkdir(path, 0700), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, uid, (gid_t)uid), 0);
	buf_free(&name);
}

/* The script runs in the user's directory. */
static void set_up(struct fixture *fixture, const char *script)
{
	struct buf text = {0};

	*fixture = (struct fixture){
	    .uid = geteuid() == 0 ? NOBODY : geteuid(),
	    .limits = queue_users_limits,
	};
	scratch_make(&fixture->scratch);
	fixture->users = scratch_path(&fixture->scratch, "users");
	ck_assert_int_eq(mkdir(fixture->users, 0755), 0);
	ck_assert_int_eq(chmod(fixture->users, 0755), 0);
	ck_assert_int_eq(chmod(fixture->scratch.directory, 0755), 0);
	add_user(fixture, fixture->uid);
	buf_addf(&text, "#!/bin/sh\ncd %s/`id -u` || exit 1\n%s\n",
	    fixture->users, script);
	fixture->program =
	    scratch_write(&fixture->scratch, "program", buf_text(&text));
	ck_assert_int_eq(chmod(fixture->program, 0755), 0);
	buf_free(&text);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
}

static int run(struct fixture *fixture)
{
	return queue_users_run(fixture->users, fixture->program,
	    &fixture->options, &fixture->limits, &fixture->sentences,
	    &fixture->err);
}

/* A file that the program has written in a user's directory. */
static bool read_of(struct fixture *fixture, uid_t uid, const char *file,
    struct buf *text)
{
	struct buf name = {0};
	bool is_there;

	buf_addf(&name, "users/%lu/%s", (unsigned long)uid, file);
	is_there = scratch_read(&fixture->scratch, buf_string(&name), text);
	buf_free(&name);
	return is_there;
}

static void tear_down(struct fixture *fixture)
{
	strlist_free(&fixture->sentences);
	scratch_remove(&fixture->scratch);
}

START_TEST(the_program_runs_as_the_owner_with_nothing_of_ours)
{
	struct fixture fixture;
	struct buf text = {0};
	struct buf wanted = {0};

	set_up(&fixture,
	    "{ id -u; id -ru; echo \"$SECRET\"; echo \"$*\"; } >out\n"
	    "[ -n \"$HOME\" ]");
	ck_assert_int_eq(setenv("SECRET", "shown", 1), 0);
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert(read_of(&fixture, fixture.uid, "out", &text));
	buf_addf(&wanted, "%lu\n%lu\n\n-q\n", (unsigned long)fixture.uid,
	    (unsigned long)fixture.uid);
	ck_assert_str_eq(buf_string(&text), buf_string(&wanted));
	ck_assert_uint_eq(fixture.sentences.count, 0);
	buf_free(&text);
	buf_free(&wanted);
	tear_down(&fixture);
}
END_TEST

#ifdef __linux__
START_TEST(no_terminal_of_ours_is_left)
{
	struct fixture fixture;

	/* Who leads a session of his own has none. */
	set_up(&fixture, "[ `cut -d ' ' -f 6 /proc/$$/stat` = $$ ]");
	ck_assert_int_eq(run(&fixture), 0);
	tear_down(&fixture);
}
END_TEST
#endif

START_TEST(no_group_of_ours_is_left)
{
	struct fixture fixture;
	struct buf text = {0};
	const gid_t ours[] = {0, 4711};

	set_up(&fixture, "id -G >out");
	if (geteuid() == 0)
		ck_assert_int_eq(setgroups(2, ours), 0);
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert(read_of(&fixture, fixture.uid, "out", &text));
	ck_assert_ptr_null(strstr(buf_string(&text), "4711"));
	buf_free(&text);
	tear_down(&fixture);
}
END_TEST

START_TEST(what_was_asked_for_is_passed_on)
{
	struct fixture fixture;
	struct buf text = {0};

	set_up(&fixture, "printf '%s.' \"$@\" >out");
	fixture.options = (struct options){
	    .is_verbose = true,
	    .ids = {.part = "4X"},
	    .queue_recipients = {.part = "a b", .is_negated = true},
	    .senders = {.part = "-v"},
	};
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert(read_of(&fixture, fixture.uid, "out", &text));
	ck_assert_str_eq(buf_string(&text), "-q.-v.-qI.4X.-q!R.a b.-qS.-v.");
	buf_free(&text);
	tear_down(&fixture);
}
END_TEST

static const struct {
	const char *script;
	enum error_kind kind;
	const char *says;
} endings[] = {
    {"exit 78", ERROR_CONFIG, "exit code 78"},
    {"exit 74", ERROR_IO, "exit code 74"},
    {"exit 5", ERROR_BUG, "exit code 5"},
    {"kill -KILL $$", ERROR_BUG, "exit code 70"},
};

START_TEST(a_run_that_fails_is_a_sentence_and_its_exit_code)
{
	struct fixture fixture;

	set_up(&fixture, endings[_i].script);
	ck_assert_int_eq(run(&fixture), -1);
	ck_assert_int_eq(fixture.err.kind, endings[_i].kind);
	ck_assert_uint_eq(fixture.sentences.count, 1);
	ck_assert_ptr_nonnull(strstr(fixture.sentences.items[0],
	    endings[_i].says));
	tear_down(&fixture);
}
END_TEST

START_TEST(a_program_that_cannot_be_run_is_a_failure)
{
	struct fixture fixture;

	set_up(&fixture, "");
	ck_assert_int_eq(unlink(fixture.program), 0);
	ck_assert_int_eq(run(&fixture), -1);
	ck_assert_int_eq(fixture.err.kind, ERROR_SYSTEM);
	tear_down(&fixture);
}
END_TEST

START_TEST(roots_own_and_that_of_no_user_are_left_alone)
{
	struct fixture fixture;
	struct buf text = {0};

	set_up(&fixture, "echo >out");
	add_user(&fixture, 0); /* an ordinary user's is not the owner's */
	add_user(&fixture, UNKNOWN);
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert(read_of(&fixture, fixture.uid, "out", &text));
	ck_assert(!read_of(&fixture, 0, "out", &text));
	ck_assert(!read_of(&fixture, UNKNOWN, "out", &text));
	buf_free(&text);
	tear_down(&fixture);
}
END_TEST

START_TEST(without_the_directory_there_is_nothing_to_do)
{
	struct fixture fixture;

	set_up(&fixture, "");
	fixture.users = scratch_path(&fixture.scratch, "nowhere");
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert_uint_eq(fixture.sentences.count, 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_signal_to_end_is_passed_on)
{
	struct fixture fixture;
	const char *path;
	int status = -1;
	char byte;
	int fifo;
	pid_t pid;

	set_up(&fixture,
	    "trap 'exit 64' TERM; echo x >../../fifo; while :; do :; done");
	path = scratch_path(&fixture.scratch, "fifo");
	ck_assert_int_eq(mkfifo(path, 0622), 0);
	ck_assert_int_eq(chmod(path, 0622), 0);
	pid = fork();
	if (pid == 0)
		_exit(run(&fixture) == 0 ? 0 :
					   error_exit_code(fixture.err.kind));
	fifo = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(fifo, &byte, 1), 1);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 64);
	(void)close(fifo);
	tear_down(&fixture);
}
END_TEST

/* Wherever all may write; the script finds it as ../../NAME. */
static const char *make_fifo(struct fixture *fixture, const char *name)
{
	const char *path = scratch_path(&fixture->scratch, name);

	ck_assert_int_eq(mkfifo(path, 0622), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	return path;
}

/* The runs that were left are our children still. */
static void end_left(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WUNTRACED)) > 0)
		if (WIFSTOPPED(status))
			ck_assert_int_eq(kill(pid, SIGKILL), 0);
}

START_TEST(a_run_that_is_stopped_is_a_sentence_and_no_failure)
{
	struct fixture fixture;

	set_up(&fixture, "kill -STOP $$");
	fixture.limits.end_ms = 1;
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert_uint_eq(fixture.sentences.count, 1);
	ck_assert_ptr_nonnull(strstr(fixture.sentences.items[0],
	    "is still going on"));
	end_left();
	tear_down(&fixture);
}
END_TEST

/* Only root can run what is somebody else's. */
START_TEST(a_run_that_is_stopped_does_not_hold_up_the_next)
{
	struct fixture fixture;
	char byte;
	int fifo;

	if (geteuid() != 0)
		return;
	set_up(&fixture,
	    "if [ `id -u` = 1 ]; then kill -STOP $$\n"
	    "else echo x >../../fifo; fi");
	add_user(&fixture, DAEMON);
	fifo = open(make_fifo(&fixture, "fifo"), O_RDWR | O_CLOEXEC);
	fixture.limits = (struct queue_users_limits){1, 1, 1, 1};
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert_uint_ge(fixture.sentences.count, 1);
	ck_assert_ptr_nonnull(strstr(fixture.sentences.items[0],
	    "is still going on"));
	ck_assert_int_eq(read(fifo, &byte, 1), 1);
	end_left();
	(void)close(fifo);
	tear_down(&fixture);
}
END_TEST

/* Each waits for the other. */
START_TEST(users_are_run_side_by_side)
{
	struct fixture fixture;

	if (geteuid() != 0)
		return;
	set_up(&fixture,
	    "if [ `id -u` = 1 ]; then read x <../../fifo\n"
	    "else echo x >../../fifo; fi");
	add_user(&fixture, DAEMON);
	(void)make_fifo(&fixture, "fifo");
	ck_assert_int_eq(run(&fixture), 0);
	tear_down(&fixture);
}
END_TEST

static const struct {
	unsigned runs;
	bool is_verbose;
} alone[] = {{.runs = 1}, {.runs = 8, .is_verbose = true}};

START_TEST(there_are_no_more_at_once_than_there_may_be)
{
	struct fixture fixture;

	if (geteuid() != 0)
		return;
	set_up(&fixture, "mkdir ../../lock/x && id >out && rmdir ../../lock/x");
	add_user(&fixture, DAEMON);
	ck_assert_int_eq(mkdir(scratch_path(&fixture.scratch, "lock"), 0777),
	    0);
	ck_assert_int_eq(chmod(scratch_path(&fixture.scratch, "lock"), 0777),
	    0);
	fixture.limits.runs = alone[_i].runs;
	fixture.options.is_verbose = alone[_i].is_verbose;
	ck_assert_int_eq(run(&fixture), 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(who_does_not_heed_a_signal_is_not_waited_for)
{
	struct fixture fixture;
	char number[32] = "";
	int status = -1;
	int fifo;
	pid_t pid;

	set_up(&fixture,
	    "trap '' TERM; echo $$ >../../fifo; read x <../../never");
	fixture.limits.ask_ms = 1;
	(void)make_fifo(&fixture, "never");
	fifo = open(make_fifo(&fixture, "fifo"), O_RDWR | O_CLOEXEC);
	pid = fork();
	if (pid == 0)
		_exit(run(&fixture) < 0 || fixture.sentences.count != 1);
	ck_assert_int_gt(read(fifo, number, sizeof number - 1), 0);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(kill((pid_t)strtol(number, NULL, 10), SIGKILL), 0);
	ck_assert_int_eq(status, 0);
	(void)close(fifo);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_name_that_is_not_its_users_is_logged_once)
{
	struct fixture fixture;
	struct settings settings = {.log = "none"};
	struct buf line = {0};

	set_up(&fixture, "");
	settings.log = scratch_path(&fixture.scratch, "log");
	ck_assert_int_eq(symlink("/",
			     scratch_path(&fixture.scratch, "users/7")),
	    0);
	ck_assert_int_eq(symlink("/",
			     scratch_path(&fixture.scratch, "users/8")),
	    0);
	log_open(&settings);
	ck_assert_int_eq(run(&fixture), 0);
	log_close();
	ck_assert(scratch_read(&fixture.scratch, "log", &line));
	ck_assert_ptr_nonnull(strstr(buf_string(&line), " level=warning "));
	ck_assert_ptr_nonnull(strstr(buf_string(&line), "/users/"));
	ck_assert_ptr_nonnull(strstr(buf_string(&line), "1 more like it"));
	ck_assert_ptr_eq(strchr(buf_string(&line), '\n'),
	    strrchr(buf_string(&line), '\n'));
	ck_assert_uint_eq(fixture.sentences.count, 0);
	buf_free(&line);
	tear_down(&fixture);
}
END_TEST

Suite *suite_queue_users(void)
{
	Suite *suite = suite_create("queue_users");
	TCase *tests = tcase_create("queue_users");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests,
	    the_program_runs_as_the_owner_with_nothing_of_ours);
#ifdef __linux__
	tcase_add_test(tests, no_terminal_of_ours_is_left);
#endif
	tcase_add_test(tests, no_group_of_ours_is_left);
	tcase_add_test(tests, what_was_asked_for_is_passed_on);
	tcase_add_loop_test(tests,
	    a_run_that_fails_is_a_sentence_and_its_exit_code, 0,
	    COUNT(endings));
	tcase_add_test(tests, a_program_that_cannot_be_run_is_a_failure);
	tcase_add_test(tests, roots_own_and_that_of_no_user_are_left_alone);
	tcase_add_test(tests, without_the_directory_there_is_nothing_to_do);
	tcase_add_test(tests, a_signal_to_end_is_passed_on);
	tcase_add_test(tests,
	    a_run_that_is_stopped_is_a_sentence_and_no_failure);
	tcase_add_test(tests, a_run_that_is_stopped_does_not_hold_up_the_next);
	tcase_add_test(tests, users_are_run_side_by_side);
	tcase_add_loop_test(tests, there_are_no_more_at_once_than_there_may_be,
	    0, COUNT(alone));
	tcase_add_test(tests, who_does_not_heed_a_signal_is_not_waited_for);
	tcase_add_test(tests, a_name_that_is_not_its_users_is_logged_once);
	return suite;
}
