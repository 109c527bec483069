#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "input.h"
#include "log.h"
#include "mem.h"
#include "owed.h"
#include "posting.h"
#include "scratch.h"
#include "settle.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { HOUR = 3600, DAY = 86400, REFUSED = 550 };

static const char ID[] = "A1";

static const struct identity runner = {
    .uid = 7,
    .login = (char[]){"queue"},
    .full_name = (char[]){""},
    .hostname = (char[]){"web1"},
    .domain = (char[]){"web1"},
    .id = "RUN",
};

/* A spool with one entry in it, ours or not. */
struct world {
	struct scratch scratch;
	struct config *config;
	struct spool spool;
	struct settling settling;
	struct claim claim;
	struct message message;
	struct error err;
};

/* One entry and what has become of it. */
struct story {
	const char *settings; /* lines of [sendmail], or NULL */
	const char *sender;   /* NULL: anna@x */
	struct request request;
	time_t age;           /* seconds */
	const char *outcomes; /* a letter for each of a@x, b@x ... */
	const char *queue;    /* then: "ID:RECIPIENT,..." with blanks between */
	const char *dead;     /* the name of a dead letter, or NULL */
};

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

static void read_config(struct world *world, const char *settings)
{
	struct strlist problems = {0};
	struct buf text = {0};

	buf_addf(&text,
	    "[sendmail]\ndomain = example.com\nhostname = web1.example.com\n"
	    "aliases = none\ndefault_profile = main\nlog = %s\n%s\n%s\n"
	    "[profile main]\nhost = mail.example.com\n"
	    "[profile back]\nhost = back.example.com\n"
	    "[profile staging]\nhost = back.example.com\nrewrite = staging\n"
	    "[rewrite staging]\nredirect_except = nobody@z\n"
	    "redirect = qa@example.com\n"
	    "envelope_to = nobody@z -> $name\n"
	    "[route]\nrecipient = *@y -> back\nrecipient = *@z -> staging\n",
	    scratch_path(&world->scratch, "log"),
	    settings != NULL && strstr(settings, "delay") != NULL ?
		"" :
		"delay_warning = none",
	    settings != NULL ? settings : "");
	world->config = config_new();
	ck_assert_int_eq(config_read(world->config, "f", buf_text(&text),
			     no_variable, &problems, &world->err),
	    0);
	ck_assert_int_eq(config_check(world->config, &problems, &world->err),
	    0);
	strlist_free(&problems);
	buf_free(&text);
}

static void make_message(struct message *message)
{
	message->body.fd = -1;
	message_append(message, "From", text_of("Anna <anna@x>"));
	message_append(message, "Subject", text_of("Report"));
	buf_add_string(&message->body.memory, "the body\n");
	message->body.length = message->body.memory.length;
}

static void fill_entry(struct entry *entry, const struct story *story)
{
	struct strlist recipients = {0};

	entry->profile = mem_dup("main");
	entry->uid = 33;
	entry->login = mem_dup("anna");
	entry->caller = mem_dup("cron");
	entry->reason = mem_dup("first reason");
	entry->arrived.seconds = clock_now().seconds - story->age;
	entry->attempts = 1;
	for (size_t i = 0; story->outcomes[i] != '\0'; i++)
		strlist_addf(&recipients, "%c@x", (int)('a' + i));
	envelope_set(&entry->envelope,
	    story->sender != NULL ? story->sender : "anna@x", &recipients);
	entry->envelope.request = story->request;
	strlist_free(&recipients);
}

static void begin(struct world *world, const struct story *story)
{
	struct message message = {0};
	struct claim claim;

	*world = (struct world){.claim.fd = -1, .message.body.fd = -1};
	scratch_make(&world->scratch);
	read_config(world, story->settings);
	log_open(config_settings(world->config));
	ck_assert_int_eq(spool_open(&world->spool,
			     scratch_path(&world->scratch, "spool"),
			     &world->err),
	    0);
	world->settling = (struct settling){
	    .config = world->config,
	    .identity = &runner,
	    .spool = &world->spool,
	    .dead_letters = scratch_path(&world->scratch, "dead"),
	};
	make_message(&message);
	ck_assert_int_eq(claim_make(&claim, &world->spool, ID, &world->err), 0);
	fill_entry(&claim.entry, story);
	ck_assert_int_eq(claim_finish(&claim, &message, &world->err), 0);
	ck_assert_int_eq(claim_commit(&claim, 1000, &world->err), 0);
	claim_free(&claim);
	message_free(&message);
}

