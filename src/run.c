#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "strlist.h"
#include "wait.h"

enum {
	OUTPUT_BLOCK = 4096,
	NOT_RUN = 127, /* exit status, as shells have it */
	PATIENCE = 2   /* milliseconds between looks at a command */
};

/* POSIX leaves the declaration to us; only some systems have it. */
extern char **environ; /* NOLINT(readability-redundant-declaration) */

static const char search_path[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static const char *const passed_variables[] = {"HOME", "LANG", "LC_ALL",
    "XDG_RUNTIME_DIR", "GNUPGHOME", "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK"};

/*
 * command = word *( 1*WSP word )
 * word    = 1*( plain / "\" any / "'" *any "'" / DQUOTE *( any / "\" any )
 *           DQUOTE )
 *
 * Takes one word; the quote is the one that is open at the end, or 0.
 */
static char take_word(struct text *rest, struct buf *word)
{
	char quote = '\0';
	size_t n;

	for (n = 0; n < rest->length; n++) {
		char byte = rest->data[n];

		if (quote == '\0' && byte_is_blank(byte))
			break;
		if (byte == quote)
			quote = '\0';
		else if (quote == '\0' && (byte == '\'' || byte == '"'))
			quote = byte;
		else if (byte == '\\' && quote != '\'' && n + 1 < rest->length)
			buf_add_byte(word, rest->data[++n]);
		else
			buf_add_byte(word, byte);
	}
	*rest = text_part(*rest, n, rest->length);
	return quote;
}

static int split_command(struct text rest, struct strlist *words,
    struct error *err)
{
	struct buf word = {0};
	char quote = '\0';

	rest = text_trim(rest);
	while (rest.length > 0) {
		quote = take_word(&rest, &word);
		strlist_add(words, buf_text(&word));
		buf_clear(&word);
		rest = text_trim(rest);
	}
	buf_free(&word);
	if (quote != '\0')
		return fail(err, ERROR_CONFIG,
		    "the command has an opening quote without a closing one");
	if (words->count == 0)
		return fail(err, ERROR_CONFIG, "the command is empty");
	return 0;
}

static void add_environment(struct strlist *variables)
{
	const size_t count = sizeof passed_variables / sizeof *passed_variables;

	strlist_add(variables, text_of(search_path));
	for (size_t i = 0; i < count; i++) {
		const char *value = getenv(passed_variables[i]);

		if (value != NULL)
			strlist_addf(variables, "%s=%s", passed_variables[i],
			    value);
	}
}

/* The child's side, an input of -1 is empty; its own group, so that it can be ended with its helpers. */
static _Noreturn void become_command(char **words, char **variables, int input,
    int output)
{
	int nowhere = open("/dev/null", O_RDWR);
	sigset_t none;

	(void)setpgid(0, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	if (nowhere < 0 ||
	    dup2(input >= 0 ? input : nowhere, STDIN_FILENO) < 0 ||
	    dup2(output, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0)
		_exit(NOT_RUN);
	file_close_from(STDERR_FILENO + 1);
	environ = variables;
	(void)execvp(words[0], words);
	_exit(NOT_RUN);
}

static pid_t start_command(const struct strlist *words, int input, int output)
{
	struct strlist variables = {0};
	char **argument_list = strlist_vector(words);
	char **variable_list;
	pid_t pid;

	add_environment(&variables);
	variable_list = strlist_vector(&variables);
	pid = fork();
	if (pid == 0)
		become_command(argument_list, variable_list, input, output);
	if (pid > 0)
		/* Both sides say it, so that it is true for both from now. */
		(void)setpgid(pid, pid);
	free(variable_list);
	strlist_free(&variables);
	free(argument_list);
	return pid;
}

static int fail_late(struct error *err)
{
	return fail(err, ERROR_CONFIG,
	    "the command did not end within its time limit");
}

static int read_output(int fd, size_t size, int64_t deadline, struct buf *out,
    struct error *err)
{
	while (out->length <= size) {
		char *room = buf_room(out, OUTPUT_BLOCK);
		ssize_t count;

		if (wait_for(fd, POLLIN, deadline, err) != 0)
			return fail_late(err);
		count = file_read(fd, room, OUTPUT_BLOCK,
		    "what the command prints", err);
		if (count <= 0)
			return (int)count;
		out->length += (size_t)count;
	}
	return fail(err, ERROR_CONFIG,
	    "the command printed more than %zu bytes", size);
}

/*
 * A command may close its output and stay.  Nothing portable waits for a
 * process with a time limit and without a signal handler, hence the looks.
 */
static int wait_for_end(pid_t pid, int64_t deadline, int *status,
    struct error *err)
{
	pid_t ended;

	while ((ended = waitpid(pid, status, WNOHANG)) == 0) {
		if (clock_left(deadline) == 0)
			return fail_late(err);
		(void)poll(NULL, 0, PATIENCE);
	}
	if (ended < 0)
		return fail_errno(err, ERROR_SYSTEM,
		    "the end of the command cannot be seen");
	return 0;
}

/* With everything it has started. */
static void kill_command(pid_t pid)
{
	(void)kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int check_status(int status, struct error *err)
{
	if (WIFSIGNALED(status))
		return fail(err, ERROR_CONFIG,
		    "the command was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) == NOT_RUN)
		return fail(err, ERROR_CONFIG,
		    "the command's program was not found or may not be run");
	if (WEXITSTATUS(status) != 0)
		return fail(err, ERROR_CONFIG,
		    "the command ended with exit status %d",
		    WEXITSTATUS(status));
	return 0;
}

/* ends[0] is closed by the caller. */
static int run_words(const struct strlist *words, const int ends[2],
    size_t size, int64_t limit, struct buf *out, struct error *err)
{
	int64_t deadline = clock_ticks() + limit;
	int status = 0;
	pid_t pid = start_command(words, -1, ends[1]);

	(void)close(ends[1]);
	if (pid < 0)
		return fail_errno(err, ERROR_SYSTEM,
		    "the command cannot be started");
	if (read_output(ends[0], size, deadline, out, err) != 0 ||
	    wait_for_end(pid, deadline, &status, err) != 0) {
		kill_command(pid);
		return -1;
	}
	return check_status(status, err);
}

int run_command(const char *command, size_t size, int64_t limit,
    struct buf *out, struct error *err)
{
	struct strlist words = {0};
	int ends[2];
	int result = -1;

	if (split_command(text_of(command), &words, err) != 0)
		goto out;
	if (pipe(ends) != 0) {
		(void)fail_errno(err, ERROR_SYSTEM, "no pipe for the command");
		goto out;
	}
	result = run_words(&words, ends, size, limit, out, err);
	(void)close(ends[0]);
	if (result != 0)
		buf_wipe(out);
out:
	strlist_free(&words);
	return result;
}

static int open_pair(int ends[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return fail_errno(err, ERROR_SYSTEM,
		    "no sockets for the command");
	if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return fail_errno(err, ERROR_SYSTEM,
		    "the sockets of the command cannot be set up");
	}
	return 0;
}

pid_t run_connected(const char *command, int *fd, struct error *err)
{
	struct strlist words = {0};
	int ends[2];
	pid_t pid = -1;

	if (split_command(text_of(command), &words, err) != 0 ||
	    open_pair(ends, err) != 0)
		goto out;
	pid = start_command(&words, ends[1], ends[1]);
	(void)close(ends[1]);
	*fd = ends[0];
	if (pid < 0) {
		(void)close(ends[0]);
		(void)fail_errno(err, ERROR_SYSTEM,
		    "the command cannot be started");
	}
out:
	strlist_free(&words);
	return pid;
}

int run_end(pid_t pid, int64_t limit, struct error *err)
{
	int status = 0;

	if (wait_for_end(pid, clock_ticks() + limit, &status, err) != 0) {
		kill_command(pid);
		return -1;
	}
	/* Whom it started and left behind has nobody to talk to any more. */
	(void)kill(-pid, SIGKILL);
	return check_status(status, err);
}
