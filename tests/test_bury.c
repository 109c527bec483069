#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bury.h"
#include "scratch.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* A message that is dead for three recipients. */
struct world {
	struct scratch scratch;
	struct entry entry;
	struct recipient all[3];
	const struct recipient *recipients[3];
	struct message message;
	struct burial burial;
	struct error err;
};

static void set_recipient(struct world *world, int i, const char *address,
    const char *text)
{
	struct recipient *recipient = &world->all[i];

	recipient->address = text_dup(text_of(address));
	memcpy(recipient->error.text, text, strlen(text) + 1);
	world->recipients[i] = recipient;
}

static void begin(struct world *world)
{
	*world = (struct world){.entry.id = "4XK2J9", .message.body.fd = -1};
	scratch_make(&world->scratch);
	world->entry.envelope.sender = text_dup(text_of("anna@example.com"));
	set_recipient(world, 0, "a@x", "no such user");
	set_recipient(world, 1, "b@x", "no such user");
	set_recipient(world, 2, "\"c d\"@x", "no\r\nroom\x1b");
	message_append(&world->message, "From", text_of("Anna <a@x>"));
	message_append(&world->message, "Subject", text_of("one\n two"));
	buf_add_string(&world->message.body.memory, "1\r\n\n.\n2");
	world->message.body.length = world->message.body.memory.length;
	world->burial = (struct burial){
	    .directory = scratch_path(&world->scratch, "a/dead"),
	    .name = "4XK2J9",
	    .entry = &world->entry,
	    .recipients = world->recipients,
	    .count = COUNT(world->all),
	    .message = &world->message,
	};
}

static void end(struct world *world)
{
	for (int i = 0; i < COUNT(world->all); i++)
		free(world->all[i].address);
	message_free(&world->message);
	entry_free(&world->entry);
	scratch_remove(&world->scratch);
}

static int count_files(struct world *world)
{
	DIR *directory = opendir(world->burial.directory);
	const struct dirent *entry;
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			count++;
	(void)closedir(directory);
	return count;
}

static void check_letter(struct world *world, const char *expected)
{
	struct buf letter = {0};

	ck_assert(scratch_read(&world->scratch, "a/dead/4XK2J9.eml", &letter));
	ck_assert_str_eq(buf_string(&letter), expected);
	ck_assert_int_eq(count_files(world), 1);
	buf_free(&letter);
}

static const char letter_of_all[] = "X-Sendoff-Id: 4XK2J9\n"
				    "X-Sendoff-From: anna@example.com\n"
				    "X-Sendoff-To: a@x\n"
				    "X-Sendoff-To: b@x\n"
				    "X-Sendoff-Reason: no such user\n"
				    "X-Sendoff-To: \"c d\"@x\n"
				    "X-Sendoff-Reason: no\\x0D\\x0Aroom\\x1B\n"
				    "From: Anna <a@x>\n"
				    "Subject: one\n two\n"
				    "\n"
				    "1\r\n\n.\n2";

START_TEST(a_dead_letter_is_the_message_with_its_story)
{
	struct world world;

	begin(&world);
	ck_assert_int_eq(bury_message(&world.burial, &world.err), 0);
	check_letter(&world, letter_of_all);
	end(&world);
}
END_TEST

START_TEST(a_body_in_a_file_is_copied_from_where_it_begins)
{
	struct world world;
	const char *path;

	begin(&world);
	path = scratch_write(&world.scratch, "message", text_of("xxbody\nyy"));
	world.message.body.fd = open(path, O_RDONLY | O_CLOEXEC);
	world.message.body.offset = 2;
	world.message.body.length = 5;
	world.burial.count = 1;
	free(world.entry.envelope.sender);
	world.entry.envelope.sender = text_dup(text_of(""));
	ck_assert_int_eq(bury_message(&world.burial, &world.err), 0);
	check_letter(&world,
	    "X-Sendoff-Id: 4XK2J9\n"
	    "X-Sendoff-From: <>\n"
	    "X-Sendoff-To: a@x\n"
	    "X-Sendoff-Reason: no such user\n"
	    "From: Anna <a@x>\n"
	    "Subject: one\n two\n"
	    "\n"
	    "body\n");
	/* A body that is gone in part is not buried in part. */
	world.burial.name = "OTHER";
	world.message.body.length = 50;
	ck_assert_int_eq(bury_message(&world.burial, &world.err), -1);
	ck_assert_int_eq(world.err.kind, ERROR_IO);
	ck_assert_int_eq(count_files(&world), 1);
	(void)close(world.message.body.fd);
	end(&world);
}
END_TEST

