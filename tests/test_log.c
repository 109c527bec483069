#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "scratch.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* "2026-11-22T10:00:00.123+01:00" */
enum { TIME_LENGTH = 29 };

/* Log one value and give the line back without its time. */
static void log_one(struct scratch *scratch, enum log_format format,
    const struct log_value *value, struct buf *line)
{
	const struct settings settings = {
	    .log = scratch_path(scratch, "log"), .log_format = format};

	log_open(&settings);
	log_entry(LEVEL_INFO, value, 1);
	log_close();
	ck_assert(scratch_read(scratch, "log", line));
	ck_assert_uint_gt(line->length, TIME_LENGTH);
}

static const struct {
	const char *value;
	const char *shown;
} text_cases[] = {
    {"a@example.com", "a@example.com"},
    {"two words", "\"two words\""},
    {"", "\"\""},
    {"a=b", "\"a=b\""},
    {"say \"x\"", "\"say \\x22x\\x22\""},
    {"x\\\" status=sent", "\"x\\\\x22 status=sent\""},
    {"x y\\", "\"x y\\\""},
    {"C:\\x", "C:\\x"},
    {"\x1b[2J\n", "\\x1B[2J\\x0A"},
    {"J\xc3\xbcrgen", "J\xc3\xbcrgen"},
    {"\xff\xc2\x9b", "\\xFF\\xC2\\x9B"},
    {"a\nlevel=error", "\"a\\x0Alevel=error\""},
};

START_TEST(a_text_value_is_quoted_where_it_must_be)
{
	struct scratch scratch;
	struct buf line = {0};
	struct buf expected = {0};

	scratch_make(&scratch);
	log_one(&scratch, LOG_TEXT,
	    &(struct log_value){"key", text_cases[_i].value, false}, &line);
	buf_addf(&expected, " level=info key=%s\n", text_cases[_i].shown);
	ck_assert_str_eq(buf_string(&line) + TIME_LENGTH,
	    buf_string(&expected));
	ck_assert_int_eq(line.data[10], 'T');
	ck_assert_int_eq(line.data[TIME_LENGTH - 3], ':');
	buf_free(&line);
	buf_free(&expected);
	scratch_remove(&scratch);
}
END_TEST

static const struct {
	struct log_value value;
	const char *shown;
} json_cases[] = {
    {{"key", "two words", false}, "\"key\":\"two words\""},
    {{"key", "", false}, "\"key\":\"\""},
    {{"size", "1834", true}, "\"size\":1834"},
    {{"size", "1834", false}, "\"size\":\"1834\""},
    {{"key", "say \"x\\\"", false}, "\"key\":\"say \\\"x\\\\\\\"\""},
    {{"key", "\x1b\n\x7f", false}, "\"key\":\"\\u001B\\u000A\\u007F\""},
    {{"key", "J\xc3\xbcrgen", false}, "\"key\":\"J\xc3\xbcrgen\""},
    {{"key", "\xff\xc3", false}, "\"key\":\"\\\\xFF\\\\xC3\""},
    {{"key", "\xc2\x9b\xe2\x80\xa8", false}, "\"key\":\"\\u009B\\u2028\""},
};

