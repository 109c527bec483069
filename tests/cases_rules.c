#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scenario.h"

/* Rewriting, aliases and routes, from the command line to the mailbox. */

#define SERVER "--tls none"
enum { BIG_LINES = 50000 }; /* more than what is kept in memory */

#define NOBODY      "unix:{dir}/nobody"
#define NOBODY_HOST "host = " NOBODY "\n"
#define FROM        "From: Anna <anna@example.org>\n"
#define HELLO       "Subject: hello\n\nHello, Ben.\n"
#define MESSAGE     FROM "To: ben@example.net\n" HELLO

/* The recipes of sendmail.conf(5). */

#define FORCE_FROM                                                             \
	"[rewrite login]\n"                                                    \
	"envelope_from = * -> alerts@example.com\n"                            \
	"from          = * -> alerts@example.com\n"                            \
	"sender        = * -> alerts@example.com\n"

#define ROOT_ON_HOST                                                           \
	"[rewrite corp]\n"                                                     \
	"envelope_from = * -> alerts@example.com\n"                            \
	"from = root -> \"root on $host\" <alerts@example.com>\n"              \
	"recipients = root -> admin@example.com, oncall@example.com\n"

#define STAGING                                                                \
	"[rewrite staging]\n"                                                  \
	"redirect = qa@example.com\n"                                          \
	"redirect_except = *@example.org, boss@*\n"

#define GMAIL                                                                  \
	"[profile gmail]\n"                                                    \
	"host = localhost\n"                                                   \
	"port = {port2}\n"                                                     \
	"tls_ca = {certs}/ca.pem\n"                                            \
	"user = anna@gmail.com\n"                                              \
	"password = s3cret\n"                                                  \
	"[route]\n"                                                            \
	"sender = *@gmail.com -> gmail\n"

#define TWO_SMARTHOSTS                                                         \
	"[profile lan]\n"                                                      \
	"inherit = test\n"                                                     \
	"port = {port2}\n"                                                     \
	"[route]\n"                                                            \
	"recipient = *@lan.example -> lan\n"

#define LAN_IS_DOWN                                                            \
	"[profile lan]\n"                                                      \
	"inherit = test\n"                                                     \
	"host = " NOBODY "\n"                                                  \
	"[route]\n"                                                            \
	"recipient = *@lan.example -> lan\n"

#define CRON                                                                   \
	"From: root (Cron Daemon)\n"                                           \
	"To: root\n"                                                           \
	"Subject: Cron <root@web1> test -x /usr/bin/job\n"                     \
	"X-Cron-Env: <SHELL=/bin/sh>\n"                                        \
	"\n"                                                                   \
	"job: no such file\n"

#define CRON_ARRIVES                                                           \
	"MAIL FROM:<alerts@example.com>\n"                                     \
	"RCPT TO:<admin@example.com>\n"                                        \
	"RCPT TO:<oncall@example.com>\n"                                       \
	"\n"                                                                   \
	"From: \"root on client.example.org\" <alerts@example.com>\n"          \
	"To: admin@example.com, oncall@example.com\n"                          \
	"Subject: Cron <root@web1> test -x /usr/bin/job\n"                     \
	"X-Cron-Env: <SHELL=/bin/sh>\n"                                        \
	"\n"                                                                   \
	"job: no such file\n"

