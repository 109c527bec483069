#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "buf.h"
#include "file.h"
#include "mem.h"
#include "options.h"
#include "suites.h"
#include "text.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum {
	WORDS_MAX = 16,
	RECIPIENTS_MAX = 4,
	MANUAL_MAX = 1024 * 1024, /* bytes */
	MINUTE = 60 * 1000        /* milliseconds */
};

/* argv as a program may change it; the strings in options point into it. */
struct line {
	char *argv[WORDS_MAX + 1];
	int argc;
};

static struct line line_of(const char *const *words)
{
	struct line line = {0};

	while (line.argc < WORDS_MAX && words[line.argc] != NULL) {
		line.argv[line.argc] = mem_dup(words[line.argc]);
		line.argc++;
	}
	return line;
}

static void line_free(struct line *line)
{
	for (int i = 0; i < line->argc; i++)
		free(line->argv[i]);
}

struct accepted_case {
	const char *words[WORDS_MAX];
	struct options options; /* but for the recipients */
	const char *to[RECIPIENTS_MAX];
};

/* What the programs of this world pass; the names say which ones. */
static const struct accepted_case callers[] = {
    /* PHP mail(), without and with the fifth parameter */
    {{"/usr/sbin/sendmail", "-t", "-i"},
	{.recipients_from_header = true, .dot_is_text = true}, {0}},
    {{"/usr/sbin/sendmail", "-t", "-i", "-fbounce@w.example"},
	{.recipients_from_header = true,
	    .dot_is_text = true,
	    .sender = "bounce@w.example"},
	{0}},
    /* PHPMailer */
    {{"/usr/sbin/sendmail", "-t", "-i", "-oi", "-fx@a.example", "-t"},
	{.recipients_from_header = true,
	    .dot_is_text = true,
	    .sender = "x@a.example"},
	{0}},
    /* Symfony Mailer, Laravel, SwiftMailer, Drupal */
    {{"/usr/sbin/sendmail", "-bs"}, {.mode = MODE_SERVER}, {0}},
    {{"/usr/sbin/sendmail", "-bs", "-i"},
	{.mode = MODE_SERVER, .dot_is_text = true}, {0}},
    {{"/usr/sbin/sendmail", "-i", "-fs@a.example", "--", "r@a.example"},
	{.dot_is_text = true, .sender = "s@a.example"}, {"r@a.example"}},
    {{"/usr/sbin/sendmail", "-t", "-fs@a.example"},
	{.recipients_from_header = true, .sender = "s@a.example"}, {0}},
    /* Nodemailer */
    {{"sendmail", "-i", "-f", "s@a.example", "a@a.example", "b@a.example"},
	{.dot_is_text = true, .sender = "s@a.example"},
	{"a@a.example", "b@a.example"}},
    {{"sendmail", "-i", "-t", "a@a.example", "b@a.example"},
	{.dot_is_text = true, .recipients_from_header = true},
	{"a@a.example", "b@a.example"}},
    /* Ruby mail */
    {{"/usr/sbin/sendmail", "-i", "-f", "s@a.example", "--", "a@a.example"},
	{.dot_is_text = true, .sender = "s@a.example"}, {"a@a.example"}},
    {{"/usr/sbin/sendmail", "-i", "-t", "-f", "s@a.example", "--"},
	{.dot_is_text = true,
	    .recipients_from_header = true,
	    .sender = "s@a.example"},
	{0}},
    /* Perl: Email::Sender, MIME::Lite, Mail::Mailer; RT */
    {{"sendmail", "-i", "-f", "", "--", "a@a.example"},
	{.dot_is_text = true, .sender = ""}, {"a@a.example"}},
    {{"/usr/lib/sendmail", "-t", "-oi", "-oem", "-fs@a.example"},
	{.recipients_from_header = true,
	    .dot_is_text = true,
	    .sender = "s@a.example"},
	{0}},
    {{"sendmail", "-t"}, {.recipients_from_header = true}, {0}},
    {{"sendmail", "-oi", "-t", "-f", "<>", "-f", "s@a.example", "-f",
	 "verp=1@a.example"},
	{.dot_is_text = true,
	    .recipients_from_header = true,
	    .sender = "verp=1@a.example"},
	{0}},
    {{"sendmail", "-oi", "-ODeliveryMode=b", "-OErrorMode=m", "-t"},
	{.dot_is_text = true,
	    .recipients_from_header = true,
	    .delivery = DELIVERY_BACKGROUND},
	{0}},
    /* Python programs, Mercurial */
    {{"sendmail", "-t", "-oi"},
	{.recipients_from_header = true, .dot_is_text = true}, {0}},
    {{"sendmail", "-f", "s@a.example", "-oi", "-oem", "a@a.example"},
	{.dot_is_text = true, .sender = "s@a.example"}, {"a@a.example"}},
    {{"sendmail", "-i", "-f", "s@a.example", "a@a.example"},
	{.dot_is_text = true, .sender = "s@a.example"}, {"a@a.example"}},
    {{"sendmail", "-f", "s@a.example", "a@a.example"},
	{.sender = "s@a.example"}, {"a@a.example"}},
    /* Gitea, lettre, Swoosh */
    {{"sendmail", "-f", "s@a.example", "-i", "a@a.example"},
	{.dot_is_text = true, .sender = "s@a.example"}, {"a@a.example"}},
    {{"sendmail", "-i", "-f", "s@a.example", "--", "a@a.example"},
	{.dot_is_text = true, .sender = "s@a.example"}, {"a@a.example"}},
    {{"sendmail", "-fs@a.example", "-oi", "-t"},
	{.dot_is_text = true,
	    .recipients_from_header = true,
	    .sender = "s@a.example"},
	{0}},
    /* cron: Debian, cronie, ISC, bcron, systemd-cron, busybox */
    {{"/usr/sbin/sendmail", "-FCronDaemon", "-i", "-B8BITMIME", "-oem", "a,b"},
	{.full_name = "CronDaemon",
	    .dot_is_text = true,
	    .request.body = BODY_8BITMIME},
	{"a,b"}},
    {{"sendmail", "-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f",
	 "root"},
	{.full_name = "CronDaemon",
	    .dot_is_text = true,
	    .recipients_from_header = true,
	    .sender = "root"},
	{0}},
    {{"sendmail", "-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f",
	 "<>"},
	{.full_name = "CronDaemon",
	    .dot_is_text = true,
	    .recipients_from_header = true,
	    .sender = "<>"},
	{0}},
    {{"sendmail", "-FCronDaemon", "-odi", "-oem", "-oi", "-t"},
	{.full_name = "CronDaemon",
	    .dot_is_text = true,
	    .recipients_from_header = true},
	{0}},
    {{"sendmail", "-FCronDaemon", "-odi", "-oem", "-or0s", "root"},
	{.full_name = "CronDaemon"}, {"root"}},
    {{"sendmail", "-FCronDaemon", "-odi", "-oem", "root"},
	{.full_name = "CronDaemon"}, {"root"}},
    {{"sendmail", "-i", "-B8BITMIME", "root"},
	{.dot_is_text = true, .request.body = BODY_8BITMIME}, {"root"}},
    {{"sendmail", "-ti"}, {.recipients_from_header = true, .dot_is_text = true},
	{0}},
    /* anacron, atd */
    {{"sendmail", "-FAnacron", "-odi", "root"}, {.full_name = "Anacron"},
	{"root"}},
    {{"sendmail", "-i", "root"}, {.dot_is_text = true}, {"root"}},
    /* bsd-mailx, s-nail, mailutils, mutt */
    {{"/usr/sbin/sendmail", "-i", "-t", "-f", "s@a.example", "-m", "-v"},
	{.dot_is_text = true,
	    .recipients_from_header = true,
	    .sender = "s@a.example",
	    .is_verbose = true},
	{0}},
    {{"sendmail", "-i", "-m", "-v", "-F", "A B", "-f", "s@a.example", "--",
	 "a@a.example"},
	{.dot_is_text = true,
	    .is_verbose = true,
	    .full_name = "A B",
	    .sender = "s@a.example"},
	{"a@a.example"}},
    {{"sendmail", "-oi", "-f", "u@host", "-t"},
	{.dot_is_text = true,
	    .sender = "u@host",
	    .recipients_from_header = true},
	{0}},
    {{"/usr/sbin/sendmail", "-oem", "-oi", "-B8BITMIME", "-f", "s@a.example",
	 "-N", "failure,delay", "-R", "hdrs", "--", "a@a.example"},
	{.dot_is_text = true,
	    .sender = "s@a.example",
	    .request = {.body = BODY_8BITMIME,
		.notify = NOTIFY_FAILURE | NOTIFY_DELAY,
		.returns = RETURN_HEADERS}},
	{"a@a.example"}},
    /* alpine, nmh, emacs */
    {{"sendmail", "-bs", "-odb", "-oem"},
	{.mode = MODE_SERVER, .delivery = DELIVERY_BACKGROUND}, {0}},
    {{"sendmail", "-bs", "-odb", "-oem", "-om"},
	{.mode = MODE_SERVER, .delivery = DELIVERY_BACKGROUND}, {0}},
    {{"sendmail", "-oi", "-oep", "-odi", "-t"},
	{.dot_is_text = true, .recipients_from_header = true}, {0}},
    {{"sendmail", "-oi", "-f", "s@a.example", "-t"},
	{.dot_is_text = true,
	    .sender = "s@a.example",
	    .recipients_from_header = true},
	{0}},
    /* git send-email, git's hooks, procmail, vacation, dovecot */
    {{"sendmail", "-f", "s@a.example", "-i", "a@a.example", "b@a.example"},
	{.dot_is_text = true, .sender = "s@a.example"},
	{"a@a.example", "b@a.example"}},
    {{"sendmail", "-t", "-f", "s@a.example"},
	{.recipients_from_header = true, .sender = "s@a.example"}, {0}},
    {{"sendmail", "-oi", "a@a.example"}, {.dot_is_text = true},
	{"a@a.example"}},
    {{"sendmail", "-f", "login", "--", "a@a.example"}, {.sender = "login"},
	{"a@a.example"}},
    {{"sendmail", "-i", "-f", "<>", "--", "a@a.example"},
	{.dot_is_text = true, .sender = "<>"}, {"a@a.example"}},
    {{"sendmail", "-f", "", "-F", "Maildrop", "a"},
	{.sender = "", .full_name = "Maildrop"}, {"a"}},
    /* rkhunter, buildd, fail2ban, signing-party, bacula, debbugs */
    {{"sendmail", "root"}, {0}, {"root"}},
    {{"sendmail", "-oem", "a@a.example"}, {0}, {"a@a.example"}},
    {{"sendmail", "-f", "root@localhost", "a@a.example"},
	{.sender = "root@localhost"}, {"a@a.example"}},
    {{"sendmail", "-oem", "-ti"},
	{.recipients_from_header = true, .dot_is_text = true}, {0}},
    {{"sendmail", "-F", "Bacula", "a@a.example"}, {.full_name = "Bacula"},
	{"a@a.example"}},
    {{"sendmail", "-Nsuccess,delay,failure", "-f", "s@a.example"},
	{.sender = "s@a.example",
	    .request.notify = NOTIFY_SUCCESS | NOTIFY_DELAY | NOTIFY_FAILURE},
	{0}},
    {{"sendmail", "-odq", "-oem", "-oi", "-fs@a.example", "--", "a"},
	{.dot_is_text = true,
	    .sender = "s@a.example",
	    .delivery = DELIVERY_QUEUED},
	{"a"}},
    {{"sendmail", "-oi", "-oee", "-fs@a.example", "-t"},
	{.dot_is_text = true,
	    .sender = "s@a.example",
	    .recipients_from_header = true},
	{0}},
    /* check_mailq, postinst scripts, init scripts */
    {{"mailq"}, {.mode = MODE_QUEUE_LIST, .mode_name = "mailq"}, {0}},
    {{"/usr/bin/mailq", "-C", "dir"},
	{.mode = MODE_QUEUE_LIST, .mode_name = "mailq", .config_file = "dir"},
	{0}},
    {{"/usr/bin/newaliases"}, {.mode = MODE_ALIASES, .mode_name = "newaliases"},
	{0}},
    {{"sendmail", "-L", "sm-msp-queue", "-Ac", "-q20m"},
	{.mode = MODE_QUEUE_RUN, .mode_name = "-q", .interval = 20 * MINUTE},
	{0}},
    {{"sendmail", "-ba", "-t", "-i"},
	{.recipients_from_header = true, .dot_is_text = true}, {0}},
};

