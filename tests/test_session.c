#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ehlo.h"
#include "reply.h"
#include "suites.h"
#include "utf8.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define LITERAL(bytes)                                                         \
	{                                                                      \
		bytes, sizeof(bytes) - 1                                       \
	}

/* --- reply --------------------------------------------------------------- */

/* The state after the last line; lines are separated by "\n". */
static enum reply_state add_reply(struct reply *reply, const char *lines)
{
	enum reply_state state = REPLY_MORE;
	struct text rest = text_of(lines);
	struct text line;

	while (text_split(&rest, '\n', &line)) {
		ck_assert_int_eq(state, REPLY_MORE);
		state = reply_add(reply, line);
	}
	return state;
}

static const struct {
	const char *lines;
	int code;
	const char *status;
	const char *text;
} reply_cases[] = {
    {"250 ok", 250, "2.0.0", "ok"},
    /* RFC 5321 4.2: no text at all must be acceptable */
    {"250", 250, "2.0.0", ""},
    {"250 ", 250, "2.0.0", ""},
    {"250-\n250", 250, "2.0.0", "\n"},
    {"250-a\n250 b", 250, "2.0.0", "a\nb"},
    {"250-a\n250-\n250-c\n250 d", 250, "2.0.0", "a\n\nc\nd"},
    {"250  two blanks ", 250, "2.0.0", " two blanks "},
    {"250 -", 250, "2.0.0", "-"},
    {"250--", 0, "", ""},
    {"200 x", 200, "2.0.0", "x"},
    {"259 x", 259, "2.0.0", "x"},
    {"220 a\tb", 220, "2.0.0", "a\tb"},
    {"220 \xc3\xa4\xff", 220, "2.0.0", "\xc3\xa4\xff"},
    {"354 go ahead", 354, "3.0.0", "go ahead"},
    {"334 VXNlcm5hbWU6", 334, "3.0.0", "VXNlcm5hbWU6"},
    {"334 ", 334, "3.0.0", ""},
    {"421 bye", 421, "4.0.0", "bye"},
    {"559 x", 559, "5.0.0", "x"},
    /* RFC 2034 */
    {"250 2.1.5 ok", 250, "2.1.5", "ok"},
    {"250 2.1.5", 250, "2.1.5", ""},
    {"550 5.1.1 no such user", 550, "5.1.1", "no such user"},
    {"550 5.123.456 x", 550, "5.123.456", "x"},
    {"550-5.1.1 a\n550 5.1.1 b", 550, "5.1.1", "a\nb"},
    {"550-5.7.1 blocked\n550 see http://x", 550, "5.7.1",
	"blocked\nsee http://x"},
    {"550-first\n550 5.7.1 last", 550, "5.7.1", "first\nlast"},
    {"451 4.7.0  two blanks", 451, "4.7.0", " two blanks"},
    /* the class of a status must be that of its code */
    {"550 2.1.5 ok", 550, "5.0.0", "ok"},
    {"450 5.1.1 x", 450, "4.0.0", "x"},
    {"250 4.0.0 x", 250, "2.0.0", "x"},
    {"354 2.0.0 x", 354, "3.0.0", "x"},
    {"550-5.7.1 a\n550 2.0.0 b", 550, "5.7.1", "a\nb"},
    /* what is no status is text */
    {"550 5.1 x", 550, "5.0.0", "5.1 x"},
    {"550 5.1.1x", 550, "5.0.0", "5.1.1x"},
    {"550 5.1.1.1 x", 550, "5.0.0", "5.1.1.1 x"},
    {"550 5.1234.1 x", 550, "5.0.0", "5.1234.1 x"},
    {"550 5.1.1234 x", 550, "5.0.0", "5.1.1234 x"},
    {"550 5..1 x", 550, "5.0.0", "5..1 x"},
    {"550 5.1. x", 550, "5.0.0", "5.1. x"},
    {"550 55.1.1 x", 550, "5.0.0", "55.1.1 x"},
    {"550 3.1.1 x", 550, "5.0.0", "3.1.1 x"},
    {"550 6.1.1 x", 550, "5.0.0", "6.1.1 x"},
    {"550  5.1.1 x", 550, "5.0.0", " 5.1.1 x"},
    {"220 1.2.3.4 ESMTP", 220, "2.0.0", "1.2.3.4 ESMTP"},
};

