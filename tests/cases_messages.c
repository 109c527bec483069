#include <stdio.h>
#include <string.h>

#include "scenario.h"

/* What a message is like, and what must arrive of it. */

#define SERVER "--tls none"
#define TO_BEN "-f anna@example.org ben@example.net"

/* Anything with secret@ in it, other than a line RCPT of the envelope. */
#define LEAK "^([^R]|R[^C]).*secret@|^ .*secret@|^[Bb][Cc][Cc]|-[Bb][Cc][Cc]"

/* Ways to hide from those who look for "Bcc:"; each names secret@. */
static const struct {
	const char *name;
	const char *header;
} blind_copies[] = {
    {"plain", "To: ben@example.net\nBcc: secret@example.net\n"},
    {"first of all", "Bcc: secret@example.net\nTo: ben@example.net\n"},
    {"upper case", "To: ben@example.net\nBCC: secret@example.net\n"},
    {"lower case", "To: ben@example.net\nbcc: secret@example.net\n"},
    {"mixed case", "To: ben@example.net\nbCC: secret@example.net\n"},
    {"a blank before the colon",
	"To: ben@example.net\nBcc : secret@example.net\n"},
    {"a tab before the colon",
	"To: ben@example.net\nbcc\t: secret@example.net\n"},
    {"no blank behind the colon",
	"To: ben@example.net\nBcc:secret@example.net\n"},
    {"folded", "To: ben@example.net\nBcc:\n secret@example.net\n"},
    {"folded often",
	"To: ben@example.net\nBcc: x@example.net,\n\ty@example.net,\n"
	" secret@example.net\n"},
    {"folded with a blank line in it",
	"To: ben@example.net\nBcc: x@example.net,\n \n secret@example.net\n"},
    {"twice",
	"To: ben@example.net\nBcc: x@example.net\nBcc: secret@example.net\n"},
    {"with a name",
	"To: ben@example.net\nBcc: \"S, T\" <secret@example.net>\n"},
    {"in a group",
	"To: ben@example.net\nBcc: those: secret@example.net, x@example.net;\n"},
    {"with a comment",
	"To: ben@example.net\nBcc: secret@example.net (ben@example.net)\n"},
    {"CRLF", "To: ben@example.net\r\nBcc: secret@example.net\r\n"},
    {"CRLF and folded",
	"To: ben@example.net\r\nBcc: x@example.net,\r\n secret@example.net\r\n"},
};

/* Line ends that somebody takes for an end of data; b is what must arrive. */
static const struct {
	const char *input;
	const char *body;
} smuggled[] = {
    {"a\n.\nMAIL FROM:<evil@x>\n", "a\r\n.\r\nMAIL FROM:<evil@x>\r\n"},
    {"a\r\n.\r\nMAIL FROM:<evil@x>\n", "a\r\n.\r\nMAIL FROM:<evil@x>\r\n"},
    {"a\n.\r\nMAIL FROM:<evil@x>\n", "a\r\n.\r\nMAIL FROM:<evil@x>\r\n"},
    {"a\r\n.\nMAIL FROM:<evil@x>\n", "a\r\n.\r\nMAIL FROM:<evil@x>\r\n"},
    {"a\r.\rMAIL FROM:<evil@x>\n", "a . MAIL FROM:<evil@x>\r\n"},
    {"a\r.\r\nMAIL FROM:<evil@x>\n", "a .\r\nMAIL FROM:<evil@x>\r\n"},
    {"a\n.\rMAIL FROM:<evil@x>\n", "a\r\n. MAIL FROM:<evil@x>\r\n"},
    {"a\r\n.\rMAIL FROM:<evil@x>\n", "a\r\n. MAIL FROM:<evil@x>\r\n"},
    {"a\r.\nMAIL FROM:<evil@x>\n", "a .\r\nMAIL FROM:<evil@x>\r\n"},
    {"a\r\r\n.\r\r\nMAIL FROM:<evil@x>\n", NULL},
    {"a\n\r.\r\nMAIL FROM:<evil@x>\n", "a\r\n .\r\nMAIL FROM:<evil@x>\r\n"},
    {".\r", NULL},
    {"\r", NULL},
    {".", ".\r\n"},
    {"..\n.\n", "..\r\n.\r\n"},
    {"...\r\n", "...\r\n"},
};

