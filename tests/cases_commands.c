#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"

/* Command lines, configurations, surroundings, transcript and log. */

#define TO_BEN  "-f anna@example.org ben@example.net"
#define MESSAGE "Subject: hello\n\nHello, Ben.\n"
#define HEADED  "To: ben@example.net\n" MESSAGE
#define SERVER  "--tls none"
#define SECRET  "s3cret-Wort"

/* What real callers pass; each sends one message to ben@example.net. */
static const char *const callers[] = {
    "-t -i",
    "-t -i -fanna@example.org",
    "-t -i -oi -fanna@example.org -t",
    "-oi -fanna@example.org -t",
    "-i -f anna@example.org ben@example.net",
    "-i -f anna@example.org -- ben@example.net",
    "-i -f '' -- ben@example.net",
    "-i -f <> -- ben@example.net",
    "-FCronDaemon -i -B8BITMIME -oem ben@example.net",
    "-FCronDaemon -i -odi -oem -oi -t -f <>",
    "-FCronDaemon -odi -oem -or0s ben@example.net",
    "-FAnacron -odi ben@example.net",
    "-ti",
    "-oem -ti",
    "-oem -oi -B8BITMIME -f anna@example.org -- ben@example.net",
    "-oem -oi -N failure,delay -R hdrs -- ben@example.net",
    "-oi -oep -odi -t",
    "-oi -oee -fanna@example.org -t",
    "-i -m -v -F Anna\\x20A -f anna@example.org -- ben@example.net",
    "-bm -G -n -h 3 -p SMTP:host -L tag ben@example.net",
    "-oi -ODeliveryMode=i -OErrorMode=m -t",
    "-O QueueDirectory=/nowhere -o7 -o8 -oo -om -Am -U -T ben@example.net",
    "-t ben@example.net",
    "-t ben@example.net,ben@example.net",
    "-f anna@example.org \"Ben,\\x20B\"\\x20<ben@example.net>",
    "-r anna@example.org '' ben@example.net",
    "-em -f '' ben@example.net",
    "-U -V QQ314159 -oQ/nowhere -X/nowhere/x ben@example.net",
    "-OQueueDirectory=/tmp -X /nowhere/x -f anna@example.org ben@example.net",
};

/* Runs of the queue, of which there is nothing to do. */
static const char *const runs[] = {
    "-qf", "-qIABC", "-qRexample.net", "-qSanna", "-q!Ianna", "-qG", "-q -v"};

static const struct {
	const char *name;
	const char *options;
	int exit_code;
	const char *says;
} usages[] = {
    {"no recipients", "", 64, "recipient"},
    {"an empty recipient", "''", 64, "recipient"},
    {"an unknown option", "-Z ben@example.net", 64, "-Z"},
    {"an unknown long option", "--nonsense ben@example.net", 64, "nonsense"},
    {"-f without a value", "-f", 64, "-f"},
    {"-N with nonsense", "-N often ben@example.net", 64, "often"},
    {"-R with nonsense", "-R half ben@example.net", 64, "half"},
    {"-h with nonsense", "-h many ben@example.net", 64, "many"},
    {"a mode that never comes: -bd", "-bd", 64, "-bd"},
    {"another program's mode: -be", "-be", 64, "-be"},
    {"a recipient that is an option", "-ben@example.net", 64, NULL},
    {"a recipient that is a command", "|/bin/cat", 65, NULL},
    {"a recipient that is a file", "/etc/passwd", 65, NULL},
    {"a recipient without local part", "@example.net", 65, NULL},
    {"a recipient with a blank", "a\\x20b@example.net", 65, NULL},
    {"CR and LF in a recipient",
	"ben@example.net>\\r\\nRCPT\\x20TO:<evil@example.net", 65, NULL},
    {"LF in a recipient", "ben@example.net\\nRCPT:evil@example.net", 65, NULL},
    {"CR in a recipient", "ben@exam\\rple.net", 65, NULL},
    {"CR and LF in the sender",
	"-f a@b\\r\\nRCPT\\x20TO:<evil@example.net> ben@example.net", 65, NULL},
    {"a closing bracket in the sender",
	"-f a@b>\\x20SIZE=1\\x20AUTH=<evil ben@example.net", 65, NULL},
    {"LF in an envelope id", "-V a\\nb ben@example.net", 64, NULL},
    {"a profile that is not there", "--profile nobody ben@example.net", 78,
	"nobody"},
    {"a message file that is not there", "--file {dir}/nothing ben@example.net",
	66, "/nothing"},
    {"a message file that is a directory", "--file {dir} ben@example.net", 66,
	NULL},
};

