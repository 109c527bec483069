#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "server.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { PATIENCE = 5000, IMPATIENCE = 20, MAX_SIZE = 1000 };

static const char greeting[] = "220 mx.example.org ESMTP sendoff\r\n";

/* --- a desk -------------------------------------------------------------- */

/* Whoever is called like that has trouble. */
static int fail_for(const char *recipient, struct error *err)
{
	if (strncmp(recipient, "nobody@", 7) == 0)
		return (fail)(err, ERROR_NO_USER, "there is no nobody");
	if (strncmp(recipient, "alias@", 6) == 0)
		return (fail)(err, ERROR_CONFIG, "the alias goes in circles");
	if (strncmp(recipient, "nosuch@", 7) == 0) {
		(void)(fail)(err, ERROR_REFUSED, "h refused it: 571 5.7.9 No");
		err->reply = 571;
		memcpy(err->status, "5.7.9", sizeof "5.7.9");
		return -1;
	}
	return 0;
}

static int fail_at_end(const char *recipient, struct error *err)
{
	if (strncmp(recipient, "busy@", 5) == 0) {
		(void)(fail)(err, ERROR_DEFERRED,
		    "h refused it: 450 4.2.1 Busy");
		err->reply = 450;
		memcpy(err->status, "4.2.1", sizeof "4.2.1");
		return -1;
	}
	if (strncmp(recipient, "away@", 5) == 0) {
		(void)(fail)(err, ERROR_DEFERRED,
		    "h refused it: 421 4.3.2 Bye");
		err->reply = 421;
		return -1;
	}
	if (strncmp(recipient, "denied@", 7) == 0) {
		(void)(fail)(err, ERROR_LOGIN, "not in your name");
		err->reply = 550;
		memcpy(err->status, "5.7.1", sizeof "5.7.1");
		return -1;
	}
	if (strncmp(recipient, "login@", 6) == 0) {
		(void)(fail)(err, ERROR_LOGIN, "h refused the login");
		err->reply = 535;
		memcpy(err->status, "5.7.8", sizeof "5.7.8");
		return -1;
	}
	if (strncmp(recipient, "spool@", 6) == 0)
		return (fail)(err, ERROR_CREATE, "it cannot be kept");
	if (strncmp(recipient, "\xc3\xbc@", 3) == 0)
		return (fail)(err, ERROR_REFUSED, "\xc3\xbc is refused");
	return 0;
}

static int check_recipient(void *context, const char *sender,
    const char *recipient, struct error *err)
{
	(void)context;
	ck_assert_ptr_nonnull(sender);
	return fail_for(recipient, err);
}

static void note_envelope(const struct server_mail *mail, struct buf *taken)
{
	const struct request *request = &mail->request;

	buf_addf(taken, "%s", mail->sender);
	if (request->envelope_id != NULL)
		buf_addf(taken, " id=%s", request->envelope_id);
	if (request->returns != RETURN_UNSET)
		buf_addf(taken, " ret=%d", (int)request->returns);
	if (request->body != BODY_UNKNOWN)
		buf_addf(taken, " body=%d", (int)request->body);
	for (size_t i = 0; i < mail->count && i < 10; i++) {
		const struct recipient *recipient = &mail->recipients[i];

		buf_addf(taken, ">%s", recipient->address);
		if (recipient->notify != 0)
			buf_addf(taken, " n=%u", recipient->notify);
		if (recipient->original != NULL)
			buf_addf(taken, " o=%s", recipient->original);
	}
}

static int read_body(server_source *read, void *source, struct buf *letter,
    struct error *err)
{
	ssize_t count;

	do {
		count = read(source, buf_room(letter, 7), 7, err);
		if (count > 0)
			letter->length += (size_t)count;
		if (letter->length > MAX_SIZE)
			return (fail)(err, ERROR_TOO_BIG, "too much");
	} while (count > 0);
	return (int)count;
}