static const struct scenario recipes[] = {
    {.name = "recipe: From becomes the login and keeps its name",
	.server = SERVER,
	.settings = "rewrite = login",
	.sections = FORCE_FROM,
	.options = "-f www-data ben@example.net",
	.input = "From: \"Web, Shop\" <www-data@web1.lan> (at night)\n"
		 "Sender: www-data\n"
		 "Reply-To: shop@example.org\n"
		 "To: ben@example.net\n" HELLO,
	.letters = {"MAIL FROM:<alerts@example.com>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n"
		    "From: \"Web, Shop\" <alerts@example.com> (at night)\n"
		    "Sender: alerts@example.com\n"
		    "Reply-To: shop@example.org\n"
		    "To: ben@example.net\n" HELLO}},
    {.name = "recipe: From becomes the login, the old one stays readable",
	.server = SERVER,
	.settings = "rewrite = login",
	.sections = FORCE_FROM "keep_original = yes\n",
	.options = "-f www-data ben@example.net",
	.input = "From: Shop <www-data@web1.lan>\n"
		 "To: ben@example.net\n" HELLO,
	.messages = 1,
	.arrives = "^From: Shop <alerts@example.com>\r$\n"
		   "^X-Original-From: Shop <www-data@web1.lan>\r$\n"
		   "^Reply-To: Shop <www-data@web1.lan>\r$"},
    {.name = "recipe: root on its host, as cron sends",
	.server = SERVER,
	.settings = "rewrite = corp",
	.sections = ROOT_ON_HOST,
	.options = "-FCronDaemon -i -B8BITMIME -oem root",
	.input = CRON,
	.letters = {CRON_ARRIVES}},
    {.name = "recipe: root on its host, as other crons send",
	.server = SERVER,
	.settings = "rewrite = corp",
	.sections = ROOT_ON_HOST,
	.options = "-FCronDaemon -i -odi -oem -oi -t -f root",
	.input = CRON,
	.letters = {CRON_ARRIVES}},
    {.name = "recipe: root on its host, with a full address",
	.server = SERVER,
	.settings = "rewrite = corp",
	.sections = ROOT_ON_HOST,
	.options = "-f root@localhost ROOT@client.example.org",
	.input = "From: Charlie Root <root@client.example.org>\n"
		 "To: Root@LocalHost\n"
		 "Cc: root@elsewhere.example\n" HELLO,
	.letters = {"MAIL FROM:<alerts@example.com>\n"
		    "RCPT TO:<admin@example.com>\n"
		    "RCPT TO:<oncall@example.com>\n"
		    "\n"
		    "From: \"root on client.example.org\""
		    " <alerts@example.com>\n"
		    "To: admin@example.com, oncall@example.com\n"
		    "Cc: root@elsewhere.example\n" HELLO}},
    {.name = "recipe: all mail of a staging host to one mailbox",
	.server = SERVER,
	.settings = "rewrite = staging",
	.sections = STAGING,
	.options = "-t -f anna@example.org",
	.input = FROM "To: Ben <ben@example.net>,\n"
		      " Cleo <cleo@example.org>\n"
		      "Bcc: secret@example.net\n" HELLO,
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<cleo@example.org>\n"
		    "\n" FROM "To: Ben <ben@example.net>,\n"
		    " Cleo <cleo@example.org>\n" HELLO,
	    "MAIL FROM:<anna@example.org>\n"
	    "RCPT TO:<qa@example.com>\n"
	    "\n" FROM "To: Ben <ben@example.net>,\n"
	    " Cleo <cleo@example.org>\n"
	    "Subject: hello\n"
	    "X-Original-To: ben@example.net,\n"
	    "\tsecret@example.net\n"
	    "\nHello, Ben.\n"}},
    {.name = "recipe: staging, everybody is excepted",
	.server = SERVER,
	.settings = "rewrite = staging",
	.sections = STAGING,
	.options = "-t -f anna@example.org",
	.input = FROM "To: boss@example.net\nBcc: secret@example.org\n" HELLO,
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<boss@example.net>\n"
		    "RCPT TO:<secret@example.org>\n"
		    "\n" FROM "To: boss@example.net\n" HELLO}},
    {.name = "recipe: staging, nobody is excepted",
	.server = SERVER,
	.settings = "rewrite = staging",
	.sections = STAGING,
	.options = "-f '' a@example.net b@example.net c@example.net",
	.input = MESSAGE,
	.messages = 1,
	.arrives = "^RCPT TO:<qa@example.com>\n"
		   "^MAIL FROM:<>\n"
		   "^X-Original-To: a@example.net,\r$",
	.absent = "^RCPT TO:<[abc]@"},
    {.name = "recipe: gmail for one sender",
	.server = SERVER,
	.other_server = "--user anna@gmail.com --password s3cret",
	.sections = GMAIL,
	.options = "-t -f anna@gmail.com",
	.input = MESSAGE,
	.hides = "s3cret",
	.other_letters = {"TLS TLSv1.3\n"
			  "AUTH PLAIN anna@gmail.com\n"
			  "MAIL FROM:<anna@gmail.com>\n"
			  "RCPT TO:<ben@example.net>\n"
			  "\n" MESSAGE}},
    {.name = "recipe: gmail for the sender in From",
	.server = SERVER,
	.other_server = "--user anna@gmail.com --password s3cret",
	.sections = GMAIL,
	.options = "-t",
	.input = "From: Anna <Anna@GMail.com>\n"
		 "To: ben@example.net\n" HELLO,
	.other_letters = {"TLS TLSv1.3\n"
			  "AUTH PLAIN anna@gmail.com\n"
			  "MAIL FROM:<{login}@example.org>\n"
			  "RCPT TO:<ben@example.net>\n"
			  "\n"
			  "From: Anna <Anna@GMail.com>\n"
			  "To: ben@example.net\n" HELLO}},
    {.name = "recipe: gmail for one sender, the others as usual",
	.server = SERVER,
	.other_server = "--user anna@gmail.com --password s3cret",
	.sections = GMAIL,
	.options = "-t -f anna@example.org",
	.input = MESSAGE,
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n" MESSAGE}},
    {.name = "recipe: two smarthosts",
	.server = SERVER,
	.other_server = SERVER,
	.sections = TWO_SMARTHOSTS,
	.options = "-f anna@example.org ben@example.net cleo@lan.example "
		   "dora@example.net emil@LAN.Example",
	.input = MESSAGE,
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "RCPT TO:<dora@example.net>\n"
		    "\n" MESSAGE},
	.other_letters = {"MAIL FROM:<anna@example.org>\n"
			  "RCPT TO:<cleo@lan.example>\n"
			  "RCPT TO:<emil@LAN.Example>\n"
			  "\n" MESSAGE}},
    {.name = "recipe: two smarthosts, one refuses",
	.server = SERVER,
	.other_server = SERVER,
	.sections = TWO_SMARTHOSTS,
	.options = "-f anna@example.org ben@example.net nouser@lan.example",
	.input = MESSAGE,
	.exit_code = 67,
	.says = "nouser@lan.example",
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n" MESSAGE}},
    {.name = "recipe: two smarthosts, one is down",
	.server = SERVER,
	.sections = LAN_IS_DOWN,
	.options = "-f anna@example.org ben@example.net cleo@lan.example",
	.input = MESSAGE,
	.exit_code = 75,
	.says = "nobody",
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n" MESSAGE}},
    {.name = "recipe: two smarthosts, one is down, one refuses",
	.server = SERVER,
	.sections = LAN_IS_DOWN,
	.options = "-f anna@example.org nouser@example.net cleo@lan.example",
	.input = MESSAGE,
	.exit_code = 67,
	.says = "nobody\nnouser@example.net"},
    {.name = "recipe: two smarthosts, the same message to both",
	.server = SERVER,
	.other_server = SERVER " --hide PIPELINING",
	.sections = TWO_SMARTHOSTS,
	.options = "-t -i -f anna@example.org",
	.input = FROM "To: ben@example.net\nCc: cleo@lan.example\n"
		      "Bcc: secret@lan.example\nSubject: dots\n\n.\n..\n",
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n" FROM "To: ben@example.net\nCc: cleo@lan.example\n"
		    "Subject: dots\n\n.\n..\n"},
	.other_letters = {"MAIL FROM:<anna@example.org>\n"
			  "RCPT TO:<cleo@lan.example>\n"
			  "RCPT TO:<secret@lan.example>\n"
			  "\n" FROM
			  "To: ben@example.net\nCc: cleo@lan.example\n"
			  "Subject: dots\n\n.\n..\n"}},
};

