#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "background.h"
#include "drain.h"
#include "file.h"
#include "keep.h"
#include "places.h"
#include "postpone.h"
#include "scratch.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* --- where everything is ------------------------------------------------- */

enum { SOMEBODY = 54321 }; /* a user that owns nothing */

static const struct {
	uid_t uid;
	const char *state_home; /* $XDG_STATE_HOME */
	struct settings settings;
	const char *spool;
	const char *dead_letters;
	const char *transcript;
} place_cases[] = {
    {0, NULL, {0}, LOCALSTATEDIR "/spool/sendoff",
	LOCALSTATEDIR "/spool/sendoff/dead",
	LOCALSTATEDIR "/log/sendoff/transcript.log"},
    {SOMEBODY, NULL, {0}, "/tmp/anna/.local/state/sendoff/queue",
	"/tmp/anna/.local/state/sendoff/queue/dead",
	"/tmp/anna/.local/state/sendoff/transcript.log"},
    {SOMEBODY, "/tmp/state", {0}, "/tmp/state/sendoff/queue",
	"/tmp/state/sendoff/queue/dead", "/tmp/state/sendoff/transcript.log"},
    {SOMEBODY, "state", {.transcript = "none"},
	"/tmp/anna/.local/state/sendoff/queue",
	"/tmp/anna/.local/state/sendoff/queue/dead", ""},
    {0, NULL, {.queue_dir = "/q", .transcript = "/t"}, "/q", "/q/dead", "/t"},
    {SOMEBODY, NULL, {.queue_dir = "/q", .dead_letters = "/d"}, "/q", "/d",
	"/tmp/anna/.local/state/sendoff/transcript.log"},
};

/* Their directories are not made in the real /tmp: it stands for scratch's. */
static void expect_place(const struct buf *found, const char *expected,
    const char *root)
{
	struct buf path = {0};
	bool is_ours = strncmp(expected, "/tmp/", 5) == 0;

	if (is_ours)
		buf_addf(&path, "%s%s", root, expected + strlen("/tmp"));
	else
		buf_add_string(&path, expected);
	ck_assert_str_eq(buf_string(found), buf_string(&path));
	buf_free(&path);
}

static void set_state_home(const char *value, const char *root)
{
	struct buf path = {0};

	(void)unsetenv("XDG_STATE_HOME");
	if (value == NULL)
		return;
	if (*value == '/')
		buf_addf(&path, "%s%s", root, value + strlen("/tmp"));
	else
		buf_add_string(&path, value);
	(void)setenv("XDG_STATE_HOME", buf_string(&path), 1);
	buf_free(&path);
}

