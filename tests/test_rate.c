#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "rate.h"
#include "scratch.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { SECOND = 1000, HOUR = 3600 * SECOND };

static const struct moment noon = {.seconds = 1800000000};

/* --- the bucket ---------------------------------------------------------- */

static const struct {
	struct rate rate;
	int64_t used; /* at time 1000 s */
	int64_t now;
	time_t seconds;
} takes[] = {
    /* a full one has all of its tokens at once */
    {{100, HOUR}, 0, 1000 * SECOND, 0},
    {{100, HOUR}, INT64_C(99) * HOUR, 1000 * SECOND, 0},
    {{100, HOUR}, INT64_C(100) * HOUR, 1000 * SECOND, 36},
    {{1, SECOND}, SECOND, 1000 * SECOND, 1},
    /* a token comes back every part of the time, and not before */
    {{100, HOUR}, INT64_C(100) * HOUR, 1036 * SECOND - 1, 1},
    {{100, HOUR}, INT64_C(100) * HOUR, 1036 * SECOND, 0},
    {{100, HOUR}, INT64_C(100) * HOUR, 1010 * SECOND, 26},
    /* seven in a second: parts of milliseconds are not lost */
    {{7, SECOND}, 7 * SECOND, 1000 * SECOND + 142, 1},
    {{7, SECOND}, 7 * SECOND, 1000 * SECOND + 143, 0},
    /* a clock that was set back refills nothing and blocks nobody */
    {{100, HOUR}, INT64_C(100) * HOUR, 1 * SECOND, 36},
    {{100, HOUR}, INT64_C(99) * HOUR, 1 * SECOND, 0},
    /* nor does one that was far ahead */
    {{100, HOUR}, INT64_C(100) * HOUR, INT64_C(999999999999999), 0},
    /* a smaller bucket than before is no deeper than itself */
    {{1, HOUR}, INT64_C(100) * HOUR, 1000 * SECOND, 3600},
    {{1000000, 24 * HOUR}, INT64_MAX / 2, 1000 * SECOND, 1},
};

START_TEST(a_token_is_there_or_it_is_said_when)
{
	struct bucket bucket = {
	    .used = takes[_i].used, .at = INT64_C(1000) * SECOND};

	ck_assert_int_eq(rate_take_from(&bucket, &takes[_i].rate,
			     takes[_i].now),
	    takes[_i].seconds);
	ck_assert_int_eq(bucket.at, takes[_i].now);
}
END_TEST

START_TEST(in_a_long_time_there_are_as_many_tokens_as_the_rate_says)
{
	const struct rate rate = {.count = 7, .period = SECOND};
	struct bucket bucket = {0};
	unsigned taken = 0;

	for (int64_t now = HOUR; now < HOUR + 100 * SECOND; now += 3)
		taken += rate_take_from(&bucket, &rate, now) == 0;
	/* The full bucket at first, then those that came back. */
	ck_assert_uint_eq(taken, 7 + 699);
}
END_TEST

START_TEST(who_waits_as_told_finds_a_token)
{
	const struct rate rate = {.count = 13, .period = HOUR};
	struct bucket bucket = {0};
	int64_t now = HOUR;

	for (int i = 0; i < 100; i++) {
		time_t seconds = rate_take_from(&bucket, &rate, now);

		if (seconds > 0)
			now += seconds * SECOND;
		ck_assert_int_le(seconds, HOUR / 13 / SECOND + 1);
		ck_assert(seconds == 0 ||
		    rate_take_from(&bucket, &rate, now) == 0);
	}
}
END_TEST

/* --- the file ------------------------------------------------------------ */

static const struct {
	const char *profile;
	const char *name;
} names[] = {
    {"work", "=work"},
    {"Work", "=%57ork"},
    {"%57ork", "=%2557ork"},
    {"", "="},
    {".", "=%2e"},
    {"..", "=%2e%2e"},
    {"a/b", "=a%2fb"},
    {"a b_c-9", "=a%20b_c-9"},
    {"\xc3\xa4\n", "=%c3%a4%0a"},
};

START_TEST(any_profile_has_a_file_name_of_its_own)
{
	struct buf name = {0};

	rate_add_name(&name, names[_i].profile);
	ck_assert_str_eq(buf_string(&name), names[_i].name);
	buf_free(&name);
}
END_TEST

struct fixture {
	struct scratch scratch;
	struct spool spool;
	struct profile profile;
};

static void set_up(struct fixture *fixture)
{
	struct error err = {0};

	scratch_make(&fixture->scratch);
	fixture->profile = (struct profile){
	    .name = "work", .rate = {.count = 3, .period = HOUR}};
	ck_assert_int_eq(spool_open(&fixture->spool,
			     scratch_path(&fixture->scratch, "queue"), &err),
	    0);
}

static void tear_down(struct fixture *fixture)
{
	spool_close(&fixture->spool);
	scratch_remove(&fixture->scratch);
}

static time_t take(const struct fixture *fixture)
{
	return rate_take(&fixture->spool, &fixture->profile, noon);
}

