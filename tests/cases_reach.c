#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "scenario.h"

/* The way to the smarthost, and what there is when it is closed. */

#define SECRET  "s3cret-Wort"
#define LOGIN   "user = anna\npassword = " SECRET "\nauth_plaintext = yes"
#define TO_BEN  "-f anna@example.org ben@example.net"
#define MESSAGE "Subject: hello\n\nHello, Ben.\n"
#define BOTH    "host = 127.0.0.1:{port2}, 127.0.0.1:{port}"
#define CLOSED  "--tls none --close connect"
#define WARNED  "the next smarthost is tried"

static void check_fail_over(struct trial *trial)
{
	trial_expect_file(trial, "log", WARNED, true);
	trial_expect_file(trial, "transcript", "trying the next smarthost",
	    true);
}

static void check_hosts(struct trial *trial)
{
	char ours[64];
	char others[64];

	(void)snprintf(ours, sizeof ours, "to=carl@.*host=127.0.0.1:%s",
	    trial->server.port);
	(void)snprintf(others, sizeof others, "to=.*n@.*host=127.0.0.1:%s",
	    trial->other_server.port);
	trial_expect_file(trial, "log", ours, true);
	trial_expect_file(trial, "log", others, true);
}

/* What another process would have left behind. */
static void remember_other(struct trial *trial)
{
	char *directory = trial_path(trial, "sendoff");
	char name[64];

	(void)snprintf(name, sizeof name, "sendoff/down-127.0.0.1_%s",
	    trial->other_server.port);
	if (mkdir(directory, 0700) != 0)
		trial_fail(trial, "no directory %s", directory);
	trial_write(trial, name, text_of(""));
	free(directory);
}

static void check_memory(struct trial *trial)
{
	trial_expect_file(trial, "log", WARNED, false);
}

/* A server of one session and no extensions on its standard output. */
static void write_server(struct trial *trial)
{
	trial_write(trial, "server",
	    text_of("say() { printf '%s\\r\\n' \"$1\"; }\n"
		    "say '220 relay.example.org ESMTP'\n"
		    "read hello; say '250 relay.example.org'\n"
		    "read mail; say '250 ok'\n"
		    "read rcpt; say '250 ok'\n"
		    "read data; say '354 go on'\n"
		    "while read line && [ \"$line\" != \".$(printf '\\r')\" ]\n"
		    "do echo \"$line\" >>\"$1\"; done\n"
		    "say '250 taken'; read quit\n"));
}

static void check_server(struct trial *trial)
{
	trial_expect_file(trial, "taken", "^Hello, Ben", true);
	trial_expect_file(trial, "log", "address=\"a command\"", true);
}