/* Writes down what it takes. */
static int take(void *context, const struct server_mail *mail,
    server_source *read, void *source, struct buf *reply, struct error *err)
{
	struct buf *taken = context;
	struct buf letter = {0};
	int result;

	note_envelope(mail, &letter);
	buf_add_byte(&letter, '{');
	result = read_body(read, source, &letter, err);
	if (result == 0)
		result = fail_at_end(mail->recipients[0].address, err);
	buf_add_byte(&letter, '}');
	if (result == 0)
		buf_add(taken, buf_text(&letter));
	buf_add_string(reply, "2.0.0 taken");
	buf_free(&letter);
	return result;
}

/* --- a session ----------------------------------------------------------- */

struct session {
	struct server server;
	struct buf taken;
	struct buf said;
	struct error err;
	int result;
};

static void session_prepare(struct session *session, int in, int out)
{
	*session = (struct session){
	    .server =
		{
		    .feed = {.fd = in, .patience = PATIENCE},
		    .answers = {.out = out, .patience = PATIENCE},
		    .hostname = "mx.example.org",
		    .domain = "example.org",
		    .desk =
			{
			    .max_size = MAX_SIZE,
			    .check_recipient = check_recipient,
			    .take = take,
			},
		},
	};
}

static void run(struct session *session)
{
	session->server.desk.context = &session->taken;
	session->result = server_run(&session->server, &session->err);
}

static void read_said(struct session *session, int out)
{
	struct error err;
	ssize_t count;

	ck_assert_int_eq(lseek(out, 0, SEEK_SET), 0);
	do {
		count = file_read(out, buf_room(&session->said, 4096), 4096,
		    "the replies", &err);
		ck_assert_int_ge(count, 0);
		session->said.length += (size_t)count;
	} while (count > 0);
}

static void session_free(struct session *session)
{
	buf_free(&session->taken);
	buf_free(&session->said);
}

static int open_file(struct text text)
{
	struct error err;
	int fd = file_open_unnamed(&err);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, text, "the dialogue", &err), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* A client that says all of it at once, and listens later. */
static void converse(struct session *session, struct text said)
{
	int in = open_file(said);
	int out = open_file(text_of(""));

	session_prepare(session, in, out);
	run(session);
	read_said(session, out);
	ck_assert_int_eq(close(in), 0);
	ck_assert_int_eq(close(out), 0);
}

/* The other extreme: one byte for each read(2). */
static void converse_slowly(struct session *session, struct text said)
{
	int out = open_file(text_of(""));
	int fds[2];
	pid_t writer;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	writer = fork();
	ck_assert_int_ge(writer, 0);
	if (writer == 0) {
		(void)close(fds[0]);
		for (size_t i = 0; i < said.length; i++)
			if (send(fds[1], said.data + i, 1, MSG_NOSIGNAL) != 1)
				break;
		_exit(0);
	}
	ck_assert_int_eq(close(fds[1]), 0);
	session_prepare(session, fds[0], out);
	run(session);
	read_said(session, out);
	ck_assert_int_eq(close(fds[0]), 0);
	ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
	ck_assert_int_eq(close(out), 0);
}

static void check_session(struct session *session, const char *answers,
    const char *taken)
{
	struct text said = buf_text(&session->said);

	ck_assert(text_begins(said, greeting));
	ck_assert_str_eq(buf_string(&session->said) + strlen(greeting),
	    answers);
	ck_assert_str_eq(buf_string(&session->taken), taken);
	ck_assert_int_eq(session->result, 0);
}

/* --- dialogues ----------------------------------------------------------- */

#define MAIL    "MAIL FROM:<a@b.example>\r\n"
#define RCPT    "RCPT TO:<c@d.example>\r\n"
#define BEGIN   MAIL RCPT
#define OK_MAIL "250 2.1.0 sender ok\r\n"
#define OK_RCPT "250 2.1.5 recipient ok\r\n"
#define GO      "354 go on, and end with a line with only a dot\r\n"
#define TAKEN   "250 2.0.0 taken\r\n"
#define BEGUN   OK_MAIL OK_RCPT
#define BYE     "221 2.0.0 goodbye\r\n"
#define MORE    "250 2.0.0 go on\r\n"
#define NO_MAIL "503 5.5.1 MAIL and RCPT come first\r\n"
#define NO_SIZE                                                                \
	"421 4.5.4 BDAT takes a number of bytes, at most 1073741824, and "     \
	"maybe LAST\r\n"
