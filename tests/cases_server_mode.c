#include <string.h>

#include "scenario.h"

/* What a client of -bs hears, and what becomes of its mail. */

#define QUEUE  "[sendmail] queue = fallback\n"
#define AWAY   QUEUE "host = unix:{dir}/nobody\n"
#define SERVER "--tls none"

#define ANNA     "MAIL FROM:<anna@example.org>\r\n"
#define BEN      "RCPT TO:<ben@example.net>\r\n"
#define TO(name) "RCPT TO:<" name "@example.net>\r\n"
#define TEXT                                                                   \
	"DATA\r\nFrom: anna@example.org\r\nSubject: hello\r\n\r\n"             \
	"Hello, Ben.\r\n.\r\n"
#define QUIT    "QUIT\r\n"
#define HELLO   "EHLO [127.0.0.1]\r\n"
#define MESSAGE HELLO ANNA BEN TEXT QUIT
#define REPORT  "^Content-Type: multipart/report"

enum { BIG = 5 * 1024 * 1024 };

static const char big_part[] = "..a line\r\n...\r\nand another\n.\n\r\n";
static const char big_start[] = HELLO ANNA BEN "DATA\r\nSubject: big\r\n\r\n";

/* Lines with dots wherever they may matter. */
static void write_big_dialogue(struct trial *trial)
{
	struct buf input = {.ceiling = 2 * BIG};

	buf_add_string(&input, big_start);
	while (input.length < BIG)
		buf_add_string(&input,
		    "..a line\r\n...\r\nand another\n.\n\r\n");
	buf_add_string(&input, ".\r\n" QUIT);
	trial_write(trial, "input", buf_text(&input));
	buf_free(&input);
}

/* All but the last byte of its end. */
static void write_cut_dialogue(struct trial *trial)
{
	struct buf input = {.ceiling = 2 * BIG};

	buf_add_string(&input, big_start);
	while (input.length < BIG)
		buf_add_string(&input, big_part);
	buf_add_string(&input, ".\r");
	trial_write(trial, "input", buf_text(&input));
	buf_free(&input);
}

/* The server has stored it with single dots, and LF has become CRLF. */
static void check_big(struct trial *trial)
{
	static const char repeated[] =
	    ".a line\r\n..\r\nand another\r\n.\r\n\r\n";
	struct buf stored = {.ceiling = 2 * BIG};
	size_t count = 0;
	struct text rest;

	(void)scenario_read_files(trial, "store", &stored);
	rest = buf_text(&stored);
	for (;;) {
		const char *found =
		    memmem(rest.data, rest.length, repeated, strlen(repeated));

		if (found == NULL)
			break;
		count++;
		rest = text_part(rest,
		    (size_t)(found - rest.data) + strlen(repeated),
		    rest.length);
	}
	if (count != (BIG - strlen(big_start)) / strlen(big_part) + 1)
		trial_fail(trial, "%zu parts of it have arrived", count);
	buf_free(&stored);
}

/* Each of them, in the one file. */
static void check_transcripts(struct trial *trial)
{
	trial_expect_file(trial, "x",
	    "> RCPT TO:<ben@example.net>\n> RCPT TO:<cleo@example.net>", true);
	trial_expect_file(trial, "log", "File exists", false);
}

