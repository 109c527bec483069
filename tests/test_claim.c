#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim.h"
#include "envelope_file.h"
#include "file.h"
#include "input.h"
#include "mem.h"
#include "scan.h"
#include "scratch.h"
#include "sweep.h"

/* Behind error.h: it has a macro fail(). */
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#define HEADER "Subject: hello\n there\nX-Empty:\n"
#define BODY   "one\r\ntwo\n.\n\xc3\xa4\n"
#define NAME   "001795343434-A1"

enum { TURN = 1795343434, DAY = 24 * 3600 };

struct place {
	struct scratch scratch;
	struct spool spool;
};

static void begin(struct place *place)
{
	struct error err = {0};

	scratch_make(&place->scratch);
	if (spool_open(&place->spool, scratch_path(&place->scratch, "s"),
		&err) < 0)
		ck_abort_msg("%s", err.text);
}

static void end(struct place *place)
{
	spool_close(&place->spool);
	scratch_remove(&place->scratch);
}

static bool has(const struct place *place, const char *name)
{
	struct stat status;

	return fstatat(place->spool.top, name, &status, AT_SYMLINK_NOFOLLOW) ==
	    0;
}

static void add_header(struct message *message, const char *header)
{
	struct text rest = text_of(header);
	struct error err = {0};
	struct text line;

	while (text_split(&rest, '\n', &line))
		ck_assert_int_eq(message_add_line(message, line, &err),
		    MESSAGE_FIELD);
}

static void make_message(struct message *message, const char *header,
    struct text body)
{
	struct scan scan = {.body = &message->body};

	*message = (struct message){.body.fd = -1};
	add_header(message, header);
	buf_add(&message->body.memory, body);
	scan_add(&scan, body);
	scan_end(&scan);
}

static void fill(struct entry *entry)
{
	struct strlist list = {0};

	entry->profile = mem_dup("work");
	entry->login = mem_dup("anna");
	entry->caller = mem_dup("");
	entry->reason = mem_dup("");
	entry->arrived.seconds = TURN;
	strlist_add(&list, text_of("b@example.com"));
	strlist_add(&list, text_of("c@example.com"));
	envelope_set(&entry->envelope, "a@example.com", &list);
	strlist_free(&list);
}

static void must(int result, const struct error *err)
{
	if (result < 0)
		ck_abort_msg("%s", err->text);
}

static void make_uncommitted(struct claim *claim, const struct place *place,
    const char *id)
{
	struct message message;
	struct error err = {0};

	must(claim_make(claim, &place->spool, id, &err), &err);
	fill(&claim->entry);
	make_message(&message, HEADER, text_of(BODY));
	must(claim_finish(claim, &message, &err), &err);
	message_free(&message);
}

static void make_claim(struct claim *claim, const struct place *place,
    const char *id, time_t turn)
{
	struct error err = {0};

	make_uncommitted(claim, place, id);
	must(claim_commit(claim, turn, &err), &err);
}

static void put(const struct place *place, const char *id, time_t turn)
{
	struct claim claim;

	make_claim(&claim, place, id, turn);
	claim_free(&claim);
}

static void take(struct claim *claim, const struct place *place,
    const char *name)
{
	struct error err = {0};

	if (claim_take(claim, &place->spool, name, &err) != 1)
		ck_abort_msg("%s: %s", name, err.text);
}

static void check_not_taken(const struct place *place, const char *name,
    int result)
{
	struct error err = {0};
	struct claim claim;

	ck_assert_int_eq(claim_take(&claim, &place->spool, name, &err), result);
	ck_assert_int_eq(claim.fd, -1);
	claim_free(&claim);
	if (result < 0)
		ck_assert_ptr_nonnull(strstr(err.text, place->spool.path));
}

static const char *path_in(struct place *place, const char *name)
{
	struct buf inside = {0};
	const char *path;

	buf_addf(&inside, "s/%s", name);
	path = scratch_path(&place->scratch, buf_string(&inside));
	buf_free(&inside);
	return path;
}

