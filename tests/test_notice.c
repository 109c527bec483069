#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mem.h"
#include "notice.h"
#include "suites.h"
#include "wrap.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { LONGEST_LINE = 998 };

/* Whom it is about, and why. */
struct whom {
	const char *address;
	enum error_kind kind;
	int reply;
	const char *status;
	const char *text;
};

/* What a notice is made of; the rest is the same in every test. */
struct matter {
	enum notice_kind kind;
	const char *to; /* NULL: anna@example.com */
	struct whom whom[2];
	const char *envelope_id;
	const char *subject; /* NULL: the message has none */
	const char *body;    /* NULL: it is not returned */
};

static void add_field(struct message *message, const char *name,
    const char *body)
{
	if (body != NULL)
		message_append(message, name, text_of(body));
}

static void set_recipient(struct recipient *recipient, const struct whom *whom)
{
	struct error *err = &recipient->error;

	recipient->address = mem_dup(whom->address);
	*err = (struct error){.kind = whom->kind, .reply = whom->reply};
	memcpy(err->status, whom->status, strlen(whom->status) + 1);
	memcpy(err->text, whom->text, strlen(whom->text) + 1);
}

/* Write it and give back all of it, as a string. */
static void write_notice(const struct matter *matter, struct buf *whole,
    struct body *facts)
{
	struct recipient all[2] = {{0}};
	const struct recipient *recipients[] = {&all[0], &all[1]};
	struct envelope envelope = {
	    .request.envelope_id = matter->envelope_id,
	};
	struct message original = {.body.fd = -1};
	struct message message = {.body.fd = -1};
	const struct notice notice = {
	    .kind = matter->kind,
	    .id = "4XK2J9.1",
	    .about = "4XK2J9",
	    .to = matter->to != NULL ? matter->to : "anna@example.com",
	    .hostname = "web1.example.com",
	    .domain = "example.com",
	    .at = {1795343434, 0},
	    .arrived = {1795000000, 0},
	    .until = {1795443434, 0},
	    .envelope = &envelope,
	    .recipients = recipients,
	    .count = matter->whom[1].address != NULL ? 2 : 1,
	    .message = &original,
	    .body = matter->body != NULL ? text_of(matter->body) :
					   (struct text){NULL, 0},
	};

	for (size_t i = 0; i < notice.count; i++)
		set_recipient(&all[i], &matter->whom[i]);
	ck_assert_int_eq(setenv("TZ", "UTC0", 1), 0);
	tzset();
	add_field(&original, "From", "Anna <anna@example.com>");
	add_field(&original, "Subject", matter->subject);
	add_field(&original, "Message-ID", "<X1@example.com>");
	notice_write(&notice, &message);
	for (size_t i = 0; i < message.field_count; i++)
		buf_addf(whole, "%s\n", message.fields[i].text);
	buf_addf(whole, "\n%s", buf_string(&message.body.memory));
	*facts = message.body;
	message_free(&message);
	message_free(&original);
	for (size_t i = 0; i < notice.count; i++)
		free(all[i].address);
}

#define PLAIN                                                                  \
	{                                                                      \
		"bob@example.net", ERROR_NO_USER, 550, "5.1.1",                \
		    "mail.example.net:587 refused bob@example.net: "           \
		    "550 5.1.1 No such user"                                   \
	}

#define X10  "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

