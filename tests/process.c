#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "mem.h"
#include "trial.h"

/* The processes of a trial: the server and the program. */

enum { BLOCK = 4096, SERVER_PATIENCE = 20000, MINDER_MAX = 64 };

static long now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* For execv(3); the strings belong to the list. */
static char **make_vector(const char *program, const struct strlist *arguments)
{
	char **vector = mem_alloc(arguments->count + 2, sizeof *vector);

	vector[0] = mem_dup(program);
	for (size_t i = 0; i < arguments->count; i++)
		vector[i + 1] = arguments->items[i];
	return vector;
}

static void make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		abort(); /* nothing works without pipes */
}

static void run_server(const struct trial *trial,
    const struct strlist *arguments, int in, int out)
{
	char **vector = make_vector(trial->peer, arguments);

	(void)dup2(in, STDIN_FILENO); /* cannot fail: both are open */
	(void)dup2(out, STDOUT_FILENO);
	(void)execv(trial->peer, vector);
	_exit(127);
}

/* Add what one read(2) brings. */
static ssize_t read_into(int fd, struct buf *said, size_t size)
{
	char block[BLOCK];
	ssize_t got = read(fd, block, size);

	if (got > 0)
		buf_add(said, (struct text){block, (size_t)got});
	return got;
}

/* Bytes up to the end or the newline; false when there are none in time. */
static bool read_some(int fd, struct buf *said, bool is_line, long limit)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	long deadline = now() + limit;
	ssize_t got;

	do {
		long left = deadline - now();

		if (poll(&ready, 1, left > 0 ? (int)left : 0) <= 0)
			return false;
		got = read_into(fd, said, is_line ? 1 : BLOCK);
		if (is_line && got > 0 && said->data[said->length - 1] == '\n')
			return true;
	} while (got > 0);
	return !is_line;
}

void trial_start_server(struct trial *trial, struct server_process *server,
    const struct strlist *arguments)
{
	struct buf line = {0};
	int in[2];
	int out[2];

	make_pipe(in);
	make_pipe(out);
	server->pid = fork();
	if (server->pid == 0)
		run_server(trial, arguments, in[0], out[1]);
	(void)close(in[0]); /* the child's ends */
	(void)close(out[1]);
	server->in = in[1];
	server->out = out[0];
	if (!read_some(server->out, &line, true, SERVER_PATIENCE))
		trial_fail(trial, "the server does not start: %s",
		    buf_string(&line));
	(void)sscanf(buf_string(&line), "port %7s", server->port);
	buf_free(&line);
}

void trial_stop_server(struct trial *trial, struct server_process *server)
{
	int status;

	if (server->pid == 0)
		return;
	(void)close(server->in); /* this is what stops it */
	if (!read_some(server->out, &server->said, false, SERVER_PATIENCE)) {
		trial_fail(trial, "the server does not stop");
		(void)kill(server->pid, SIGKILL);
	}
	(void)close(server->out); /* read to the end */
	(void)waitpid(server->pid, &status, 0);
	server->is_content = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	server->pid = 0;
}

long trial_tally(const struct server_process *server, const char *name)
{
	struct text rest = buf_text(&server->said);
	struct text line;
	size_t length = strlen(name);

	while (text_split(&rest, '\n', &line))
		if (text_begins_nocase(line, name) && line.length > length)
			return strtol(line.data + length, NULL, 10);
	return -1;
}

enum { CUT_OFF = 3 /* exit status: nobody reads on */ };

static void feed(int out, struct text input)
{
	while (input.length > 0) {
		ssize_t sent = write(out, input.data, input.length);

		if (sent <= 0)
			_exit(CUT_OFF);
		input = text_part(input, (size_t)sent, input.length);
	}
}

static void feed_file(int out, int file)
{
	char block[BLOCK];
	ssize_t got;

	while ((got = read(file, block, sizeof block)) > 0)
		feed(out, (struct text){block, (size_t)got});
}