START_TEST(places_go_by_user_and_settings)
{
	struct scratch scratch;
	struct identity identity = {.uid = place_cases[_i].uid};
	struct places places;

	scratch_make(&scratch);
	set_state_home(place_cases[_i].state_home, scratch.directory);
	identity.home = text_dup(text_of(scratch_path(&scratch, "anna")));
	places_find(&places, &place_cases[_i].settings, &identity);
	expect_place(&places.spool, place_cases[_i].spool, scratch.directory);
	expect_place(&places.dead_letters, place_cases[_i].dead_letters,
	    scratch.directory);
	expect_place(&places.transcript, place_cases[_i].transcript,
	    scratch.directory);
	places_free(&places);
	free(identity.home);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(who_has_no_home_waits_with_the_system)
{
	char home[] = "/proc/self/nobody";
	struct identity identity = {.uid = SOMEBODY, .home = home};
	const struct settings settings = {.transcript = "none"};
	struct places places;
	const char *expected = "/proc/self/nobody/.local/state/sendoff/queue";

	(void)unsetenv("XDG_STATE_HOME");
	if (access(LOCALSTATEDIR "/spool/sendoff/users", F_OK) == 0)
		expected = LOCALSTATEDIR "/spool/sendoff/users/54321";
	places_find(&places, &settings, &identity);
	ck_assert_str_eq(buf_string(&places.spool), expected);
	places_free(&places);
}
END_TEST

START_TEST(who_has_no_home_has_no_transcript_unless_he_names_one)
{
	char home[] = "/dev/null";
	struct identity identity = {.uid = SOMEBODY, .home = home};
	struct settings settings = {0};
	struct places places;

	(void)unsetenv("XDG_STATE_HOME");
	places_find(&places, &settings, &identity);
	ck_assert_str_eq(buf_string(&places.transcript), "");
	places_free(&places);
	settings.transcript = (char[]){"/nowhere/transcript.log"};
	places_find(&places, &settings, &identity);
	ck_assert_str_eq(buf_string(&places.transcript), settings.transcript);
	places_free(&places);
}
END_TEST

/* --- a process behind our back ------------------------------------------- */

struct errand {
	int out;
	int inherited; /* -1: none */
};

static bool is_null(int fd)
{
	struct stat ours;
	struct stat null;

	return fstat(fd, &ours) == 0 && stat("/dev/null", &null) == 0 &&
	    ours.st_rdev == null.st_rdev;
}

/* What is wrong with the process it runs in; nothing else can be told. */
static void tell_surroundings(void *context)
{
	const struct errand *errand = context;
	const char *words = "fine";
	struct error ignored;
	char place[2];

	if (getsid(0) != getpid())
		words = "no session of its own";
	if (!is_null(0) || !is_null(1) || !is_null(2))
		words = "not on /dev/null";
	if (errand->inherited >= 0 && fcntl(errand->inherited, F_GETFD) >= 0)
		words = "a caller's descriptor is open";
	if (getcwd(place, sizeof place) == NULL)
		words = "not in /";
	(void)file_write(errand->out, text_of(words), "the pipe", &ignored);
}

START_TEST(a_process_in_the_background_has_left_its_caller)
{
	struct errand errand;
	struct buf said = {0};
	struct error err;
	int ends[2];
	int status = -1;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	errand.out = ends[1];
	errand.inherited = dup(STDERR_FILENO); /* not close-on-exec */
	ck_assert_int_gt(errand.inherited, STDERR_FILENO);
	ck_assert(background_run(tell_surroundings, &errand));
	ck_assert_int_eq(close(ends[1]), 0);
	while (file_read(ends[0], buf_room(&said, 64), 64, "the pipe", &err) >
	    0)
		said.length = strlen(said.data);
	ck_assert_str_eq(buf_string(&said), "fine");
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(close(errand.inherited), 0);
	buf_free(&said);
}
END_TEST

static void do_nothing(void *context)
{
	(void)context;
	_exit(1);
}

static int run_without_processes(void *context)
{
	const struct rlimit none = {0, 0};

	(void)context;
	/* Root may have as many as there is room for. */
	if (geteuid() == 0 && setuid(SOMEBODY) != 0)
		return 2;
	if (setrlimit(RLIMIT_NPROC, &none) != 0)
		return 2;
	return background_run(do_nothing, NULL) ? 1 : 0;
}

START_TEST(no_process_can_be_started)
{
	ck_assert_int_eq(scratch_fork(run_without_processes, NULL), 0);
}
END_TEST

/* --- entries ------------------------------------------------------------- */

struct world {
	struct scratch scratch;
	struct config *config;
	struct identity identity;
	struct keeping keeping;
	struct plan plan;
	struct claim claims[3];
	struct error err;
};

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

static void read_config(struct world *world, const char *queue)
{
	struct strlist problems = {0};
	struct buf text = {0};

	world->config = config_new();
	buf_addf(&text,
	    "[sendmail]\nqueue = %s\nqueue_dir = %s\ntranscript = none\n"
	    "[profile mail]\nhost = mail.example\n",
	    queue, scratch_path(&world->scratch, "queue"));
	ck_assert_int_eq(config_read(world->config, "f", buf_text(&text),
			     no_variable, &problems, &world->err),
	    0);
	ck_assert_int_eq(config_check(world->config, &problems, &world->err),
	    0);
	buf_free(&text);
}

static void begin(struct world *world, const char *queue)
{
	*world = (struct world){
	    .identity = {.uid = getuid(),
		.start = {.seconds = 1795338000},
		.id = "B1"},
	};
	scratch_make(&world->scratch);
	world->identity.home = world->scratch.directory;
	world->identity.login = text_dup(text_of("anna"));
	world->identity.caller = text_dup(text_of("cron"));
	read_config(world, queue);
	keep_begin(&world->keeping, world->config, &world->identity);
}

static void end(struct world *world)
{
	for (size_t i = 0; i < world->plan.count; i++)
		claim_free(&world->claims[i]);
	plan_free(&world->plan);
	keep_end(&world->keeping);
	config_free(world->config);
	free(world->identity.login);
	free(world->identity.caller);
	scratch_remove(&world->scratch);
}

static struct delivery *add_delivery(struct world *world,
    const char *const *recipients, size_t count)
{
	struct plan *plan = &world->plan;
	struct strlist list = {0};
	struct delivery *delivery;
	struct message *message;

	plan->deliveries = realloc(plan->deliveries,
	    (plan->count + 1) * sizeof *plan->deliveries);
	ck_assert_ptr_nonnull(plan->deliveries);
	world->claims[plan->count].fd = -1;
	delivery = &plan->deliveries[plan->count++];
	*delivery = (struct delivery){
	    .profile = config_profile(world->config, "mail", &world->err),
	};
	message = &delivery->message;
	message->body.fd = -1;
	ck_assert_int_eq(message_add_line(message, text_of("Subject: x"),
			     &world->err),
	    MESSAGE_FIELD);
	buf_add_string(&message->body.memory, "Hello.\n");
	message->body.length = message->body.memory.length;
	for (size_t i = 0; i < count; i++)
		strlist_add(&list, text_of(recipients[i]));
	envelope_set(&delivery->envelope, "anna@example.org", &list);
	delivery->envelope.request.envelope_id = "id-7";
	strlist_free(&list);
	return delivery;
}

static struct delivery *add_simple(struct world *world)
{
	static const char *const ben[] = {"ben@example.net"};

	return add_delivery(world, ben, 1);
}

static int keep(struct world *world, size_t number)
{
	return keep_delivery(&world->keeping, &world->plan.deliveries[number],
	    1, 1795338060, &world->claims[number], &world->err);
}

/* What is there for the next process. */
static char *names(struct world *world)
{
	struct strlist list = {0};
	struct buf buf = {0};
	char *copy;

	ck_assert_int_eq(spool_list(&world->keeping.spool, &list, &world->err),
	    0);
	for (size_t i = 0; i < list.count; i++)
		buf_addf(&buf, "%s%s", i > 0 ? " " : "", list.items[i]);
	copy = text_dup(buf_text(&buf));
	strlist_free(&list);
	buf_free(&buf);
	return copy;
}

static void expect_names(struct world *world, const char *expected)
{
	char *found = names(world);

	ck_assert_str_eq(found, expected);
	free(found);
}

START_TEST(who_may_still_succeed_is_kept)
{
	static const char *const recipients[] = {"sent@example.net",
	    "refused@example.net", "later@example.net", "lost@example.net",
	    "open@example.net"};
	struct world world;
	struct delivery *delivery;
	struct recipient *list;
	struct claim claim;
	const struct envelope *kept = &claim.entry.envelope;

	begin(&world, "fallback");
	delivery = add_delivery(&world, recipients, 5);
	list = delivery->envelope.recipients;
	list[0].is_accepted = true;
	list[1].error =
	    (struct error){.kind = ERROR_NO_USER, .text = "no such user"};
	list[2].error =
	    (struct error){.kind = ERROR_DEFERRED, .text = "try later"};
	list[3].error =
	    (struct error){.kind = ERROR_UNSURE, .text = "it may arrive twice"};
	ck_assert_int_eq(keep(&world, 0), 0);
	ck_assert(!list[0].is_kept && !list[1].is_kept);
	ck_assert(list[2].is_kept && list[3].is_kept && list[4].is_kept);
	claim_free(&world.claims[0]);
	expect_names(&world, "001795338060-B1");
	ck_assert_int_eq(claim_take(&claim, &world.keeping.spool,
			     "001795338060-B1", &world.err),
	    1);
	ck_assert_str_eq(claim.entry.profile, "mail");
	ck_assert_str_eq(claim.entry.caller, "cron");
	ck_assert_str_eq(claim.entry.reason, "it may arrive twice");
	ck_assert_uint_eq(claim.entry.attempts, 1);
	ck_assert(claim.entry.is_unsure);
	ck_assert_int_eq(claim.entry.arrived.seconds, 1795338000);
	ck_assert_str_eq(kept->request.envelope_id, "id-7");
	ck_assert_uint_eq(kept->count, 3);
	ck_assert_str_eq(kept->recipients[0].address, "later@example.net");
	ck_assert_str_eq(kept->recipients[2].address, "open@example.net");
	ck_assert(recipient_is_open(&kept->recipients[0]));
	claim_free(&claim);
	end(&world);
}
END_TEST

START_TEST(each_delivery_is_an_entry)
{
	struct world world;

	begin(&world, "fallback");
	for (size_t i = 0; i < 3; i++) {
		(void)add_simple(&world);
		ck_assert_int_eq(keep(&world, i), 0);
	}
	expect_names(&world,
	    "001795338060-B1 001795338060-B1-2 001795338060-B1-3");
	end(&world);
}
END_TEST

START_TEST(a_body_that_is_there_is_not_copied)
{
	struct world world;
	struct delivery *delivery;
	struct message message = {0};
	struct stat before;
	struct stat after;
	int fd;

	begin(&world, "fallback");
	fd = keep_make_file(&world.keeping);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &before), 0);
	delivery = add_simple(&world);
	delivery->message.body.fd = fd;
	delivery->message.body.offset = lseek(fd, 0, SEEK_CUR);
	ck_assert_int_eq(file_write(fd, text_of("Hello.\n"), "x", &world.err),
	    0);
	ck_assert_int_eq(keep(&world, 0), 0);
	ck_assert_int_eq(world.claims[0].fd, fd);
	ck_assert_int_eq(fstat(fd, &after), 0);
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	ck_assert_int_eq(claim_read_message(&world.claims[0], &message,
			     &world.err),
	    1);
	ck_assert_uint_eq(message.body.length, 7);
	message_free(&message);
	end(&world);
}
END_TEST

