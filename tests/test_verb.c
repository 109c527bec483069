#include <string.h>

#include "verb.h"

#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define X20          "xxxxxxxxxxxxxxxxxxxx"
#define X100         X20 X20 X20 X20 X20
#define X500         X100 X100 X100 X100 X100

static const char domain[] = "example.org";

static const struct {
	const char *line;
	enum verb verb;
	const char *rest;
} verbs[] = {
    {"EHLO [127.0.0.1]", VERB_EHLO, "[127.0.0.1]"},
    {"ehlo x", VERB_EHLO, "x"},
    {"HELO\tx ", VERB_HELO, "x"},
    {"MAIL FROM:<>", VERB_MAIL, "FROM:<>"},
    {"mail from:<>", VERB_MAIL, "from:<>"},
    {"RCPT TO:<a@b>", VERB_RCPT, "TO:<a@b>"},
    {"DATA", VERB_DATA, ""},
    {"DATA ", VERB_DATA, ""},
    {"BDAT 5 LAST", VERB_BDAT, "5 LAST"},
    {"RSET", VERB_RSET, ""},
    {"NOOP what ever", VERB_NOOP, "what ever"},
    {"QUIT", VERB_QUIT, ""},
    {"VRFY root", VERB_VRFY, "root"},
    {"EXPN root", VERB_EXPN, "root"},
    {"HELP", VERB_HELP, ""},
    {"AUTH PLAIN", VERB_AUTH, "PLAIN"},
    {"STARTTLS", VERB_STARTTLS, ""},
    {"", VERB_UNKNOWN, ""},
    {"DATAX", VERB_UNKNOWN, ""},
    {"MAILFROM:<>", VERB_UNKNOWN, ""},
    {"\xff\x01", VERB_UNKNOWN, ""},
};

START_TEST(commands_are_told_apart)
{
	struct text rest;

	ck_assert_int_eq(verb_find(text_of(verbs[_i].line), &rest),
	    verbs[_i].verb);
	if (verbs[_i].verb != VERB_UNKNOWN)
		ck_assert(text_is(rest, verbs[_i].rest));
}
END_TEST

static const struct {
	const char *rest;
	const char *sender;
	struct request request;
	unsigned long long size;
	bool is_international;
} mails[] = {
    {.rest = "FROM:<>", .sender = ""},
    {.rest = "FROM:<a@b.example>", .sender = "a@b.example"},
    {.rest = "from: <a@b.example>", .sender = "a@b.example"},
    {.rest = "FROM:<anna>", .sender = "anna@example.org"},
    {.rest = "FROM:<\"a b\"@b.example>", .sender = "\"a b\"@b.example"},
    {.rest = "FROM:<\">\"@b.example>", .sender = "\">\"@b.example"},
    {.rest = "FROM:<\"\\\">\"@b.example>", .sender = "\"\\\">\"@b.example"},
    {.rest = "FROM:<@c.example,@d.example:a@b.example>",
	.sender = "a@b.example"},
    {.rest = "FROM:<a@[192.0.2.1]>", .sender = "a@[192.0.2.1]"},
    {.rest = "FROM:<> SIZE=0", .sender = ""},
    {.rest = "FROM:<> SIZE=123456789012", .sender = "", .size = 123456789012},
    {.rest = "FROM:<> size=18446744073709551615", .sender = "", .size = ~0ULL},
    {.rest = "FROM:<> BODY=7bit", .sender = "", .request.body = BODY_7BIT},
    {.rest = "FROM:<> BODY=8BITMIME",
	.sender = "",
	.request.body = BODY_8BITMIME},
    {.rest = "FROM:<\xc3\xbc@b.example> SMTPUTF8",
	.sender = "\xc3\xbc@b.example",
	.is_international = true},
    {.rest = "FROM:<> RET=FULL", .sender = "", .request.returns = RETURN_FULL},
    {.rest = "FROM:<> RET=HDRS ENVID=a+2Bb+3D",
	.sender = "",
	.request = {.returns = RETURN_HEADERS, .envelope_id = "a+b="}},
    {.rest = "FROM:<> ENVID=" X100, .sender = "", .request.envelope_id = X100},
    {.rest = "FROM:<> REQUIRETLS", .sender = "", .request.requires_tls = true},
    {.rest = "FROM:<a@b.example>  SIZE=1 BODY=7BIT ",
	.sender = "a@b.example",
	.size = 1,
	.request.body = BODY_7BIT},
};

