#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "complete.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#define RECEIVED                                                               \
	"Received: by web1.example (sendoff, from uid 33)\n"                   \
	"\tid 4XK2J9; Sun, 22 Nov 2026 09:00:00 +0000\n"
#define DATE       "Date: Sun, 22 Nov 2026 09:00:00 +0000\n"
#define MESSAGE_ID "Message-ID: <4XK2J9@d.example>\n"
#define FROM       "From: The Web <www@d.example>\n"

static const struct stamp stamp = {
    .id = "4XK2J9",
    .at = {1795338000, 0},
    .uid = 33,
    .hostname = "web1.example",
    .domain = "d.example",
    .sender = "www@d.example",
    .full_name = "The Web",
};

static void read_message(struct message *message, const char *lines)
{
	struct text rest = text_of(lines);
	struct error err;
	struct text line;

	ck_assert_int_eq(setenv("TZ", "UTC0", 1), 0);
	tzset();
	while (text_split(&rest, '\n', &line))
		ck_assert_int_eq(message_add_line(message, line, &err),
		    MESSAGE_FIELD);
}

static void add_lines(struct buf *lines, const struct message *message)
{
	for (size_t i = 0; i < message->field_count; i++) {
		buf_add(lines, field_text(&message->fields[i]));
		buf_add_byte(lines, '\n');
	}
}

/* Complete a header and compare it with what it should have become. */
static void check_completed(const char *lines, const struct stamp *from,
    const char *expected)
{
	struct message message = {0};
	struct error err = {0};
	struct buf completed = {0};

	read_message(&message, lines);
	ck_assert_int_eq(complete_message(&message, from, &err), 0);
	add_lines(&completed, &message);
	ck_assert_str_eq(buf_string(&completed), expected);
	buf_free(&completed);
	message_free(&message);
}

/* --- what is added and what stays ---------------------------------------- */

static const struct {
	const char *lines;
	const char *completed;
} complete_cases[] = {
    {"", RECEIVED FROM DATE MESSAGE_ID},
    {"Subject: x\n", RECEIVED "Subject: x\n" FROM DATE MESSAGE_ID},
    /* a complete message gets the trace and nothing else */
    {"Date: once\nFrom: a@b\nMessage-ID: <1@2>\nTo: c@d\n",
	RECEIVED "Date: once\nFrom: a@b\nMessage-ID: <1@2>\nTo: c@d\n"},
    {"DATE :once\nfrom : a@b\nmessage-id:<1@2>\n",
	RECEIVED "DATE :once\nfrom : a@b\nmessage-id:<1@2>\n"},
    {"From:\nDate:\nMessage-Id:\n", RECEIVED "From:\nDate:\nMessage-Id:\n"},
    {"Sender: a@b\n", RECEIVED "Sender: a@b\n" FROM DATE MESSAGE_ID},
    {"Resent-From: a@b\n", RECEIVED "Resent-From: a@b\n" FROM DATE MESSAGE_ID},
    {"Received: older\n", RECEIVED "Received: older\n" FROM DATE MESSAGE_ID},
    /* the bytes of other fields stay */
    {"Subject:  \xc3\xa4\xff \n\t folded\nX-a:b\nFrom: a@b\n",
	RECEIVED "Subject:  \xc3\xa4\xff \n\t folded\nX-a:b\nFrom: a@b\n" DATE
	    MESSAGE_ID},
    /* bare names */
    {"From: root (Cron Daemon)\nTo: bob,\n alice@x\nCc : <carol>\n",
	RECEIVED "From: root@d.example (Cron Daemon)\n"
		 "To: bob@d.example,\n alice@x\nCc : <carol@d.example>\n" DATE
		     MESSAGE_ID},
    {"From: Anacron <root>\nReply-To: a\nSender: b\nErrors-To: c\n",
	RECEIVED
	"From: Anacron <root@d.example>\nReply-To: a@d.example\n"
	"Sender: b@d.example\nErrors-To: c@d.example\n" DATE MESSAGE_ID},
    {"From: a@b\nResent-To: c\nResent-Cc: d\nResent-From: e\n"
     "Resent-Sender: f\nResent-Reply-To: g\n"
     "Disposition-Notification-To: h\n",
	RECEIVED "From: a@b\nResent-To: c@d.example\nResent-Cc: d@d.example\n"
		 "Resent-From: e@d.example\nResent-Sender: f@d.example\n"
		 "Resent-Reply-To: g@d.example\n"
		 "Disposition-Notification-To: h@d.example\n" DATE MESSAGE_ID},
    {"From: a@b\nSubject: root\nX-To: root\nComments: bob, alice\n",
	RECEIVED "From: a@b\nSubject: root\nX-To: root\n"
		 "Comments: bob, alice\n" DATE MESSAGE_ID},
    {"From: a@b\nTo: undisclosed-recipients:;\nCc: John Doe\n",
	RECEIVED "From: a@b\nTo: undisclosed-recipients:;\nCc: John Doe\n" DATE
	    MESSAGE_ID},
    /* every one of several */
    {"From: a@b\nTo: c\nTo: d\n",
	RECEIVED
	"From: a@b\nTo: c@d.example\nTo: d@d.example\n" DATE MESSAGE_ID},
};