static const struct accepted_case forms[] = {
    /* order, clusters, values */
    {{0}, {0}, {0}},
    {{"sendmail"}, {0}, {0}},
    {{"sendmail", "--"}, {0}, {0}},
    {{"sendmail", "--", "-t"}, {0}, {"-t"}},
    {{"sendmail", "-"}, {0}, {"-"}},
    {{"sendmail", "-", "-t"}, {0}, {"-", "-t"}},
    {{"sendmail", "", "-t"}, {0}, {"", "-t"}},
    {{"sendmail", "a@a.example", "-t"}, {0}, {"a@a.example", "-t"}},
    {{"sendmail", "a@a.example", "--", "b"}, {0}, {"a@a.example", "--", "b"}},
    {{"sendmail", "-it"}, {.recipients_from_header = true, .dot_is_text = true},
	{0}},
    {{"sendmail", "-vti"},
	{.recipients_from_header = true,
	    .dot_is_text = true,
	    .is_verbose = true},
	{0}},
    {{"sendmail", "-tfuser@x", "-i"},
	{.recipients_from_header = true,
	    .dot_is_text = true,
	    .sender = "user@x"},
	{0}},
    {{"sendmail", "-tf", "user@x", "r"},
	{.recipients_from_header = true, .sender = "user@x"}, {"r"}},
    {{"sendmail", "-f", "--", "-t"},
	{.recipients_from_header = true, .sender = "--"}, {0}},
    {{"sendmail", "-rfirst", "-flast"}, {.sender = "last"}, {0}},
    {{"sendmail", "-f", "first", "-r", "last"}, {.sender = "last"}, {0}},
    {{"sendmail", "-fA B <a@x>"}, {.sender = "A B <a@x>"}, {0}},
    {{"sendmail", "-F", ""}, {.full_name = ""}, {0}},
    {{"sendmail", "-C", "a.conf", "-Cb.conf"}, {.config_file = "b.conf"}, {0}},
    {{"sendmail", "-X", "/tmp/x"}, {.transcript_file = "/tmp/x"}, {0}},
    {{"sendmail", "-bm", "a"}, {0}, {"a"}},
    {{"sendmail", "-b", "m", "a"}, {0}, {"a"}},
    /* a lone dot */
    {{"sendmail", "-o", "i"}, {.dot_is_text = true}, {0}},
    {{"sendmail", "-oitrue"}, {.dot_is_text = true}, {0}},
    {{"sendmail", "-oiTRUE"}, {.dot_is_text = true}, {0}},
    {{"sendmail", "-oi1"}, {.dot_is_text = true}, {0}},
    {{"sendmail", "-OIgnoreDots"}, {.dot_is_text = true}, {0}},
    {{"sendmail", "-oifalse"}, {0}, {0}},
    {{"sendmail", "-oi0"}, {0}, {0}},
    {{"sendmail", "-oI"}, {0}, {0}},
    /* errors and delivery */
    {{"sendmail", "-oeq"}, {.is_quiet = true}, {0}},
    {{"sendmail", "-o", "eq"}, {.is_quiet = true}, {0}},
    {{"sendmail", "-eq"}, {.is_quiet = true}, {0}},
    {{"sendmail", "-e", "q"}, {.is_quiet = true}, {0}},
    {{"sendmail", "-OErrorMode=q"}, {.is_quiet = true}, {0}},
    {{"sendmail", "-O", "errormode=q"}, {.is_quiet = true}, {0}},
    {{"sendmail", "-oeq", "-oem"}, {0}, {0}},
    {{"sendmail", "-oep", "-oew", "-oee", "-oem"}, {0}, {0}},
    {{"sendmail", "-em", "-ep", "-ew", "-ee"}, {0}, {0}},
    {{"sendmail", "-odb"}, {.delivery = DELIVERY_BACKGROUND}, {0}},
    {{"sendmail", "-odq"}, {.delivery = DELIVERY_QUEUED}, {0}},
    {{"sendmail", "-o", "dd"}, {.delivery = DELIVERY_QUEUED}, {0}},
    {{"sendmail", "-odi"}, {0}, {0}},
    {{"sendmail", "-odq", "-odi"}, {0}, {0}},
    {{"sendmail", "-odb", "-odf"}, {0}, {0}},
    {{"sendmail", "-odb", "-od"}, {0}, {0}},
    {{"sendmail", "-ODeliveryMode=interactive"}, {0}, {0}},
    {{"sendmail", "-O", "deliverymode=Background"},
	{.delivery = DELIVERY_BACKGROUND}, {0}},
    {{"sendmail", "-ODeliveryMode=deferred"}, {.delivery = DELIVERY_QUEUED},
	{0}},
    {{"sendmail", "-oEq", "-oX", "-or0s"}, {0}, {0}},
    {{"sendmail", "-om", "-oo", "-o7", "-o8", "-oT3d", "-oA/etc/aliases",
	 "-oQ/tmp", "-oX/tmp/x"},
	{0}, {0}},
    {{"sendmail", "-o", "", "a"}, {0}, {"a"}},
    {{"sendmail", "-OQueueDirectory=/tmp", "-ONoSuchThing"}, {0}, {0}},
    {{"sendmail", "-OSMTPUTF8=yes", "-ODeliveryMode=q", "-O", ""},
	{.delivery = DELIVERY_QUEUED}, {0}},
    /* what the server is told */
    {{"sendmail", "-ORequireTLS=yes"}, {.request.requires_tls = true}, {0}},
    {{"sendmail", "-O", "requiretls"}, {.request.requires_tls = true}, {0}},
    {{"sendmail", "-ORequireTLS=no"}, {0}, {0}},
    {{"sendmail", "-ORequireTLS=false"}, {0}, {0}},
    {{"sendmail", "-B7bit"}, {.request.body = BODY_7BIT}, {0}},
    {{"sendmail", "-B", "8bitmime"}, {.request.body = BODY_8BITMIME}, {0}},
    {{"sendmail", "-BBINARYMIME"}, {0}, {0}},
    {{"sendmail", "-B7BIT", "-B", ""}, {.request.body = BODY_7BIT}, {0}},
    {{"sendmail", "-N", "never"}, {.request.notify = NOTIFY_NEVER}, {0}},
    {{"sendmail", "-NNEVER"}, {.request.notify = NOTIFY_NEVER}, {0}},
    {{"sendmail", "-NSuccess"}, {.request.notify = NOTIFY_SUCCESS}, {0}},
    {{"sendmail", "-Ndelay,delay"}, {.request.notify = NOTIFY_DELAY}, {0}},
    {{"sendmail", "-Nnever", "-Nfailure"}, {.request.notify = NOTIFY_FAILURE},
	{0}},
    {{"sendmail", "-Rfull"}, {.request.returns = RETURN_FULL}, {0}},
    {{"sendmail", "-R", "HDRS"}, {.request.returns = RETURN_HEADERS}, {0}},
    {{"sendmail", "-V", "id 1+=~"}, {.request.envelope_id = "id 1+=~"}, {0}},
    {{"sendmail", "-Vx"}, {.request.envelope_id = "x"}, {0}},
    /* modes */
    {{"sendmail", "-bp"}, {.mode = MODE_QUEUE_LIST, .mode_name = "-bp"}, {0}},
    {{"sendmail", "-bd", "-oX=/run/submit"},
	{.mode = MODE_LISTENER, .mode_name = "-bd", .socket = "/run/submit"},
	{0}},
    {{"sendmail", "-o", "X=/s", "-bd", "-bm"},
	{.mode = MODE_LISTENER, .mode_name = "-bd", .socket = "/s"}, {0}},
    {{"sendmail", "-oX127.0.0.1", "-oX", "a"}, {.mode = MODE_DELIVER}, {"a"}},
    {{"sendmail", "-bi"}, {.mode = MODE_ALIASES, .mode_name = "-bi"}, {0}},
    {{"sendmail", "-I"}, {.mode = MODE_ALIASES, .mode_name = "-I"}, {0}},
    {{"sendmail", "-bv", "a"}, {.mode = MODE_VERIFY, .mode_name = "-bv"},
	{"a"}},
    {{"sendmail", "-b", "t"}, {.mode = MODE_ADDRESS_TEST, .mode_name = "-bt"},
	{0}},
    {{"sendmail", "-q"}, {.mode = MODE_QUEUE_RUN, .mode_name = "-q"}, {0}},
    {{"sendmail", "-qf"}, {.mode = MODE_QUEUE_RUN, .mode_name = "-q"}, {0}},
    {{"sendmail", "-q0"}, {.mode = MODE_QUEUE_RUN, .mode_name = "-q"}, {0}},
    {{"sendmail", "-qp"},
	{.mode = MODE_QUEUE_RUN, .mode_name = "-q", .interval = MINUTE}, {0}},
    {{"sendmail", "-q15"},
	{.mode = MODE_QUEUE_RUN, .mode_name = "-q", .interval = 15 * MINUTE},
	{0}},
    {{"sendmail", "-q30s"},
	{.mode = MODE_QUEUE_RUN, .mode_name = "-q", .interval = MINUTE / 2},
	{0}},
    {{"sendmail", "-qp1h30m"},
	{.mode = MODE_QUEUE_RUN, .mode_name = "-q", .interval = 90 * MINUTE},
	{0}},
    {{"sendmail", "-qf1w1d"},
	{.mode = MODE_QUEUE_RUN,
	    .mode_name = "-q",
	    .interval = 8 * 1440 * MINUTE},
	{0}},
    {{"sendmail", "-vqIid"},
	{.mode = MODE_QUEUE_RUN,
	    .mode_name = "-q",
	    .is_verbose = true,
	    .ids = {"id", false}},
	{0}},
    {{"sendmail", "-qI", "-t"},
	{.mode = MODE_QUEUE_RUN, .mode_name = "-q", .ids = {"-t", false}}, {0}},
    {{"sendmail", "-qRsub", "-q!Ssub", "-q!I", "id", "-q5m"},
	{.mode = MODE_QUEUE_RUN,
	    .mode_name = "-q",
	    .interval = 5 * MINUTE,
	    .ids = {"id", true},
	    .queue_recipients = {"sub", false},
	    .senders = {"sub", true}},
	{0}},
    {{"sendmail", "-q!Ra", "-qSb"},
	{.mode = MODE_QUEUE_RUN,
	    .mode_name = "-q",
	    .queue_recipients = {"a", true},
	    .senders = {"b", false}},
	{0}},
    {{"sendmail", "-q!Ra", "-qRb"},
	{.mode = MODE_QUEUE_RUN,
	    .mode_name = "-q",
	    .queue_recipients = {"b", false}},
	{0}},
    {{"sendmail", "-qGmail", "-qL", "-qQ"},
	{.mode = MODE_QUEUE_RUN, .mode_name = "-q"}, {0}},
    {{"mailq", "-qRsub"},
	{.mode = MODE_QUEUE_LIST,
	    .mode_name = "mailq",
	    .queue_recipients = {"sub", false}},
	{0}},
    {{"sendmail", "-qSsub", "-bp"},
	{.mode = MODE_QUEUE_LIST, .mode_name = "-bp", .senders = {"sub", false}},
	{0}},
    {{"mailq", "--json"},
	{.mode = MODE_QUEUE_LIST, .mode_name = "mailq", .is_json = true}, {0}},
    {{"sendmail", "--hold", "4XK2J9"},
	{.mode = MODE_QUEUE_EDIT,
	    .mode_name = "--hold",
	    .change = CHANGE_HOLD,
	    .changed = "4XK2J9"},
	{0}},
    {{"sendmail", "--release=4XK2J9-2", "4XK2J9.1", "ALL"},
	{.mode = MODE_QUEUE_EDIT,
	    .mode_name = "--release",
	    .change = CHANGE_RELEASE,
	    .changed = "4XK2J9-2"},
	{"4XK2J9.1", "ALL"}},
    {{"mailq", "--remove", "ALL", "-q!Ra"},
	{.mode = MODE_QUEUE_EDIT,
	    .mode_name = "--remove",
	    .change = CHANGE_REMOVE,
	    .changed = "ALL",
	    .queue_recipients = {"a", true}},
	{0}},
    {{"sendmail", "-q", "--retry", "4XK2J9", "-q"},
	{.mode = MODE_QUEUE_EDIT,
	    .mode_name = "--retry",
	    .change = CHANGE_RETRY,
	    .changed = "4XK2J9"},
	{0}},
    {{"--hold"}, {0}, {0}},
    {{"mailq", "--help"}, {.mode = MODE_HELP, .mode_name = "--help"}, {0}},
    {{"/usr/local/mailq/sendmail"}, {0}, {0}},
    /* long options */
    {{"sendmail", "--file", "m.eml", "a"}, {.message_file = "m.eml"}, {"a"}},
    {{"sendmail", "--file=m=1.eml"}, {.message_file = "m=1.eml"}, {0}},
    {{"sendmail", "--file="}, {.message_file = ""}, {0}},
    {{"sendmail", "--profile", "work"}, {.profile = "work"}, {0}},
    {{"sendmail", "--profile=work", "-t"},
	{.profile = "work", .recipients_from_header = true}, {0}},
    {{"sendmail", "--tls-info"},
	{.mode = MODE_TLS_INFO, .mode_name = "--tls-info"}, {0}},
    {{"sendmail", "--check-config"},
	{.mode = MODE_CHECK_CONFIG, .mode_name = "--check-config"}, {0}},
    {{"sendmail", "--explain", "-t"},
	{.mode = MODE_EXPLAIN,
	    .mode_name = "--explain",
	    .recipients_from_header = true},
	{0}},
    {{"sendmail", "--explain", "--json", "a"},
	{.mode = MODE_EXPLAIN, .mode_name = "--explain", .is_json = true},
	{"a"}},
    {{"sendmail", "--json", "-bt"},
	{.mode = MODE_ADDRESS_TEST, .mode_name = "-bt", .is_json = true}, {0}},
    {{"sendmail", "-bv", "--json", "a"},
	{.mode = MODE_VERIFY, .mode_name = "-bv", .is_json = true}, {"a"}},
    {{"sendmail", "--version"},
	{.mode = MODE_VERSION, .mode_name = "--version"}, {0}},
    {{"sendmail", "--dry-run", "-bm", "-q", "-ba", "a"},
	{.mode = MODE_DRY_RUN, .mode_name = "--dry-run"}, {"a"}},
    /* history */
    {{"sendmail", "-Am", "-A", "c", "-D", "log", "-Dlog", "-Ltag", "-MxY", "-M",
	 "xY", "-psmtp:host", "-p", "smtp", "a"},
	{0}, {"a"}},
    {{"sendmail", "-GEJTUcmnsx", "a"}, {0}, {"a"}},
    {{"sendmail", "-d", "a"}, {0}, {"a"}},
    {{"sendmail", "-d0-99.1", "a"}, {0}, {"a"}},
    {{"sendmail", "-Q", "-Qreason", "a"}, {0}, {"a"}},
    {{"sendmail", "-h", "17", "-h0", "a"}, {0}, {"a"}},
};