static const struct scenario cases[] = {
    {.name = "a client of -bs sends a message",
	.server = SERVER,
	.options = "-bs",
	.input = MESSAGE,
	.prints = "^220 client.example.org ESMTP\n^250-PIPELINING\n"
		  "^250 2.1.5\n^354 \n^250 2.0.0 Taken\n^221 2.0.0",
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<ben@example.net>\n\n"
		    "From: anna@example.org\nSubject: hello\n\nHello, Ben.\n"}},
    {.name = "a client of -bs ends its lines with LF",
	.server = SERVER,
	.options = "-odb -oem -bs",
	.settings = "[sendmail] queue = never",
	.input = "HELO x\nMAIL FROM:<anna@example.org>\n"
		 "RCPT TO:<ben@example.net>\nDATA\nSubject: x\n\n..\na\r\n.\r\n"
		 ".\nQUIT\n",
	.prints = "^250 2.0.0 Taken\n^221",
	.arrives = "^Subject: x\n^\\..?$",
	.messages = 1},
    {.name = "a client of -bs sends several messages",
	.server = SERVER,
	.options = "-bs",
	.input = HELLO ANNA BEN TEXT ANNA BEN TEXT
	"RSET\r\n" ANNA BEN
	"BDAT 12\r\nSubject: c\r\nBDAT 7 LAST\r\n\r\nHello" QUIT,
	.prints = "^250 2.0.0 Taken\n^221",
	.arrives = "^Subject: c\n^Hello.?$",
	.messages = 3},
    {.name = "all messages of a client of -bs are in the file of -X",
	.server = SERVER,
	.options = "-bs -X {dir}/x",
	.settings = "[sendmail] allow_X = yes",
	.input = HELLO ANNA BEN TEXT ANNA TO("cleo") TEXT QUIT,
	.prints = "^250 2.0.0 Taken\n^221",
	.check = check_transcripts,
	.messages = 2},
    {.name = "a client of -bs that leaves early sends nothing",
	.server = SERVER,
	.options = "-bs",
	.input = HELLO ANNA BEN "DATA\r\nSubject: x\r\n\r\nb\r\n.\r",
	.prints = "^354 ",
	.logs = "left in the middle of its message",
	.messages = 0},
    {.name = "a client of -bs cannot be made to say more",
	.server = SERVER,
	.options = "-bs",
	.input = HELLO ANNA BEN
	"DATA\r\nSubject: x\r\n\r\nb\n.\nMAIL FROM:<evil@example.org>\n\r\n"
	".\nMAIL FROM:<evil@example.org>\r\nb\r.\r\r\n.\r\n" QUIT,
	.prints = "^250 2.0.0 Taken",
	.messages = 1},
    {.name = "what a client of -bs cannot send is kept",
	.options = "-bs",
	.settings = AWAY,
	.input = MESSAGE,
	.prints = "^250 2.0.0 kept as [0-9A-Z]{12}.?$\n^221",
	.waiting = 1,
	.waits = "^sender <anna@example.org>\n^recipient <ben@example.net>\n"
		 "^attempts 1"},
    {.name = "a client of -bs may want the queue",
	.server = SERVER,
	.options = "-bs -odq",
	.settings = QUEUE,
	.input = HELLO ANNA BEN TEXT ANNA BEN TEXT QUIT,
	.prints = "^250 2.0.0 kept as ",
	.waiting = 2},
    {.name = "with -odb a client of -bs does not wait",
	.server = SERVER,
	.options = "-bs -odb -oem",
	.settings = QUEUE,
	.input = HELLO ANNA BEN TEXT ANNA BEN TEXT QUIT,
	.prints = "^250 2.0.0 kept as ",
	.messages = 2},
    {.name = "with queue = always a client of -bs does not wait",
	.server = SERVER,
	.options = "-bs",
	.settings = "[sendmail] queue = always",
	.input = MESSAGE,
	.prints = "^250 2.0.0 kept as ",
	.messages = 1},
    {.name = "a client of -bs hears that the recipient was refused",
	.server = SERVER,
	.options = "-bs",
	.settings = QUEUE,
	.input = HELLO ANNA TO("nouser") TEXT QUIT,
	.prints = "^250 2.1.5\n^550 5.1.1 .*550 5.1.1 No such user here\n^221",
	.messages = 0},
    {.name = "a client of -bs hears that the message was refused",
	.server = SERVER,
	.options = "-bs",
	.settings = QUEUE,
	.input = HELLO ANNA TO("spam") BEN TEXT QUIT,
	.prints = "^554 5.7.1 .*Message looks like spam\n^221",
	.messages = 0},
    {.name = "a client of -bs hears of a refusal for now",
	.server = SERVER,
	.options = "-bs",
	.input = HELLO ANNA TO("later") TEXT QUIT,
	.prints = "^450 4.2.1 .*Mailbox busy",
	.messages = 0},
    {.name = "a client of -bs hears that nothing can be done now",
	.options = "-bs",
	.settings = "host = unix:{dir}/nobody",
	.input = MESSAGE,
	.prints = "^451 4.4.1 "},
    {.name = "some recipients of a client of -bs are refused",
	.server = SERVER,
	.options = "-bs",
	.settings = QUEUE,
	.input = HELLO ANNA BEN TO("nouser") TEXT QUIT,
	.prints = "^250 2.0.0 Taken",
	.arrives = "^MAIL FROM:<>\n^RCPT TO:<anna@example.org>\n" REPORT
		   "\n^Final-Recipient: rfc822; *nouser@example.net",
	.messages = 2},
    {.name = "who is refused last is no reason to say that it was kept",
	.server = SERVER,
	.options = "-bs",
	.settings = QUEUE "max_recipients = 1",
	.input = HELLO ANNA BEN TO("nouser") TEXT QUIT,
	.prints = "^250 2.0.0 (Taken|sent)",
	.arrives = REPORT "\n^Final-Recipient: rfc822; *nouser@example.net",
	.messages = 2},
    {.name = "some recipients of a client of -bs are kept, some refused",
	.server = SERVER,
	.options = "-bs",
	.settings = QUEUE,
	.input = HELLO ANNA TO("later") TO("nouser") TEXT QUIT,
	.prints = "^250 2.0.0 kept as ",
	.arrives = REPORT "\n^Final-Recipient: rfc822; *nouser@example.net",
	.waiting = 1,
	.waits = "^recipient <later@example.net>",
	.messages = 1},
    {.name = "some recipients of a client of -bs are refused, without a queue",
	.server = SERVER,
	.options = "-bs",
	.input = HELLO ANNA BEN TO("nouser") TEXT QUIT,
	.prints = "^550 5.1.1 1 of 2 recipients have the message.*"
		  "nouser@example.net",
	.messages = 1},
    {.name = "what some wait for is final for a client of -bs without a queue",
	.server = SERVER,
	.options = "-bs",
	.input = HELLO ANNA BEN TO("later") TEXT QUIT,
	.prints = "^554 5.0.0 1 of 2 recipients have the message.*"
		  "later@example.net",
	.messages = 1},
    {.name = "with the null sender nobody is told who was refused",
	.server = SERVER,
	.options = "-bs",
	.settings = QUEUE,
	.input = HELLO "MAIL FROM:<>\r\n" BEN TO("nouser") TEXT QUIT,
	.prints = "^250 2.0.0 Taken",
	.logs = "status=refused .*to=nouser@example.net .*report=",
	.messages = 1},
    {.name = "who wants no notice for a recipient gets none from -bs",
	.server = SERVER,
	.options = "-bs",
	.settings = QUEUE,
	.input = HELLO ANNA BEN
	"RCPT TO:<nouser@example.net> NOTIFY=NEVER\r\n"
	"RCPT TO:<moved@example.net> NOTIFY=FAILURE ORCPT=rfc822;x@y\r\n" TEXT
	    QUIT,
	.prints = "^250 2.0.0 Taken",
	.arrives = REPORT "\n^Original-Recipient: rfc822;x@y",
	.absent = "^Final-Recipient:.*nouser",
	.messages = 2},
    {.name = "aliases are for the recipients of -bs, too",
	.server = SERVER,
	.options = "-bs",
	.aliases = "root: ben@example.net, cleo@example.net\n"
		   "program: |/bin/cat\n",
	.input =
	    HELLO ANNA "RCPT TO:<root> NOTIFY=DELAY\r\n"
		       "RCPT TO:<program>\r\nRCPT TO:<a b@example.net>\r\n"
		       "RCPT TO:<x@example.org> NOTIFY=NEVER\r\n" TEXT QUIT,
	.prints =
	    "^550 5.1.1 .*aliases:2: .*program\n^553 5.1.3 \n^250 2.0.0 Taken",
	.arrives = "^RCPT TO:<ben@example.net> NOTIFY=DELAY.?$\n"
		   "^RCPT TO:<cleo@example.net> NOTIFY=DELAY.?$\n"
		   "^RCPT TO:<x@example.org> NOTIFY=NEVER.?$",
	.messages = 1},
    {.name = "rules are for the recipients of -bs, too",
	.server = SERVER,
	.options = "-bs",
	.settings = "rewrite = all",
	.sections = "[rewrite all]\n"
		    "envelope_to: *@old.example -> $1@example.net\n",
	.input =
	    HELLO ANNA "RCPT TO:<ben@old.example> NOTIFY=NEVER\r\n" TEXT QUIT,
	.prints = "^250 2.0.0 Taken",
	.arrives = "^RCPT TO:<ben@example.net> NOTIFY=NEVER",
	.messages = 1},
    {.name = "a client of -bs asks for notices",
	.server = SERVER,
	.options = "-bs",
	.input = HELLO
	"MAIL FROM:<anna@example.org> RET=HDRS ENVID=a+2Bb BODY=8BITMIME\r\n"
	"RCPT TO:<ben@example.net> NOTIFY=NEVER\r\n"
	"RCPT TO:<cleo@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;c+2B\r\n"
	"RCPT TO:<dora@example.net>\r\n" TEXT QUIT,
	.prints = "^250 2.0.0 Taken",
	.arrives = "^MAIL FROM:<anna@example.org> .*BODY=8BITMIME RET=HDRS "
		   "ENVID=a\\+2Bb\n"
		   "^RCPT TO:<ben@example.net> NOTIFY=NEVER.?$\n"
		   "^RCPT TO:<cleo@example.net> NOTIFY=SUCCESS,FAILURE "
		   "ORCPT=rfc822;c\\+2B.?$\n"
		   "^RCPT TO:<dora@example.net>.?$",
	.messages = 1},
    {.name = "the queue knows what a client of -bs asked for",
	.options = "-bs",
	.settings = AWAY,
	.input = HELLO ANNA "RCPT TO:<ben@example.net> NOTIFY=NEVER\r\n"
			    "RCPT TO:<cleo@example.net> ORCPT=rfc822;c+2B\r\n"
			    "RCPT TO:<dora@example.net>\r\n" TEXT QUIT,
	.prints = "^250 2.0.0 kept",
	.waiting = 1,
	.waits = "^recipient <ben@example.net>\n^its-notify 1\n"
		 "^recipient <cleo@example.net>\n^its-original rfc822;c\\+\n"
		 "^recipient <dora@example.net>"},
    {.name = "a client of -bs has international addresses",
	.server = SERVER,
	.options = "-bs",
	.input = HELLO "MAIL FROM:<\xc3\xa4@example.org> SMTPUTF8\r\n"
		       "RCPT TO:<\xc3\xbc@example.net>\r\n" TEXT QUIT,
	.prints = "^250 2.0.0 Taken",
	.arrives = "^MAIL FROM:<\xc3\xa4@example.org> .*SMTPUTF8\n"
		   "^RCPT TO:<\xc3\xbc@example.net>",
	.messages = 1},
    {.name = "a message of a client of -bs is too big",
	.server = SERVER,
	.options = "-bs",
	.settings = "[sendmail] max_size = 100",
	.input =
	    HELLO "MAIL FROM:<> SIZE=101\r\n" ANNA BEN
		  "DATA\r\nSubject: x\r\n\r\n0123456789012345678901234567"
		  "89012345678901234567890123456789012345678901234567890123"
		  "456789\r\nQUIT\r\n.\r\n" ANNA QUIT,
	.prints = "^250-SIZE 100\n^552 5.3.4 the message is longer\n"
		  "^552 5.3.4 the message is not sent\n^250 2.1.0\n^221",
	.messages = 0},
    {.name = "-bs hears nothing on the command line",
	.server = SERVER,
	.options = "-t -v -oeq -f evil@example.org -bs cleo@example.net",
	.input = MESSAGE,
	.prints = "^250 2.0.0 Taken",
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<ben@example.net>\n\n"
		    "From: anna@example.org\nSubject: hello\n\nHello, Ben.\n"}},
    {.name = "-bs does not log where its client reads",
	.server = SERVER,
	.options = "-bs",
	.settings = "[sendmail] log = stderr",
	.input = HELLO ANNA TO("nouser") TEXT QUIT,
	.prints = "^550 5.1.1 ",
	.messages = 0},
    {.name = "-bs needs no standard error",
	.server = SERVER,
	.options = "-bs",
	.flags = RUN_CLOSED_STDERR | RUN_EMPTY_ENVIRONMENT,
	.input = MESSAGE,
	.prints = "^250 2.0.0 Taken",
	.messages = 1},
    {.name = "-bs needs no input",
	.options = "-bs",
	.flags = RUN_CLOSED_STDIN,
	.prints = "^220 "},
    {.name = "-bs says what is wrong with the configuration",
	.options = "-bs",
	.config = "[sendmail]\nque = never\n",
	.input = MESSAGE,
	.prints = "^554 5.3.5 .*conf:2: unknown key\n^503 5.5.1\n^221",
	.may_speak = true,
	.exit_code = 78},
    {.name = "a big message of a client of -bs",
	.server = SERVER,
	.options = "-bs",
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_dialogue,
	.prints = "^250 2.0.0 Taken",
	.check = check_big,
	.messages = 1},
    {.name = "a big message of a client of -bs is not kept without its end",
	.server = SERVER,
	.options = "-bs",
	.settings = QUEUE,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_cut_dialogue,
	.prints = "^354 ",
	.messages = 0},
    {.name = "a big message of a client of -bs is kept",
	.options = "-bs",
	.settings = AWAY,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_dialogue,
	.prints = "^250 2.0.0 kept",
	.waiting = 1},
};

void cases_add_server_mode(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		scenarios_add(scenarios, &cases[i]);
}