#define TO(name) MAIL "RCPT TO:<" name "@d.example>\r\nDATA\r\nx\r\n.\r\n"

static const struct {
	const char *says;
	const char *answers;
	const char *taken;
} dialogues[] = {
    {"", "", ""},
    {"QUIT\r\n", BYE, ""},
    {"QUIT\r\nNOOP\r\n", BYE, ""},
    {"quit\n", BYE, ""},
    {"HELO x\r\n", "250 mx.example.org\r\n", ""},
    {"EHLO x\r\n",
	"250-mx.example.org\r\n250-SIZE 1000\r\n250-PIPELINING\r\n"
	"250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n"
	"250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n250 HELP\r\n",
	""},
    {"EHLO\r\n", "501 5.5.4 a name belongs behind it\r\n", ""},
    {"HELO \r\n", "501 5.5.4 a name belongs behind it\r\n", ""},
    {"NOOP x\r\nRSET\r\nVRFY root\r\nEXPN l\r\nAUTH PLAIN\r\nSTARTTLS\r\n",
	"250 2.0.0 ok\r\n250 2.0.0 forgotten\r\n"
	"252 2.1.5 send some mail and see\r\n"
	"502 5.5.1 there is no such command here\r\n"
	"503 5.5.1 nobody has to log in here\r\n"
	"502 5.5.1 there is no such command here\r\n",
	""},
    {"WHAT\r\n\r\n",
	"500 5.5.1 this command is not known\r\n"
	"500 5.5.1 this command is not known\r\n",
	""},
    /* Messages. */
    {BEGIN "DATA\r\nS: x\r\n\r\nb\r\n.\r\nQUIT\r\n", BEGUN GO TAKEN BYE,
	"a@b.example>c@d.example{S: x\r\n\r\nb\r\n}"},
    {BEGIN "DATA\r\n.\r\n", BEGUN GO TAKEN, "a@b.example>c@d.example{}"},
    {"MAIL FROM:<>\nRCPT TO:<root>\nDATA\n..\n.\nQUIT\n", BEGUN GO TAKEN BYE,
	">root@example.org{.\n}"},
    {BEGIN "DATA\r\n1\r\n.\r\n" BEGIN "DATA\r\n2\r\n.\r\n",
	BEGUN GO TAKEN BEGUN GO TAKEN,
	"a@b.example>c@d.example{1\r\n}a@b.example>c@d.example{2\r\n}"},
    {BEGIN RCPT "RSET\r\n" BEGIN "DATA\r\n2\r\n.\r\n",
	BEGUN OK_RCPT "250 2.0.0 forgotten\r\n" BEGUN GO TAKEN,
	"a@b.example>c@d.example{2\r\n}"},
    {BEGIN "EHLO x\r\nDATA\r\n",
	BEGUN "250-mx.example.org\r\n250-SIZE 1000\r\n250-PIPELINING\r\n"
	      "250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n"
	      "250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n250 HELP\r\n" NO_MAIL,
	""},
    /* What was asked for. */
    {"MAIL FROM:<a@b.example> BODY=8BITMIME RET=HDRS ENVID=x+3D SIZE=9\r\n"
     "RCPT TO:<c@d.example> NOTIFY=NEVER\r\n"
     "RCPT TO:<e@d.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;f@g\r\n" RCPT
     "DATA\r\n.\r\n",
	OK_MAIL OK_RCPT OK_RCPT OK_RCPT GO TAKEN,
	"a@b.example id=x= ret=2 body=2>c@d.example n=1>e@d.example n=12 "
	"o=rfc822;f@g>c@d.example{}"},
    /* Out of order. */
    {RCPT, "503 5.5.1 MAIL comes first\r\n", ""},
    {"DATA\r\n", NO_MAIL, ""},
    {MAIL MAIL,
	OK_MAIL "503 5.5.1 there is a sender already; RSET forgets him\r\n",
	""},
    {MAIL "DATA\r\n", OK_MAIL "554 5.5.1 there is no valid recipient\r\n", ""},
    {BEGIN "DATA x\r\n", BEGUN "501 5.5.4 DATA takes nothing behind it\r\n",
	""},
    /* Refusals before the message. */
    {"MAIL FROM:a\r\n", "501 5.5.4 FROM:<address> is what belongs here\r\n",
	""},
    {"MAIL FROM:<> FOO=1\r\n",
	"555 5.5.4 the parameter FOO is not known "
	"here\r\n",
	""},
    {"MAIL FROM:<> SIZE=1001\r\n" RCPT,
	"552 5.3.4 the message is longer than is taken here\r\n"
	"503 5.5.1 MAIL comes first\r\n",
	""},
    {"MAIL FROM:<> SIZE=1000\r\n", OK_MAIL, ""},
    {MAIL "RCPT TO:<nobody@d.example>\r\nRCPT TO:<alias@d.example>\r\n"
	  "RCPT TO:<nosuch@d.example>\r\n" RCPT "DATA\r\n.\r\n",
	OK_MAIL "550 5.1.1 there is no nobody\r\n"
		"451 4.3.5 the alias goes in circles\r\n"
		"571 5.7.9 h refused it: 571 5.7.9 No\r\n" OK_RCPT GO TAKEN,
	"a@b.example>c@d.example{}"},
    {MAIL "RCPT TO:<nobody@d.example>\r\nDATA\r\nRSET\r\n",
	OK_MAIL "550 5.1.1 there is no nobody\r\n"
		"554 5.5.1 there is no valid recipient\r\n"
		"250 2.0.0 forgotten\r\n",
	""},
    /* Refusals behind it. */
    {TO("busy") "QUIT\r\n",
	BEGUN GO "450 4.2.1 h refused it: 450 4.2.1 Busy\r\n" BYE, ""},
    {TO("away") "QUIT\r\n",
	BEGUN GO "451 4.0.0 h refused it: 421 4.3.2 Bye\r\n" BYE, ""},
    {TO("denied"), BEGUN GO "550 5.7.1 not in your name\r\n", ""},
    {TO("login"), BEGUN GO "451 4.7.8 h refused the login\r\n", ""},
    {TO("spool"), BEGUN GO "451 4.3.0 it cannot be kept\r\n", ""},
    {MAIL "RCPT TO:<\xc3\xbc@d.example>\r\nDATA\r\n.\r\n",
	BEGUN GO "554 5.0.0 ? is refused\r\n", ""},
    {"MAIL FROM:<> SMTPUTF8\r\nRCPT TO:<\xc3\xbc@d.example>\r\nDATA\r\n.\r\n",
	BEGUN GO "554 5.0.0 \xc3\xbc is refused\r\n", ""},
    /* Chunks. */
    {BEGIN "BDAT 3 LAST\r\nabcQUIT\r\n", BEGUN TAKEN BYE,
	"a@b.example>c@d.example{abc}"},
    {BEGIN "BDAT 3\r\nabcBDAT 5 LAST\r\n\r\n.\r\nQUIT\r\n",
	BEGUN MORE TAKEN BYE, "a@b.example>c@d.example{abc\r\n.\r\n}"},
    {BEGIN "BDAT 3\r\nabcBDAT 0 LAST\r\n", BEGUN MORE TAKEN,
	"a@b.example>c@d.example{abc}"},
    {BEGIN "BDAT 0 LAST\r\n", BEGUN TAKEN, "a@b.example>c@d.example{}"},
    {BEGIN "BDAT 0\r\nBDAT 1\r\naBDAT 1 LAST\r\nbQUIT\r\n",
	BEGUN MORE MORE TAKEN BYE, "a@b.example>c@d.example{ab}"},
    {BEGIN "BDAT 3\r\nabcNOOP\r\nBDAT 1 LAST\r\nd",
	BEGUN MORE "250 2.0.0 ok\r\n" TAKEN, "a@b.example>c@d.example{abcd}"},
    {BEGIN "BDAT 3\r\nabcDATA\r\n" RCPT "BDAT 1 LAST\r\nd",
	BEGUN MORE "503 5.5.1 BDAT LAST comes first\r\n"
		   "503 5.5.1 BDAT LAST comes first\r\n" TAKEN,
	"a@b.example>c@d.example{abcd}"},
    /* Of what size a chunk is must be known, or it is taken for commands. */
    {BEGIN "BDAT 1073741825 LAST\r\nRSET\r\n" BEGIN "DATA\r\n.\r\n",
	BEGUN NO_SIZE, ""},
    {BEGIN "BDAT 3\r\nabcBDAT x\r\nRSET\r\n" BEGIN "DATA\r\n.\r\n",
	BEGUN MORE NO_SIZE, ""},
    {BEGIN "BDAT 3\r\nabcRSET\r\nBDAT 1 LAST\r\nd",
	BEGUN MORE "250 2.0.0 forgotten\r\n" NO_MAIL, ""},
    {BEGIN "BDAT 3\r\nabcQUIT\r\n", BEGUN MORE BYE, ""},
    {BEGIN "BDAT 3\r\nabcHELO x\r\n" BEGIN "BDAT 1 LAST\r\nd",
	BEGUN MORE "250 mx.example.org\r\n" BEGUN TAKEN,
	"a@b.example>c@d.example{d}"},
    {BEGIN "BDAT 3\r\nabc", BEGUN MORE, ""},
    {BEGIN "BDAT 3\r\nab", BEGUN, ""},
    {"BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n", NO_MAIL "250 2.0.0 ok\r\n", ""},
    {MAIL "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n",
	OK_MAIL "554 5.5.1 there is no valid recipient\r\n250 2.0.0 ok\r\n",
	""},
    {MAIL "RCPT TO:<busy@d.example>\r\nBDAT 1 LAST\r\nxNOOP\r\n",
	BEGUN "450 4.2.1 h refused it: 450 4.2.1 Busy\r\n250 2.0.0 ok\r\n", ""},
    /* With LF a chunk is the same. */
    {"MAIL FROM:<>\nRCPT TO:<root>\nBDAT 4 LAST\n.\r\n\nQUIT\n",
	BEGUN TAKEN BYE, ">root@example.org{.\r\n\n}"},
};