/* The entry of that ID becomes ours, with its message. */
static void take(struct world *world, const char *id)
{
	char name[SPOOL_NAME_SIZE];

	ck_assert_int_eq(spool_find(&world->spool, id, name), 1);
	ck_assert_int_eq(claim_take(&world->claim, &world->spool, name,
			     &world->err),
	    1);
	ck_assert_int_eq(claim_read_message(&world->claim, &world->message,
			     &world->err),
	    1);
}

static void let_go(struct world *world)
{
	message_free(&world->message);
	claim_free(&world->claim);
}

static void end(struct world *world)
{
	let_go(world);
	log_close();
	spool_close(&world->spool);
	config_free(world->config);
	scratch_remove(&world->scratch);
}

/* a: accepted, d: deferred, u: unsure, r: refused, o: nothing happened */
static void set_outcome(struct recipient *recipient, char outcome)
{
	struct error *err = &recipient->error;

	*err = (struct error){0};
	recipient->is_accepted = outcome == 'a';
	if (outcome == 'd')
		*err = (struct error){ERROR_DEFERRED, 451, "4.2.0",
		    "mail.example.com:25 put off it: 451 4.2.0 later"};
	if (outcome == 'u')
		*err = (struct error){ERROR_UNSURE, 0, "4.4.2", "dot lost"};
	if (outcome == 'r')
		*err = (struct error){ERROR_NO_USER, REFUSED, "5.1.1",
		    "mail.example.com:25 refused it: 550 5.1.1 nobody"};
}

static void set_outcomes(struct world *world, const char *outcomes)
{
	struct envelope *envelope = &world->claim.entry.envelope;

	ck_assert_uint_eq(envelope->count, strlen(outcomes));
	for (size_t i = 0; i < envelope->count; i++)
		set_outcome(&envelope->recipients[i], outcomes[i]);
}

/*
 * A whole turn: take it, have that outcome, strike off, settle, let go.  What
 * could not be struck off is settled all the same.
 */
static int settle(struct world *world, const char *outcomes)
{
	int result;

	take(world, ID);
	set_outcomes(world, outcomes);
	(void)settle_strike(&world->claim, &world->err);
	result = settle_claim(&world->settling, &world->claim, &world->message,
	    &world->err);
	let_go(world);
	return result;
}

static int compare_ids(const void *a, const void *b)
{
	char *const *first = a;
	char *const *second = b;

	return strcmp(strpbrk(*first, "-"), strpbrk(*second, "-"));
}

static void add_entry(struct world *world, const char *name, struct buf *buf)
{
	const struct envelope *envelope;
	struct claim claim;

	ck_assert_int_eq(claim_look(&claim, &world->spool, name, &world->err),
	    1);
	envelope = &claim.entry.envelope;
	buf_addf(buf, "%s%s:", buf->length > 0 ? " " : "", claim.entry.id);
	for (size_t i = 0; i < envelope->count; i++)
		buf_addf(buf, "%s%s", i > 0 ? "," : "",
		    envelope->recipients[i].address);
	claim_free(&claim);
}

/* What is in the queue, as in struct story; nothing may be owed any more. */
static void check_queue(struct world *world, const char *expected)
{
	struct strlist names = {0};
	struct buf found = {0};

	ck_assert_int_eq(spool_list(&world->spool, &names, &world->err), 0);
	if (names.count > 0)
		qsort(names.items, names.count, sizeof *names.items,
		    compare_ids);
	for (size_t i = 0; i < names.count; i++) {
		ck_assert_int_ne(*names.items[i], 'o');
		add_entry(world, names.items[i], &found);
	}
	ck_assert_str_eq(buf_string(&found), expected);
	buf_free(&found);
	strlist_free(&names);
}

static void check_dead(struct world *world, const char *name)
{
	struct buf path = {0};
	struct buf letter = {0};

	if (name == NULL) {
		ck_assert_int_ne(access(world->settling.dead_letters, F_OK), 0);
		return;
	}
	buf_addf(&path, "dead/%s.eml", name);
	ck_assert(scratch_read(&world->scratch, buf_string(&path), &letter));
	ck_assert_ptr_nonnull(strstr(buf_string(&letter), "\n\nthe body\n"));
	buf_free(&letter);
	buf_free(&path);
}

