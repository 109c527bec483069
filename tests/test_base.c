#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base64.h"
#include "buf.h"
#include "date.h"
#include "error.h"
#include "mem.h"
#include "strlist.h"
#include "suites.h"
#include "text.h"
#include "utf8.h"

#define COUNT(array)   ((int)(sizeof(array) / sizeof *(array)))
#define LITERAL(bytes) ((struct text){bytes, sizeof(bytes) - 1})

/* --- mem ----------------------------------------------------------------- */

START_TEST(new_memory_is_zeroed)
{
	char *memory = mem_alloc(1000, 3);

	for (size_t i = 0; i < 3000; i++)
		ck_assert_int_eq(memory[i], 0);
	free(memory);
	free(mem_alloc(0, 1));
}
END_TEST

START_TEST(a_size_that_overflows_ends_the_process)
{
	/* The sentence is for people, not for the log of the tests. */
	(void)close(STDERR_FILENO);
	(void)mem_resize(NULL, SIZE_MAX / 2, 3);
}
END_TEST

/* --- error --------------------------------------------------------------- */

/* DESIGN, exit codes: one row for each kind, in the order of severity. */
static const struct {
	enum error_kind kind;
	int exit_code;
	const char *status;
} kind_cases[ERROR_KINDS] = {
    {ERROR_NONE, EX_OK, "2.0.0"},
    {ERROR_DEFERRED, EX_TEMPFAIL, "4.0.0"},
    {ERROR_NETWORK, EX_TEMPFAIL, "4.4.1"},
    {ERROR_UNSURE, EX_TEMPFAIL, "4.4.2"},
    {ERROR_PROTOCOL, EX_PROTOCOL, "4.5.0"},
    {ERROR_NO_HOST, EX_NOHOST, "4.4.4"},
    {ERROR_LOGIN, EX_NOPERM, "4.7.8"},
    {ERROR_CERTIFICATE, EX_UNAVAILABLE, "4.7.5"},
    {ERROR_LACKS, EX_UNAVAILABLE, "4.7.10"},
    {ERROR_NO_USER, EX_NOUSER, "5.1.1"},
    {ERROR_REFUSED, EX_UNAVAILABLE, "5.0.0"},
    {ERROR_TOO_BIG, EX_DATAERR, "5.3.4"},
    {ERROR_ADDRESS, EX_DATAERR, "5.1.3"},
    {ERROR_MESSAGE, EX_DATAERR, "5.6.0"},
    {ERROR_NO_INPUT, EX_NOINPUT, "5.3.0"},
    {ERROR_USAGE, EX_USAGE, "5.5.4"},
    {ERROR_NO_MODE, EX_UNAVAILABLE, "5.3.3"},
    {ERROR_CREATE, EX_CANTCREAT, "4.3.0"},
    {ERROR_IO, EX_IOERR, "4.3.0"},
    {ERROR_SYSTEM, EX_OSERR, "4.3.0"},
    {ERROR_CONFIG, EX_CONFIG, "4.3.5"},
    {ERROR_BUG, EX_SOFTWARE, "4.3.0"},
};

START_TEST(every_kind_has_its_exit_code_and_status)
{
	enum error_kind kind = kind_cases[_i].kind;

	ck_assert_int_eq(kind, _i);
	ck_assert_int_eq(error_exit_code(kind), kind_cases[_i].exit_code);
	ck_assert_str_eq(error_status(kind), kind_cases[_i].status);
	ck_assert_int_eq(error_is_worth_retrying(kind),
	    kind_cases[_i].status[0] == '4');
}
END_TEST

START_TEST(a_failure_overwrites_what_was_there)
{
	struct error err = {.reply = 550, .status = "5.7.26", .text = "old"};

	/* In brackets because check.h has a macro of that name. */
	ck_assert_int_eq((fail)(&err, ERROR_NO_USER, "who %s %d", "what", 7),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_NO_USER);
	ck_assert_int_eq(err.reply, 0);
	ck_assert_str_eq(err.status, "5.1.1");
	ck_assert_str_eq(err.text, "who what 7");
}
END_TEST