static void check_both_sessions(struct trial *trial)
{
	trial_expect_file(trial, "x",
	    "> RCPT TO:<ben@example.net>\n"
	    "> RCPT TO:<cleo@lan.example>",
	    true);
}

static void check_both_lines(struct trial *trial)
{
	trial_expect_file(trial, "log",
	    "status=sent .*to=ben@example.net .*profile=test\n"
	    "status=sent .*to=cleo@lan.example .*profile=lan",
	    true);
}

static void make_transcripts(struct trial *trial)
{
	char *path = trial_path(trial, "transcripts");

	(void)mkdir(path, 0700);
	free(path);
}

static void check_transcripts(struct trial *trial)
{
	char *path = trial_path(trial, "transcripts");
	DIR *directory = opendir(path);
	int count = 0;

	if (directory != NULL) {
		for (struct dirent *entry; (entry = readdir(directory));)
			count += entry->d_name[0] != '.';
		(void)closedir(directory);
	}
	if (count != 2)
		trial_fail(trial, "there are %d transcripts, not 2", count);
	free(path);
}

static void write_big_input(struct trial *trial)
{
	struct buf input = {0};

	buf_add_string(&input, MESSAGE);
	for (int i = 0; i < BIG_LINES; i++)
		buf_addf(&input, "This is line %d of a large message.\n", i);
	trial_write(trial, "input", buf_text(&input));
	buf_free(&input);
}

/* One message twice, not two: the same identification and the same body. */
static void check_same_message(struct trial *trial)
{
	struct buf one = {0};
	struct buf other = {0};
	const char *begin;

	trial_read(trial, "store/1-1", &one);
	trial_read(trial, "other_store/1-1", &other);
	begin = strstr(buf_string(&one), "Message-ID:");
	if (begin == NULL || strstr(buf_string(&other), begin) == NULL)
		trial_fail(trial, "the two messages differ");
	if (one.length < BIG_LINES)
		trial_fail(trial, "most of the message is missing");
	buf_free(&one);
	buf_free(&other);
}

static void check_encoded(struct trial *trial)
{
	trial_expect_file(trial, "other_store/1-1",
	    "^Content-Transfer-Encoding: (base64|quoted-printable)\r$\n"
	    "^RCPT TO:<cleo@lan.example>",
	    true);
	trial_expect_file(trial, "other_store/1-1", "\303\274", false);
}

