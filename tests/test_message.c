#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "dotstuff.h"
#include "envelope.h"
#include "message.h"
#include "scan.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define LITERAL(bytes)                                                         \
	{                                                                      \
		bytes, sizeof(bytes) - 1                                       \
	}

/* --- header -------------------------------------------------------------- */

/* Give a message the lines of a header until it wants no more. */
static enum message_line add_header(struct message *message, const char *lines,
    struct text *rest)
{
	enum message_line kind = MESSAGE_FIELD;
	struct error err;
	struct text line;

	*rest = text_of(lines);
	while (kind == MESSAGE_FIELD && rest->length > 0) {
		struct text before = *rest;

		(void)text_split(rest, '\n', &line);
		kind = message_add_line(message, line, &err);
		if (kind == MESSAGE_BODY)
			*rest = before;
	}
	return kind;
}

/* Every field in brackets. */
static void add_fields(struct buf *buf, const struct message *message)
{
	for (size_t i = 0; i < message->field_count; i++) {
		buf_add_byte(buf, '[');
		buf_add(buf, field_text(&message->fields[i]));
		buf_add_byte(buf, ']');
	}
}

static const struct {
	const char *lines;
	const char *fields;
	const char *body; /* what is left behind the header */
} header_cases[] = {
    {"", "", ""},
    {"\n", "", ""},
    {"\nbody\n", "", "body\n"},
    {"A: b\n\nbody\n", "[A: b]", "body\n"},
    {"A: b\nC:d\n\n", "[A: b][C:d]", ""},
    {"A: b", "[A: b]", ""},
    {"A:\n\n", "[A:]", ""},
    {"A: b\n\n\nx", "[A: b]", "\nx"},
    /* folding */
    {"A: b\n c\n\td\n\n", "[A: b\n c\n\td]", ""},
    {"A: b\n \n c\nD: e\n\n", "[A: b\n \n c][D: e]", ""},
    {"A: b\n \t \n\nx", "[A: b\n \t ]", "x"},
    {"A:\n b\n\n", "[A:\n b]", ""},
    {" A: b\nC: d\n", "", " A: b\nC: d\n"},
    /* RFC 5322 4.5: blanks before the colon */
    {"To : a\nCc\t :\tb\n\n", "[To : a][Cc\t :\tb]", ""},
    {"From : x\n\n", "[From : x]", ""},
    /* a name may be of any printable bytes */
    {"!#~.-: x\n.: y\n-- : z\n\n", "[!#~.-: x][.: y][-- : z]", ""},
    /* mbox, only at the very top */
    {"From a@b Sun Nov 22 10:00:00 2026\nA: b\n\n", "[A: b]", ""},
    {">From a@b\nA: b\n\n", "[A: b]", ""},
    {"From a@b\n>From c@d\nA: b\n\n", "[A: b]", ""},
    {"From \nA: b\n\n", "[A: b]", ""},
    {"From a: b\nA: b\n\n", "[A: b]", ""},
    {"From a\n\nbody", "", "body"},
    {"from a\nA: b\n", "", "from a\nA: b\n"},
    {"From\nA: b\n", "", "From\nA: b\n"},
    {"A: b\nFrom c@d\nE: f\n", "[A: b]", "From c@d\nE: f\n"},
    /* the first line that is no field begins the body */
    {"hello\nA: b\n", "", "hello\nA: b\n"},
    {"A: b\nhello\nC: d\n", "[A: b]", "hello\nC: d\n"},
    {"A: b\n: c\n", "[A: b]", ": c\n"},
    {"A: b\nC D: e\n", "[A: b]", "C D: e\n"},
    {"A: b\nC\rD: e\n", "[A: b]", "C\rD: e\n"},
    {"A: b\nC\r: e\n", "[A: b]", "C\r: e\n"},
    {"A: b\n\x01: e\n", "[A: b]", "\x01: e\n"},
    {"A: b\nC\x7f: e\n", "[A: b]", "C\x7f: e\n"},
    {"A: b\n\xc3\xa4: e\n", "[A: b]", "\xc3\xa4: e\n"},
    {"A: b\nC\xc3\xa4: e\n", "[A: b]", "C\xc3\xa4: e\n"},
    {"A: b\n--\n", "[A: b]", "--\n"},
    {"A: \xc3\xa4\xff\n\n", "[A: \xc3\xa4\xff]", ""},
};

START_TEST(a_header_ends_where_no_field_follows)
{
	struct message message = {0};
	struct buf fields = {0};
	struct text rest;

	(void)add_header(&message, header_cases[_i].lines, &rest);
	add_fields(&fields, &message);
	ck_assert_str_eq(buf_string(&fields), header_cases[_i].fields);
	ck_assert(text_is(rest, header_cases[_i].body));
	buf_free(&fields);
	message_free(&message);
}
END_TEST