static const struct {
	const char *name;
	const char *config;
	const char *says;
	const char *hides;
} configs[] = {
    {"a configuration that is not there", "", "cannot be opened", NULL},
    {"an empty configuration", "\n", "conf", NULL},
    {"a section that is not closed", "[sendmail\n", "conf:1: ", NULL},
    {"a line that is no setting", "[sendmail]\n" SECRET "\n",
	"conf:2: ", SECRET},
    {"an unknown key", "[profile p]\nhosst = 127.0.0.1\n",
	"conf:2: .*did you mean host", NULL},
    {"an unknown section", "[profil p]\nhost = 127.0.0.1\n", "conf:1: ", NULL},
    {"a repeated key", "[profile p]\nhost = 127.0.0.1\nhost = 127.0.0.1\n",
	"conf:3: ", NULL},
    {"a port that is none", "[profile p]\nhost = 127.0.0.1\nport = 70000\n",
	"conf:3: ", NULL},
    {"a secret in the wrong key",
	"[profile p]\nhost = 127.0.0.1\nport = " SECRET "\n",
	"conf:3: ", SECRET},
    {"a misspelt password", "[profile p]\npasword = " SECRET "\n",
	"conf:2: .*password", SECRET},
    {"a binary file", "\177ELF\001\002\003\n\200\377\n", "conf:1: ", NULL},
    {"two profiles and no choice",
	"[profile p]\nhost = 127.0.0.1\n[profile q]\nhost = 127.0.0.1\n",
	"profile", NULL},
    {"a profile without host", "[profile p]\nport = 25\n", "host", NULL},
    {"a circle of profiles",
	"[profile p]\ninherit = q\n[profile q]\ninherit = p\n", NULL, NULL},
};

static void call_it_mailq(struct trial *trial)
{
	trial_rename_program(trial, "mailq");
}

static void write_message(struct trial *trial)
{
	trial_write(trial, "message", text_of(MESSAGE));
}

static void write_big_message(struct trial *trial, const char *beginning)
{
	struct buf input = {0};

	buf_add_string(&input, beginning);
	for (int i = 0; i < 50000; i++)
		buf_addf(&input, "This is line %d of a large message.\n", i);
	trial_write(trial, "input", buf_text(&input));
	buf_free(&input);
}

static void write_big_input(struct trial *trial)
{
	write_big_message(trial, "");
}

static void write_big_input_behind_a_dot(struct trial *trial)
{
	write_big_message(trial, MESSAGE ".\n");
}

static void check_drained(struct trial *trial)
{
	if (!trial->outcome.has_drained)
		trial_fail(trial, "the caller got SIGPIPE");
}

static void check_no_escape(struct trial *trial)
{
	struct text out = buf_text(&trial->outcome.out);

	if (out.length == 0 || text_find(out, '\x1b') < out.length)
		trial_fail(trial, "stdout has a control byte, or nothing");
}

static void check_output(struct trial *trial)
{
	if (trial->outcome.out.length == 0)
		trial_fail(trial, "nothing was printed");
}

static void check_text_log(struct trial *trial)
{
	trial_expect_file(trial, "log", "status=sent", true);
	trial_expect_file(trial, "log", "from=.?anna@example.org", true);
	trial_expect_file(trial, "log", "to=.?ben@example.net", true);
	trial_expect_file(trial, "log", "uid=[0-9]+", true);
}

static void check_json_log(struct trial *trial)
{
	trial_expect_file(trial, "log", "^\\{.*\"status\": ?\"sent\".*\\}$",
	    true);
	trial_expect_file(trial, "log", "\"to\": ?\"ben@example.net\"", true);
}

