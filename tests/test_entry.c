#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "mem.h"
#include "schedule.h"
#include "sha256.h"

/* Behind error.h: it has a macro fail(). */
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* --- the schedule -------------------------------------------------------- */

static const struct schedule schedule = {
    .waits = {60000, 300500, 3600000}, .count = 3};

static const struct {
	unsigned attempts;
	time_t next;
} turns[] = {
    {0, 1060}, {1, 1060}, {2, 1301}, {3, 4600}, {4, 4600}, {UINT32_MAX, 4600}};

START_TEST(each_attempt_has_its_wait_and_the_last_one_is_for_ever)
{
	ck_assert_int_eq(schedule_next(&schedule, turns[_i].attempts, 1000),
	    turns[_i].next);
}
END_TEST

static const struct {
	time_t next;
	bool is_due;
} dues[] = {{0, true}, {99999, true}, {100000, true}, {100001, false},
    {103600, false}, {107200, false}, {107201, true}, {999999999999, true}};

START_TEST(an_entry_is_due_at_its_turn_or_when_nobody_can_have_set_that)
{
	ck_assert_int_eq(schedule_is_due(&schedule, dues[_i].next, 100000),
	    dues[_i].is_due);
}
END_TEST

/* --- SHA-256 ------------------------------------------------------------- */

START_TEST(sha256_is_that_of_fips_180)
{
	const char *abc =
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	unsigned char sum[SHA256_SIZE];
	unsigned char again[SHA256_SIZE] = {0};
	struct error err = {0};
	struct buf shown = {0};
	struct sha256 sha256;

	sha256_begin(&sha256);
	sha256_add(&sha256, text_of("a"));
	sha256_add(&sha256, text_of(""));
	sha256_add(&sha256, text_of("bc"));
	ck_assert_int_eq(sha256_end(&sha256, sum, &err), 0);
	sha256_write(&shown, sum);
	ck_assert_str_eq(buf_string(&shown), abc);
	ck_assert(sha256_read(again, buf_text(&shown)));
	ck_assert_mem_eq(again, sum, sizeof sum);
	ck_assert(!sha256_read(again, text_of("ba7816")));
	shown.data[3] = 'G';
	ck_assert(!sha256_read(again, buf_text(&shown)));
	buf_free(&shown);
}
END_TEST

/* --- IDs ----------------------------------------------------------------- */

static const char *const good_ids[] = {"A", "4XK2J9", "4XK2J9-2", "4XK2J9.1",
    "4XK2J9-12.3.1", "012345678901234567890123456789012345678"};
static const char *const bad_ids[] = {"", ".", "..", "-2", ".hidden", "a",
    "A/B", "A B", "A\n", "\xc3\x84",
    "0123456789012345678901234567890123456789"};

START_TEST(an_id_is_a_name_that_stays_in_its_directory)
{
	ck_assert(entry_is_id(text_of(good_ids[_i])));
}
END_TEST

START_TEST(anything_else_is_no_id)
{
	ck_assert(!entry_is_id(text_of(bad_ids[_i])));
}
END_TEST

START_TEST(a_nul_is_in_no_id)
{
	ck_assert(!entry_is_id((struct text){"A\0B", 3}));
}
END_TEST

/* --- round trips --------------------------------------------------------- */

static void add_recipients(struct entry *entry, const char *sender,
    const char *addresses)
{
	struct text rest = text_of(addresses);
	struct strlist list = {0};
	struct text word;

	while (text_split(&rest, ';', &word))
		strlist_add(&list, word);
	envelope_set(&entry->envelope, sender, &list);
	strlist_free(&list);
}

/* Everything in it is unlike its default. */
static void make_full(struct entry *entry)
{
	*entry = (struct entry){
	    .id = "4XK2J9-2.1",
	    .profile = mem_dup("work"),
	    .uid = 33,
	    .login = mem_dup("www-data"),
	    .caller = mem_dup("php /srv/app/cr\xc3\xb6n.php"),
	    .arrived = {1795343434, 7},
	    .attempts = 3,
	    .is_unsure = true,
	    .is_warned = true,
	    .notices = 2,
	    .owes_notice = true,
	    .reason = mem_dup("  the server said: 450 later "),
	    .body_length = 123456789012,
	    .header_length = 321,
	    .digest = {1, 2, 3, 0xff},
	};
	add_recipients(entry, "anna@example.com",
	    "\"a b\"@example.com;b@b\xc3\xbc.example");
	entry->envelope.recipients[0].notify = NOTIFY_NEVER;
	entry->envelope.recipients[0].original = mem_dup("rfc822;a b@c");
	entry->envelope.request = (struct request){
	    .body = BODY_8BITMIME,
	    .returns = RETURN_HEADERS,
	    .notify = NOTIFY_FAILURE | NOTIFY_DELAY,
	    .envelope_id = mem_dup("ID 7"),
	    .requires_tls = true,
	};
}