START_TEST(the_line_that_ends_a_header_says_how)
{
	struct message message = {0};
	struct error err = {0};

	ck_assert_int_eq(message_add_line(&message, text_of("A: b"), &err),
	    MESSAGE_FIELD);
	ck_assert_int_eq(message_add_line(&message, text_of("A"), &err),
	    MESSAGE_BODY);
	ck_assert_int_eq(message_add_line(&message, text_of(""), &err),
	    MESSAGE_BLANK);
	message_free(&message);
}
END_TEST

static const struct text nul_lines[] = {
    LITERAL("A: b\0c"),
    LITERAL("A\0: b"),
    LITERAL("\0"),
    LITERAL(" b\0"),
    LITERAL("From \0"),
};

START_TEST(a_nul_in_the_header_is_refused)
{
	struct message message = {0};
	struct error err = {0};

	(void)message_add_line(&message, text_of("A: b"), &err);
	ck_assert_int_eq(message_add_line(&message, nul_lines[_i], &err),
	    MESSAGE_BAD);
	ck_assert_int_eq(err.kind, ERROR_MESSAGE);
	message_free(&message);
}
END_TEST

START_TEST(ten_thousand_fields_are_enough)
{
	struct message message = {0};
	struct error err = {0};

	for (int i = 0; i < MESSAGE_MAX_FIELDS; i++)
		ck_assert_int_eq(message_add_line(&message, text_of("A: b"),
				     &err),
		    MESSAGE_FIELD);
	ck_assert_int_eq(message_add_line(&message, text_of(" c"), &err),
	    MESSAGE_FIELD);
	ck_assert_int_eq(message_add_line(&message, text_of("A: b"), &err),
	    MESSAGE_BAD);
	ck_assert_int_eq(err.kind, ERROR_MESSAGE);
	ck_assert_uint_eq(message.field_count, MESSAGE_MAX_FIELDS);
	message_free(&message);
}
END_TEST

/* In quadratic time these 4 MiB in short lines would take far too long. */
START_TEST(a_field_may_have_very_many_lines)
{
	enum { LINES = MESSAGE_MAX_HEADER / 3 };
	struct message message = {0};
	struct error err = {0};

	(void)message_add_line(&message, text_of("To: a"), &err);
	for (int i = 0; i < LINES; i++)
		(void)message_add_line(&message, text_of(" b"), &err);
	ck_assert_uint_eq(message.field_count, 1);
	ck_assert_uint_eq(message.fields[0].length, 5 + 3 * LINES);
	ck_assert_uint_eq(message.header_length, 6 + 3 * LINES);
	ck_assert_int_eq(message.fields[0].text[5 + 3 * LINES], '\0');
	ck_assert_str_eq(message.fields[0].text + 3 * LINES - 1, "\n b\n b");
	message_free(&message);
}
END_TEST

START_TEST(fields_are_found_in_any_case_and_in_order)
{
	struct message message = {0};
	struct field *field;
	struct text rest;

	(void)add_header(&message, "to: 1\nTOO: 2\nTo : 3\nT: 4\nTO:5\n\n",
	    &rest);
	field = message_field(&message, "To", NULL);
	ck_assert(text_is(field_body(field), " 1"));
	ck_assert(text_is(field_name(field), "to"));
	field = message_field(&message, "To", field);
	ck_assert(text_is(field_body(field), " 3"));
	ck_assert(text_is(field_name(field), "To"));
	field = message_field(&message, "tO", field);
	ck_assert(text_is(field_body(field), "5"));
	ck_assert_ptr_null(message_field(&message, "To", field));
	ck_assert_ptr_null(message_field(&message, "Cc", NULL));
	ck_assert_ptr_null(message_field(&message, "", NULL));
	message_free(&message);
}
END_TEST

START_TEST(fields_can_be_added_replaced_and_removed)
{
	struct message message = {0};
	struct buf fields = {0};
	struct text rest;

	(void)add_header(&message, "A: 1\nB : 2\n x\na:3\n\n", &rest);
	message_append(&message, "C", text_of("4\n\t5"));
	message_prepend(&message, "D", text_of(""));
	message_replace(message_field(&message, "b", NULL), text_of(" 22"));
	add_fields(&fields, &message);
	ck_assert_str_eq(buf_string(&fields),
	    "[D: ][A: 1][B : 22][a:3][C: 4\n\t5]");
	ck_assert(text_is(field_body(message_field(&message, "C", NULL)),
	    " 4\n\t5"));
	message_remove(&message, "A");
	message_remove(&message, "d");
	message_remove(&message, "nothing");
	buf_clear(&fields);
	add_fields(&fields, &message);
	ck_assert_str_eq(buf_string(&fields), "[B : 22][C: 4\n\t5]");
	message_remove(&message, "b");
	message_remove(&message, "c");
	ck_assert_uint_eq(message.field_count, 0);
	buf_free(&fields);
	message_free(&message);
}
END_TEST

