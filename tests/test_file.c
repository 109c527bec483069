#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "scratch.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { PLENTY = 1024 * 1024 }; /* bytes, more than any pipe holds */

START_TEST(the_clock_for_deadlines_never_goes_back)
{
	int64_t before = clock_ticks();

	ck_assert_int_ge(clock_ticks(), before);
	ck_assert_int_eq(clock_left(before - 1), 0);
	ck_assert_int_eq(clock_left(INT64_MAX / 2), INT32_MAX);
	ck_assert_int_gt(clock_left(before + 100000), 90000);
}
END_TEST

START_TEST(the_clock_for_people_is_the_time_of_the_system)
{
	struct moment now = clock_now();

	ck_assert_int_le(llabs((long long)(time(NULL) - now.seconds)), 1);
	ck_assert(now.milliseconds >= 0 && now.milliseconds < 1000);
}
END_TEST

/* The child's side: count the bytes that come until the end. */
static int count_plenty(void *argument)
{
	const int *ends = argument;
	char block[1000];
	struct error err;
	size_t total = 0;
	ssize_t count = 1;

	(void)close(ends[1]);
	while (count > 0) {
		count = file_read(ends[0], block, sizeof block, "it", &err);
		total += count > 0 ? (size_t)count : 0;
	}
	return total == PLENTY ? 0 : 1;
}