START_TEST(the_dialogue_is_as_it_should_be)
{
	struct session session;

	converse(&session, text_of(dialogues[_i].says));
	check_session(&session, dialogues[_i].answers, dialogues[_i].taken);
	session_free(&session);
	converse_slowly(&session, text_of(dialogues[_i].says));
	check_session(&session, dialogues[_i].answers, dialogues[_i].taken);
	session_free(&session);
}
END_TEST

/* --- the end of input ---------------------------------------------------- */

static const char first_end[] = "one\r\n.\r\n";

/* Whatever comes of it: no message before its last byte. */
START_TEST(nothing_is_taken_before_its_end)
{
	static const char said[] =
	    "EHLO x\r\n" BEGIN "DATA\r\none\r\n.\r\n" BEGIN
	    "BDAT 3\r\n123BDAT 2 LAST\r\n45QUIT\r\n";
	size_t first =
	    (size_t)(strstr(said, first_end) - said) + strlen(first_end);
	size_t second = (size_t)(strstr(said, "45QUIT") - said) + 2;

	for (size_t cut = 0; cut <= strlen(said); cut++) {
		struct session session;

		converse(&session, text_part(text_of(said), 0, cut));
		ck_assert_str_eq(buf_string(&session.taken),
		    cut < first      ? "" :
			cut < second ? "a@b.example>c@d.example{one\r\n}" :
				       "a@b.example>c@d.example{one\r\n}"
				       "a@b.example>c@d.example{12345}");
		ck_assert_int_eq(session.result, 0);
		session_free(&session);
	}
}
END_TEST