static void check_two_recipients(struct trial *trial)
{
	struct buf stored = {0};
	struct text rest;
	struct text line;
	unsigned count = 0;

	(void)scenario_read_files(trial, "store", &stored);
	rest = buf_text(&stored);
	while (text_split(&rest, '\n', &line))
		count += text_begins_nocase(line, "RCPT TO:");
	if (count != 2)
		trial_fail(trial, "%u recipients, not 2", count);
	buf_free(&stored);
}

#define BODY "one\r\n\r\ntwo\r\n"

static const struct scenario rows[] = {
    {.name = "line ends: LF",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\none\n\ntwo\n",
	.messages = 1,
	.arrives = "^Subject: x\r$",
	.body = BODY},
    {.name = "line ends: CRLF",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\r\n\r\none\r\n\r\ntwo\r\n",
	.messages = 1,
	.arrives = "^Subject: x\r$",
	.body = BODY},
    {.name = "line ends: CRLF header, LF body",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\r\n\r\none\n\ntwo\n",
	.messages = 1,
	.arrives = "^Subject: x\r$",
	.body = BODY},
    {.name = "line ends: LF header, CRLF body",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\none\r\n\r\ntwo\r\n",
	.messages = 1,
	.arrives = "^Subject: x\r$",
	.body = BODY},
    {.name = "line ends: mixed",
	.server = SERVER,
	.options = TO_BEN,
	.input = "X-A: 1\r\nSubject: x\n\r\none\n\r\ntwo\n",
	.messages = 1,
	.arrives = "^Subject: x\r$",
	.body = BODY},
    {.name = "line ends: none at the end",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\none\n\ntwo",
	.messages = 1,
	.body = BODY},
    {.name = "line ends: CR at the end",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\none\n\ntwo\r",
	.messages = 1},
    {.name = "a lone dot ends the message",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\none\n.\ntwo\n",
	.messages = 1,
	.body = "one\r\n"},
    {.name = "a lone dot with CRLF ends the message",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\r\n\r\none\r\n.\r\ntwo\r\n",
	.messages = 1,
	.body = "one\r\n"},
    {.name = "a lone dot ends the message in the header",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n.\nX-Late: y\n\ntwo\n",
	.messages = 1,
	.absent = "X-Late|two"},
    {.name = "with -i a lone dot is text",
	.server = SERVER,
	.options = "-i " TO_BEN,
	.input = "Subject: x\n\none\n.\ntwo\n",
	.messages = 1,
	.body = "one\r\n.\r\ntwo\r\n"},
    {.name = "with -oi a lone dot is text",
	.server = SERVER,
	.options = "-oi " TO_BEN,
	.input = "Subject: x\n\none\n.\ntwo\n",
	.messages = 1,
	.body = "one\r\n.\r\ntwo\r\n"},
    {.name = "lines that begin with dots stay as they are",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\n..\n../a\n.b\n",
	.messages = 1,
	.body = "..\r\n../a\r\n.b\r\n"},
    {.name = "an empty message",
	.server = SERVER,
	.options = TO_BEN,
	.messages = 1,
	.arrives = "^From: .*anna@example.org",
	.body = ""},
    {.name = "a message without header",
	.server = SERVER,
	.options = TO_BEN,
	.input = "just text\nmore text\n",
	.messages = 1,
	.body = "just text\r\nmore text\r\n"},
    {.name = "a message without body",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n",
	.messages = 1,
	.arrives = "^Subject: x\r$",
	.body = ""},
    {.name = "what is missing is added",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\nb\n",
	.messages = 1,
	.arrives = "^Message-I[Dd]: <[^<> ]+@[^<> ]+>\r$"},
    {.name = "a date is added",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\nb\n",
	.messages = 1,
	.arrives = "^Date: [A-Z][a-z]{2}, [0-9]+ [A-Z][a-z]{2} 20"},
    {.name = "a Received field is added",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\nb\n",
	.messages = 1,
	.arrives = "^Received: "},
    {.name = "what is there is not replaced",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Message-ID: <1@x.example>\nDate: yesterday\n"
		 "From: Me <me@x.example>\n\nb\n",
	.messages = 1,
	.absent = "^From: .*anna|^Date: [A-Z]|^Message-I[Dd]: <[^1]"},
    {.name = "Return-Path is removed",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Return-Path: <x@y.example>\nSubject: x\n\nb\n",
	.messages = 1,
	.absent = "^Return-Path"},
    {.name = "an mbox line is dropped",
	.server = SERVER,
	.options = TO_BEN,
	.input = "From carl@x.example Sun Nov 22 10:00:00 2026\n"
		 "Subject: x\n\nb\n",
	.messages = 1,
	.arrives = "^Subject: x\r$",
	.absent = "carl",
	.body = "b\r\n"},
    {.name = "bare names in the header get the domain",
	.server = SERVER,
	.options = "-t",
	.input = "From: root (Cron Daemon)\nTo: ben\n\nb\n",
	.messages = 1,
	.arrives = "^From: root@example.org",
	.absent = "^To: ben\r$"},
    {.name = "bare names in the envelope get the domain",
	.server = SERVER,
	.options = "-f root ben",
	.input = "Subject: x\n\nb\n",
	.messages = 1,
	.arrives = "^RCPT TO:<ben@example.org>"},
    {.name = "-t and arguments: nobody gets it twice",
	.server = SERVER,
	.options = "-t carl@example.net ben@example.net",
	.input = "To: ben@example.net\nCc: carl@example.net\n\nb\n",
	.messages = 1,
	.arrives = "^RCPT TO:<carl@example.net>",
	.round_trips = 5,
	.check = check_two_recipients},
    {.name = "-t takes the resent fields when there are some",
	.server = SERVER,
	.options = "-t",
	.input = "Resent-To: ben@example.net\nTo: carl@example.net\n\nb\n",
	.messages = 1,
	.arrives = "^RCPT TO:<ben@example.net>",
	.absent = "^RCPT TO:<carl"},
    {.name = "Resent-Bcc is removed",
	.server = SERVER,
	.options = "-t",
	.input = "Resent-Bcc: secret@example.net\nTo: carl@example.net\n\nb\n",
	.messages = 1,
	.arrives = "^RCPT TO:<secret@example.net>",
	.absent = LEAK},
    {.name = "Bcc as the last line without line end",
	.server = SERVER,
	.options = "-t",
	.input = "To: ben@example.net\nBcc: secret@example.net",
	.messages = 1,
	.arrives = "^RCPT TO:<secret@example.net>",
	.absent = LEAK},
    {.name = "Bcc in the body is text",
	.server = SERVER,
	.options = "-t",
	.input = "To: ben@example.net\n\nBcc: secret@example.net\n",
	.messages = 1,
	.absent = "^RCPT TO:<secret",
	.body = "Bcc: secret@example.net\r\n"},
    {.name = "NUL in the body is encoded",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\na\0b\n",
	.input_length = 16,
	.messages = 1,
	.arrives = "Content-Transfer-Encoding: base64\r\n\r\nYQBiDQo=\r\n"},
    {.name = "NUL in a signed part is refused before anything is sent",
	.server = SERVER,
	.options = TO_BEN,
	.input = "MIME-Version: 1.0\nContent-Type: multipart/signed; "
		 "boundary=b\n\n--b\n\na\0b\n--b--\n",
	.input_length = 77,
	.exit_code = 65,
	.says = "NUL byte"},
    {.name = "8-bit text for a server without 8BITMIME",
	.server = SERVER " --hide 8BITMIME",
	.options = TO_BEN,
	.input = "Subject: x\n\nGr\303\274\303\237e\n",
	.messages = 1,
	.arrives = "Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ0K"},
    {.name = "8-bit text stays for a server with 8BITMIME",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\n\nGr\303\274\303\237e\n",
	.messages = 1,
	.arrives = "BODY=8BITMIME\n^Gr\303\274\303\237e\r$"},
    {.name = "a header in UTF-8 becomes encoded words",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: Gr\303\274\303\237e\n\nbody\n",
	.messages = 1,
	.arrives = "Subject: =\\?UTF-8\\?B\\?R3LDvMOfZQ==\\?=\r\n"},
    {.name = "NUL in the header",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\0y\n\nab\n",
	.input_length = 17,
	.exit_code = 65},
    {.name = "a bare CR in the header is no line end",
	.server = SERVER,
	.options = TO_BEN,
	.input = "Subject: x\rBcc: secret@example.net\rTo: y\n\nab\n",
	.messages = 1,
	.absent = "^Bcc|^To"},
    {.name = "a quoted address that looks like a command",
	.server = SERVER,
	.options = "-t",
	.input = "To: \"a> ORCPT=x RCPT TO:<evil\"@example.net\n\nb\n",
	.messages = 1,
	.arrives = "^RCPT TO:<\"a> ORCPT=x RCPT TO:<evil\"@example.net>"},
    {.name = "a message over max_size",
	.server = SERVER,
	.settings = "[sendmail] max_size = 20",
	.options = TO_BEN,
	.input = "Subject: x\n\nthis is too long\n",
	.exit_code = 65,
	.says = "max_size"},
    {.name = "a line of 10000 bytes",
	.server = SERVER,
	.options = "-F {long} " TO_BEN,
	.input = "Subject: x\n\nb\n",
	.messages = 1},
};