START_TEST(nothing_is_made_before_there_is_something_to_keep)
{
	struct world world;

	begin(&world, "fallback");
	ck_assert(keep_is_possible(&world.keeping));
	drain_begin(&world.keeping);
	ck_assert_int_ne(access(scratch_path(&world.scratch, "queue"), F_OK),
	    0);
	end(&world);
}
END_TEST

START_TEST(nothing_can_be_kept_where_no_directory_can_be)
{
	struct world world;

	begin(&world, "fallback");
	(void)scratch_write(&world.scratch, "queue", text_of("a file"));
	ck_assert(!keep_is_possible(&world.keeping));
	end(&world);
}
END_TEST

START_TEST(a_body_that_is_not_wanted_leaves_nothing)
{
	struct world world;

	begin(&world, "fallback");
	ck_assert_int_ge(keep_make_file(&world.keeping), 0);
	ck_assert_int_eq(access(scratch_path(&world.scratch,
				    "queue/messages/B1"),
			     F_OK),
	    0);
	keep_end(&world.keeping);
	ck_assert_int_ne(access(scratch_path(&world.scratch,
				    "queue/messages/B1"),
			     F_OK),
	    0);
	keep_begin(&world.keeping, world.config, &world.identity);
	end(&world);
}
END_TEST

/* There was no room for it there, and then there was. */
START_TEST(a_body_that_went_elsewhere_is_copied)
{
	struct world world;

	begin(&world, "fallback");
	ck_assert_int_ge(keep_make_file(&world.keeping), 0);
	(void)add_simple(&world);
	ck_assert_int_eq(keep(&world, 0), 0);
	expect_names(&world, "001795338060-B1");
	ck_assert_uint_eq(world.claims[0].entry.body_length, 7);
	end(&world);
}
END_TEST