START_TEST(what_is_missing_is_added_and_the_rest_stays)
{
	check_completed(complete_cases[_i].lines, &stamp,
	    complete_cases[_i].completed);
}
END_TEST

START_TEST(a_completed_message_gets_only_another_trace)
{
	const char *completed = complete_cases[_i].completed;
	struct buf expected = {0};

	buf_addf(&expected, "%s%s", RECEIVED, completed);
	check_completed(completed, &stamp, buf_string(&expected));
	buf_free(&expected);
}
END_TEST

/* --- Bcc ----------------------------------------------------------------- */

static const char *const secret_cases[] = {
    "Bcc: secret@x\n",
    "bcc: secret@x\n",
    "BCC:secret@x\n",
    "bCc\t : secret@x\n",
    "bcc :secret@x\n",
    "Bcc:\n secret@x\n",
    "Bcc:\n \n\tsecret@x\n",
    "Bcc: a@b,\n \t \n  secret@x\n",
    "Bcc: a@b\n  ,\n\tsecret@x\n ,\n c@d\n",
    "Bcc: secret@x\nBcc: secret@y\n",
    "Bcc: secret@x\nTo: a@b\nbcc: secret@y\nBCC: secret@z\n",
    "Bcc:\nBcc: secret@x\nBcc:\n",
    "Bcc: secret@x",
    "To: a@b\nBcc: secret@x",
    "To: a@b\nBcc: a@b,\n secret@x",
    "Bcc: secret@x\nResent-To: a@b\n",
    "Resent-Bcc: secret@x\n",
    "resent-bcc : secret@x,\n secret@y\n",
    "Resent-Bcc: secret@x\nBcc: secret@y\nRESENT-BCC: secret@z\n",
    "Return-Path: <secret@x>\n",
    "RETURN-PATH : <secret@x>\n",
};

START_TEST(no_blind_copy_is_seen)
{
	struct message message = {0};
	struct error err = {0};
	struct buf completed = {0};

	read_message(&message, secret_cases[_i]);
	ck_assert_int_eq(complete_message(&message, &stamp, &err), 0);
	ck_assert_ptr_null(message_field(&message, "Bcc", NULL));
	ck_assert_ptr_null(message_field(&message, "Resent-Bcc", NULL));
	add_lines(&completed, &message);
	ck_assert_ptr_null(strstr(buf_string(&completed), "secret"));
	buf_free(&completed);
	message_free(&message);
}
END_TEST

START_TEST(what_only_resembles_a_blind_copy_stays)
{
	check_completed("X-Bcc: a@b\nBcc2: c@d\nFrom: a@b\n", &stamp,
	    RECEIVED "X-Bcc: a@b\nBcc2: c@d\nFrom: a@b\n" DATE MESSAGE_ID);
}
END_TEST

/* --- From ---------------------------------------------------------------- */

static const struct {
	const char *full_name;
	const char *from;
} name_cases[] = {
    {"", "From: www@d.example\n"},
    {" ", "From: www@d.example\n"},
    {"root", "From: root <www@d.example>\n"},
    {"John Q. Public", "From: \"John Q. Public\" <www@d.example>\n"},
    {"a\" <x@y>, \"b", "From: \"a\\\" <x@y>, \\\"b\" <www@d.example>\n"},
    {"a\nBcc: x@y", "From: \"a Bcc: x@y\" <www@d.example>\n"},
    {"a\r\n\r\nbody", "From: a    body <www@d.example>\n"},
    {"J\xc3\xbcrgen", "From: =?UTF-8?B?SsO8cmdlbg==?= <www@d.example>\n"},
};

START_TEST(a_full_name_is_only_ever_a_name)
{
	struct stamp named = stamp;
	struct buf expected = {0};

	named.full_name = name_cases[_i].full_name;
	buf_addf(&expected, "%s%s%s%s", RECEIVED, name_cases[_i].from, DATE,
	    MESSAGE_ID);
	check_completed("", &named, buf_string(&expected));
	buf_free(&expected);
}
END_TEST

/* --- loops --------------------------------------------------------------- */

START_TEST(a_message_in_a_loop_is_refused)
{
	struct message message = {0};
	struct error err = {0};

	for (int i = 0; i < MESSAGE_MAX_RECEIVED; i++)
		message_append(&message, i % 2 == 0 ? "Received" : "RECEIVED",
		    text_of("x"));
	/* This adds the one that is too many. */
	ck_assert_int_eq(complete_message(&message, &stamp, &err), 0);
	ck_assert_int_eq(complete_message(&message, &stamp, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_MESSAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "100 hosts"));
	message_free(&message);
}
END_TEST

/* --- recipients ---------------------------------------------------------- */

static void join(struct buf *buf, const struct strlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		buf_addf(buf, "%s%s", i > 0 ? " " : "", list->items[i]);
}