START_TEST(a_write_to_a_full_non_blocking_pipe_goes_on_until_all_is_written)
{
	struct error err = {0};
	struct buf data = {0};
	int status = -1;
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		_exit(count_plenty(ends));
	memset(buf_room(&data, PLENTY), 'x', PLENTY);
	data.length = PLENTY;
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(file_write(ends[1], buf_text(&data), "it", &err), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	buf_free(&data);
}
END_TEST

START_TEST(a_read_from_a_non_blocking_pipe_waits_for_bytes)
{
	struct error err = {0};
	char byte = 0;
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	pid = fork();
	if (pid == 0)
		_exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
	(void)close(ends[1]);
	ck_assert_int_eq(file_read(ends[0], &byte, 1, "it", &err), 1);
	ck_assert_int_eq(byte, 'x');
	ck_assert_int_eq(file_read(ends[0], &byte, 1, "it", &err), 0);
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(failed_reads_and_writes_name_what_it_was)
{
	struct error err = {0};
	char byte;

	ck_assert_int_eq(file_read(-1, &byte, 1, "the letter", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	ck_assert_str_eq(err.text,
	    "the letter cannot be read: Bad file descriptor");
	ck_assert_int_eq(file_read_at(-1, &byte, 1, 0, "the body", &err), -1);
	ck_assert_str_eq(err.text,
	    "the body cannot be read: Bad file descriptor");
	ck_assert_int_eq(file_write(-1, text_of("x"), "the log", &err), -1);
	ck_assert_str_eq(err.text,
	    "the log cannot be written: Bad file descriptor");
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
	struct error err = {0};
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* only some systems have that device */
	ck_assert_int_eq(file_write(fd, text_of("x"), "the log", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	(void)close(fd);
}
END_TEST

START_TEST(a_file_is_added_whole_up_to_its_limit)
{
	struct scratch scratch;
	struct buf buf = {0};
	struct stat status = {0};
	struct error err = {0};
	const char *path;

	scratch_make(&scratch);
	path = scratch_write(&scratch, "file", text_of("12345"));
	buf_add_string(&buf, "0");
	ck_assert_int_eq(file_add(&buf, path, 5, &status, ERROR_CONFIG, &err),
	    0);
	ck_assert_str_eq(buf_string(&buf), "012345");
	ck_assert_int_eq(status.st_size, 5);
	ck_assert_int_eq(file_add(&buf, path, 4, NULL, ERROR_CONFIG, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.text, "larger than 4 bytes"));
	buf_free(&buf);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(an_empty_file_adds_nothing)
{
	struct buf buf = {0};
	struct error err = {0};

	ck_assert_int_eq(file_add(&buf, "/dev/null", 0, NULL, ERROR_IO, &err),
	    0);
	ck_assert_str_eq(buf_string(&buf), "");
	buf_free(&buf);
}
END_TEST

START_TEST(a_file_without_end_stops_at_the_limit)
{
	struct buf buf = {0};
	struct error err = {0};

	ck_assert_int_eq(file_add(&buf, "/dev/zero", 100000, NULL,
			     ERROR_NO_INPUT, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_NO_INPUT);
	ck_assert_uint_lt(buf.length, 200000);
	buf_free(&buf);
}
END_TEST

START_TEST(a_file_that_is_missing_or_no_file_cannot_be_added)
{
	struct buf buf = {0};
	struct error err = {0};

	ck_assert_int_eq(file_add(&buf, "/nowhere/x", 9, NULL, ERROR_CONFIG,
			     &err),
	    -1);
	ck_assert_str_eq(err.text,
	    "/nowhere/x cannot be opened: No such file or directory");
	ck_assert_int_eq(file_add(&buf, "/", 9, NULL, ERROR_CONFIG, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CONFIG);
	buf_free(&buf);
}
END_TEST

static void make_link(const char *path)
{
	ck_assert_int_eq(symlink("target", path), 0);
}

static void make_directory(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void make_pipe(const char *path)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void make_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_uint_lt(strlen(path), sizeof address.sun_path);
	memcpy(address.sun_path, path, strlen(path));
	ck_assert_int_eq(bind(fd, (const void *)&address,
			     (socklen_t)sizeof address),
	    0);
	(void)close(fd);
}

static void make_second_name(const char *path)
{
	struct error err = {0};
	struct buf other = {0};
	int fd;

	buf_addf(&other, "%s.other", path);
	fd = file_open_new(buf_string(&other), &err);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	ck_assert_int_eq(link(buf_string(&other), path), 0);
	buf_free(&other);
}

static const struct {
	void (*make)(const char *path);
	const char *says;
} no_logs[] = {
    {make_link, "is a symbolic link, not a regular file"},
    {make_directory, "is a directory, not a regular file"},
    {make_pipe, "is a named pipe, not a regular file"},
    {make_socket, "is a socket, not a regular file"},
    {make_second_name, "has a second name"},
};

START_TEST(only_a_regular_file_with_one_name_is_appended_to)
{
	struct scratch scratch;
	struct error err = {0};
	const char *path;
	struct stat status;

	scratch_make(&scratch);
	path = scratch_path(&scratch, "log");
	no_logs[_i].make(path);
	ck_assert_int_eq(file_open_append(path, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	ck_assert_ptr_nonnull(strstr(err.text, no_logs[_i].says));
	ck_assert_int_eq(file_open_new(path, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	ck_assert_int_ne(stat(scratch_path(&scratch, "target"), &status), 0);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_pipe_with_a_reader_is_no_log_either)
{
	struct scratch scratch;
	struct error err = {0};
	const char *path;
	int reader;

	scratch_make(&scratch);
	path = scratch_path(&scratch, "log");
	make_pipe(path);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	ck_assert_int_eq(file_open_append(path, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is a named pipe"));
	(void)close(reader);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_device_is_no_log)
{
	struct error err = {0};

	ck_assert_int_eq(file_open_append("/dev/null", &err), -1);
	ck_assert_str_eq(err.text, "/dev/null is a device, not a regular file");
}
END_TEST

START_TEST(a_log_in_a_missing_directory_cannot_be_opened)
{
	struct error err = {0};

	ck_assert_int_eq(file_open_append("/nowhere/log", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	ck_assert_str_eq(err.text,
	    "/nowhere/log cannot be opened: No such file or directory");
}
END_TEST

/* The file is for its user alone, and not for a program we start. */
static void check_private(int fd)
{
	struct stat status;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0600);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

START_TEST(what_is_appended_stays_behind_what_was_there)
{
	struct scratch scratch;
	struct error err = {0};
	struct buf all = {0};
	int one;
	int two;

	scratch_make(&scratch);
	(void)umask(0);
	one = file_open_append(scratch_path(&scratch, "log"), &err);
	two = file_open_append(scratch_path(&scratch, "log"), &err);
	check_private(one);
	check_private(two);
	ck_assert_int_eq(file_write(one, text_of("a"), "log", &err), 0);
	ck_assert_int_eq(file_write(two, text_of("b"), "log", &err), 0);
	ck_assert_int_eq(file_write(one, text_of("c"), "log", &err), 0);
	ck_assert(scratch_read(&scratch, "log", &all));
	ck_assert_str_eq(buf_string(&all), "abc");
	(void)close(one);
	(void)close(two);
	buf_free(&all);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(missing_parents_are_made_for_the_user_alone)
{
	struct scratch scratch;
	struct stat status;

	scratch_make(&scratch);
	(void)umask(0);
	file_make_parents(scratch_path(&scratch, "a/b/file"));
	file_make_parents(scratch_path(&scratch, "a/b/file"));
	file_make_parents("");
	file_make_parents("/");
	ck_assert_int_eq(stat(scratch_path(&scratch, "a/b"), &status), 0);
	ck_assert_int_eq(status.st_mode & 07777, 0700);
	ck_assert_int_ne(stat(scratch_path(&scratch, "a/b/file"), &status), 0);
	scratch_remove(&scratch);
}
END_TEST

static const char *const temporary_directories[] = {
    NULL, "", "relative", "/nowhere", "/proc", "/tmp"};

START_TEST(an_unnamed_file_is_found_a_place)
{
	struct error err = {0};
	struct stat status = {0};
	char byte = 0;
	int fd;

	if (temporary_directories[_i] == NULL)
		(void)unsetenv("TMPDIR");
	else
		(void)setenv("TMPDIR", temporary_directories[_i], 1);
	fd = file_open_unnamed(&err);
	check_private(fd);
	(void)fstat(fd, &status);
	ck_assert_uint_eq(status.st_nlink, 0);
	ck_assert_int_eq(file_write(fd, text_of("ab"), "it", &err), 0);
	ck_assert_int_eq(file_read_at(fd, &byte, 1, 1, "it", &err), 1);
	ck_assert_int_eq(byte, 'b');
	ck_assert_int_eq(file_read_at(fd, &byte, 1, 2, "it", &err), 0);
	(void)close(fd);
}
END_TEST

/* The child's side: 0 when it could write as much as it wanted to. */
static int write_plenty(const int ends[2], int blocks)
{
	static const char block[4096];
	struct error err;

	(void)close(ends[0]);
	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < blocks; i++)
		if (file_write(ends[1], (struct text){block, sizeof block},
			"it", &err) != 0)
			return 1;
	return 0;
}

static const struct {
	int blocks;
	int milliseconds;
	int status;
} writers[] = {
    {PLENTY / 4096, 10000, 0}, /* one that ends is read to its end */
    {1 << 30, 10, 1},          /* one without end is left after a while */
};

START_TEST(a_drained_pipe_lets_its_writer_finish)
{
	int status = -1;
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		_exit(write_plenty(ends, writers[_i].blocks));
	(void)close(ends[1]);
	file_drain(ends[0], writers[_i].milliseconds);
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), writers[_i].status);
}
END_TEST

START_TEST(a_silent_pipe_is_not_waited_for)
{
	int64_t start = clock_ticks();
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	file_drain(ends[0], 10);
	ck_assert_int_ge(clock_ticks() - start, 10);
	ck_assert_int_lt(clock_ticks() - start, 5000);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

START_TEST(nothing_is_drained_when_the_time_is_over)
{
	struct error err = {0};
	char byte = 0;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(file_write(ends[1], text_of("x"), "it", &err), 0);
	file_drain(ends[0], 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

/* The child's side: it has the lock until it ends. */
static void hold_lock(const char *path, int told)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error err;

	if (file_lock(fd, 0))
		(void)file_write(told, text_of("x"), "it", &err);
	_exit(0);
}

START_TEST(a_lock_is_waited_for)
{
	struct scratch scratch;
	const char *path;
	char byte = 0;
	pid_t child;
	int ends[2];
	int fd;

	scratch_make(&scratch);
	path = scratch_write(&scratch, "file", text_of(""));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0)
		hold_lock(path, ends[1]);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	ck_assert(file_lock(fd, 60000));
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(fd);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_lock_is_not_waited_for_for_ever)
{
	int64_t start = clock_ticks();
	struct scratch scratch;
	const char *path;
	int first;
	int second;

	scratch_make(&scratch);
	path = scratch_write(&scratch, "file", text_of(""));
	first = open(path, O_RDONLY | O_CLOEXEC);
	second = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert(file_lock(first, 0));
	ck_assert(!file_lock(second, 10));
	ck_assert_int_ge(clock_ticks() - start, 10);
	ck_assert_int_lt(clock_ticks() - start, 5000);
	ck_assert(!file_lock(-1, 60000));
	(void)close(first);
	(void)close(second);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_regular_file_needs_no_draining)
{
	struct scratch scratch;
	int fd;

	scratch_make(&scratch);
	fd = open(scratch_write(&scratch, "file", text_of("abc")), O_RDONLY);
	file_drain(fd, 1000);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0);
	(void)close(fd);
	file_drain(-1, 1000);
	scratch_remove(&scratch);
}
END_TEST

Suite *suite_file(void)
{
	Suite *suite = suite_create("file");
	TCase *tests = tcase_create("file");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, the_clock_for_deadlines_never_goes_back);
	tcase_add_test(tests, the_clock_for_people_is_the_time_of_the_system);
	tcase_add_test(tests,
	    a_write_to_a_full_non_blocking_pipe_goes_on_until_all_is_written);
	tcase_add_test(tests, a_read_from_a_non_blocking_pipe_waits_for_bytes);
	tcase_add_test(tests, failed_reads_and_writes_name_what_it_was);
	tcase_add_test(tests, a_full_disk_is_reported);
	tcase_add_test(tests, a_file_is_added_whole_up_to_its_limit);
	tcase_add_test(tests, an_empty_file_adds_nothing);
	tcase_add_test(tests, a_file_without_end_stops_at_the_limit);
	tcase_add_test(tests,
	    a_file_that_is_missing_or_no_file_cannot_be_added);
	tcase_add_loop_test(tests,
	    only_a_regular_file_with_one_name_is_appended_to, 0,
	    COUNT(no_logs));
	tcase_add_test(tests, a_pipe_with_a_reader_is_no_log_either);
	tcase_add_test(tests, a_device_is_no_log);
	tcase_add_test(tests, a_log_in_a_missing_directory_cannot_be_opened);
	tcase_add_test(tests, what_is_appended_stays_behind_what_was_there);
	tcase_add_test(tests, missing_parents_are_made_for_the_user_alone);
	tcase_add_loop_test(tests, an_unnamed_file_is_found_a_place, 0,
	    COUNT(temporary_directories));
	tcase_add_loop_test(tests, a_drained_pipe_lets_its_writer_finish, 0,
	    COUNT(writers));
	tcase_add_test(tests, a_silent_pipe_is_not_waited_for);
	tcase_add_test(tests, nothing_is_drained_when_the_time_is_over);
	tcase_add_test(tests, a_regular_file_needs_no_draining);
	tcase_add_test(tests, a_lock_is_waited_for);
	tcase_add_test(tests, a_lock_is_not_waited_for_for_ever);
	return suite;
}
