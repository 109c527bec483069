#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim.h"
#include "file.h"
#include "scratch.h"
#include "spool.h"
#include "sweep.h"

/* Behind error.h: it has a macro fail(). */
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { DAY = 24 * 3600, STRANGER = 4242 };

struct place {
	struct scratch scratch;
	struct spool spool;
};

static void begin(struct place *place)
{
	struct error err = {0};

	scratch_make(&place->scratch);
	if (spool_open(&place->spool, scratch_path(&place->scratch, "a/b/s"),
		&err) < 0)
		ck_abort_msg("%s", err.text);
}

static void end(struct place *place)
{
	spool_close(&place->spool);
	scratch_remove(&place->scratch);
}

static void touch(int directory, const char *name, time_t age)
{
	struct timespec times[2];
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	times[0] = (struct timespec){.tv_sec = time(NULL) - age};
	times[1] = times[0];
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(futimens(fd, times), 0);
	ck_assert_int_eq(close(fd), 0);
}

static bool has(int directory, const char *name)
{
	struct stat status;

	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static mode_t mode_of(int directory, const char *name)
{
	struct stat status;

	ck_assert_int_eq(fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW),
	    0);
	return status.st_mode & 07777;
}

/* --- opening ------------------------------------------------------------- */

START_TEST(a_spool_is_made_with_its_parents_and_closed_to_others)
{
	struct place place;
	int fd;
	struct error err = {0};

	begin(&place);
	ck_assert_uint_eq(mode_of(AT_FDCWD, place.spool.path), 0700);
	ck_assert_uint_eq(mode_of(place.spool.top, "queue"), 0700);
	ck_assert_uint_eq(mode_of(place.spool.top, "messages"), 0700);
	ck_assert_uint_eq(mode_of(place.spool.top, "tmp"), 0700);
	fd = spool_create(&place.spool, place.spool.tmp, "X", &err);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq(mode_of(place.spool.tmp, "X"), 0600);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(close(fd), 0);
	end(&place);
}
END_TEST

START_TEST(a_spool_opens_again_and_makes_what_is_missing_in_it)
{
	struct error err = {0};
	struct spool again;
	struct place place;

	begin(&place);
	ck_assert_int_eq(unlinkat(place.spool.top, "tmp", AT_REMOVEDIR), 0);
	ck_assert_int_eq(spool_open(&again, place.spool.path, &err), 0);
	ck_assert(has(again.top, "tmp"));
	spool_close(&again);
	spool_close(&again);
	end(&place);
}
END_TEST