#define LATE "delay_warning = 4h"

static const struct story stories[] = {
    /* the usual */
    {.outcomes = "aaa", .queue = ""},
    {.outcomes = "ada", .queue = "A1:b@x"},
    {.outcomes = "uoa", .queue = "A1:a@x,b@x"},
    {.outcomes = "rrr", .queue = "A1.1:anna@x"},
    {.outcomes = "ara", .queue = "A1.1:anna@x"},
    {.outcomes = "ard", .queue = "A1:c@x A1.1:anna@x"},
    /* nobody can be told */
    {.sender = "", .outcomes = "rrr", .queue = "", .dead = "A1"},
    {.sender = "", .outcomes = "rda", .queue = "A1:b@x", .dead = "A1"},
    {.settings = "bounce_to = none",
	.outcomes = "rda",
	.queue = "A1:b@x",
	.dead = "A1"},
    {.request.notify = NOTIFY_NEVER,
	.outcomes = "ra",
	.queue = "",
	.dead = "A1"},
    /* somebody else is told */
    {.settings = "bounce_to = boss@y", .outcomes = "ra", .queue = "A1.1:boss@y"},
    {.settings = "bounce_to = boss@z",
	.outcomes = "r",
	.queue = "A1.1:qa@example.com"},
    {.settings = "bounce_to = nobody@z",
	.outcomes = "r",
	.queue = "",
	.dead = "A1"},
    {.settings = "bounce_to = boss@y",
	.sender = "",
	.outcomes = "ra",
	.queue = "",
	.dead = "A1"},
    /* too old; but who was not tried is */
    {.age = 5 * DAY, .outcomes = "du", .queue = "A1.1:anna@x"},
    {.age = 5 * DAY - HOUR, .outcomes = "du", .queue = "A1:a@x,b@x"},
    {.age = 5 * DAY, .outcomes = "da", .queue = "A1.1:anna@x"},
    {.age = 5 * DAY, .outcomes = "do", .queue = "A1:b@x A1.1:anna@x"},
    {.age = 5 * DAY, .sender = "", .outcomes = "d", .queue = "", .dead = "A1"},
    {.settings = "queue_lifetime = 1h",
	.age = HOUR,
	.outcomes = "d",
	.queue = "A1.1:anna@x"},
    /* the clock was set back, by a little and by a lot */
    {.age = -HOUR, .outcomes = "d", .queue = "A1:a@x"},
    {.age = -30 * DAY, .settings = LATE, .outcomes = "d", .queue = "A1:a@x"},
    /* late */
    {.settings = LATE,
	.age = 4 * HOUR,
	.outcomes = "ad",
	.queue = "A1:b@x A1.1:anna@x"},
    {.settings = LATE,
	.age = 4 * HOUR - 60,
	.outcomes = "ad",
	.queue = "A1:b@x"},
    {.settings = LATE,
	.age = 5 * HOUR,
	.outcomes = "rd",
	.queue = "A1:b@x A1.1:anna@x A1.2:anna@x"},
    {.settings = LATE, .age = 6 * DAY, .outcomes = "dd", .queue = "A1.1:anna@x"},
    {.settings = LATE, .age = 5 * HOUR, .outcomes = "oo", .queue = "A1:a@x,b@x"},
    {.settings = LATE,
	.sender = "",
	.age = 5 * HOUR,
	.outcomes = "d",
	.queue = "A1:a@x"},
    {.settings = LATE,
	.request.notify = NOTIFY_FAILURE,
	.age = 5 * HOUR,
	.outcomes = "d",
	.queue = "A1:a@x"},
    {.settings = LATE "\nbounce_to = none",
	.age = 5 * HOUR,
	.outcomes = "d",
	.queue = "A1:a@x"},
};

START_TEST(each_recipient_stays_goes_or_is_reported)
{
	const struct story *story = &stories[_i];
	struct world world;

	begin(&world, story);
	ck_assert_int_eq(settle(&world, story->outcomes), 0);
	check_queue(&world, story->queue);
	check_dead(&world, story->dead);
	end(&world);
}
END_TEST