static bool is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void ck_same_request(const struct request *is,
    const struct request *wanted)
{
	ck_assert_int_eq((int)is->body, (int)wanted->body);
	ck_assert_int_eq((int)is->returns, (int)wanted->returns);
	ck_assert_uint_eq(is->notify, wanted->notify);
	ck_assert(is_same(is->envelope_id, wanted->envelope_id));
	ck_assert_int_eq(is->requires_tls, wanted->requires_tls);
}

static void ck_same_flags(const struct options *is,
    const struct options *wanted)
{
	ck_assert_int_eq(is->recipients_from_header,
	    wanted->recipients_from_header);
	ck_assert_int_eq(is->dot_is_text, wanted->dot_is_text);
	ck_assert_int_eq(is->is_verbose, wanted->is_verbose);
	ck_assert_int_eq(is->is_quiet, wanted->is_quiet);
	ck_assert_int_eq(is->is_json, wanted->is_json);
}

static void ck_same_strings(const struct options *is,
    const struct options *wanted)
{
	ck_assert(is_same(is->sender, wanted->sender));
	ck_assert(is_same(is->full_name, wanted->full_name));
	ck_assert(is_same(is->config_file, wanted->config_file));
	ck_assert(is_same(is->transcript_file, wanted->transcript_file));
	ck_assert(is_same(is->message_file, wanted->message_file));
	ck_assert(is_same(is->profile, wanted->profile));
	ck_assert(is_same(is->socket, wanted->socket));
}