START_TEST(a_json_value_is_escaped_where_it_must_be)
{
	struct scratch scratch;
	struct buf line = {0};
	struct buf expected = {0};

	scratch_make(&scratch);
	log_one(&scratch, LOG_JSON, &json_cases[_i].value, &line);
	ck_assert_int_eq(strncmp(line.data, "{\"time\":\"20", 11), 0);
	buf_addf(&expected, "\",\"level\":\"info\",%s}\n",
	    json_cases[_i].shown);
	ck_assert_str_eq(buf_string(&line) + 9 + TIME_LENGTH,
	    buf_string(&expected));
	buf_free(&line);
	buf_free(&expected);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(entries_are_lines_in_order_and_private)
{
	const struct log_value values[] = {
	    {"id", "X1", false}, {"tls", NULL, false}, {"size", "7", true}};
	struct scratch scratch;
	struct buf lines = {0};
	struct stat status;
	struct settings settings = {0};

	scratch_make(&scratch);
	settings.log = scratch_path(&scratch, "log");
	log_open(&settings);
	log_entry(LEVEL_WARNING, values, 3);
	log_sentence(LEVEL_ERROR, "X2", "It went wrong");
	log_sentence(LEVEL_INFO, NULL, "All well");
	log_close();
	ck_assert(scratch_read(&scratch, "log", &lines));
	ck_assert_ptr_nonnull(strstr(lines.data,
	    " level=warning id=X1 size=7\n"));
	ck_assert_ptr_nonnull(strstr(lines.data,
	    " level=error id=X2 sentence=\"It went wrong\"\n"));
	ck_assert_ptr_nonnull(strstr(lines.data,
	    " level=info sentence=\"All well\"\n"));
	ck_assert_int_eq(stat(settings.log, &status), 0);
	ck_assert_int_eq(status.st_mode & 077, 0);
	buf_free(&lines);
	scratch_remove(&scratch);
}
END_TEST

static const char *const useless_logs[] = {
    "none", "/nowhere/log", "/dev/full", "/", "link", "pipe", ""};

START_TEST(a_log_that_cannot_be_written_is_no_error)
{
	struct scratch scratch;
	struct settings settings = {.log = useless_logs[_i]};
	struct stat status;

	scratch_make(&scratch);
	ck_assert_int_eq(symlink("target", scratch_path(&scratch, "link")), 0);
	ck_assert_int_eq(mkfifo(scratch_path(&scratch, "pipe"), 0600), 0);
	if (strcmp(settings.log, "link") == 0 ||
	    strcmp(settings.log, "pipe") == 0)
		settings.log = scratch_path(&scratch, settings.log);
	log_open(&settings);
	log_sentence(LEVEL_ERROR, "X", "It went wrong");
	log_close();
	ck_assert_int_ne(stat(scratch_path(&scratch, "target"), &status), 0);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(nothing_is_logged_before_the_log_is_open)
{
	log_close();
	log_sentence(LEVEL_ERROR, "X", "It went wrong");
}
END_TEST

static int log_to_stderr(void *argument)
{
	const int *fd = argument;

	(void)dup2(*fd, STDERR_FILENO);
	log_open(&(struct settings){.log = "stderr"});
	log_sentence(LEVEL_INFO, "X", "hello");
	log_close();
	(void)close(STDERR_FILENO);
	log_open(&(struct settings){.log = "stderr"});
	log_sentence(LEVEL_INFO, "X", "lost");
	log_close();
	return 0;
}

START_TEST(stderr_can_be_the_log_and_may_be_closed)
{
	struct scratch scratch;
	struct buf line = {0};
	int fd;

	scratch_make(&scratch);
	fd = open(scratch_write(&scratch, "err", text_of("")), O_WRONLY);
	ck_assert_int_eq(scratch_fork(log_to_stderr, &fd), 0);
	ck_assert(scratch_read(&scratch, "err", &line));
	ck_assert_str_eq(buf_string(&line) + TIME_LENGTH,
	    " level=info id=X sentence=hello\n");
	(void)close(fd);
	buf_free(&line);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_log_that_was_moved_away_is_made_anew)
{
	struct scratch scratch;
	struct settings settings = {0};
	struct buf lines = {0};

	scratch_make(&scratch);
	settings.log = scratch_path(&scratch, "log");
	log_open(&settings);
	log_sentence(LEVEL_INFO, "X", "first");
	ck_assert_int_eq(rename(settings.log, scratch_path(&scratch, "log.1")),
	    0);
	log_sentence(LEVEL_INFO, "X", "second");
	log_close();
	ck_assert(scratch_read(&scratch, "log", &lines));
	ck_assert_ptr_nonnull(strstr(lines.data, "second"));
	ck_assert_ptr_null(strstr(lines.data, "first"));
	buf_free(&lines);
	scratch_remove(&scratch);
}
END_TEST

enum { WRITERS = 4, ENTRIES = 200, ALL = WRITERS * ENTRIES, WIDE = 6000 };

static void log_wide_entries(const char *path, char byte)
{
	const struct settings settings = {.log = path};
	char value[WIDE + 1] = {0};

	memset(value, byte, WIDE);
	log_open(&settings);
	for (int i = 0; i < ENTRIES; i++)
		log_entry(LEVEL_INFO,
		    &(struct log_value){"value", value, false}, 1);
	log_close();
}

static bool is_one_wide_entry(struct text line)
{
	const char *first = line.data + line.length - WIDE;

	if (line.length != TIME_LENGTH + strlen(" level=info value=") + WIDE)
		return false;
	for (int i = 1; i < WIDE; i++)
		if (first[i] != first[0])
			return false;
	return true;
}

START_TEST(writers_at_the_same_time_do_not_mix_their_lines)
{
	struct scratch scratch;
	struct buf all = {0};
	struct text rest;
	struct text line;
	const char *path;
	int count = 0;

	scratch_make(&scratch);
	path = scratch_path(&scratch, "log");
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0) {
			log_wide_entries(path, (char)('a' + i));
			_exit(0);
		}
	for (int i = 0; i < WRITERS; i++)
		ck_assert_int_gt(wait(NULL), 0);
	ck_assert(scratch_read(&scratch, "log", &all));
	rest = buf_text(&all);
	while (text_split(&rest, '\n', &line)) {
		ck_assert(is_one_wide_entry(line));
		count++;
	}
	ck_assert_int_eq(count, ALL);
	buf_free(&all);
	scratch_remove(&scratch);
}
END_TEST

Suite *suite_log(void)
{
	Suite *suite = suite_create("log");
	TCase *tests = tcase_create("log");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, a_text_value_is_quoted_where_it_must_be, 0,
	    COUNT(text_cases));
	tcase_add_loop_test(tests, a_json_value_is_escaped_where_it_must_be, 0,
	    COUNT(json_cases));
	tcase_add_test(tests, entries_are_lines_in_order_and_private);
	tcase_add_loop_test(tests, a_log_that_cannot_be_written_is_no_error, 0,
	    COUNT(useless_logs));
	tcase_add_test(tests, nothing_is_logged_before_the_log_is_open);
	tcase_add_test(tests, stderr_can_be_the_log_and_may_be_closed);
	tcase_add_test(tests, a_log_that_was_moved_away_is_made_anew);
	tcase_add_test(tests, writers_at_the_same_time_do_not_mix_their_lines);
	return suite;
}