START_TEST(a_reply_is_read_to_its_last_line)
{
	struct reply reply = {0};
	enum reply_state state = add_reply(&reply, reply_cases[_i].lines);

	if (reply_cases[_i].code == 0) {
		ck_assert_int_eq(state, REPLY_MORE);
	} else {
		ck_assert_int_eq(state, REPLY_DONE);
		ck_assert_int_eq(reply.code, reply_cases[_i].code);
		ck_assert_str_eq(reply.status, reply_cases[_i].status);
		ck_assert_str_eq(buf_string(&reply.text), reply_cases[_i].text);
	}
	reply_free(&reply);
}
END_TEST

/* SECURITY 1.6 */
static const struct text bad_lines[] = {
    LITERAL(""),
    LITERAL(" "),
    LITERAL("2"),
    LITERAL("25"),
    LITERAL("25 "),
    LITERAL("2500"),
    LITERAL("2500 ok"),
    LITERAL("+250"),
    LITERAL("+250 ok"),
    LITERAL("-250 ok"),
    LITERAL(" 250"),
    LITERAL(" 250 ok"),
    LITERAL("250queued"),
    LITERAL("250\tok"),
    LITERAL("250_ok"),
    LITERAL("250.ok"),
    LITERAL("250,ok"),
    LITERAL("2.0 ok"),
    LITERAL("0x2 ok"),
    LITERAL("2e1 ok"),
    LITERAL("000"),
    LITERAL("000 ok"),
    LITERAL("100 ok"),
    LITERAL("199 ok"),
    LITERAL("260 ok"),
    LITERAL("290 ok"),
    LITERAL("560 x"),
    LITERAL("600 x"),
    LITERAL("999"),
    LITERAL("999 x"),
    LITERAL("ok"),
    LITERAL("HTTP/1.1 200 OK"),
    LITERAL("\xb2\x35\x30 ok"),
    LITERAL("\xef\xbc\x92 50"),
    LITERAL("250\0ok"),
    LITERAL("250 o\0k"),
    LITERAL("250 ok\r"),
    LITERAL("250 ok\r\n"),
    LITERAL("250 o\rk"),
    LITERAL("250 o\nk"),
    LITERAL("250 \x1b[2J"),
    LITERAL("250 \x07"),
    LITERAL("250 \x7f"),
    LITERAL("2\0000 x"),
};

START_TEST(what_is_no_reply_line_is_not_taken)
{
	struct reply reply = {0};

	ck_assert_int_eq(reply_add(&reply, bad_lines[_i]), REPLY_BAD);
	ck_assert_int_eq(reply.code, 0);
	ck_assert_uint_eq(reply.text.length, 0);
	reply_clear(&reply);
	ck_assert_int_eq(reply_add(&reply, text_of("250-a")), REPLY_MORE);
	ck_assert_int_eq(reply_add(&reply, bad_lines[_i]), REPLY_BAD);
	ck_assert_int_eq(reply.code, 250);
	ck_assert_str_eq(buf_string(&reply.text), "a");
	reply_free(&reply);
}
END_TEST

static const char *const other_codes[] = {
    "251 b", "251-b", "550 b", "550-b", "450 b", "350 b", "520 b", "200 b"};

START_TEST(all_lines_have_the_same_code)
{
	struct reply reply = {0};

	ck_assert_int_eq(reply_add(&reply, text_of("250-a")), REPLY_MORE);
	ck_assert_int_eq(reply_add(&reply, text_of(other_codes[_i])),
	    REPLY_BAD);
	ck_assert_int_eq(reply.code, 250);
	reply_free(&reply);
}
END_TEST

START_TEST(a_reply_has_at_most_five_hundred_lines)
{
	struct reply reply = {0};

	for (int i = 1; i < REPLY_MAX_LINES; i++)
		ck_assert_int_eq(reply_add(&reply, text_of("250-x")),
		    REPLY_MORE);
	ck_assert_int_eq(reply_add(&reply, text_of("250 x")), REPLY_DONE);
	reply_clear(&reply);
	for (int i = 0; i < REPLY_MAX_LINES; i++)
		ck_assert_int_eq(reply_add(&reply, text_of("250-x")),
		    REPLY_MORE);
	ck_assert_int_eq(reply_add(&reply, text_of("250 x")), REPLY_BAD);
	ck_assert_uint_eq(reply.lines, REPLY_MAX_LINES);
	reply_free(&reply);
}
END_TEST