START_TEST(with_queue_never_nothing_is_kept)
{
	struct world world;

	begin(&world, "never");
	(void)add_simple(&world);
	ck_assert(!keep_is_possible(&world.keeping));
	ck_assert_int_lt(keep_make_file(&world.keeping), 0);
	ck_assert_int_lt(keep(&world, 0), 0);
	ck_assert_int_ne(access(scratch_path(&world.scratch, "queue"), F_OK),
	    0);
	end(&world);
}
END_TEST

/* --- all or none --------------------------------------------------------- */

START_TEST(all_are_kept_to_be_tried_at_once)
{
	struct world world;

	begin(&world, "always");
	(void)add_simple(&world);
	(void)add_simple(&world);
	ck_assert_int_eq(postpone_plan(&world.keeping, &world.plan,
			     world.claims),
	    0);
	ck_assert(world.plan.deliveries[1].envelope.recipients[0].is_kept);
	ck_assert_uint_eq(world.claims[1].entry.attempts, 0);
	ck_assert_str_eq(world.claims[1].entry.reason, "");
	ck_assert(claim_is_busy(&world.keeping.spool, "B1-2"));
	end(&world);
}
END_TEST

START_TEST(when_one_cannot_be_kept_none_is)
{
	struct world world;
	const struct recipient *recipient;

	begin(&world, "always");
	for (int i = 0; i < 3; i++)
		(void)add_simple(&world);
	ck_assert_int_eq(mkdir(scratch_path(&world.scratch, "queue"), 0700), 0);
	ck_assert_int_eq(mkdir(scratch_path(&world.scratch, "queue/messages"),
			     0700),
	    0);
	ck_assert_int_eq(mkdir(scratch_path(&world.scratch,
				   "queue/messages/B1-3"),
			     0700),
	    0);
	ck_assert_int_eq(postpone_plan(&world.keeping, &world.plan,
			     world.claims),
	    -1);
	expect_names(&world, "");
	claim_free(&world.claims[0]);
	ck_assert_int_ne(access(scratch_path(&world.scratch,
				    "queue/messages/B1"),
			     F_OK),
	    0);
	for (size_t i = 0; i < 3; i++) {
		recipient = world.plan.deliveries[i].envelope.recipients;
		ck_assert(!recipient->is_kept);
		ck_assert_int_eq(recipient->error.kind, ERROR_CREATE);
	}
	end(&world);
}
END_TEST