static void write_entry(const struct entry *entry, struct buf *text)
{
	struct error err = {0};

	ck_assert_int_eq(entry_write(entry, text, &err), 0);
}

static void read_entry(struct entry *entry, const struct buf *text)
{
	struct error err = {0};

	if (entry_read(entry, buf_text(text), &err) < 0)
		ck_abort_msg("%s", err.text);
}

static void check_read_again(const struct entry *entry)
{
	struct buf first = {0};
	struct buf second = {0};
	struct entry again;

	write_entry(entry, &first);
	read_entry(&again, &first);
	write_entry(&again, &second);
	ck_assert_str_eq(buf_string(&first), buf_string(&second));
	entry_free(&again);
	buf_free(&first);
	buf_free(&second);
}

START_TEST(a_full_entry_comes_back_as_it_was)
{
	struct buf text = {0};
	struct entry entry;
	struct entry again;

	make_full(&entry);
	write_entry(&entry, &text);
	read_entry(&again, &text);
	ck_assert_str_eq(again.id, entry.id);
	ck_assert_str_eq(again.profile, entry.profile);
	ck_assert_uint_eq(again.uid, 33);
	ck_assert_str_eq(again.login, entry.login);
	ck_assert_str_eq(again.caller, entry.caller);
	ck_assert_int_eq(again.arrived.seconds, 1795343434);
	ck_assert_int_eq(again.arrived.milliseconds, 7);
	ck_assert_uint_eq(again.attempts, 3);
	ck_assert(again.is_unsure && again.is_warned && again.owes_notice);
	ck_assert_uint_eq(again.notices, 2);
	ck_assert_str_eq(again.reason, entry.reason);
	ck_assert_uint_eq(again.body_length, entry.body_length);
	ck_assert_uint_eq(again.header_length, entry.header_length);
	ck_assert_mem_eq(again.digest, entry.digest, ENTRY_DIGEST);
	entry_free(&again);
	entry_free(&entry);
	buf_free(&text);
}
END_TEST

START_TEST(a_full_envelope_comes_back_as_it_was)
{
	struct buf text = {0};
	struct entry entry;
	struct entry again;
	const struct envelope *envelope = &again.envelope;

	make_full(&entry);
	write_entry(&entry, &text);
	read_entry(&again, &text);
	ck_assert_str_eq(envelope->sender, "anna@example.com");
	ck_assert_uint_eq(envelope->count, 2);
	ck_assert_str_eq(envelope->recipients[0].address,
	    "\"a b\"@example.com");
	ck_assert_str_eq(envelope->recipients[1].address,
	    "b@b\xc3\xbc.example");
	ck_assert_uint_eq(envelope->recipients[0].notify, NOTIFY_NEVER);
	ck_assert_str_eq(envelope->recipients[0].original, "rfc822;a b@c");
	ck_assert_uint_eq(envelope->recipients[1].notify, 0);
	ck_assert_ptr_null(envelope->recipients[1].original);
	ck_assert(recipient_is_open(&envelope->recipients[1]));
	ck_assert_int_eq(envelope->request.body, BODY_8BITMIME);
	ck_assert_int_eq(envelope->request.returns, RETURN_HEADERS);
	ck_assert_uint_eq(envelope->request.notify,
	    NOTIFY_FAILURE | NOTIFY_DELAY);
	ck_assert_str_eq(envelope->request.envelope_id, "ID 7");
	ck_assert(envelope->request.requires_tls);
	entry_free(&again);
	entry_free(&entry);
	buf_free(&text);
}
END_TEST

