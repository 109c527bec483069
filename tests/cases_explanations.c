#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenario.h"

/* Ways to see what would happen: dry runs, explanations, address tests. */

#define SERVER "--tls none"
#define SECRET "s3cret-Wort"
#define FROM   "From: Anna <anna@example.org>\n"
#define NOBODY "host = unix:{dir}/nobody\n"
#define CORP   NOBODY "rewrite = corp"

#define CORP_RULES                                                             \
	"[rewrite corp]\n"                                                     \
	"envelope_from = * -> alerts@example.com\n"                            \
	"from = root -> \"root on $host\" <alerts@example.com>\n"              \
	"recipients = root -> admin@example.com, oncall@example.com\n"         \
	"recipients = *@*bad.example -> $1@$2\n"

#define LAN_ROUTE                                                              \
	"[profile lan]\n"                                                      \
	"inherit = test\n"                                                     \
	"host = unix:{dir}/lan\n"                                              \
	"[route]\n"                                                            \
	"recipient = *@lan.example -> lan\n"

#define CRON                                                                   \
	"From: root (Cron Daemon)\n"                                           \
	"To: root\n"                                                           \
	"Subject: Cron <root@web1> test -x /usr/bin/job\n"                     \
	"\n"                                                                   \
	"job: no such file\n"

#define CRON_OPTIONS "-FCronDaemon -i -B8BITMIME -oem root"

static void check_no_connection(struct trial *trial)
{
	if (trial_tally(&trial->server, "connections ") != 0)
		trial_fail(trial, "somebody connected");
	trial_expect_file(trial, "transcript", ".", false);
}

/* No Python, no second opinion: then the expressions must do. */
static int run_python(const char *file)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)dup2(null, STDOUT_FILENO);
	(void)dup2(null, STDERR_FILENO);
	(void)execlp("python3", "python3", "-m", "json.tool", "--json-lines",
	    file, (char *)NULL);
	return 0;
}

/* One value in each line. */
static void check_json(struct trial *trial)
{
	char *path = trial_path(trial, "json");
	int status = 0;
	pid_t child;

	trial_write(trial, "json", buf_text(&trial->outcome.out));
	child = fork();
	if (child == 0)
		_exit(run_python(path));
	(void)waitpid(child, &status, 0);
	if (status != 0)
		trial_fail(trial, "stdout is no JSON: %s",
		    buf_string(&trial->outcome.out));
	free(path);
}

static void check_visible(struct trial *trial)
{
	struct text rest = buf_text(&trial->outcome.out);
	struct text line;

	while (text_split(&rest, '\n', &line))
		for (size_t i = 0; i < line.length; i++)
			if (byte_is_control(line.data[i]))
				trial_fail(trial, "a control byte is shown");
}

static void check_body_untouched(struct trial *trial)
{
	static const char end[] = "\n\none\n.\n..\n\ntwo\n";
	struct text out = buf_text(&trial->outcome.out);

	if (out.length < sizeof end - 1 ||
	    !text_is(text_part(out, out.length - sizeof end + 1, out.length),
		end))
		trial_fail(trial, "the body is not as it was: %s",
		    buf_string(&trial->outcome.out));
}

static void check_no_rewriting(struct trial *trial)
{
	trial_expect(trial, "stdout", buf_text(&trial->outcome.out),
	    "rewrite\nas a recipient", false);
}

static void check_no_bcc(struct trial *trial)
{
	trial_expect(trial, "stdout", buf_text(&trial->outcome.out),
	    "[Bb][Cc][Cc]\n^[^R].*secret@", false);
}

static void call_newaliases(struct trial *trial)
{
	trial_rename_program(trial, "newaliases");
}