static void check_refusal_log(struct trial *trial)
{
	trial_expect_file(trial, "log", "status=refused", true);
	trial_expect_file(trial, "log", "nouser@example.net", true);
	trial_expect_file(trial, "transcript", "550 5\\.1\\.1 No such user",
	    true);
}

static void check_transcript(struct trial *trial)
{
	trial_check_transcript(trial);
	trial_expect_file(trial, "transcript", "> EHLO client.example.org",
	    true);
	trial_expect_file(trial, "transcript",
	    "from <?anna@example.org.*ben@example.net", true);
	trial_expect_file(trial, "transcript", "Hello, Ben", false);
}

static void check_whole_transcript(struct trial *trial)
{
	trial_check_transcript(trial);
	trial_expect_file(trial, "transcript", "Subject: hello", true);
	trial_expect_file(trial, "transcript", "Hello, Ben", true);
}

static void check_header_transcript(struct trial *trial)
{
	trial_check_transcript(trial);
	trial_expect_file(trial, "transcript", "Subject: hello", true);
	trial_expect_file(trial, "transcript", "Hello, Ben", false);
}

static void check_no_transcript(struct trial *trial)
{
	trial_expect_file(trial, "transcript", ".", false);
}

static void write_old_transcript(struct trial *trial)
{
	struct buf old = {0};

	buf_add_string(&old, "== old\n");
	for (int i = 0; i < 100; i++)
		buf_add_string(&old, "       +0.000  > old words\n");
	trial_write(trial, "transcript", buf_text(&old));
	buf_free(&old);
}

static void check_rotation(struct trial *trial)
{
	trial_check_transcript(trial);
	trial_expect_file(trial, "transcript.1", "^== old$", true);
}

static void check_no_x(struct trial *trial)
{
	trial_expect_file(trial, "x", ".", false);
}

static void check_x(struct trial *trial)
{
	trial_expect_file(trial, "x", "> EHLO client.example.org", true);
}

static void check_silent_log(struct trial *trial)
{
	trial_expect_file(trial, "log", "transcript", true);
}

