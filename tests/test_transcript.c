#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "scratch.h"
#include "suites.h"
#include "transcript.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* Times differ from run to run; their digits become zeros. */
static void hide_times(struct buf *block)
{
	for (size_t i = 0; i < block->length; i++)
		if (block->data[i] == '+')
			while (byte_is_digit(block->data[++i]) ||
			    block->data[i] == '.')
				if (block->data[i] != '.')
					block->data[i] = '0';
}

static void record_session(struct transcript *transcript)
{
	transcript_begin(transcript,
	    text_of("2026-11-22 4XK2J9 uid 33 (www-data) php /srv/cron.php\n"
		    "from a@example.com  to b@example.com  profile work"));
	transcript_addf(transcript, '*', "connect %s [%s]:%d",
	    "smtp.example.com", "192.0.2.1", 587);
	transcript_add(transcript, '>', text_of("EHLO web1.example.com"));
	transcript_add(transcript, '<',
	    text_of("250-smtp.example.com\n250-PIPELINING\n250 HELP"));
	transcript_end(transcript,
	    text_of("4XK2J9 sent in 0.182 s: b@example.com 250"));
}

static const char session[] =
    "== 2026-11-22 4XK2J9 uid 33 (www-data) php /srv/cron.php\n"
    "   from a@example.com  to b@example.com  profile work\n"
    "   +0.000  * connect smtp.example.com [192.0.2.1]:587\n"
    "   +0.000  > EHLO web1.example.com\n"
    "   +0.000  < 250-smtp.example.com\n"
    "             250-PIPELINING\n"
    "             250 HELP\n"
    "== 4XK2J9 sent in 0.182 s: b@example.com 250\n";

START_TEST(a_session_is_a_page_for_people)
{
	struct transcript transcript = {.is_kept = true};

	record_session(&transcript);
	hide_times(&transcript.block);
	ck_assert_str_eq(buf_string(&transcript.block), session);
	transcript_free(&transcript);
}
END_TEST

START_TEST(a_long_wait_keeps_the_columns)
{
	struct transcript transcript = {.is_kept = true};

	transcript.start = clock_ticks() - 12345;
	transcript_add(&transcript, '<', text_of("a\nb"));
	hide_times(&transcript.block);
	ck_assert_str_eq(buf_string(&transcript.block),
	    "  +00.000  < a\n"
	    "             b\n");
	transcript_free(&transcript);
}
END_TEST

START_TEST(time_is_counted_from_the_head)
{
	struct transcript transcript = {.is_kept = true};

	transcript_begin(&transcript, text_of("head"));
	transcript.start -= 71000;
	transcript_add(&transcript, '*', text_of("x"));
	ck_assert_ptr_nonnull(strstr(transcript.block.data, "\n  +71.0"));
	transcript_free(&transcript);
}
END_TEST

static const struct {
	const char *said;
	const char *shown;
} visible_cases[] = {
    {"250 \x1b[2J\a", "   +0.000  < 250 \\x1B[2J\\x07\n"},
    {"250 ok\r", "   +0.000  < 250 ok\\x0D\n"},
    {"250 \xff\xc2\x9b", "   +0.000  < 250 \\xFF\\xC2\\x9B\n"},
    {"J\xc3\xbcrgen \\o/", "   +0.000  < J\xc3\xbcrgen \\o/\n"},
    {"", "   +0.000  < \n"},
    {"\n== X sent", "   +0.000  < \n             == X sent\n"},
};

START_TEST(control_bytes_are_made_visible)
{
	struct transcript transcript = {.is_kept = true};

	transcript.start = clock_ticks();
	transcript_add(&transcript, '<', text_of(visible_cases[_i].said));
	hide_times(&transcript.block);
	ck_assert_str_eq(buf_string(&transcript.block),
	    visible_cases[_i].shown);
	transcript_free(&transcript);
}
END_TEST

START_TEST(head_and_end_hide_no_control_bytes_either)
{
	struct transcript transcript = {.is_kept = true};

	transcript_begin(&transcript, text_of("a\x1b\nb\x1b"));
	transcript_end(&transcript, text_of("c\x1b"));
	ck_assert_str_eq(buf_string(&transcript.block),
	    "== a\\x1B\n   b\\x1B\n== c\\x1B\n");
	transcript_free(&transcript);
}
END_TEST

