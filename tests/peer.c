/*
 * peer.c - the other side, for tests: a server that plays a dialogue, serves
 * on its own, or fails on purpose; never anywhere but on this host
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs.h"
#include "play.h"
#include "serve.h"
#include "value.h"

static const char help[] =
    "usage: peer --make-certs DIR\n"
    "       peer --play FILE [--certs DIR]\n"
    "       peer --serve [OPTIONS]\n"
    "\n"
    "Both servers print where they listen, serve until standard input ends,\n"
    "and then print what happened.\n"
    "\n"
    "  --certs DIR         made by --make-certs; without it there is no TLS\n"
    "  --certificate KIND  DIR/KIND.pem (valid)\n"
    "  --tls MODE          starttls (default), implicit or none\n"
    "  --tls11             nothing newer than TLS 1.1\n"
    "  --socket PATH       a unix socket instead of a port\n"
    "  --ipv6              [::1] instead of 127.0.0.1\n"
    "  --port N            that one instead of any\n"
    "  --lmtp              LMTP instead of SMTP\n"
    "  --user NAME         who must log in; AUTH is required then\n"
    "  --password WORD     checked by all but the next\n"
    "  --token WORD        checked by XOAUTH2 and OAUTHBEARER\n"
    "  --mechanisms LIST   offered (\"PLAIN LOGIN CRAM-MD5 XOAUTH2\");\n"
    "                      EXTERNAL and SCRAM-SHA-256(-PLUS), too\n"
    "  --store DIR         a file for each message\n"
    "  --size BYTES        the limit that SIZE tells\n"
    "  --max-recipients N  for each message; 452 to those that follow\n"
    "  --limits WORDS      what LIMITS tells\n"
    "  --hide KEYWORD      do not offer that extension; may be repeated\n"
    "  --trickle           send one byte at a time\n"
    "  --hang STAGE        say nothing more there\n"
    "  --close STAGE       close there\n"
    "  --busy STAGE        say 421 there and close\n"
    "STAGE is connect, greeting, ehlo, starttls, handshake, auth, mail,\n"
    "rcpt, data, body or dot.\n";

enum option_id {
	MAKE_CERTS = 1,
	PLAY,
	SERVE,
	CERTS,
	CERTIFICATE,
	TLS,
	TLS11,
	SOCKET,
	IPV6,
	PORT,
	LMTP,
	USER,
	PASSWORD,
	TOKEN,
	MECHANISMS,
	STORE,
	SIZE,
	MAX_RECIPIENTS,
	LIMITS,
	HIDE,
	TRICKLE,
	HANG,
	CLOSE,
	BUSY
};

static const struct option options[] = {
    {"make-certs", required_argument, NULL, MAKE_CERTS},
    {"play", required_argument, NULL, PLAY},
    {"serve", no_argument, NULL, SERVE},
    {"certs", required_argument, NULL, CERTS},
    {"certificate", required_argument, NULL, CERTIFICATE},
    {"tls", required_argument, NULL, TLS},
    {"tls11", no_argument, NULL, TLS11},
    {"socket", required_argument, NULL, SOCKET},
    {"ipv6", no_argument, NULL, IPV6},
    {"port", required_argument, NULL, PORT},
    {"lmtp", no_argument, NULL, LMTP},
    {"user", required_argument, NULL, USER},
    {"password", required_argument, NULL, PASSWORD},
    {"token", required_argument, NULL, TOKEN},
    {"mechanisms", required_argument, NULL, MECHANISMS},
    {"store", required_argument, NULL, STORE},
    {"size", required_argument, NULL, SIZE},
    {"max-recipients", required_argument, NULL, MAX_RECIPIENTS},
    {"limits", required_argument, NULL, LIMITS},
    {"hide", required_argument, NULL, HIDE},
    {"trickle", no_argument, NULL, TRICKLE},
    {"hang", required_argument, NULL, HANG},
    {"close", required_argument, NULL, CLOSE},
    {"busy", required_argument, NULL, BUSY},
    {0},
};

struct job {
	int what; /* MAKE_CERTS, PLAY or SERVE */
	const char *path;
	struct serve serve;
};