/* A child of its own writes the input: nobody can wait for the other. */
static pid_t start_feeder(int out, int file, struct text input)
{
	pid_t feeder = fork();

	if (feeder != 0)
		return feeder;
	(void)signal(SIGPIPE, SIG_IGN);
	if (file >= 0)
		feed_file(out, file);
	feed(out, input);
	_exit(0);
}

static char **make_environment(const struct trial *trial, unsigned flags)
{
	static const char *const names[] = {
	    "ASAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE", "PATH"};
	char **environment = mem_alloc(10, sizeof *environment);
	struct buf value = {0};
	size_t count = 0;

	if ((flags & RUN_EMPTY_ENVIRONMENT) != 0)
		return environment;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (getenv(names[i]) == NULL)
			continue;
		buf_clear(&value);
		buf_addf(&value, "%s=%s", names[i], getenv(names[i]));
		environment[count++] = mem_dup(buf_string(&value));
	}
	buf_clear(&value);
	buf_addf(&value, "HOME=%s", trial->dir);
	environment[count++] = mem_dup(buf_string(&value));
	buf_clear(&value);
	buf_addf(&value, "TMPDIR=%s", trial->dir);
	environment[count++] = mem_dup(buf_string(&value));
	buf_clear(&value);
	buf_addf(&value, "XDG_RUNTIME_DIR=%s", trial->dir);
	environment[count] = mem_dup(buf_string(&value));
	buf_free(&value);
	return environment;
}

static void enter_deleted_directory(const struct trial *trial)
{
	char *path = trial_path(trial, "gone");

	if (mkdir(path, 0700) != 0 || chdir(path) != 0 || rmdir(path) != 0)
		_exit(127);
	free(path);
}

static void run_program(const struct trial *trial,
    const struct strlist *arguments, const int fds[3], unsigned flags)
{
	char **vector = make_vector(trial->sendmail, arguments);

	(void)signal(SIGPIPE, SIG_DFL);
	for (int i = 0; i < 3; i++)
		(void)dup2(fds[i], i); /* cannot fail: both are open */
	if ((flags & RUN_DELETED_DIRECTORY) != 0)
		enter_deleted_directory(trial);
	for (int i = 0; i < 3; i++)
		if ((flags & ((unsigned)RUN_CLOSED_STDIN << i)) != 0)
			(void)close(i);
	(void)execve(trial->sendmail, vector, make_environment(trial, flags));
	_exit(127);
}

/* Both outputs to their end; false when that takes too long. */
static bool read_outputs(struct outcome *outcome, int out, int err, long limit)
{
	struct pollfd ready[] = {
	    {.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
	struct buf *said[] = {&outcome->out, &outcome->err};
	long deadline = now() + limit;

	while (ready[0].fd >= 0 || ready[1].fd >= 0) {
		long left = deadline - now();

		if (poll(ready, 2, left > 0 ? (int)left : 0) <= 0)
			return false;
		for (int i = 0; i < 2; i++) {
			if (ready[i].revents != 0 &&
			    read_into(ready[i].fd, said[i], BLOCK) <= 0)
				ready[i].fd = -1;
		}
	}
	return true;
}

/* How the program ended, as its minder tells it. */
struct ending {
	int status;
	long memory;
};

/*
 * The parent of the program, and of what it leaves to itself in the background:
 * a trial is over when that has ended as well.  Nowhere but on Linux does
 * anybody get to know of it.
 */
static void mind_program(pid_t program, int out)
{
	struct ending ending = {0};
	struct rusage usage = {0};

	(void)wait4(program, &ending.status, 0, &usage);
	ending.memory = usage.ru_maxrss;
	if (write(out, &ending, sizeof ending) != (ssize_t)sizeof ending)
		_exit(1);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	_exit(0);
}

static void adopt_orphans(void)
{
#ifdef __linux__
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
#endif
}

static void die_with_parent(void)
{
#ifdef __linux__
	(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL);
#endif
}

/* What the minder says; false when it takes too long. */
static bool wait_program(struct trial *trial, int minder, long limit)
{
	struct outcome *outcome = &trial->outcome;
	struct pollfd ready = {.fd = minder, .events = POLLIN};
	struct ending ending = {.status = SIGKILL};

	if (poll(&ready, 1, (int)limit) <= 0)
		return false;
	if (read(minder, &ending, sizeof ending) != (ssize_t)sizeof ending)
		trial_fail(trial, "the program was not seen to end");
	outcome->memory = ending.memory;
	if (WIFEXITED(ending.status))
		outcome->exit_code = WEXITSTATUS(ending.status);
	else
		outcome->exit_code = 128 + WTERMSIG(ending.status);
	return true;
}

/* Until nobody has the other end any more. */
static void wait_background(struct trial *trial, int minder, long limit)
{
	struct pollfd ready = {.fd = minder, .events = POLLIN};

	if (poll(&ready, 1, (int)limit) <= 0)
		trial_fail(trial, "still in the background after %ld ms",
		    limit);
}

static int open_input(struct trial *trial)
{
	char *path = trial_path(trial, "input");
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		trial_fail(trial, "no file %s", path);
	free(path);
	return fd;
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]); /* others have them open */
}