START_TEST(the_reason_in_errno_stands_behind_the_sentence)
{
	struct error err = {0};

	errno = ENOENT;
	ck_assert_int_eq(fail_errno(&err, ERROR_IO, "%s is gone", "x"), -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	ck_assert_int_eq(strncmp(err.text, "x is gone: ", 11), 0);
	ck_assert_str_eq(err.text + 11, strerror(ENOENT));
}
END_TEST

START_TEST(context_keeps_kind_reply_and_status)
{
	struct error err = {.kind = ERROR_REFUSED,
	    .reply = 554,
	    .status = "5.7.1",
	    .text = "no spam"};

	ck_assert_int_eq(fail_within(&err, "%s:%d: ", "mail.example", 25), -1);
	ck_assert_int_eq(err.kind, ERROR_REFUSED);
	ck_assert_int_eq(err.reply, 554);
	ck_assert_str_eq(err.status, "5.7.1");
	ck_assert_str_eq(err.text, "mail.example:25: no spam");
}
END_TEST

static void check_cut_text(const struct error *err)
{
	size_t length = strlen(err->text);

	ck_assert_uint_lt(length, ERROR_TEXT_SIZE);
	ck_assert_uint_ge(length, ERROR_TEXT_SIZE - 4);
	ck_assert(utf8_is_valid(text_of(err->text)));
}

static const char *const wide_characters[] = {
    "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

START_TEST(a_long_sentence_is_cut_between_characters)
{
	for (size_t before = 0; before < 8; before++) {
		struct buf text = {0};
		struct error err = {.text = "cause"};

		for (size_t i = 0; i < before; i++)
			buf_add_byte(&text, 'x');
		while (text.length < 2 * ERROR_TEXT_SIZE)
			buf_add_string(&text, wide_characters[_i]);
		(void)(fail)(&err, ERROR_IO, "%s", buf_string(&text));
		check_cut_text(&err);
		(void)fail_within(&err, "%.*s", (int)before + 1, "12345678");
		check_cut_text(&err);
		(void)fail_within(&err, "%s", buf_string(&text));
		check_cut_text(&err);
		errno = EIO;
		(void)fail_errno(&err, ERROR_IO, "%s", buf_string(&text));
		check_cut_text(&err);
		buf_free(&text);
	}
}
END_TEST

/* --- buf ----------------------------------------------------------------- */

START_TEST(an_empty_buf_is_an_empty_string)
{
	struct buf buf = {0};

	ck_assert_str_eq(buf_string(&buf), "");
	ck_assert_uint_eq(buf_text(&buf).length, 0);
	buf_skip(&buf, 0);
	buf_clear(&buf);
	buf_add(&buf, (struct text){NULL, 0});
	buf_addf(&buf, "%s", "");
	ck_assert_uint_eq(buf.length, 0);
	buf_wipe(&buf);
	buf_free(&buf);
}
END_TEST

START_TEST(bytes_are_kept_in_order_however_many)
{
	struct buf buf = {0};

	for (size_t i = 0; i < 100000; i++)
		buf_add_byte(&buf, (char)(i % 251));
	ck_assert_uint_eq(buf.length, 100000);
	for (size_t i = 0; i < 100000; i++)
		ck_assert_int_eq(buf.data[i], (char)(i % 251));
	ck_assert_int_eq(buf.data[buf.length], '\0');
	buf_skip(&buf, 99999);
	ck_assert_uint_eq(buf.length, 1);
	ck_assert_int_eq(buf.data[0], (char)(99999 % 251));
	ck_assert_int_eq(buf.data[1], '\0');
	ck_assert(!buf.is_full);
	buf_wipe(&buf);
	ck_assert_ptr_null(buf.data);
	ck_assert_uint_eq(buf.length, 0);
}
END_TEST

START_TEST(what_goes_over_the_ceiling_is_dropped)
{
	struct buf buf = {.ceiling = 5};

	buf_add_string(&buf, "abcde");
	ck_assert(!buf.is_full);
	ck_assert_str_eq(buf_string(&buf), "abcde");
	buf_add_byte(&buf, 'f');
	ck_assert(buf.is_full);
	buf_addf(&buf, "%s", "ghi");
	ck_assert_str_eq(buf_string(&buf), "abcde");
	buf_clear(&buf);
	ck_assert(!buf.is_full);
	buf_addf(&buf, "%d", 1234567);
	ck_assert(buf.is_full);
	ck_assert_str_eq(buf_string(&buf), "12345");
	buf_free(&buf);
}
END_TEST

START_TEST(room_above_the_ceiling_does_not_lift_it)
{
	struct buf buf = {.ceiling = 4};

	memcpy(buf_room(&buf, 8), "12345678", 8);
	buf.length += 8;
	buf_add_string(&buf, "9");
	ck_assert(buf.is_full);
	ck_assert_uint_eq(buf.length, 8);
	buf_free(&buf);
}
END_TEST

START_TEST(a_buf_that_shrank_ends_with_a_nul)
{
	struct buf buf = {0};

	buf_add_string(&buf, "a long string");
	buf_clear(&buf);
	ck_assert_str_eq(buf_string(&buf), "");
	buf_add_string(&buf, "short");
	ck_assert_str_eq(buf_string(&buf), "short");
	buf_skip(&buf, 5);
	ck_assert_str_eq(buf_string(&buf), "");
	buf_add(&buf, LITERAL("a\0b"));
	ck_assert_uint_eq(buf.length, 3);
	ck_assert_int_eq(memcmp(buf.data, "a\0b", 4), 0);
	buf_free(&buf);
}
END_TEST

/* --- text ---------------------------------------------------------------- */

START_TEST(a_zeroed_text_is_an_empty_text)
{
	struct text nothing = {0};
	struct text part;
	unsigned long long value;
	char *copy = text_dup(nothing);

	ck_assert_str_eq(copy, "");
	ck_assert(text_is(nothing, ""));
	ck_assert(!text_is(nothing, "a"));
	ck_assert(text_is_nocase(nothing, ""));
	ck_assert(text_begins_nocase(nothing, ""));
	ck_assert(!text_begins_nocase(nothing, "a"));
	ck_assert_uint_eq(text_part(nothing, 0, 1).length, 0);
	ck_assert_uint_eq(text_find(nothing, '\0'), 0);
	ck_assert_uint_eq(text_trim(nothing).length, 0);
	ck_assert(!text_split(&nothing, ',', &part));
	ck_assert(!text_word(&nothing, &part));
	ck_assert_int_eq(text_number(nothing, 9, &value), -1);
	ck_assert(utf8_is_valid(nothing));
	free(copy);
}
END_TEST

static const struct {
	size_t first;
	size_t end;
	const char *part;
} part_cases[] = {
    {0, 5, "hello"},
    {1, 3, "el"},
    {2, 2, ""},
    {3, 2, ""},
    {0, SIZE_MAX, "hello"},
    {5, 9, ""},
    {6, 9, ""},
    {SIZE_MAX, SIZE_MAX, ""},
};

START_TEST(a_part_stays_inside_its_text)
{
	struct text part = text_part(text_of("hello"), part_cases[_i].first,
	    part_cases[_i].end);

	ck_assert(text_is(part, part_cases[_i].part));
}
END_TEST

static const struct {
	const char *text;
	const char *parts; /* each in brackets */
} split_cases[] = {
    {"", ""},
    {"a", "[a]"},
    {"a,", "[a]"},
    {",a", "[][a]"},
    {"a,,b", "[a][][b]"},
    {",", "[]"},
    {",,", "[][]"},
};

START_TEST(a_split_gives_every_part_even_empty_ones)
{
	struct text rest = text_of(split_cases[_i].text);
	struct text part;
	struct buf parts = {0};

	while (text_split(&rest, ',', &part))
		buf_addf(&parts, "[%.*s]", (int)part.length, part.data);
	ck_assert_str_eq(buf_string(&parts), split_cases[_i].parts);
	buf_free(&parts);
}
END_TEST

static const struct {
	const char *text;
	const char *words;
} word_cases[] = {
    {"", ""},
    {" \t\r\n", ""},
    {"a", "[a]"},
    {"  a\t\t b ", "[a][b]"},
    {"a,b c\r\n", "[a,b][c]"},
};

START_TEST(words_are_never_empty)
{
	struct text rest = text_of(word_cases[_i].text);
	struct text word;
	struct buf words = {0};

	while (text_word(&rest, &word))
		buf_addf(&words, "[%.*s]", (int)word.length, word.data);
	ck_assert_str_eq(buf_string(&words), word_cases[_i].words);
	buf_free(&words);
}
END_TEST

static const struct {
	const char *text;
	unsigned long long max;
	int result;
	unsigned long long value;
} number_cases[] = {
    {"0", 9, 0, 0},
    {"9", 9, 0, 9},
    {"10", 9, -1, 0},
    {"007", 9, 0, 7},
    {"65535", 65535, 0, 65535},
    {"65536", 65535, -1, 0},
    {"655350", 65535, -1, 0},
    {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
    {"18446744073709551616", UINT64_MAX, -1, 0},
    {"99999999999999999999999999", UINT64_MAX, -1, 0},
    {"", 9, -1, 0},
    {"-1", 99, -1, 0},
    {"+1", 99, -1, 0},
    {" 1", 99, -1, 0},
    {"1 ", 99, -1, 0},
    {"0x1", 99, -1, 0},
    {"1e1", 99, -1, 0},
    {"\xc2\xb2", 99, -1, 0},
};

START_TEST(a_number_is_digits_up_to_its_limit)
{
	unsigned long long value = 4711;
	int result = text_number(text_of(number_cases[_i].text),
	    number_cases[_i].max, &value);

	ck_assert_int_eq(result, number_cases[_i].result);
	if (result == 0)
		ck_assert_uint_eq(value, number_cases[_i].value);
}
END_TEST

START_TEST(case_is_folded_for_ascii_letters_only)
{
	ck_assert(text_is_nocase(text_of("SMTPutf8"), "smtpUTF8"));
	ck_assert(!text_is_nocase(text_of("[]"), "{}"));
	ck_assert(!text_is_nocase(text_of("@"), "`"));
	ck_assert(!text_is_nocase(text_of("\xc4"), "\xe4"));
	ck_assert(!text_is_nocase(text_of("abc"), "ab"));
	ck_assert(text_begins_nocase(text_of("AUTH=x"), "auth="));
	ck_assert(!text_begins_nocase(text_of("AUT"), "auth"));
	ck_assert(text_is(text_of("abc"), "abc"));
	ck_assert(!text_is(text_of("abc"), "abC"));
	ck_assert(!text_is(LITERAL("a\0b"), "a"));
}
END_TEST

START_TEST(one_8bit_byte_is_found_wherever_it_is)
{
	char bytes[600];

	memset(bytes, 0x7f, sizeof bytes);
	ck_assert(!text_has_8bit((struct text){NULL, 0}));
	ck_assert(!text_has_8bit((struct text){bytes, sizeof bytes}));
	for (size_t i = 0; i < sizeof bytes; i++) {
		bytes[i] = (char)0x80;
		ck_assert(text_has_8bit((struct text){bytes, sizeof bytes}));
		ck_assert(!text_has_8bit((struct text){bytes, i}));
		bytes[i] = 0;
	}
}
END_TEST

START_TEST(every_byte_has_the_right_classes)
{
	for (int i = 0; i < 256; i++) {
		char byte = (char)i;
		bool is_upper = i >= 'A' && i <= 'Z';
		bool is_lower = i >= 'a' && i <= 'z';

		ck_assert_int_eq(byte_is_blank(byte), i == ' ' || i == '\t');
		ck_assert_int_eq(byte_is_space(byte),
		    i == ' ' || i == '\t' || i == '\r' || i == '\n');
		ck_assert_int_eq(byte_is_control(byte), i < 32 || i == 127);
		ck_assert_int_eq(byte_is_8bit(byte), i >= 128);
		ck_assert_int_eq(byte_is_digit(byte), i >= '0' && i <= '9');
		ck_assert_int_eq(byte_is_letter(byte), is_upper || is_lower);
		ck_assert_int_eq(byte_lower(byte),
		    is_upper ? (char)(i + 32) : byte);
	}
}
END_TEST

/* --- strlist ------------------------------------------------------------- */

START_TEST(repeats_go_and_the_order_stays)
{
	static const char *const added[] = {
	    "b", "a", "B", "b", "", "a", "c", "", "b"};
	static const char *const kept[] = {"b", "a", "B", "", "c"};
	struct strlist list = {0};

	strlist_drop_repeats(&list);
	ck_assert_uint_eq(list.count, 0);
	for (int i = 0; i < COUNT(added); i++)
		strlist_add(&list, text_of(added[i]));
	strlist_drop_repeats(&list);
	ck_assert_uint_eq(list.count, COUNT(kept));
	for (int i = 0; i < COUNT(kept); i++)
		ck_assert_str_eq(list.items[i], kept[i]);
	ck_assert(strlist_has(&list, "B"));
	ck_assert(!strlist_has(&list, "C"));
	strlist_free(&list);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(a_sorted_list_is_searched_by_halves)
{
	static const char *const added[] = {"b", "", "c", "a", "b"};
	static const char *const sorted[] = {"", "a", "b", "b", "c"};
	struct strlist list = {0};
	char **vector;

	strlist_sort(&list);
	ck_assert(!strlist_has_sorted(&list, ""));
	for (int i = 0; i < COUNT(added); i++)
		strlist_add(&list, text_of(added[i]));
	strlist_sort(&list);
	for (int i = 0; i < COUNT(sorted); i++) {
		ck_assert_str_eq(list.items[i], sorted[i]);
		ck_assert(strlist_has_sorted(&list, sorted[i]));
	}
	ck_assert(!strlist_has_sorted(&list, "bb"));
	ck_assert(!strlist_has_sorted(&list, "d"));
	vector = strlist_vector(&list);
	ck_assert_str_eq(vector[4], "c");
	ck_assert_ptr_null(vector[5]);
	free(vector);
	strlist_free(&list);
}
END_TEST

START_TEST(repeats_are_found_among_many)
{
	enum { ALL = 20000, DIFFERENT = 700 };
	struct strlist list = {0};

	for (int i = 0; i < ALL; i++)
		strlist_addf(&list, "%d@example", i * 7919 % DIFFERENT);
	strlist_drop_repeats(&list);
	ck_assert_uint_eq(list.count, DIFFERENT);
	for (int i = 0; i < DIFFERENT; i++) {
		char expected[32];

		(void)snprintf(expected, sizeof expected, "%d@example",
		    i * 7919 % DIFFERENT);
		ck_assert_str_eq(list.items[i], expected);
	}
	strlist_free(&list);
}
END_TEST

/* --- utf8 ---------------------------------------------------------------- */

static const struct {
	const char *text;
	bool is_valid;
} utf8_cases[] = {
    {"", true},
    {"\x7f", true},
    {"\xc2\x80", true},
    {"\xdf\xbf", true},
    {"\xe0\xa0\x80", true},
    {"\xed\x9f\xbf", true},
    {"\xee\x80\x80", true},
    {"\xef\xbf\xbf", true},
    {"\xf0\x90\x80\x80", true},
    {"\xf4\x8f\xbf\xbf", true},
    {"\x80", false},         /* a continuation alone */
    {"\xc3", false},         /* cut */
    {"\xe2\x82", false},     /* cut */
    {"\xf0\x9f\x98", false}, /* cut */
    {"\xc3"
     "a",
	false},                  /* interrupted */
    {"\xc3\xa4\xa4", false},     /* one too many */
    {"\xc0\x80", false},         /* overlong NUL */
    {"\xc0\xaf", false},         /* overlong "/" */
    {"\xc1\xbf", false},         /* overlong DEL */
    {"\xe0\x9f\xbf", false},     /* overlong U+07FF */
    {"\xf0\x8f\xbf\xbf", false}, /* overlong U+FFFF */
    {"\xed\xa0\x80", false},     /* surrogate U+D800 */
    {"\xed\xbf\xbf", false},     /* surrogate U+DFFF */
    {"\xf4\x90\x80\x80", false}, /* U+110000 */
    {"\xf5\x80\x80\x80", false},
    {"\xf8\x88\x80\x80\x80", false}, /* five bytes */
    {"\xff", false},
    {"\xfe", false},
};

START_TEST(utf8_is_checked_strictly)
{
	ck_assert_int_eq(utf8_is_valid(text_of(utf8_cases[_i].text)),
	    utf8_cases[_i].is_valid);
}
END_TEST

static struct text encode(uint32_t point, char out[4])
{
	static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t length = 1;

	if (point >= 0x80)
		length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (point & 0x3f));
		point >>= 6;
	}
	out[0] = (char)(marks[length] | point);
	return (struct text){out, length};
}

START_TEST(every_character_is_read_and_no_surrogate)
{
	char bytes[4];

	for (uint32_t point = 0; point <= 0x110000; point++) {
		struct text rest = encode(point, bytes);
		size_t length = rest.length;
		int32_t read = utf8_next(&rest);

		if ((point >= 0xd800 && point < 0xe000) || point > 0x10ffff) {
			ck_assert_int_eq(read, -1);
			ck_assert_uint_eq(rest.length, length - 1);
		} else if (read != (int32_t)point || rest.length != 0) {
			ck_abort_msg("U+%04X is misread", (unsigned)point);
		}
	}
}
END_TEST

/* There are 65536 - 2048 - 2048 characters of three bytes. */
START_TEST(three_bytes_are_one_character_just_as_often_as_they_should)
{
	unsigned count = 0;

	for (uint32_t i = 0xe00000; i <= 0xefffff; i++) {
		const char bytes[] = {(char)(i >> 16), (char)(i >> 8), (char)i};
		struct text rest = {bytes, sizeof bytes};

		if (utf8_next(&rest) >= 0)
			count++;
	}
	ck_assert_uint_eq(count, 61440);
}
END_TEST

START_TEST(a_cut_string_ends_with_a_whole_character)
{
	static const char whole[] = "a\xc3\xa4z\xe2\x82\xac\xf0\x9f\x98\x80z";
	size_t good = 0;

	for (size_t cut = 0; cut < sizeof whole; cut++) {
		char string[sizeof whole] = {0};

		memcpy(string, whole, cut);
		if (utf8_is_valid((struct text){whole, cut}))
			good = cut;
		utf8_drop_cut_end(string);
		ck_assert_uint_eq(strlen(string), good);
		ck_assert_int_eq(memcmp(string, whole, good), 0);
		ck_assert_uint_eq(utf8_cut(text_of(whole), cut).length, good);
	}
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_cut_too)
{
	struct text bad = text_of("\x80\x80\x80\x80\x80\x80\x80\x80");

	ck_assert_uint_eq(utf8_cut(bad, 8).length, 8);
	ck_assert_uint_eq(utf8_cut(bad, 9).length, 8);
	ck_assert_uint_eq(utf8_cut(bad, 6).length, 3);
	ck_assert_uint_eq(utf8_cut(bad, 1).length, 0);
	ck_assert_uint_eq(utf8_cut(bad, 0).length, 0);
	ck_assert_uint_eq(utf8_cut((struct text){0}, 5).length, 0);
}
END_TEST

static const struct {
	const char *text;
	const char *shown;
} visible_cases[] = {
    {"", ""},
    {"a \\x1B z", "a \\x1B z"},
    {"\x1b[2J", "\\x1B[2J"},
    {"\t\r\n\x7f", "\\x09\\x0D\\x0A\\x7F"},
    {"\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac"},
    {"\xc2\x85\xc2\x9b", "\\xC2\\x85\\xC2\\x9B"},
    {"\xc2\xa0", "\xc2\xa0"},
    {"\xe2\x80\xa8\xe2\x80\xa9", "\\xE2\\x80\\xA8\\xE2\\x80\\xA9"},
    {"\xe2\x80\xae", "\\xE2\\x80\\xAE"},
    {"\xe2\x81\xa6\xe2\x81\xa9", "\\xE2\\x81\\xA6\\xE2\\x81\\xA9"},
    {"\xe2\x80\x8e\xd8\x9c", "\\xE2\\x80\\x8E\\xD8\\x9C"},
    {"\xef\xbb\xbf", "\\xEF\\xBB\\xBF"},
    {"\xff\xc3", "\\xFF\\xC3"},
    {"\xed\xa0\x80", "\\xED\\xA0\\x80"},
    {"\xe2\x82z", "\\xE2\\x82z"},
};

START_TEST(what_could_harm_a_terminal_is_shown_escaped)
{
	struct buf shown = {0};

	utf8_add_visible(&shown, text_of(visible_cases[_i].text));
	ck_assert_str_eq(buf_string(&shown), visible_cases[_i].shown);
	buf_free(&shown);
}
END_TEST

START_TEST(visible_text_stays_as_it_is_when_it_passes_again)
{
	struct buf bytes = {0};
	struct buf once = {0};
	struct buf twice = {0};

	for (unsigned i = 0; i < 0x10000; i++) {
		buf_add_byte(&bytes, (char)(i >> 8));
		buf_add_byte(&bytes, (char)i);
	}
	utf8_add_visible(&once, buf_text(&bytes));
	utf8_add_visible(&twice, buf_text(&once));
	ck_assert_uint_eq(once.length, strlen(buf_string(&once)));
	ck_assert_str_eq(buf_string(&once), buf_string(&twice));
	ck_assert(utf8_is_valid(buf_text(&once)));
	for (size_t i = 0; i < once.length; i++)
		ck_assert(!byte_is_control(once.data[i]));
	buf_free(&bytes);
	buf_free(&once);
	buf_free(&twice);
}
END_TEST

/* --- base64 -------------------------------------------------------------- */

/* RFC 4648 section 10 */
static const struct {
	const char *plain;
	const char *coded;
} base64_cases[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xff\xef\xbe\xfb",
	"/+++"
	"+w=="},
};

START_TEST(base64_is_that_of_the_rfc)
{
	struct buf coded = {0};
	struct buf plain = {0};

	base64_encode(&coded, text_of(base64_cases[_i].plain));
	ck_assert_str_eq(buf_string(&coded), base64_cases[_i].coded);
	ck_assert_uint_eq(coded.length, strlen(base64_cases[_i].coded));
	ck_assert_int_eq(base64_decode(&plain, buf_text(&coded)), 0);
	ck_assert_str_eq(buf_string(&plain), base64_cases[_i].plain);
	buf_free(&coded);
	buf_free(&plain);
}
END_TEST

static const char *const bad_base64[] = {"Zg", "Zg=", "Z",
    "====", "Z===", "=Zg=", "Zg==Zg==", "Zm9v\n", "Zm9\n", " Zm9", "Zm 9",
    "Zm9-", "Zm9_", "Zm9.", "Zm\xc3\xa4", "=", "==", "Zg==\r\n",
    "\nZm8=", "Zm9v===="};

START_TEST(base64_is_read_strictly)
{
	struct buf plain = {0};

	ck_assert_int_eq(base64_decode(&plain, text_of(bad_base64[_i])), -1);
	ck_assert_uint_eq(plain.length, 0);
	ck_assert_int_eq(base64_decode(&plain, LITERAL("Zm9\0")), -1);
	buf_free(&plain);
}
END_TEST

START_TEST(base64_is_added_behind_what_is_there)
{
	struct buf bytes = {0};
	struct buf coded = {0};
	struct buf plain = {0};

	for (int i = 0; i < 300; i++) {
		buf_clear(&coded);
		buf_clear(&plain);
		buf_add_string(&plain, "before");
		base64_encode(&coded, buf_text(&bytes));
		ck_assert_uint_eq(coded.length, (bytes.length + 2) / 3 * 4);
		ck_assert_int_eq(base64_decode(&plain, buf_text(&coded)), 0);
		ck_assert_uint_eq(plain.length, bytes.length + 6);
		ck_assert_int_eq(memcmp(plain.data, "before", 6), 0);
		ck_assert_int_eq(memcmp(plain.data + 6, buf_string(&bytes),
				     bytes.length),
		    0);
		buf_add_byte(&bytes, (char)(i * 37));
	}
	buf_free(&bytes);
	buf_free(&coded);
	buf_free(&plain);
}
END_TEST

/* --- date ---------------------------------------------------------------- */

static const struct {
	const char *zone;
	time_t seconds;
	int milliseconds;
	const char *mail;
	const char *log;
} date_cases[] = {
    {"UTC0", 0, 0, "Thu, 1 Jan 1970 00:00:00 +0000",
	"1970-01-01T00:00:00.000+00:00"},
    {"CET-1CEST,M3.5.0,M10.5.0/3", 1795338000, 123,
	"Sun, 22 Nov 2026 10:00:00 +0100", "2026-11-22T10:00:00.123+01:00"},
    {"CET-1CEST,M3.5.0,M10.5.0/3", 1782907200, 7,
	"Wed, 1 Jul 2026 14:00:00 +0200", "2026-07-01T14:00:00.007+02:00"},
    {"NST3:30", 1795338000, 999, "Sun, 22 Nov 2026 05:30:00 -0330",
	"2026-11-22T05:30:00.999-03:30"},
    {"XXX0:30", 1795338000, 0, "Sun, 22 Nov 2026 08:30:00 -0030",
	"2026-11-22T08:30:00.000-00:30"},
    {"<+0545>-5:45", 1795338000, 0, "Sun, 22 Nov 2026 14:45:00 +0545",
	"2026-11-22T14:45:00.000+05:45"},
    {"<+14>-14", 1798718400, 0, "Fri, 1 Jan 2027 02:00:00 +1400",
	"2027-01-01T02:00:00.000+14:00"},
    {"UTC0", 1709164800, 0, "Thu, 29 Feb 2024 00:00:00 +0000",
	"2024-02-29T00:00:00.000+00:00"},
    {"EST5", -1, 0, "Wed, 31 Dec 1969 18:59:59 -0500",
	"1969-12-31T18:59:59.000-05:00"},
};

START_TEST(a_date_tells_the_local_time_and_its_zone)
{
	const struct moment moment = {
	    date_cases[_i].seconds, date_cases[_i].milliseconds};
	struct buf mail = {0};
	struct buf log = {0};

	ck_assert_int_eq(setenv("TZ", date_cases[_i].zone, 1), 0);
	tzset();
	date_add_mail(&mail, moment);
	date_add_log(&log, moment);
	ck_assert_str_eq(buf_string(&mail), date_cases[_i].mail);
	ck_assert_str_eq(buf_string(&log), date_cases[_i].log);
	buf_free(&mail);
	buf_free(&log);
}
END_TEST

static TCase *error_tests(void)
{
	TCase *tests = tcase_create("mem, error");

	tcase_add_test(tests, new_memory_is_zeroed);
	tcase_add_exit_test(tests, a_size_that_overflows_ends_the_process,
	    EX_OSERR);
	tcase_add_loop_test(tests, every_kind_has_its_exit_code_and_status, 0,
	    COUNT(kind_cases));
	tcase_add_test(tests, a_failure_overwrites_what_was_there);
	tcase_add_test(tests, the_reason_in_errno_stands_behind_the_sentence);
	tcase_add_test(tests, context_keeps_kind_reply_and_status);
	tcase_add_loop_test(tests, a_long_sentence_is_cut_between_characters, 0,
	    COUNT(wide_characters));
	return tests;
}

static TCase *buf_tests(void)
{
	TCase *tests = tcase_create("buf");

	tcase_add_test(tests, an_empty_buf_is_an_empty_string);
	tcase_add_test(tests, bytes_are_kept_in_order_however_many);
	tcase_add_test(tests, what_goes_over_the_ceiling_is_dropped);
	tcase_add_test(tests, room_above_the_ceiling_does_not_lift_it);
	tcase_add_test(tests, a_buf_that_shrank_ends_with_a_nul);
	return tests;
}

static TCase *text_tests(void)
{
	TCase *tests = tcase_create("text, strlist");

	tcase_add_test(tests, a_zeroed_text_is_an_empty_text);
	tcase_add_loop_test(tests, a_part_stays_inside_its_text, 0,
	    COUNT(part_cases));
	tcase_add_loop_test(tests, a_split_gives_every_part_even_empty_ones, 0,
	    COUNT(split_cases));
	tcase_add_loop_test(tests, words_are_never_empty, 0, COUNT(word_cases));
	tcase_add_loop_test(tests, a_number_is_digits_up_to_its_limit, 0,
	    COUNT(number_cases));
	tcase_add_test(tests, case_is_folded_for_ascii_letters_only);
	tcase_add_test(tests, one_8bit_byte_is_found_wherever_it_is);
	tcase_add_test(tests, every_byte_has_the_right_classes);
	tcase_add_test(tests, repeats_go_and_the_order_stays);
	tcase_add_test(tests, a_sorted_list_is_searched_by_halves);
	tcase_add_test(tests, repeats_are_found_among_many);
	return tests;
}

static TCase *utf8_tests(void)
{
	TCase *tests = tcase_create("utf8");

	tcase_add_loop_test(tests, utf8_is_checked_strictly, 0,
	    COUNT(utf8_cases));
	tcase_add_test(tests, every_character_is_read_and_no_surrogate);
	tcase_add_test(tests,
	    three_bytes_are_one_character_just_as_often_as_they_should);
	tcase_add_test(tests, a_cut_string_ends_with_a_whole_character);
	tcase_add_test(tests, bytes_that_are_no_utf8_are_cut_too);
	tcase_add_loop_test(tests, what_could_harm_a_terminal_is_shown_escaped,
	    0, COUNT(visible_cases));
	tcase_add_test(tests, visible_text_stays_as_it_is_when_it_passes_again);
	return tests;
}

static TCase *format_tests(void)
{
	TCase *tests = tcase_create("base64, date");

	tcase_add_loop_test(tests, base64_is_that_of_the_rfc, 0,
	    COUNT(base64_cases));
	tcase_add_loop_test(tests, base64_is_read_strictly, 0,
	    COUNT(bad_base64));
	tcase_add_test(tests, base64_is_added_behind_what_is_there);
	tcase_add_loop_test(tests, a_date_tells_the_local_time_and_its_zone, 0,
	    COUNT(date_cases));
	return tests;
}

Suite *suite_base(void)
{
	Suite *suite = suite_create("base");

	suite_add_tcase(suite, error_tests());
	suite_add_tcase(suite, buf_tests());
	suite_add_tcase(suite, text_tests());
	suite_add_tcase(suite, utf8_tests());
	suite_add_tcase(suite, format_tests());
	return suite;
}