static int set_tls(struct serve *serve, const char *mode)
{
	if (strcmp(mode, "starttls") == 0)
		serve->tls = SERVE_STARTTLS;
	else if (strcmp(mode, "implicit") == 0)
		serve->tls = SERVE_IMPLICIT;
	else if (strcmp(mode, "none") == 0)
		serve->tls = SERVE_PLAIN;
	else
		return -1;
	return 0;
}

static int set_stage(enum stage *stage, const char *name)
{
	*stage = stage_find(name);
	return *stage == STAGE_NONE ? -1 : 0;
}

static int set_failure(struct serve *serve, int id, const char *value)
{
	if (id == HANG)
		return set_stage(&serve->hang, value);
	if (id == CLOSE)
		return set_stage(&serve->close, value);
	return set_stage(&serve->busy, value);
}

static int set_word(struct serve *serve, int id, const char *value)
{
	switch (id) {
	case CERTS:
		serve->certs = value;
		return 0;
	case CERTIFICATE:
		serve->certificate = value;
		return 0;
	case SOCKET:
		serve->socket = value;
		return 0;
	case USER:
		serve->user = value;
		return 0;
	case PASSWORD:
		serve->password = value;
		return 0;
	case TOKEN:
		serve->token = value;
		return 0;
	case MECHANISMS:
		serve->mechanisms = value;
		return 0;
	case STORE:
		serve->store = value;
		return 0;
	case LIMITS:
		serve->limits = value;
		return 0;
	default:
		return set_failure(serve, id, value);
	}
}

static int set_option(struct job *job, int id, const char *value)
{
	switch (id) {
	case MAKE_CERTS:
	case PLAY:
	case SERVE:
		job->what = id;
		job->path = value;
		return 0;
	case TLS:
		return set_tls(&job->serve, value);
	case TLS11:
		job->serve.is_tls11 = true;
		return 0;
	case IPV6:
		job->serve.is_ipv6 = true;
		return 0;
	case PORT:
		return text_number(text_of(value), VALUE_MAX_PORT,
		    &job->serve.port);
	case LMTP:
		job->serve.is_lmtp = true;
		return 0;
	case TRICKLE:
		job->serve.is_trickling = true;
		return 0;
	case SIZE:
		return text_number(text_of(value), 1ULL << 60,
		    &job->serve.size);
	case MAX_RECIPIENTS:
		return text_number(text_of(value), 1ULL << 30,
		    &job->serve.max_recipients);
	case HIDE:
		strlist_add(&job->serve.hidden, text_of(value));
		return 0;
	default:
		return set_word(&job->serve, id, value);
	}
}

static int run(struct job *job, struct error *err)
{
	if (job->what == MAKE_CERTS)
		return certs_make(job->path, err);
	if (job->what == PLAY)
		return play(job->path, job->serve.certs, err);
	return serve_run(&job->serve, err);
}

int main(int argc, char **argv)
{
	struct job job = {.serve = {.certificate = "valid",
			      .mechanisms = "PLAIN LOGIN CRAM-MD5 XOAUTH2",
			      .size = 64ULL << 20}};
	struct error err;
	int id;
	int result = 0;

	(void)signal(SIGPIPE, SIG_IGN);
	while (result == 0 &&
	    (id = getopt_long(argc, argv, "", options, NULL)) != -1)
		result = set_option(&job, id, optarg);
	if (result != 0 || job.what == 0 || optind != argc) {
		(void)fputs(help, stderr);
		return 2;
	}
	result = run(&job, &err);
	if (result != 0)
		(void)printf("%s\n", err.text);
	strlist_free(&job.serve.hidden);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