START_TEST(who_only_looks_makes_nothing)
{
	struct scratch scratch;
	struct error err = {0};
	struct spool spool;
	const char *path;

	scratch_make(&scratch);
	path = scratch_path(&scratch, "s");
	ck_assert_int_eq(spool_open_existing(&spool, path, &err), 1);
	ck_assert(!has(AT_FDCWD, path));
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(spool_open_existing(&spool, path, &err), 1);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(spool_open(&spool, path, &err), 0);
	spool_close(&spool);
	ck_assert_int_eq(spool_open_existing(&spool, path, &err), 0);
	spool_close(&spool);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(closing_a_spool_that_was_never_opened_closes_nothing)
{
	struct spool spool = {0};

	spool_close(&spool);
	ck_assert_int_ne(fcntl(STDERR_FILENO, F_GETFD), -1);
	ck_assert_int_eq(spool.top, -1);
}
END_TEST

static const struct {
	const char *part; /* of the spool; "" is its top */
	mode_t mode;
} open_to_others[] = {
    {"", 0777}, {"", 0770}, {"", 01777}, {"queue", 0702}, {"tmp", 0720}};

START_TEST(a_directory_that_others_may_write_to_is_refused)
{
	struct error err = {0};
	struct spool again;
	struct place place;
	struct buf path = {0};

	begin(&place);
	buf_addf(&path, "%s/%s", place.spool.path, open_to_others[_i].part);
	ck_assert_int_eq(chmod(buf_string(&path), open_to_others[_i].mode), 0);
	ck_assert_int_eq(spool_open(&again, place.spool.path, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	ck_assert_ptr_nonnull(strstr(err.text, "others may write to "));
	ck_assert_ptr_nonnull(strstr(err.text, place.spool.path));
	ck_assert_int_eq(chmod(buf_string(&path), 0700), 0);
	buf_free(&path);
	end(&place);
}
END_TEST

/* As an ordinary user; "/" belongs to root. */
static int open_foreign(void *argument)
{
	struct error err = {0};
	struct spool spool;

	(void)argument;
	if (geteuid() == 0 && setuid(STRANGER) < 0)
		return 2;
	if (spool_open(&spool, "/", &err) == 0)
		return 3;
	return err.kind == ERROR_CREATE && spool.top == -1 &&
		strstr(err.text, "another user") != NULL ?
	    0 :
	    1;
}

START_TEST(a_directory_of_somebody_else_is_refused)
{
	ck_assert_int_eq(scratch_fork(open_foreign, NULL), 0);
}
END_TEST

START_TEST(what_root_makes_in_a_users_spool_is_the_users)
{
	static const char *const names[] = {
	    "queue", "messages", "tmp", "damaged", "drain", "tmp/X"};
	struct error err = {0};
	struct scratch scratch;
	struct spool spool;
	struct stat status;
	const char *path;

	/* Nobody else can give anything away. */
	if (geteuid() != 0)
		return;
	scratch_make(&scratch);
	path = scratch_path(&scratch, "s");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chown(path, STRANGER, STRANGER + 1), 0);
	ck_assert_int_eq(spool_open(&spool, path, &err), 0);
	ck_assert_int_eq(close(spool_open_part(&spool, "damaged", &err)), 0);
	ck_assert_int_eq(close(spool_create(&spool, spool.tmp, "X", &err)), 0);
	ck_assert_int_eq(close(spool_lock_drain(&spool)), 0);
	for (int i = 0; i < COUNT(names); i++) {
		ck_assert_int_eq(fstatat(spool.top, names[i], &status, 0), 0);
		ck_assert_uint_eq(status.st_uid, STRANGER);
		ck_assert_uint_eq(status.st_gid, STRANGER + 1);
	}
	spool_close(&spool);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(no_link_stands_in_for_a_directory)
{
	struct error err = {0};
	struct spool again;
	struct place place;
	const char *link;

	begin(&place);
	link = scratch_path(&place.scratch, "link");
	ck_assert_int_eq(symlink(place.spool.path, link), 0);
	ck_assert_int_eq(spool_open(&again, link, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	ck_assert_int_eq(unlinkat(place.spool.top, "tmp", AT_REMOVEDIR), 0);
	ck_assert_int_eq(symlinkat("queue", place.spool.top, "tmp"), 0);
	ck_assert_int_eq(spool_open(&again, place.spool.path, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "a/b/s/tmp cannot be opened"));
	end(&place);
}
END_TEST

START_TEST(a_file_where_the_spool_should_be_is_a_sentence)
{
	struct scratch scratch;
	struct error err = {0};
	struct spool spool;
	const char *path;

	scratch_make(&scratch);
	path = scratch_write(&scratch, "s", text_of(""));
	ck_assert_int_eq(spool_open(&spool, path, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	ck_assert_ptr_nonnull(strstr(err.text, path));
	scratch_remove(&scratch);
}
END_TEST

/* --- files --------------------------------------------------------------- */

START_TEST(a_file_is_made_only_where_there_is_none)
{
	struct error err = {0};
	struct place place;

	begin(&place);
	touch(place.spool.queue, "X", 0);
	ck_assert_int_eq(symlinkat("Z", place.spool.queue, "Y"), 0);
	ck_assert_int_eq(spool_create(&place.spool, place.spool.queue, "X",
			     &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	ck_assert_ptr_nonnull(strstr(err.text, "a/b/s/queue/X cannot"));
	ck_assert_int_eq(spool_create(&place.spool, place.spool.queue, "Y",
			     &err),
	    -1);
	ck_assert(!has(place.spool.queue, "Z"));
	end(&place);
}
END_TEST

START_TEST(only_regular_files_are_opened_and_without_waiting)
{
	struct place place;

	begin(&place);
	ck_assert_int_eq(symlinkat("F", place.spool.queue, "L"), 0);
	ck_assert_int_eq(mkfifoat(place.spool.queue, "P", 0600), 0);
	ck_assert_int_eq(mkdirat(place.spool.queue, "D", 0700), 0);
	touch(place.spool.queue, "F", 0);
	ck_assert_int_lt(spool_open_file(place.spool.queue, "L", O_RDONLY), 0);
	ck_assert_int_lt(spool_open_file(place.spool.queue, "P", O_RDONLY), 0);
	ck_assert_int_lt(spool_open_file(place.spool.queue, "D", O_RDONLY), 0);
	ck_assert_int_eq(close(spool_open_file(place.spool.queue, "F", O_RDWR)),
	    0);
	end(&place);
}
END_TEST

START_TEST(only_one_holds_the_lock_of_the_background_run)
{
	struct place place;
	int first;

	begin(&place);
	first = spool_lock_drain(&place.spool);
	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(spool_lock_drain(&place.spool), -1);
	ck_assert_int_eq(close(first), 0);
	first = spool_lock_drain(&place.spool);
	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(close(first), 0);
	end(&place);
}
END_TEST

/* --- names --------------------------------------------------------------- */

static const struct {
	time_t turn;
	const char *name;
	time_t read; /* what it is read as */
} names[] = {
    {1795343434, "001795343434-AB-2.1", 1795343434},
    {0, "000000000000-AB-2.1", 0},
    {-7, "000000000000-AB-2.1", 0},
    {SPOOL_HELD, "held-AB-2.1", SPOOL_HELD},
    {SPOOL_OWED, "owed-AB-2.1", SPOOL_OWED},
    {9999999999999, "999999999999-AB-2.1", 999999999999},
};

START_TEST(a_name_says_when_and_who)
{
	char name[SPOOL_NAME_SIZE];
	const char *id = NULL;
	time_t turn = 7;

	spool_write_name(name, names[_i].turn, "AB-2.1");
	ck_assert_str_eq(name, names[_i].name);
	ck_assert(spool_read_name(name, &turn, &id));
	ck_assert_int_eq(turn, names[_i].read);
	ck_assert_str_eq(id, "AB-2.1");
}
END_TEST

START_TEST(the_longest_id_has_a_name)
{
	const char *longest = "012345678901234567890123456789012345678";
	char name[SPOOL_NAME_SIZE];
	const char *id;
	time_t turn;

	spool_write_name(name, 1795343434, longest);
	ck_assert(spool_read_name(name, &turn, &id));
	ck_assert_str_eq(id, longest);
}
END_TEST

static const char *const bad_names[] = {"", ".", "..", "AB", "held-", "held",
    "Held-AB", "001795343434-", "00179534343-AB", "0001795343434-AB",
    "+01795343434-AB", "001795343434_AB", "001795343434-ab", "001795343434-A/B",
    "001795343434--AB", "held-.AB"};

START_TEST(anything_else_is_no_name)
{
	const char *id;
	time_t turn;

	ck_assert(!spool_read_name(bad_names[_i], &turn, &id));
}
END_TEST

START_TEST(the_list_is_in_order_of_time_and_has_nothing_else_in_it)
{
	struct strlist list = {0};
	struct error err = {0};
	struct place place;

	begin(&place);
	ck_assert(!spool_has_entries(&place.spool));
	touch(place.spool.queue, "README", 0);
	touch(place.spool.queue, ".hidden", 0);
	ck_assert(!spool_has_entries(&place.spool));
	touch(place.spool.queue, "owed-D", 0);
	touch(place.spool.queue, "held-C", 0);
	touch(place.spool.queue, "000000000100-A", 0);
	touch(place.spool.queue, "000000000099-B", 0);
	ck_assert(spool_has_entries(&place.spool));
	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(spool_list(&place.spool, &list, &err), 0);
		ck_assert_uint_eq(list.count, 4);
		ck_assert_str_eq(list.items[0], "000000000099-B");
		ck_assert_str_eq(list.items[1], "000000000100-A");
		ck_assert_str_eq(list.items[2], "held-C");
		ck_assert_str_eq(list.items[3], "owed-D");
		strlist_free(&list);
	}
	end(&place);
}
END_TEST

START_TEST(a_list_that_cannot_be_read_is_an_error)
{
	struct strlist list = {0};
	struct error err = {0};
	struct place place;
	int queue;

	begin(&place);
	queue = place.spool.queue;
	place.spool.queue = -1;
	ck_assert_int_eq(spool_list(&place.spool, &list, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	ck_assert(!spool_has_entries(&place.spool));
	place.spool.queue = queue;
	strlist_free(&list);
	end(&place);
}
END_TEST

START_TEST(an_entry_is_found_by_its_id)
{
	char name[SPOOL_NAME_SIZE];
	struct place place;

	begin(&place);
	touch(place.spool.queue, "held-AB", 0);
	touch(place.spool.queue, "000000000099-A", 0);
	ck_assert_int_eq(spool_find(&place.spool, "A", name), 1);
	ck_assert_str_eq(name, "000000000099-A");
	ck_assert_int_eq(spool_find(&place.spool, "AB", name), 1);
	ck_assert_str_eq(name, "held-AB");
	ck_assert_int_eq(spool_find(&place.spool, "B", name), 0);
	end(&place);
}
END_TEST

/* --- sweeping ------------------------------------------------------------ */

START_TEST(only_old_remnants_are_swept_away)
{
	struct place place;
	const struct spool *spool = &place.spool;

	begin(&place);
	touch(spool->messages, "OLD", 2 * DAY);
	touch(spool->messages, "NEW", DAY / 2);
	touch(spool->messages, "FUTURE", -2 * DAY);
	touch(spool->messages, "WAITS", 2 * DAY);
	touch(spool->queue, "000000000001-WAITS", 2 * DAY);
	touch(spool->messages, "HELD", 2 * DAY);
	touch(spool->queue, "held-HELD", 2 * DAY);
	touch(spool->messages, "OWED", 2 * DAY);
	touch(spool->queue, "owed-OWED", 2 * DAY);
	touch(spool->tmp, "OLD", 2 * DAY);
	touch(spool->tmp, "NEW", DAY / 2);
	spool_sweep(spool, time(NULL));
	ck_assert(!has(spool->messages, "OLD"));
	ck_assert(has(spool->messages, "NEW"));
	ck_assert(has(spool->messages, "FUTURE"));
	ck_assert(has(spool->messages, "WAITS"));
	ck_assert(has(spool->messages, "HELD"));
	ck_assert(has(spool->messages, "OWED"));
	ck_assert(has(spool->queue, "000000000001-WAITS"));
	ck_assert(!has(spool->tmp, "OLD"));
	ck_assert(has(spool->tmp, "NEW"));
	end(&place);
}
END_TEST

START_TEST(what_is_locked_is_not_swept_away)
{
	struct error err = {0};
	struct claim claim;
	struct place place;

	begin(&place);
	ck_assert_int_eq(claim_make(&claim, &place.spool, "SLOW", &err), 0);
	touch(place.spool.messages, "SLOW", 2 * DAY);
	touch(place.spool.tmp, "SLOW", 2 * DAY);
	spool_sweep(&place.spool, time(NULL));
	ck_assert(has(place.spool.messages, "SLOW"));
	ck_assert(has(place.spool.tmp, "SLOW"));
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(a_spool_is_swept_once_a_day)
{
	struct place place;
	time_t now = time(NULL);
	int messages;

	begin(&place);
	messages = place.spool.messages;
	spool_sweep(&place.spool, now);
	touch(messages, "A", 3 * DAY);
	spool_sweep(&place.spool, now + DAY);
	ck_assert(has(messages, "A"));
	spool_sweep(&place.spool, now + DAY + 1);
	ck_assert(!has(messages, "A"));
	/* The clock is set back: the last time lies ahead. */
	touch(messages, "B", 3 * DAY);
	spool_sweep(&place.spool, now);
	ck_assert(!has(messages, "B"));
	end(&place);
}
END_TEST

Suite *suite_spool(void)
{
	Suite *suite = suite_create("spool");
	TCase *opening = tcase_create("opening");
	TCase *files = tcase_create("files");

	tcase_add_test(opening,
	    a_spool_is_made_with_its_parents_and_closed_to_others);
	tcase_add_test(opening,
	    a_spool_opens_again_and_makes_what_is_missing_in_it);
	tcase_add_test(opening, who_only_looks_makes_nothing);
	tcase_add_test(opening,
	    closing_a_spool_that_was_never_opened_closes_nothing);
	tcase_add_loop_test(opening,
	    a_directory_that_others_may_write_to_is_refused, 0,
	    COUNT(open_to_others));
	tcase_add_test(opening, a_directory_of_somebody_else_is_refused);
	tcase_add_test(opening, what_root_makes_in_a_users_spool_is_the_users);
	tcase_add_test(opening, no_link_stands_in_for_a_directory);
	tcase_add_test(opening, a_file_where_the_spool_should_be_is_a_sentence);
	suite_add_tcase(suite, opening);
	tcase_add_test(files, a_file_is_made_only_where_there_is_none);
	tcase_add_test(files,
	    only_regular_files_are_opened_and_without_waiting);
	tcase_add_test(files, only_one_holds_the_lock_of_the_background_run);
	tcase_add_loop_test(files, a_name_says_when_and_who, 0, COUNT(names));
	tcase_add_test(files, the_longest_id_has_a_name);
	tcase_add_loop_test(files, anything_else_is_no_name, 0,
	    COUNT(bad_names));
	tcase_add_test(files,
	    the_list_is_in_order_of_time_and_has_nothing_else_in_it);
	tcase_add_test(files, a_list_that_cannot_be_read_is_an_error);
	tcase_add_test(files, an_entry_is_found_by_its_id);
	tcase_add_test(files, only_old_remnants_are_swept_away);
	tcase_add_test(files, what_is_locked_is_not_swept_away);
	tcase_add_test(files, a_spool_is_swept_once_a_day);
	suite_add_tcase(suite, files);
	return suite;
}