/* --- limits -------------------------------------------------------------- */

static size_t count_lines(struct text text, const char *start)
{
	struct text line;
	size_t count = 0;

	while (text_split(&text, '\n', &line))
		count += text_begins(line, start);
	return count;
}

START_TEST(a_message_that_is_too_long_is_read_to_its_end)
{
	struct session session;
	struct buf said = {0};

	buf_add_string(&said, BEGIN "DATA\r\n");
	for (int i = 0; i < 1000; i++)
		buf_add_string(&said, "QUIT\r\n");
	buf_add_string(&said, ".\r\n" BEGIN "BDAT 2000\r\n");
	for (int i = 0; i < 200; i++)
		buf_add_string(&said, "RSET RSET\n");
	buf_add_string(&said, "BDAT 2 LAST\r\nxxQUIT\r\n");
	converse(&session, buf_text(&said));
	check_session(&session,
	    BEGUN GO "552 5.3.4 too much\r\n" BEGUN
		     "552 5.3.4 too much\r\n" NO_MAIL BYE,
	    "");
	session_free(&session);
	buf_free(&said);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_no_command)
{
	struct session session;
	struct buf said = {0};

	for (int i = 0; i < FEED_MAX_LINE; i++)
		buf_add_byte(&said, 'x');
	buf_add_string(&said, "\r\nQUIT\r\n");
	converse(&session, buf_text(&said));
	check_session(&session, "500 5.5.2 the line is too long\r\n" BYE, "");
	session_free(&session);
	buf_free(&said);
}
END_TEST

