#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "listener.h"
#include "scratch.h"
#include "suites.h"

enum { MANY = 1500, LINE = 256 };

static const char greeting[] = "220 ready\r\n";

/* Stays until the client has gone, as one does that a client lets wait. */
static int serve(void *context)
{
	char line[LINE];
	ssize_t length;

	(void)context;
	if (write(STDOUT_FILENO, greeting, sizeof greeting - 1) < 0)
		return 1;
	do
		length = read(STDIN_FILENO, line, sizeof line);
	while (length > 0);
	return 0;
}

struct fixture {
	struct scratch scratch;
	const char *path;
	struct sockaddr_un address;
	pid_t pid;
};

static int connect_once(const struct fixture *fixture)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	if (connect(fd, (const struct sockaddr *)&fixture->address,
		sizeof fixture->address) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static void start(struct fixture *fixture)
{
	fixture->pid = fork();
	if (fixture->pid == 0) {
		struct error err;

		/* libcheck's handler would end the test. */
		(void)signal(SIGTERM, SIG_DFL);
		(void)listener_run(fixture->path, serve, NULL, &err);
		_exit(err.kind == ERROR_CREATE ? 73 : 71);
	}
}

static void begin(struct fixture *fixture)
{
	*fixture = (struct fixture){.address.sun_family = AF_UNIX};
	scratch_make(&fixture->scratch);
	fixture->path = scratch_path(&fixture->scratch, "submit");
	(void)strncpy(fixture->address.sun_path, fixture->path,
	    sizeof fixture->address.sun_path - 1);
	start(fixture);
}

static int stop(struct fixture *fixture, int number)
{
	int status = 0;

	if (number != 0)
		(void)kill(fixture->pid, number);
	ck_assert_int_eq(waitpid(fixture->pid, &status, 0), fixture->pid);
	return status;
}

static void end(struct fixture *fixture)
{
	(void)stop(fixture, SIGTERM);
	scratch_remove(&fixture->scratch);
}

/* The first one waits for the process to have come so far. */
static int connect_first(const struct fixture *fixture)
{
	int fd = connect_once(fixture);

	while (fd < 0) {
		ck_assert(errno == ENOENT || errno == ECONNREFUSED);
		ck_assert_int_eq(waitpid(fixture->pid, NULL, WNOHANG), 0);
		fd = connect_once(fixture);
	}
	return fd;
}

static int read_code(int fd)
{
	char line[LINE] = "";
	ssize_t length = read(fd, line, sizeof line - 1);

	ck_assert_int_ge(length, 3);
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

START_TEST(each_connection_has_a_process_of_its_own)
{
	struct fixture fixture;
	int first;
	int second;

	begin(&fixture);
	first = connect_first(&fixture);
	second = connect_once(&fixture);
	ck_assert_int_eq(read_code(second), 220);
	ck_assert_int_eq(read_code(first), 220);
	(void)close(first);
	(void)close(second);
	end(&fixture);
}
END_TEST

START_TEST(everybody_may_connect)
{
	struct fixture fixture;
	struct stat status;

	begin(&fixture);
	(void)close(connect_first(&fixture));
	ck_assert_int_eq(stat(fixture.path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0666);
	end(&fixture);
}
END_TEST

START_TEST(one_user_has_so_many_connections_and_no_more)
{
	int fds[LISTENER_MAX_PER_USER];
	struct fixture fixture;
	int more;

	begin(&fixture);
	for (int i = 0; i < LISTENER_MAX_PER_USER; i++) {
		fds[i] = connect_first(&fixture);
		ck_assert_int_eq(read_code(fds[i]), 220);
	}
	more = connect_once(&fixture);
	ck_assert_int_eq(read_code(more), 421);
	(void)close(more);
	(void)close(fds[0]);
	do { /* the process sees it some time */
		more = connect_once(&fixture);
	} while (read_code(more) == 421 && close(more) == 0);
	(void)close(more);
	for (int i = 1; i < LISTENER_MAX_PER_USER; i++)
		(void)close(fds[i]);
	end(&fixture);
}
END_TEST

START_TEST(a_crowd_is_turned_away_and_the_listener_stays)
{
	static int fds[MANY];
	struct fixture fixture;
	int served = 0;
	int refused = 0;

	begin(&fixture);
	for (int i = 0; i < MANY; i++) {
		int code;

		fds[i] = connect_first(&fixture);
		code = read_code(fds[i]);
		if (code == 220)
			served++;
		else
			refused++;
		/* Refused ones are let go, the others stall. */
		if (code != 220 || i % 100 == 0) {
			(void)close(fds[i]);
			fds[i] = -1;
		}
	}
	ck_assert_int_ge(served, LISTENER_MAX_PER_USER);
	ck_assert_int_le(served, LISTENER_MAX_PER_USER + MANY / 100);
	ck_assert_int_eq(served + refused, MANY);
	for (int i = 0; i < MANY; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	end(&fixture);
}
END_TEST

START_TEST(what_is_open_goes_on_when_the_listener_ends)
{
	struct fixture fixture;
	char byte;
	int status;
	int fd;

	begin(&fixture);
	fd = connect_first(&fixture);
	ck_assert_int_eq(read_code(fd), 220);
	status = stop(&fixture, SIGTERM);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	ck_assert(errno == EAGAIN || errno == EWOULDBLOCK);
	(void)close(fd);
	scratch_remove(&fixture.scratch);
}
END_TEST

START_TEST(a_socket_left_behind_is_taken_over)
{
	struct fixture fixture;

	begin(&fixture);
	(void)close(connect_first(&fixture));
	(void)stop(&fixture, SIGKILL);
	ck_assert_int_eq(access(fixture.path, F_OK), 0);
	ck_assert_int_lt(connect_once(&fixture), 0);
	start(&fixture);
	(void)close(connect_first(&fixture));
	end(&fixture);
}
END_TEST

START_TEST(a_socket_where_somebody_listens_is_not)
{
	struct fixture fixture;
	struct error err;

	begin(&fixture);
	(void)close(connect_first(&fixture));
	ck_assert_int_eq(listener_run(fixture.path, serve, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	ck_assert_ptr_nonnull(strstr(err.text, fixture.path));
	(void)close(connect_once(&fixture));
	end(&fixture);
}
END_TEST

/* Its queue is full, as that of one which is stopped. */
START_TEST(one_that_has_no_room_is_not_waited_for)
{
	struct fixture fixture = {.address.sun_family = AF_UNIX};
	int full = socket(AF_UNIX, SOCK_STREAM, 0);
	int first;
	struct error err;

	scratch_make(&fixture.scratch);
	fixture.path = scratch_path(&fixture.scratch, "submit");
	(void)strncpy(fixture.address.sun_path, fixture.path,
	    sizeof fixture.address.sun_path - 1);
	ck_assert_int_eq(bind(full, (const struct sockaddr *)&fixture.address,
			     sizeof fixture.address),
	    0);
	ck_assert_int_eq(listen(full, 0), 0);
	first = connect_once(&fixture);
	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(listener_run(fixture.path, serve, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	(void)close(first);
	(void)close(full);
	scratch_remove(&fixture.scratch);
}
END_TEST

START_TEST(nothing_else_is_ever_removed)
{
	struct scratch scratch;
	const char *file;
	const char *link;
	struct error err;
	struct buf text = {0};

	scratch_make(&scratch);
	file = scratch_write(&scratch, "file", text_of("mine"));
	link = scratch_path(&scratch, "link");
	ck_assert_int_eq(symlink(file, link), 0);
	ck_assert_int_eq(listener_run(file, serve, NULL, &err), -1);
	ck_assert_int_eq(listener_run(link, serve, NULL, &err), -1);
	ck_assert_int_eq(listener_run(scratch.directory, serve, NULL, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	ck_assert(scratch_read(&scratch, "file", &text));
	ck_assert_str_eq(buf_string(&text), "mine");
	buf_free(&text);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_not_cut)
{
	char path[200] = "/";
	struct error err;

	memset(path + 1, 'x', sizeof path - 2);
	ck_assert_int_eq(listener_run(path, serve, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	ck_assert_int_eq(listener_run("/nonexistent/s", serve, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
}
END_TEST

Suite *suite_listener(void)
{
	Suite *suite = suite_create("listener");
	TCase *tests = tcase_create("connections");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, each_connection_has_a_process_of_its_own);
	tcase_add_test(tests, everybody_may_connect);
	tcase_add_test(tests, one_user_has_so_many_connections_and_no_more);
	tcase_add_test(tests, a_crowd_is_turned_away_and_the_listener_stays);
	tcase_add_test(tests, what_is_open_goes_on_when_the_listener_ends);
	tcase_add_test(tests, a_socket_left_behind_is_taken_over);
	tcase_add_test(tests, a_socket_where_somebody_listens_is_not);
	tcase_add_test(tests, one_that_has_no_room_is_not_waited_for);
	tcase_add_test(tests, nothing_else_is_ever_removed);
	tcase_add_test(tests, a_path_that_is_too_long_is_not_cut);
	suite_add_tcase(suite, tests);
	return suite;
}
