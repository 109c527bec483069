#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario.h"

/* What is kept when it cannot be sent, and what the caller is told. */

#define QUEUE   "[sendmail] queue = fallback\n"
#define AWAY    QUEUE "host = unix:{dir}/nobody\n"
#define SECRET  "s3cret-Wort"
#define LOGIN   "tls = starttls\nuser = anna\npassword = " SECRET "\n"
#define SERVER  "--tls none"
#define TO_BEN  "-f anna@example.org ben@example.net"
#define MESSAGE "Subject: hello\n\nHello, Ben.\n"
#define KEPT    "status=queued .*from=anna@example.org .*to=ben@example.net"

static const char big_start[] = "Subject: big\n\n";

/* 2 MiB, with line ends of both kinds; so none of it can be left in memory. */
static void add_big_body(struct buf *body)
{
	for (unsigned i = 0; body->length < 2 * 1024 * 1024; i++)
		buf_addf(body, "%u: all of this must still be there%s", i,
		    i % 3 == 0 ? "\r\n" : "\n");
}

static void write_big_input(struct trial *trial)
{
	struct buf input = {0};

	buf_add_string(&input, big_start);
	add_big_body(&input);
	trial_write(trial, "input", buf_text(&input));
	buf_free(&input);
}

/* The lone dot is not a part of it. */
static void write_big_input_with_dot(struct trial *trial)
{
	struct buf input = {0};

	buf_add_string(&input, big_start);
	add_big_body(&input);
	buf_add_string(&input, ".\nBehind the dot.\n");
	trial_write(trial, "input", buf_text(&input));
	buf_free(&input);
}

static void check_big_body(struct trial *trial)
{
	struct buf input = {0};
	struct buf body = {0};
	struct buf kept = {0};

	buf_add_string(&input, big_start);
	add_big_body(&input);
	buf_add_string(&body, "sendoff message 1\n");
	buf_add(&body,
	    text_part(buf_text(&input), strlen(big_start), input.length));
	buf_add_string(&body, "Received: ");
	(void)scenario_read_files(trial, "queue/messages", &kept);
	if (!text_begins(buf_text(&kept), buf_string(&body)))
		trial_fail(trial, "the body is not what it was");
	buf_free(&input);
	buf_free(&body);
	buf_free(&kept);
}

/* Nobody can make a directory below it, not even root. */
static void write_file_there(struct trial *trial)
{
	trial_write(trial, "queue", text_of("not a directory\n"));
}

static void write_piped_file_there(struct trial *trial)
{
	write_file_there(trial);
	write_big_input(trial);
}

static void make_it_read_only(struct trial *trial)
{
	char *path = trial_path(trial, "closed");

	if (mkdir(path, 0500) != 0)
		trial_fail(trial, "no directory %s", path);
	free(path);
}

static void submit_earlier(struct trial *trial)
{
	struct strlist arguments = {0};
	char *conf = trial_path(trial, "conf");

	trial_set(trial, text_of("[sendmail] queue = fallback"));
	trial_write_config(trial);
	strlist_addf(&arguments, "-C%s", conf);
	strlist_add(&arguments, text_of("-odq"));
	strlist_add(&arguments, text_of("cleo@example.net"));
	trial_run(trial, &arguments, text_of(MESSAGE), 0, 10000);
	strlist_free(&arguments);
	free(conf);
}

/* By then the server is away: whoever is told of the rate did not ask it. */
static void send_second(struct trial *trial, int exit_code)
{
	static const char *const words[] = {
	    "-f", "anna@example.org", "ben@example.net"};
	struct strlist arguments = {0};
	char *conf = trial_path(trial, "conf");

	strlist_addf(&arguments, "-C%s", conf);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		strlist_add(&arguments, text_of(words[i]));
	trial_run(trial, &arguments, text_of(MESSAGE), 0, 10000);
	if (trial->outcome.exit_code != exit_code)
		trial_fail(trial, "exit %d, not %d, for the second",
		    trial->outcome.exit_code, exit_code);
	strlist_free(&arguments);
	free(conf);
}