/* Put other bytes into a file of the spool. */
static void overwrite(struct place *place, const char *name, struct text bytes)
{
	struct error err = {0};
	int fd = open(path_in(place, name), O_WRONLY | O_TRUNC | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	must(file_write(fd, bytes, name, &err), &err);
	ck_assert_int_eq(close(fd), 0);
}

static void slurp(struct place *place, const char *name, struct buf *bytes)
{
	struct error err = {0};

	must(file_add(bytes, path_in(place, name), 1 << 20, NULL, ERROR_IO,
		 &err),
	    &err);
}

/* --- making -------------------------------------------------------------- */

START_TEST(a_message_comes_back_as_it_was)
{
	struct message message;
	struct error err = {0};
	struct place place;
	struct claim claim;
	char body[100];

	begin(&place);
	put(&place, "A1", TURN);
	take(&claim, &place, NAME);
	ck_assert_str_eq(claim.entry.id, "A1");
	ck_assert_uint_eq(claim.entry.envelope.count, 2);
	ck_assert_int_eq(claim_read_message(&claim, &message, &err), 1);
	ck_assert_uint_eq(message.field_count, 2);
	ck_assert_str_eq(message.fields[0].text, "Subject: hello\n there");
	ck_assert_str_eq(message.fields[1].text, "X-Empty:");
	ck_assert_int_eq(message.body.fd, claim.fd);
	ck_assert_uint_eq(message.body.length, strlen(BODY));
	ck_assert_uint_eq(message.body.wire_length, strlen(BODY) + 3);
	ck_assert_uint_eq(message.body.longest_line, 3);
	ck_assert(message.body.has_8bit && !message.body.has_nul);
	ck_assert_int_eq(input_body(&message.body, 0, body, sizeof body, &err),
	    strlen(BODY));
	ck_assert_mem_eq(body, BODY, strlen(BODY));
	message_free(&message);
	claim_free(&claim);
	end(&place);
}
END_TEST

static const struct {
	const char *header;
	size_t size; /* bytes of the body */
	char byte;
} shapes[] = {
    {"", 0, 0},
    {"A: b\n", 0, 0},
    {"", 1, 0},
    {"A: b\n", 65536, 'x'},
    {"A: b\n", 65537, '\n'},
    {"A: b\n \n\tc\n", 1000000, '\r'},
};

START_TEST(a_message_of_any_shape_comes_back)
{
	struct error err = {0};
	struct message message;
	struct message again;
	struct place place;
	struct claim claim;
	struct buf body = {0};
	char *bytes = buf_room(&body, shapes[_i].size);

	memset(bytes, shapes[_i].byte, shapes[_i].size);
	body.length = shapes[_i].size;
	begin(&place);
	must(claim_make(&claim, &place.spool, "A1", &err), &err);
	fill(&claim.entry);
	make_message(&message, shapes[_i].header, buf_text(&body));
	must(claim_finish(&claim, &message, &err), &err);
	must(claim_commit(&claim, TURN, &err), &err);
	ck_assert_int_eq(claim_read_message(&claim, &again, &err), 1);
	ck_assert_uint_eq(again.field_count, message.field_count);
	ck_assert_uint_eq(again.body.length, message.body.length);
	ck_assert_uint_eq(again.body.wire_length, message.body.wire_length);
	ck_assert_uint_eq(again.body.has_bare_cr, message.body.has_bare_cr);
	ck_assert_uint_eq(again.body.has_nul, message.body.has_nul);
	message_free(&again);
	message_free(&message);
	claim_free(&claim);
	buf_free(&body);
	end(&place);
}
END_TEST

START_TEST(a_body_that_is_in_the_file_already_is_not_copied)
{
	struct error err = {0};
	struct message message = {.body.fd = -1};
	struct message again;
	struct place place;
	struct claim claim;
	char body[10];

	begin(&place);
	must(claim_make(&claim, &place.spool, "A1", &err), &err);
	fill(&claim.entry);
	message.body.fd = claim.fd;
	message.body.offset = lseek(claim.fd, 0, SEEK_END);
	message.body.length = 4;
	/* What stands behind the lone dot was read, but is no part of it. */
	must(file_write(claim.fd, text_of("one\n.\njunk and more junk"), "it",
		 &err),
	    &err);
	add_header(&message, "A: b\n");
	must(claim_finish(&claim, &message, &err), &err);
	must(claim_commit(&claim, TURN, &err), &err);
	ck_assert_int_eq(claim_read_message(&claim, &again, &err), 1);
	ck_assert_str_eq(again.fields[0].text, "A: b");
	ck_assert_int_eq(input_body(&again.body, 0, body, sizeof body, &err),
	    4);
	ck_assert_mem_eq(body, "one\n", 4);
	message_free(&again);
	message_free(&message);
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(two_entries_can_have_the_body_of_one_file)
{
	struct error err = {0};
	struct message message;
	struct place place;
	struct claim first;
	struct claim second;

	begin(&place);
	make_claim(&first, &place, "A1", TURN);
	ck_assert_int_eq(claim_read_message(&first, &message, &err), 1);
	must(claim_make(&second, &place.spool, "A1-2", &err), &err);
	fill(&second.entry);
	must(claim_finish(&second, &message, &err), &err);
	must(claim_commit(&second, TURN, &err), &err);
	ck_assert_mem_eq(first.entry.digest, second.entry.digest, ENTRY_DIGEST);
	message_free(&message);
	claim_free(&first);
	claim_free(&second);
	end(&place);
}
END_TEST

START_TEST(what_was_not_committed_leaves_nothing)
{
	struct place place;
	struct claim claim;

	begin(&place);
	make_uncommitted(&claim, &place, "A1");
	ck_assert(has(&place, "messages/A1"));
	claim_free(&claim);
	claim_free(&claim);
	ck_assert(!has(&place, "messages/A1"));
	ck_assert(!spool_has_entries(&place.spool));
	end(&place);
}
END_TEST

START_TEST(an_id_that_is_in_the_queue_is_not_made_again)
{
	struct error err = {0};
	struct place place;
	struct claim claim;

	begin(&place);
	put(&place, "A1", TURN);
	ck_assert_int_eq(claim_make(&claim, &place.spool, "A1", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	claim_free(&claim);
	take(&claim, &place, NAME);
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(a_remnant_of_the_same_id_is_dropped)
{
	struct error err = {0};
	struct message message;
	struct place place;
	struct claim claim;

	begin(&place);
	(void)scratch_write(&place.scratch, "s/messages/A1",
	    text_of("half a message that is longer than the new one will be, "
		    "so that something would be left of it at the end"));
	(void)scratch_write(&place.scratch, "s/tmp/A1", text_of("half"));
	put(&place, "A1", TURN);
	take(&claim, &place, NAME);
	ck_assert_int_eq(claim_read_message(&claim, &message, &err), 1);
	message_free(&message);
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(a_report_that_is_only_owed_is_made_anew)
{
	struct place place;
	struct claim claim;

	begin(&place);
	put(&place, "A1.1", SPOOL_OWED);
	put(&place, "A1.1", SPOOL_OWED);
	take(&claim, &place, "owed-A1.1");
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(a_remnant_that_somebody_has_locked_is_not_taken)
{
	struct error err = {0};
	struct place place;
	struct claim first;
	struct claim second;

	begin(&place);
	make_uncommitted(&first, &place, "A1");
	ck_assert_int_eq(claim_make(&second, &place.spool, "A1", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CREATE);
	claim_free(&second);
	must(claim_commit(&first, TURN, &err), &err);
	claim_free(&first);
	take(&first, &place, NAME);
	claim_free(&first);
	end(&place);
}
END_TEST

static const char *const bad_bodies[] = {"b\nno field", "b\nC: d", "b\n"};

START_TEST(a_header_that_could_not_be_read_again_is_refused)
{
	struct error err = {0};
	struct message message;
	struct place place;
	struct claim claim;

	begin(&place);
	must(claim_make(&claim, &place.spool, "A1", &err), &err);
	make_message(&message, HEADER, text_of(BODY));
	message_append(&message, "A", text_of(bad_bodies[_i]));
	ck_assert_int_eq(claim_finish(&claim, &message, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_MESSAGE);
	message_free(&message);
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(an_envelope_that_could_not_be_read_again_is_refused)
{
	struct error err = {0};
	struct place place;
	struct claim claim;

	begin(&place);
	make_uncommitted(&claim, &place, "A1");
	claim.entry.envelope.recipients[0].address[0] = '\n';
	ck_assert_int_eq(claim_commit(&claim, TURN, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_BUG);
	claim_free(&claim);
	ck_assert(!has(&place, "messages/A1"));
	ck_assert(!has(&place, "tmp/A1"));
	end(&place);
}
END_TEST

static const size_t breaks[] = {
    offsetof(struct spool, queue), offsetof(struct spool, tmp)};

START_TEST(a_commit_that_fails_leaves_nothing)
{
	struct error err = {0};
	struct place place;
	struct claim claim;
	int *directory;
	int fd;

	begin(&place);
	make_uncommitted(&claim, &place, "A1");
	directory = (void *)((char *)&place.spool + breaks[_i]);
	fd = *directory;
	*directory = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(claim_commit(&claim, TURN, &err), -1);
	ck_assert(err.kind == ERROR_CREATE || err.kind == ERROR_IO);
	ck_assert_ptr_nonnull(strstr(err.text, place.spool.path));
	ck_assert_int_eq(close(*directory), 0);
	*directory = fd;
	claim_free(&claim);
	ck_assert(!has(&place, "tmp/A1"));
	ck_assert(!has(&place, "messages/A1"));
	ck_assert(!spool_has_entries(&place.spool));
	end(&place);
}
END_TEST

/* --- having -------------------------------------------------------------- */

START_TEST(what_was_saved_is_what_is_taken_next)
{
	struct error err = {0};
	struct place place;
	struct claim claim;

	begin(&place);
	make_claim(&claim, &place, "A1", TURN);
	claim.entry.attempts = 7;
	claim.entry.envelope.recipients[0].is_accepted = true;
	must(claim_save(&claim, &err), &err);
	claim_free(&claim);
	take(&claim, &place, NAME);
	ck_assert_uint_eq(claim.entry.attempts, 7);
	ck_assert_uint_eq(claim.entry.envelope.count, 1);
	ck_assert_str_eq(claim.entry.envelope.recipients[0].address,
	    "c@example.com");
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(a_save_that_fails_leaves_the_old_entry)
{
	struct error err = {0};
	struct place place;
	struct claim claim;
	int tmp;

	begin(&place);
	make_claim(&claim, &place, "A1", TURN);
	claim.entry.attempts = 7;
	tmp = place.spool.tmp;
	place.spool.tmp = -1;
	ck_assert_int_eq(claim_save(&claim, &err), -1);
	place.spool.tmp = tmp;
	claim_free(&claim);
	take(&claim, &place, NAME);
	ck_assert_uint_eq(claim.entry.attempts, 0);
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(an_entry_moves_between_turns_and_hold)
{
	struct error err = {0};
	struct place place;
	struct claim claim;

	begin(&place);
	make_claim(&claim, &place, "A1", TURN);
	must(claim_move(&claim, TURN + 1, &err), &err);
	ck_assert_str_eq(claim.name, "001795343435-A1");
	must(claim_move(&claim, SPOOL_HELD, &err), &err);
	must(claim_move(&claim, SPOOL_HELD, &err), &err);
	claim_free(&claim);
	check_not_taken(&place, NAME, 0);
	take(&claim, &place, "held-A1");
	must(claim_move(&claim, 0, &err), &err);
	claim_free(&claim);
	take(&claim, &place, "000000000000-A1");
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(what_was_removed_is_gone)
{
	struct error err = {0};
	struct place place;
	struct claim claim;

	begin(&place);
	make_claim(&claim, &place, "A1", TURN);
	must(claim_remove(&claim, &err), &err);
	must(claim_remove(&claim, &err), &err);
	claim_free(&claim);
	ck_assert(!has(&place, "messages/A1"));
	ck_assert(!spool_has_entries(&place.spool));
	check_not_taken(&place, NAME, 0);
	ck_assert(!has(&place, "damaged"));
	end(&place);
}
END_TEST

static void make_old(const struct place *place, const char *name)
{
	const struct timespec day_before[2] = {
	    {.tv_sec = TURN - DAY - 1}, {.tv_sec = TURN - DAY - 1}};

	ck_assert_int_eq(utimensat(place->spool.top, name, day_before,
			     AT_SYMLINK_NOFOLLOW),
	    0);
}

START_TEST(a_report_that_nobody_owes_any_more_is_swept_away)
{
	struct place place;

	begin(&place);
	put(&place, "A1", TURN);
	put(&place, "A1.1", SPOOL_OWED);
	put(&place, "B1-2.3", SPOOL_OWED);
	put(&place, "C1.1", SPOOL_OWED);
	put(&place, "D1.1", TURN);
	make_old(&place, "queue/owed-A1.1");
	make_old(&place, "queue/owed-B1-2.3");
	make_old(&place, "queue/001795343434-D1.1");
	spool_sweep(&place.spool, TURN);
	ck_assert(has(&place, "queue/owed-A1.1"));
	ck_assert(!has(&place, "queue/owed-B1-2.3"));
	ck_assert(!has(&place, "messages/B1-2.3"));
	ck_assert(has(&place, "queue/owed-C1.1"));
	ck_assert(has(&place, "messages/C1.1"));
	ck_assert(has(&place, "queue/001795343434-D1.1"));
	end(&place);
}
END_TEST

START_TEST(what_is_not_there_can_neither_be_moved_nor_removed)
{
	struct error err = {0};
	struct place place;
	struct claim claim;

	begin(&place);
	make_claim(&claim, &place, "A1", TURN);
	ck_assert_int_eq(unlinkat(place.spool.queue, NAME, 0), 0);
	ck_assert_int_eq(claim_move(&claim, 7, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	ck_assert_int_eq(claim_remove(&claim, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	claim_free(&claim);
	end(&place);
}
END_TEST

/* --- taking -------------------------------------------------------------- */

static int take_in_child(void *argument)
{
	struct error err = {0};
	struct claim claim;

	/* Another description of the same file, as another process has it. */
	return claim_take(&claim, argument, NAME, &err) == 0 &&
		claim_is_busy(argument, "A1") ?
	    0 :
	    1;
}

START_TEST(only_one_process_has_an_entry)
{
	struct place place;
	struct claim claim;

	begin(&place);
	put(&place, "A1", TURN);
	ck_assert(!claim_is_busy(&place.spool, "A1"));
	take(&claim, &place, NAME);
	ck_assert_int_eq(scratch_fork(take_in_child, &place.spool), 0);
	ck_assert(claim_is_busy(&place.spool, "A1"));
	check_not_taken(&place, NAME, 0);
	claim_free(&claim);
	ck_assert(!claim_is_busy(&place.spool, "A1"));
	ck_assert(!claim_is_busy(&place.spool, "B1"));
	take(&claim, &place, NAME);
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(a_child_keeps_what_its_parent_frees)
{
	struct place place;
	struct claim claim;
	int inherited;

	begin(&place);
	make_claim(&claim, &place, "A1", TURN);
	/* As fork(2) does. */
	inherited = dup(claim.fd);
	claim_free(&claim);
	check_not_taken(&place, NAME, 0);
	ck_assert_int_eq(close(inherited), 0);
	take(&claim, &place, NAME);
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(who_only_looks_needs_no_lock)
{
	struct error err = {0};
	struct place place;
	struct claim claim;
	struct claim look;

	begin(&place);
	make_claim(&claim, &place, "A1", SPOOL_HELD);
	ck_assert_int_eq(claim_look(&look, &place.spool, "held-A1", &err), 1);
	ck_assert_str_eq(look.entry.envelope.sender, "a@example.com");
	ck_assert_int_eq(look.fd, -1);
	claim_free(&look);
	ck_assert(has(&place, "queue/held-A1"));
	ck_assert(has(&place, "messages/A1"));
	ck_assert_int_eq(claim_look(&look, &place.spool, NAME, &err), 0);
	claim_free(&look);
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(a_name_that_is_none_is_not_taken)
{
	struct error err = {0};
	struct place place;
	struct claim claim;

	begin(&place);
	put(&place, "A1", TURN);
	check_not_taken(&place, "../messages/A1", 0);
	check_not_taken(&place, "001795343434-B1", 0);
	ck_assert_int_eq(claim_look(&claim, &place.spool, "held-../A1", &err),
	    0);
	claim_free(&claim);
	end(&place);
}
END_TEST

/* --- damage -------------------------------------------------------------- */

static void check_set_aside(const struct place *place)
{
	check_not_taken(place, NAME, -1);
	ck_assert(!has(place, "queue/" NAME));
	ck_assert(!has(place, "messages/A1"));
	ck_assert(has(place, "damaged/" NAME));
	check_not_taken(place, NAME, 0);
}

START_TEST(an_envelope_cut_anywhere_is_set_aside_and_kept)
{
	struct place place;
	struct buf all = {0};
	struct buf found = {0};

	begin(&place);
	put(&place, "A1", TURN);
	slurp(&place, "queue/" NAME, &all);
	/* A prime number, so that lines are cut in all sorts of places. */
	for (size_t length = 0; length < all.length; length += 37) {
		struct text cut = text_part(buf_text(&all), 0, length);

		overwrite(&place, "queue/" NAME, cut);
		check_set_aside(&place);
		slurp(&place, "damaged/" NAME, &found);
		ck_assert_uint_eq(found.length, length);
		buf_clear(&found);
		/* And back, as somebody may try to. */
		ck_assert_int_eq(rename(path_in(&place, "damaged/" NAME),
				     path_in(&place, "queue/" NAME)),
		    0);
		ck_assert_int_eq(rename(path_in(&place, "damaged/A1"),
				     path_in(&place, "messages/A1")),
		    0);
	}
	buf_free(&found);
	buf_free(&all);
	end(&place);
}
END_TEST

START_TEST(nothing_that_was_set_aside_is_overwritten)
{
	struct place place;
	struct buf found = {0};

	begin(&place);
	for (int i = 0; i < 3; i++) {
		put(&place, "A1", TURN);
		overwrite(&place, "queue/" NAME, text_of(i == 0 ? "x" : "yy"));
		check_not_taken(&place, NAME, -1);
	}
	slurp(&place, "damaged/" NAME, &found);
	ck_assert_str_eq(buf_string(&found), "x");
	ck_assert(has(&place, "damaged/" NAME ".2"));
	ck_assert(has(&place, "damaged/" NAME ".3"));
	ck_assert(has(&place, "damaged/A1"));
	ck_assert(has(&place, "damaged/A1.3"));
	buf_free(&found);
	end(&place);
}
END_TEST

START_TEST(an_envelope_of_another_entry_is_damage)
{
	struct place place;
	struct buf other = {0};

	begin(&place);
	put(&place, "A1", TURN);
	put(&place, "B1", TURN);
	slurp(&place, "queue/001795343434-B1", &other);
	overwrite(&place, "queue/" NAME, buf_text(&other));
	check_set_aside(&place);
	buf_free(&other);
	end(&place);
}
END_TEST

START_TEST(another_version_is_left_alone)
{
	struct error err = {0};
	struct place place;
	struct claim claim;

	begin(&place);
	put(&place, "A1", TURN);
	overwrite(&place, "queue/" NAME, text_of("sendoff 2\nEnd\n"));
	check_not_taken(&place, NAME, -1);
	ck_assert_int_eq(claim_look(&claim, &place.spool, NAME, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_NO_MODE);
	ck_assert(has(&place, "queue/" NAME));
	ck_assert(has(&place, "messages/A1"));
	ck_assert(!has(&place, "damaged"));
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(who_only_looks_sets_nothing_aside)
{
	struct error err = {0};
	struct place place;
	struct claim claim;

	begin(&place);
	put(&place, "A1", TURN);
	overwrite(&place, "queue/" NAME, text_of("x"));
	ck_assert_int_eq(claim_look(&claim, &place.spool, NAME, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_MESSAGE);
	ck_assert(has(&place, "queue/" NAME));
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(an_envelope_without_message_is_set_aside)
{
	struct place place;

	begin(&place);
	put(&place, "A1", TURN);
	ck_assert_int_eq(unlinkat(place.spool.messages, "A1", 0), 0);
	check_set_aside(&place);
	end(&place);
}
END_TEST

START_TEST(a_message_that_is_a_link_is_not_followed)
{
	struct place place;

	begin(&place);
	put(&place, "A1", TURN);
	ck_assert_int_eq(renameat(place.spool.messages, "A1", place.spool.top,
			     "elsewhere"),
	    0);
	ck_assert_int_eq(symlinkat("../elsewhere", place.spool.messages, "A1"),
	    0);
	check_set_aside(&place);
	ck_assert(has(&place, "elsewhere"));
	end(&place);
}
END_TEST

static void check_message_damaged(struct place *place)
{
	struct error err = {0};
	struct message message;
	struct claim claim;

	take(&claim, place, NAME);
	ck_assert_int_eq(claim_read_message(&claim, &message, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_MESSAGE);
	message_free(&message);
	claim_free(&claim);
	ck_assert(has(place, "damaged/A1"));
	ck_assert_int_eq(rename(path_in(place, "damaged/" NAME),
			     path_in(place, "queue/" NAME)),
	    0);
	ck_assert_int_eq(rename(path_in(place, "damaged/A1"),
			     path_in(place, "messages/A1")),
	    0);
}

START_TEST(any_byte_of_a_message_that_has_changed_is_seen)
{
	struct place place;
	struct buf all = {0};

	begin(&place);
	put(&place, "A1", TURN);
	slurp(&place, "messages/A1", &all);
	for (size_t i = 0; i < all.length; i++) {
		all.data[i] ^= 1;
		overwrite(&place, "messages/A1", buf_text(&all));
		check_message_damaged(&place);
		all.data[i] ^= 1;
	}
	buf_free(&all);
	end(&place);
}
END_TEST

START_TEST(a_message_of_another_length_is_damaged)
{
	struct place place;
	struct buf all = {0};

	begin(&place);
	put(&place, "A1", TURN);
	slurp(&place, "messages/A1", &all);
	for (size_t length = 0; length < all.length; length += 7) {
		overwrite(&place, "messages/A1",
		    text_part(buf_text(&all), 0, length));
		check_message_damaged(&place);
	}
	buf_add_byte(&all, '\n');
	overwrite(&place, "messages/A1", buf_text(&all));
	check_message_damaged(&place);
	buf_free(&all);
	end(&place);
}
END_TEST

START_TEST(a_message_that_cannot_be_read_now_is_left_alone)
{
	struct error err = {0};
	struct message message;
	struct place place;
	struct claim claim;
	int fd;

	begin(&place);
	make_claim(&claim, &place, "A1", TURN);
	fd = claim.fd;
	claim.fd = open(path_in(&place, "messages/A1"), O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(claim_read_message(&claim, &message, &err), 0);
	message_free(&message);
	ck_assert_int_eq(close(claim.fd), 0);
	claim.fd = fd;
	ck_assert(has(&place, "queue/" NAME));
	claim_free(&claim);
	end(&place);
}
END_TEST

START_TEST(an_envelope_that_is_read_in_part_is_no_damage)
{
	struct spool spool = {.path = (char[]){"/sys"}};
	struct entry entry;
	struct error err = {0};

	/* There a file has fewer bytes than it says, as on a bad disk. */
	spool.queue = open("/sys/kernel", O_RDONLY | O_CLOEXEC);
	if (spool.queue < 0 ||
	    faccessat(spool.queue, "cpu_byteorder", R_OK, 0) < 0)
		return;
	ck_assert_int_eq(envelope_file_read(&spool, "cpu_byteorder", &entry,
			     &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	(void)close(spool.queue);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_now_is_left_alone)
{
	struct error err = {0};
	struct place place;
	struct claim claim;

	begin(&place);
	put(&place, "A1", TURN);
	/* EBADF stands for EMFILE, EIO and all that is no damage. */
	for (int i = 0; i < 2; i++) {
		int *directory =
		    i == 0 ? &place.spool.messages : &place.spool.queue;
		int fd = *directory;

		*directory = -1;
		ck_assert_int_eq(claim_take(&claim, &place.spool, NAME, &err),
		    0);
		*directory = fd;
		claim_free(&claim);
	}
	take(&claim, &place, NAME);
	claim_free(&claim);
	end(&place);
}
END_TEST

Suite *suite_claim(void)
{
	Suite *suite = suite_create("claim");
	TCase *making = tcase_create("making");
	TCase *having = tcase_create("having");
	TCase *damage = tcase_create("damage");

	tcase_add_test(making, a_message_comes_back_as_it_was);
	tcase_add_loop_test(making, a_message_of_any_shape_comes_back, 0,
	    COUNT(shapes));
	tcase_add_test(making,
	    a_body_that_is_in_the_file_already_is_not_copied);
	tcase_add_test(making, two_entries_can_have_the_body_of_one_file);
	tcase_add_test(making, what_was_not_committed_leaves_nothing);
	tcase_add_test(making, an_id_that_is_in_the_queue_is_not_made_again);
	tcase_add_test(making, a_remnant_of_the_same_id_is_dropped);
	tcase_add_test(making, a_report_that_is_only_owed_is_made_anew);
	tcase_add_test(making, a_remnant_that_somebody_has_locked_is_not_taken);
	tcase_add_loop_test(making,
	    a_header_that_could_not_be_read_again_is_refused, 0,
	    COUNT(bad_bodies));
	tcase_add_test(making,
	    an_envelope_that_could_not_be_read_again_is_refused);
	tcase_add_loop_test(making, a_commit_that_fails_leaves_nothing, 0,
	    COUNT(breaks));
	suite_add_tcase(suite, making);
	tcase_add_test(having, what_was_saved_is_what_is_taken_next);
	tcase_add_test(having, a_save_that_fails_leaves_the_old_entry);
	tcase_add_test(having, an_entry_moves_between_turns_and_hold);
	tcase_add_test(having, what_was_removed_is_gone);
	tcase_add_test(having,
	    a_report_that_nobody_owes_any_more_is_swept_away);
	tcase_add_test(having,
	    what_is_not_there_can_neither_be_moved_nor_removed);
	tcase_add_test(having, only_one_process_has_an_entry);
	tcase_add_test(having, a_child_keeps_what_its_parent_frees);
	tcase_add_test(having, who_only_looks_needs_no_lock);
	tcase_add_test(having, a_name_that_is_none_is_not_taken);
	suite_add_tcase(suite, having);
	tcase_add_test(damage, an_envelope_cut_anywhere_is_set_aside_and_kept);
	tcase_add_test(damage, nothing_that_was_set_aside_is_overwritten);
	tcase_add_test(damage, an_envelope_of_another_entry_is_damage);
	tcase_add_test(damage, another_version_is_left_alone);
	tcase_add_test(damage, who_only_looks_sets_nothing_aside);
	tcase_add_test(damage, an_envelope_without_message_is_set_aside);
	tcase_add_test(damage, a_message_that_is_a_link_is_not_followed);
	tcase_add_test(damage, any_byte_of_a_message_that_has_changed_is_seen);
	tcase_add_test(damage, a_message_of_another_length_is_damaged);
	tcase_add_test(damage, a_message_that_cannot_be_read_now_is_left_alone);
	tcase_add_test(damage, an_envelope_that_is_read_in_part_is_no_damage);
	tcase_add_test(damage, a_file_that_cannot_be_opened_now_is_left_alone);
	suite_add_tcase(suite, damage);
	return suite;
}