static void ck_same_filter(const struct queue_filter *is,
    const struct queue_filter *wanted)
{
	ck_assert(is_same(is->part, wanted->part));
	ck_assert_int_eq(is->is_negated, wanted->is_negated);
}

static void ck_same_queue(const struct options *is,
    const struct options *wanted)
{
	ck_assert_int_eq((int)is->delivery, (int)wanted->delivery);
	ck_assert_int_eq(is->interval, wanted->interval);
	ck_same_filter(&is->ids, &wanted->ids);
	ck_same_filter(&is->queue_recipients, &wanted->queue_recipients);
	ck_same_filter(&is->senders, &wanted->senders);
	ck_assert_int_eq((int)is->change, (int)wanted->change);
	ck_assert(is_same(is->changed, wanted->changed));
}

static void ck_recipients(const struct options *options, const char *const *to)
{
	for (int i = 0; i < options->recipient_count; i++) {
		ck_assert_int_lt(i, RECIPIENTS_MAX);
		ck_assert(is_same(options->recipients[i], to[i]));
	}
	if (options->recipient_count < RECIPIENTS_MAX)
		ck_assert_ptr_null(to[options->recipient_count]);
}

static void ck_accepted(const struct accepted_case *wanted)
{
	struct error err = {0};
	struct line line = line_of(wanted->words);
	struct options options;
	int result = options_parse(&options, line.argc, line.argv, &err);

	ck_assert_msg(result == 0, "%s", err.text);
	ck_assert_int_eq((int)options.mode, (int)wanted->options.mode);
	if (wanted->options.mode_name != NULL)
		ck_assert_str_eq(options.mode_name, wanted->options.mode_name);
	ck_same_queue(&options, &wanted->options);
	ck_same_flags(&options, &wanted->options);
	ck_same_strings(&options, &wanted->options);
	ck_same_request(&options.request, &wanted->options.request);
	ck_recipients(&options, wanted->to);
	line_free(&line);
}