START_TEST(a_reply_has_at_most_so_many_bytes)
{
	struct reply reply = {0};
	struct buf line = {0};

	buf_add_string(&line, "250-");
	while (line.length < REPLY_MAX_BYTES)
		buf_add_byte(&line, 'x');
	ck_assert_int_eq(reply_add(&reply, buf_text(&line)), REPLY_MORE);
	ck_assert_int_eq(reply_add(&reply, text_of("250")), REPLY_BAD);
	reply_clear(&reply);
	buf_add_byte(&line, 'x');
	ck_assert_int_eq(reply_add(&reply, buf_text(&line)), REPLY_BAD);
	ck_assert_int_eq(reply.code, 0);
	reply_clear(&reply);
	line.length = REPLY_MAX_BYTES / 4;
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(reply_add(&reply, buf_text(&line)),
		    REPLY_MORE);
	ck_assert_int_eq(reply_add(&reply, text_of("250")), REPLY_BAD);
	buf_free(&line);
	reply_free(&reply);
}
END_TEST

START_TEST(nothing_is_left_of_a_cleared_reply)
{
	struct reply reply = {0};

	ck_assert_int_eq(add_reply(&reply, "550-5.1.1 a\n550 5.1.1 b"),
	    REPLY_DONE);
	reply_clear(&reply);
	ck_assert_int_eq(reply.code, 0);
	ck_assert_str_eq(buf_string(&reply.text), "");
	ck_assert_int_eq(add_reply(&reply, "250 ok"), REPLY_DONE);
	ck_assert_str_eq(reply.status, "2.0.0");
	ck_assert_str_eq(buf_string(&reply.text), "ok");
	ck_assert_uint_eq(reply.lines, 1);
	reply_free(&reply);
}
END_TEST

START_TEST(a_code_is_of_one_kind)
{
	for (int code = 0; code < 600; code += 50) {
		const struct reply reply = {.code = code};

		ck_assert_int_eq(reply_is_positive(&reply), code / 100 == 2);
		ck_assert_int_eq(reply_is_intermediate(&reply),
		    code / 100 == 3);
		ck_assert_int_eq(reply_is_temporary(&reply), code / 100 == 4);
		ck_assert_int_eq(reply_is_permanent(&reply), code / 100 == 5);
	}
}
END_TEST

static const struct {
	const char *lines;
	enum error_kind kind;
	const char *status;
	const char *sentence;
} refusal_cases[] = {
    {"550 5.1.1 No such user", ERROR_NO_USER, "5.1.1",
	"mx refused a@b: 550 5.1.1 No such user"},
    {"450 4.2.1 Later", ERROR_DEFERRED, "4.2.1",
	"mx put off a@b: 450 4.2.1 Later"},
    {"421 Bye", ERROR_DEFERRED, "4.0.0", "mx put off a@b: 421 4.0.0 Bye"},
    {"250 2.0.0 Ok", ERROR_NO_USER, "2.0.0", "mx refused a@b: 250 2.0.0 Ok"},
    {"550-5.7.1 Blocked\n550 5.7.1 for ever", ERROR_NO_USER, "5.7.1",
	"mx refused a@b: 550 5.7.1 Blocked for ever"},
    {"550 \xff\xc2\x9b%s%n", ERROR_NO_USER, "5.0.0",
	"mx refused a@b: 550 5.0.0 \\xFF\\xC2\\x9B%s%n"},
    {"550 \tx", ERROR_NO_USER, "5.0.0", "mx refused a@b: 550 5.0.0 \\x09x"},
    {"550", ERROR_NO_USER, "5.0.0", "mx refused a@b: 550 5.0.0"},
};

START_TEST(a_refusal_is_told_in_one_line)
{
	struct reply reply = {0};
	struct error err = {0};

	ck_assert_int_eq(add_reply(&reply, refusal_cases[_i].lines),
	    REPLY_DONE);
	ck_assert_int_eq(reply_refusal(&reply, ERROR_NO_USER, "mx", "a@b",
			     &err),
	    -1);
	ck_assert_int_eq(err.kind, refusal_cases[_i].kind);
	ck_assert_int_eq(err.reply, reply.code);
	ck_assert_str_eq(err.status, refusal_cases[_i].status);
	ck_assert_str_eq(err.text, refusal_cases[_i].sentence);
	reply_free(&reply);
}
END_TEST