static const struct {
	const char *outcomes;
	const char *queue; /* when they are struck off */
} strikes[] = {
    {"dr", "A1:a@x,b@x"},
    {"ad", "A1:b@x"},
    {"ra", "A1:a@x"},
    {"aa", ""},
};

START_TEST(who_was_accepted_is_struck_off_before_anything_else)
{
	const struct story story = {
	    .settings = LATE,
	    .age = 5 * HOUR,
	    .outcomes = strikes[_i].outcomes,
	};
	struct world world;

	begin(&world, &story);
	take(&world, ID);
	set_outcomes(&world, story.outcomes);
	ck_assert_int_eq(settle_strike(&world.claim, &world.err), 0);
	check_queue(&world, strikes[_i].queue);
	ck_assert_int_eq(settle_strike(&world.claim, &world.err), 0);
	ck_assert_int_eq(settle_claim(&world.settling, &world.claim,
			     &world.message, &world.err),
	    0);
	end(&world);
}
END_TEST

/* What stands at the path is no file, so whoever needs it there fails. */
static void obstruct(struct world *world, const char *name)
{
	struct buf inside = {0};

	buf_addf(&inside, "%s/x", name);
	ck_assert_int_eq(mkdir(scratch_path(&world->scratch, name), 0700), 0);
	(void)scratch_write(&world->scratch, buf_string(&inside), text_of(""));
	buf_free(&inside);
}

static void clear(struct world *world, const char *name)
{
	struct buf inside = {0};

	buf_addf(&inside, "%s/x", name);
	ck_assert_int_eq(unlink(scratch_path(&world->scratch,
			     buf_string(&inside))),
	    0);
	ck_assert_int_eq(rmdir(scratch_path(&world->scratch, name)), 0);
	buf_free(&inside);
}

/* Whoever was accepted is struck off before anything else; if that can be. */
static const struct {
	struct story story;
	const char *obstacle;
	const char *left; /* outcomes of those who are tried again, if fewer */
} obstacles[] = {
    {{.outcomes = "rda", .queue = "A1:b@x A1.1:anna@x"}, "spool/messages/A1.1",
	"rd"},
    {{.outcomes = "rda", .queue = "A1:b@x A1.1:anna@x"}, "spool/tmp/A1.1",
	"rd"},
    {{.outcomes = "rda", .queue = "A1:b@x A1.1:anna@x"},
	"spool/queue/owed-A1.1", "rd"},
    {{.outcomes = "rda", .queue = "A1:b@x A1.1:anna@x"}, "spool/tmp/A1", NULL},
    {{.outcomes = "rrr", .queue = "A1.1:anna@x"}, "spool/tmp/A1", NULL},
    {{.outcomes = "dda", .queue = "A1:a@x,b@x"}, "spool/tmp/A1", NULL},
    {{.sender = "", .outcomes = "rda", .queue = "A1:b@x", .dead = "A1"},
	"spool/tmp/A1", NULL},
    {{.sender = "", .outcomes = "rda", .queue = "A1:b@x", .dead = "A1"},
	"dead/A1.eml", "rd"},
    {{.settings = LATE,
	 .age = 5 * HOUR,
	 .outcomes = "dda",
	 .queue = "A1:a@x,b@x A1.1:anna@x"},
	"spool/messages/A1.1", "dd"},
    {{.settings = LATE,
	 .age = 5 * HOUR,
	 .outcomes = "dda",
	 .queue = "A1:a@x,b@x A1.1:anna@x"},
	"spool/tmp/A1", NULL},
};

START_TEST(what_cannot_be_recorded_has_not_happened)
{
	const struct story *story = &obstacles[_i].story;
	const char *obstacle = obstacles[_i].obstacle;
	const char *left = obstacles[_i].left;
	struct world world;

	if (left == NULL)
		left = story->outcomes;
	begin(&world, story);
	ck_assert_int_eq(mkdir(world.settling.dead_letters, 0700), 0);
	obstruct(&world, obstacle);
	ck_assert_int_eq(settle(&world, story->outcomes), -1);
	ck_assert(world.err.kind == ERROR_CREATE || world.err.kind == ERROR_IO);
	clear(&world, obstacle);
	take(&world, ID);
	ck_assert_uint_eq(world.claim.entry.envelope.count, strlen(left));
	ck_assert_uint_eq(world.claim.entry.attempts, 1);
	ck_assert(!world.claim.entry.owes_notice);
	ck_assert(!world.claim.entry.is_warned);
	let_go(&world);
	/* And the next time it goes as it should have gone. */
	ck_assert_int_eq(settle(&world, left), 0);
	check_queue(&world, story->queue);
	if (story->dead != NULL)
		check_dead(&world, story->dead);
	end(&world);
}
END_TEST