START_TEST(every_known_caller_is_understood)
{
	ck_accepted(&callers[_i]);
}
END_TEST

START_TEST(every_form_of_an_option_is_understood)
{
	ck_accepted(&forms[_i]);
}
END_TEST

static const struct {
	const char *words[WORDS_MAX];
	const char *says;
} refused[] = {
    {{"sendmail", "-Z"}, "there is no option \"-Z\"; see sendmail --help"},
    {{"sendmail", "-tZ"}, "there is no option \"-Z\""},
    {{"sendmail", "-t-"}, "there is no option \"--\""},
    {{"sendmail", "-\x1b[2J"}, "there is no option \"-\\x1B\""},
    {{"sendmail", "-\xff"}, "there is no option \"-\\xFF\""},
    {{"sendmail", "--no-such"}, "there is no option \"--no-such\""},
    {{"sendmail", "--dry"}, "there is no option \"--dry\""},
    {{"sendmail", "--probe"}, "there is no option \"--probe\""},
    {{"sendmail", "--setup"}, "there is no option \"--setup\""},
    {{"sendmail", "--=x"}, "there is no option \"--\""},
    {{"sendmail", "--a\r\nb"}, "there is no option \"--a\\x0D\\x0Ab\""},
    {{"sendmail", "--help=me"}, "no value may stand in \"--help=me\""},
    {{"sendmail", "--json=yes", "-bt"}, "no value may stand in"},
    {{"sendmail", "--json", "a"},
	"--json goes only with --explain, -bt, -bv and"},
    {{"sendmail", "-t", "--json"}, "--json goes only with"},
    {{"sendmail", "--dry-run", "--json"}, "--json goes only with"},
    {{"sendmail", "--json", "--check-config"}, "--json goes only with"},
    {{"sendmail", "-q", "--json"}, "--json goes only with"},
    {{"sendmail", "--hold", "A", "--json"}, "--json goes only with"},
    {{"sendmail", "-odx"}, "-od takes b, d, i or q, not \"x\""},
    {{"sendmail", "-ODeliveryMode=soon"}, "-od takes b, d, i or q, not"},
    {{"sendmail", "-q5x"}, "-q takes an interval such as 5m"},
    {{"sendmail", "-qm"}, "-q takes an interval such as 5m"},
    {{"sendmail", "-q-1m"}, "-q takes an interval such as 5m"},
    {{"sendmail", "-q!"}, "-q takes an interval such as 5m"},
    {{"sendmail", "-q53w"}, "-q takes an interval such as 5m"},
    {{"sendmail", "-q99999999999999999999w"}, "-q takes an interval"},
    {{"sendmail", "-q", "5m"}, "an interval is attached to -q"},
    {{"sendmail", "-qI"}, "a value is missing after \"-qI\""},
    {{"sendmail", "-q!R"}, "a value is missing after \"-q!R\""},
    {{"mailq", "4XK2J9"}, "no argument is taken such as \"4XK2J9\""},
    {{"sendmail", "--hold"}, "a value is missing after \"--hold\""},
    {{"sendmail", "--hold", "a@x"}, "IDs as mailq shows them or ALL"},
    {{"sendmail", "--hold", ""}, "IDs as mailq shows them or ALL"},
    {{"sendmail", "--retry", "A", "../B"}, "or ALL, not by \"../B\""},
    {{"sendmail", "--hold", "A", "--hold", "B"}, "there can be no \"--hold\""},
    {{"sendmail", "--hold", "A", "--remove", "A"}, "can be no \"--remove\""},
    {{"sendmail", "--dry-run", "--remove", "A"}, "can be no \"--remove\""},
    {{"sendmail", "--remove", "A", "--dry-run"}, "not go with \"--dry-run\""},
    {{"sendmail", "--remove", "A", "-bp"}, "does not go with \"-bp\""},
    {{"newaliases", "--json"}, "--json goes only with"},
    {{"sendmail", "-f"}, "a value is missing after \"-f\""},
    {{"sendmail", "-tf"}, "a value is missing after \"-f\""},
    {{"sendmail", "-o"}, "a value is missing after \"-o\""},
    {{"sendmail", "-A"}, "a value is missing after \"-A\""},
    {{"sendmail", "--file"}, "a value is missing after \"--file\""},
    {{"sendmail", "--profile"}, "a value is missing after \"--profile\""},
    {{"sendmail", "-Nbogus"}, "not \"bogus\""},
    {{"sendmail", "-N", ""}, "not \"\""},
    {{"sendmail", "-N", "never,success"}, "not \"never,success\""},
    {{"sendmail", "-N", "success,never"}, "not \"success,never\""},
    {{"sendmail", "-N", "success,,delay"}, "not \"success,,delay\""},
    {{"sendmail", "-N", "success delay"}, "not \"success delay\""},
    {{"sendmail", "-N", "s\r\nRCPT"}, "not \"s\\x0D\\x0ARCPT\""},
    {{"sendmail", "-Rbody"}, "-R takes full or hdrs, not \"body\""},
    {{"sendmail", "-R", ""}, "-R takes full or hdrs, not \"\""},
    {{"sendmail", "-h", "x"}, "-h takes a number of hops, not \"x\""},
    {{"sendmail", "-h-1"}, "-h takes a number of hops, not \"-1\""},
    {{"sendmail", "-h", ""}, "-h takes a number of hops, not \"\""},
    {{"sendmail", "-h99999999999999999999"}, "-h takes a number of hops"},
    {{"sendmail", "-V", ""}, "-V takes 1 to 100 printable"},
    {{"sendmail", "-V", "a\r\nRSET"}, "not \"a\\x0D\\x0ARSET\""},
    {{"sendmail", "-V\xc3\xa4"}, "-V takes 1 to 100 printable"},
    {{"sendmail", "-bd", "-q15m"}, "-bd -oX=PATH"},
    {{"sendmail", "-bd", "-oX/run/submit"}, "-bd -oX=PATH"},
    {{"sendmail", "-bd", "-oX=submit"}, "begins with /, not \"submit\""},
    {{"sendmail", "-bD"}, "no daemon"},
    {{"sendmail", "-bl"}, "no daemon"},
    {{"sendmail", "-bw"}, "no daemon"},
    {{"sendmail", "-bh"}, "no host status"},
    {{"sendmail", "-bH"}, "no host status"},
    {{"sendmail", "-bP"}, "it has no \"-bP\""},
    {{"sendmail", "-bS"}, "batch SMTP"},
    {{"sendmail", "-be", "${run{id}}"}, "no operation mode \"-be\""},
    {{"sendmail", "-bpc"}, "no operation mode \"-bpc\""},
    {{"sendmail", "-b", ""}, "no operation mode \"-b\""},
};