static const struct scenario routes[] = {
    {.name = "a profile asked for overrides routes",
	.server = SERVER,
	.other_server = SERVER,
	.sections = TWO_SMARTHOSTS,
	.options = "--profile test -f anna@example.org cleo@lan.example",
	.input = MESSAGE,
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<cleo@lan.example>\n"
		    "\n" MESSAGE}},
    {.name = "the first route that matches decides",
	.server = SERVER,
	.other_server = SERVER,
	.sections = "[profile lan]\ninherit = test\nport = {port2}\n"
		    "[route]\n"
		    "recipient = cleo@* -> test\n"
		    "sender = anna@* -> lan\n"
		    "recipient = * -> test\n",
	.options = "-f anna@example.org ben@example.net cleo@example.net",
	.input = MESSAGE,
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<cleo@example.net>\n"
		    "\n" MESSAGE},
	.other_letters = {"MAIL FROM:<anna@example.org>\n"
			  "RCPT TO:<ben@example.net>\n"
			  "\n" MESSAGE}},
    {.name = "routes see recipients behind aliases and before rules",
	.server = SERVER,
	.other_server = SERVER,
	.settings = "rewrite = r",
	.sections =
	    TWO_SMARTHOSTS "[rewrite r]\n"
			   "recipients = *@lan.example -> $1@example.com\n",
	.aliases = "team: cleo@lan.example\n",
	.options = "-f anna@example.org team",
	.input = FROM "To: team\n" HELLO,
	.other_letters = {"MAIL FROM:<anna@example.org>\n"
			  "RCPT TO:<cleo@example.com>\n"
			  "\n" FROM "To: team@example.org\n" HELLO}},
    {.name = "each profile has its own rules, in envelope and header",
	.server = SERVER,
	.other_server = SERVER,
	.settings = "rewrite = outside",
	.sections =
	    TWO_SMARTHOSTS "[rewrite outside]\n"
			   "senders = *@example.org -> $1@example.com\n"
			   "[profile other]\n"
			   "inherit = lan\n"
			   "rewrite = inside\n"
			   "[route]\n"
			   "recipient = cleo@example.net -> other\n"
			   "[rewrite inside]\n"
			   "senders = *@example.org -> $1@lan.example\n",
	.options = "-f anna@example.org ben@example.net cleo@example.net",
	.input = MESSAGE,
	.letters = {"MAIL FROM:<anna@example.com>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n"
		    "From: Anna <anna@example.com>\n"
		    "To: ben@example.net\n" HELLO},
	.other_letters = {"MAIL FROM:<anna@lan.example>\n"
			  "RCPT TO:<cleo@example.net>\n"
			  "\n"
			  "From: Anna <anna@lan.example>\n"
			  "To: ben@example.net\n" HELLO}},
    {.name = "two deliveries, a line in the log for each",
	.server = SERVER,
	.other_server = SERVER,
	.sections = TWO_SMARTHOSTS,
	.options = "-f anna@example.org ben@example.net cleo@lan.example",
	.input = MESSAGE,
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n" MESSAGE},
	.other_letters = {"MAIL FROM:<anna@example.org>\n"
			  "RCPT TO:<cleo@lan.example>\n"
			  "\n" MESSAGE},
	.check = check_both_lines},
    {.name = "two deliveries of one large message",
	.server = SERVER,
	.other_server = SERVER,
	.sections = TWO_SMARTHOSTS,
	.flags = RUN_FROM_FILE,
	.prepare = write_big_input,
	.options = "-f anna@example.org ben@example.net cleo@lan.example",
	.messages = 1,
	.other_messages = 1,
	.check = check_same_message},
    {.name = "two deliveries, each as its server wants it",
	.server = SERVER,
	.other_server = SERVER " --hide 8BITMIME",
	.sections = TWO_SMARTHOSTS,
	.options = "-f anna@example.org ben@example.net cleo@lan.example",
	.input = FROM "\nGr\303\274\303\237e\n",
	.messages = 1,
	.other_messages = 1,
	.arrives = "^Gr\303\274\303\237e\r$",
	.check = check_encoded},
    {.name = "-X holds the sessions of both deliveries",
	.server = SERVER,
	.other_server = SERVER,
	.settings = "[sendmail] allow_X = yes",
	.sections = TWO_SMARTHOSTS,
	.options = "-X {dir}/x -f anna@example.org ben@example.net "
		   "cleo@lan.example",
	.input = MESSAGE,
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n" MESSAGE},
	.other_letters = {"MAIL FROM:<anna@example.org>\n"
			  "RCPT TO:<cleo@lan.example>\n"
			  "\n" MESSAGE},
	.check = check_both_sessions},
    /* Nobody listens: both are over within a millisecond. */
    {.name = "a directory of transcripts, a file for each delivery",
	.settings = "[sendmail] transcript = {dir}/transcripts/\n" NOBODY_HOST,
	.sections = LAN_IS_DOWN,
	.options = "-f anna@example.org ben@example.net cleo@lan.example",
	.input = MESSAGE,
	.exit_code = 75,
	.says = "nobody",
	.prepare = make_transcripts,
	.check = check_transcripts},
};