/* --- what is written ----------------------------------------------------- */

static void add_body(struct world *world, struct buf *buf)
{
	char bytes[16 * 1024];
	ssize_t count = input_body(&world->message.body, 0, bytes, sizeof bytes,
	    &world->err);

	ck_assert_int_gt(count, 0);
	buf_add(buf, (struct text){bytes, (size_t)count});
}

START_TEST(a_notice_is_an_entry_like_any_other)
{
	const struct story story = {
	    .settings = "bounce_to = boss@y",
	    .request = {.returns = RETURN_FULL, .requires_tls = true},
	    .age = 10,
	    .outcomes = "ra",
	};
	const struct entry *entry;
	struct world world;
	struct buf body = {0};

	begin(&world, &story);
	ck_assert_int_eq(settle(&world, story.outcomes), 0);
	take(&world, "A1.1");
	entry = &world.claim.entry;
	ck_assert_str_eq(entry->envelope.sender, "");
	ck_assert_str_eq(entry->profile, "back");
	ck_assert_uint_eq(entry->uid, 33);
	ck_assert_str_eq(entry->login, "anna");
	ck_assert_uint_eq(entry->attempts, 0);
	ck_assert(entry->envelope.request.requires_tls);
	ck_assert_uint_eq(entry->envelope.request.notify, NOTIFY_NEVER);
	ck_assert_int_ge(clock_now().seconds - entry->arrived.seconds, 0);
	ck_assert_int_lt(clock_now().seconds - entry->arrived.seconds, 10);
	ck_assert_str_eq(message_field(&world.message, "Message-ID", NULL)->text,
	    "Message-ID: <A1.1@example.com>");
	add_body(&world, &body);
	ck_assert_ptr_nonnull(strstr(buf_string(&body), "\nAction: failed\n"));
	ck_assert_ptr_nonnull(strstr(buf_string(&body),
	    "\nReporting-MTA: dns; web1.example.com\n"));
	ck_assert_ptr_nonnull(strstr(buf_string(&body),
	    "\nFinal-Recipient: rfc822; a@x\n"));
	ck_assert_ptr_null(strstr(buf_string(&body), "b@x"));
	ck_assert_ptr_nonnull(strstr(buf_string(&body),
	    "Subject: Report\n\nthe body\n"));
	buf_free(&body);
	end(&world);
}
END_TEST

/* RFC 3461 4.3; and a header always. */
START_TEST(a_body_is_returned_only_where_it_was_asked_for)
{
	static const struct story cases[] = {
	    {.outcomes = "r"},
	    {.outcomes = "r", .request.returns = RETURN_HEADERS},
	    {.outcomes = "d",
		.settings = LATE,
		.age = 5 * HOUR,
		.request.returns = RETURN_FULL},
	};
	struct world world;
	struct buf body = {0};

	begin(&world, &cases[_i]);
	ck_assert_int_eq(settle(&world, cases[_i].outcomes), 0);
	take(&world, "A1.1");
	add_body(&world, &body);
	ck_assert_ptr_null(strstr(buf_string(&body), "the body"));
	ck_assert_ptr_nonnull(strstr(buf_string(&body), "\nSubject: Report\n"));
	buf_free(&body);
	end(&world);
}
END_TEST

START_TEST(an_attempt_is_counted_and_explained)
{
	const struct story story = {.outcomes = "adu"};
	time_t before = clock_now().seconds;
	char name[SPOOL_NAME_SIZE];
	const char *id;
	time_t turn;
	struct world world;

	begin(&world, &story);
	ck_assert_int_eq(settle(&world, story.outcomes), 0);
	ck_assert_int_eq(spool_find(&world.spool, ID, name), 1);
	ck_assert(spool_read_name(name, &turn, &id));
	/* retry = 1m 5m ...: this was the second attempt. */
	ck_assert_int_ge(turn, before + 300);
	ck_assert_int_le(turn, clock_now().seconds + 300);
	take(&world, ID);
	ck_assert_uint_eq(world.claim.entry.attempts, 2);
	ck_assert(world.claim.entry.is_unsure);
	ck_assert_str_eq(world.claim.entry.reason, "dot lost");
	end(&world);
}
END_TEST