START_TEST(there_is_an_end_to_mistakes)
{
	struct session session;
	struct buf said = {0};

	for (int i = 0; i < SERVER_MAX_ERRORS + 10; i++)
		buf_add_string(&said, "WHAT\r\n");
	converse(&session, buf_text(&said));
	ck_assert_uint_eq(count_lines(buf_text(&session.said), "500 "),
	    SERVER_MAX_ERRORS - 1);
	ck_assert_uint_eq(count_lines(buf_text(&session.said), "421 4.7.0 "),
	    1);
	ck_assert_int_eq(session.result, 0);
	session_free(&session);
	buf_free(&said);
}
END_TEST

/* A refused recipient is no mistake. */
START_TEST(there_is_an_end_to_recipients_only)
{
	struct session session;
	struct buf said = {0};
	struct text text;

	buf_add_string(&said, MAIL);
	for (int i = 0; i < 2 * SERVER_MAX_ERRORS; i++)
		buf_add_string(&said, "RCPT TO:<nobody@d.example>\r\n");
	for (int i = 0; i < SERVER_MAX_RECIPIENTS + 5; i++)
		buf_addf(&said, "RCPT TO:<r%d@d.example>\r\n", i);
	buf_add_string(&said, "DATA\r\n.\r\nQUIT\r\n");
	converse(&session, buf_text(&said));
	text = buf_text(&session.said);
	ck_assert_uint_eq(count_lines(text, "550 "), 2 * SERVER_MAX_ERRORS);
	ck_assert_uint_eq(count_lines(text, "250 2.1.5"),
	    SERVER_MAX_RECIPIENTS);
	ck_assert_uint_eq(count_lines(text, "452 4.5.3"), 5);
	ck_assert_uint_eq(count_lines(text, "250 2.0.0"), 1);
	session_free(&session);
	buf_free(&said);
}
END_TEST

START_TEST(a_long_sentence_takes_several_lines)
{
	struct answers answers = {.out = -1, .patience = PATIENCE};
	struct text rest;
	struct text line;
	struct buf words = {0};

	for (int i = 0; i < 100; i++)
		buf_addf(&words, "%sword%d", i > 0 ? " " : "", i);
	buf_add_string(&words, "\r\n250 ok\t");
	answers_say(&answers, 550, "5.1.1", buf_string(&words));
	rest = buf_text(&answers.waiting);
	ck_assert_uint_eq(count_lines(rest, "550-5.1.1 word"), 1);
	ck_assert_uint_eq(count_lines(rest, "550 5.1.1 word"), 1);
	while (text_split(&rest, '\n', &line)) {
		ck_assert_uint_lt(line.length, 512);
		ck_assert(text_begins(line, "550"));
	}
	answers_free(&answers);
	buf_free(&words);
}
END_TEST

/* --- time ---------------------------------------------------------------- */

static void check_silence(const char *said, const char *answers)
{
	struct session session;
	int out = open_file(text_of(""));
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(send(fds[1], said, strlen(said), 0),
	    (ssize_t)strlen(said));
	session_prepare(&session, fds[0], out);
	session.server.feed.patience = IMPATIENCE;
	run(&session);
	read_said(&session, out);
	ck_assert_int_eq(session.result, -1);
	ck_assert_int_eq(session.err.kind, ERROR_NETWORK);
	session.result = 0;
	check_session(&session, answers, "");
	session_free(&session);
	ck_assert_int_eq(close(fds[0]), 0);
	ck_assert_int_eq(close(fds[1]), 0);
	ck_assert_int_eq(close(out), 0);
}