static void check_second_is_failed(struct trial *trial)
{
	send_second(trial, 75);
	trial_expect(trial, "stderr", buf_text(&trial->outcome.err),
	    "rate of profile test", true);
}

static void check_second_is_kept(struct trial *trial)
{
	struct buf envelope = {0};

	send_second(trial, 0);
	(void)scenario_read_files(trial, "queue/queue", &envelope);
	trial_expect(trial, "the envelope", buf_text(&envelope),
	    "^attempts 0$\n^reason .*rate of profile test", true);
	buf_free(&envelope);
}

static void check_drained(struct trial *trial)
{
	if (!trial->outcome.has_drained)
		trial_fail(trial, "the caller got SIGPIPE");
}

static const struct scenario fallback[] = {
    {.name = "kept: nobody listens",
	.settings = AWAY,
	.options = TO_BEN,
	.input = MESSAGE,
	.waiting = 1,
	.waits = "^sendoff 1$\n^profile test$\n^attempts 1$\n^unsure no$\n"
		 "^sender <anna@example.org>$\n^recipient <ben@example.net>$\n"
		 "^reason .*/nobody",
	.logs = KEPT "\nstatus=queued .*next=20.*reply=.*uid="
		     "\nlevel=warning .*status=failed"},
    {.name = "kept by default",
	.config = "[sendmail]\nhostname = client.example.org\n"
		  "queue_dir = {dir}/queue\nlog = none\ntranscript = none\n"
		  "aliases = none\n[profile test]\nhost = unix:{dir}/nobody\n"
		  "tls = none\nauth = off\n",
	.options = TO_BEN,
	.input = MESSAGE,
	.waiting = 1},
    {.name = "sent: nothing is kept",
	.server = SERVER,
	.settings = QUEUE,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "sent: what is due goes out behind it",
	.server = SERVER,
	.prepare = submit_earlier,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 2,
	.arrives = "^RCPT TO:<cleo@example.net>"},
    {.name = "-odq: what is due stays as well",
	.server = SERVER,
	.prepare = submit_earlier,
	.options = "-odq " TO_BEN,
	.input = MESSAGE,
	.waiting = 2},
    {.name = "-odb: what is due goes out behind it",
	.server = SERVER,
	.prepare = submit_earlier,
	.options = "-odb " TO_BEN,
	.input = MESSAGE,
	.messages = 2},
    {.name = "refused: what is due waits for a success",
	.server = SERVER,
	.prepare = submit_earlier,
	.options = "-f anna@example.org nouser@example.net",
	.input = MESSAGE,
	.exit_code = 67,
	.waiting = 1},
    {.name = "refused: nothing is kept",
	.server = SERVER,
	.settings = QUEUE,
	.options = "-f anna@example.org nouser@example.net",
	.input = MESSAGE,
	.exit_code = 67,
	.says = "nouser@example.net.*550"},
    {.name = "refused with the content: nothing is kept",
	.server = SERVER,
	.settings = QUEUE,
	.options = "-f anna@example.org spam@example.net",
	.input = MESSAGE,
	.exit_code = 69},
    {.name = "one sent, one refused, one kept",
	.server = SERVER,
	.settings = QUEUE,
	.options = TO_BEN " nouser@example.net later@example.net",
	.input = MESSAGE,
	.exit_code = 67,
	.messages = 1,
	.arrives = "^RCPT TO:<ben@example.net>",
	.says = "nouser@example.net.*550",
	.waiting = 1,
	.waits = "^recipient <later@example.net>$\n^reason .*450",
	.logs = "status=queued .*to=later@example.net "},
    {.name = "kept: put off at the final dot",
	.server = SERVER,
	.settings = QUEUE,
	.options = "-f anna@example.org defer@example.net",
	.input = MESSAGE,
	.waiting = 1,
	.waits = "^reason .*451"},
    {.name = "kept: the final dot without an answer",
	.server = SERVER " --close dot",
	.settings = QUEUE,
	.options = TO_BEN,
	.input = MESSAGE,
	.waiting = 1,
	.waits = "^unsure yes$\n^reason .*twice"},
    {.name = "kept: login refused",
	.server = "--user anna --password another",
	.settings = QUEUE LOGIN,
	.options = TO_BEN,
	.input = MESSAGE,
	.waiting = 1,
	.waits = "^reason .*535",
	.hides = SECRET},
    {.name = "kept: certificate refused",
	.server = "--user anna --password " SECRET " --certificate expired",
	.settings = QUEUE LOGIN,
	.options = TO_BEN,
	.input = MESSAGE,
	.waiting = 1,
	.waits = "^reason .*expired",
	.hides = SECRET},
    {.name = "kept: the server hangs up",
	.server = SERVER " --close greeting",
	.settings = QUEUE,
	.options = TO_BEN,
	.input = MESSAGE,
	.waiting = 1},
    {.name = "kept: submit_timeout is over",
	.server = SERVER " --hang greeting",
	.settings = QUEUE "[sendmail] submit_timeout = 1s\ntimeout = 1m",
	.options = TO_BEN,
	.input = MESSAGE,
	.milliseconds = 4000,
	.waiting = 1},
    {.name = "kept: a password file that is not there",
	.server = SERVER,
	.settings = QUEUE "tls = starttls\nuser = anna\n"
			  "password_file = {dir}/nothing",
	.options = TO_BEN,
	.input = MESSAGE,
	.waiting = 1,
	.waits = "^reason .*/nothing"},
    {.name = "kept: what the caller asked the server for",
	.settings = AWAY,
	.options = "-N delay,failure -R hdrs -V id-7 -B 8BITMIME " TO_BEN,
	.input = MESSAGE,
	.waiting = 1,
	.waits = "^notify 12$\n^return headers$\n^envelope-id id-7$\n"
		 "^body 8bitmime$"},
    {.name = "kept: the null sender",
	.settings = AWAY,
	.options = "-f <> ben@example.net",
	.input = MESSAGE,
	.waiting = 1,
	.waits = "^sender <>$"},
    {.name = "kept: a big body from a pipe",
	.settings = AWAY,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = "-i " TO_BEN,
	.waiting = 1,
	.check = check_big_body},
    {.name = "kept: a big body up to the lone dot",
	.settings = AWAY,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input_with_dot,
	.options = TO_BEN,
	.waiting = 1,
	.check = check_big_body},
    {.name = "kept: a big body from a file",
	.settings = AWAY,
	.flags = RUN_FROM_FILE,
	.prepare = write_big_input,
	.options = "-i " TO_BEN,
	.waiting = 1,
	.check = check_big_body},
    {.name = "sent: a big body, of which nothing stays",
	.server = SERVER,
	.settings = QUEUE,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = "-i " TO_BEN,
	.messages = 1,
	.arrives = "^50000: all of this must still be there"},
    {.name = "refused: a big body, of which nothing stays",
	.server = SERVER,
	.settings = QUEUE,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = "-i -f anna@example.org nouser@example.net",
	.exit_code = 67},
    {.name = "too big: nothing of it stays",
	.settings = AWAY "[sendmail] max_size = 1500k",
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = "-i " TO_BEN,
	.exit_code = 65,
	.says = "max_size",
	.check = check_drained},
    {.name = "kept: three ways, two of them closed",
	.server = SERVER,
	.settings = QUEUE,
	.sections = "[profile away]\ninherit = test\nhost = unix:{dir}/away\n"
		    "[profile gone]\ninherit = test\nhost = unix:{dir}/gone\n"
		    "[route]\nrecipient = *@away.example -> away\n"
		    "recipient = *@gone.example -> gone\n",
	.options = TO_BEN " a@away.example g@gone.example b@away.example",
	.input = MESSAGE,
	.messages = 1,
	.waiting = 2,
	.waits = "^id [0-9A-Z]+$\n^id [0-9A-Z]+-2$\n^profile away$\n"
		 "^profile gone$\n^recipient <a@away.example>$\n"
		 "^recipient <b@away.example>$\n^recipient <g@gone.example>$"},
    {.name = "kept: a big body three ways",
	.settings = AWAY,
	.sections = "[profile away]\ninherit = test\n"
		    "[profile gone]\ninherit = test\n"
		    "[route]\nrecipient = *@away.example -> away\n"
		    "recipient = *@gone.example -> gone\n",
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = "-i " TO_BEN " a@away.example g@gone.example",
	.waiting = 3,
	.check = check_big_body},
    {.name = "one that no rule can place, and one that is kept",
	.settings = AWAY,
	.aliases = "loop: loop\n",
	.options = "-f anna@example.org loop ben@example.net",
	.input = MESSAGE,
	.exit_code = ANY_EXIT,
	.may_speak = true,
	.waiting = 1,
	.waits = "^recipient <ben@example.net>$"},
    {.name = "kept with everything closed",
	.settings = AWAY,
	.options = TO_BEN,
	.flags = RUN_CLOSED_STDIN | RUN_CLOSED_STDOUT | RUN_CLOSED_STDERR,
	.waiting = 1},
    {.name = "kept without environment or directory",
	.settings = AWAY,
	.options = TO_BEN,
	.input = MESSAGE,
	.flags = RUN_EMPTY_ENVIRONMENT | RUN_DELETED_DIRECTORY,
	.waiting = 1},
    {.name = "kept: a caller who writes much behind a lone dot",
	.settings = AWAY,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input_with_dot,
	.options = TO_BEN,
	.waiting = 1,
	.check = check_drained},
    {.name = "kept neither: a file where the queue should be",
	.settings = AWAY,
	.prepare = write_file_there,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 73,
	.says = "/queue.*/nobody"},
    {.name = "sent although nothing could be kept",
	.server = SERVER,
	.settings = QUEUE,
	.prepare = write_file_there,
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "sent although a big body cannot be kept",
	.server = SERVER,
	.settings = QUEUE,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_piped_file_there,
	.options = "-i " TO_BEN,
	.messages = 1},
    {.name = "refused, and another can be neither sent nor kept",
	.server = SERVER,
	.settings = QUEUE,
	.prepare = write_file_there,
	.options = "-f anna@example.org nouser@example.net later@example.net",
	.input = MESSAGE,
	.exit_code = 73,
	.says = "nouser@example.net.*550\nqueue.*450"},
    {.name = "kept neither: nothing can be made there",
	.settings = AWAY "[sendmail] queue_dir = /proc/self/queue",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 73,
	.says = "/proc/self/queue"},
};