static const char failed_notice[] =
    "Received: by web1.example.com (sendoff)\n"
    "\tid 4XK2J9.1; Sun, 22 Nov 2026 10:30:34 +0000\n"
    "Date: Sun, 22 Nov 2026 10:30:34 +0000\n"
    "From: Mail Delivery System <MAILER-DAEMON@example.com>\n"
    "To: anna@example.com\n"
    "Subject: Undeliverable: Report\n"
    "Message-ID: <4XK2J9.1@example.com>\n"
    "In-Reply-To: <X1@example.com>\n"
    "References: <X1@example.com>\n"
    "Auto-Submitted: auto-replied\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/report; report-type=delivery-status;\n"
    "\tboundary=\"=_4XK2J9.1_0\"\n"
    "Content-Transfer-Encoding: 7bit\n"
    "\n"
    "\n"
    "--=_4XK2J9.1_0\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: 7bit\n"
    "\n"
    "This is the mail system at web1.example.com.\n"
    "\n"
    "Your message of Wed, 18 Nov 2026 11:06:40 +0000\n"
    "could not be delivered to\n"
    "\n"
    "  <bob@example.net>\n"
    "    mail.example.net:587 refused bob@example.net: 550 5.1.1 No such user\n"
    "    Check the address, then send the message again.\n"
    "\n"
    "Its header is attached. In the log of web1.example.com it is called "
    "4XK2J9.\n"
    "\n"
    "--=_4XK2J9.1_0\n"
    "Content-Type: message/delivery-status\n"
    "Content-Transfer-Encoding: 7bit\n"
    "\n"
    "Original-Envelope-Id: QQ314\n"
    "Reporting-MTA: dns; web1.example.com\n"
    "Arrival-Date: Wed, 18 Nov 2026 11:06:40 +0000\n"
    "\n"
    "Final-Recipient: rfc822; bob@example.net\n"
    "Action: failed\n"
    "Status: 5.1.1\n"
    "Remote-MTA: dns; mail.example.net\n"
    "Diagnostic-Code: smtp; 550 5.1.1 No such user\n"
    "Last-Attempt-Date: Sun, 22 Nov 2026 10:30:34 +0000\n"
    "\n"
    "--=_4XK2J9.1_0\n"
    "Content-Type: text/rfc822-headers\n"
    "Content-Transfer-Encoding: 7bit\n"
    "\n"
    "From: Anna <anna@example.com>\n"
    "Subject: Report\n"
    "Message-ID: <X1@example.com>\n"
    "\n"
    "--=_4XK2J9.1_0--\n";

START_TEST(a_notice_is_a_report_in_three_parts)
{
	const struct matter matter = {
	    .whom = {PLAIN}, .envelope_id = "QQ314", .subject = "Report"};
	struct body facts;
	struct buf whole = {0};

	write_notice(&matter, &whole, &facts);
	ck_assert_str_eq(buf_string(&whole), failed_notice);
	ck_assert_int_eq(facts.fd, -1);
	ck_assert(!facts.has_8bit && !facts.has_nul && !facts.has_bare_cr);
	ck_assert_uint_eq(facts.length,
	    strlen(strstr(failed_notice, "\n\n") + 2));
	buf_free(&whole);
}
END_TEST