START_TEST(dead_letters_are_nobody_elses_business)
{
	struct world world;
	struct stat status;

	begin(&world);
	(void)umask(0);
	ck_assert_int_eq(bury_message(&world.burial, &world.err), 0);
	ck_assert_int_eq(stat(world.burial.directory, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0700);
	ck_assert_int_eq(stat(scratch_path(&world.scratch, "a/dead/4XK2J9.eml"),
			     &status),
	    0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	end(&world);
}
END_TEST

START_TEST(a_letter_of_the_same_name_is_replaced)
{
	struct world world;

	begin(&world);
	world.burial.count = 1;
	ck_assert_int_eq(bury_message(&world.burial, &world.err), 0);
	world.burial.count = 3;
	ck_assert_int_eq(bury_message(&world.burial, &world.err), 0);
	check_letter(&world, letter_of_all);
	end(&world);
}
END_TEST

/* A crash may leave one; and nobody may choose where we write. */
START_TEST(what_has_the_temporary_name_is_not_written_to)
{
	struct world world;
	struct buf target = {0};
	const char *link;

	begin(&world);
	ck_assert_int_eq(bury_message(&world.burial, &world.err), 0);
	link = scratch_path(&world.scratch, "a/dead/.4XK2J9.tmp");
	ck_assert_int_eq(symlink(scratch_write(&world.scratch, "target",
				     text_of("mine")),
			     link),
	    0);
	ck_assert_int_eq(bury_message(&world.burial, &world.err), 0);
	check_letter(&world, letter_of_all);
	ck_assert(scratch_read(&world.scratch, "target", &target));
	ck_assert_str_eq(buf_string(&target), "mine");
	buf_free(&target);
	end(&world);
}
END_TEST

START_TEST(where_no_directory_can_be_there_is_no_letter)
{
	struct world world;
	const char *file;

	begin(&world);
	file = scratch_write(&world.scratch, "file", text_of("x"));
	world.burial.directory = file;
	ck_assert_int_eq(bury_message(&world.burial, &world.err), -1);
	ck_assert_int_eq(world.err.kind, ERROR_CREATE);
	ck_assert_ptr_nonnull(strstr(world.err.text, file));
	world.burial.directory = scratch_path(&world.scratch, "file/dead");
	ck_assert_int_eq(bury_message(&world.burial, &world.err), -1);
	ck_assert_int_eq(world.err.kind, ERROR_CREATE);
	world.burial.directory = scratch_path(&world.scratch, "link");
	ck_assert_int_eq(symlink(world.scratch.directory,
			     world.burial.directory),
	    0);
	ck_assert_int_eq(bury_message(&world.burial, &world.err), -1);
	ck_assert_int_eq(world.err.kind, ERROR_CREATE);
	end(&world);
}
END_TEST

START_TEST(what_cannot_get_its_name_leaves_nothing_behind)
{
	struct world world;

	begin(&world);
	ck_assert_int_eq(mkdir(scratch_path(&world.scratch, "a"), 0700), 0);
	ck_assert_int_eq(mkdir(world.burial.directory, 0700), 0);
	ck_assert_int_eq(mkdir(scratch_path(&world.scratch,
				   "a/dead/4XK2J9.eml"),
			     0700),
	    0);
	ck_assert_int_eq(bury_message(&world.burial, &world.err), -1);
	ck_assert_int_eq(world.err.kind, ERROR_IO);
	ck_assert_ptr_nonnull(strstr(world.err.text, "a/dead/4XK2J9.eml"));
	ck_assert_int_eq(count_files(&world), 1);
	end(&world);
}
END_TEST

Suite *suite_bury(void)
{
	Suite *suite = suite_create("bury");
	TCase *tests = tcase_create("bury");

	tcase_add_test(tests, a_dead_letter_is_the_message_with_its_story);
	tcase_add_test(tests, a_body_in_a_file_is_copied_from_where_it_begins);
	tcase_add_test(tests, dead_letters_are_nobody_elses_business);
	tcase_add_test(tests, a_letter_of_the_same_name_is_replaced);
	tcase_add_test(tests, what_has_the_temporary_name_is_not_written_to);
	tcase_add_test(tests, where_no_directory_can_be_there_is_no_letter);
	tcase_add_test(tests, what_cannot_get_its_name_leaves_nothing_behind);
	suite_add_tcase(suite, tests);
	return suite;
}