START_TEST(a_wrong_command_line_is_a_usage_error)
{
	struct error err = {0};
	struct line line = line_of(refused[_i].words);
	struct options options;

	ck_assert_int_eq(options_parse(&options, line.argc, line.argv, &err),
	    -1);
	ck_assert_int_eq((int)err.kind, ERROR_USAGE);
	ck_assert_msg(strstr(err.text, refused[_i].says) != NULL, "%s",
	    err.text);
	ck_assert_ptr_nonnull(strstr(err.text, "; see sendmail --help"));
	line_free(&line);
}
END_TEST

/* "-Xi -X -t a" shows where X takes its value from, if anywhere. */
static void parse_behind(char letter, struct options *options)
{
	static char program[] = "sendmail";
	static char next[] = "-t";
	static char last[] = "a";
	char cluster[] = {'-', letter, 'i', '\0'};
	char single[] = {'-', letter, '\0'};
	char *argv[] = {program, cluster, single, next, last, NULL};
	struct error err = {0};

	ck_assert_msg(options_parse(options, 5, argv, &err) == 0, "%s",
	    err.text);
}

START_TEST(an_old_flag_takes_no_value)
{
	static const char letters[] = "EGJTUcmnsx";
	struct options options;

	for (const char *p = letters; *p != '\0'; p++) {
		parse_behind(*p, &options);
		ck_assert(options.dot_is_text);
		ck_assert(options.recipients_from_header);
		ck_assert_int_eq(options.recipient_count, 1);
	}
}
END_TEST

