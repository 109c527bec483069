#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "run.h"
#include "scratch.h"
#include "secret.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#define SECRET "hunter2-geheim"

enum {
	AMPLE = 20000, /* milliseconds for a command that ends */
	SHORT = 200    /* for one that does not */
};

static const struct {
	const char *command;
	const char *output;
} good_commands[] = {
    {"echo one two", "one two\n"},
    {"  echo\t one ", "one\n"},
    {"echo 'a  b' \"c  d\" e\\ \\ f", "a  b c  d e  f\n"},
    {"echo 'a\\b' \"a\\\"\\\\b\" a\\'b", "a\\b a\"\\b a'b\n"},
    {"echo a''b'c'\"d\" '' x", "abcd  x\n"},
    {"echo $HOME * ~ `id` | cat", "$HOME * ~ `id` | cat\n"},
    {"printf no-newline", "no-newline"},
    {"printf ''", ""},
    {"sh -c 'echo out; echo err >&2'", "out\n"},
    {"cat", ""},
};

START_TEST(a_command_is_split_without_a_shell)
{
	struct buf out = {0};
	struct error err = {0};

	ck_assert_msg(run_command(good_commands[_i].command, SECRET_MAX, AMPLE,
			  &out, &err) == 0,
	    "%s", err.text);
	ck_assert_str_eq(buf_string(&out), good_commands[_i].output);
	buf_wipe(&out);
}
END_TEST

static const struct {
	const char *command;
	const char *sentence;
} bad_commands[] = {
    {"", "the command is empty"},
    {" \t", "the command is empty"},
    {"echo '" SECRET, "the command has an opening quote without a closing one"},
    {"echo \"" SECRET "\\\"",
	"the command has an opening quote without a closing one"},
    {"/nowhere/" SECRET,
	"the command's program was not found or may not be run"},
    {"/etc/passwd", "the command's program was not found or may not be run"},
    {"''", "the command's program was not found or may not be run"},
    {"sh -c 'echo " SECRET "; exit 3'", "the command ended with exit status 3"},
    {"sh -c 'echo " SECRET "; kill -9 $$'",
	"the command was killed by signal 9"},
    {"sh -c 'kill -PIPE $$'", "the command was killed by signal 13"},
    {"sh -c 'while :; do echo " SECRET "; done'",
	"the command printed more than 65536 bytes"},
};