/* -od and queue = always; with queue = never nobody is told a lie. */
static const struct scenario modes[] = {
    {.name = "-odq: only kept",
	.server = SERVER,
	.settings = QUEUE,
	.options = "-odq " TO_BEN,
	.input = MESSAGE,
	.waiting = 1,
	.waits = "^attempts 0$\n^reason $",
	.logs = KEPT},
    {.name = "-odd: only kept",
	.server = SERVER,
	.settings = QUEUE,
	.options = "-odd " TO_BEN,
	.input = MESSAGE,
	.waiting = 1},
    {.name = "-odq: a big body",
	.settings = AWAY,
	.flags = RUN_FROM_PIPED_FILE,
	.prepare = write_big_input,
	.options = "-i -odq " TO_BEN,
	.waiting = 1,
	.check = check_big_body},
    {.name = "-odq cannot keep it",
	.server = SERVER,
	.settings = QUEUE,
	.prepare = write_file_there,
	.options = "-odq " TO_BEN,
	.input = MESSAGE,
	.exit_code = 73,
	.says = "/queue"},
    {.name = "-odb: sent behind the caller's back",
	.server = SERVER,
	.settings = QUEUE,
	.options = "-odb " TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^Hello, Ben.",
	.logs = KEPT "\nstatus=sent"},
    {.name = "-odb: nobody listens",
	.settings = AWAY,
	.options = "-odb " TO_BEN,
	.input = MESSAGE,
	.waiting = 1,
	.waits = "^attempts 1$\n^reason .*/nobody"},
    {.name = "-odb: one of two is put off",
	.server = SERVER,
	.settings = QUEUE,
	.options = "-odb " TO_BEN " later@example.net",
	.input = MESSAGE,
	.messages = 1,
	.waiting = 1,
	.waits = "^recipient <later@example.net>$\n^attempts 1$"},
    {.name = "-odb: several ways",
	.server = SERVER,
	.other_server = SERVER,
	.settings = QUEUE,
	.sections = "[profile other]\ninherit = test\nport = {port2}\n"
		    "[route]\nrecipient = *@other.example -> other\n",
	.options = "-odb " TO_BEN " o@other.example",
	.input = MESSAGE,
	.messages = 1,
	.other_messages = 1},
    {.name = "-odb: nobody waits for a server that hangs",
	.server = SERVER " --hang greeting",
	.settings = QUEUE "timeout = 2s",
	.options = "-odb " TO_BEN,
	.input = MESSAGE,
	.waiting = 1},
    {.name = "queue = always: sent behind the caller's back",
	.server = SERVER,
	.settings = "[sendmail] queue = always",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "queue = always: -odi does not undo it",
	.server = SERVER " --hang greeting",
	.settings = "[sendmail] queue = always\ntimeout = 2s",
	.options = "-odi " TO_BEN,
	.input = MESSAGE,
	.waiting = 1},
    {.name = "queue = always: -odq leaves it there",
	.server = SERVER,
	.settings = "[sendmail] queue = always",
	.options = "-odq " TO_BEN,
	.input = MESSAGE,
	.waiting = 1},
    {.name = "queue = always: it cannot be kept",
	.server = SERVER,
	.settings = "[sendmail] queue = always",
	.prepare = write_file_there,
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 73},
    {.name = "queue = never: nobody listens",
	.settings = "host = unix:{dir}/nobody",
	.options = TO_BEN,
	.input = MESSAGE,
	.exit_code = 75},
    {.name = "queue = never: -odq is ignored",
	.settings = "host = unix:{dir}/nobody",
	.options = "-odq " TO_BEN,
	.input = MESSAGE,
	.exit_code = 75},
    {.name = "queue = never: -odb is ignored",
	.server = SERVER,
	.options = "-odb " TO_BEN,
	.input = MESSAGE,
	.messages = 1},
    {.name = "queue = never: the rate is used up",
	.server = SERVER,
	.settings = "rate = 1/h",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_second_is_failed},
    {.name = "kept: the rate is used up",
	.server = SERVER,
	.settings = QUEUE "rate = 1/h",
	.options = TO_BEN,
	.input = MESSAGE,
	.messages = 1,
	.check = check_second_is_kept},
};

static const struct scenario read_only = {
    .name = "kept neither: a directory that may not be written to",
    .settings = AWAY "[sendmail] queue_dir = {dir}/closed/queue",
    .prepare = make_it_read_only,
    .options = TO_BEN,
    .input = MESSAGE,
    .exit_code = 73,
    .says = "/closed/queue.*/nobody"};

static void add_rows(struct scenarios *scenarios, const struct scenario *rows,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		scenarios_add(scenarios, &rows[i]);
}

void cases_add_queue(struct scenarios *scenarios)
{
	add_rows(scenarios, fallback, sizeof fallback / sizeof *fallback);
	add_rows(scenarios, modes, sizeof modes / sizeof *modes);
	/* Root may write to it. */
	if (geteuid() != 0)
		scenarios_add(scenarios, &read_only);
}