enum {
	BIG = 25 * 1024 * 1024,
	ENDLESS = 5 * 1024 * 1024,
	MEMORY = 12 * 1024 /* KiB */
};

static void write_big_input(struct trial *trial)
{
	static const char line[] =
	    "QmFzZTY0IGxvb2tzIGxpa2UgdGhpcywgYW5kIGl0IGlzI"
	    "HdoYXQgYXR0YWNobWVudHMgYXJl\n";
	struct buf path = {0};
	FILE *file;

	buf_addf(&path, "%s/input", trial->dir);
	file = fopen(buf_string(&path), "w");
	buf_free(&path);
	if (file == NULL)
		return; /* the test fails for want of its input */
	(void)fputs("Subject: large\n\n", file);
	for (size_t size = 0; size < BIG; size += sizeof line - 1)
		(void)fputs(line, file);
	(void)fclose(file); /* see above */
}

/* As "base64 -w0" writes it: no header, and one line. */
static void write_endless_line(struct trial *trial)
{
	struct buf path = {0};
	FILE *file;

	buf_addf(&path, "%s/input", trial->dir);
	file = fopen(buf_string(&path), "w");
	buf_free(&path);
	if (file == NULL)
		return; /* the test fails for want of its input */
	for (size_t i = 0; i < ENDLESS; i++)
		(void)fputc('A', file);
	(void)fclose(file); /* see above */
}