START_TEST(mail_is_read)
{
	struct verb_mail mail = {.size = 0};
	struct error err = {0};
	const struct request *request = &mails[_i].request;

	ck_assert_msg(verb_read_mail(&mail, text_of(mails[_i].rest), domain,
			  &err) == 0,
	    "%s", err.text);
	ck_assert_str_eq(buf_string(&mail.sender), mails[_i].sender);
	ck_assert_uint_eq(mail.size, mails[_i].size);
	ck_assert_int_eq(mail.is_international, mails[_i].is_international);
	ck_assert_int_eq(mail.request.body, request->body);
	ck_assert_int_eq(mail.request.returns, request->returns);
	ck_assert_int_eq(mail.request.requires_tls, request->requires_tls);
	ck_assert_pstr_eq(mail.request.envelope_id, request->envelope_id);
	verb_mail_free(&mail);
}
END_TEST

static const struct {
	const char *rest;
	int reply;
	const char *status;
} bad_mails[] = {
    {"", 501, "5.5.4"},
    {"FROM", 501, "5.5.4"},
    {"FROM:", 501, "5.5.4"},
    {"FROM:a@b.example", 501, "5.5.4"},
    {"FROM:<a@b.example", 501, "5.5.4"},
    {"FROM:<\"a@b.example>", 501, "5.5.4"},
    {"FROM:<a@b.example>SIZE=1", 501, "5.5.4"},
    {"FROM:<a@b.example>> SIZE=1", 501, "5.5.4"},
    {"TO:<a@b.example>", 501, "5.5.4"},
    {"FROM:<a@b.example\rRCPT TO:<c>", 501, "5.5.4"},
    {"FROM:<a@b.example\nRCPT TO:<c>", 501, "5.5.4"},
    {"FROM:<\x7f@b.example>", 501, "5.5.4"},
    {"FROM:<\xff@b.example>", 501, "5.5.4"},
    {"FROM:<a b@c.example>", 553, "5.1.3"},
    {"FROM:<@b.example>", 553, "5.1.3"},
    {"FROM:<a@>", 553, "5.1.3"},
    {"FROM:<|/bin/cat>", 553, "5.1.3"},
    {"FROM:<> SIZE", 501, "5.5.4"},
    {"FROM:<> SIZE=", 501, "5.5.4"},
    {"FROM:<> SIZE=x", 501, "5.5.4"},
    {"FROM:<> SIZE=-1", 501, "5.5.4"},
    {"FROM:<> SIZE=18446744073709551616", 501, "5.5.4"},
    {"FROM:<> SIZE=1 SIZE=1", 501, "5.5.4"},
    {"FROM:<> BODY=BINARYMIME", 501, "5.5.4"},
    {"FROM:<> SMTPUTF8=yes", 501, "5.5.4"},
    {"FROM:<> REQUIRETLS=yes", 501, "5.5.4"},
    {"FROM:<> RET=SOME", 501, "5.5.4"},
    {"FROM:<> ENVID=", 501, "5.5.4"},
    {"FROM:<> ENVID=a+2", 501, "5.5.4"},
    {"FROM:<> ENVID=a+", 501, "5.5.4"},
    {"FROM:<> ENVID=+0A", 501, "5.5.4"},
    {"FROM:<> ENVID=+FF", 501, "5.5.4"},
    {"FROM:<> ENVID=a+2b", 501, "5.5.4"},
    {"FROM:<> ENVID=a=b", 501, "5.5.4"},
    {"FROM:<> ENVID=" X100 "x", 501, "5.5.4"},
    {"FROM:<> AUTH=<>", 555, "5.5.4"},
    {"FROM:<> NOTIFY=NEVER", 555, "5.5.4"},
    {"FROM:<> SIZE=1\tBODY=7BIT", 501, "5.5.4"},
    {"FROM:<> =", 555, "5.5.4"},
};

START_TEST(mail_is_refused)
{
	struct verb_mail mail = {.size = 0};
	struct error err = {0};

	ck_assert_int_eq(verb_read_mail(&mail, text_of(bad_mails[_i].rest),
			     domain, &err),
	    -1);
	ck_assert_int_eq(err.reply, bad_mails[_i].reply);
	ck_assert_str_eq(err.status, bad_mails[_i].status);
	verb_mail_free(&mail);
}
END_TEST

static const struct {
	const char *rest;
	const char *recipient;
	const char *original;
	unsigned notify;
} rcpts[] = {
    {"TO:<a@b.example>", "a@b.example", "", 0},
    {"to: <root>", "root@example.org", "", 0},
    {"TO:<Postmaster>", "Postmaster@example.org", "", 0},
    {"TO:<a@b.example> NOTIFY=NEVER", "a@b.example", "", NOTIFY_NEVER},
    {"TO:<a@b.example> NOTIFY=success,Delay", "a@b.example", "",
	NOTIFY_SUCCESS | NOTIFY_DELAY},
    {"TO:<a@b.example> ORCPT=rfc822;c+2Bd@e", "a@b.example", "rfc822;c+d@e", 0},
    {"TO:<a@b.example> ORCPT=utf-8;\xc3\xbc@e NOTIFY=FAILURE", "a@b.example",
	"", NOTIFY_FAILURE},
};