START_TEST(a_sender_is_warned_once)
{
	const struct story story = {
	    .settings = LATE, .age = 5 * HOUR, .outcomes = "dd"};
	struct world world;

	begin(&world, &story);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(settle(&world, "dd"), 0);
	check_queue(&world, "A1:a@x,b@x A1.1:anna@x");
	ck_assert_int_eq(settle(&world, "rd"), 0);
	check_queue(&world, "A1:b@x A1.1:anna@x A1.2:anna@x");
	ck_assert_int_eq(settle(&world, "a"), 0);
	check_queue(&world, "A1.1:anna@x A1.2:anna@x");
	end(&world);
}
END_TEST

START_TEST(each_dead_letter_has_a_name_of_its_own)
{
	const struct story story = {.sender = "", .outcomes = "rdd"};
	struct world world;

	begin(&world, &story);
	ck_assert_int_eq(settle(&world, "rdd"), 0);
	ck_assert_int_eq(settle(&world, "dr"), 0);
	ck_assert_int_eq(settle(&world, "r"), 0);
	check_dead(&world, "A1");
	check_dead(&world, "A1-2");
	check_dead(&world, "A1-3");
	check_queue(&world, "");
	end(&world);
}
END_TEST

START_TEST(the_log_says_what_became_of_whom)
{
	static const char *const lines[] = {
	    "id=A1 status=refused from=anna@x to=a@x profile=main attempts=2 "
	    "report=A1.1",
	    "id=A1 status=queued from=anna@x to=b@x,c@x profile=main "
	    "attempts=2 next=",
	    "note=\"may arrive twice\" reply=\"dot lost\"",
	};
	const struct story story = {.outcomes = "rdu"};
	struct world world;
	struct buf log = {0};

	begin(&world, &story);
	ck_assert_int_eq(settle(&world, story.outcomes), 0);
	ck_assert(scratch_read(&world.scratch, "log", &log));
	for (int i = 0; i < COUNT(lines); i++)
		ck_assert_ptr_nonnull(strstr(buf_string(&log), lines[i]));
	buf_free(&log);
	end(&world);
}
END_TEST

/* --- without an attempt -------------------------------------------------- */

static int settle_down(struct world *world)
{
	static const struct error down = {
	    .kind = ERROR_NETWORK, .status = "4.4.1", .text = "no connection"};
	int result;

	take(world, ID);
	message_free(&world->message);
	result = settle_untried(&world->settling, &world->claim, NULL, &down,
	    &world->err);
	let_go(world);
	return result;
}

START_TEST(without_an_attempt_only_time_has_passed)
{
	static const struct story cases[] = {
	    {.outcomes = "oo", .queue = "A1:a@x,b@x"},
	    {.outcomes = "oo",
		.settings = LATE,
		.age = 5 * HOUR,
		.queue = "A1:a@x,b@x A1.1:anna@x"},
	};
	char name[SPOOL_NAME_SIZE];
	const char *id;
	time_t turn;
	struct world world;

	begin(&world, &cases[_i]);
	ck_assert_int_eq(settle_down(&world), 0);
	check_queue(&world, cases[_i].queue);
	ck_assert_int_eq(spool_find(&world.spool, ID, name), 1);
	ck_assert(spool_read_name(name, &turn, &id));
	ck_assert_int_gt(turn, clock_now().seconds);
	take(&world, ID);
	ck_assert_uint_eq(world.claim.entry.attempts, 1);
	ck_assert_str_eq(world.claim.entry.reason, "first reason");
	end(&world);
}
END_TEST

START_TEST(without_an_attempt_a_message_can_still_be_too_old)
{
	const struct story story = {.outcomes = "oo", .age = 5 * DAY};
	struct world world;
	struct buf body = {0};
	struct buf log = {0};

	begin(&world, &story);
	ck_assert_int_eq(settle_down(&world), 0);
	check_queue(&world, "A1.1:anna@x");
	take(&world, "A1.1");
	add_body(&world, &body);
	ck_assert_ptr_nonnull(strstr(buf_string(&body), "\nStatus: 4.4.7\n"));
	ck_assert(scratch_read(&world.scratch, "log", &log));
	ck_assert_ptr_nonnull(strstr(buf_string(&log), " status=expired "));
	buf_free(&log);
	buf_free(&body);
	end(&world);
}
END_TEST