static void check_memory(struct trial *trial)
{
#if !defined(__SANITIZE_ADDRESS__)
	if (trial->slowness == 1 && trial->outcome.memory > MEMORY)
		trial_fail(trial, "it took %ld KiB of memory",
		    trial->outcome.memory);
#else
	(void)trial; /* a sanitizer needs more than the program */
#endif
}

static const struct scenario big[] = {
    {.name = "25 MiB from a file",
	.server = SERVER,
	.flags = RUN_FROM_FILE,
	.prepare = write_big_input,
	.options = TO_BEN,
	.messages = 1,
	.check = check_memory},
    {.name = "a body that begins with a line longer than a header may be",
	.server = SERVER,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_endless_line,
	.options = TO_BEN,
	.messages = 1,
	.arrives = "Content-Transfer-Encoding: quoted-printable",
	.check = check_memory},
    {.name = "25 MiB from a pipe",
	.server = SERVER,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = TO_BEN,
	.messages = 1,
	.check = check_memory},
    {.name = "25 MiB through TLS",
	.server = "--tls implicit",
	.settings = "tls = implicit",
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = TO_BEN,
	.messages = 1,
	.check = check_memory},
};

/* It takes more than the buffers hold to see what these are about. */
static const struct scenario broken[] = {
    {.name = "the server closes in the middle of the message",
	.server = SERVER " --close body",
	.flags = RUN_FROM_FILE,
	.prepare = write_big_input,
	.options = TO_BEN,
	.exit_code = 75},
    {.name = "the server reads no further in the middle of the message",
	.server = SERVER " --hang body",
	.settings = "timeout = 1s",
	.flags = RUN_FROM_FILE,
	.prepare = write_big_input,
	.options = TO_BEN,
	.exit_code = 75,
	.milliseconds = 5000},
    {.name = "the server says 421 in the middle of the message",
	.server = SERVER " --busy body",
	.flags = RUN_FROM_FILE,
	.prepare = write_big_input,
	.options = TO_BEN,
	.exit_code = 75,
	.says = "421"},
};