START_TEST(a_field_can_be_replaced_by_a_part_of_itself)
{
	struct message message = {0};
	struct field *field;
	struct text rest;

	(void)add_header(&message, "Subject: a long subject\n\n", &rest);
	field = message_field(&message, "Subject", NULL);
	message_replace(field, text_part(field_body(field), 0, 5));
	ck_assert_str_eq(field->text, "Subject: a lo");
	ck_assert(text_is(field_body(field), " a lo"));
	message_free(&message);
}
END_TEST

START_TEST(a_new_field_can_be_continued)
{
	struct message message = {0};
	struct error err = {0};

	message_append(&message, "A", text_of("1"));
	(void)message_add_line(&message, text_of(" 2"), &err);
	message_replace(&message.fields[0], text_of(" 3"));
	(void)message_add_line(&message, text_of(" 4"), &err);
	ck_assert_str_eq(message.fields[0].text, "A: 3\n 4");
	message_free(&message);
}
END_TEST

START_TEST(the_wire_length_counts_every_line_end_as_two)
{
	struct message message = {0};
	struct text rest;

	ck_assert_uint_eq(message_wire_length(&message), 2);
	(void)add_header(&message, "A: b\nC: d\n e\n\n", &rest);
	message.body.wire_length = 100;
	ck_assert_uint_eq(message_wire_length(&message), 6 + 6 + 4 + 2 + 100);
	ck_assert(!message_header_is_8bit(&message));
	message_append(&message, "D", text_of("\xc3\xa4"));
	ck_assert(message_header_is_8bit(&message));
	message_free(&message);
}
END_TEST

/* --- dotstuff and scan --------------------------------------------------- */

/* What must go out for this input, found in the slowest and plainest way. */
static void add_expected(struct buf *out, struct text in)
{
	bool is_first = true;

	for (size_t i = 0; i < in.length; i++) {
		bool is_cr = in.data[i] == '\r';

		if (is_cr && i + 1 < in.length && in.data[i + 1] == '\n')
			continue;
		if (in.data[i] == '\n') {
			buf_add_string(out, "\r\n");
			is_first = true;
			continue;
		}
		if (is_first && in.data[i] == '.')
			buf_add_byte(out, '.');
		buf_add_byte(out, is_cr ? ' ' : in.data[i]);
		is_first = false;
	}
	buf_add_string(out, is_first ? ".\r\n" : "\r\n.\r\n");
}

/* Bytes around what dotstuff may write; none of them may change. */
enum { GUARD = 0x55 };

static void stuff(struct dotstuff *state, struct text in, struct buf *out)
{
	size_t room = 2 * in.length + 1;
	char *at = buf_room(out, room + 1);
	size_t count;

	at[room] = GUARD;
	count = dotstuff_add(state, in, at);
	ck_assert_uint_le(count, room);
	ck_assert_int_eq(at[room], GUARD);
	out->length += count;
}

static void stuff_end(struct dotstuff *state, struct buf *out)
{
	char *at = buf_room(out, DOTSTUFF_END_MAX + 1);
	size_t count;

	at[DOTSTUFF_END_MAX] = GUARD;
	count = dotstuff_end(state, at);
	ck_assert_uint_le(count, DOTSTUFF_END_MAX);
	ck_assert_int_eq(at[DOTSTUFF_END_MAX], GUARD);
	out->length += count;
}