static const struct {
	const char *lines;
	const char *recipients;
} recipient_cases[] = {
    {"", ""},
    {"Subject: a@b\nFrom: c@d\nReply-To: e@f\n", ""},
    {"To: a@b\n", "a@b"},
    {"To: root\n", "root@d.example"},
    {"to : a@b\nCC: c@d\nbcc\t: e@f\n", "a@b c@d e@f"},
    {"Bcc: e@f\nCc: c@d\nTo: a@b\n", "a@b c@d e@f"},
    {"To: a@b\nTo: c@d\nBcc:e@f\nBcc: g@h\n", "a@b c@d e@f g@h"},
    {"To: N <a@b>,\n \n\t\"x, y\" <c@d> (, z@z),\n ,e\n",
	"a@b c@d e@d.example"},
    {"To: undisclosed-recipients:;\nBcc: a@b\n", "a@b"},
    {"To:\nCc:\nBcc:\n", ""},
    {"To: G: a@b, c@d;\n", "a@b c@d"},
    /* a resent message goes to those it was resent to, all of them */
    {"To: a@b\nResent-To: c@d\n", "c@d"},
    {"To: a@b\nBcc: e@f\nresent-bcc: c@d\n", "c@d"},
    {"Resent-To: a@b\nResent-Cc: c@d\nResent-To: e@f\nResent-Bcc: g@h\n",
	"a@b e@f c@d g@h"},
    {"To: a@b\nResent-From: c@d\n", "a@b"},
    {"To: a@b\nResent-To:\n", ""},
};

START_TEST(recipients_are_found_in_the_header)
{
	struct message message = {0};
	struct strlist recipients = {0};
	struct buf found = {0};
	struct error err = {0};

	read_message(&message, recipient_cases[_i].lines);
	ck_assert_int_eq(complete_recipients(&message, stamp.domain,
			     &recipients, &err),
	    0);
	join(&found, &recipients);
	ck_assert_str_eq(buf_string(&found), recipient_cases[_i].recipients);
	buf_free(&found);
	strlist_free(&recipients);
	message_free(&message);
}
END_TEST

static const struct {
	const char *lines;
	const char *words; /* in the sentence */
} refused_cases[] = {
    {"To: a@b, c d\n", "in To, c d is"},
    {"Cc: <a@b\n", "in Cc, <a@b is"},
    {"To: a@b\nBcc: |cmd\n", "in Bcc, |cmd is"},
    {"Resent-Cc: a@\n", "in Resent-Cc, a@ is"},
    {"To: a@b (lost, c@d\n", "a comment is not closed"},
    {"To: a@b, \"lost, c@d\n", "a quote is not closed"},
    {"To: <>\n", "in To, \"\" is"},
};

START_TEST(a_wrong_address_in_the_header_is_named)
{
	struct message message = {0};
	struct strlist recipients = {0};
	struct error err = {0};

	read_message(&message, refused_cases[_i].lines);
	ck_assert_int_eq(complete_recipients(&message, stamp.domain,
			     &recipients, &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_ADDRESS);
	ck_assert_msg(strstr(err.text, refused_cases[_i].words) != NULL,
	    "\"%s\" is not in \"%s\"", refused_cases[_i].words, err.text);
	strlist_free(&recipients);
	message_free(&message);
}
END_TEST

START_TEST(an_argument_may_hold_a_list)
{
	struct strlist recipients = {0};
	struct buf found = {0};
	struct error err = {0};

	ck_assert_int_eq(complete_add_recipients(text_of(""), "d", &recipients,
			     &err),
	    0);
	ck_assert_int_eq(
	    complete_add_recipients(text_of("a@x,b@y,\"N, M\" <a@x>,-f"), "d",
		&recipients, &err),
	    0);
	ck_assert_int_eq(complete_add_recipients(text_of("a@b c@d"), "d",
			     &recipients, &err),
	    -1);
	join(&found, &recipients);
	ck_assert_str_eq(buf_string(&found), "a@x b@y a@x -f@d");
	buf_free(&found);
	strlist_free(&recipients);
}
END_TEST

Suite *suite_complete(void)
{
	Suite *suite = suite_create("complete");
	TCase *tests = tcase_create("complete");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, what_is_missing_is_added_and_the_rest_stays,
	    0, COUNT(complete_cases));
	tcase_add_loop_test(tests, a_completed_message_gets_only_another_trace,
	    0, COUNT(complete_cases));
	tcase_add_loop_test(tests, no_blind_copy_is_seen, 0,
	    COUNT(secret_cases));
	tcase_add_test(tests, what_only_resembles_a_blind_copy_stays);
	tcase_add_loop_test(tests, a_full_name_is_only_ever_a_name, 0,
	    COUNT(name_cases));
	tcase_add_test(tests, a_message_in_a_loop_is_refused);
	tcase_add_loop_test(tests, recipients_are_found_in_the_header, 0,
	    COUNT(recipient_cases));
	tcase_add_loop_test(tests, a_wrong_address_in_the_header_is_named, 0,
	    COUNT(refused_cases));
	tcase_add_test(tests, an_argument_may_hold_a_list);
	return suite;
}