/* What one rule or two make of From, To and Cc; each for -t. */
static const struct {
	const char *name;
	const char *rules;
	const char *header; /* of what is sent */
	const char *letter; /* what arrives, without the body */
} rules[] = {
    {"To, Cc and Bcc together with the envelope",
	"recipients = *@old.example -> $1@new.example\n",
	FROM "To: Ben <ben@old.example>\n"
	     "Cc: cleo@old.example (Cleo), dora@example.net\n"
	     "Bcc: secret@old.example\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@new.example>\n"
	"RCPT TO:<cleo@new.example>\n"
	"RCPT TO:<dora@example.net>\n"
	"RCPT TO:<secret@new.example>\n"
	"\n" FROM "To: Ben <ben@new.example>\n"
	"Cc: cleo@new.example (Cleo), dora@example.net\n"},
    {"several targets that are one mailbox in the end",
	"recipients = *@old.example -> ben@example.net, $1@example.net\n",
	FROM "To: ben@old.example, cleo@old.example\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@example.net>\n"
	"RCPT TO:<cleo@example.net>\n"
	"\n" FROM "To: ben@example.net, ben@example.net, "
	"ben@example.net, cleo@example.net\n"},
    {"folding and comments of untouched addresses",
	"recipients = ben@example.net -> ben@new.example\n",
	FROM "To:  (first) \"Cleo, C\"  <cleo@example.net>  ,\n"
	     "\tBen <ben@example.net>\n"
	     "  (the one),Dora <dora@example.net>\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<cleo@example.net>\n"
	"RCPT TO:<ben@new.example>\n"
	"RCPT TO:<dora@example.net>\n"
	"\n" FROM "To:  (first) \"Cleo, C\"  <cleo@example.net>  ,\n"
	"\tBen <ben@new.example>\n"
	"  (the one),Dora <dora@example.net>\n"},
    {"a group in To", "recipients = *@old.example -> $1@new.example\n",
	FROM
	"To: those: ben@old.example, cleo@example.net;, dora@old.example\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@new.example>\n"
	"RCPT TO:<cleo@example.net>\n"
	"RCPT TO:<dora@new.example>\n"
	"\n" FROM
	"To: those: ben@new.example, cleo@example.net;, dora@new.example\n"},
    {"a regular expression without regard to case",
	"recipients = /^(.+)\\.(.+)@old\\.example$/i -> $2-$1@new.example\n",
	FROM "To: Ben.Lee@Old.Example\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<Lee-Ben@new.example>\n"
	"\n" FROM "To: Lee-Ben@new.example\n"},
    {"the envelope alone", "envelope_to = *@example.net -> box@example.com\n",
	FROM "To: ben@example.net\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<box@example.com>\n"
	"\n" FROM "To: ben@example.net\n"},
    {"the header alone", "to = *@example.net -> Friends <all@example.com>\n",
	FROM "To: ben@example.net\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@example.net>\n"
	"\n" FROM "To: Friends <all@example.com>\n"},
    {"all scopes at once", "all = *@example.org -> $1@example.com\n",
	FROM "Reply-To: help@example.org\nSender: robot@example.org\n"
	     "To: ben@example.org\nCc: cleo@example.org\n",
	"MAIL FROM:<anna@example.com>\n"
	"RCPT TO:<ben@example.com>\n"
	"RCPT TO:<cleo@example.com>\n"
	"\n"
	"From: Anna <anna@example.com>\n"
	"Reply-To: help@example.com\nSender: robot@example.com\n"
	"To: ben@example.com\nCc: cleo@example.com\n"},
    {"the first rule that matches decides",
	"recipients = ben@* -> first@example.com\n"
	"recipients = *@example.net -> second@example.com\n"
	"recipients = first@example.com -> third@example.com\n",
	FROM "To: ben@example.net, cleo@example.net\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<first@example.com>\n"
	"RCPT TO:<second@example.com>\n"
	"\n" FROM "To: first@example.com, second@example.com\n"},
    {"the next section sees what the one before made",
	"recipients = ben@* -> ben@middle.example\n"
	"[rewrite s]\n"
	"recipients = *@middle.example -> $1@example.com\n",
	FROM "To: ben@example.net\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@example.com>\n"
	"\n" FROM "To: ben@example.com\n"},
    {"a name from cron's comment",
	"from = root -> \"$name of $host\" <alerts@example.com>\n",
	"From: root (Cron Daemon)\nTo: ben@example.net\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@example.net>\n"
	"\n"
	"From: \"Cron Daemon of client.example.org\" <alerts@example.com>\n"
	"To: ben@example.net\n"},
    {"a name that is encoded",
	"from = * -> \"$name, web\" <alerts@example.com>\n",
	"From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.org>\n"
	"To: ben@example.net\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@example.net>\n"
	"\n"
	"From: =?UTF-8?B?SsO2cmcsIHdlYg==?= <alerts@example.com>\n"
	"To: ben@example.net\n"},
    {"a name that wants to be an address",
	"from = * -> \"$name\" <alerts@example.com>\n",
	"From: \"evil@example.net>, <x\" <evil@example.net>\n"
	"To: ben@example.net\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@example.net>\n"
	"\n"
	"From: \"evil@example.net>, <x\" <alerts@example.com>\n"
	"To: ben@example.net\n"},
    {"local part, domain, login and host",
	"senders = *@example.org -> "
	"$user+$local=$domain@$host\n",
	FROM "To: ben@example.net\n",
	"MAIL FROM:<{login}+anna=example.org@client.example.org>\n"
	"RCPT TO:<ben@example.net>\n"
	"\n"
	"From: Anna <{login}+anna=example.org@client.example.org>\n"
	"To: ben@example.net\n"},
    {"a result without domain", "recipients = *@old.example -> $1\n",
	FROM "To: ben@old.example\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@example.org>\n"
	"\n" FROM "To: ben@example.org\n"},
    {"fields that are added, set and removed",
	"add_header = X-Sent-From: $host for $$5\n"
	"set_header = reply-to: help@example.com\n"
	"remove_header = X-PHP-*, X-Mailer\n",
	FROM "X-PHP-Originating-Script: 33:mail.php\nReply-To: a@example.org\n"
	     "x-mailer: PHP\nTo: ben@example.net\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@example.net>\n"
	"\n" FROM "Reply-To: help@example.com\n"
	"To: ben@example.net\n"
	"X-Sent-From: client.example.org for $5\n"},
    {"fields that are removed by the end of their names",
	"remove_header = *-Bcc\n",
	FROM "To: ben@example.net\nBcc: secret@example.net\n"
	     "X-Bcc: those\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@example.net>\n"
	"RCPT TO:<secret@example.net>\n"
	"\n" FROM "To: ben@example.net\n"},
    {"resent fields",
	"recipients = *@old.example -> $1@new.example\n"
	"senders = *@example.org -> $1@example.com\n",
	"Resent-From: Dora <dora@example.org>\n"
	"Resent-To: ben@old.example\n" FROM "To: cleo@old.example\n",
	"MAIL FROM:<anna@example.com>\n"
	"RCPT TO:<ben@new.example>\n"
	"\n"
	"Resent-From: Dora <dora@example.com>\n"
	"Resent-To: ben@new.example\n"
	"From: Anna <anna@example.com>\n"
	"To: cleo@new.example\n"},
    {"an address in the header that is none",
	"recipients = * -> ben@example.com\n"
	"from = * -> alerts@example.com\n",
	"From: Anna <@>\nTo: ben@example.net\n",
	"MAIL FROM:<anna@example.org>\n"
	"RCPT TO:<ben@example.com>\n"
	"\n"
	"From: Anna <@>\nTo: ben@example.com\n"},
};