/* --- crashes ------------------------------------------------------------- */

/* How far a notice for the first recipient came before the crash. */
enum stage { MADE, SAVED, PAID, DELIVERED };

static void make_notice(struct world *world)
{
	const struct policy policy = {
	    .config = world->config,
	    .user = runner.login,
	    .site = posting_site(config_settings(world->config), &runner),
	};
	const struct entry *entry = &world->claim.entry;
	const struct recipient *recipients[] = {&entry->envelope.recipients[0]};
	const struct notice notice = {
	    .kind = NOTICE_FAILED,
	    .to = "before@x",
	    .envelope = &entry->envelope,
	    .recipients = recipients,
	    .count = 1,
	    .message = &world->message,
	};

	ck_assert_int_eq(owed_make(&policy, &world->spool, entry, &notice,
			     &world->err),
	    0);
}

static void crash_at(struct world *world, enum stage stage)
{
	struct entry *entry = &world->claim.entry;

	take(world, ID);
	make_notice(world);
	if (stage >= SAVED) {
		entry->notices++;
		entry->owes_notice = true;
		entry->envelope.recipients[0].is_accepted = true;
		ck_assert_int_eq(claim_save(&world->claim, &world->err), 0);
	}
	if (stage >= PAID)
		ck_assert_int_eq(owed_pay(&world->spool, entry, 2000,
				     &world->err),
		    0);
	let_go(world);
	if (stage < DELIVERED)
		return;
	take(world, "A1.1");
	ck_assert_int_eq(claim_remove(&world->claim, &world->err), 0);
	let_go(world);
}

static const struct {
	enum stage stage;
	const char *before;   /* outcomes, for as many as there are */
	const char *outcomes; /* of the next attempt */
	const char *queue;
} crashes[] = {
    /* it is made anew, under the same ID */
    {MADE, "rd", "rd", "A1:b@x A1.1:anna@x"},
    {MADE, "r", "r", "A1.1:anna@x"},
    /* or it is not needed any more */
    {MADE, "rd", "aa", ""},
    {MADE, "rd", "dd", "A1:a@x,b@x"},
    /* it is finished, never made again */
    {SAVED, "rd", "d", "A1:b@x A1.1:before@x"},
    {SAVED, "rd", "a", "A1.1:before@x"},
    {SAVED, "rd", "r", "A1.1:before@x A1.2:anna@x"},
    {SAVED, "r", "", "A1.1:before@x"},
    {PAID, "rd", "d", "A1:b@x A1.1:before@x"},
    {PAID, "rd", "r", "A1.1:before@x A1.2:anna@x"},
    {PAID, "r", "", "A1.1:before@x"},
    {DELIVERED, "rd", "d", "A1:b@x"},
    {DELIVERED, "rd", "r", "A1.2:anna@x"},
    {DELIVERED, "r", "", ""},
};

/* With and without settle_owed(): who forgets it must do no harm. */
START_TEST(there_is_one_notice_wherever_it_crashed)
{
	const struct story story = {.outcomes = crashes[_i].before};

	for (int is_asked = 0; is_asked < 2; is_asked++) {
		struct world world;

		begin(&world, &story);
		crash_at(&world, crashes[_i].stage);
		take(&world, ID);
		ck_assert_int_eq(world.claim.entry.owes_notice,
		    crashes[_i].stage >= SAVED);
		if (is_asked && world.claim.entry.owes_notice)
			ck_assert_int_eq(settle_owed(&world.settling,
					     &world.claim, &world.err),
			    0);
		set_outcomes(&world, crashes[_i].outcomes);
		ck_assert_int_eq(settle_claim(&world.settling, &world.claim,
				     &world.message, &world.err),
		    0);
		let_go(&world);
		check_queue(&world, crashes[_i].queue);
		end(&world);
	}
}
END_TEST