/* The child becomes the program's minder. */
static pid_t start_program(const struct trial *trial,
    const struct strlist *arguments, unsigned flags, const int fds[3],
    int *minder)
{
	int ends[2];
	pid_t child;

	make_pipe(ends);
	child = fork();
	if (child == 0) {
		pid_t program;

		adopt_orphans();
		program = fork();
		if (program == 0) {
			die_with_parent();
			run_program(trial, arguments, fds, flags);
		}
		/* Nobody must wait for what only the minder has open. */
		for (int fd = 0; fd < MINDER_MAX; fd++)
			if (fd != ends[1])
				(void)close(fd);
		mind_program(program, ends[1]);
	}
	(void)close(ends[1]); /* the child's end */
	*minder = ends[0];
	return child;
}

void trial_run(struct trial *trial, const struct strlist *arguments,
    struct text input, unsigned flags, long limit)
{
	struct outcome *outcome = &trial->outcome;
	int file = -1;
	int ends[6]; /* of pipes to stdin, from stdout and stderr */
	int minder;
	long start = now();
	pid_t child;
	pid_t feeder;
	int status;

	if ((flags & (RUN_FROM_FILE | RUN_FROM_PIPED_FILE)) != 0)
		file = open_input(trial);
	make_pipe(ends);
	make_pipe(ends + 2);
	make_pipe(ends + 4);
	child = start_program(trial, arguments, flags,
	    (const int[]){(flags & RUN_FROM_FILE) != 0 ? file : ends[0],
		ends[3], ends[5]},
	    &minder);
	close_all((const int[]){ends[0], ends[3], ends[5]}, 3);
	feeder = start_feeder(ends[1],
	    (flags & RUN_FROM_PIPED_FILE) != 0 ? file : -1, input);
	close_all((const int[]){ends[1], file}, 2);
	limit *= trial->slowness;
	if (!read_outputs(outcome, ends[2], ends[4], limit) ||
	    !wait_program(trial, minder, limit)) {
		trial_fail(trial, "still running after %ld ms", limit);
		(void)kill(child, SIGKILL);
	}
	outcome->milliseconds = now() - start;
	wait_background(trial, minder, limit);
	close_all((const int[]){ends[2], ends[4], minder}, 3);
	(void)waitpid(child, &status, 0);
	(void)waitpid(feeder, &status, 0);
	outcome->has_drained = status == 0;
	if (status != 0 &&
	    (!WIFEXITED(status) || WEXITSTATUS(status) != CUT_OFF))
		trial_fail(trial, "the test could not write its input");
}
