#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "other_spools.h"
#include "queue_spools.h"
#include "scratch.h"
#include "suites.h"

struct seen {
	struct buf paths; /* a line for each */
	unsigned left;    /* until the visitor fails */
};

static int visit(void *context, const char *path, uid_t uid, struct error *err)
{
	struct seen *seen = context;

	buf_addf(&seen->paths, "%s %lu\n", strrchr(path, '/') + 1,
	    (unsigned long)uid);
	if (--seen->left > 0)
		return 0;
	*err = (struct error){.kind = ERROR_IO, .text = "enough"};
	return -1;
}

static void make(struct scratch *scratch, const char *before, unsigned long uid,
    const char *after)
{
	struct buf name = {0};

	buf_addf(&name, "%s%lu%s", before, uid, after);
	ck_assert_int_eq(mkdir(scratch_path(scratch, buf_string(&name)), 0700),
	    0);
	buf_free(&name);
}

START_TEST(a_directory_named_by_its_owner_is_a_spool)
{
	unsigned long uid = getuid();
	struct scratch scratch;
	struct seen seen = {.left = 9};
	struct buf wanted = {0};
	struct error err;

	scratch_make(&scratch);
	make(&scratch, "", uid, "");
	make(&scratch, "0", uid, "");
	make(&scratch, "", uid, "x");
	make(&scratch, "+", uid, "");
	make(&scratch, "1", uid, "");
	ck_assert_int_eq(other_spools_each(scratch.directory, visit, &seen,
			     &err),
	    0);
	buf_addf(&wanted, "%lu %lu\n", uid, uid);
	ck_assert_str_eq(buf_string(&seen.paths), buf_string(&wanted));
	buf_free(&wanted);
	buf_free(&seen.paths);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(neither_a_link_nor_a_file_is_a_spool)
{
	struct scratch scratch;
	struct seen seen = {.left = 9};
	struct buf name = {0};
	struct error err;

	scratch_make(&scratch);
	buf_addf(&name, "%lu", (unsigned long)getuid());
	ck_assert_int_eq(symlink("/",
			     scratch_path(&scratch, buf_string(&name))),
	    0);
	ck_assert_int_eq(other_spools_each(scratch.directory, visit, &seen,
			     &err),
	    0);
	ck_assert_int_eq(unlink(scratch_path(&scratch, buf_string(&name))), 0);
	(void)scratch_write(&scratch, buf_string(&name), text_of("x"));
	ck_assert_int_eq(other_spools_each(scratch.directory, visit, &seen,
			     &err),
	    0);
	ck_assert_uint_eq(seen.paths.length, 0);
	buf_free(&name);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_link_to_all_the_spools_is_not_followed)
{
	struct scratch scratch;
	struct seen seen = {.left = 9};
	struct error err;

	scratch_make(&scratch);
	ck_assert_int_eq(symlink("/", scratch_path(&scratch, "users")), 0);
	ck_assert_int_eq(other_spools_each(scratch_path(&scratch, "users"),
			     visit, &seen, &err),
	    -1);
	ck_assert_int_eq((int)err.kind, ERROR_IO);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(no_directory_has_no_spools)
{
	struct seen seen = {.left = 9};
	struct error err;

	ck_assert_int_eq(other_spools_each("/nonexistent/users", visit, &seen,
			     &err),
	    0);
	ck_assert_uint_eq(seen.paths.length, 0);
}
END_TEST

START_TEST(a_visitor_that_fails_ends_it)
{
	struct scratch scratch;
	struct seen seen = {.left = 1};
	struct error err;

	scratch_make(&scratch);
	make(&scratch, "", getuid(), "");
	ck_assert_int_eq(other_spools_each(scratch.directory, visit, &seen,
			     &err),
	    -1);
	ck_assert_str_eq(err.text, "enough");
	buf_free(&seen.paths);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_number_that_is_not_its_owners_is_squatted)
{
	unsigned long uid = getuid();
	struct scratch scratch;
	struct buf path = {0};

	scratch_make(&scratch);
	make(&scratch, "", uid, "");
	make(&scratch, "0", uid, "");
	make(&scratch, "", uid, "x");
	make(&scratch, "+", uid, "");
	ck_assert_uint_eq(other_spools_find_squatted(scratch.directory, &path),
	    0);
	ck_assert_uint_eq(path.length, 0);
	make(&scratch, "1", uid, "");
	ck_assert_uint_eq(other_spools_find_squatted(scratch.directory, &path),
	    1);
	ck_assert_str_eq(buf_string(&path),
	    scratch.paths.items[scratch.paths.count - 1]);
	ck_assert_int_eq(symlink("/", scratch_path(&scratch, "7")), 0);
	(void)scratch_write(&scratch, "8", text_of(""));
	ck_assert_uint_eq(other_spools_find_squatted(scratch.directory, &path),
	    3);
	buf_free(&path);
	scratch_remove(&scratch);
}
END_TEST

/* Only root can make directories for others. */
START_TEST(the_lowest_number_comes_first)
{
	static const uid_t uids[] = {1002, 7, 1001, 65534};
	struct scratch scratch;
	struct seen seen = {.left = 9};
	struct error err;

	if (getuid() != 0)
		return;
	scratch_make(&scratch);
	for (size_t i = 0; i < sizeof uids / sizeof *uids; i++) {
		make(&scratch, "", uids[i], "");
		ck_assert_int_eq(chown(scratch.paths.items[i], uids[i], 0), 0);
	}
	ck_assert_int_eq(other_spools_each(scratch.directory, visit, &seen,
			     &err),
	    0);
	ck_assert_str_eq(buf_string(&seen.paths),
	    "7 7\n1001 1001\n1002 1002\n65534 65534\n");
	buf_free(&seen.paths);
	scratch_remove(&scratch);
}
END_TEST

static int note_path(void *context, const struct spool *spool,
    struct error *err)
{
	struct strlist *paths = context;

	(void)err;
	strlist_add(paths, text_of(spool->path));
	return 0;
}

static void make_spool(const char *path)
{
	struct spool spool;
	struct error err;

	ck_assert_int_eq(spool_open(&spool, path, &err), 0);
	spool_close(&spool);
}

/* Mail from when there was no home waits in the second. */
START_TEST(a_user_may_have_two_spools)
{
	struct scratch scratch;
	struct places places = {.spool = {0}};
	struct strlist paths = {0};
	struct strlist sentences = {0};
	struct error err = {0};

	scratch_make(&scratch);
	buf_add_string(&places.spool, scratch_path(&scratch, "home"));
	buf_add_string(&places.other_spool, scratch_path(&scratch, "users"));
	make_spool(buf_string(&places.other_spool));
	ck_assert_int_eq(queue_spools_each_own(&places, note_path, &paths,
			     &sentences, &err),
	    0);
	ck_assert_uint_eq(paths.count, 1);
	make_spool(buf_string(&places.spool));
	ck_assert_int_eq(queue_spools_each_own(&places, note_path, &paths,
			     &sentences, &err),
	    0);
	ck_assert_uint_eq(paths.count, 3);
	ck_assert_str_eq(paths.items[1], buf_string(&places.spool));
	ck_assert_str_eq(paths.items[2], buf_string(&places.other_spool));
	places_free(&places);
	strlist_free(&paths);
	scratch_remove(&scratch);
}
END_TEST

/* It is a file, so it cannot be opened; the second is looked at all the same. */
START_TEST(a_broken_spool_does_not_hide_the_other)
{
	struct scratch scratch;
	struct places places = {.spool = {0}};
	struct strlist paths = {0};
	struct strlist sentences = {0};
	struct error err = {0};

	scratch_make(&scratch);
	buf_add_string(&places.spool,
	    scratch_write(&scratch, "home", text_of("x")));
	buf_add_string(&places.other_spool, scratch_path(&scratch, "users"));
	make_spool(buf_string(&places.other_spool));
	ck_assert_int_eq(queue_spools_each_own(&places, note_path, &paths,
			     &sentences, &err),
	    -1);
	ck_assert_int_eq((int)err.kind, ERROR_CREATE);
	ck_assert_uint_eq(sentences.count, 1);
	ck_assert_uint_eq(paths.count, 1);
	places_free(&places);
	strlist_free(&paths);
	strlist_free(&sentences);
	scratch_remove(&scratch);
}
END_TEST

Suite *suite_other_spools(void)
{
	Suite *suite = suite_create("other_spools");
	TCase *tcase = tcase_create("other_spools");

	tcase_add_test(tcase, a_directory_named_by_its_owner_is_a_spool);
	tcase_add_test(tcase, neither_a_link_nor_a_file_is_a_spool);
	tcase_add_test(tcase, a_link_to_all_the_spools_is_not_followed);
	tcase_add_test(tcase, no_directory_has_no_spools);
	tcase_add_test(tcase, a_visitor_that_fails_ends_it);
	tcase_add_test(tcase, a_number_that_is_not_its_owners_is_squatted);
	tcase_add_test(tcase, the_lowest_number_comes_first);
	tcase_add_test(tcase, a_user_may_have_two_spools);
	tcase_add_test(tcase, a_broken_spool_does_not_hide_the_other);
	suite_add_tcase(suite, tcase);
	return suite;
}