/* What must, or must not, be in a notice. */
static const struct {
	struct matter matter;
	const char *has[8];
	const char *lacks[4];
} notice_cases[] = {
    /* late */
    {.matter = {.kind = NOTICE_DELAYED, .whom = {PLAIN}, .subject = "Report"},
	.has = {"Subject: Delayed: Report\n",
	    "\nhas not been delivered yet to\n",
	    "\nIt will be tried again until Mon, 23 Nov 2026 14:17:14 +0000. ",
	    "You need not\nsend it again.",
	    "\nAction: delayed\nStatus: 4.1.1\n",
	    "\nWill-Retry-Until: Mon, 23 Nov 2026 14:17:14 +0000\n"},
	.lacks = {"send the message again", "Original-Envelope-Id"}},
    /* given up: nobody refused it */
    {.matter = {.whom = {{"bob@example.net", ERROR_NETWORK, 0, "4.4.1",
		    "no connection to x"}}},
	.has = {"Subject: Undeliverable mail\n", "is given up now. Send it",
	    "\nStatus: 4.4.7\n",
	    "\nDiagnostic-Code: X-sendoff; no connection to x\n"},
	.lacks = {"Remote-MTA", "Will-Retry-Until"}},
    /* several recipients */
    {.matter =
	    {
		.whom = {PLAIN,
		    {"\"a  b\"@x", ERROR_UNSURE, 0, "4.4.2", "lost"}},
	    },
	.has = {"  <bob@example.net>\n",
	    "  <\"a  b\"@x>\n    lost\n"
	    "    It may have arrived: ask",
	    "\n\nFinal-Recipient: rfc822; bob@example.net\n",
	    "\n\nFinal-Recipient: rfc822; \"a  b\"@x\n"}},
    /* the whole message, byte for byte */
    {.matter = {.whom = {PLAIN}, .body = "1\r\n.\n2"},
	.has = {"\nContent-Type: message/rfc822\n", "The message is attached.",
	    "\nMessage-ID: <X1@example.com>\n\n1\r\n.\n2\n--="}},
    {.matter = {.whom = {PLAIN}, .body = ""},
	.has = {"\nContent-Type: message/rfc822\n",
	    "\nMessage-ID: <X1@example.com>\n\n\n--="}},
    {.matter = {.whom = {PLAIN}, .body = "\xc3\xa4"},
	.has = {"\nContent-Transfer-Encoding: 8bit\n\n\n--",
	    "message/rfc822\nContent-Transfer-Encoding: 8bit\n\n"}},
    /* an 8-bit header is fit for everybody */
    {.matter = {.whom = {PLAIN}, .subject = "\xc3\xa4"},
	.has = {"Subject: Undeliverable: \xc3\xa4\n",
	    "\nSubject: =?UTF-8?B?w6Q=?=\n", "text/rfc822-headers"}},
    /* RFC 6533: towards who may not know UTF-8 all is ASCII */
    {.matter = {.whom = {{"J\xc3\xbc+r@\xe4\xbe\x8b.x", ERROR_REFUSED, 550,
		    "5.0.0",
		    "[::1]:25 refused x: 550 5.0.0 "
		    "\xc3\xa4"}}},
	.has = {"  <J\xc3\xbc+r@\xe4\xbe\x8b.x>\n",
	    "message/delivery-status\nContent-Transfer-Encoding: 7bit\n",
	    "\nFinal-Recipient: utf-8; J\\x{FC}\\x{2B}r@\\x{4F8B}.x\n",
	    "\nDiagnostic-Code: smtp; 550 5.0.0 \\x{E4}\n",
	    "\nRemote-MTA: dns; [::1]\n"}},
    /* and towards who has such an address nothing is */
    {.matter = {.to = "\xc3\xa4@x",
	 .whom = {{"J\xc3\xbc+r@x", ERROR_REFUSED, 550, "5.0.0",
	     "h:25 refused x: 550 5.0.0 \xc3\xa4\x1b"}},
	 .subject = "\xc3\xa4"},
	.has = {"To: \xc3\xa4@x\n",
	    "/global-delivery-status\nContent-Transfer-Encoding: 8bit\n",
	    "\nFinal-Recipient: utf-8; J\xc3\xbc+r@x\n",
	    "\nDiagnostic-Code: smtp; 550 5.0.0 \xc3\xa4\\x1B\n",
	    "\nContent-Type: message/global-headers\n",
	    "\nSubject: \xc3\xa4\n"}},
    /* nothing can add a field or a part */
    {.matter = {.whom = {{"bob@example.net", ERROR_REFUSED, 550, "5.0.0",
		    "h:25 refused x: 550 5.0.0 a\n"
		    "Action: x\r\n\n--=_4XK2J9.1_0\x1b"}}},
	.has = {"550 5.0.0 a\\x0AAction:", "\\x1B\n",
	    "boundary=\"=_4XK2J9.1_1\""},
	.lacks = {"\nAction: x", "\n--=_4XK2J9.1_0"}},
    {.matter = {.whom = {PLAIN}, .body = "\n--=_4XK2J9.1_0--\n"},
	.has = {"boundary=\"=_4XK2J9.1_1\"", "\n--=_4XK2J9.1_1--\n"}},
    /* what is too long is not quoted */
    {.matter = {.whom = {PLAIN}, .subject = X100 X100 X100 X100 X100},
	.has = {"\nSubject: Undeliverable mail\n"}},
    /* a sentence that is not what it seems */
    {.matter = {.whom = {{"b@x", ERROR_NETWORK, 0, "4.4.2",
		    "x.example:25 was silent"}}},
	.lacks = {"Remote-MTA"}},
    {.matter = {.whom = {{"b@x", ERROR_REFUSED, 550, "5.0.0", "see: this 550"}}},
	.has = {"\nDiagnostic-Code: smtp; see: this 550\n"},
	.lacks = {"Remote-MTA"}},
    {.matter = {.whom = {{"b@x", ERROR_REFUSED, 550, "5.0.0",
		    "unix:/run/x refused b@x: 550 no"}}},
	.has = {"\nDiagnostic-Code: smtp; 550 no\n"},
	.lacks = {"Remote-MTA"}},
};

