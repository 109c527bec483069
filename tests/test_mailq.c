#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mailq.h"
#include "mem.h"
#include "options.h"
#include "selection.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { RECIPIENTS_MAX = 3 };

/* An entry that points to constants, and is never freed. */
struct sample {
	const char *id;
	const char *sender;
	const char *to[RECIPIENTS_MAX];
	const char *reason;
	uint64_t size;
	bool is_unsure;
};

struct built {
	struct recipient recipients[RECIPIENTS_MAX];
	char strings[RECIPIENTS_MAX + 3][200];
	struct entry entry;
};

static char *keep(struct built *built, size_t n, const char *string)
{
	size_t size = strlen(string) + 1;

	ck_assert_uint_le(size, sizeof built->strings[n]);
	return memcpy(built->strings[n], string, size);
}

static const struct entry *build(struct built *built,
    const struct sample *sample)
{
	struct entry *entry = &built->entry;
	struct envelope *envelope = &entry->envelope;
	size_t n = 0;

	*built = (struct built){0};
	memcpy(entry->id, sample->id, strlen(sample->id));
	entry->header_length = 100;
	entry->body_length = sample->size - 100;
	entry->arrived.seconds = 1795338000;
	entry->attempts = 2;
	entry->uid = 33;
	entry->is_unsure = sample->is_unsure;
	entry->profile = keep(built, n++, "work");
	entry->reason = keep(built, n++, sample->reason);
	envelope->sender = keep(built, n++, sample->sender);
	envelope->recipients = built->recipients;
	while (envelope->count < RECIPIENTS_MAX &&
	    sample->to[envelope->count] != NULL) {
		envelope->recipients[envelope->count].address =
		    keep(built, n++, sample->to[envelope->count]);
		envelope->count++;
	}
	return entry;
}

#define DOWN "smtp.example.com:587 cannot be reached"

static const struct {
	struct sample sample;
	enum mailq_state state;
	const char *lines;
} lines[] = {
    {{"4XK2J9ABCDEF", "a@example.com", {"b@example.com"}, DOWN, 1234, false},
	MAILQ_WAITS,
	"4XK2J9ABCDEF   1234 Sun Nov 22 09:00:00  a@example.com\n"
	"                                      (" DOWN ")\n"
	"                                         b@example.com\n"
	"\n"},
    {{"4XK2J9ABCDEF", "a@example.com", {"b@example.com", "c@example.com"}, "",
	 1234567, false},
	MAILQ_BUSY,
	"4XK2J9ABCDEF* 1234567 Sun Nov 22 09:00:00  a@example.com\n"
	"                                         b@example.com\n"
	"                                         c@example.com\n"
	"\n"},
    {{"4XK2J9ABCDEF-2.1", "", {"b@example.com"}, "", 500, true}, MAILQ_HELD,
	"4XK2J9ABCDEF-2.1! 500 Sun Nov 22 09:00:00  MAILER-DAEMON\n"
	"                                                            "
	"(may arrive twice)\n"
	"                                         b@example.com\n"
	"\n"},
    {{"4XK2J9ABCDEF-2222.1111", "a@example.com", {0}, "", 500, false},
	MAILQ_WAITS,
	"4XK2J9ABCDEF-2222.1111  500 Sun Nov 22 09:00:00  a@example.com\n"
	"\n"},
    {{"A", "a@example.com", {0}, "lost; it may arrive twice", 99, true},
	MAILQ_WAITS,
	"A                99 Sun Nov 22 09:00:00  a@example.com\n"
	"                                                   "
	"(lost; it may arrive twice)\n"
	"\n"},
    {{"A", "\x1b[2J@x", {"b\r\n@x"},
	 "12345678901234567890123456789012345678901234567890"
	 "123456789012345678901234567890\n\x9b",
	 100, false},
	MAILQ_WAITS,
	"A               100 Sun Nov 22 09:00:00  \\x1B[2J@x\n"
	"(12345678901234567890123456789012345678901234567890"
	"123456789012345678901234567890\\x0A\\x9B)\n"
	"                                         b\\x0D\\x0A@x\n"
	"\n"},
};

START_TEST(an_entry_is_shown_as_postfix_shows_it)
{
	struct built built;
	struct buf buf = {0};
	struct mailq_item item = {
	    build(&built, &lines[_i].sample), lines[_i].state, 0};

	ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
	tzset();
	mailq_add(&buf, &item);
	ck_assert_str_eq(buf_string(&buf), lines[_i].lines);
	buf_free(&buf);
}
END_TEST

static const struct {
	struct sample sample;
	enum mailq_state state;
	const char *line;
} objects[] = {
    {{"4XK2J9ABCDEF", "a@example.com", {"b@example.com", "c@example.com"}, DOWN,
	 1234, true},
	MAILQ_WAITS,
	"{\"queue_name\":\"deferred\",\"queue_id\":\"4XK2J9ABCDEF\","
	"\"arrival_time\":1795338000,\"message_size\":1234,"
	"\"sender\":\"a@example.com\",\"recipients\":["
	"{\"address\":\"b@example.com\",\"delay_reason\":\"" DOWN
	"; may arrive twice\"},"
	"{\"address\":\"c@example.com\",\"delay_reason\":\"" DOWN
	"; may arrive twice\"}],"
	"\"profile\":\"work\",\"attempts\":2,\"next_attempt\":1795338300,"
	"\"uid\":33}\n"},
    {{"A.1", "", {"b@example.com"}, "", 100, false}, MAILQ_BUSY,
	"{\"queue_name\":\"active\",\"queue_id\":\"A.1\","
	"\"arrival_time\":1795338000,\"message_size\":100,"
	"\"sender\":\"MAILER-DAEMON\",\"recipients\":["
	"{\"address\":\"b@example.com\"}],"
	"\"profile\":\"work\",\"attempts\":2,\"next_attempt\":1795338300,"
	"\"uid\":33}\n"},
    {{"A", "\"\x1b", {0}, "", 100, false}, MAILQ_HELD,
	"{\"queue_name\":\"hold\",\"queue_id\":\"A\","
	"\"arrival_time\":1795338000,\"message_size\":100,"
	"\"sender\":\"\\\"\\u001B\",\"recipients\":[],"
	"\"profile\":\"work\",\"attempts\":2,\"uid\":33}\n"},
};