START_TEST(a_long_refusal_is_cut_between_characters)
{
	for (int before = 0; before < 4; before++) {
		struct reply reply = {0};
		struct error err = {0};
		struct buf line = {0};

		buf_addf(&line, "550 %.*s", before, "xxxx");
		while (line.length < 2000)
			buf_add_string(&line, "\xe2\x82\xac");
		ck_assert_int_eq(reply_add(&reply, buf_text(&line)),
		    REPLY_DONE);
		(void)reply_refusal(&reply, ERROR_REFUSED, "mx", "it", &err);
		ck_assert(utf8_is_valid(text_of(err.text)));
		ck_assert_ptr_null(strstr(err.text, "\\x"));
		ck_assert_ptr_nonnull(strstr(err.text, "\xe2\x82\xac"));
		buf_free(&line);
		reply_free(&reply);
	}
}
END_TEST

/* --- ehlo ---------------------------------------------------------------- */

enum {
	PLAIN = 1 << SASL_PLAIN,
	LOGIN = 1 << SASL_LOGIN,
	CRAM_MD5 = 1 << SASL_CRAM_MD5,
	XOAUTH2 = 1 << SASL_XOAUTH2,
	SCRAM_SHA_1 = 1 << SASL_SCRAM_SHA_1,
	SCRAM_SHA_256 = 1 << SASL_SCRAM_SHA_256,
	SCRAM_SHA_256_PLUS = 1 << SASL_SCRAM_SHA_256_PLUS,
	DIGEST_MD5 = 1 << SASL_DIGEST_MD5,
	EXTERNAL = 1 << SASL_EXTERNAL
};

static const struct {
	const char *lines;
	unsigned extensions;
	uint64_t max_size;
	unsigned mechanisms;
	const char *names;
} ehlo_cases[] = {
    {"250 mx", 0, 0, 0, ""},
    {"250", 0, 0, 0, ""},
    /* the first line is a greeting, whatever it says */
    {"250 PIPELINING", 0, 0, 0, ""},
    {"250-SIZE 1\n250 DSN", EHLO_DSN, 0, 0, ""},
    {"250-\n250 DSN", EHLO_DSN, 0, 0, ""},
    {"250-mx\n250-8BITMIME\n250-AUTH PLAIN\n250-DSN\n250-PIPELINING\n"
     "250-REQUIRETLS\n250-SIZE 7\n250-SMTPUTF8\n250 STARTTLS",
	0xff, 7, PLAIN, "PLAIN"},
    {"250-mx\n250-8bitmime\n250-Starttls\n250 pipelining",
	EHLO_8BITMIME | EHLO_STARTTLS | EHLO_PIPELINING, 0, 0, ""},
    /* unknown or only similar keywords are passed over */
    {"250-mx\n250-X-DSN\n250-DSNX\n250-HELP\n250-\n250 STARTTLS ",
	EHLO_STARTTLS, 0, 0, ""},
    {"250-mx\n250-DSN=1\n250-8BITMIME2\n250 XDSN DSN", 0, 0, 0, ""},
    {"250-mx\n250- DSN\n250 DSN x y", EHLO_DSN, 0, 0, ""},
    /* RFC 1870 */
    {"250-mx\n250 SIZE", EHLO_SIZE, 0, 0, ""},
    {"250-mx\n250 SIZE 0", EHLO_SIZE, 0, 0, ""},
    {"250-mx\n250 SIZE 35882577", EHLO_SIZE, 35882577, 0, ""},
    {"250-mx\n250 SIZE 18446744073709551615", EHLO_SIZE, UINT64_MAX, 0, ""},
    {"250-mx\n250 SIZE 18446744073709551616", EHLO_SIZE, 0, 0, ""},
    {"250-mx\n250 SIZE -1", EHLO_SIZE, 0, 0, ""},
    {"250-mx\n250 SIZE 1k", EHLO_SIZE, 0, 0, ""},
    {"250-mx\n250 SIZE=1000", 0, 0, 0, ""},
    /* AUTH */
    {"250-mx\n250 AUTH", EHLO_AUTH, 0, 0, ""},
    {"250-mx\n250 AUTH login Plain", EHLO_AUTH, 0, LOGIN | PLAIN,
	"login Plain"},
    {"250-mx\n250 AUTH GSSAPI  CRAM-MD5\tXOAUTH2 X", EHLO_AUTH, 0,
	CRAM_MD5 | XOAUTH2, "GSSAPI CRAM-MD5 XOAUTH2 X"},
    {"250-mx\n250 AUTH=LOGIN PLAIN", EHLO_AUTH, 0, LOGIN | PLAIN,
	"LOGIN PLAIN"},
    {"250-mx\n250 AUTH SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS "
     "DIGEST-MD5 EXTERNAL SCRAM-SHA-2",
	EHLO_AUTH, 0,
	SCRAM_SHA_1 | SCRAM_SHA_256 | SCRAM_SHA_256_PLUS | DIGEST_MD5 |
	    EXTERNAL,
	"SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS DIGEST-MD5 EXTERNAL "
	"SCRAM-SHA-2"},
    {"250-mx\n250 AUTH PLAINX XPLAIN PLAI", EHLO_AUTH, 0, 0,
	"PLAINX XPLAIN PLAI"},
};

