#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "base64.h"
#include "mailbox.h"
#include "phrase.h"
#include "strlist.h"
#include "suites.h"
#include "utf8.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define LITERAL(bytes)                                                         \
	{                                                                      \
		bytes, sizeof(bytes) - 1                                       \
	}

/*
 * The time a test may take is its measure of linear time: with quadratic time
 * these would need days.
 */
enum { HUGE = 1024 * 1024 };

static const char domain[] = "d.example";

/* --- one address --------------------------------------------------------- */

/* A spec as it may be written, and the same as SMTP has it. */
static const struct {
	const char *spec;
	const char *written;
} written_cases[] = {
    {"a@b", "a@b"},
    {"jdoe@machine.example", "jdoe@machine.example"},
    {"root", "root@d.example"},
    {"first.last+tag", "first.last+tag@d.example"},
    {"!#$%&'*+-/=?^_`{|}~@x.example", "!#$%&'*+-/=?^_`{|}~@x.example"},
    {"-f@x.example", "-f@x.example"},
    {"|cmd@x.example", "|cmd@x.example"},
    {"/dir/file@x.example", "/dir/file@x.example"},
    {"a@under_score.example", "a@under_score.example"},
    {"A@B.Example", "A@B.Example"},
    /* white space and comments, RFC 5322 3.2.2 and 4.4 */
    {" a @ b ", "a@b"},
    {"a\r\n\t@\r\n b\r\n", "a@b"},
    {"(x)a(y)@(z)b(w)", "a@b"},
    {"a(\\))@b", "a@b"},
    {"a(b(c)d(e(f)))@g", "a@g"},
    {"a(\")@b", "a@b"},
    {"pete(his account)@silly.test(his host)", "pete@silly.test"},
    {"first . last @ example . com", "first.last@example.com"},
    {"first(1).(2)last@a(3).(4)b", "first.last@a.b"},
    /* quoted strings */
    {"\"a\"@b", "a@b"},
    {"\"a b\"@c", "\"a b\"@c"},
    {"\"a@b\"@c", "\"a@b\"@c"},
    {"\"a\\b\"@c", "ab@c"},
    {"\"a\\\"b\"@c", "\"a\\\"b\"@c"},
    {"\"a\\\\\"@c", "\"a\\\\\"@c"},
    {"\"a\".\"b\"@c", "a.b@c"},
    {"\"a \".b@c", "\"a .b\"@c"},
    {"\"a\r\n b\"@c", "\"a b\"@c"},
    {"\"a,b;c:d\"@e", "\"a,b;c:d\"@e"},
    {"\"a(b)\"@c", "\"a(b)\"@c"},
    {"\"root\"", "root@d.example"},
    {"\"a>b\"@c", "\"a>b\"@c"},
    /* one legal address, however it looks */
    {"\"a> ORCPT=x RCPT TO:<evil\"@ex", "\"a> ORCPT=x RCPT TO:<evil\"@ex"},
    {"\"a\\> RCPT TO:<b\"@ex", "\"a> RCPT TO:<b\"@ex"},
    /* dots where none may be, yet such mailboxes exist */
    {"a..b@c", "\"a..b\"@c"},
    {"a.@c", "\"a.\"@c"},
    {".a@c", "\".a\"@c"},
    {"\".\"@c", "\".\"@c"},
    /* domains */
    {"a@b.example.", "a@b.example"},
    {"a@[192.0.2.1]", "a@[192.0.2.1]"},
    {"a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]"},
    {"a@ [127.0.0.1] ", "a@[127.0.0.1]"},
    {"a@-b-", "a@-b-"},
    /* source routes, RFC 5321 appendix F.2 */
    {"@x,@y:a@b", "a@b"},
    {" @x.example , @y : a @ b ", "a@b"},
    {"@x:root", "root@d.example"},
    {"@x(:),@[1:2]:a@b", "a@b"},
    /* RFC 6532 */
    {"j\xc3\xbcrgen@m\xc3\xbcnchen.example",
	"j\xc3\xbcrgen@m\xc3\xbcnchen.example"},
    {"\"j\xc3\xbc n\"@x", "\"j\xc3\xbc n\"@x"},
    {"\xe7\x94\xa8\xe6\x88\xb7", "\xe7\x94\xa8\xe6\x88\xb7@d.example"},
    /* an encoded word is nothing but an atom here */
    {"=?x?q?a=40b?=@c", "=?x?q?a=40b?=@c"},
};