static const struct scenario dry_runs[] = {
    {.name = "a dry run connects to nobody",
	.server = SERVER,
	.options = "--dry-run -f anna@example.org ben@example.net",
	.input = FROM "To: ben@example.net\n\nHello.\n",
	.prints = "^profile test, 127\\.0\\.0\\.1:[0-9]+: .",
	.check = check_no_connection},
    {.name = "a dry run of cron's mail",
	.settings = CORP,
	.sections = CORP_RULES,
	.options = "--dry-run " CRON_OPTIONS,
	.input = CRON,
	.prints = "^profile test, unix:.*/nobody: .\n"
		  "^MAIL FROM:<alerts@example.com>$\n"
		  "^RCPT TO:<admin@example.com>$\n"
		  "^RCPT TO:<oncall@example.com>$\n"
		  "^From: \"root on client.example.org\" "
		  "<alerts@example.com>$\n"
		  "^To: admin@example.com, oncall@example.com$\n"
		  "^job: no such file$"},
    {.name = "a dry run of two deliveries",
	.settings = NOBODY,
	.sections = LAN_ROUTE,
	.options = "--dry-run -f anna@example.org ben@example.net "
		   "cleo@lan.example",
	.input = FROM "\nHello.\n",
	.prints = "^== delivery 1 of 2$\n"
		  "^== delivery 2 of 2$\n"
		  "^profile lan, unix:.*/lan: .*->.*lan.* in .*conf:[0-9]+$\n"
		  "^RCPT TO:<ben@example.net>$\n"
		  "^RCPT TO:<cleo@lan.example>$"},
    {.name = "a dry run shows the body as it is",
	.settings = NOBODY,
	.options = "--dry-run -i -f anna@example.org ben@example.net",
	.input = FROM "\r\n\r\none\r\n.\n..\n\r\ntwo",
	.prints = "^From: Anna <anna@example.org>$",
	.check = check_body_untouched},
    {.name = "a dry run shows no blind copies in the message",
	.settings = NOBODY,
	.options = "--dry-run -t -f anna@example.org",
	.input = FROM "To: ben@example.net\nBcc: secret@example.net\n\nHi.\n",
	.prints = "^RCPT TO:<secret@example.net>$",
	.check = check_no_bcc},
    {.name = "a dry run tells who gets nothing",
	.settings = CORP,
	.sections = CORP_RULES,
	.options = "--dry-run -f anna@example.org ben@bad.example "
		   "cleo@example.net",
	.input = FROM "\nHello.\n",
	.exit_code = 65,
	.says = "conf:[0-9]+: ",
	.prints = "^RCPT TO:<cleo@example.net>$"},
    {.name = "a dry run needs no password",
	.settings = NOBODY "user = anna\n"
			   "password_command = /nowhere/program",
	.options = "--dry-run -f anna@example.org ben@example.net",
	.input = FROM "\nHello.\n",
	.prints = "^RCPT TO:<ben@example.net>$"},
    {.name = "a dry run without recipients",
	.settings = NOBODY,
	.options = "--dry-run -t",
	.input = FROM "\nHello.\n",
	.exit_code = 64,
	.says = "recipient"},
};

