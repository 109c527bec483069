#include <string.h>

#include "outcome.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const int64_t DAY = 24LL * HOUR;

START_TEST(without_a_word_about_it_there_is_a_queue)
{
	static const int64_t waits[] = {
	    MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR};
	struct outcome outcome = outcome_good(HOST);
	const struct settings *settings = config_settings(outcome.config);
	const struct profile *profile = outcome_profile(&outcome, NULL);

	ck_assert_int_eq(settings->queue, QUEUE_FALLBACK);
	ck_assert_ptr_null(settings->queue_dir);
	ck_assert_int_eq(settings->queue_lifetime, 5 * DAY);
	ck_assert_uint_eq(settings->retry.count, (unsigned)COUNT(waits));
	for (int i = 0; i < COUNT(waits); i++)
		ck_assert_int_eq(settings->retry.waits[i], waits[i]);
	ck_assert_int_eq(settings->delay_warning, 4 * HOUR);
	ck_assert_ptr_null(settings->dead_letters);
	ck_assert_str_eq(settings->bounce_to, "sender");
	ck_assert_int_eq(settings->submit_timeout, 0);
	ck_assert_uint_eq(profile->max_messages, 100);
	ck_assert_uint_eq(profile->max_connections, 4);
	ck_assert_uint_eq(profile->rate.count, 0);
	outcome_end(&outcome);
}
END_TEST

START_TEST(each_key_of_the_queue_is_read)
{
	struct outcome outcome = outcome_good(
	    "[sendmail]\nqueue = always\nqueue_dir = /srv/queue\n"
	    "queue_lifetime = 365d\nretry = 30s, 2h\ndelay_warning = 90m\n"
	    "dead_letters = /srv/dead\nbounce_to = ann@example.com\n"
	    "submit_timeout = 10\n" HOST "max_messages = 1\n"
	    "max_connections = 64\nrate = 100 / H\n");
	const struct settings *settings = config_settings(outcome.config);
	const struct profile *profile = outcome_profile(&outcome, NULL);

	ck_assert_int_eq(settings->queue, QUEUE_ALWAYS);
	ck_assert_str_eq(settings->queue_dir, "/srv/queue");
	ck_assert_int_eq(settings->queue_lifetime, 365 * DAY);
	ck_assert_uint_eq(settings->retry.count, 2);
	ck_assert_int_eq(settings->retry.waits[0], 30 * SECOND);
	ck_assert_int_eq(settings->retry.waits[1], 2 * HOUR);
	ck_assert_int_eq(settings->delay_warning, 90 * MINUTE);
	ck_assert_str_eq(settings->dead_letters, "/srv/dead");
	ck_assert_str_eq(settings->bounce_to, "ann@example.com");
	ck_assert_int_eq(settings->submit_timeout, 10 * SECOND);
	ck_assert_uint_eq(profile->max_messages, 1);
	ck_assert_uint_eq(profile->max_connections, 64);
	ck_assert_uint_eq(profile->rate.count, 100);
	ck_assert_int_eq(profile->rate.period, HOUR);
	outcome_end(&outcome);
}
END_TEST

START_TEST(what_belongs_to_a_queue_can_be_switched_off)
{
	struct outcome outcome =
	    outcome_good("[sendmail]\nqueue = never\ndelay_warning = none\n"
			 "bounce_to = none\n" HOST);
	const struct settings *settings = config_settings(outcome.config);

	ck_assert_int_eq(settings->queue, QUEUE_NEVER);
	ck_assert_int_eq(settings->delay_warning, 0);
	ck_assert_str_eq(settings->bounce_to, "none");
	outcome_end(&outcome);
}
END_TEST

static const struct rate_case {
	const char *value;
	struct rate rate;
} rates[] = {
    {"1/s", {1, SECOND}},
    {"30/m", {30, MINUTE}},
    {"100/h", {100, HOUR}},
    {"1000000/D", {1000000, 24LL * HOUR}},
    {"5 /\td", {5, 24LL * HOUR}},
};

START_TEST(a_rate_is_so_many_in_one_unit_of_time)
{
	const struct rate_case *c = &rates[_i];
	struct buf contents = {0};
	struct outcome outcome;
	const struct profile *profile;

	buf_addf(&contents, HOST "rate = %s\n", c->value);
	outcome = outcome_good(buf_string(&contents));
	profile = outcome_profile(&outcome, NULL);
	ck_assert_uint_eq(profile->rate.count, c->rate.count);
	ck_assert_int_eq(profile->rate.period, c->rate.period);
	outcome_end(&outcome);
	buf_free(&contents);
}
END_TEST

START_TEST(a_rate_is_inherited_and_replaced_as_a_whole)
{
	struct outcome outcome =
	    outcome_good("[sendmail]\ndefault_profile = main\n" HOST
			 "rate = 9/d\n"
			 "[profile same]\ninherit = main\n"
			 "[profile other]\ninherit = main\nrate = 7/m\n");

	ck_assert_uint_eq(outcome_profile(&outcome, "same")->rate.count, 9);
	ck_assert_int_eq(outcome_profile(&outcome, "same")->rate.period, DAY);
	ck_assert_uint_eq(outcome_profile(&outcome, "other")->rate.count, 7);
	ck_assert_int_eq(outcome_profile(&outcome, "other")->rate.period,
	    MINUTE);
	outcome_end(&outcome);
}
END_TEST