START_TEST(an_address_is_written_as_smtp_wants_it)
{
	struct buf address = {0};
	struct error err = {0};

	ck_assert_int_eq(address_write(&address,
			     text_of(written_cases[_i].spec), domain, &err),
	    0);
	ck_assert_str_eq(buf_string(&address), written_cases[_i].written);
	ck_assert_int_eq(address_check(buf_text(&address), &err), 0);
	buf_free(&address);
}
END_TEST

static const struct text refused_cases[] = {
    LITERAL(""),
    LITERAL(" "),
    LITERAL("()"),
    LITERAL("@"),
    LITERAL("a@"),
    LITERAL("@b"),
    LITERAL("@b:"),
    LITERAL("@b:@c"),
    LITERAL("\"\"@b"),
    LITERAL("a b@c"),
    LITERAL("a \"b\"@c"),
    LITERAL("a\"b\"@c"),
    LITERAL("a@b c"),
    LITERAL("a@b c@d"),
    LITERAL("a@b@c"),
    LITERAL("a@@b"),
    LITERAL("a@b,c@d"),
    LITERAL("a,b"),
    LITERAL("a;b@c"),
    LITERAL("a:b@c"),
    LITERAL("a@b:25"),
    LITERAL("a@b/c"),
    LITERAL("a@b;c"),
    LITERAL("<a@b>"),
    LITERAL("<a@b> <c@d>"),
    LITERAL("a@<b>"),
    LITERAL("a@b>"),
    LITERAL("a>b@c"),
    LITERAL("a\\b@c"),
    LITERAL("a\\@b@c"),
    LITERAL("\"a@b"),
    LITERAL("\"a\\\"@b"),
    LITERAL("\""),
    LITERAL("a@\"b\""),
    LITERAL("a@b\"c\""),
    LITERAL("a(b@c"),
    LITERAL("a@b (c"),
    LITERAL("a@b (c (d)"),
    LITERAL("a@b (c\\)"),
    LITERAL("a)@b"),
    LITERAL("a@b)"),
    LITERAL("a]@b"),
    LITERAL("[a]@b"),
    /* domains */
    LITERAL("a@."),
    LITERAL("a@.b"),
    LITERAL("a@b..c"),
    LITERAL("a@b.."),
    LITERAL("a@b . . c"),
    LITERAL("a@b!c"),
    LITERAL("a@b=c"),
    LITERAL("a@b'c"),
    LITERAL("a@b|c"),
    LITERAL("a@[]"),
    LITERAL("a@[b"),
    LITERAL("a@b]"),
    LITERAL("a@[b]c"),
    LITERAL("a@[b].c"),
    LITERAL("a@c[b]"),
    LITERAL("a@c.[b]"),
    LITERAL("a@[b][c]"),
    LITERAL("a@[b c]"),
    LITERAL("a@[b\\]c]"),
    LITERAL("a@[[b]"),
    LITERAL("a@[x> SIZE=1 <y]"),
    LITERAL("a@[x>y]"),
    LITERAL("a@[x<y]"),
    LITERAL("a@[\x7f]"),
    LITERAL("a@[1.2\r\n.3.4]"),
    LITERAL("a@[\xc3\xa4]"),
    /* control bytes: CR and LF are white space, never more than that */
    LITERAL("a@b>\r\nRCPT TO:<evil@x"),
    LITERAL("a@b\r\nRCPT TO:<evil@x>"),
    LITERAL("a@b\r\nDATA"),
    LITERAL("a@b\nc"),
    LITERAL("a@b\rc"),
    LITERAL("a\nb@c"),
    LITERAL("a\rb@c"),
    LITERAL("a@b\0"),
    LITERAL("a\0b@c"),
    LITERAL("\0"),
    LITERAL("\"a\0b\"@c"),
    LITERAL("\"a\\\0b\"@c"),
    LITERAL("\"a\tb\"@c"),
    LITERAL("\"a\x7f\"@c"),
    LITERAL("a\x1b@c"),
    LITERAL("a@c\x1b"),
    LITERAL("a\x7f@c"),
    LITERAL("a\x01"),
    /* not UTF-8 */
    LITERAL("j\xfcrgen@x"),
    LITERAL("a@m\xfcnchen"),
    LITERAL("\"\xc3\"@x"),
    LITERAL("a\xc0\xafz@x"),
    LITERAL("a\xed\xa0\x80@x"),
    LITERAL("a@x (\xff)"),
    /* no commands, no files */
    LITERAL("|cmd"),
    LITERAL("|/bin/sh -c id"),
    LITERAL("\"|cmd\""),
    LITERAL("\"|/bin/sh -c id\""),
    LITERAL("/file"),
    LITERAL("/etc/passwd"),
    LITERAL("\"/a file\""),
    LITERAL(" (x) |cmd"),
    LITERAL("@route:|cmd"),
    LITERAL("a@b> SIZE=1 AUTH=<x"),
};