static const struct scenario explanations[] = {
    {.name = "an explanation shows no command that may hold a password",
	.settings = NOBODY "tls = starttls\ntls_cert = /nowhere/cert\n"
			   "tls_key_password_command = echo s3cret-Wort",
	.options = "--explain ben@example.net",
	.prints = "tls_key_password_command +\\[hidden\\]",
	.hides = "s3cret-Wort"},
    {.name = "an explanation of cron's mail",
	.settings = CORP,
	.sections = CORP_RULES,
	.options = "--explain -f root " CRON_OPTIONS,
	.input = CRON,
	.prints = "^  rewrite  envelope_from  root@example.org -> "
		  "alerts@example.com$\n"
		  "^  +/.*/conf:[0-9]+: \\* -> alerts@example.com$\n"
		  "^  rewrite  envelope_to .* root@example.org -> "
		  "admin@example.com, oncall@example.com$\n"
		  "^  +/.*/conf:[0-9]+: root -> \n"
		  "^  rewrite  from .*\\(Cron Daemon\\) -> \"root on "
		  "client.example.org\" <alerts@example.com>$\n"
		  "^delivery 1 of 1$\n"
		  "^  profile    test .*default_profile in .*/conf:[0-9]+$\n"
		  "^  smarthost  unix:.*/nobody  TLS: none$\n"
		  "^    - From: root \\(Cron Daemon\\)$\n"
		  "^    \\+ From: \"root on client.example.org\" "
		  "<alerts@example.com>$\n"
		  "^    MAIL FROM:<alerts@example.com>$\n"
		  "^    RCPT TO:<oncall@example.com>$\n"
		  "^  tls  .*none .*/conf:[0-9]+$\n"
		  "^  protocol  .*smtp  .*default$\n"
		  "^  hostname  .*client.example.org .*/conf:[0-9]+$"},
    {.name = "an explanation in JSON",
	.settings = CORP,
	.sections = CORP_RULES,
	.aliases = "ops: root, \"cleo, c\"@example.net\n",
	.options = "--explain --json -FCronDaemon -i ops",
	.input = CRON,
	.prints = "\"stage\": ?\"alias\"\n"
		  "\"stage\": ?\"rewrite\"\n"
		  "\"after\": ?\"alerts@example.com\"\n"
		  "admin@example.com.*oncall@example.com",
	.check = check_json},
    {.name = "an explanation in JSON of what is no UTF-8",
	.settings = NOBODY,
	.options = "--explain --json -f anna@example.org ben@example.net",
	.input = "From: Anna <anna@example.org> (\xe9\x01\"\\)\n"
		 "Bcc: x\n\nHello.\n",
	.prints = "ben@example.net",
	.check = check_json},
    {.name = "an explanation shows no secret",
	.settings = NOBODY "user = anna\npassword = " SECRET,
	.options = "--explain -f anna@example.org ben@example.net",
	.input = FROM "\nHello.\n",
	.prints = "password",
	.hides = SECRET},
    {.name = "an explanation in JSON shows no secret",
	.settings = NOBODY "user = anna\npassword = " SECRET,
	.options = "--explain --json -f anna@example.org ben@example.net",
	.input = FROM "\nHello.\n",
	.prints = "\"password\"",
	.hides = SECRET,
	.check = check_json},
    {.name = "an explanation connects to nobody",
	.server = SERVER,
	.options = "--explain -f anna@example.org ben@example.net",
	.input = FROM "\nHello.\n",
	.prints = "ben@example.net",
	.check = check_no_connection},
    {.name = "an explanation of a route",
	.settings = NOBODY,
	.sections = LAN_ROUTE,
	.options = "--explain -f anna@example.org ben@example.net "
		   "cleo@lan.example",
	.input = FROM "\nHello.\n",
	.prints =
	    "^  profile    lan  .*recipient = \\*@lan\\.example -> lan in "
	    ".*/conf:[0-9]+$\n"
	    "^  profile    test  .*default_profile in .*/conf:[0-9]+$"},
    {.name = "an explanation of a failure",
	.settings = CORP,
	.sections = CORP_RULES,
	.options = "--explain -f anna@example.org ben@bad.example "
		   "cleo@example.net",
	.input = FROM "\nHello.\n",
	.exit_code = 65,
	.says = "conf:[0-9]+: ",
	.prints = "cleo@example.net\nben@bad.example"},
    {.name = "an explanation shows no control bytes",
	.settings = CORP,
	.sections = "[rewrite corp]\nfrom = * -> $local@example.com\n",
	.options = "--explain -f anna@example.org ben@example.net",
	.input = "From: anna@example.org (\x1b[31m\xe9)\n\nHello.\n",
	.prints = "^    - From: anna@example.org \\(.x1[Bb]",
	.check = check_visible},
};

