#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "claim.h"
#include "clock.h"
#include "file.h"
#include "queue_crew.h"
#include "queue_run.h"
#include "scratch.h"
#include "sink.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { HOUR = 3600, MANY = 20, PROFILES = QUEUE_MAX_PROCESSES + 8 };

/* Longer than that of a message that was just handed in. */
#define LONG_ID "E%u-NOTCUT.1"

static char nobody[] = "tester";
static char empty[] = "";
static char host[] = "host.example.org";

static const struct identity identity = {
    .uid = 4711,
    .login = nobody,
    .full_name = empty,
    .home = empty,
    .hostname = host,
    .domain = host,
    .caller = empty,
    .id = "RUN",
};

/* A queue of its own, and up to two servers. */
struct fixture {
	struct scratch scratch;
	struct config *config;
	struct spool spool;
	struct options options;
	struct sink sinks[2];
	unsigned sink_count;
	struct strlist sentences;
	struct error err;
};

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

/* What has %s in it gets the directory of the test. */
static void configure(struct fixture *fixture, const char *profiles)
{
	const char *directory = fixture->scratch.directory;
	struct strlist problems = {0};
	struct buf text = {0};
	struct text rest = text_of(profiles);
	struct text part;

	buf_addf(&text,
	    "[sendmail]\nqueue_dir = %s/queue\ndead_letters = %s/dead\n"
	    "transcript = %s/transcript\nlog = none\n",
	    directory, directory, directory);
	while (text_split(&rest, '@', &part)) {
		buf_add(&text, part);
		if (rest.length > 0)
			buf_add_string(&text, directory);
	}
	fixture->config = config_new();
	ck_assert_int_eq(config_read(fixture->config, "f", buf_text(&text),
			     no_variable, &problems, &fixture->err),
	    0);
	ck_assert_int_eq(config_check(fixture->config, &problems,
			     &fixture->err),
	    0);
	buf_free(&text);
}

static void set_up(struct fixture *fixture, const char *profiles)
{
	*fixture = (struct fixture){.options = {.mode = MODE_QUEUE_RUN}};
	scratch_make(&fixture->scratch);
	ck_assert_int_eq(setenv("XDG_RUNTIME_DIR",
			     scratch_path(&fixture->scratch, "run"), 1),
	    0);
	configure(fixture, profiles);
	ck_assert_int_eq(spool_open(&fixture->spool,
			     scratch_path(&fixture->scratch, "queue"),
			     &fixture->err),
	    0);
	/* libcheck's handlers are not what the program has. */
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
}

static struct sink_state *start_sink(struct fixture *fixture,
    struct sink_state *state, const char *name)
{
	sink_start(&fixture->sinks[fixture->sink_count++], state,
	    scratch_path(&fixture->scratch, name));
	return state;
}

static void tear_down(struct fixture *fixture)
{
	for (unsigned i = 0; i < fixture->sink_count; i++)
		sink_stop(&fixture->sinks[i]);
	spool_close(&fixture->spool);
	config_free(fixture->config);
	strlist_free(&fixture->sentences);
	scratch_remove(&fixture->scratch);
}

static void put_entry(const struct fixture *fixture, const char *profile,
    unsigned number, const struct strlist *recipients, time_t turn)
{
	struct message message = {.body.fd = -1};
	struct claim claim;
	struct error err = {0};
	char id[ENTRY_ID_SIZE];

	(void)snprintf(id, sizeof id, LONG_ID, number);
	message_append(&message, "Subject", text_of(" test"));
	buf_add_string(&message.body.memory, "one\ntwo\n");
	message.body.length = message.body.memory.length;
	message.body.wire_length = message.body.length + 2;
	ck_assert_int_eq(claim_make(&claim, &fixture->spool, id, &err), 0);
	claim.entry.profile = text_dup(text_of(profile));
	claim.entry.login = text_dup(text_of("anna"));
	claim.entry.caller = text_dup(text_of("cron"));
	claim.entry.reason = text_dup(text_of(""));
	claim.entry.arrived = clock_now();
	envelope_set(&claim.entry.envelope, "me@example.org", recipients);
	ck_assert_int_eq(claim_finish(&claim, &message, &err), 0);
	ck_assert_int_eq(claim_commit(&claim, turn, &err), 0);
	claim_free(&claim);
	buf_free(&message.body.memory);
	message_free(&message);
}