#define THIRTY_TWO                                                             \
	"1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"

START_TEST(there_is_a_limit_to_the_times_of_retry)
{
	struct outcome outcome =
	    outcome_good("[sendmail]\nretry = " THIRTY_TWO "\n" HOST);

	ck_assert_uint_eq(config_settings(outcome.config)->retry.count,
	    SCHEDULE_MAX);
	outcome_end(&outcome);
}
END_TEST

#define RETRY " takes 1 to 32 times such as 1m 5m 1h, each from 1s to 1d"
#define PATH  " takes a path that begins with /"
#define YEAR  "a time such as 30s, 5m or 1h, from 1s to 365d"
#define BOUNCE                                                                 \
	" takes sender, none or an address such as postmaster@example.com"
#define RATE                                                                   \
	" takes a number of messages, from 1 to 1000000, in an s, m, h or d, " \
	"such as 100/h"

static const struct mistake {
	const char *section;
	const char *line;
	const char *sentence; /* behind the name of the key */
} mistakes[] = {
    {"sendmail", "queue = " SECRET, " takes one of fallback, always, never"},
    {"sendmail", "queue = no", " takes one of fallback, always, never"},
    {"sendmail", "queue_dir = queue", PATH},
    {"sendmail", "queue_dir = none", PATH},
    {"sendmail", "queue_lifetime = 0", " takes " YEAR},
    {"sendmail", "queue_lifetime = 366d", " takes " YEAR},
    {"sendmail", "queue_lifetime = none", " takes " YEAR},
    {"sendmail", "retry = 5m never", RETRY},
    {"sendmail", "retry = 0 5m", RETRY},
    {"sendmail", "retry = 2d", RETRY},
    {"sendmail", "retry = ,", RETRY},
    {"sendmail", "retry = " THIRTY_TWO " 1", RETRY},
    {"sendmail", "delay_warning = no", " takes none or " YEAR},
    {"sendmail", "delay_warning = 0", " takes none or " YEAR},
    {"sendmail", "dead_letters = none", PATH},
    {"sendmail", "bounce_to = <>", BOUNCE},
    {"sendmail", "bounce_to = \"\"", " has no value"},
    {"sendmail", "bounce_to = root", BOUNCE},
    {"sendmail", "bounce_to = Sender", BOUNCE},
    {"sendmail", "bounce_to = Ann <ann@example.com>", BOUNCE},
    {"sendmail", "bounce_to = ann@example.com, ben@example.com", BOUNCE},
    {"sendmail", "submit_timeout = 0",
	" takes a time such as 30s, 5m or 1h, from 1s to 1d"},
    {"profile main", "max_messages = 0", " takes a number from 1 to 100000"},
    {"profile main", "max_connections = 65", " takes a number from 1 to 64"},
    {"profile main", "rate = 100", RATE},
    {"profile main", "rate = 0/h", RATE},
    {"profile main", "rate = /h", RATE},
    {"profile main", "rate = 100/", RATE},
    {"profile main", "rate = 100/5m", RATE},
    {"profile main", "rate = -1/h", RATE},
    {"profile main", "rate = 1000001/h", RATE},
    {"profile main", "rate = 100/h/h", RATE},
};

START_TEST(what_makes_no_sense_is_told_with_what_does)
{
	const struct mistake *c = &mistakes[_i];
	struct buf contents = {0};
	struct buf sentence = {0};
	const char *problems[] = {NULL, NULL};
	struct outcome outcome;

	buf_addf(&contents, HOST "[%s]\n%s\n", c->section, c->line);
	buf_addf(&sentence, "f:4: %.*s%s", (int)strcspn(c->line, " "), c->line,
	    c->sentence);
	problems[0] = buf_string(&sentence);
	outcome = outcome_of(buf_text(&contents));
	outcome_compare(&outcome, buf_string(&contents), problems);
	outcome_end(&outcome);
	buf_free(&sentence);
	buf_free(&contents);
}
END_TEST

Suite *suite_config_queue(void)
{
	Suite *suite = suite_create("config of the queue");
	TCase *tests = tcase_create("keys");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, without_a_word_about_it_there_is_a_queue);
	tcase_add_test(tests, each_key_of_the_queue_is_read);
	tcase_add_test(tests, what_belongs_to_a_queue_can_be_switched_off);
	tcase_add_loop_test(tests, a_rate_is_so_many_in_one_unit_of_time, 0,
	    COUNT(rates));
	tcase_add_test(tests, a_rate_is_inherited_and_replaced_as_a_whole);
	tcase_add_test(tests, there_is_a_limit_to_the_times_of_retry);
	tcase_add_loop_test(tests, what_makes_no_sense_is_told_with_what_does,
	    0, COUNT(mistakes));
	return suite;
}