static const struct scenario rows[] = {
    {.name = "the next host when a port is closed",
	.server = "--tls none",
	.other_server = CLOSED,
	.settings = BOTH,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_fail_over},
    {.name = "the next host when nobody answers",
	.server = "--tls none",
	.other_server = "--tls none --hang connect",
	.settings = BOTH "\nconnect_timeout = 1s",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.milliseconds = 3000,
	.check = check_fail_over},
    {.name = "no more time than for the whole, whoever hangs",
	.server = "--tls none --hang greeting",
	.other_server = "--tls none --hang connect",
	.settings = BOTH "\nconnect_timeout = 10s\ntimeout = 10s\n"
			 "[sendmail] submit_timeout = 2s",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75,
	.says = "no answer in time|submit_timeout",
	.milliseconds = 4000},
    {.name = "the next host after a greeting of 421",
	.server = "--tls none",
	.other_server = "--tls none --busy greeting",
	.settings = BOTH,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_fail_over},
    {.name = "the next host after 421 to EHLO",
	.server = "--tls none",
	.other_server = "--tls none --busy ehlo",
	.settings = BOTH,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_fail_over},
    {.name = "the next host when a certificate is refused",
	.server = "",
	.other_server = "--certificate expired",
	.settings = BOTH "\ntls = starttls",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_fail_over},
    {.name = "the next host after 421 to MAIL",
	.server = "--tls none",
	.other_server = "--tls none --busy mail",
	.settings = BOTH,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_fail_over},
    {.name = "the next host after 421 to DATA",
	.server = "--tls none",
	.other_server = "--tls none --busy data",
	.settings = BOTH,
	.options = TO_BEN " carl@example.net",
	.input = MESSAGE,
	.messages = 1,
	.check = check_fail_over},
    {.name = "the next host after 421 to RCPT",
	.server = "--tls none",
	.other_server = "--tls none --busy rcpt",
	.settings = BOTH,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_fail_over},
    {.name = "each recipient is logged with the host that took it",
	.server = "--tls none",
	.other_server = "--tls none --hide SMTPUTF8 --busy mail",
	.settings = BOTH,
	.options = "-f anna@example.org b\xc3\xa9n@example.net "
		   "carl@example.net",
	.input = MESSAGE,
	.exit_code = 65,
	.messages = 1,
	.check = check_hosts},
    {.name = "no other host for a message that was put off",
	.server = "--tls none",
	.other_server = "--tls none --busy dot",
	.settings = BOTH,
	.options = TO_BEN " carl@example.net",
	.input = MESSAGE,
	.exit_code = 75,
	.messages = 0,
	.check = check_memory},
    {.name = "no other host for a part of those who get all or nothing",
	.server = "--tls none",
	.other_server = "--tls none --hide SMTPUTF8 --busy mail",
	.settings = BOTH "\non_partial = abort",
	.options = "-f anna@example.org b\xc3\xa9n@example.net "
		   "carl@example.net",
	.input = MESSAGE,
	.exit_code = 65,
	.messages = 0},
    {.name = "no other host after the final dot",
	.server = "--tls none",
	.other_server = "--tls none --close dot",
	.settings = BOTH,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75,
	.messages = 0},
    {.name = "no other host after a refused login",
	.server = "--tls none --user anna --password " SECRET,
	.other_server = "--tls none --user anna --password another",
	.settings = BOTH "\n" LOGIN,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 77,
	.messages = 0,
	.hides = SECRET},
    {.name = "no other host for a refused recipient",
	.server = "--tls none",
	.other_server = "--tls none",
	.settings = BOTH,
	.options = TO_BEN " nouser@example.net",
	.input = MESSAGE,
	.exit_code = 67,
	.other_messages = 1},
    {.name = "no host answers",
	.other_server = CLOSED,
	.settings = "host = 127.0.0.1:1, 127.0.0.1:{port2}",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75,
	.says = "2 smarthosts were tried: .*127.0.0.1"},
    {.name = "every host puts the sender off",
	.server = "--tls none",
	.other_server = "--tls none",
	.settings = BOTH,
	.options = "-f slow@example.org ben@example.net",
	.input = MESSAGE,
	.exit_code = 75,
	.says = "^sendmail: 2 smarthosts were tried.*45[01]"},
    {.name = "a host that failed a moment ago comes last",
	.server = "--tls none",
	.other_server = "--tls none",
	.settings = BOTH,
	.options = TO_BEN,
	.input = MESSAGE,
	.prepare = remember_other,
	.messages = 1,
	.check = check_memory},
    {.name = "the only host is tried whatever happened a moment ago",
	.other_server = "--tls none",
	.settings = "host = 127.0.0.1:{port2}",
	.options = TO_BEN,
	.input = MESSAGE,
	.prepare = remember_other,
	.other_messages = 1},
    {.name = "hosts in turn",
	.server = "--tls none",
	.other_server = CLOSED,
	.settings = BOTH "\nhost_order = rotate",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "each port has its own way to encrypt",
	.settings = "host = 127.0.0.1:465, 127.0.0.1:587",
	.options = "--dry-run " TO_BEN,
	.input = MESSAGE,
	.prints = "127.0.0.1:465, 127.0.0.1:587"},
    {.name = "from an address of ours",
	.server = "--tls none",
	.settings = "source = 127.0.0.1\nip = 4",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "from an address of the wrong kind",
	.server = "--tls none",
	.settings = "source = ::1",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 78,
	.says = "source"},
    {.name = "an address of the other kind than ip",
	.server = "--tls none",
	.settings = "ip = 6",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 68,
	.says = "no IPv6 address; see ip"},
    {.name = "a command as the way",
	.settings = "host = |sh {dir}/server {dir}/taken",
	.options = TO_BEN,
	.input = MESSAGE,
	.prepare = write_server,
	.check = check_server},
    {.name = "a command that ends at once",
	.settings = "host = |sh -c 'exit 3'",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75,
	.says = "^sendmail: [|]sh -c 'exit 3': the command ended with "
		"exit status 3"},
    {.name = "a command that is not there",
	.settings = "host = |{dir}/nothing",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75,
	.says = "not found"},
    {.name = "a command has no name to verify",
	.settings = "host = |true\ntls = starttls",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 78,
	.says = "tls_name"},
    {.name = "a proxy that is not there",
	.server = "--tls none",
	.settings = "proxy = socks5://anna:" SECRET "@127.0.0.1:1",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75,
	.says = "through the proxy 127.0.0.1:1: .*refused",
	.hides = SECRET},
    {.name = "a host that cannot be a name",
	.settings = "host = \xcc\x80"
		    "a.example\nproxy = socks5://127.0.0.1:1",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 78,
	.other_exit = 71, /* without libidn2 */
	.says = "a\\.example"},
    {.name = "a proxy that does not speak SOCKS",
	.server = "--tls none",
	.other_server = "--tls none",
	.settings = "proxy = socks5://127.0.0.1:{port2}",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 76,
	.says = "through the proxy 127.0.0.1:[0-9]*: .*SOCKS 5; see proxy"},
};

void cases_add_reach(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		scenarios_add(scenarios, &rows[i]);
}