START_TEST(tokens_are_counted_from_call_to_call)
{
	struct fixture fixture;
	const struct moment later = {.seconds = noon.seconds + 1200};

	set_up(&fixture);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(take(&fixture), 0);
	ck_assert_int_eq(take(&fixture), 1200);
	ck_assert_int_eq(take(&fixture), 1200);
	ck_assert_int_eq(rate_take(&fixture.spool, &fixture.profile, later), 0);
	ck_assert_int_eq(rate_take(&fixture.spool, &fixture.profile, later),
	    1200);
	tear_down(&fixture);
}
END_TEST

START_TEST(each_profile_has_a_bucket_of_its_own)
{
	struct fixture fixture;

	set_up(&fixture);
	fixture.profile.rate.count = 1;
	ck_assert_int_eq(take(&fixture), 0);
	ck_assert_int_eq(take(&fixture), 3600);
	fixture.profile.name = "Work";
	ck_assert_int_eq(take(&fixture), 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(without_a_rate_there_is_no_file)
{
	struct fixture fixture;
	struct stat status;

	set_up(&fixture);
	fixture.profile.rate.count = 0;
	ck_assert_int_eq(take(&fixture), 0);
	ck_assert_int_ne(stat(scratch_path(&fixture.scratch, "queue/rate"),
			     &status),
	    0);
	tear_down(&fixture);
}
END_TEST

static const char *const strange_files[] = {"", "x", "\n\n\n",
    "00000000000000000x 000000000000000000\n",
    "-00000000000000001 000000000000000000\n",
    "000000000000000000-000000000000000000\n"};

START_TEST(a_file_that_makes_no_sense_is_a_full_bucket)
{
	struct fixture fixture;

	set_up(&fixture);
	ck_assert_int_eq(take(&fixture), 0);
	(void)scratch_write(&fixture.scratch, "queue/rate/=work",
	    text_of(strange_files[_i]));
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(take(&fixture), 0);
	ck_assert_int_eq(take(&fixture), 1200);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_link_is_not_followed_and_stops_no_mail)
{
	struct fixture fixture;
	struct buf other = {0};

	set_up(&fixture);
	(void)scratch_write(&fixture.scratch, "other", text_of("precious"));
	ck_assert_int_eq(mkdir(scratch_path(&fixture.scratch, "queue/rate"),
			     0700),
	    0);
	ck_assert_int_eq(symlink("../../other",
			     scratch_path(&fixture.scratch,
				 "queue/rate/=work")),
	    0);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(take(&fixture), 0);
	ck_assert(scratch_read(&fixture.scratch, "other", &other));
	ck_assert_str_eq(buf_string(&other), "precious");
	buf_free(&other);
	tear_down(&fixture);
}
END_TEST

START_TEST(who_holds_the_lock_and_hangs_stops_no_mail)
{
	struct fixture fixture;
	int64_t start = clock_ticks();
	int fd;

	set_up(&fixture);
	fixture.profile.rate.count = 1;
	ck_assert_int_eq(take(&fixture), 0);
	fd = open(scratch_path(&fixture.scratch, "queue/rate/=work"),
	    O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_int_eq(take(&fixture), 0);
	ck_assert_int_lt(clock_ticks() - start, 10 * SECOND);
	(void)close(fd);
	ck_assert_int_eq(take(&fixture), 3600);
	tear_down(&fixture);
}
END_TEST

/* The child's side: how many it got. */
static int take_often(void *argument)
{
	const struct fixture *fixture = argument;
	int taken = 0;

	for (unsigned i = 0; i < 50; i++)
		taken += take(fixture) == 0;
	return taken;
}

START_TEST(processes_share_a_bucket)
{
	struct fixture fixture;
	pid_t children[8];
	int status = 0;
	int taken = 0;

	set_up(&fixture);
	fixture.profile.rate.count = 100;
	for (int i = 0; i < COUNT(children); i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(take_often(&fixture));
	}
	for (int i = 0; i < COUNT(children); i++) {
		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert(WIFEXITED(status));
		taken += WEXITSTATUS(status);
	}
	ck_assert_int_eq(taken, 100);
	tear_down(&fixture);
}
END_TEST

Suite *suite_rate(void)
{
	Suite *suite = suite_create("rate");
	TCase *tests = tcase_create("rate");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, a_token_is_there_or_it_is_said_when, 0,
	    COUNT(takes));
	tcase_add_test(tests,
	    in_a_long_time_there_are_as_many_tokens_as_the_rate_says);
	tcase_add_test(tests, who_waits_as_told_finds_a_token);
	tcase_add_loop_test(tests, any_profile_has_a_file_name_of_its_own, 0,
	    COUNT(names));
	tcase_add_test(tests, tokens_are_counted_from_call_to_call);
	tcase_add_test(tests, each_profile_has_a_bucket_of_its_own);
	tcase_add_test(tests, without_a_rate_there_is_no_file);
	tcase_add_loop_test(tests, a_file_that_makes_no_sense_is_a_full_bucket,
	    0, COUNT(strange_files));
	tcase_add_test(tests, a_link_is_not_followed_and_stops_no_mail);
	tcase_add_test(tests, who_holds_the_lock_and_hangs_stops_no_mail);
	tcase_add_test(tests, processes_share_a_bucket);
	return suite;
}