static const struct scenario rows[] = {
    {.name = "--version",
	.options = "--version",
	.may_speak = true,
	.check = check_output},
    {.name = "--help",
	.options = "--help",
	.may_speak = true,
	.check = check_output},
    {.name = "--check-config of a good file",
	.options = "--check-config",
	.may_speak = true},
    {.name = "--check-config of a bad file",
	.config = "[profile p]\nhosst = 127.0.0.1\n",
	.options = "--check-config",
	.exit_code = 78,
	.may_speak = true},
    {.name = "called mailq",
	.flags = RUN_BY_OTHER_NAME,
	.prepare = call_it_mailq,
	.prints = "^Mail queue is empty$"},
    {.name = "-bp", .options = "-bp", .prints = "^Mail queue is empty$"},
    {.name = "-q with nothing to do", .options = "-q"},
    {.name = "one argument with two recipients",
	.server = SERVER,
	.options = "-f anna@example.org carl@example.net,ben@example.net",
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^RCPT TO:<carl@example.net>\n^RCPT TO:<ben@example.net>"},
    {.name = "recipients that begin with a hyphen, behind --",
	.server = SERVER,
	.options = "-f anna@example.org -- -t@example.net -bs@example.net",
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^RCPT TO:<-t@example.net>\n^RCPT TO:<-bs@example.net>"},
    {.name = "no recipients in the header either",
	.options = "-t",
	.input = MESSAGE,
	.exit_code = 64,
	.says = "recipient"},
    {.name = "-t and no input", .options = "-t", .exit_code = 64},
    {.name = "-oeq is quiet",
	.options = "-oeq -t",
	.input = MESSAGE,
	.exit_code = 64,
	.may_speak = true},
    {.name = "the message from a file",
	.server = SERVER,
	.prepare = write_message,
	.options = "--file {dir}/message " TO_BEN,
	.messages = 1,
	.arrives = "^Hello, Ben"},
    {.name = "the message from /dev/stdin",
	.server = SERVER,
	.options = "--file /dev/stdin " TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^Hello, Ben"},
    {.name = "CR and LF in a full name",
	.server = SERVER,
	.options = "-F Anna\\r\\nBcc:evil@example.net " TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.absent = "^Bcc"},
    {.name = "a full name with specials",
	.server = SERVER,
	.options = "-F .(\"\\\\ " TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^From: .*<anna@example.org>"},
    {.name = "-C before all else, and twice",
	.server = SERVER,
	.options = "-C /nowhere/conf -C {dir}/conf " TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "a caller who writes much is not killed when usage is bad",
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.exit_code = 64,
	.check = check_drained},
    {.name = "a caller who writes much is not killed when nobody listens",
	.settings = "host = unix:{dir}/nobody",
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = TO_BEN,
	.exit_code = 75,
	.check = check_drained},
    {.name = "a caller who writes much is not killed without configuration",
	.config = "",
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = TO_BEN,
	.exit_code = 78,
	.check = check_drained},
    {.name = "a caller who writes more than max_size is not killed",
	.server = SERVER,
	.settings = "[sendmail] max_size = 100k",
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = TO_BEN,
	.exit_code = 65,
	.says = "max_size",
	.check = check_drained},
    {.name = "a caller who writes much behind a lone dot is not killed",
	.server = SERVER,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input_behind_a_dot,
	.options = TO_BEN,
	.messages = 1,
	.absent = "This is line",
	.check = check_drained},
    {.name = "a path with an escape sequence is shown as codes",
	.options = "--check-config -C /nowhere/\x1b[31m",
	.exit_code = 78,
	.may_speak = true,
	.check = check_no_escape},
    {.name = "stdin is closed",
	.server = SERVER,
	.flags = RUN_CLOSED_STDIN,
	.options = TO_BEN,
	.messages = 1},
    {.name = "stdout is closed",
	.server = SERVER,
	.flags = RUN_CLOSED_STDOUT,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "stderr is closed",
	.server = SERVER,
	.flags = RUN_CLOSED_STDERR,
	.options = "-v " TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "stdout and stderr are closed and it fails",
	.server = SERVER,
	.flags = RUN_CLOSED_STDOUT | RUN_CLOSED_STDERR,
	.options = "-f anna@example.org nouser@example.net",
	.input = MESSAGE,
	.exit_code = 67},
    {.name = "everything is closed",
	.server = SERVER,
	.flags = RUN_CLOSED_STDIN | RUN_CLOSED_STDOUT | RUN_CLOSED_STDERR,
	.options = TO_BEN,
	.messages = 1},
    {.name = "the environment is empty",
	.server = SERVER,
	.flags = RUN_EMPTY_ENVIRONMENT,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "the working directory is gone",
	.server = SERVER,
	.flags = RUN_DELETED_DIRECTORY,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "the log as text",
	.server = SERVER,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_text_log},
    {.name = "the log as JSON",
	.server = SERVER,
	.settings = "[sendmail] log_format = json",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_json_log},
    {.name = "a refusal in log and transcript",
	.server = SERVER,
	.options = "-f anna@example.org nouser@example.net",
	.input = MESSAGE,
	.exit_code = 67,
	.check = check_refusal_log},
    {.name = "a log that cannot be written",
	.server = SERVER,
	.settings = "[sendmail] log = /proc/nowhere/log",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "a log on a full disk",
	.server = SERVER,
	.settings = "[sendmail] log = /dev/full",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "no log",
	.server = SERVER,
	.settings = "[sendmail] log = none\n[sendmail] transcript = none",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_no_transcript},
    {.name = "the transcript",
	.server = SERVER,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_transcript},
    {.name = "the transcript with the message",
	.server = SERVER,
	.settings = "[sendmail] transcript_body = all",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_whole_transcript},
    {.name = "the transcript with the header",
	.server = SERVER,
	.settings = "[sendmail] transcript_body = header",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_header_transcript},
    {.name = "only failures are kept: success",
	.server = SERVER,
	.settings = "[sendmail] transcript_keep = failed",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_no_transcript},
    {.name = "only failures are kept: failure",
	.server = SERVER,
	.settings = "[sendmail] transcript_keep = failed",
	.options = "-f anna@example.org nouser@example.net",
	.input = MESSAGE,
	.exit_code = 67,
	.check = trial_check_transcript},
    {.name = "the transcript of a connection that failed",
	.settings = "host = unix:{dir}/nobody",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75,
	.check = trial_check_transcript},
    {.name = "the transcript is rotated",
	.server = SERVER,
	.settings = "[sendmail] transcript_max = 1K 2",
	.prepare = write_old_transcript,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_rotation},
    {.name = "a transcript that cannot be written",
	.server = SERVER,
	.settings = "[sendmail] transcript = /proc/nowhere/transcript",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_silent_log},
    {.name = "-X needs permission",
	.server = SERVER,
	.options = "-X {dir}/x " TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_no_x},
    {.name = "-X with permission",
	.server = SERVER,
	.settings = "[sendmail] allow_X = yes",
	.options = "-X {dir}/x " TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_x},
    {.name = "the profile's sender for a caller who gives none",
	.server = SERVER,
	.settings = "from = alerts@example.com",
	.options = "ben@example.net",
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^MAIL FROM:<alerts@example.com>"},
    {.name = "the profile's sender in spite of the caller",
	.server = SERVER,
	.settings = "from = alerts@example.com\noverride_from = yes",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^MAIL FROM:<alerts@example.com>"},
    {.name = "a profile by name",
	.server = SERVER,
	.config = "[sendmail]\nhostname = client.example.org\nlog = none\n"
		  "queue = never\n[profile nowhere]\nhost = unix:{dir}/nobody\n"
		  "tls = none\nauth = off\n"
		  "[profile here]\ninherit = nowhere\nhost = 127.0.0.1\n"
		  "port = {port}\n",
	.options = "--profile here " TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "the configuration is a directory",
	.options = "-C {dir} " TO_BEN,
	.input = MESSAGE,
	.exit_code = 78},
};

static void add_callers(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof callers / sizeof *callers; i++) {
		struct scenario row = {.server = SERVER,
		    .options = callers[i],
		    .input = HEADED,
		    .messages = 1,
		    .arrives = "^RCPT TO:<ben@example.net>"};

		row.name = scenarios_text(scenarios, "caller: %s", callers[i]);
		row.may_speak = strstr(callers[i], "-v") != NULL;
		scenarios_add(scenarios, &row);
	}
}

static void add_runs(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		struct scenario row = {.server = SERVER, .options = runs[i]};

		row.name = scenarios_text(scenarios, "queue run: %s", runs[i]);
		row.may_speak = strstr(runs[i], "-v") != NULL;
		scenarios_add(scenarios, &row);
	}
}

static void add_many_recipients(struct scenarios *scenarios)
{
	struct scenario row = {.name = "3000 recipients on the command line",
	    .server = SERVER,
	    .settings = "max_recipients = 1000",
	    .input = MESSAGE,
	    .messages = 3,
	    .arrives = "^RCPT TO:<user0@example.net>\n"
		       "^RCPT TO:<user2999@example.net>"};
	struct buf options = {0};

	buf_add_string(&options, "-f anna@example.org");
	for (int i = 0; i < 3000; i++)
		buf_addf(&options, " user%d@example.net", i);
	strlist_add(&scenarios->texts, buf_text(&options));
	row.options = scenarios->texts.items[scenarios->texts.count - 1];
	scenarios_add(scenarios, &row);
	buf_free(&options);
}

static void add_usages(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof usages / sizeof *usages; i++)
		scenarios_add(scenarios,
		    &(struct scenario){.name = usages[i].name,
			.server = SERVER,
			.options = usages[i].options,
			.input = MESSAGE,
			.exit_code = usages[i].exit_code,
			.says = usages[i].says});
}

static void add_configs(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof configs / sizeof *configs; i++)
		scenarios_add(scenarios,
		    &(struct scenario){.name = configs[i].name,
			.config = configs[i].config,
			.options = TO_BEN,
			.input = MESSAGE,
			.exit_code = 78,
			.says = configs[i].says,
			.hides = configs[i].hides});
}

void cases_add_commands(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		scenarios_add(scenarios, &rows[i]);
	add_callers(scenarios);
	add_runs(scenarios);
	add_many_recipients(scenarios);
	add_usages(scenarios);
	add_configs(scenarios);
}