static void write_team(struct trial *trial)
{
	trial_write(trial, "team",
	    text_of("# the team\nben@example.net\n\n"
		    "cleo, \"Dora D\" <dora@example.net>\n"));
}

static void write_recursive_team(struct trial *trial)
{
	trial_write(trial, "team", text_of("ben@example.net\nboss\n"));
}

/* To whom mail for "-f anna@example.org RECIPIENTS" goes. */
static const struct {
	const char *name;
	const char *aliases;
	const char *recipients;
	const char *arrives; /* "RCPT TO:<ADDRESS>" lines */
	int exit_code;
	const char *says;
	void (*prepare)(struct trial *);
} aliases[] = {
    {"two people", .aliases = "root: ben@example.net, cleo@example.net\n",
	.recipients = "root",
	.arrives = "RCPT TO:<ben@example.net>\nRCPT TO:<cleo@example.net>\n"},
    {"continuation lines and comments",
	.aliases = "# who\n\nroot:\tben@example.net,\n"
		   "\n# me\n\tcleo@example.net\nx: y\n",
	.recipients = "root",
	.arrives = "RCPT TO:<ben@example.net>\nRCPT TO:<cleo@example.net>\n"},
    {"any case, and the names of this host",
	.aliases = "ROOT: ben@example.net\nops@localhost: cleo@example.net\n",
	.recipients = "Root@LOCALHOST ops@client.example.org",
	.arrives = "RCPT TO:<ben@example.net>\nRCPT TO:<cleo@example.net>\n"},
    {"not for other hosts",
	.aliases = "root: ben@example.net\n*: dora@example.net\n",
	.recipients = "root@elsewhere.example",
	.arrives = "RCPT TO:<root@elsewhere.example>\n"},
    {"aliases of aliases",
	.aliases = "root: admin\nadmin: ben@example.net, ops\n"
		   "ops: ben@example.net, \"cleo\"@example.net\n",
	.recipients = "root ops",
	.arrives = "RCPT TO:<ben@example.net>\nRCPT TO:<cleo@example.net>\n"},
    {"itself among its targets", .aliases = "anna: anna, archive@example.net\n",
	.recipients = "anna",
	.arrives = "RCPT TO:<anna@example.org>\n"
		   "RCPT TO:<archive@example.net>\n"},
    {"a backslash ends the search",
	.aliases = "root: \\ben, cleo\nben: x@example.net\n"
		   "cleo: cleo@example.net\n",
	.recipients = "root",
	.arrives = "RCPT TO:<ben@example.org>\nRCPT TO:<cleo@example.net>\n"},
    {"the catch-all", .aliases = "*: ben@example.net\ncleo: \\cleo\n",
	.recipients = "whoever cleo",
	.arrives = "RCPT TO:<ben@example.net>\nRCPT TO:<cleo@example.org>\n"},
    {"the catch-all goes to a local name", .aliases = "*: ben\n",
	.recipients = "whoever", .arrives = "RCPT TO:<ben@example.org>\n"},
    {"an included file",
	.aliases = "team: :include:{dir}/team\ncleo: cleo@example.net\n",
	.recipients = "team", .prepare = write_team,
	.arrives = "RCPT TO:<ben@example.net>\nRCPT TO:<cleo@example.net>\n"
		   "RCPT TO:<dora@example.net>\n"},
    {"an included file that is not there",
	.aliases = "team: ben@example.net, :include:{dir}/team\n",
	.recipients = "team cleo@example.net",
	.arrives = "RCPT TO:<ben@example.net>\nRCPT TO:<cleo@example.net>\n",
	.exit_code = 78, .says = "/aliases:1: .*/team"},
    {"a loop", .aliases = "a: b\nb: c, ben@example.net\nc: a\n",
	.recipients = "a cleo@example.net",
	.arrives = "RCPT TO:<ben@example.net>\nRCPT TO:<cleo@example.net>\n",
	.exit_code = 78, .says = "/aliases:[123]: "},
    {"a loop through an included file",
	.aliases = "boss: team\nteam: :include:{dir}/team\n",
	.recipients = "boss", .prepare = write_recursive_team,
	.arrives = "RCPT TO:<ben@example.net>\n", .exit_code = 78,
	.says = "/(aliases|team):[12]: "},
    {"itself in its included file", .aliases = "boss: :include:{dir}/team\n",
	.recipients = "boss", .prepare = write_recursive_team,
	.arrives = "RCPT TO:<ben@example.net>\n"
		   "RCPT TO:<boss@example.org>\n"},
    {"one who is also named",
	.aliases = "team: ben@example.net, cleo@example.net, BEN@example.net\n",
	.recipients = "ben@example.net team cleo@example.net",
	.arrives = "RCPT TO:<ben@example.net>\nRCPT TO:<cleo@example.net>\n"
		   "RCPT TO:<BEN@example.net>\n"},
    {"a command is passed over",
	.aliases = "root: \"|/bin/false -x\", ben@example.net, /var/mail/x\n",
	.recipients = "root", .arrives = "RCPT TO:<ben@example.net>\n"},
    {"nothing but a command", .aliases = "root: |/bin/false\n",
	.recipients = "root ben@example.net",
	.arrives = "RCPT TO:<ben@example.net>\n", .exit_code = 67,
	.says = "/aliases:1: "},
    {"a target that is no address",
	.aliases = "root: ben@@example.net, cleo@example.net\n",
	.recipients = "root", .arrives = "RCPT TO:<cleo@example.net>\n",
	.exit_code = 65, .says = "/aliases:1: "},
};