START_TEST(an_empty_entry_comes_back_as_empty)
{
	struct entry entry = {.id = "A"};
	struct buf text = {0};
	struct entry again;

	write_entry(&entry, &text);
	read_entry(&again, &text);
	ck_assert_str_eq(again.profile, "");
	ck_assert_str_eq(again.reason, "");
	ck_assert_str_eq(again.envelope.sender, "");
	ck_assert_uint_eq(again.envelope.count, 0);
	ck_assert_ptr_null(again.envelope.request.envelope_id);
	ck_assert(!again.is_unsure && !again.owes_notice);
	entry_free(&again);
	buf_free(&text);
}
END_TEST

START_TEST(who_has_been_accepted_is_left_out)
{
	struct buf text = {0};
	struct entry entry;
	struct entry again;

	make_full(&entry);
	entry.envelope.recipients[0].is_accepted = true;
	entry.envelope.recipients[1].error.kind = ERROR_DEFERRED;
	write_entry(&entry, &text);
	read_entry(&again, &text);
	ck_assert_uint_eq(again.envelope.count, 1);
	ck_assert_str_eq(again.envelope.recipients[0].address,
	    "b@b\xc3\xbc.example");
	ck_assert_int_eq(again.envelope.recipients[0].error.kind, ERROR_NONE);
	entry_free(&again);
	entry_free(&entry);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *reason;
	const char *kept;
} reasons[] = {
    {"", ""},
    {"one\nrecipient <x@example.com>", "one recipient <x@example.com>"},
    {"a\r\nb\tc\x7f", "a  b c "},
    {"\xff\xc3", "??"},
    {"\xc2\x85", " "},
};

START_TEST(no_string_can_begin_a_line_of_its_own)
{
	struct buf text = {0};
	struct entry entry;
	struct entry again;

	make_full(&entry);
	free(entry.reason);
	entry.reason = mem_dup(reasons[_i].reason);
	write_entry(&entry, &text);
	read_entry(&again, &text);
	ck_assert_str_eq(again.reason, reasons[_i].kept);
	ck_assert_uint_eq(again.envelope.count, 2);
	entry_free(&again);
	entry_free(&entry);
	buf_free(&text);
}
END_TEST

START_TEST(a_string_without_end_is_cut)
{
	enum { LONG = 200000 };
	struct entry entry;

	make_full(&entry);
	free(entry.caller);
	entry.caller = mem_alloc(LONG + 1, 1);
	memset(entry.caller, 'x', LONG);
	check_read_again(&entry);
	memset(entry.caller, 0xc3, LONG);
	check_read_again(&entry);
	entry_free(&entry);
}
END_TEST

START_TEST(a_clock_before_1970_does_no_harm)
{
	struct entry entry;

	make_full(&entry);
	entry.arrived.seconds = -1;
	check_read_again(&entry);
	entry_free(&entry);
}
END_TEST

START_TEST(ten_thousand_recipients_come_back)
{
	enum { MANY = 10000 };
	struct entry entry = {.id = "A"};
	struct strlist list = {0};
	struct buf text = {0};
	struct entry again;

	for (int i = 0; i < MANY; i++)
		strlist_addf(&list, "user%d@example.com", i);
	envelope_set(&entry.envelope, "", &list);
	write_entry(&entry, &text);
	read_entry(&again, &text);
	ck_assert_uint_eq(again.envelope.count, MANY);
	ck_assert_str_eq(again.envelope.recipients[MANY - 1].address,
	    "user9999@example.com");
	entry_free(&again);
	entry_free(&entry);
	strlist_free(&list);
	buf_free(&text);
}
END_TEST