START_TEST(an_address_without_an_smtp_form_is_refused)
{
	struct buf address = {0};
	struct error err = {0};

	ck_assert_int_eq(address_write(&address, refused_cases[_i], domain,
			     &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_ADDRESS);
	ck_assert_uint_eq(address.length, 0);
	ck_assert(utf8_is_valid(text_of(err.text)));
	for (const char *at = err.text; *at != '\0'; at++)
		ck_assert(!byte_is_control(*at));
	buf_free(&address);
}
END_TEST

static const struct {
	const char *spec;
	const char *words;
} reason_cases[] = {
    {"|cmd", "commands are not run"},
    {"\"|cmd x\"", "commands are not run"},
    {"/var/mail/x", "files are not written"},
    {"a b", "blanks must be quoted"},
    {"a@b c@d", "something stands behind the domain"},
    {"a@b> SIZE=1", "something stands behind the domain"},
    {"a@b..c", "the domain's dots are out of place"},
    {"\"a", "a quote is not closed"},
    {"a@[1", "a bracket is not closed"},
    {"a@b (c", "a comment is not closed"},
    {"a(b@c", "a comment is not closed"},
    {"\xff@b", "\\xFF@b is no usable mail address: it is not in UTF-8"},
    {"", "\"\" is no usable mail address: there is nothing before"},
    {"a@", "nothing behind the \"@\""},
};

START_TEST(a_refusal_names_the_address_and_the_reason)
{
	struct buf address = {0};
	struct error err = {0};

	ck_assert_int_eq(address_write(&address, text_of(reason_cases[_i].spec),
			     domain, &err),
	    -1);
	ck_assert_msg(strstr(err.text, reason_cases[_i].words) != NULL,
	    "\"%s\" is not in \"%s\"", reason_cases[_i].words, err.text);
	buf_free(&address);
}
END_TEST

/* Lengths of local part and domain at and behind the limits of RFC 5321. */
static const struct {
	size_t local;
	size_t domain;
	int result;
} length_cases[] = {
    {64, 63, 0},
    {65, 63, -1},
    {64, 189, 0},
    {64, 190, -1},
    {1, 252, 0},
    {1, 253, -1},
    {1, 256, -1},
    {100000, 1, -1},
    {1, 100000, -1},
    {1, 1016, -1},
    {1, 1017, -1},
};

START_TEST(an_address_has_the_length_that_smtp_allows)
{
	struct buf spec = {0};
	struct buf address = {0};
	struct error err = {0};

	for (size_t i = 0; i < length_cases[_i].local; i++)
		buf_add_byte(&spec, 'a');
	buf_add_byte(&spec, '@');
	for (size_t i = 0; i < length_cases[_i].domain; i++)
		buf_add_byte(&spec, i % 64 == 63 ? '.' : 'b');
	ck_assert_int_eq(address_write(&address, buf_text(&spec), domain, &err),
	    length_cases[_i].result);
	if (length_cases[_i].result == 0)
		ck_assert_uint_eq(address.length, spec.length);
	buf_free(&spec);
	buf_free(&address);
}
END_TEST

/* Words between which blanks, brackets, controls and parameters may hide. */
static const char *const shards[] = {"a", "b", ".", "@", "\"", "\\", "(", ")",
    "<", ">", ",", ";", ":", "[", "]", " ", "\r\n", "\t", "\n", "\r", "\x7f",
    "\x01", "\xc3\xa4", "\xff", "|", "/", "SIZE=1", "RCPT TO:<x@y>", "x@y",
    "\"a b\"@c", "=", "a@[1.2.3.4]"};

static void add_random(struct buf *buf, unsigned *seed)
{
	unsigned count = 1 + (*seed >> 20) % 8;

	buf_clear(buf);
	for (unsigned i = 0; i < count; i++) {
		*seed = *seed * 1664525 + 1013904223;
		buf_add_string(buf, shards[(*seed >> 16) % COUNT(shards)]);
	}
}

/* Only inside quotes may there be what has a meaning in a command line. */
static bool is_fit_for_a_command(struct text address)
{
	bool is_quoted = false;

	for (size_t i = 0; i < address.length; i++) {
		char byte = address.data[i];

		if (byte_is_control(byte))
			return false;
		if (byte == '"')
			is_quoted = !is_quoted;
		else if (is_quoted && byte == '\\')
			i++;
		else if (!is_quoted && strchr(" <>(),;\\", byte) != NULL)
			return false;
	}
	return !is_quoted && address.length <= ADDRESS_MAX &&
	    utf8_is_valid(address);
}

START_TEST(whatever_is_written_passes_the_check_and_fits_a_command)
{
	struct buf spec = {0};
	struct buf address = {0};
	struct error err = {0};
	unsigned seed = 1;
	unsigned written = 0;

	for (int i = 0; i < 200000; i++) {
		add_random(&spec, &seed);
		buf_clear(&address);
		if (address_write(&address, buf_text(&spec), domain, &err) < 0)
			continue;
		written++;
		if (!is_fit_for_a_command(buf_text(&address)) ||
		    address_check(buf_text(&address), &err) < 0)
			ck_abort_msg("\"%s\" became \"%s\"", buf_string(&spec),
			    buf_string(&address));
	}
	ck_assert_uint_gt(written, 1000);
	buf_free(&spec);
	buf_free(&address);
}
END_TEST

static const struct text check_cases[] = {
    LITERAL("root"),
    LITERAL("<a@b>"),
    LITERAL("<>"),
    LITERAL(" "),
    LITERAL("a@b "),
    LITERAL(" a@b"),
    LITERAL("a@b."),
    LITERAL("a @b"),
    LITERAL("a@b(c)"),
    LITERAL("\"a\"@b"),
    LITERAL("a..b@c"),
    LITERAL("@x:a@b"),
    LITERAL("a@"),
    LITERAL("a@b\n"),
    LITERAL("a@b\r\n"),
    LITERAL("a@b\0"),
    LITERAL("a@b> SIZE=1"),
    LITERAL("a@b,c@d"),
};

START_TEST(only_an_address_in_smtp_form_passes_the_check)
{
	struct error err = {0};

	ck_assert_int_eq(address_check(check_cases[_i], &err), -1);
	ck_assert_int_eq(err.kind, ERROR_ADDRESS);
	ck_assert_int_eq(address_check(text_of(""), &err), 0);
}
END_TEST

START_TEST(the_domain_is_behind_the_last_at)
{
	ck_assert(text_is(address_domain(text_of("a@b.c")), "b.c"));
	ck_assert(text_is(address_domain(text_of("\"a@b\"@c")), "c"));
	ck_assert(text_is(address_domain(text_of("root")), ""));
	ck_assert(text_is(address_domain(text_of("")), ""));
	ck_assert(!address_is_international(text_of("a@b")));
	ck_assert(address_is_international(text_of("\xc3\xa4@b")));
	ck_assert(address_is_international(text_of("a@\xc3\xa4")));
}
END_TEST

/* --- lists --------------------------------------------------------------- */

/*
 * What mailbox_next() finds: each mailbox as "name<address>" and "!" where
 * the address has no SMTP form, a blank between them.
 */
static void add_list(struct buf *found, struct text rest)
{
	struct mailbox box;
	struct error err;

	while (mailbox_next(&rest, &box)) {
		if (found->length > 0)
			buf_add_byte(found, ' ');
		buf_add(found, box.name);
		buf_add_byte(found, '<');
		if (address_write(found, box.spec, "d", &err) < 0)
			buf_add_byte(found, '!');
		buf_add_byte(found, '>');
	}
}

static const struct {
	const char *list;
	const char *found;
} list_cases[] = {
    {"", ""},
    {" \r\n\t ", ""},
    {",,;,", ""},
    {"(nobody)", ""},
    {"a@b", "<a@b>"},
    {"a@b,c@d", "<a@b> <c@d>"},
    {" a@b ,, c@d , ", "<a@b> <c@d>"},
    {"a@b;c@d", "<a@b> <c@d>"},
    {"a,b , c", "<a@d> <b@d> <c@d>"},
    {"<a@b>", "<a@b>"},
    {"<>", "<!>"},
    {"<> a@b", "<!>"},
    {"<@a,b>c@: \"q r\"@d", "<!>"},
    {"< a @ b >", "<a@b>"},
    {"N <a@b>", "N<a@b>"},
    {"Anacron <root>", "Anacron<root@d>"},
    {"root (Cron Daemon)", "<root@d>"},
    {"(Cron Daemon) root", "<root@d>"},
    {"\"N, M\" <a@x>", "\"N, M\"<a@x>"},
    {"\"<x@y>\" <a@b>", "\"<x@y>\"<a@b>"},
    {"\"a@b\" <c@d>", "\"a@b\"<c@d>"},
    {"x@y <a@b>", "x@y<a@b>"},
    {"J. Q. Public <j@x>, B", "J. Q. Public<j@x> <B@d>"},
    {"=?UTF-8?Q?a=2C?= <a@b>", "=?UTF-8?Q?a=2C?=<a@b>"},
    {"J\xc3\xbcrgen <j@x>", "J\xc3\xbcrgen<j@x>"},
    {"N (, <x@y> ,) <a@b>", "N (, <x@y> ,)<a@b>"},
    /* groups */
    {"undisclosed-recipients:;", ""},
    {"Undisclosed recipients: ;", ""},
    {"\"a, b\":;", ""},
    {"G:a@b;", "<a@b>"},
    {"A Group:Ed <e@x>,j@y,John <k@z>;", "Ed<e@x> <j@y> John<k@z>"},
    {"(c)G(c):(c)a@b(c),(c)c@d(c);(c)", "<a@b> <c@d>"},
    {"G:a@b;,c@d", "<a@b> <c@d>"},
    {"G:a@b; c@d", "<a@b> <c@d>"},
    {"G:,,;", ""},
    {"G:a;H:b;", "<a@d> <b@d>"},
    {"G:N <a@b>;", "N<a@b>"},
    {"x@y, G:;, a@b", "<x@y> <a@b>"},
    /* RFC 5322 appendix A.5 and A.6.3, and routes in lists */
    {"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
	"Pete(A nice \\) chap)<pete@silly.test>"},
    {"Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
	"Mary Smith<mary@example.net> <jdoe@test.example>"},
    {"<@x,@y:a@b>,c@d", "<a@b> <c@d>"},
    {"@x:a@b", "<a@b>"},
    /* nothing that is wrong may look right, and nothing may get lost */
    {"a@b c@d", "<!>"},
    {"a@b c@d, e@f", "<!> <e@f>"},
    {"<a@b> <c@d>", "<!>"},
    {"<a@b> c@d", "<!>"},
    {"N <a@b> M", "N<!>"},
    {"<a@b", "<!>"},
    {"<a@b, c@d", "<!>"},
    {"a@b>", "<!>"},
    {"a@b:c", "<!>"},
    {"<a@b>>", "<!>"},
    {"<<a@b>>", "<!>"},
    {"<a@b,c@d>", "<!>"},
    {"\"a@b, c@d", "<!>"},
    {"a@b, \"c@d", "<a@b> <!>"},
    {"a@b (, c@d", "<!>"},
    {"a@b (c, d@e", "<!>"},
    {"a@b, (c, d@e", "<a@b> <!>"},
    {"N (c <a@b>, d@e", "<!>"},
    {"a@[b, c@d", "<!> <c@d>"},
    {"a@b (c) (d", "<!>"},
    {"|cmd, a@b", "<!> <a@b>"},
    {"\"|cmd, x\", a@b", "<!> <a@b>"},
};

START_TEST(a_list_gives_each_mailbox)
{
	struct buf found = {0};

	add_list(&found, text_of(list_cases[_i].list));
	ck_assert_str_eq(buf_string(&found), list_cases[_i].found);
	buf_free(&found);
}
END_TEST

START_TEST(a_bare_name_is_told_from_an_address)
{
	struct text list =
	    text_of("root, a@b, N <root>, <@x:a>, \"a@b\", <>, x@y <z>");
	static const bool is_bare[] = {
	    true, false, true, false, true, false, true};
	struct mailbox box;

	for (int i = 0; i < COUNT(is_bare); i++) {
		ck_assert(mailbox_next(&list, &box));
		ck_assert_int_eq(box.is_bare, is_bare[i]);
	}
	ck_assert(!mailbox_next(&list, &box));
}
END_TEST

/* --- size ---------------------------------------------------------------- */

static unsigned count_mailboxes(struct text list)
{
	struct mailbox box;
	unsigned count = 0;

	while (mailbox_next(&list, &box))
		count++;
	return count;
}

/* Each repeated until it is HUGE, between a beginning and an end. */
static const struct {
	const char *first;
	const char *repeated;
	const char *last;
} huge_cases[] = {
    {"a@b (", "(", ""},
    {"", "(", ""},
    {"", ")", ""},
    {"", "(x)", "a@b"},
    {"a@", "(((((((((()))))))))))", "b"},
    {"", "\"", ""},
    {"", "\"a\" ", "@b"},
    {"\"", "\\\"", "\"@b"},
    {"", "a@b,", ""},
    {"", "a,", ""},
    {"", ",", ""},
    {"", "<", ""},
    {"", ">", ""},
    {"", "<a", ""},
    {"", "<>,", ""},
    {"", ":", ""},
    {"", "g:", ""},
    {"", "g:a@b;", ""},
    {"", "@", ""},
    {"<", "@x,", "@y:a@b>"},
    {"", "[", ""},
    {"a@[", "[", "]"},
    {"a@", "b.", "c"},
    {"", "a.", "b@c"},
    {"", " ", "a"},
    {"a", " ", ""},
    {"", "\\", ""},
    {"", "\xff", ""},
    {"", "\xe2\x82\xac", "@b"},
};

START_TEST(nothing_takes_more_than_linear_time)
{
	struct buf list = {0};
	struct buf out = {0};
	struct error err;

	buf_add_string(&list, huge_cases[_i].first);
	while (list.length < HUGE)
		buf_add_string(&list, huge_cases[_i].repeated);
	buf_add_string(&list, huge_cases[_i].last);
	(void)count_mailboxes(buf_text(&list));
	(void)address_write(&out, buf_text(&list), domain, &err);
	(void)address_check(buf_text(&list), &err);
	address_qualify(&out, buf_text(&list), domain);
	phrase_add(&out, buf_text(&list));
	buf_free(&list);
	buf_free(&out);
}
END_TEST

START_TEST(deep_comments_are_passed_over)
{
	struct buf list = {0};
	struct buf found = {0};

	buf_add_string(&list, "N <a@b> ");
	for (int i = 0; i < 20000; i++)
		buf_add_byte(&list, '(');
	for (int i = 0; i < 20000; i++)
		buf_add_byte(&list, ')');
	buf_add_string(&list, ", c@d");
	add_list(&found, buf_text(&list));
	ck_assert_str_eq(buf_string(&found), "N<a@b> <c@d>");
	buf_free(&list);
	buf_free(&found);
}
END_TEST

START_TEST(six_thousand_recipients_are_all_found)
{
	struct buf list = {0};
	struct text rest;
	struct mailbox box;

	for (int i = 0; i < 6000; i++)
		buf_addf(&list, "%s\"N %d\" <a%d@x>", i > 0 ? ",\n " : "", i,
		    i);
	ck_assert_uint_gt(list.length, 78000);
	ck_assert_uint_eq(count_mailboxes(buf_text(&list)), 6000);
	rest = buf_text(&list);
	for (int i = 0; i < 6000; i++) {
		struct buf expected = {0};

		ck_assert(mailbox_next(&rest, &box));
		buf_addf(&expected, "a%d@x", i);
		ck_assert(text_is(box.spec, buf_string(&expected)));
		buf_free(&expected);
	}
	buf_free(&list);
}
END_TEST

/* --- bare names ---------------------------------------------------------- */

static const struct {
	const char *body;
	const char *qualified;
} qualify_cases[] = {
    {"", ""},
    {" ", " "},
    {" root", " root@d.example"},
    {" root\n", " root@d.example\n"},
    {" a@b", " a@b"},
    {" a@b, root", " a@b, root@d.example"},
    {" root,,bob", " root@d.example,,bob@d.example"},
    {" root (Cron Daemon)", " root@d.example (Cron Daemon)"},
    {" (root) root (root)", " (root) root@d.example (root)"},
    {" Anacron <root>", " Anacron <root@d.example>"},
    {" < root >", " < root@d.example >"},
    {" \"root\" <root>", " \"root\" <root@d.example>"},
    {" \"a b\"", " \"a b\"@d.example"},
    {" bob,\n\talice", " bob@d.example,\n\talice@d.example"},
    {" G: bob, a@b, alice;", " G: bob@d.example, a@b, alice@d.example;"},
    {" undisclosed-recipients:;", " undisclosed-recipients:;"},
    /* what is no address stays as its author wrote it */
    {" John Doe", " John Doe"},
    {" <>", " <>"},
    {" |cmd, /file", " |cmd, /file"},
    {" <root", " <root"},
    {" root (x", " root (x"},
    {" \"root", " \"root"},
    {" r\xf6"
     "ot",
	" r\xf6"
	"ot"},
    {" John Doe, root", " John Doe, root@d.example"},
};

START_TEST(bare_names_get_the_domain_and_nothing_else_changes)
{
	struct buf out = {0};

	address_qualify(&out, text_of(qualify_cases[_i].body), domain);
	ck_assert_str_eq(buf_string(&out), qualify_cases[_i].qualified);
	buf_free(&out);
}
END_TEST

/* The longer text without its "@?" is the shorter one. */
static bool is_insertion(struct text longer, struct text shorter)
{
	size_t k = 0;

	for (size_t i = 0; i < longer.length; i++) {
		if (text_is(text_part(longer, i, i + 2), "@?"))
			i++;
		else if (k == shorter.length ||
		    longer.data[i] != shorter.data[k++])
			return false;
	}
	return k == shorter.length;
}

START_TEST(a_domain_is_inserted_and_every_other_byte_stays)
{
	struct buf body = {0};
	struct buf out = {0};
	unsigned seed = 2;

	for (int i = 0; i < 100000; i++) {
		add_random(&body, &seed);
		buf_clear(&out);
		/* No shard has this domain. */
		address_qualify(&out, buf_text(&body), "?");
		if (!is_insertion(buf_text(&out), buf_text(&body)))
			ck_abort_msg("\"%s\" became \"%s\"", buf_string(&body),
			    buf_string(&out));
	}
	buf_free(&body);
	buf_free(&out);
}
END_TEST

/* --- display names ------------------------------------------------------- */

static const struct {
	const char *name;
	const char *phrase;
} phrase_cases[] = {
    {"", ""},
    {"  \t ", ""},
    {"root", "root"},
    {"John Doe", "John Doe"},
    {" John Doe\n", "John Doe"},
    {"O'Brien & Sons", "O'Brien & Sons"},
    {"J. Doe", "\"J. Doe\""},
    {"Doe, John", "\"Doe, John\""},
    {"a@b", "\"a@b\""},
    {"<a@b>", "\"<a@b>\""},
    {"(", "\"(\""},
    {".('", "\".('\""},
    {"\"", "\"\\\"\""},
    {"\\", "\"\\\\\""},
    {"say \"x\\\"", "\"say \\\"x\\\\\\\"\""},
    {"a: b;", "\"a: b;\""},
    {"[x]", "\"[x]\""},
    {"a\r\nBcc: x@y", "\"a  Bcc: x@y\""},
    {"a\x1b[2J", "\"a [2J\""},
    {"=?x?q?a?=", "\"=?x?q?a?=\""},
    {"a = b?", "a = b?"},
    {"J\xc3\xbcrgen", "=?UTF-8?B?SsO8cmdlbg==?="},
    {"\xe2\x82\xac", "=?UTF-8?B?4oKs?="},
    {"J\xfcrgen", "J?rgen"},
    {"\xff\xfe", "??"},
};

START_TEST(a_name_is_quoted_or_encoded_where_it_must_be)
{
	struct buf phrase = {0};

	phrase_add(&phrase, text_of(phrase_cases[_i].name));
	ck_assert_str_eq(buf_string(&phrase), phrase_cases[_i].phrase);
	buf_free(&phrase);
}
END_TEST

/* Each encoded word apart must be UTF-8: RFC 2047 section 5. */
static void decode_words(struct text phrase, struct buf *decoded)
{
	struct text word;

	while (text_word(&phrase, &word)) {
		struct buf bytes = {0};

		ck_assert_uint_le(word.length, 75);
		ck_assert(text_begins_nocase(word, "=?UTF-8?B?"));
		ck_assert(text_is(text_part(word, word.length - 2, word.length),
		    "?="));
		ck_assert_int_eq(base64_decode(&bytes,
				     text_part(word, 10, word.length - 2)),
		    0);
		ck_assert(utf8_is_valid(buf_text(&bytes)));
		buf_add(decoded, buf_text(&bytes));
		buf_free(&bytes);
	}
}

START_TEST(a_long_name_becomes_words_of_whole_characters)
{
	static const char *const characters[] = {
	    "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

	for (size_t length = 1; length < 300; length++) {
		struct buf name = {0};
		struct buf phrase = {0};
		struct buf decoded = {0};

		for (size_t i = 0; i < length % 5; i++)
			buf_add_byte(&name, 'x');
		buf_add_string(&name, characters[0]);
		while (name.length < length)
			buf_add_string(&name, characters[length % 3]);
		phrase_add(&phrase, buf_text(&name));
		decode_words(buf_text(&phrase), &decoded);
		ck_assert_str_eq(buf_string(&decoded), buf_string(&name));
		buf_free(&name);
		buf_free(&phrase);
		buf_free(&decoded);
	}
}
END_TEST

/* A phrase is only a name: no address, no list, no end of it. */
START_TEST(a_phrase_never_becomes_an_address)
{
	struct buf name = {0};
	struct buf field = {0};
	struct mailbox box;
	unsigned seed = 3;

	for (int i = 0; i < 100000; i++) {
		struct text rest;

		add_random(&name, &seed);
		buf_clear(&field);
		phrase_add(&field, buf_text(&name));
		buf_add_string(&field, " <me@here>");
		rest = buf_text(&field);
		if (!mailbox_next(&rest, &box) ||
		    !text_is(box.spec, "me@here") || rest.length > 0)
			ck_abort_msg("\"%s\" gave \"%s\"", buf_string(&name),
			    buf_string(&field));
	}
	buf_free(&name);
	buf_free(&field);
}
END_TEST

static TCase *address_tests(void)
{
	TCase *tests = tcase_create("address");

	tcase_add_loop_test(tests, an_address_is_written_as_smtp_wants_it, 0,
	    COUNT(written_cases));
	tcase_add_loop_test(tests, an_address_without_an_smtp_form_is_refused,
	    0, COUNT(refused_cases));
	tcase_add_loop_test(tests, a_refusal_names_the_address_and_the_reason,
	    0, COUNT(reason_cases));
	tcase_add_loop_test(tests, an_address_has_the_length_that_smtp_allows,
	    0, COUNT(length_cases));
	tcase_add_test(tests,
	    whatever_is_written_passes_the_check_and_fits_a_command);
	tcase_add_loop_test(tests,
	    only_an_address_in_smtp_form_passes_the_check, 0,
	    COUNT(check_cases));
	tcase_add_test(tests, the_domain_is_behind_the_last_at);
	return tests;
}

static TCase *list_tests(void)
{
	TCase *tests = tcase_create("list");

	tcase_add_loop_test(tests, a_list_gives_each_mailbox, 0,
	    COUNT(list_cases));
	tcase_add_test(tests, a_bare_name_is_told_from_an_address);
	tcase_add_loop_test(tests, nothing_takes_more_than_linear_time, 0,
	    COUNT(huge_cases));
	tcase_add_test(tests, deep_comments_are_passed_over);
	tcase_add_test(tests, six_thousand_recipients_are_all_found);
	tcase_add_loop_test(tests,
	    bare_names_get_the_domain_and_nothing_else_changes, 0,
	    COUNT(qualify_cases));
	tcase_add_test(tests, a_domain_is_inserted_and_every_other_byte_stays);
	return tests;
}

static TCase *phrase_tests(void)
{
	TCase *tests = tcase_create("phrase");

	tcase_add_loop_test(tests, a_name_is_quoted_or_encoded_where_it_must_be,
	    0, COUNT(phrase_cases));
	tcase_add_test(tests, a_long_name_becomes_words_of_whole_characters);
	tcase_add_test(tests, a_phrase_never_becomes_an_address);
	return tests;
}

Suite *suite_address(void)
{
	Suite *suite = suite_create("address");

	suite_add_tcase(suite, address_tests());
	suite_add_tcase(suite, list_tests());
	suite_add_tcase(suite, phrase_tests());
	return suite;
}