START_TEST(a_notice_says_what_is_so_and_nothing_else)
{
	struct body facts;
	struct buf whole = {0};

	write_notice(&notice_cases[_i].matter, &whole, &facts);
	for (int k = 0; k < COUNT(notice_cases[_i].has); k++)
		if (notice_cases[_i].has[k] != NULL)
			ck_assert_msg(strstr(buf_string(&whole),
					  notice_cases[_i].has[k]) != NULL,
			    "%s\nis not in\n%s", notice_cases[_i].has[k],
			    buf_string(&whole));
	for (int k = 0; k < COUNT(notice_cases[_i].lacks); k++)
		if (notice_cases[_i].lacks[k] != NULL)
			ck_assert_msg(strstr(buf_string(&whole),
					  notice_cases[_i].lacks[k]) == NULL,
			    "%s\nis in\n%s", notice_cases[_i].lacks[k],
			    buf_string(&whole));
	buf_free(&whole);
}
END_TEST

START_TEST(the_status_fits_the_action)
{
	static const struct {
		enum notice_kind kind;
		enum error_kind error;
		const char *status;
		const char *shown;
	} cases[] = {
	    {NOTICE_FAILED, ERROR_NO_USER, "5.1.1", "5.1.1"},
	    {NOTICE_FAILED, ERROR_TOO_BIG, "5.3.4", "5.3.4"},
	    {NOTICE_FAILED, ERROR_DEFERRED, "4.2.2", "4.4.7"},
	    {NOTICE_FAILED, ERROR_LOGIN, "5.7.8", "4.4.7"},
	    {NOTICE_DELAYED, ERROR_DEFERRED, "4.2.2", "4.2.2"},
	    {NOTICE_DELAYED, ERROR_LOGIN, "5.7.8", "4.7.8"},
	};

	for (int i = 0; i < COUNT(cases); i++) {
		const struct matter matter = {
		    .kind = cases[i].kind,
		    .whom = {{"b@x", cases[i].error, 0, cases[i].status, "x"}},
		};
		struct body facts;
		struct buf whole = {0};
		struct buf line = {0};

		write_notice(&matter, &whole, &facts);
		buf_addf(&line, "\nStatus: %s\n", cases[i].shown);
		ck_assert_ptr_nonnull(strstr(buf_string(&whole),
		    buf_string(&line)));
		buf_free(&line);
		buf_free(&whole);
	}
}
END_TEST

/* Sentences as long as they can be, of one word or of many. */
START_TEST(no_line_is_too_long)
{
	static const char *const units[] = {
	    "x", "x ", "\xc3\xa4", "\x1b", "\xe4\xbe\x8b ", "\\"};
	struct matter matter = {.whom = {PLAIN}};
	struct buf text = {.ceiling = ERROR_TEXT_SIZE - 1};
	struct buf whole = {0};
	struct body facts;

	buf_add_string(&text, matter.whom[0].text);
	while (!text.is_full)
		buf_add_string(&text, units[_i]);
	matter.whom[0].text = buf_string(&text);
	write_notice(&matter, &whole, &facts);
	ck_assert_uint_le(facts.longest_line, LONGEST_LINE);
	ck_assert_ptr_nonnull(strstr(buf_string(&whole),
	    "Subject: Undeliverable mail\n"));
	buf_free(&whole);
	buf_free(&text);
}
END_TEST

START_TEST(the_same_notice_is_the_same_bytes)
{
	const struct matter matter = {.whom = {PLAIN}, .body = "x"};
	struct buf first = {0};
	struct buf second = {0};
	struct body facts;

	write_notice(&matter, &first, &facts);
	write_notice(&matter, &second, &facts);
	ck_assert_str_eq(buf_string(&first), buf_string(&second));
	buf_free(&second);
	buf_free(&first);
}
END_TEST