START_TEST(silence_ends_the_session)
{
	static const char late[] =
	    "421 4.4.2 nothing was said for too long, goodbye\r\n";
	struct buf answers = {0};

	check_silence("", late);
	check_silence("QUI", late);
	buf_addf(&answers, "%s%s", BEGUN GO, late);
	check_silence(BEGIN "DATA\r\nx\r\n.\r", buf_string(&answers));
	buf_clear(&answers);
	buf_addf(&answers, "%s%s", BEGUN, late);
	check_silence(BEGIN "BDAT 3\r\nx", buf_string(&answers));
	buf_clear(&answers);
	buf_addf(&answers, "%s%s", BEGUN MORE, late);
	check_silence(BEGIN "BDAT 1\r\nx", buf_string(&answers));
	buf_free(&answers);
}
END_TEST

START_TEST(a_client_that_does_not_listen_is_left)
{
	struct session session;
	struct buf said = {0};
	int fds[2];
	int in;

	for (int i = 0; i < 20000; i++)
		buf_add_string(&said, "NOOP\r\n");
	in = open_file(buf_text(&said));
	ck_assert_int_eq(pipe(fds), 0);
	session_prepare(&session, in, fds[1]);
	session.server.answers.patience = IMPATIENCE;
	run(&session);
	ck_assert_int_eq(session.result, -1);
	ck_assert_int_eq(session.err.kind, ERROR_NETWORK);
	ck_assert_int_eq(close(fds[0]), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	session_free(&session);
	ck_assert_int_eq(lseek(in, 0, SEEK_SET), 0);
	session_prepare(&session, in, fds[1]);
	run(&session);
	ck_assert_int_eq(session.result, -1);
	session_free(&session);
	ck_assert_int_eq(close(fds[1]), 0);
	ck_assert_int_eq(close(in), 0);
	buf_free(&said);
}
END_TEST

/* Each packet is what one write(2) has written. */
START_TEST(replies_go_out_together)
{
	struct session session;
	char packet[1024];
	int in = open_file(text_of(BEGIN RCPT RCPT "NOOP\r\nQUIT\r\n"));
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	session_prepare(&session, in, fds[1]);
	run(&session);
	ck_assert_int_eq(recv(fds[0], packet, sizeof packet, 0),
	    (ssize_t)strlen(greeting));
	ck_assert_int_eq(recv(fds[0], packet, sizeof packet, 0),
	    (ssize_t)strlen(BEGUN OK_RCPT OK_RCPT "250 2.0.0 ok\r\n" BYE));
	ck_assert_int_eq(recv(fds[0], packet, sizeof packet, MSG_DONTWAIT), -1);
	session_free(&session);
	ck_assert_int_eq(close(fds[0]), 0);
	ck_assert_int_eq(close(fds[1]), 0);
	ck_assert_int_eq(close(in), 0);
}
END_TEST

/* It is not for the next message to say what became of this one. */
START_TEST(the_end_of_a_message_is_answered_at_once)
{
	struct session session;
	char packet[1024];
	int in = open_file(text_of(BEGIN "BDAT 1 LAST\r\nx" BEGIN "QUIT\r\n"));
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	session_prepare(&session, in, fds[1]);
	run(&session);
	ck_assert_int_eq(recv(fds[0], packet, sizeof packet, 0),
	    (ssize_t)strlen(greeting));
	ck_assert_int_eq(recv(fds[0], packet, sizeof packet, 0),
	    (ssize_t)strlen(BEGUN TAKEN));
	ck_assert_int_eq(recv(fds[0], packet, sizeof packet, 0),
	    (ssize_t)strlen(BEGUN BYE));
	session_free(&session);
	ck_assert_int_eq(close(fds[0]), 0);
	ck_assert_int_eq(close(fds[1]), 0);
	ck_assert_int_eq(close(in), 0);
}
END_TEST

START_TEST(replies_are_sent_before_a_chunk_is_waited_for)
{
	static const char said[] = BEGIN "BDAT 3 LAST\r\n";
	struct session session;
	char packet[1024];
	int in[2];
	int out[2];

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, out), 0);
	ck_assert_int_eq(write(in[1], said, strlen(said)),
	    (ssize_t)strlen(said));
	session_prepare(&session, in[0], out[1]);
	session.server.feed.patience = IMPATIENCE;
	run(&session);
	ck_assert_int_eq(recv(out[0], packet, sizeof packet, 0),
	    (ssize_t)strlen(greeting));
	ck_assert_int_eq(recv(out[0], packet, sizeof packet, 0),
	    (ssize_t)strlen(BEGUN));
	session_free(&session);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(close(in[i]), 0);
		ck_assert_int_eq(close(out[i]), 0);
	}
}
END_TEST