static void add_blind_copies(struct scenarios *scenarios)
{
	static const char *const options[] = {"-t", TO_BEN};

	for (size_t i = 0; i < sizeof blind_copies / sizeof *blind_copies; i++)
		for (size_t n = 0; n < 2; n++) {
			struct scenario row = {.server = SERVER,
			    .options = options[n],
			    .messages = 1,
			    .absent = LEAK};

			if (n == 0)
				row.arrives = "^RCPT TO:<secret@example.net>";
			row.name = scenarios_text(scenarios, "Bcc %s, %s",
			    blind_copies[i].name,
			    n == 0 ? "with -t" : "without -t");
			row.input = scenarios_text(scenarios,
			    "%sSubject: x\n\nb\n", blind_copies[i].header);
			scenarios_add(scenarios, &row);
		}
}

static void add_smuggled(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof smuggled / sizeof *smuggled; i++) {
		struct scenario row = {.server = SERVER,
		    .options = "-i " TO_BEN,
		    .messages = 1,
		    .body = smuggled[i].body};

		row.name = scenarios_text(scenarios, "smuggling %zu", i);
		row.input = scenarios_text(scenarios, "Subject: x\n\n%s",
		    smuggled[i].input);
		scenarios_add(scenarios, &row);
	}
}

static void write_recipients(struct trial *trial, unsigned count)
{
	struct buf input = {0};

	buf_add_string(&input, "Subject: many\n");
	for (unsigned i = 0; i < count; i++)
		buf_addf(&input, "Bcc: recipient%u@example.net\n", i);
	buf_add_string(&input, "\nb\n");
	trial_write(trial, "input", buf_text(&input));
	buf_free(&input);
}

static void write_100_recipients(struct trial *trial)
{
	write_recipients(trial, 100);
}

static void write_1000_recipients(struct trial *trial)
{
	write_recipients(trial, 1000);
}

static void count_recipients(struct trial *trial, unsigned count)
{
	struct buf stored = {0};
	struct text rest;
	struct text line;

	(void)scenario_read_files(trial, "store", &stored);
	rest = buf_text(&stored);
	while (text_split(&rest, '\n', &line))
		count -= text_begins_nocase(line, "RCPT TO:");
	if (count != 0)
		trial_fail(trial, "%u recipients too few", count);
	buf_free(&stored);
}

static void check_100_recipients(struct trial *trial)
{
	count_recipients(trial, 100);
}

static void check_1000_recipients(struct trial *trial)
{
	count_recipients(trial, 1000);
}

static void check_no_pipelining(struct trial *trial)
{
	/* Greeting, EHLO, MAIL, RCPT, DATA, message; then QUIT. */
	if (trial_tally(&trial->server, "turns ") < 6)
		trial_fail(trial, "it went out together");
}