START_TEST(rcpt_is_read)
{
	struct verb_rcpt rcpt = {.notify = 0};
	struct error err = {0};

	ck_assert_msg(verb_read_rcpt(&rcpt, text_of(rcpts[_i].rest), domain,
			  &err) == 0,
	    "%s", err.text);
	ck_assert_str_eq(buf_string(&rcpt.recipient), rcpts[_i].recipient);
	ck_assert_str_eq(buf_string(&rcpt.original), rcpts[_i].original);
	ck_assert_uint_eq(rcpt.notify, rcpts[_i].notify);
	verb_rcpt_free(&rcpt);
}
END_TEST

static const struct {
	const char *rest;
	int reply;
} bad_rcpts[] = {
    {"TO:<>", 553},
    {"TO:<a@b.example", 501},
    {"FROM:<a@b.example>", 501},
    {"TO:<a@b.example> NOTIFY=", 501},
    {"TO:<a@b.example> NOTIFY=NEVER,DELAY", 501},
    {"TO:<a@b.example> NOTIFY=OFTEN", 501},
    {"TO:<a@b.example> NOTIFY=DELAY NOTIFY=DELAY", 501},
    {"TO:<a@b.example> ORCPT=c@d", 501},
    {"TO:<a@b.example> ORCPT=;c@d", 501},
    {"TO:<a@b.example> ORCPT=\xc3\xa9;c@d", 501},
    {"TO:<a@b.example> ORCPT=a+b;c@d", 501},
    {"TO:<a@b.example> ORCPT=rfc822;", 501},
    {"TO:<a@b.example> ORCPT=rfc822;+0D", 501},
    {"TO:<a@b.example> ORCPT=rfc822;\xc3\xbc", 501},
    {"TO:<a@b.example> ORCPT=rfc822;" X500, 501},
    {"TO:<a@b.example> SIZE=1", 555},
};

START_TEST(rcpt_is_refused)
{
	struct verb_rcpt rcpt = {.notify = 0};
	struct error err = {0};

	ck_assert_int_eq(verb_read_rcpt(&rcpt, text_of(bad_rcpts[_i].rest),
			     domain, &err),
	    -1);
	ck_assert_int_eq(err.reply, bad_rcpts[_i].reply);
	verb_rcpt_free(&rcpt);
}
END_TEST

static const struct {
	const char *rest;
	int result;
	uint64_t size;
	bool is_last;
} chunks[] = {
    {"0", 0, 0, false},
    {"86", 0, 86, false},
    {"0 LAST", 0, 0, true},
    {"5  last ", 0, 5, true},
    {"1073741824", 0, 1073741824, false},
    {"1073741825", -1, 0, false},
    {"", -1, 0, false},
    {"LAST", -1, 0, false},
    {"5 LATER", -1, 0, false},
    {"5 LAST LAST", -1, 0, false},
    {"-5", -1, 0, false},
    {"5x", -1, 0, false},
};

START_TEST(chunks_have_a_size)
{
	struct error err = {0};
	uint64_t size = 0;
	bool is_last = false;

	ck_assert_int_eq(verb_read_bdat(text_of(chunks[_i].rest), &size,
			     &is_last, &err),
	    chunks[_i].result);
	if (chunks[_i].result < 0) {
		ck_assert_int_eq(err.reply, 501);
		return;
	}
	ck_assert_uint_eq(size, chunks[_i].size);
	ck_assert_int_eq(is_last, chunks[_i].is_last);
}
END_TEST

Suite *suite_verb(void)
{
	Suite *suite = suite_create("verb");
	TCase *cases = tcase_create("verb");

	tcase_add_loop_test(cases, commands_are_told_apart, 0, COUNT(verbs));
	tcase_add_loop_test(cases, mail_is_read, 0, COUNT(mails));
	tcase_add_loop_test(cases, mail_is_refused, 0, COUNT(bad_mails));
	tcase_add_loop_test(cases, rcpt_is_read, 0, COUNT(rcpts));
	tcase_add_loop_test(cases, rcpt_is_refused, 0, COUNT(bad_rcpts));
	tcase_add_loop_test(cases, chunks_have_a_size, 0, COUNT(chunks));
	suite_add_tcase(suite, cases);
	return suite;
}