/* An entry LONG_ID for <local><number>@example.org. */
static void put_one(const struct fixture *fixture, const char *profile,
    const char *local, unsigned number, time_t turn)
{
	struct strlist recipients = {0};

	strlist_addf(&recipients, "%s%u@example.org", local, number);
	put_entry(fixture, profile, number, &recipients, turn);
	strlist_free(&recipients);
}

/* Entries that are due, numbered from first on. */
static void put(const struct fixture *fixture, const char *profile,
    unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		put_one(fixture, profile, "r", i, clock_now().seconds);
}

static int run(struct fixture *fixture)
{
	return queue_run(&fixture->options, fixture->config, &identity,
	    STDOUT_FILENO, &fixture->sentences, &fixture->err);
}

static unsigned count_left(const struct fixture *fixture)
{
	struct strlist names = {0};
	struct error err = {0};
	unsigned count;

	ck_assert_int_eq(spool_list(&fixture->spool, &names, &err), 0);
	count = (unsigned)names.count;
	strlist_free(&names);
	return count;
}

/* Each of these was delivered once, and nobody else. */
static void check_deliveries(const struct sink_state *state, unsigned first,
    unsigned count)
{
	ck_assert_uint_eq(atomic_load(&state->messages), count);
	for (unsigned i = first; i < first + count; i++)
		ck_assert_uint_eq(atomic_load(&state->deliveries[i]), 1);
}

/* What the queue has of an entry; free it. */
static void look(const struct fixture *fixture, unsigned number,
    struct claim *claim)
{
	char name[SPOOL_NAME_SIZE];
	char id[ENTRY_ID_SIZE];
	struct error err = {0};

	(void)snprintf(id, sizeof id, LONG_ID, number);
	ck_assert_int_eq(spool_find(&fixture->spool, id, name), 1);
	ck_assert_int_eq(claim_look(claim, &fixture->spool, name, &err), 1);
}

static time_t turn_of(const struct claim *claim)
{
	time_t turn = 0;
	const char *id;

	ck_assert(spool_read_name(claim->name, &turn, &id));
	return turn;
}

static const char one_profile[] =
    "retry = 10m\n[profile p]\nhost = unix:@/sink\n";
static const char one_connection[] =
    "retry = 10m\n[profile p]\nhost = unix:@/sink\nmax_connections = 1\n";
static const char two_profiles[] =
    "retry = 10m\n[profile p]\nhost = unix:@/sink\n[profile dead]\nhost = unix:@/dead\n";