Suite *suite_keep(void)
{
	Suite *suite = suite_create("keep");
	TCase *tcase = tcase_create("all");

	tcase_add_loop_test(tcase, places_go_by_user_and_settings, 0,
	    COUNT(place_cases));
	tcase_add_test(tcase, who_has_no_home_waits_with_the_system);
	tcase_add_test(tcase,
	    who_has_no_home_has_no_transcript_unless_he_names_one);
	tcase_add_test(tcase, a_process_in_the_background_has_left_its_caller);
	tcase_add_test(tcase, no_process_can_be_started);
	tcase_add_test(tcase, who_may_still_succeed_is_kept);
	tcase_add_test(tcase, each_delivery_is_an_entry);
	tcase_add_test(tcase, a_body_that_is_there_is_not_copied);
	tcase_add_test(tcase,
	    nothing_is_made_before_there_is_something_to_keep);
	tcase_add_test(tcase, nothing_can_be_kept_where_no_directory_can_be);
	tcase_add_test(tcase, a_body_that_is_not_wanted_leaves_nothing);
	tcase_add_test(tcase, a_body_that_went_elsewhere_is_copied);
	tcase_add_test(tcase, with_queue_never_nothing_is_kept);
	tcase_add_test(tcase, all_are_kept_to_be_tried_at_once);
	tcase_add_test(tcase, when_one_cannot_be_kept_none_is);
	suite_add_tcase(suite, tcase);
	return suite;
}