static bool is_same(const struct buf *a, const struct buf *b)
{
	return a->length == b->length &&
	    (a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
}

static void check_stuffed(struct text in, const struct buf *expected,
    size_t split)
{
	struct dotstuff state = {0};
	struct buf out = {0};

	stuff(&state, text_part(in, 0, split), &out);
	stuff(&state, text_part(in, split, in.length), &out);
	stuff_end(&state, &out);
	if (!is_same(&out, expected))
		ck_abort_msg("\"%.*s\" split at %zu", (int)in.length, in.data,
		    split);
	buf_free(&out);
}

/* RFC 5321 2.3.8: CR and LF only together; 4.1.1.4: one end of the data. */
static void check_lines(const struct buf *out)
{
	size_t ends = 0;

	for (size_t i = 0; i < out->length; i++) {
		bool is_cr = i > 0 && out->data[i - 1] == '\r';

		ck_assert_int_eq(out->data[i] == '\n', is_cr);
		if (i >= 4 && memcmp(out->data + i - 4, "\r\n.\r\n", 5) == 0)
			ends++;
	}
	ck_assert_uint_ge(out->length, 3);
	if (out->length == 3)
		ck_assert_int_eq(memcmp(out->data, ".\r\n", 3), 0);
	else
		ck_assert_uint_eq(ends, 1);
}

/* As a server reads it: each line without its first dot, up to a lone dot. */
static void unstuff(struct text in, struct buf *out)
{
	struct text line;

	while (text_split(&in, '\n', &line)) {
		line.length--;
		if (text_is(line, "."))
			break;
		if (line.length > 0 && line.data[0] == '.')
			line = text_part(line, 1, line.length);
		buf_add(out, line);
		buf_add_byte(out, '\n');
	}
	ck_assert_uint_eq(in.length, 0);
}

static void check_round_trip(struct text in, const struct buf *stuffed)
{
	struct buf lines = {0};
	struct buf expected = {0};

	for (size_t i = 0; i < in.length; i++) {
		bool is_end = i + 1 < in.length && in.data[i + 1] == '\n';

		if (in.data[i] != '\r')
			buf_add_byte(&expected, in.data[i]);
		else if (!is_end)
			buf_add_byte(&expected, ' ');
	}
	if (in.length > 0 && in.data[in.length - 1] != '\n')
		buf_add_byte(&expected, '\n');
	unstuff(buf_text(stuffed), &lines);
	ck_assert(is_same(&lines, &expected));
	buf_free(&lines);
	buf_free(&expected);
}

/* What was found in a body, by reading it from its start once more. */
static void find_facts(struct text in, bool dot_ends, struct body *facts)
{
	struct text rest = in;
	struct text line;
	size_t done = 0;

	while (text_split(&rest, '\n', &line)) {
		bool has_end = line.data + line.length < in.data + in.length;
		bool has_cr =
		    line.length > 0 && line.data[line.length - 1] == '\r';

		if (dot_ends && (text_is(line, ".") || text_is(line, ".\r")))
			break;
		done += line.length + (has_end ? 1 : 0);
		if (has_cr && has_end)
			line.length--;
		facts->has_bare_cr =
		    facts->has_bare_cr || text_find(line, '\r') < line.length;
		facts->has_nul =
		    facts->has_nul || text_find(line, '\0') < line.length;
		facts->has_8bit =
		    facts->has_8bit || address_is_international(line);
		facts->wire_length += line.length + 2;
		if (line.length > facts->longest_line)
			facts->longest_line = line.length;
	}
	facts->length = done;
}

static void check_scanned(struct text in, bool dot_ends, size_t split)
{
	struct body found = {0};
	struct body facts = {0};
	struct scan scan = {.body = &found, .dot_ends = dot_ends};

	find_facts(in, dot_ends, &facts);
	scan_add(&scan, text_part(in, 0, split));
	scan_add(&scan, text_part(in, split, in.length));
	scan_end(&scan);
	if (found.length != facts.length ||
	    found.wire_length != facts.wire_length ||
	    found.longest_line != facts.longest_line ||
	    found.has_8bit != facts.has_8bit ||
	    found.has_nul != facts.has_nul ||
	    found.has_bare_cr != facts.has_bare_cr ||
	    scan.is_over != (facts.length < in.length))
		ck_abort_msg("facts about \"%.*s\" split at %zu",
		    (int)in.length, in.data, split);
}

/* Every text of so many letters, one after the other. */
static bool next_text(const char *alphabet, size_t letters, size_t *digits,
    size_t max, struct buf *text)
{
	size_t i = 0;

	while (i < max && digits[i] == letters)
		digits[i++] = 1;
	if (i == max)
		return false;
	digits[i]++;
	buf_clear(text);
	for (i = 0; i < max && digits[i] > 0; i++)
		buf_add_byte(text, alphabet[digits[i] - 1]);
	return true;
}

START_TEST(every_short_text_goes_out_as_lines_however_it_is_split)
{
	enum { MAX = 7 };
	size_t digits[MAX] = {0};
	struct buf in = {0};
	unsigned count = 0;

	do {
		struct text text = buf_text(&in);
		struct buf expected = {0};

		add_expected(&expected, text);
		check_lines(&expected);
		check_round_trip(text, &expected);
		for (size_t i = 0; i <= in.length; i++)
			check_stuffed(text, &expected, i);
		buf_free(&expected);
		count++;
	} while (next_text("a.\r\n", 4, digits, MAX, &in));
	ck_assert_uint_eq(count, (4 * 4 * 4 * 4 * 4 * 4 * 4 * 4 - 1) / 3);
	buf_free(&in);
}
END_TEST

START_TEST(every_short_body_has_the_right_facts_however_it_is_split)
{
	enum { MAX = 5 };
	size_t digits[MAX] = {0};
	struct buf in = {0};

	do
		for (size_t i = 0; i <= in.length; i++)
			check_scanned(buf_text(&in), _i == 1, i);
	while (next_text("a.\r\n\0\x80", 6, digits, MAX, &in));
	buf_free(&in);
}
END_TEST

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* Long enough for several blocks of whatever the code works in. */
static void add_random_body(struct buf *body, unsigned *seed)
{
	static const char alphabet[] = "aaaaaaaa..\r\r\n\n\0\x80";
	unsigned letters = next_random(seed) % 2 == 0 ? 14 : 16;
	unsigned count = next_random(seed) % 1500;

	for (unsigned i = 0; i < count; i++)
		buf_add_byte(body, alphabet[next_random(seed) % letters]);
}

START_TEST(a_random_body_has_the_size_that_was_counted)
{
	unsigned seed = 1;

	for (int i = 0; i < 500; i++) {
		struct body found = {0};
		struct scan scan = {.body = &found};
		struct dotstuff state = {0};
		struct buf in = {0};
		struct buf out = {0};
		struct text rest;
		struct text line;
		size_t dots = 0;

		add_random_body(&in, &seed);
		rest = buf_text(&in);
		while (rest.length > 0) {
			size_t size = 1 + next_random(&seed) % 300;

			stuff(&state, text_part(rest, 0, size), &out);
			scan_add(&scan, text_part(rest, 0, size));
			rest = text_part(rest, size, rest.length);
		}
		scan_end(&scan);
		stuff_end(&state, &out);
		rest = buf_text(&out);
		while (text_split(&rest, '\n', &line))
			if (line.data[0] == '.')
				dots++;
		ck_assert_uint_eq(found.wire_length + dots - 1 + 3, out.length);
		check_scanned(buf_text(&in), false, in.length / 2);
		check_scanned(buf_text(&in), true, in.length / 2);
		buf_free(&in);
		buf_free(&out);
	}
}
END_TEST

/* CVE-2023-51764 and its relatives; SECURITY 1.3 */
static const struct {
	const char *in;
	const char *out;
} smuggling_cases[] = {
    {"", ".\r\n"},
    {"a", "a\r\n.\r\n"},
    {"a\n", "a\r\n.\r\n"},
    {"a\r\n", "a\r\n.\r\n"},
    {"a\r", "a \r\n.\r\n"},
    {".", "..\r\n.\r\n"},
    {".\r", ".. \r\n.\r\n"},
    {"\r", " \r\n.\r\n"},
    {"\n.\r\nQUIT", "\r\n..\r\nQUIT\r\n.\r\n"},
    {"a\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"},
    {"a\r.\r\nb", "a .\r\nb\r\n.\r\n"},
    {"a\r\n.\rb", "a\r\n.. b\r\n.\r\n"},
    {"a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
    {"a\r\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
    {"a\r.\rb", "a . b\r\n.\r\n"},
    {"a\r\r\nb", "a \r\nb\r\n.\r\n"},
    {"a\r\r\n.\r\r\nb", "a \r\n.. \r\nb\r\n.\r\n"},
    {"a\n\r.\r\nb", "a\r\n .\r\nb\r\n.\r\n"},
    {"..\n...\n", "...\r\n....\r\n.\r\n"},
};

START_TEST(nobody_can_smuggle_an_end_of_data)
{
	struct text in = text_of(smuggling_cases[_i].in);
	struct buf expected = {0};

	buf_add_string(&expected, smuggling_cases[_i].out);
	check_lines(&expected);
	for (size_t i = 0; i <= in.length; i++)
		check_stuffed(in, &expected, i);
	buf_free(&expected);
}
END_TEST

START_TEST(nothing_behind_a_lone_dot_counts)
{
	static const char in[] = "a\n.\r\n\r\x80\0 a line that is longer";
	struct body found = {0};
	struct scan scan = {.body = &found, .dot_ends = true};

	scan_add(&scan, (struct text){in, sizeof in - 1});
	scan_add(&scan, text_of("\x80\r\r"));
	scan_end(&scan);
	ck_assert(scan.is_over);
	ck_assert_uint_eq(found.length, 2);
	ck_assert_uint_eq(found.wire_length, 3);
	ck_assert_uint_eq(found.longest_line, 1);
	ck_assert(!found.has_8bit);
	ck_assert(!found.has_nul);
	ck_assert(!found.has_bare_cr);
}
END_TEST

START_TEST(one_byte_of_eight_bits_or_none_is_found_anywhere)
{
	static const char odd_bytes[] = {'\x80', '\xff', '\0', '\x7f'};
	char bytes[600];

	for (size_t i = 0; i < sizeof bytes; i++) {
		struct body found = {0};
		struct scan scan = {.body = &found};
		char odd = odd_bytes[i % sizeof odd_bytes];

		memset(bytes, 'a', sizeof bytes);
		bytes[i] = odd;
		scan_add(&scan, (struct text){bytes, sizeof bytes});
		scan_end(&scan);
		ck_assert_int_eq(found.has_8bit, byte_is_8bit(odd));
		ck_assert_int_eq(found.has_nul, odd == '\0');
	}
}
END_TEST

/* --- envelope and commands ----------------------------------------------- */

struct setting {
	const char *sender;
	const char *recipient;
	struct request request;
	unsigned extensions;
	bool has_8bit;
	const char *subject; /* of the message, or NULL */
};

static void open_setting(const struct setting *setting,
    struct envelope *envelope, struct message *message)
{
	struct strlist recipients = {0};

	strlist_add(&recipients, text_of(setting->recipient));
	envelope_set(envelope, setting->sender, &recipients);
	envelope->request = setting->request;
	message->body.has_8bit = setting->has_8bit;
	message->body.wire_length = 1000;
	if (setting->subject != NULL)
		message_append(message, "S", text_of(setting->subject));
	strlist_free(&recipients);
}

/* Every EHLO_* there is. */
enum { EVERYTHING = 0xff };

static const struct {
	struct setting setting;
	const char *mail;
	const char *rcpt;
} command_cases[] = {
    /* nothing needed or nothing offered: nothing said */
    {{"a@b", "c@d", {0}, 0, false, NULL}, "MAIL FROM:<a@b>", "RCPT TO:<c@d>"},
    {{"", "c@d", {0}, 0, false, NULL}, "MAIL FROM:<>", "RCPT TO:<c@d>"},
    {{"a@b", "c@d", {0}, EVERYTHING - EHLO_SIZE, false, NULL},
	"MAIL FROM:<a@b>", "RCPT TO:<c@d>"},
    {{"\xc3\xa4@b", "c@d",
	 {BODY_8BITMIME, RETURN_FULL, NOTIFY_DELAY, "id", false}, 0, true,
	 "\xc3\xa4"},
	"MAIL FROM:<\xc3\xa4@b>", "RCPT TO:<c@d>"},
    /* one at a time */
    {{"a@b", "c@d", {0}, EHLO_SIZE, false, NULL}, "MAIL FROM:<a@b> SIZE=1002",
	"RCPT TO:<c@d>"},
    {{"", "c@d", {0}, EHLO_SIZE, false, "1"}, "MAIL FROM:<> SIZE=1008",
	"RCPT TO:<c@d>"},
    {{"a@b", "c@d", {0}, EHLO_8BITMIME, true, NULL},
	"MAIL FROM:<a@b> BODY=8BITMIME", "RCPT TO:<c@d>"},
    {{"a@b", "c@d", {0}, EHLO_8BITMIME, false, "\xc3\xa4"},
	"MAIL FROM:<a@b> BODY=8BITMIME", "RCPT TO:<c@d>"},
    {{"a@b", "c@d", {.body = BODY_8BITMIME}, EHLO_8BITMIME, false, NULL},
	"MAIL FROM:<a@b> BODY=8BITMIME", "RCPT TO:<c@d>"},
    {{"a@b", "c@d", {.body = BODY_7BIT}, EHLO_8BITMIME, false, NULL},
	"MAIL FROM:<a@b>", "RCPT TO:<c@d>"},
    {{"\xc3\xa4@b", "c@d", {0}, EHLO_SMTPUTF8, false, NULL},
	"MAIL FROM:<\xc3\xa4@b> SMTPUTF8", "RCPT TO:<c@d>"},
    {{"a@b", "c@\xc3\xa4", {0}, EHLO_SMTPUTF8, false, NULL},
	"MAIL FROM:<a@b> SMTPUTF8", "RCPT TO:<c@\xc3\xa4>"},
    {{"a@b", "c@d", {.returns = RETURN_FULL}, EHLO_DSN, false, NULL},
	"MAIL FROM:<a@b> RET=FULL", "RCPT TO:<c@d>"},
    {{"a@b", "c@d", {.returns = RETURN_HEADERS}, EHLO_DSN, false, NULL},
	"MAIL FROM:<a@b> RET=HDRS", "RCPT TO:<c@d>"},
    {{"a@b", "c@d", {.notify = NOTIFY_NEVER}, EHLO_DSN, false, NULL},
	"MAIL FROM:<a@b>", "RCPT TO:<c@d> NOTIFY=NEVER"},
    {{"a@b", "c@d", {.notify = NOTIFY_DELAY | NOTIFY_FAILURE | NOTIFY_SUCCESS},
	 EHLO_DSN, false, NULL},
	"MAIL FROM:<a@b>", "RCPT TO:<c@d> NOTIFY=SUCCESS,FAILURE,DELAY"},
    /* xtext, RFC 3461 section 4 */
    {{"a@b", "c@d", {.envelope_id = "QQ314159"}, EHLO_DSN, false, NULL},
	"MAIL FROM:<a@b> ENVID=QQ314159", "RCPT TO:<c@d>"},
    {{"a@b", "c@d", {.envelope_id = "a+b=c d\r\n\x7f\xc3!~"}, EHLO_DSN, false,
	 NULL},
	"MAIL FROM:<a@b> ENVID=a+2Bb+3Dc+20d+0D+0A+7F+C3!~", "RCPT TO:<c@d>"},
    /* all of them */
    {{"\"a b\"@\xc3\xa4", "c@d",
	 {BODY_8BITMIME, RETURN_FULL, NOTIFY_NEVER, "id", true}, EVERYTHING,
	 true, NULL},
	"MAIL FROM:<\"a b\"@\xc3\xa4> SIZE=1002 BODY=8BITMIME SMTPUTF8 "
	"RET=FULL ENVID=id REQUIRETLS",
	"RCPT TO:<c@d> NOTIFY=NEVER"},
    {{"\"a> ORCPT=x RCPT TO:<evil\"@ex", "\"a> NOTIFY=NEVER\"@ex", {0}, 0,
	 false, NULL},
	"MAIL FROM:<\"a> ORCPT=x RCPT TO:<evil\"@ex>",
	"RCPT TO:<\"a> NOTIFY=NEVER\"@ex>"},
};

START_TEST(a_parameter_is_said_when_it_is_needed_and_offered)
{
	const struct setting *setting = &command_cases[_i].setting;
	const struct ehlo offer = {.extensions = setting->extensions};
	struct envelope envelope = {0};
	struct message message = {0};
	struct buf line = {0};
	struct error err = {0};

	open_setting(setting, &envelope, &message);
	ck_assert_int_eq(command_add_mail(&line, envelope.sender, &envelope,
			     &message, &offer, &err),
	    0);
	ck_assert_str_eq(buf_string(&line), command_cases[_i].mail);
	buf_clear(&line);
	ck_assert_int_eq(command_add_rcpt(&line, envelope.recipients[0].address,
			     &envelope.recipients[0], &envelope, &offer, &err),
	    0);
	ck_assert_str_eq(buf_string(&line), command_cases[_i].rcpt);
	buf_free(&line);
	message_free(&message);
	envelope_free(&envelope);
}
END_TEST

static const struct {
	struct recipient recipient;
	unsigned extensions;
	const char *rcpt;
} rcpt_cases[] = {
    {{.notify = NOTIFY_FAILURE}, EHLO_DSN, "RCPT TO:<c@d> NOTIFY=FAILURE"},
    {{.notify = 0}, EHLO_DSN, "RCPT TO:<c@d> NOTIFY=NEVER"},
    {{.notify = NOTIFY_FAILURE}, 0, "RCPT TO:<c@d>"},
};

START_TEST(a_recipient_may_have_wishes_of_its_own)
{
	char original[] = "rfc822;e+f@g";
	const struct envelope envelope = {.request.notify = NOTIFY_NEVER};
	const struct ehlo offer = {.extensions = rcpt_cases[_i].extensions};
	struct recipient recipient = rcpt_cases[_i].recipient;
	struct buf line = {0};
	struct buf expected = {0};
	struct error err = {0};

	ck_assert_int_eq(command_add_rcpt(&line, "c@d", &recipient, &envelope,
			     &offer, &err),
	    0);
	ck_assert_str_eq(buf_string(&line), rcpt_cases[_i].rcpt);
	recipient.original = original;
	buf_clear(&line);
	ck_assert_int_eq(command_add_rcpt(&line, "c@d", &recipient, &envelope,
			     &offer, &err),
	    0);
	buf_addf(&expected, "%s%s", rcpt_cases[_i].rcpt,
	    rcpt_cases[_i].extensions != 0 ? " ORCPT=rfc822;e+2Bf@g" : "");
	ck_assert_str_eq(buf_string(&line), buf_string(&expected));
	buf_free(&expected);
	buf_free(&line);
}
END_TEST

static const char *const injections[] = {"a@b>\r\nRCPT TO:<evil@x",
    "a@b> SIZE=1 AUTH=<x", "a@b\r\n", "a@b\n", "a@b\r", "a b@c", "root",
    "<a@b>", "a@b,c@d", "@x:a@b", "a@[x>y]", "\xff@b", "|cmd", " ",
    "\"a\r\nDATA\r\n\"@b", "\"a\"@b"};

START_TEST(what_is_no_smtp_address_never_gets_into_a_line)
{
	struct setting setting = {
	    injections[_i], injections[_i], {0}, EVERYTHING, false, NULL};
	const struct ehlo offer = {.extensions = EVERYTHING};
	struct envelope envelope = {0};
	struct message message = {0};
	struct buf line = {0};
	struct error err = {0};

	open_setting(&setting, &envelope, &message);
	ck_assert_int_eq(command_add_mail(&line, envelope.sender, &envelope,
			     &message, &offer, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_ADDRESS);
	err = (struct error){0};
	ck_assert_int_eq(command_add_rcpt(&line, envelope.recipients[0].address,
			     &envelope.recipients[0], &envelope, &offer, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_ADDRESS);
	ck_assert_uint_eq(line.length, 0);
	buf_free(&line);
	message_free(&message);
	envelope_free(&envelope);
}
END_TEST

START_TEST(the_worst_outcome_is_that_of_the_envelope)
{
	static const struct error gone = {.kind = ERROR_NETWORK};
	struct strlist recipients = {0};
	struct envelope envelope = {0};

	for (int i = 0; i < 4; i++)
		strlist_addf(&recipients, "%d@x", i);
	envelope_set(&envelope, "a@b", &recipients);
	strlist_free(&recipients);
	ck_assert_str_eq(envelope.recipients[3].address, "3@x");
	envelope.recipients[0].is_accepted = true;
	envelope.recipients[1].error.kind = ERROR_NO_USER;
	envelope_fail_rest(&envelope, &gone);
	ck_assert_int_eq(envelope.recipients[0].error.kind, ERROR_NONE);
	ck_assert_int_eq(envelope.recipients[1].error.kind, ERROR_NO_USER);
	ck_assert_int_eq(envelope.recipients[2].error.kind, ERROR_NETWORK);
	ck_assert_int_eq(envelope.recipients[3].error.kind, ERROR_NETWORK);
	ck_assert_int_eq(envelope_worst(&envelope)->kind, ERROR_NO_USER);
	envelope.recipients[1].is_accepted = true;
	ck_assert_int_eq(envelope_worst(&envelope)->kind, ERROR_NETWORK);
	envelope.recipients[2].is_accepted = true;
	envelope.recipients[3].is_accepted = true;
	ck_assert_ptr_null(envelope_worst(&envelope));
	envelope_free(&envelope);
	ck_assert_uint_eq(envelope.count, 0);
}
END_TEST

START_TEST(any_international_address_makes_the_envelope_so)
{
	static const char *const addresses[] = {"a@b", "c@d", "e@f"};

	for (int odd = -1; odd < COUNT(addresses); odd++) {
		const char *all[COUNT(addresses)];
		struct strlist recipients = {0};
		struct envelope envelope = {0};

		for (int i = 0; i < COUNT(addresses); i++)
			all[i] = i == odd ? "x@\xc3\xa4" : addresses[i];
		strlist_add(&recipients, text_of(all[1]));
		strlist_add(&recipients, text_of(all[2]));
		envelope_set(&envelope, all[0], &recipients);
		ck_assert_int_eq(envelope_is_international(&envelope),
		    odd >= 0);
		strlist_free(&recipients);
		envelope_free(&envelope);
	}
}
END_TEST

static TCase *header_tests(void)
{
	TCase *tests = tcase_create("header");

	tcase_add_loop_test(tests, a_header_ends_where_no_field_follows, 0,
	    COUNT(header_cases));
	tcase_add_test(tests, the_line_that_ends_a_header_says_how);
	tcase_add_loop_test(tests, a_nul_in_the_header_is_refused, 0,
	    COUNT(nul_lines));
	tcase_add_test(tests, ten_thousand_fields_are_enough);
	tcase_add_test(tests, a_field_may_have_very_many_lines);
	tcase_add_test(tests, fields_are_found_in_any_case_and_in_order);
	tcase_add_test(tests, fields_can_be_added_replaced_and_removed);
	tcase_add_test(tests, a_field_can_be_replaced_by_a_part_of_itself);
	tcase_add_test(tests, a_new_field_can_be_continued);
	tcase_add_test(tests, the_wire_length_counts_every_line_end_as_two);
	return tests;
}

static TCase *body_tests(void)
{
	TCase *tests = tcase_create("body");

	tcase_add_test(tests,
	    every_short_text_goes_out_as_lines_however_it_is_split);
	tcase_add_loop_test(tests,
	    every_short_body_has_the_right_facts_however_it_is_split, 0, 2);
	tcase_add_test(tests, a_random_body_has_the_size_that_was_counted);
	tcase_add_loop_test(tests, nobody_can_smuggle_an_end_of_data, 0,
	    COUNT(smuggling_cases));
	tcase_add_test(tests, nothing_behind_a_lone_dot_counts);
	tcase_add_test(tests, one_byte_of_eight_bits_or_none_is_found_anywhere);
	return tests;
}

static TCase *command_tests(void)
{
	TCase *tests = tcase_create("command");

	tcase_add_loop_test(tests,
	    a_parameter_is_said_when_it_is_needed_and_offered, 0,
	    COUNT(command_cases));
	tcase_add_loop_test(tests, a_recipient_may_have_wishes_of_its_own, 0,
	    COUNT(rcpt_cases));
	tcase_add_loop_test(tests,
	    what_is_no_smtp_address_never_gets_into_a_line, 0,
	    COUNT(injections));
	tcase_add_test(tests, the_worst_outcome_is_that_of_the_envelope);
	tcase_add_test(tests, any_international_address_makes_the_envelope_so);
	return tests;
}

Suite *suite_message(void)
{
	Suite *suite = suite_create("message");

	suite_add_tcase(suite, header_tests());
	suite_add_tcase(suite, body_tests());
	suite_add_tcase(suite, command_tests());
	return suite;
}