START_TEST(all_that_is_due_is_delivered_once)
{
	struct fixture fixture;
	struct sink_state *state;

	set_up(&fixture, one_profile);
	state = start_sink(&fixture, sink_prepare(), "sink");
	put(&fixture, "p", 0, MANY);
	ck_assert_int_eq(run(&fixture), 0);
	check_deliveries(state, 0, MANY);
	ck_assert_uint_le(atomic_load(&state->connections), 4);
	ck_assert_uint_eq(count_left(&fixture), 0);
	ck_assert_uint_eq(fixture.sentences.count, 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_transcript_has_the_whole_id_of_its_entry)
{
	struct fixture fixture;
	struct sink_state *state = sink_prepare();
	struct buf transcript = {0};

	set_up(&fixture, "[profile p]\nhost = unix:@/sink\n");
	put_one(&fixture, "p", "r", 0, 0);
	(void)start_sink(&fixture, state, "sink");
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert_int_eq(file_add(&transcript,
			     scratch_path(&fixture.scratch, "transcript"),
			     1000000, NULL, ERROR_IO, &fixture.err),
	    0);
	ck_assert_ptr_nonnull(strstr(buf_string(&transcript),
	    " E0-NOTCUT.1 uid "));
	buf_free(&transcript);
	tear_down(&fixture);
}
END_TEST

START_TEST(one_connection_carries_many_messages)
{
	struct fixture fixture;
	struct sink_state *state;

	set_up(&fixture, one_connection);
	state = start_sink(&fixture, sink_prepare(), "sink");
	put(&fixture, "p", 0, MANY);
	ck_assert_int_eq(run(&fixture), 0);
	check_deliveries(state, 0, MANY);
	ck_assert_uint_eq(atomic_load(&state->connections), 1);
	tear_down(&fixture);
}
END_TEST

START_TEST(several_connections_work_at_once)
{
	struct fixture fixture;
	struct sink_state *state = sink_prepare();
	int64_t start = clock_ticks();

	set_up(&fixture, one_profile);
	atomic_store(&state->crowd, 4);
	(void)start_sink(&fixture, state, "sink");
	put(&fixture, "p", 0, MANY);
	ck_assert_int_eq(run(&fixture), 0);
	check_deliveries(state, 0, MANY);
	ck_assert_uint_eq(atomic_load(&state->senders), 4);
	ck_assert_int_lt(clock_ticks() - start, SINK_PATIENCE);
	tear_down(&fixture);
}
END_TEST

START_TEST(there_are_no_more_connections_than_entries)
{
	struct fixture fixture;
	struct sink_state *state = sink_prepare();

	set_up(&fixture, one_profile);
	atomic_store(&state->crowd, 2);
	(void)start_sink(&fixture, state, "sink");
	put(&fixture, "p", 0, 2);
	ck_assert_int_eq(run(&fixture), 0);
	check_deliveries(state, 0, 2);
	ck_assert_uint_eq(atomic_load(&state->connections), 2);
	tear_down(&fixture);
}
END_TEST

START_TEST(more_profiles_than_processes_all_have_their_turn)
{
	struct fixture fixture;
	struct sink_state *state;
	struct buf profiles = {0};
	struct buf name = {0};

	for (unsigned i = 0; i < PROFILES; i++)
		buf_addf(&profiles, "[profile p%u]\nhost = unix:@/sink\n", i);
	set_up(&fixture, buf_string(&profiles));
	state = start_sink(&fixture, sink_prepare(), "sink");
	for (unsigned i = 0; i < PROFILES; i++) {
		buf_clear(&name);
		buf_addf(&name, "p%u", i);
		put(&fixture, buf_string(&name), i, 1);
	}
	ck_assert_int_eq(run(&fixture), 0);
	check_deliveries(state, 0, PROFILES);
	ck_assert_uint_eq(atomic_load(&state->connections), PROFILES);
	buf_free(&profiles);
	buf_free(&name);
	tear_down(&fixture);
}
END_TEST

/* The child's side: what it shows is not for the screen. */
static int run_verbosely(void *argument)
{
	struct fixture *fixture = argument;
	int fd = open(scratch_path(&fixture->scratch, "shown"),
	    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		return 1;
	fixture->options.is_verbose = true;
	return run(fixture) == 0 ? 0 : 1;
}

START_TEST(who_looks_on_sees_one_session_after_the_other)
{
	struct fixture fixture;
	struct sink_state *state;
	struct buf shown = {0};

	set_up(&fixture, one_profile);
	state = start_sink(&fixture, sink_prepare(), "sink");
	put(&fixture, "p", 0, MANY);
	ck_assert_int_eq(scratch_fork(run_verbosely, &fixture), 0);
	check_deliveries(state, 0, MANY);
	ck_assert_uint_eq(atomic_load(&state->connections), 1);
	ck_assert(scratch_read(&fixture.scratch, "shown", &shown));
	ck_assert_ptr_nonnull(strstr(buf_string(&shown),
	    "> RCPT TO:<r19@example.org>"));
	buf_free(&shown);
	tear_down(&fixture);
}
END_TEST

START_TEST(only_what_is_due_is_tried)
{
	struct fixture fixture;
	struct sink_state *state;
	time_t now = clock_now().seconds;

	set_up(&fixture, one_profile);
	state = start_sink(&fixture, sink_prepare(), "sink");
	put_one(&fixture, "p", "r", 0, now - HOUR);
	put_one(&fixture, "p", "r", 1, now + HOUR / 2);
	put_one(&fixture, "p", "r", 2, SPOOL_HELD);
	put_one(&fixture, "p", "r", 3, SPOOL_OWED);
	/* The clock was set back. */
	put_one(&fixture, "p", "r", 4, now + 1000 * HOUR);
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert_uint_eq(atomic_load(&state->messages), 2);
	ck_assert_uint_eq(atomic_load(&state->deliveries[0]), 1);
	ck_assert_uint_eq(atomic_load(&state->deliveries[4]), 1);
	ck_assert_uint_eq(count_left(&fixture), 3);
	tear_down(&fixture);
}
END_TEST

static const struct {
	struct options options;
	unsigned delivered; /* a bit for each of 0, 1, 2 */
} selections[] = {
    {{.ids = {.part = "e1"}}, 2},
    {{.ids = {.part = "E1", .is_negated = true}}, 5},
    {{.queue_recipients = {.part = "R2@EXAMPLE"}}, 4},
    {{.queue_recipients = {.part = "r2@", .is_negated = true}}, 3},
    {{.senders = {.part = "me@"}}, 7},
    {{.senders = {.part = "you@"}}, 0},
    {{.ids = {.part = "E"}, .queue_recipients = {.part = "r1@"}}, 2},
};

START_TEST(a_selection_takes_what_matches_whether_due_or_not)
{
	struct fixture fixture;
	struct sink_state *state;

	set_up(&fixture, one_profile);
	fixture.options = selections[_i].options;
	state = start_sink(&fixture, sink_prepare(), "sink");
	for (unsigned i = 0; i < 3; i++)
		put_one(&fixture, "p", "r", i, clock_now().seconds + HOUR / 2);
	put_one(&fixture, "p", "r", 10, SPOOL_HELD);
	ck_assert_int_eq(run(&fixture), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(atomic_load(&state->deliveries[i]),
		    selections[_i].delivered >> i & 1);
	ck_assert_uint_eq(atomic_load(&state->deliveries[10]), 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(where_nobody_answers_one_entry_is_tried_and_the_others_wait)
{
	struct fixture fixture;
	struct sink_state *state = sink_prepare();
	unsigned attempts = 0;

	set_up(&fixture, one_connection);
	atomic_store(&state->taken_connections, 1);
	atomic_store(&state->connections, 1);
	(void)start_sink(&fixture, state, "sink");
	put(&fixture, "p", 0, MANY);
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert_uint_eq(atomic_load(&state->connections), 2);
	for (unsigned i = 0; i < MANY; i++) {
		struct claim claim;

		look(&fixture, i, &claim);
		attempts += claim.entry.attempts;
		ck_assert_int_gt(turn_of(&claim), clock_now().seconds + 300);
		ck_assert(claim.entry.attempts == 0 ||
		    strstr(claim.entry.reason, "Too many of you") != NULL);
		claim_free(&claim);
	}
	ck_assert_uint_eq(attempts, 1);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_refused_second_connection_does_not_stop_the_first)
{
	struct fixture fixture;
	struct sink_state *state = sink_prepare();
	unsigned left;

	set_up(&fixture, one_profile);
	atomic_store(&state->taken_connections, 1);
	(void)start_sink(&fixture, state, "sink");
	put(&fixture, "p", 0, MANY);
	ck_assert_int_eq(run(&fixture), 0);
	left = count_left(&fixture);
	ck_assert_uint_le(left, 3);
	ck_assert_uint_eq(atomic_load(&state->messages), MANY - left);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_host_that_hangs_does_not_delay_the_others)
{
	struct fixture fixture;
	struct sink_state *good = sink_prepare();
	struct sink_state *bad = sink_prepare();
	int64_t start = clock_ticks();

	set_up(&fixture, two_profiles);
	bad->other = good;
	atomic_store(&bad->patience, MANY);
	(void)start_sink(&fixture, good, "sink");
	(void)start_sink(&fixture, bad, "dead");
	put(&fixture, "dead", 100, MANY);
	put(&fixture, "p", 0, MANY);
	ck_assert_int_eq(run(&fixture), 0);
	check_deliveries(good, 0, MANY);
	check_deliveries(bad, 100, MANY);
	ck_assert_int_lt(clock_ticks() - start, SINK_PATIENCE);
	tear_down(&fixture);
}
END_TEST

START_TEST(many_hosts_that_hang_leave_a_process_for_the_others)
{
	struct fixture fixture;
	struct sink_state *good = sink_prepare();
	struct sink_state *bad = sink_prepare();
	struct buf profiles = {0};
	int64_t start = clock_ticks();

	for (unsigned i = 0; i < 4; i++)
		buf_addf(&profiles,
		    "[profile p%u]\nhost = unix:@/%s\nmax_connections = 12\n",
		    i, i < 3 ? "dead" : "sink");
	set_up(&fixture, buf_string(&profiles));
	bad->other = good;
	atomic_store(&bad->patience, 5);
	(void)start_sink(&fixture, good, "sink");
	(void)start_sink(&fixture, bad, "dead");
	put(&fixture, "p0", 100, 12);
	put(&fixture, "p1", 200, 12);
	put(&fixture, "p2", 300, 12);
	put(&fixture, "p3", 400, 5);
	ck_assert_int_eq(run(&fixture), 0);
	check_deliveries(good, 400, 5);
	ck_assert_uint_eq(atomic_load(&bad->messages), 36);
	ck_assert_int_lt(clock_ticks() - start, SINK_PATIENCE);
	buf_free(&profiles);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_process_that_is_killed_harms_no_other_entry)
{
	struct fixture fixture;
	struct sink_state *state = sink_prepare();

	set_up(&fixture, _i == 0 ? one_profile : one_connection);
	atomic_store(&state->killed, 3);
	(void)start_sink(&fixture, state, "sink");
	put(&fixture, "p", 0, MANY);
	ck_assert_int_eq(run(&fixture), 0);
#ifdef SO_PEERCRED
	ck_assert_uint_eq(atomic_load(&state->messages), MANY - 1);
	ck_assert_uint_eq(count_left(&fixture), 1);
	ck_assert_uint_eq(atomic_load(&state->deliveries[3]), 0);
#endif
	tear_down(&fixture);
}
END_TEST

START_TEST(who_has_the_message_is_struck_off_before_the_next_transaction)
{
	struct fixture fixture;
	struct sink_state *state = sink_prepare();
	struct strlist recipients = {0};
	struct claim claim = {.fd = -1};

	set_up(&fixture,
	    "[profile p]\nhost = unix:@/sink\nmax_recipients = 1\n");
	for (unsigned i = 0; i < 3; i++)
		strlist_addf(&recipients, "r%u@example.org", i);
	put_entry(&fixture, "p", 0, &recipients, 0);
	atomic_store(&state->killed, 2);
	(void)start_sink(&fixture, state, "sink");
	ck_assert_int_eq(run(&fixture), 0);
#ifdef SO_PEERCRED
	look(&fixture, 0, &claim);
	ck_assert_uint_eq(claim.entry.envelope.count, 1);
	ck_assert_str_eq(claim.entry.envelope.recipients[0].address,
	    "r2@example.org");
	atomic_store(&state->killed, -1);
	ck_assert_int_eq(run(&fixture), 0);
#endif
	claim_free(&claim);
	check_deliveries(state, 0, 3);
	strlist_free(&recipients);
	tear_down(&fixture);
}
END_TEST

/* The child's side: it may have no other process, unless it is root's. */
static int run_alone(void *argument)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_NPROC, &none);
	return run(argument) == 0 ? 0 : 1;
}

START_TEST(where_no_process_can_be_started_it_does_the_work_itself)
{
	struct fixture fixture;
	struct sink_state *state;

	set_up(&fixture, one_profile);
	state = start_sink(&fixture, sink_prepare(), "sink");
	put(&fixture, "p", 0, 5);
	ck_assert_int_eq(scratch_fork(run_alone, &fixture), 0);
	check_deliveries(state, 0, 5);
	ck_assert_uint_eq(count_left(&fixture), 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(what_exceeds_the_rate_waits_one_behind_the_other)
{
	struct fixture fixture;
	struct sink_state *state;
	time_t soonest = clock_now().seconds + HOUR / 3 - 1;

	set_up(&fixture,
	    "retry = 10m\n[profile p]\nhost = unix:@/sink\nmax_connections = 1\n"
	    "rate = 3/h\n");
	state = start_sink(&fixture, sink_prepare(), "sink");
	put(&fixture, "p", 0, 5);
	ck_assert_int_eq(run(&fixture), 0);
	check_deliveries(state, 0, 3);
	for (unsigned i = 3; i < 5; i++) {
		struct claim claim;

		look(&fixture, i, &claim);
		ck_assert_uint_eq(claim.entry.attempts, 0);
		ck_assert_int_ge(turn_of(&claim), soonest);
		ck_assert_int_lt(turn_of(&claim), soonest + 600);
		soonest += HOUR / 3;
		claim_free(&claim);
	}
	tear_down(&fixture);
}
END_TEST

START_TEST(an_entry_whose_profile_is_gone_waits_and_says_so)
{
	struct fixture fixture;
	struct claim claim;

	set_up(&fixture, one_profile);
	put(&fixture, "gone", 0, 3);
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert_uint_eq(count_left(&fixture), 3);
	for (unsigned i = 0; i < 3; i++) {
		look(&fixture, i, &claim);
		ck_assert_uint_eq(claim.entry.attempts, 1);
		ck_assert_ptr_nonnull(strstr(claim.entry.reason,
		    "no profile gone"));
		claim_free(&claim);
	}
	tear_down(&fixture);
}
END_TEST

static const char *const damages[] = {"queue", "messages"};

START_TEST(what_is_damaged_is_a_sentence_and_stops_nothing_else)
{
	struct fixture fixture;
	struct sink_state *state;
	struct strlist names = {0};
	struct buf name = {0};

	set_up(&fixture, one_profile);
	state = start_sink(&fixture, sink_prepare(), "sink");
	put(&fixture, "p", 0, 1);
	ck_assert_int_eq(spool_list(&fixture.spool, &names, &fixture.err), 0);
	buf_addf(&name, "queue/%s/%s", damages[_i],
	    _i == 0 ? names.items[0] : strchr(names.items[0], '-') + 1);
	(void)scratch_write(&fixture.scratch, buf_string(&name),
	    text_of("nonsense"));
	put(&fixture, "p", 1, 5);
	ck_assert_int_eq(run(&fixture), -1);
	ck_assert_int_eq(fixture.err.kind, ERROR_IO);
	ck_assert_uint_eq(fixture.sentences.count, 1);
	ck_assert_ptr_nonnull(strstr(fixture.sentences.items[0], "E0"));
	check_deliveries(state, 1, 5);
	ck_assert_uint_eq(count_left(&fixture), 0);
	ck_assert_int_eq(run(&fixture), 0);
	strlist_free(&names);
	buf_free(&name);
	tear_down(&fixture);
}
END_TEST

static void put_more(void *context)
{
	put(context, "p", 100, 3);
}

START_TEST(what_comes_while_it_runs_is_delivered_by_the_same_run)
{
	struct fixture fixture;
	struct sink_state *state = sink_prepare();

	set_up(&fixture, one_profile);
	state->at_first = put_more;
	state->context = &fixture;
	(void)start_sink(&fixture, state, "sink");
	put(&fixture, "p", 0, 2);
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert_uint_eq(atomic_load(&state->messages), 5);
	for (unsigned i = 100; i < 103; i++)
		ck_assert_uint_eq(atomic_load(&state->deliveries[i]), 1);
	ck_assert_uint_eq(count_left(&fixture), 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(an_entry_is_tried_once_in_a_run)
{
	struct fixture fixture;
	struct claim claim;

	set_up(&fixture, one_connection);
	/* So that it counts as due however often it was tried. */
	fixture.options.ids.part = "E0";
	(void)start_sink(&fixture, sink_prepare(), "sink");
	put_one(&fixture, "p", "later", 0, 0);
	ck_assert_int_eq(run(&fixture), 0);
	look(&fixture, 0, &claim);
	ck_assert_uint_eq(claim.entry.attempts, 1);
	claim_free(&claim);
	tear_down(&fixture);
}
END_TEST

START_TEST(an_entry_that_somebody_else_has_is_left_to_him)
{
	struct fixture fixture;
	struct sink_state *state;
	struct strlist names = {0};
	struct claim claim;

	set_up(&fixture, one_profile);
	state = start_sink(&fixture, sink_prepare(), "sink");
	put(&fixture, "p", 0, 3);
	ck_assert_int_eq(spool_list(&fixture.spool, &names, &fixture.err), 0);
	ck_assert_int_eq(claim_take(&claim, &fixture.spool, names.items[0],
			     &fixture.err),
	    1);
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert_uint_eq(atomic_load(&state->messages), 2);
	claim_free(&claim);
	ck_assert_int_eq(run(&fixture), 0);
	check_deliveries(state, 0, 3);
	strlist_free(&names);
	tear_down(&fixture);
}
END_TEST

/* The child's side: it runs the queue, and may be ended. */
static int run_to_be_ended(void *argument)
{
	struct fixture *fixture = argument;

	atomic_store(&fixture->sinks[0].state->ended, (int)getpid());
	return run(fixture) == 1 ? 0 : 1;
}

START_TEST(a_signal_to_end_ends_it_behind_the_current_messages)
{
	struct fixture fixture;
	struct sink_state *state;
	unsigned left;

	set_up(&fixture, one_profile);
	state = start_sink(&fixture, sink_prepare(), "sink");
	put(&fixture, "p", 0, 200);
	ck_assert_int_eq(scratch_fork(run_to_be_ended, &fixture), 0);
	left = count_left(&fixture);
	ck_assert_uint_gt(left, 0);
	ck_assert_uint_eq(atomic_load(&state->messages) + left, 200);
	tear_down(&fixture);
}
END_TEST

START_TEST(without_a_spool_there_is_nothing_to_do_and_nothing_is_made)
{
	struct fixture fixture;
	struct stat status;

	set_up(&fixture, one_profile);
	spool_close(&fixture.spool);
	ck_assert_int_eq(rename(scratch_path(&fixture.scratch, "queue"),
			     scratch_path(&fixture.scratch, "away")),
	    0);
	ck_assert_int_eq(run(&fixture), 0);
	ck_assert_uint_eq(fixture.sentences.count, 0);
	ck_assert_int_ne(stat(scratch_path(&fixture.scratch, "queue"), &status),
	    0);
	tear_down(&fixture);
}
END_TEST

START_TEST(from_a_queue_that_cannot_be_changed_nothing_is_sent)
{
	struct fixture fixture;
	struct sink_state *state;
	const char *path;
	bool is_root = geteuid() == 0; /* who may change anything */

	set_up(&fixture, one_profile);
	state = start_sink(&fixture, sink_prepare(), "sink");
	put(&fixture, "p", 0, 3);
	path = scratch_path(&fixture.scratch, "queue/queue");
	ck_assert_int_eq(chmod(path, 0500), 0);
	ck_assert_int_eq(run(&fixture), is_root ? 0 : -1);
	ck_assert_uint_eq(atomic_load(&state->messages), is_root ? 3 : 0);
	ck_assert_uint_eq(fixture.sentences.count, is_root ? 0 : 1);
	ck_assert_int_eq(chmod(path, 0700), 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(signals_are_as_they_were_behind_a_run)
{
	struct fixture fixture;
	sigset_t mask;

	set_up(&fixture, one_profile);
	ck_assert_int_eq(run(&fixture), 0);
	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	ck_assert_int_eq(sigismember(&mask, SIGTERM), 0);
	ck_assert_int_eq(sigismember(&mask, SIGINT), 0);
	ck_assert_int_eq(sigismember(&mask, SIGCHLD), 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(a_request_to_end_is_told_and_done_with)
{
	struct fixture fixture;
	sigset_t request;

	set_up(&fixture, one_profile);
	put(&fixture, "p", 0, 1);
	(void)sigemptyset(&request);
	(void)sigaddset(&request, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &request, NULL);
	(void)raise(SIGTERM);
	ck_assert_int_eq(run(&fixture), 1);
	(void)sigprocmask(SIG_UNBLOCK, &request, NULL);
	tear_down(&fixture);
}
END_TEST

Suite *suite_queue_run(void)
{
	Suite *suite = suite_create("queue_run");
	TCase *tests = tcase_create("queue_run");

	suite_add_tcase(suite, tests);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, all_that_is_due_is_delivered_once);
	tcase_add_test(tests, a_transcript_has_the_whole_id_of_its_entry);
	tcase_add_test(tests, a_request_to_end_is_told_and_done_with);
	tcase_add_test(tests, one_connection_carries_many_messages);
	tcase_add_test(tests, several_connections_work_at_once);
	tcase_add_test(tests, there_are_no_more_connections_than_entries);
	tcase_add_test(tests, more_profiles_than_processes_all_have_their_turn);
	tcase_add_test(tests, who_looks_on_sees_one_session_after_the_other);
	tcase_add_test(tests, only_what_is_due_is_tried);
	tcase_add_loop_test(tests,
	    a_selection_takes_what_matches_whether_due_or_not, 0,
	    COUNT(selections));
	tcase_add_test(tests,
	    where_nobody_answers_one_entry_is_tried_and_the_others_wait);
	tcase_add_test(tests,
	    a_refused_second_connection_does_not_stop_the_first);
	tcase_add_test(tests, a_host_that_hangs_does_not_delay_the_others);
	tcase_add_test(tests,
	    many_hosts_that_hang_leave_a_process_for_the_others);
	tcase_add_loop_test(tests,
	    a_process_that_is_killed_harms_no_other_entry, 0, 2);
	tcase_add_test(tests,
	    who_has_the_message_is_struck_off_before_the_next_transaction);
	tcase_add_test(tests,
	    where_no_process_can_be_started_it_does_the_work_itself);
	tcase_add_test(tests, what_exceeds_the_rate_waits_one_behind_the_other);
	tcase_add_test(tests, an_entry_whose_profile_is_gone_waits_and_says_so);
	tcase_add_loop_test(tests,
	    what_is_damaged_is_a_sentence_and_stops_nothing_else, 0,
	    COUNT(damages));
	tcase_add_test(tests,
	    what_comes_while_it_runs_is_delivered_by_the_same_run);
	tcase_add_test(tests, an_entry_is_tried_once_in_a_run);
	tcase_add_test(tests, an_entry_that_somebody_else_has_is_left_to_him);
	tcase_add_test(tests,
	    a_signal_to_end_ends_it_behind_the_current_messages);
	tcase_add_test(tests,
	    without_a_spool_there_is_nothing_to_do_and_nothing_is_made);
	tcase_add_test(tests,
	    from_a_queue_that_cannot_be_changed_nothing_is_sent);
	tcase_add_test(tests, signals_are_as_they_were_behind_a_run);
	return suite;
}