START_TEST(an_entry_over_the_limit_is_not_written_in_part)
{
	struct buf text = {.ceiling = 400};
	struct error err = {0};
	struct entry entry;

	make_full(&entry);
	ck_assert_int_eq(entry_write(&entry, &text, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_TOO_BIG);
	entry_free(&entry);
	buf_free(&text);
}
END_TEST

/* --- damage -------------------------------------------------------------- */

static void check_refused(struct text text, enum error_kind kind)
{
	/* A copy of just that length, so that a sanitizer sees the rest. */
	char *copy = mem_alloc(text.length, 1);
	struct error err = {0};
	struct entry entry;

	if (text.length > 0)
		memcpy(copy, text.data, text.length);
	ck_assert_int_eq(entry_read(&entry, (struct text){copy, text.length},
			     &err),
	    -1);
	ck_assert_int_eq(err.kind, kind);
	ck_assert_ptr_null(entry.profile);
	entry_free(&entry);
	free(copy);
}

START_TEST(an_entry_cut_anywhere_is_damaged)
{
	struct buf text = {0};
	struct entry entry;

	make_full(&entry);
	write_entry(&entry, &text);
	for (size_t length = 0; length < text.length; length++)
		check_refused(text_part(buf_text(&text), 0, length),
		    ERROR_MESSAGE);
	entry_free(&entry);
	buf_free(&text);
}
END_TEST

START_TEST(any_bit_that_has_changed_is_seen)
{
	struct buf text = {0};
	struct entry entry;
	size_t version = strlen("sendoff ");

	make_full(&entry);
	write_entry(&entry, &text);
	for (size_t i = 0; i < 8 * text.length; i++) {
		/* Another number there is another version. */
		if (i / 8 == version)
			continue;
		text.data[i / 8] ^= (char)(1 << i % 8);
		check_refused(buf_text(&text), ERROR_MESSAGE);
		text.data[i / 8] ^= (char)(1 << i % 8);
	}
	entry_free(&entry);
	buf_free(&text);
}
END_TEST

/* What somebody writes who knows how the end is made. */
static void finish(struct buf *text)
{
	unsigned char digest[SHA256_SIZE];
	struct error err = {0};
	struct sha256 sha256;

	sha256_begin(&sha256);
	sha256_add(&sha256, buf_text(text));
	ck_assert_int_eq(sha256_end(&sha256, digest, &err), 0);
	buf_addf(text, "End %zu ", text->length);
	sha256_write(text, digest);
	buf_add_byte(text, '\n');
}

static const struct {
	const char *was; /* NULL: put the other before the end */
	const char *is;
} forgeries[] = {
    {"id 4XK2J9-2.1", "id ../../x"},
    {"id 4XK2J9-2.1", "id "},
    {"uid 33", "uid -1"},
    {"uid 33", "uid 033"},
    {"uid 33", "uid 4294967296"},
    {"uid 33", "uid 33 "},
    {"arrived 1795343434.007", "arrived 1795343434.7"},
    {"arrived 1795343434.007", "arrived 1795343434"},
    {"arrived 1795343434.007", "arrived 1795343434.1007"},
    {"attempts 3", "attempts"},
    {"attempts 3", "Attempts 3"},
    {"unsure yes", "unsure maybe"},
    {"unsure yes\n", ""},
    {"unsure yes\nwarned yes", "warned yes\nunsure yes"},
    {"profile work", "profile wo\trk"},
    {"profile work", "profile wo\xffrk"},
    {"profile work\n", "profile work\nprofile work\n"},
    {"body-length 123456789012", "body-length 18446744073709551615"},
    {"digest 01", "digest 0"},
    {"digest 01", "digest 0G"},
    {"body 8bitmime", "body binarymime"},
    {"return headers", "return all"},
    {"notify 12", "notify 16"},
    {"its-notify 1", "its-notify 0"},
    {"its-notify 1", "its-notify 16"},
    {"its-notify 1\n", "its-notify 1\nits-notify 1\n"},
    {"its-original rfc822;a b@c", "its-original rfc822;a\rb@c"},
    {"envelope-id ID 7", "envelope-id \xc3\xa4"},
    {"sender <anna@example.com>", "sender anna@example.com"},
    {"sender <anna@example.com>", "sender <anna>"},
    {"sender <anna@example.com>", "sender <anna@example.com> SIZE=1"},
    {"sender <anna@example.com>", "sender <anna@example.com\r>"},
    {"sender <anna@example.com>", "sender <Anna <anna@example.com>>"},
    {"sender <anna@example.com>", "sender <anna@EXAMPLE.com>x"},
    {NULL, "recipient <>\n"},
    {NULL, "recipient <c@example.com\n"},
    {NULL, "recipient <c>\n"},
    {NULL, "recipient <c@example.com> NOTIFY=NEVER\n"},
    {NULL, "recipient c@example.com\n"},
    {NULL, "recipient\n"},
    {NULL, "colour blue\n"},
    {NULL, "\n"},
    {NULL, "End 0 0\n"},
};

START_TEST(a_forged_line_is_refused_however_well_the_end_is_made)
{
	struct buf text = {0};
	struct buf forged = {0};
	struct entry entry;
	char *end;
	char *at;

	make_full(&entry);
	write_entry(&entry, &text);
	end = strstr(text.data, "End ");
	ck_assert_ptr_nonnull(end);
	at = forgeries[_i].was != NULL ? strstr(text.data, forgeries[_i].was) :
					 end;
	ck_assert_ptr_nonnull(at);
	buf_add(&forged, (struct text){text.data, (size_t)(at - text.data)});
	buf_add_string(&forged, forgeries[_i].is);
	if (forgeries[_i].was != NULL)
		at += strlen(forgeries[_i].was);
	buf_add(&forged, (struct text){at, (size_t)(end - at)});
	finish(&forged);
	check_refused(buf_text(&forged), ERROR_MESSAGE);
	entry_free(&entry);
	buf_free(&forged);
	buf_free(&text);
}
END_TEST

START_TEST(bytes_behind_the_end_are_damage)
{
	struct buf text = {0};
	struct entry entry;

	make_full(&entry);
	write_entry(&entry, &text);
	buf_add_byte(&text, '\n');
	check_refused(buf_text(&text), ERROR_MESSAGE);
	entry_free(&entry);
	buf_free(&text);
}
END_TEST

START_TEST(a_nul_is_damage)
{
	struct buf text = {0};
	struct entry entry;

	make_full(&entry);
	write_entry(&entry, &text);
	*strstr(text.data, "work") = '\0';
	text.length =
	    (size_t)(strstr(strchr(text.data, '\0') + 1, "End ") - text.data);
	finish(&text);
	check_refused(buf_text(&text), ERROR_MESSAGE);
	entry_free(&entry);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *text;
	enum error_kind kind;
} versions[] = {
    {"sendoff 2\n", ERROR_NO_MODE},
    {"sendoff 17\nanything\n", ERROR_NO_MODE},
    {"sendoff 2", ERROR_MESSAGE},
    {"sendoff \n", ERROR_MESSAGE},
    {"sendoff 2a\n", ERROR_MESSAGE},
    {"sendoff 1\n", ERROR_MESSAGE},
    {"Sendoff 2\n", ERROR_MESSAGE},
    {"", ERROR_MESSAGE},
    {"\n", ERROR_MESSAGE},
};

START_TEST(only_another_number_is_another_version)
{
	check_refused(text_of(versions[_i].text), versions[_i].kind);
}
END_TEST

Suite *suite_entry(void)
{
	Suite *suite = suite_create("entry");
	TCase *tests = tcase_create("entry");

	tcase_add_loop_test(tests,
	    each_attempt_has_its_wait_and_the_last_one_is_for_ever, 0,
	    COUNT(turns));
	tcase_add_loop_test(tests,
	    an_entry_is_due_at_its_turn_or_when_nobody_can_have_set_that, 0,
	    COUNT(dues));
	tcase_add_test(tests, sha256_is_that_of_fips_180);
	tcase_add_loop_test(tests, an_id_is_a_name_that_stays_in_its_directory,
	    0, COUNT(good_ids));
	tcase_add_loop_test(tests, anything_else_is_no_id, 0, COUNT(bad_ids));
	tcase_add_test(tests, a_nul_is_in_no_id);
	tcase_add_test(tests, a_full_entry_comes_back_as_it_was);
	tcase_add_test(tests, a_full_envelope_comes_back_as_it_was);
	tcase_add_test(tests, an_empty_entry_comes_back_as_empty);
	tcase_add_test(tests, who_has_been_accepted_is_left_out);
	tcase_add_loop_test(tests, no_string_can_begin_a_line_of_its_own, 0,
	    COUNT(reasons));
	tcase_add_test(tests, a_string_without_end_is_cut);
	tcase_add_test(tests, a_clock_before_1970_does_no_harm);
	tcase_add_test(tests, ten_thousand_recipients_come_back);
	tcase_add_test(tests, an_entry_over_the_limit_is_not_written_in_part);
	tcase_add_test(tests, an_entry_cut_anywhere_is_damaged);
	tcase_add_test(tests, any_bit_that_has_changed_is_seen);
	tcase_add_loop_test(tests,
	    a_forged_line_is_refused_however_well_the_end_is_made, 0,
	    COUNT(forgeries));
	tcase_add_test(tests, bytes_behind_the_end_are_damage);
	tcase_add_test(tests, a_nul_is_damage);
	tcase_add_loop_test(tests, only_another_number_is_another_version, 0,
	    COUNT(versions));
	suite_add_tcase(suite, tests);
	return suite;
}