START_TEST(a_notice_that_is_not_needed_leaves_nothing)
{
	const struct story story = {.outcomes = "r"};
	struct world world;

	begin(&world, &story);
	crash_at(&world, MADE);
	ck_assert_int_eq(settle(&world, "a"), 0);
	ck_assert_int_eq(rmdir(scratch_path(&world.scratch, "spool/messages")),
	    0);
	ck_assert_int_eq(rmdir(scratch_path(&world.scratch, "spool/queue")), 0);
	end(&world);
}
END_TEST

/* The names that a notice of now may get. */
static void obstruct_turns(struct world *world, time_t now,
    void (*change)(struct world *, const char *name))
{
	enum { TURNS = 60 };

	for (int i = 0; i < TURNS; i++) {
		char name[SPOOL_NAME_SIZE];
		struct buf path = {0};

		spool_write_name(name, now + i, "A1.1");
		buf_addf(&path, "spool/queue/%s", name);
		change(world, buf_string(&path));
		buf_free(&path);
	}
}

START_TEST(a_notice_that_gets_no_turn_is_owed)
{
	const struct story story = {.outcomes = "rd"};
	time_t now = clock_now().seconds;
	struct world world;

	begin(&world, &story);
	obstruct_turns(&world, now, obstruct);
	ck_assert_int_eq(settle(&world, "rd"), -1);
	obstruct_turns(&world, now, clear);
	take(&world, ID);
	ck_assert(world.claim.entry.owes_notice);
	let_go(&world);
	ck_assert_int_eq(settle(&world, "d"), 0);
	check_queue(&world, "A1:b@x A1.1:anna@x");
	end(&world);
}
END_TEST

/* What it then owes is finished before anything else. */
START_TEST(what_is_owed_but_cannot_be_paid_stays_owed)
{
	const struct story story = {.outcomes = "rd"};
	char name[SPOOL_NAME_SIZE];
	struct world world;
	struct buf path = {0};
	time_t now = clock_now().seconds;

	begin(&world, &story);
	crash_at(&world, SAVED);
	take(&world, ID);
	spool_write_name(name, 2000, "A1.1");
	buf_addf(&path, "spool/queue/%s", name);
	obstruct(&world, buf_string(&path));
	ck_assert_int_eq(owed_pay(&world.spool, &world.claim.entry, 2000,
			     &world.err),
	    -1);
	ck_assert_int_eq(world.err.kind, ERROR_IO);
	ck_assert(world.claim.entry.owes_notice);
	clear(&world, buf_string(&path));
	ck_assert_int_eq(owed_pay(&world.spool, &world.claim.entry, now,
			     &world.err),
	    0);
	ck_assert(!world.claim.entry.owes_notice);
	buf_free(&path);
	end(&world);
}
END_TEST

Suite *suite_settle(void)
{
	Suite *suite = suite_create("settle");
	TCase *tests = tcase_create("settle");

	tcase_add_loop_test(tests, each_recipient_stays_goes_or_is_reported, 0,
	    COUNT(stories));
	tcase_add_loop_test(tests,
	    who_was_accepted_is_struck_off_before_anything_else, 0,
	    COUNT(strikes));
	tcase_add_loop_test(tests, what_cannot_be_recorded_has_not_happened, 0,
	    COUNT(obstacles));
	tcase_add_test(tests, a_notice_is_an_entry_like_any_other);
	tcase_add_loop_test(tests,
	    a_body_is_returned_only_where_it_was_asked_for, 0, 3);
	tcase_add_test(tests, an_attempt_is_counted_and_explained);
	tcase_add_test(tests, a_sender_is_warned_once);
	tcase_add_test(tests, each_dead_letter_has_a_name_of_its_own);
	tcase_add_test(tests, the_log_says_what_became_of_whom);
	tcase_add_loop_test(tests, without_an_attempt_only_time_has_passed, 0,
	    2);
	tcase_add_test(tests,
	    without_an_attempt_a_message_can_still_be_too_old);
	tcase_add_loop_test(tests, there_is_one_notice_wherever_it_crashed, 0,
	    COUNT(crashes));
	tcase_add_test(tests, a_notice_that_is_not_needed_leaves_nothing);
	tcase_add_test(tests, a_notice_that_gets_no_turn_is_owed);
	tcase_add_test(tests, what_is_owed_but_cannot_be_paid_stays_owed);
	suite_add_tcase(suite, tests);
	return suite;
}