START_TEST(an_old_option_with_a_value_takes_it_from_anywhere)
{
	static const char letters[] = "ABCDFLMOXefopr";
	struct options options;

	for (const char *p = letters; *p != '\0'; p++) {
		parse_behind(*p, &options);
		/* -oi is an option of its own. */
		ck_assert_int_eq(options.dot_is_text, *p == 'o');
		ck_assert(!options.recipients_from_header);
		ck_assert_int_eq(options.recipient_count, 1);
	}
}
END_TEST

START_TEST(an_optional_value_is_never_the_next_argument)
{
	static const char letters[] = "Qd";
	struct options options;

	for (const char *p = letters; *p != '\0'; p++) {
		parse_behind(*p, &options);
		ck_assert(!options.dot_is_text);
		ck_assert(options.recipients_from_header);
		ck_assert_int_eq(options.recipient_count, 1);
	}
}
END_TEST

static int parse_envelope_id(size_t length)
{
	char id[200] = {0};
	char program[] = "sendmail";
	char letter[] = "-V";
	char *argv[] = {program, letter, id, NULL};
	struct error err = {0};
	struct options options;

	memset(id, 'x', length);
	return options_parse(&options, 3, argv, &err);
}

START_TEST(an_envelope_id_has_100_characters_at_most)
{
	ck_assert_int_eq(parse_envelope_id(100), 0);
	ck_assert_int_eq(parse_envelope_id(101), -1);
}
END_TEST