static const struct {
	const char *sender;
	unsigned notify;
	bool wants_failure;
	bool wants_delay;
} wishes[] = {
    {"a@b", 0, true, true},
    {"", 0, false, false},
    {"", NOTIFY_FAILURE | NOTIFY_DELAY, false, false},
    {"a@b", NOTIFY_NEVER, false, false},
    {"a@b", NOTIFY_SUCCESS, false, false},
    {"a@b", NOTIFY_FAILURE, true, false},
    {"a@b", NOTIFY_DELAY, false, true},
    {"a@b", NOTIFY_SUCCESS | NOTIFY_FAILURE | NOTIFY_DELAY, true, true},
};

START_TEST(a_sender_gets_the_notices_that_he_wants)
{
	char sender[] = "a@b";
	const struct recipient recipient = {.notify = 0};
	const struct recipient other = {.notify = NOTIFY_FAILURE};
	const struct envelope envelope = {
	    .sender = *wishes[_i].sender != '\0' ? sender : sender + 3,
	    .request.notify = wishes[_i].notify,
	};

	ck_assert_int_eq(notice_is_wanted(&envelope, &recipient, NOTICE_FAILED),
	    wishes[_i].wants_failure);
	ck_assert_int_eq(notice_is_wanted(&envelope, &recipient,
			     NOTICE_DELAYED),
	    wishes[_i].wants_delay);
	ck_assert_int_eq(notice_is_wanted(&envelope, &other, NOTICE_FAILED),
	    *wishes[_i].sender != '\0');
	ck_assert(!notice_is_wanted(&envelope, &other, NOTICE_DELAYED));
}
END_TEST

START_TEST(words_are_wrapped_where_there_are_blanks)
{
	struct buf text = {0};
	struct buf out = {0};

	wrap_add(&out, "A: ", "  ", text_of(""));
	wrap_add(&out, "A: ", "  ", text_of("  b\t c "));
	ck_assert_str_eq(buf_string(&out), "A: \nA: b c\n");
	buf_clear(&out);
	for (int i = 0; i < WRAP_WIDTH - 4; i++)
		buf_add_byte(&text, 'x');
	buf_add_string(&text, " y");
	wrap_add(&out, "A ", "  ", buf_text(&text));
	ck_assert_uint_eq(text_find(buf_text(&out), '\n'), WRAP_WIDTH);
	buf_clear(&out);
	buf_add_string(&text, "y zz");
	wrap_add(&out, "A ", "  ", buf_text(&text));
	ck_assert_str_eq(out.data + WRAP_WIDTH - 2, "\n  yy zz\n");
	buf_clear(&out);
	buf_clear(&text);
	for (int i = 0; i < WRAP_MAX_WORD; i++)
		buf_add_string(&text, "\xc3\xa4");
	wrap_add(&out, "", "  ", buf_text(&text));
	ck_assert_uint_eq(text_find(buf_text(&out), '\n'), WRAP_MAX_WORD);
	ck_assert_uint_eq(out.length, text.length + 2 + 2);
	buf_free(&text);
	buf_free(&out);
}
END_TEST

Suite *suite_notice(void)
{
	Suite *suite = suite_create("notice");
	TCase *tests = tcase_create("notice");

	tcase_add_test(tests, a_notice_is_a_report_in_three_parts);
	tcase_add_loop_test(tests, a_notice_says_what_is_so_and_nothing_else, 0,
	    COUNT(notice_cases));
	tcase_add_test(tests, the_status_fits_the_action);
	tcase_add_loop_test(tests, no_line_is_too_long, 0, 6);
	tcase_add_test(tests, the_same_notice_is_the_same_bytes);
	tcase_add_loop_test(tests, a_sender_gets_the_notices_that_he_wants, 0,
	    COUNT(wishes));
	tcase_add_test(tests, words_are_wrapped_where_there_are_blanks);
	suite_add_tcase(suite, tests);
	return suite;
}