START_TEST(who_is_turned_away_hears_why)
{
	struct session session;
	struct error why;
	int in = open_file(text_of("EHLO x\r\n" BEGIN "QUIT\r\n"));
	int out = open_file(text_of(""));

	(void)(fail)(&why, ERROR_CONFIG, "conf:1: it is wrong");
	session_prepare(&session, in, out);
	session.server.refusal = &why;
	run(&session);
	read_said(&session, out);
	ck_assert_int_eq(session.result, -1);
	ck_assert_int_eq(session.err.kind, ERROR_CONFIG);
	ck_assert_str_eq(buf_string(&session.said),
	    "554 5.3.5 conf:1: it is wrong\r\n"
	    "503 5.5.1 nothing is taken here now\r\n"
	    "503 5.5.1 nothing is taken here now\r\n"
	    "503 5.5.1 nothing is taken here now\r\n" BYE);
	session_free(&session);
	ck_assert_int_eq(close(in), 0);
	ck_assert_int_eq(close(out), 0);
}
END_TEST

/* He may keep the line open and say nothing, RFC 5321 3.8. */
START_TEST(who_is_turned_away_for_now_is_not_waited_for)
{
	struct session session;
	struct error why;
	int out = open_file(text_of(""));
	int fds[2];

	(void)(fail)(&why, ERROR_SYSTEM, "the system is too busy");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	session_prepare(&session, fds[0], out);
	session.server.feed.patience = IMPATIENCE;
	session.server.refusal = &why;
	run(&session);
	read_said(&session, out);
	ck_assert_int_eq(session.result, -1);
	ck_assert_int_eq(session.err.kind, ERROR_SYSTEM);
	ck_assert_str_eq(buf_string(&session.said),
	    "421 4.3.0 the system is too busy\r\n");
	session_free(&session);
	ck_assert_int_eq(close(fds[0]), 0);
	ck_assert_int_eq(close(fds[1]), 0);
	ck_assert_int_eq(close(out), 0);
}
END_TEST

Suite *suite_server(void)
{
	Suite *suite = suite_create("server");
	TCase *dialogue = tcase_create("dialogue");
	TCase *limits = tcase_create("limits");

	tcase_add_loop_test(dialogue, the_dialogue_is_as_it_should_be, 0,
	    COUNT(dialogues));
	tcase_add_test(dialogue, nothing_is_taken_before_its_end);
	tcase_add_test(dialogue, replies_go_out_together);
	tcase_add_test(dialogue, the_end_of_a_message_is_answered_at_once);
	tcase_add_test(limits, replies_are_sent_before_a_chunk_is_waited_for);
	tcase_add_test(dialogue, who_is_turned_away_hears_why);
	tcase_add_test(dialogue, who_is_turned_away_for_now_is_not_waited_for);
	tcase_add_test(limits, a_message_that_is_too_long_is_read_to_its_end);
	tcase_add_test(limits, a_line_that_is_too_long_is_no_command);
	tcase_add_test(limits, there_is_an_end_to_mistakes);
	tcase_add_test(limits, there_is_an_end_to_recipients_only);
	tcase_add_test(limits, a_long_sentence_takes_several_lines);
	tcase_add_test(limits, silence_ends_the_session);
	tcase_add_test(limits, a_client_that_does_not_listen_is_left);
	suite_add_tcase(suite, dialogue);
	suite_add_tcase(suite, limits);
	return suite;
}