START_TEST(what_the_server_offers_is_read)
{
	struct reply reply = {0};
	struct ehlo ehlo = {0};

	ck_assert_int_eq(add_reply(&reply, ehlo_cases[_i].lines), REPLY_DONE);
	ehlo_read(&ehlo, &reply, 0);
	ck_assert_uint_eq(ehlo.extensions, ehlo_cases[_i].extensions);
	ck_assert_uint_eq(ehlo.max_size, ehlo_cases[_i].max_size);
	ck_assert_uint_eq(ehlo.mechanisms, ehlo_cases[_i].mechanisms);
	ck_assert_str_eq(buf_string(&ehlo.names), ehlo_cases[_i].names);
	reply_free(&reply);
	ehlo_free(&ehlo);
}
END_TEST

/* RFC 3207 4.2: what was said in the clear is forgotten. */
START_TEST(a_second_offer_replaces_the_first)
{
	struct reply reply = {0};
	struct ehlo ehlo = {0};

	(void)add_reply(&reply, "250-mx\n250-AUTH PLAIN\n250-SIZE 5\n250 DSN");
	ehlo_read(&ehlo, &reply, 0);
	ck_assert(ehlo_offers(&ehlo, EHLO_DSN));
	reply_clear(&reply);
	(void)add_reply(&reply, "250-mx\n250 PIPELINING");
	ehlo_read(&ehlo, &reply, 0);
	ck_assert_uint_eq(ehlo.extensions, EHLO_PIPELINING);
	ck_assert(!ehlo_offers(&ehlo, EHLO_DSN));
	ck_assert_uint_eq(ehlo.max_size, 0);
	ck_assert_uint_eq(ehlo.mechanisms, 0);
	ck_assert_uint_eq(ehlo.names.length, 0);
	reply_free(&reply);
	ehlo_free(&ehlo);
}
END_TEST

static TCase *reply_tests(void)
{
	TCase *tests = tcase_create("reply");

	tcase_add_loop_test(tests, a_reply_is_read_to_its_last_line, 0,
	    COUNT(reply_cases));
	tcase_add_loop_test(tests, what_is_no_reply_line_is_not_taken, 0,
	    COUNT(bad_lines));
	tcase_add_loop_test(tests, all_lines_have_the_same_code, 0,
	    COUNT(other_codes));
	tcase_add_test(tests, a_reply_has_at_most_five_hundred_lines);
	tcase_add_test(tests, a_reply_has_at_most_so_many_bytes);
	tcase_add_test(tests, nothing_is_left_of_a_cleared_reply);
	tcase_add_test(tests, a_code_is_of_one_kind);
	tcase_add_loop_test(tests, a_refusal_is_told_in_one_line, 0,
	    COUNT(refusal_cases));
	tcase_add_test(tests, a_long_refusal_is_cut_between_characters);
	return tests;
}

static TCase *ehlo_tests(void)
{
	TCase *tests = tcase_create("ehlo");

	tcase_add_loop_test(tests, what_the_server_offers_is_read, 0,
	    COUNT(ehlo_cases));
	tcase_add_test(tests, a_second_offer_replaces_the_first);
	return tests;
}

Suite *suite_session(void)
{
	Suite *suite = suite_create("session");

	suite_add_tcase(suite, reply_tests());
	suite_add_tcase(suite, ehlo_tests());
	return suite;
}