static const struct scenario limits[] = {
    {.name = "an aliases file that is set and not there",
	.server = SERVER,
	.settings = "[sendmail] aliases = {dir}/nothing",
	.options = "-f anna@example.org root",
	.input = MESSAGE,
	.exit_code = 78,
	.says = "/nothing"},
    {.name = "an aliases file is read for local recipients only",
	.server = SERVER,
	.settings = "[sendmail] aliases = {dir}/nothing",
	.options = "-f anna@example.org ben@example.net",
	.input = MESSAGE,
	.messages = 1},
    {.name = "aliases do not touch the header",
	.server = SERVER,
	.aliases = "root: ben@example.net\n",
	.options = "-t -f root",
	.input = "From: root\nTo: root\nBcc: root\n" HELLO,
	.letters = {"MAIL FROM:<root@example.org>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n"
		    "From: root@example.org\n"
		    "To: root@example.org\n" HELLO}},
    {.name = "a rule whose result is no address: the others arrive",
	.server = SERVER,
	.settings = "rewrite = r",
	.sections = "[rewrite r]\n"
		    "recipients = *@*bad.example -> $1@$2\n",
	.options = "-t -f anna@example.org",
	.input = FROM "To: ben@bad.example, cleo@example.net\n" HELLO,
	.exit_code = 65,
	.says = "conf:[0-9]+: .*\nben@bad\\.example",
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<cleo@example.net>\n"
		    "\n" FROM "To: ben@bad.example, cleo@example.net\n" HELLO}},
    {.name = "a sender's rule whose result is no address",
	.server = SERVER,
	.settings = "rewrite = r",
	.sections = "[rewrite r]\n"
		    "envelope_from = *@*example.org -> $1@$2\n",
	.options = "-f anna@example.org ben@example.net",
	.input = MESSAGE,
	.exit_code = 65,
	.says = "conf:[0-9]+: "},
    {.name = "-f and a rule for it",
	.server = SERVER,
	.settings = "rewrite = r",
	.sections = "[rewrite r]\n"
		    "envelope_from = *@example.org -> "
		    "bounces+$1@example.com\n",
	.options = "-f anna ben@example.net",
	.input = MESSAGE,
	.letters = {"MAIL FROM:<bounces+anna@example.com>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n" MESSAGE}},
    {.name = "the null sender is never rewritten",
	.server = SERVER,
	.settings = "rewrite = r",
	.sections = "[rewrite r]\n"
		    "senders = * -> alerts@example.com\n"
		    "envelope_from = /.*/ -> alerts@example.com\n",
	.options = "-f <> ben@example.net",
	.input = MESSAGE,
	.letters = {"MAIL FROM:<>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n"
		    "From: Anna <alerts@example.com>\n"
		    "To: ben@example.net\n" HELLO}},
    {.name = "the null sender takes no route for senders",
	.server = SERVER,
	.other_server = SERVER,
	.sections = "[profile other]\ninherit = test\nport = {port2}\n"
		    "[route]\nsender = /.*/ -> other\n",
	.options = "-f <> ben@example.net",
	.input = MESSAGE,
	.letters = {"MAIL FROM:<>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n" MESSAGE}},
    {.name = "blind copies do not leak through rules",
	.server = SERVER,
	.settings = "rewrite = r",
	.sections = "[rewrite r]\n"
		    "recipients = *@example.net -> "
		    "\"$local\" <$1@example.com>\n"
		    "keep_original = yes\n"
		    "[rewrite staging]\n",
	.options = "-t -f anna@example.org",
	.input = FROM "To: ben@example.net\nBCC: secret@example.net\n" HELLO,
	.messages = 1,
	.absent = "^([^R]|R[^C]).*secret@"},
    {.name = "blind copies do not leak through a redirect",
	.server = SERVER,
	.settings = "rewrite = r",
	.sections = "[rewrite r]\n"
		    "redirect = qa@example.com\n"
		    "redirect_except = ben@*\n",
	.options = "-t -f anna@example.org",
	.input = FROM "To: ben@example.net\n"
		      "Bcc: secret@example.net\n" HELLO,
	.letters = {"MAIL FROM:<anna@example.org>\n"
		    "RCPT TO:<ben@example.net>\n"
		    "\n" FROM "To: ben@example.net\n" HELLO,
	    "MAIL FROM:<anna@example.org>\n"
	    "RCPT TO:<qa@example.com>\n"
	    "\n" FROM "To: ben@example.net\n"
	    "Subject: hello\n"
	    "X-Original-To: secret@example.net\n"
	    "\nHello, Ben.\n"}},
    {.name = "one of two redirects is refused",
	.server = SERVER,
	.settings = "rewrite = r",
	.sections = "[rewrite r]\n"
		    "redirect = qa@example.com, nouser@example.com\n",
	.options = "-f anna@example.org ben@example.net",
	.input = MESSAGE,
	.exit_code = 67,
	.says = "nouser@example.com",
	.messages = 1,
	.arrives = "^RCPT TO:<qa@example.com>"},
};

/*
 * A file may hold no such line: the sentence, and a caret under the spot where
 * these words begin ("": behind the end, NULL: nothing can be pointed at).
 */
struct bad_line {
	const char *line;
	const char *says;
	const char *spot;
};