static const struct scenario address_tests[] = {
    {.name = "-bt of root under cron's recipe",
	.settings = CORP,
	.sections = CORP_RULES,
	.options = "-bt",
	.input = "root (Cron Daemon)\n",
	.prints = "^root \\(Cron Daemon\\)$\n"
		  "^    domain .*root -> root@example.org$\n"
		  "^    route .*root@example.org -> profile test "
		  "\\(unix:.*/nobody\\)$\n"
		  "^  +default_profile in .*/conf:[0-9]+$\n"
		  "^    rewrite  envelope_to  root@example.org -> "
		  "admin@example.com, oncall@example.com$\n"
		  "^  +/.*/conf:[0-9]+: root -> admin@example.com, "
		  "oncall@example.com$\n"
		  "^    rewrite  from  .*\\(Cron Daemon\\) -> \"root on "
		  "client.example.org\" <alerts@example.com>$\n"
		  "^    result .*oncall@example.com$"},
    {.name = "-bt of an alias and a route",
	.settings = NOBODY,
	.sections = LAN_ROUTE,
	.aliases = "team: ben@example.net, cleo@lan.example\n",
	.options = "-bt",
	.input = "team\n\n  <team@localhost>\nnobody@elsewhere.example\n",
	.prints = "^    alias .*team@example.org -> ben@example.net, "
		  "cleo@lan.example$\n"
		  "^  +/.*/aliases:1: team: \n"
		  "^    alias .*team@localhost -> ben@example.net, \n"
		  "^    route .*cleo@lan.example -> profile lan \n"
		  "^  +recipient = .* in .*/conf:[0-9]+$\n"
		  "^nobody@elsewhere.example$"},
    {.name = "-bt of a loop and of a bad rule",
	.settings = CORP,
	.sections = CORP_RULES,
	.aliases = "a: b\nb: a\n",
	.options = "-bt",
	.input = "a, x@bad.example\nben@example.net\n",
	.prints = "^    error .*/aliases:[12]: .\n"
		  "^    error  envelope_to  .*/conf:[0-9]+: .\n"
		  "^    result +envelope_to +ben@example.net$"},
    {.name = "-bt of the null sender",
	.settings = CORP,
	.sections = CORP_RULES,
	.options = "-bt <>",
	.prints = "^  as a sender$",
	.check = check_no_rewriting},
    {.name = "-bt of what is no address",
	.settings = NOBODY,
	.options = "-bt",
	.input = "@\nben@example.net\n",
	.prints = "^@$\n^ben@example.net$"},
    {.name = "-bt of arguments",
	.settings = NOBODY,
	.options = "-bt ben@example.net,root",
	.prints = "^ben@example.net$\n^root$"},
    {.name = "-bt ends with /quit",
	.settings = NOBODY,
	.options = "-bt",
	.input = "ben@example.net\n/quit\n(((\n",
	.prints = "^ben@example.net$"},
    {.name = "-bt in JSON",
	.settings = CORP,
	.sections = CORP_RULES,
	.options = "-bt --json",
	.input = "root\nben@example.net\n",
	.prints = "\"stage\": ?\"rewrite\"\nadmin@example.com\nben@example.net",
	.check = check_json},
    {.name = "-bt of nothing",
	.settings = NOBODY,
	.options = "-bt",
	.input = "",
	.may_speak = true},
    {.name = "-bv of who can get mail",
	.settings = CORP,
	.sections = CORP_RULES,
	.options = "-bv root ben@example.net",
	.prints = "^root \\.\\.\\. deliverable: admin@example.com through "
		  "profile test \\(unix:.*/nobody\\)$\n"
		  "^root \\.\\.\\. deliverable: oncall@example.com through\n"
		  "^ben@example.net \\.\\.\\. deliverable: "
		  "ben@example.net through"},
    {.name = "-bv of who cannot get mail",
	.settings = NOBODY,
	.aliases = "robot: |/bin/false\n",
	.options = "-bv robot ben@example.net",
	.exit_code = 67,
	.may_speak = true,
	.prints = "^robot \\.\\.\\. undeliverable: .*aliases:1: .\n"
		  "^ben@example.net \\.\\.\\. deliverable: "},
    {.name = "-bv of a loop",
	.settings = NOBODY,
	.aliases = "a: b\nb: a\n",
	.options = "-bv a",
	.exit_code = 67,
	.may_speak = true,
	.prints = "^a \\.\\.\\. undeliverable: .*aliases:[12]: ."},
    {.name = "-bv of what is no address",
	.settings = NOBODY,
	.options = "-bv ben@@example.net",
	.exit_code = 67,
	.may_speak = true,
	.prints = "^ben@@example.net \\.\\.\\. undeliverable: ."},
    {.name = "-bv in JSON",
	.settings = NOBODY,
	.aliases = "robot: |/bin/false\n",
	.options = "-bv --json robot ben@example.net",
	.exit_code = 67,
	.may_speak = true,
	.prints = "\"deliverable\": ?false\n\"deliverable\": ?true",
	.check = check_json},
    {.name = "-bv of nobody",
	.settings = NOBODY,
	.options = "-bv",
	.exit_code = 64,
	.says = "recipient"},
    {.name = "-bv connects to nobody",
	.server = SERVER,
	.options = "-bv ben@example.net",
	.prints = "ben@example.net",
	.check = check_no_connection},
    {.name = "--json without anything to print",
	.server = SERVER,
	.options = "--json -f anna@example.org ben@example.net",
	.input = FROM "\nHello.\n",
	.exit_code = 64,
	.says = "--json"},
    {.name = "--check-config where routes choose all profiles",
	.config = "[profile a]\nhost = a.example\n"
		  "[profile b]\nhost = b.example\n"
		  "[route]\nrecipient = * -> b\n",
	.options = "--check-config",
	.prints = "^warning: .*default_profile"},
    {.name = "--json of a configuration check",
	.options = "--check-config --json",
	.exit_code = 64,
	.says = "--json"},
};