START_TEST(a_failed_command_is_explained_without_its_words_or_output)
{
	struct buf out = {0};
	struct error err = {0};

	(void)signal(SIGPIPE, SIG_IGN); /* as identity_harden() has it */
	ck_assert_int_eq(run_command(bad_commands[_i].command, SECRET_MAX,
			     AMPLE, &out, &err),
	    -1);
	ck_assert_str_eq(err.text, bad_commands[_i].sentence);
	ck_assert_int_eq(err.kind, ERROR_CONFIG);
	ck_assert_ptr_null(out.data);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

static const char *const endless_commands[] = {
    "sleep 60",
    "sh -c 'echo " SECRET "; sleep 60'",
    "sh -c 'echo " SECRET "; exec >&-; sleep 60'",
    "sh -c 'echo " SECRET "; sleep 60 & exit 0'",
    "sh -c \"trap '' TERM HUP INT; sleep 60\"",
};

START_TEST(a_command_that_does_not_end_is_ended)
{
	int64_t start = clock_ticks();
	struct buf out = {0};
	struct error err = {0};

	ck_assert_int_eq(run_command(endless_commands[_i], SECRET_MAX, SHORT,
			     &out, &err),
	    -1);
	ck_assert_str_eq(err.text,
	    "the command did not end within its time limit");
	ck_assert_int_ge(clock_ticks() - start, SHORT);
	ck_assert_int_lt(clock_ticks() - start, AMPLE);
	ck_assert_ptr_null(out.data);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(the_children_of_an_ended_command_end_with_it)
{
	struct scratch scratch;
	struct buf command = {0};
	struct buf out = {0};
	struct error err = {0};
	struct pollfd wait = {.events = POLLIN};
	char word[8];

	scratch_make(&scratch);
	ck_assert_int_eq(mkfifo(scratch_path(&scratch, "alive"), 0600), 0);
	wait.fd = open(scratch_path(&scratch, "alive"), O_RDONLY | O_NONBLOCK);
	buf_addf(&command,
	    "sh -c 'exec 3>%s; echo begun >&3; sleep 60 & wait; echo x'",
	    scratch_path(&scratch, "alive"));
	ck_assert_int_eq(run_command(buf_string(&command), SECRET_MAX, 1000,
			     &out, &err),
	    -1);
	/* The end comes when nobody has the other side open any longer. */
	ck_assert_int_eq(read(wait.fd, word, sizeof word), 6);
	ck_assert_int_eq(poll(&wait, 1, AMPLE), 1);
	ck_assert_int_eq(read(wait.fd, word, sizeof word), 0);
	(void)close(wait.fd);
	buf_free(&command);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_command_has_a_small_environment_and_a_fixed_path)
{
	struct buf out = {0};
	struct error err = {0};

	(void)setenv("PATH", "/nowhere", 1);
	(void)setenv("LD_PRELOAD_X", SECRET, 1);
	(void)setenv("HOME", "/home/anna", 1);
	(void)setenv("GNUPGHOME", "/home/anna/keys", 1);
	(void)unsetenv("LC_ALL");
	ck_assert_int_eq(run_command("sh -c 'echo $HOME $GNUPGHOME $PATH "
				     "${LD_PRELOAD_X-none} ${LC_ALL-none}'",
			     SECRET_MAX, AMPLE, &out, &err),
	    0);
	ck_assert_str_eq(buf_string(&out),
	    "/home/anna /home/anna/keys "
	    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
	    "none none\n");
	buf_wipe(&out);
}
END_TEST

START_TEST(a_command_inherits_no_descriptor)
{
	struct buf out = {0};
	struct error err = {0};

	ck_assert_int_eq(dup2(STDERR_FILENO, 9), 9);
	ck_assert_int_eq(
	    run_command("sh -c '(: >&9) 2>/dev/null && echo open || echo shut'",
		SECRET_MAX, AMPLE, &out, &err),
	    0);
	ck_assert_str_eq(buf_string(&out), "shut\n");
	(void)close(9);
	buf_wipe(&out);
}
END_TEST

/* A queue run has blocked them. */
START_TEST(a_command_has_no_signal_blocked)
{
	struct error err = {0};
	struct buf out = {0};
	sigset_t blocked;

	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigaddset(&blocked, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &blocked, NULL);
	ck_assert_int_eq(run_command("sh -c 'kill -TERM $$; echo alive'",
			     SECRET_MAX, AMPLE, &out, &err),
	    -1);
	ck_assert_ptr_nonnull(strstr(err.text, "signal 15"));
	(void)sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}
END_TEST

/* What a file, a variable, a command and a credential hold. */
static const struct {
	struct text contents;
	const char *secret; /* NULL: refused */
	const char *refusal;
} contents[] = {
    {{"secret\n", 7}, "secret", ""},
    {{"secret", 6}, "secret", ""},
    {{"secret\r\nmore\n", 13}, "secret", ""},
    {{" two words \nuser: x\n", 20}, " two words ", ""},
    {{"secret\n\0\n", 9}, "secret", ""},
    {{"", 0}, NULL, "the first line is empty"},
    {{"\nsecret\n", 8}, NULL, "the first line is empty"},
    {{"\r\nsecret\n", 9}, NULL, "the first line is empty"},
    {{"sec\0ret\n", 8}, NULL, "there is a NUL byte in the first line"},
};

static void check_secret(const struct profile *profile, const char *secret)
{
	struct buf out = {0};
	struct error err = {0};

	ck_assert_int_eq(secret_read_password(profile, &out, &err), 0);
	ck_assert_str_eq(buf_string(&out), secret);
	ck_assert_uint_eq(out.length, strlen(secret));
	buf_wipe(&out);
}

static void check_refusal(const struct profile *profile, const char *sentence)
{
	struct buf out = {0};
	struct error err = {0};

	ck_assert(secret_read_password(profile, &out, &err) == -1);
	ck_assert_int_eq(err.kind, ERROR_CONFIG);
	ck_assert_str_eq(err.text, sentence);
	ck_assert(out.data == NULL);
}

static void check_contents(int i, const struct profile *profile,
    const char *key)
{
	struct buf sentence = {0};

	buf_addf(&sentence, "%s: %s", key, contents[i].refusal);
	if (contents[i].secret != NULL)
		check_secret(profile, contents[i].secret);
	else
		check_refusal(profile, buf_string(&sentence));
	buf_free(&sentence);
}

START_TEST(the_first_line_is_the_secret)
{
	struct scratch scratch;
	struct buf command = {0};
	const char *path;

	scratch_make(&scratch);
	path = scratch_write(&scratch, "pw", contents[_i].contents);
	buf_addf(&command, "cat '%s'", path);
	(void)setenv("CREDENTIALS_DIRECTORY", scratch.directory, 1);
	check_contents(_i, &(struct profile){.password_file = path},
	    "password_file");
	check_contents(_i,
	    &(struct profile){.password_command = buf_string(&command)},
	    "password_command");
	check_contents(_i, &(struct profile){.password_credential = "pw"},
	    "password_credential");
	buf_free(&command);
	scratch_remove(&scratch);
}
END_TEST

static const struct {
	struct profile profile;
	const char *sentence;
} bad_sources[] = {
    {{0}, "the profile has no password"},
    {{.password = ""}, "password: the first line is empty"},
    {{.password_file = SECRET},
	"password_file: the path of the file does not begin with /"},
    {{.password_file = "/nowhere/pw"},
	"password_file: /nowhere/pw cannot be opened: "
	"No such file or directory"},
    {{.password_file = "/dev/zero"},
	"password_file: /dev/zero is larger than 65536 bytes"},
    {{.password_file = "/dev/null"}, "password_file: the first line is empty"},
    {{.password_command = "sh -c 'echo " SECRET "; exit 7'"},
	"password_command: the command ended with exit status 7"},
    {{.password_command = "true"}, "password_command: the first line is empty"},
    {{.password_env = SECRET},
	"password_env: the environment variable that it names is not set"},
    {{.password_env = "SECRET_EMPTY"}, "password_env: the first line is empty"},
    {{.password_credential = SECRET},
	"password_credential: $CREDENTIALS_DIRECTORY has no readable "
	"credential of that name"},
    {{.password_credential = "../" SECRET},
	"password_credential: the name of a credential has no slash and no "
	"leading dot"},
    {{.password_credential = "sub/" SECRET},
	"password_credential: the name of a credential has no slash and no "
	"leading dot"},
    {{.password_credential = ".."},
	"password_credential: the name of a credential has no slash and no "
	"leading dot"},
};

START_TEST(a_source_that_fails_is_named_and_nothing_of_it_shown)
{
	(void)setenv("SECRET_EMPTY", "", 1);
	(void)setenv("CREDENTIALS_DIRECTORY", "/nowhere", 1);
	check_refusal(&bad_sources[_i].profile, bad_sources[_i].sentence);
}
END_TEST

START_TEST(a_credential_needs_the_directory_of_its_unit)
{
	const struct profile profile = {.password_credential = "pw"};
	struct buf out = {0};
	struct error err = {0};

	(void)unsetenv("CREDENTIALS_DIRECTORY");
	ck_assert_int_eq(secret_read_password(&profile, &out, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "LoadCredential="));
}
END_TEST

static const struct {
	struct profile profile;
	bool has_password;
	bool has_token;
} named_sources[] = {
    {{0}, false, false},
    {{.user = "x"}, false, false},
    {{.password = SECRET}, true, false},
    {{.password_file = "/x"}, true, false},
    {{.password_command = "x"}, true, false},
    {{.password_env = "X"}, true, false},
    {{.password_credential = "x"}, true, false},
    {{.token = SECRET}, false, true},
    {{.token_file = "/x"}, false, true},
    {{.token_command = "x"}, false, true},
};

START_TEST(each_source_is_one_for_a_password_or_for_a_token)
{
	ck_assert_int_eq(secret_has_password(&named_sources[_i].profile),
	    named_sources[_i].has_password);
	ck_assert_int_eq(secret_has_token(&named_sources[_i].profile),
	    named_sources[_i].has_token);
}
END_TEST

static const struct {
	struct profile profile;
	const char *token;
} token_sources[] = {
    {{.token = "itself", .token_file = "/nowhere/x"}, "itself"},
    {{.token_command = "echo a b"}, "a b"},
};

START_TEST(a_token_comes_from_the_first_source_that_is_set)
{
	struct buf out = {0};
	struct error err = {0};

	ck_assert_int_eq(secret_read_token(&token_sources[_i].profile, &out,
			     &err),
	    0);
	ck_assert_str_eq(buf_string(&out), token_sources[_i].token);
	buf_wipe(&out);
}
END_TEST

START_TEST(a_token_may_be_in_a_file)
{
	struct profile profile = {.token_command = "false"};
	struct scratch scratch;
	struct buf out = {0};
	struct error err = {0};

	scratch_make(&scratch);
	profile.token_file =
	    scratch_write(&scratch, "token", text_of("from file\n"));
	ck_assert_int_eq(secret_read_token(&profile, &out, &err), 0);
	ck_assert_str_eq(buf_string(&out), "from file");
	buf_wipe(&out);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_profile_without_a_token_is_said_to_have_none)
{
	const struct profile profile = {.password = "x"};
	struct buf out = {0};
	struct error err = {0};

	ck_assert_int_eq(secret_read_token(&profile, &out, &err), -1);
	ck_assert_str_eq(err.text, "the profile has no token");
}
END_TEST

START_TEST(a_secret_from_the_environment_is_taken_whole)
{
	(void)setenv("SECRET_VARIABLE", "pass word", 1);
	check_secret(&(struct profile){.password_env = "SECRET_VARIABLE"},
	    "pass word");
}
END_TEST

START_TEST(the_longest_secret_still_fits)
{
	struct scratch scratch;
	struct buf line = {0};
	struct buf out = {0};
	struct error err = {0};

	scratch_make(&scratch);
	memset(buf_room(&line, SECRET_MAX), 'x', SECRET_MAX);
	line.length = SECRET_MAX;
	ck_assert_int_eq(secret_read_password(
			     &(struct profile){
				 .password_file = scratch_write(&scratch, "pw",
				     buf_text(&line))},
			     &out, &err),
	    0);
	ck_assert_uint_eq(out.length, SECRET_MAX);
	buf_wipe(&out);
	buf_wipe(&line);
	scratch_remove(&scratch);
}
END_TEST

Suite *suite_secret(void)
{
	Suite *suite = suite_create("secret");
	TCase *run = tcase_create("run");
	TCase *read = tcase_create("read");

	suite_add_tcase(suite, run);
	tcase_set_timeout(run, 60);
	tcase_add_loop_test(run, a_command_is_split_without_a_shell, 0,
	    COUNT(good_commands));
	tcase_add_loop_test(run,
	    a_failed_command_is_explained_without_its_words_or_output, 0,
	    COUNT(bad_commands));
	tcase_add_loop_test(run, a_command_that_does_not_end_is_ended, 0,
	    COUNT(endless_commands));
	tcase_add_test(run, the_children_of_an_ended_command_end_with_it);
	tcase_add_test(run, a_command_has_a_small_environment_and_a_fixed_path);
	tcase_add_test(run, a_command_inherits_no_descriptor);
	tcase_add_test(run, a_command_has_no_signal_blocked);
	suite_add_tcase(suite, read);
	tcase_set_timeout(read, 60);
	tcase_add_loop_test(read, the_first_line_is_the_secret, 0,
	    COUNT(contents));
	tcase_add_loop_test(read,
	    a_source_that_fails_is_named_and_nothing_of_it_shown, 0,
	    COUNT(bad_sources));
	tcase_add_test(read, a_credential_needs_the_directory_of_its_unit);
	tcase_add_loop_test(read,
	    each_source_is_one_for_a_password_or_for_a_token, 0,
	    COUNT(named_sources));
	tcase_add_loop_test(read,
	    a_token_comes_from_the_first_source_that_is_set, 0,
	    COUNT(token_sources));
	tcase_add_test(read, a_token_may_be_in_a_file);
	tcase_add_test(read, a_profile_without_a_token_is_said_to_have_none);
	tcase_add_test(read, a_secret_from_the_environment_is_taken_whole);
	tcase_add_test(read, the_longest_secret_still_fits);
	return suite;
}