static const struct bad_line rule_errors[] = {
    {"recipients = root ben@example.net", "->", ""},
    {"recipients = root -> ", NULL, NULL},
    {"recipients = -> ben@example.net", NULL, "-> ben"},
    {"recipients = /^(ben@x$/ -> ben@example.net", NULL, "^(ben"},
    {"recipients = /ben@x -> ben@example.net", NULL, "/ben@x"},
    {"recipients = /ben/x -> ben@example.net", NULL, "x ->"},
    {"recipients = *@*.lan -> $3@example.net", "\\$3", "$3@"},
    {"recipients = *@a.lan -> b@example.net, $2@example.net", "\\$2", "$2@"},
    {"recipients = *@*.lan -> $who@example.net", "\\$who", "$who@"},
    {"recipients = * -> ben@example.net <", NULL, NULL},
    {"recipients = * -> a b@example.net", NULL, NULL},
    {"senders = * -> a@example.net, b@example.net", NULL, "b@example.net"},
    {"redirect =", NULL, NULL},
    {"redirect_except = *@example.net", "redirect", NULL},
    {"add_header = X Y: z", NULL, " Y"},
    {"add_header = X-Y z", "\":\"", ""},
    {"add_header = X-Y: $local", "\\$local", "$local"},
    {"add_header = Bcc: secret@example.net", "[Bb]cc", "Bcc:"},
    {"set_header = Resent-BCC: secret@example.net", "Resent-Bcc",
	"Resent-BCC:"},
    {"set_header = Return-Path: <>", "Return-Path", "Return-Path:"},
    {"remove_header = From", "From", "From"},
    {"remove_header = X-Mailer, date", "Date", "date"},
    {"keep_original = maybe", NULL, NULL},
    {"recipents = * -> ben@example.net", "did you mean recipients", NULL},
};

static const struct bad_line route_errors[] = {
    {"recipient = *@lan.example lan", "->", ""},
    {"recipient = /(/ -> test", NULL, "(/"},
    {"recipient = *@lan.example -> tset", "did you mean test", NULL},
    {"sender = *@lan.example -> ", NULL, NULL},
    {"recipients = *@lan.example -> test", "\\[rewrite", NULL},
};

#define BODY "\nHello, Ben.\n"

static void add_rules(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct scenario row = {.server = SERVER,
		    .settings = "rewrite = r",
		    .options = "-t -f anna@example.org"};

		if (strstr(rules[i].rules, "[rewrite s]") != NULL)
			row.settings = "rewrite = r s";
		row.name = scenarios_text(scenarios, "rule: %s", rules[i].name);
		row.sections = scenarios_text(scenarios, "[rewrite r]\n%s",
		    rules[i].rules);
		row.input =
		    scenarios_text(scenarios, "%s" BODY, rules[i].header);
		row.letters[0] =
		    scenarios_text(scenarios, "%s" BODY, rules[i].letter);
		scenarios_add(scenarios, &row);
	}
}

static void add_aliases(struct scenarios *scenarios)
{
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
		struct scenario row = {.server = SERVER,
		    .aliases = aliases[i].aliases,
		    .input = MESSAGE,
		    .exit_code = aliases[i].exit_code,
		    .says = aliases[i].says,
		    .prepare = aliases[i].prepare};

		row.name =
		    scenarios_text(scenarios, "aliases: %s", aliases[i].name);
		row.options = scenarios_text(scenarios,
		    "-f anna@example.org %s", aliases[i].recipients);
		row.letters[0] = scenarios_text(scenarios,
		    "MAIL FROM:<anna@example.org>\n%s\n" MESSAGE,
		    aliases[i].arrives);
		scenarios_add(scenarios, &row);
	}
}

/* Once when a message is to be sent, and once when the file is checked. */
static void add_error(struct scenarios *scenarios, const char *section,
    const struct bad_line *bad)
{
	struct scenario row = {.server = SERVER,
	    .options = "-f anna@example.org ben@example.net",
	    .input = MESSAGE,
	    .exit_code = 78,
	    .points_at = bad->spot};

	row.name = scenarios_text(scenarios, "a bad line: %s", bad->line);
	row.config = scenarios_text(scenarios,
	    "[profile test]\nhost = 127.0.0.1\nport = {port}\n"
	    "tls = none\n[%s]\n%s\n",
	    section, bad->line);
	row.says = scenarios_text(scenarios, "/conf:6: .*%s",
	    bad->says != NULL ? bad->says : "");
	scenarios_add(scenarios, &row);
	row.name = scenarios_text(scenarios, "--check-config: %s", bad->line);
	row.options = "--check-config";
	row.prints = row.says;
	row.says = NULL;
	row.may_speak = true;
	scenarios_add(scenarios, &row);
}

static void add_rows(struct scenarios *scenarios, const struct scenario *rows,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		scenarios_add(scenarios, &rows[i]);
}

void cases_add_rules(struct scenarios *scenarios)
{
	add_rows(scenarios, recipes, sizeof recipes / sizeof *recipes);
	add_rows(scenarios, routes, sizeof routes / sizeof *routes);
	add_rows(scenarios, limits, sizeof limits / sizeof *limits);
	add_rules(scenarios);
	add_aliases(scenarios);
	for (size_t i = 0; i < sizeof rule_errors / sizeof *rule_errors; i++)
		add_error(scenarios, "rewrite r", &rule_errors[i]);
	for (size_t i = 0; i < sizeof route_errors / sizeof *route_errors; i++)
		add_error(scenarios, "route", &route_errors[i]);
}