static const struct scenario files[] = {
    {.name = "newaliases counts",
	.aliases = "root: ben@example.net\n# x\nops: root,\n\tcleo\n",
	.flags = RUN_BY_OTHER_NAME,
	.prepare = call_newaliases,
	.prints = "aliases: 2 aliases$"},
    {.name = "newaliases tells what is wrong",
	.aliases = "root: ben@example.net\nnonsense\na: b\nb: a\n"
		   "team: :include:{dir}/nothing\n",
	.options = "-bi",
	.exit_code = 78,
	.says = "aliases:2: .\naliases:[34]: .\naliases:5: .*/nothing",
	.may_speak = true},
    {.name = "newaliases warns of commands",
	.aliases = "root: \"|/bin/false\", ben@example.net\n",
	.options = "-bi",
	.prints = "^warning: .*aliases:1: .\n1 alias$"},
    {.name = "newaliases when no aliases are used",
	.options = "-bi",
	.prints = "none"},
    {.name = "newaliases of a file that is not there",
	.settings = "[sendmail] aliases = {dir}/nothing",
	.options = "-bi",
	.exit_code = 78,
	.says = "/nothing"},
    {.name = "newaliases with a configuration that is wrong",
	.config = "[profile p]\nhosst = 127.0.0.1\n",
	.options = "-bi",
	.exit_code = 78,
	.says = "conf:2: "},
};

static void add_rows(struct scenarios *scenarios, const struct scenario *rows,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		scenarios_add(scenarios, &rows[i]);
}

void cases_add_explanations(struct scenarios *scenarios)
{
	add_rows(scenarios, dry_runs, sizeof dry_runs / sizeof *dry_runs);
	add_rows(scenarios, explanations,
	    sizeof explanations / sizeof *explanations);
	add_rows(scenarios, address_tests,
	    sizeof address_tests / sizeof *address_tests);
	add_rows(scenarios, files, sizeof files / sizeof *files);
}