START_TEST(a_long_argument_leaves_room_for_the_advice)
{
	char program[] = "sendmail";
	char argument[4096] = "--";
	char *argv[] = {program, argument, NULL};
	struct error err = {0};
	struct options options;

	memset(argument + 2, 0x01, sizeof argument - 3);
	ck_assert_int_eq(options_parse(&options, 2, argv, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "\"; see sendmail --help"));
}
END_TEST

START_TEST(the_help_fits_a_terminal)
{
	struct text rest = text_of(options_help);
	struct text line;
	int count = 0;

	while (text_split(&rest, '\n', &line)) {
		ck_assert_uint_lt(line.length, 80);
		count++;
	}
	ck_assert_int_le(count, 25);
}
END_TEST

/* The tests are run where the sources are. */
static void read_manual(struct buf *manual)
{
	struct error err = {0};

	ck_assert_msg(file_add(manual, "man/sendmail.8", MANUAL_MAX, NULL,
			  ERROR_IO, &err) == 0,
	    "%s", err.text);
}

static bool manual_has_item(const struct buf *manual, const char *item)
{
	size_t length = strlen(item);
	const char *p = buf_string(manual);

	while ((p = strstr(p, item)) != NULL) {
		p += length;
		if (*p == ' ' || *p == '\n')
			return true;
	}
	return false;
}

START_TEST(every_option_is_in_the_manual)
{
	struct buf manual = {0};
	const char *name;

	read_manual(&manual);
	for (size_t n = 0; (name = option_name(n)) != NULL; n++) {
		struct buf item = {0};

		buf_addf(&item, "\n.It Fl %s", name + 1);
		ck_assert_msg(manual_has_item(&manual, buf_string(&item)),
		    "%s is not in the manual", name);
		buf_free(&item);
	}
	buf_free(&manual);
}
END_TEST

static const struct {
	int code;
	const char *name;
} exits[] = {
    {EX_OK, "EX_OK"},
    {EX_USAGE, "EX_USAGE"},
    {EX_DATAERR, "EX_DATAERR"},
    {EX_NOINPUT, "EX_NOINPUT"},
    {EX_NOUSER, "EX_NOUSER"},
    {EX_NOHOST, "EX_NOHOST"},
    {EX_UNAVAILABLE, "EX_UNAVAILABLE"},
    {EX_SOFTWARE, "EX_SOFTWARE"},
    {EX_OSERR, "EX_OSERR"},
    {EX_OSFILE, "EX_OSFILE"},
    {EX_CANTCREAT, "EX_CANTCREAT"},
    {EX_IOERR, "EX_IOERR"},
    {EX_TEMPFAIL, "EX_TEMPFAIL"},
    {EX_PROTOCOL, "EX_PROTOCOL"},
    {EX_NOPERM, "EX_NOPERM"},
    {EX_CONFIG, "EX_CONFIG"},
};

static bool is_exit_code(int code)
{
	for (int kind = ERROR_NONE; kind < ERROR_KINDS; kind++)
		if (error_exit_code((enum error_kind)kind) == code)
			return true;
	return false;
}

START_TEST(the_manual_has_exactly_the_exit_codes_there_are)
{
	struct buf item = {0};
	struct buf manual = {0};

	read_manual(&manual);
	buf_addf(&item, "\n.It %d Pq Dv %s", exits[_i].code, exits[_i].name);
	ck_assert_int_eq(manual_has_item(&manual, buf_string(&item)),
	    is_exit_code(exits[_i].code));
	buf_free(&item);
	buf_free(&manual);
}
END_TEST

START_TEST(the_manual_ranks_the_exit_codes_as_the_program_does)
{
	struct buf display = {0};
	struct buf manual = {0};
	int last = EX_OK;

	buf_add_string(&display, "\n.Dl");
	for (int kind = ERROR_DEFERRED; kind < ERROR_KINDS; kind++) {
		int code = error_exit_code((enum error_kind)kind);

		if (code != last)
			buf_addf(&display, " %d", code);
		last = code;
	}
	read_manual(&manual);
	ck_assert_msg(manual_has_item(&manual, buf_string(&display)),
	    "not in the manual:%s", buf_string(&display));
	buf_free(&display);
	buf_free(&manual);
}
END_TEST

Suite *suite_options(void)
{
	Suite *suite = suite_create("options");
	TCase *parse = tcase_create("parse");
	TCase *manual = tcase_create("manual");

	tcase_add_loop_test(parse, every_known_caller_is_understood, 0,
	    COUNT(callers));
	tcase_add_loop_test(parse, every_form_of_an_option_is_understood, 0,
	    COUNT(forms));
	tcase_add_loop_test(parse, a_wrong_command_line_is_a_usage_error, 0,
	    COUNT(refused));
	tcase_add_test(parse, an_old_flag_takes_no_value);
	tcase_add_test(parse,
	    an_old_option_with_a_value_takes_it_from_anywhere);
	tcase_add_test(parse, an_optional_value_is_never_the_next_argument);
	tcase_add_test(parse, an_envelope_id_has_100_characters_at_most);
	tcase_add_test(parse, a_long_argument_leaves_room_for_the_advice);
	suite_add_tcase(suite, parse);
	tcase_add_test(manual, the_help_fits_a_terminal);
	tcase_add_test(manual, every_option_is_in_the_manual);
	tcase_add_loop_test(manual,
	    the_manual_has_exactly_the_exit_codes_there_are, 0, COUNT(exits));
	tcase_add_test(manual,
	    the_manual_ranks_the_exit_codes_as_the_program_does);
	suite_add_tcase(suite, manual);
	return suite;
}