START_TEST(an_entry_is_an_object_in_a_line)
{
	struct built built;
	struct buf buf = {0};
	struct mailq_item item = {
	    build(&built, &objects[_i].sample), objects[_i].state, 1795338300};

	mailq_add_json(&buf, &item);
	ck_assert_str_eq(buf_string(&buf), objects[_i].line);
	buf_free(&buf);
}
END_TEST

START_TEST(the_objects_stand_in_lines_of_their_own)
{
	struct built built;
	struct buf buf = {0};
	struct mailq_item item = {
	    build(&built, &objects[2].sample), MAILQ_HELD, 0};

	mailq_add_json(&buf, &item);
	mailq_add_json(&buf, &item);
	mailq_add_json_damaged(&buf, "A", "no end \"x\"");
	ck_assert_ptr_nonnull(strstr(buf_string(&buf), "}\n{\"queue_name\""));
	ck_assert_ptr_nonnull(strstr(buf_string(&buf),
	    "}\n{\"queue_name\":\"corrupt\",\"queue_id\":\"A\","
	    "\"reason\":\"no end \\\"x\\\"\"}\n"));
	buf_free(&buf);
}
END_TEST

static const struct {
	size_t count;
	uint64_t size;
	const char *line;
} totals[] = {
    {1, 1023, "-- 0 Kbytes in 1 Request.\n"},
    {2, 2048, "-- 2 Kbytes in 2 Requests.\n"},
    {0, 0, "-- 0 Kbytes in 0 Requests.\n"},
};

START_TEST(the_totals_are_kilobytes_and_requests)
{
	struct buf buf = {0};

	mailq_add_totals(&buf, totals[_i].count, totals[_i].size);
	ck_assert_str_eq(buf_string(&buf), totals[_i].line);
	buf_free(&buf);
}
END_TEST

static const struct {
	const char *words[4];
	bool has_id; /* by the name alone */
	bool has;
} selections[] = {
    {{"-q"}, true, true},
    {{"-qIK2J"}, true, true},
    {{"-qIk2j"}, true, true},
    {{"-qIK2X"}, false, false},
    {{"-q!IK2J"}, false, false},
    {{"-q!IK2X"}, true, true},
    {{"-qI", ""}, true, true},
    {{"-qRexample.com"}, true, true},
    {{"-qRC@EXAMPLE"}, true, true},
    {{"-qRa@example"}, true, false},
    {{"-q!Rc@example"}, true, false},
    {{"-q!Ra@example"}, true, true},
    {{"-qSa@"}, true, true},
    {{"-qSa@example.comm"}, true, false},
    {{"-q!Sa@"}, true, false},
    {{"-q!Sb@"}, true, true},
    {{"-qIK2J", "-qRb@", "-qSa@"}, true, true},
    {{"-qIK2J", "-qRb@", "-qSb@"}, true, false},
    {{"-qIK2J", "-q!Rb@", "-qSa@"}, true, false},
};

/* The words are argv's until the test ends, as in a program. */
static void parse(struct options *options, char **argv,
    const char *const *words)
{
	static char program[] = "sendmail";
	struct error err;
	int argc = 0;

	argv[argc++] = program;
	for (; argc <= 3 && words[argc - 1] != NULL; argc++)
		argv[argc] = mem_dup(words[argc - 1]);
	ck_assert_int_eq(options_parse(options, argc, argv, &err), 0);
}

START_TEST(an_entry_is_selected_by_parts_of_it)
{
	struct built built;
	const struct entry *entry = build(&built, &objects[0].sample);
	char *argv[5] = {0};
	struct options options;

	parse(&options, argv, selections[_i].words);
	ck_assert_int_eq(selection_is_set(&options), _i > 0);
	ck_assert_int_eq(selection_has_id(&options, entry->id),
	    selections[_i].has_id);
	ck_assert_int_eq(selection_has(&options, entry), selections[_i].has);
	for (int i = 1; argv[i] != NULL; i++)
		free(argv[i]);
}
END_TEST

Suite *suite_mailq(void)
{
	Suite *suite = suite_create("mailq");
	TCase *tcase = tcase_create("mailq");

	tcase_add_loop_test(tcase, an_entry_is_shown_as_postfix_shows_it, 0,
	    COUNT(lines));
	tcase_add_loop_test(tcase, an_entry_is_an_object_in_a_line, 0,
	    COUNT(objects));
	tcase_add_test(tcase, the_objects_stand_in_lines_of_their_own);
	tcase_add_loop_test(tcase, the_totals_are_kilobytes_and_requests, 0,
	    COUNT(totals));
	tcase_add_loop_test(tcase, an_entry_is_selected_by_parts_of_it, 0,
	    COUNT(selections));
	suite_add_tcase(suite, tcase);
	return suite;
}