/* A thousand RCPT are 37 KB, which go in groups of 4 KB at most. */
static const struct scenario many[] = {
    {.name = "100 recipients",
	.server = SERVER,
	.flags = RUN_FROM_FILE,
	.prepare = write_100_recipients,
	.options = "-t -f anna@example.org",
	.messages = 1,
	.round_trips = 5,
	.arrives = "^RCPT TO:<recipient99@example.net>"},
    {.name = "1000 recipients",
	.server = SERVER,
	.flags = RUN_FROM_FILE,
	.prepare = write_1000_recipients,
	.settings = "max_recipients = 1000",
	.options = "-t -f anna@example.org",
	.messages = 1,
	.round_trips = 16,
	.arrives = "^RCPT TO:<recipient999@example.net>"},
    {.name = "1000 recipients in transactions of 100",
	.server = SERVER,
	.flags = RUN_FROM_FILE,
	.prepare = write_1000_recipients,
	.options = "-t -f anna@example.org",
	.messages = 10,
	.round_trips = 3 + 10 * 2,
	.check = check_1000_recipients},
    {.name = "100 recipients by LMTP, 40 at a time",
	.server = SERVER " --lmtp",
	.flags = RUN_FROM_FILE,
	.prepare = write_100_recipients,
	.settings = "protocol = lmtp\nmax_recipients = 40",
	.options = "-t -f anna@example.org",
	.messages = 3,
	.check = check_100_recipients},
    {.name = "100 recipients for a server that takes 30 at a time",
	.server = SERVER " --max-recipients 30",
	.flags = RUN_FROM_FILE,
	.prepare = write_100_recipients,
	.options = "-t -f anna@example.org",
	.messages = 4,
	.round_trips = 3 + 4 * 2,
	.check = check_100_recipients},
    {.name = "100 recipients for a server that says so before",
	.server = SERVER " --max-recipients 30 --limits RCPTMAX=30",
	.flags = RUN_FROM_FILE,
	.prepare = write_100_recipients,
	.options = "-t -f anna@example.org",
	.messages = 4,
	.round_trips = 3 + 4 * 2,
	.check = check_100_recipients},
    {.name = "100 recipients for a server that ends after two messages",
	.server = SERVER " --limits MAILMAX=2",
	.flags = RUN_FROM_FILE,
	.prepare = write_100_recipients,
	.settings = "max_recipients = 30",
	.options = "-t -f anna@example.org",
	.messages = 4,
	.check = check_100_recipients},
    {.name = "100 recipients, all or none",
	.server = SERVER,
	.flags = RUN_FROM_FILE,
	.prepare = write_100_recipients,
	.settings = "on_partial = abort",
	.options = "-t -f anna@example.org",
	.messages = 1,
	.round_trips = 6,
	.check = check_100_recipients},
    {.name = "100 recipients, all or none, of whom one is refused",
	.server = SERVER,
	.flags = RUN_FROM_FILE,
	.prepare = write_100_recipients,
	.settings = "on_partial = abort",
	.options = "-t -f anna@example.org nouser@example.net",
	.exit_code = 69,
	.says = "on_partial"},
    {.name = "three recipients, all or none, of whom one is refused",
	.server = SERVER,
	.settings = "on_partial = abort",
	.options = "-f anna@example.org a@example.net nouser@example.net "
		   "b@example.net",
	.input = "Subject: x\n\nb\n",
	.exit_code = 67,
	.says = "nouser@example.net: 550\nnobody got the message"},
    {.name = "PIPELINING that is to be ignored",
	.server = SERVER,
	.settings = "ignore_ehlo = pipelining",
	.options = TO_BEN,
	.input = "Subject: x\n\nb\n",
	.messages = 1,
	.check = check_no_pipelining},
    {.name = "1000 recipients without pipelining",
	.server = SERVER " --hide PIPELINING",
	.flags = RUN_FROM_FILE,
	.prepare = write_1000_recipients,
	.settings = "max_recipients = 1000",
	.options = "-t -f anna@example.org",
	.messages = 1,
	.arrives = "^RCPT TO:<recipient999@example.net>"},
};

void cases_add_messages(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		scenarios_add(scenarios, &rows[i]);
	for (size_t i = 0; i < sizeof big / sizeof *big; i++)
		scenarios_add(scenarios, &big[i]);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		scenarios_add(scenarios, &broken[i]);
	for (size_t i = 0; i < sizeof many / sizeof *many; i++)
		scenarios_add(scenarios, &many[i]);
	add_blind_copies(scenarios);
	add_smuggled(scenarios);
}