START_TEST(a_block_is_cut_at_its_limit_but_has_an_end)
{
	struct transcript transcript = {.is_kept = true};
	struct text block;
	char line[1001];

	memset(line, 'x', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	transcript_begin(&transcript, text_of("head"));
	for (int i = 0; i < 5000; i++)
		transcript_add(&transcript, '<', text_of(line));
	transcript_end(&transcript, text_of("X sent"));
	block = buf_text(&transcript.block);
	ck_assert_uint_lt(block.length, TRANSCRIPT_MAX + 100);
	ck_assert_uint_gt(block.length, TRANSCRIPT_MAX - 2000);
	ck_assert_ptr_nonnull(strstr(block.data,
	    "\n             ... cut after 4194304 bytes\n== X sent\n"));
	transcript_free(&transcript);
}
END_TEST

START_TEST(a_formatted_line_is_cut_between_characters)
{
	struct transcript transcript = {.is_kept = true};
	struct buf long_word = {0};

	for (int i = 0; i < TRANSCRIPT_MAX_LINE; i++)
		buf_add_string(&long_word, "\xc3\xbc");
	transcript_addf(&transcript, '*', "%s", buf_string(&long_word));
	ck_assert_uint_lt(transcript.block.length, TRANSCRIPT_MAX_LINE + 30);
	ck_assert_ptr_null(strstr(transcript.block.data, "\\x"));
	buf_free(&long_word);
	transcript_free(&transcript);
}
END_TEST

static int record_live(void *argument)
{
	struct transcript transcript = {.is_live = true};

	(void)dup2(*(const int *)argument, STDERR_FILENO);
	record_session(&transcript);
	if (transcript.block.length != 0)
		return 1;
	(void)close(STDERR_FILENO);
	record_session(&transcript);
	transcript_free(&transcript);
	return 0;
}

START_TEST(a_live_transcript_goes_to_stderr_and_is_not_gathered)
{
	struct scratch scratch;
	struct buf shown = {0};
	int fd;

	scratch_make(&scratch);
	fd = open(scratch_write(&scratch, "err", text_of("")), O_WRONLY);
	ck_assert_int_eq(scratch_fork(record_live, &fd), 0);
	ck_assert(scratch_read(&scratch, "err", &shown));
	hide_times(&shown);
	ck_assert_str_eq(buf_string(&shown), session);
	(void)close(fd);
	buf_free(&shown);
	scratch_remove(&scratch);
}
END_TEST

/* Write a block of one line, "== TEXT". */
static int write_block(const char *path, const struct settings *settings,
    const char *text, struct error *err)
{
	struct transcript transcript = {.is_kept = true};
	int result;

	transcript_end(&transcript, text_of(text));
	result = transcript_write(&transcript, path, settings, "X1", err);
	transcript_free(&transcript);
	return result;
}

static void check_file(struct scratch *scratch, const char *name,
    const char *expected)
{
	struct buf contents = {0};

	ck_assert_int_eq(scratch_read(scratch, name, &contents),
	    expected != NULL);
	if (expected != NULL)
		ck_assert_str_eq(buf_string(&contents), expected);
	buf_free(&contents);
}

/* Each block has 5 bytes: "== A\n". */
static const struct {
	uint64_t max;
	unsigned count;
	const char *files[4]; /* t, t.1, t.2, t.3 after A, B, C, D */
} rotations[] = {
    {0, 5, {"== A\n== B\n== C\n== D\n"}},
    {20, 5, {"== A\n== B\n== C\n== D\n"}},
    {19, 5, {"== D\n", "== A\n== B\n== C\n"}},
    {10, 5, {"== C\n== D\n", "== A\n== B\n"}},
    {5, 2, {"== D\n", "== C\n", "== B\n"}},
    {1, 3, {"== D\n", "== C\n", "== B\n", "== A\n"}},
    {5, 1, {"== D\n", "== C\n"}},
    {5, 0, {"== D\n"}},
};

START_TEST(a_file_is_rotated_before_it_grows_too_large)
{
	const struct settings settings = {.transcript_max = rotations[_i].max,
	    .transcript_count = rotations[_i].count};
	const char *const blocks[] = {"A", "B", "C", "D"};
	const char *const names[] = {"t", "t.1", "t.2", "t.3"};
	struct scratch scratch;
	struct error err = {0};

	scratch_make(&scratch);
	for (int i = 0; i < COUNT(blocks); i++)
		ck_assert_int_eq(write_block(scratch_path(&scratch, "t"),
				     &settings, blocks[i], &err),
		    0);
	for (int i = 0; i < COUNT(names); i++)
		check_file(&scratch, names[i], rotations[_i].files[i]);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_file_that_cannot_be_rotated_grows)
{
	const struct settings settings = {
	    .transcript_max = 5, .transcript_count = 1};
	struct scratch scratch;
	struct error err = {0};

	scratch_make(&scratch);
	/* A directory is in the way, whoever runs this test. */
	ck_assert_int_eq(mkdir(scratch_path(&scratch, "t.1"), 0700), 0);
	(void)scratch_write(&scratch, "t", text_of("== A\n"));
	ck_assert_int_eq(write_block(scratch_path(&scratch, "t"), &settings,
			     "B", &err),
	    0);
	check_file(&scratch, "t", "== A\n== B\n");
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_lock_that_is_never_given_back_does_not_stop_a_block)
{
	const struct settings settings = {
	    .transcript_max = 5, .transcript_count = 1};
	int64_t start = clock_ticks();
	struct scratch scratch;
	struct error err = {0};
	int fd;

	scratch_make(&scratch);
	fd = open(scratch_write(&scratch, "t", text_of("== A\n")), O_WRONLY);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_int_eq(write_block(scratch_path(&scratch, "t"), &settings,
			     "B", &err),
	    0);
	ck_assert_int_ge(clock_ticks() - start, TRANSCRIPT_LOCK_LIMIT);
	check_file(&scratch, "t", "== A\n== B\n");
	check_file(&scratch, "t.1", NULL);
	(void)close(fd);
	scratch_remove(&scratch);
}
END_TEST

static const char *const bad_paths[] = {
    "/nowhere/t", "/nowhere/", "/dev/full", ""};

START_TEST(a_transcript_that_cannot_be_written_is_an_error_to_report)
{
	const struct settings settings = {0};
	struct error err = {0};

	ck_assert_int_eq(write_block(bad_paths[_i], &settings, "A", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
}
END_TEST

START_TEST(a_transcript_is_never_written_through_a_link)
{
	const struct settings settings = {0};
	struct scratch scratch;
	struct error err = {0};

	scratch_make(&scratch);
	ck_assert_int_eq(symlink("target", scratch_path(&scratch, "t")), 0);
	ck_assert_int_eq(write_block(scratch_path(&scratch, "t"), &settings,
			     "A", &err),
	    -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is a symbolic link"));
	check_file(&scratch, "target", NULL);
	scratch_remove(&scratch);
}
END_TEST

/* The only entry of a directory, under its name in the scratch directory. */
static void find_entry(struct scratch *scratch, const char *directory,
    struct buf *name)
{
	DIR *entries = opendir(scratch_path(scratch, directory));
	const struct dirent *entry;

	ck_assert_ptr_nonnull(entries);
	while ((entry = readdir(entries)) != NULL)
		if (entry->d_name[0] != '.')
			buf_addf(name, "%s/%s", directory, entry->d_name);
	(void)closedir(entries);
}

START_TEST(a_directory_gets_a_file_for_each_session)
{
	/* That there is no rotation there is part of the contract. */
	const struct settings settings = {.transcript_max = 1};
	struct scratch scratch;
	struct buf name = {0};
	struct error err = {0};
	struct stat status;

	scratch_make(&scratch);
	ck_assert_int_eq(mkdir(scratch_path(&scratch, "d"), 0700), 0);
	ck_assert_int_eq(write_block(scratch_path(&scratch, "d/"), &settings,
			     "A", &err),
	    0);
	find_entry(&scratch, "d", &name);
	/* d/20261122-100000.123-X1.txt */
	ck_assert_uint_eq(name.length, 28);
	ck_assert_str_eq(name.data + 21, "-X1.txt");
	check_file(&scratch, buf_string(&name), "== A\n");
	ck_assert_int_eq(stat(scratch_path(&scratch, buf_string(&name)),
			     &status),
	    0);
	ck_assert_int_eq(status.st_mode & 077, 0);
	buf_free(&name);
	scratch_remove(&scratch);
}
END_TEST

enum {
	WRITERS = 4,
	BLOCKS = 200,   /* of each */
	WIDTH = 100,    /* bytes of one, without "== " */
	LARGEST = 1000, /* bytes of a file */
	MAX_FILES = 100 /* more than there will be */
};

/* The child's side: blocks "== WRITER NUMBER xxx...", two lines each. */
static int write_many(const char *path, int writer)
{
	const struct settings settings = {
	    .transcript_max = LARGEST, .transcript_count = MAX_FILES};
	char line[WIDTH];
	struct error err;
	int failures = 0;

	for (int i = 0; i < BLOCKS; i++) {
		memset(line, 'x', sizeof line - 1);
		line[sizeof line - 1] = '\0';
		line[snprintf(line, sizeof line, "%d %d", writer, i)] = ' ';
		failures += write_block(path, &settings, line, &err) != 0;
	}
	return failures;
}

/* Take a number below the limit off a line; -1 where there is none. */
static int take_number(struct text *rest, int limit)
{
	struct text word;
	unsigned long long number = 0;

	if (!text_word(rest, &word) || text_number(word, 999, &number) != 0)
		return -1;
	return (int)number < limit ? (int)number : -1;
}

/* Mark which blocks are there; false for one that is torn. */
static bool mark_blocks(struct text rest, bool seen[WRITERS][BLOCKS])
{
	struct text line;

	while (text_split(&rest, '\n', &line)) {
		struct text words = text_part(line, 3, line.length);
		int writer = take_number(&words, WRITERS);
		int number = take_number(&words, BLOCKS);

		if (line.length != WIDTH + 2 || writer < 0 || number < 0 ||
		    seen[writer][number])
			return false;
		seen[writer][number] = true;
	}
	return true;
}

/*
 * All but the newest file must be full: two writers that rotate at once would
 * leave one that is not, and lose the oldest in time.
 */
static void add_rotated(struct scratch *scratch, struct buf *all)
{
	struct buf name = {0};
	size_t before = 0;
	int count = 0;

	do {
		before = all->length;
		buf_clear(&name);
		buf_addf(&name, "t.%d", ++count);
		if (scratch_read(scratch, buf_string(&name), all))
			ck_assert_uint_gt(all->length - before + WIDTH + 3,
			    LARGEST);
	} while (all->length > before);
	ck_assert_int_gt(count, 10);
	ck_assert_int_lt(count, MAX_FILES);
	buf_free(&name);
}

START_TEST(writers_at_the_same_time_lose_and_tear_nothing)
{
	bool seen[WRITERS][BLOCKS] = {0};
	struct scratch scratch;
	struct buf all = {0};
	const char *path;
	int status = 0;

	scratch_make(&scratch);
	path = scratch_path(&scratch, "t");
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			_exit(write_many(path, i));
	for (int i = 0; i < WRITERS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert(scratch_read(&scratch, "t", &all));
	add_rotated(&scratch, &all);
	ck_assert(mark_blocks(buf_text(&all), seen));
	for (int i = 0; i < WRITERS * BLOCKS; i++)
		ck_assert(seen[i / BLOCKS][i % BLOCKS]);
	buf_free(&all);
	scratch_remove(&scratch);
}
END_TEST

Suite *suite_transcript(void)
{
	Suite *suite = suite_create("transcript");
	TCase *block = tcase_create("block");
	TCase *file = tcase_create("file");

	suite_add_tcase(suite, block);
	tcase_add_test(block, a_session_is_a_page_for_people);
	tcase_add_test(block, a_long_wait_keeps_the_columns);
	tcase_add_test(block, time_is_counted_from_the_head);
	tcase_add_loop_test(block, control_bytes_are_made_visible, 0,
	    COUNT(visible_cases));
	tcase_add_test(block, head_and_end_hide_no_control_bytes_either);
	tcase_add_test(block, a_block_is_cut_at_its_limit_but_has_an_end);
	tcase_add_test(block, a_formatted_line_is_cut_between_characters);
	tcase_add_test(block,
	    a_live_transcript_goes_to_stderr_and_is_not_gathered);
	suite_add_tcase(suite, file);
	tcase_add_loop_test(file, a_file_is_rotated_before_it_grows_too_large,
	    0, COUNT(rotations));
	tcase_add_test(file, a_file_that_cannot_be_rotated_grows);
	tcase_add_test(file,
	    a_lock_that_is_never_given_back_does_not_stop_a_block);
	tcase_add_loop_test(file,
	    a_transcript_that_cannot_be_written_is_an_error_to_report, 0,
	    COUNT(bad_paths));
	tcase_add_test(file, a_transcript_is_never_written_through_a_link);
	tcase_add_test(file, a_directory_gets_a_file_for_each_session);
	tcase_set_timeout(file, 60);
	tcase_add_test(file, writers_at_the_same_time_lose_and_tear_nothing);
	return suite;
}
