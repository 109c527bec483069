#include <stdlib.h>
#include <string.h>

#include "visit.h"

void visit_say(const struct visit *visit, const char *line)
{
	wire_say(visit->wire, text_of(line));
	wire_say(visit->wire, text_of("\r\n"));
}

bool visit_ends_at(struct visit *visit, enum stage stage)
{
	const struct serve *serve = visit->serve;

	if (serve->hang != stage && serve->close != stage &&
	    serve->busy != stage)
		return false;
	if (serve->busy == stage)
		visit_say(visit, "421 4.3.2 Going down");
	(void)wire_flush(visit->wire); /* it ends in any case */
	if (serve->hang == stage)
		wire_wait(visit->wire);
	else
		wire_hang_up(visit->wire);
	visit->is_over = true;
	return true;
}

static bool has_auth(const struct visit *visit)
{
	return visit->serve->user != NULL &&
	    (visit->is_tls || visit->serve->tls == SERVE_PLAIN);
}

bool visit_offers(const struct visit *visit, const char *keyword)
{
	const struct serve *serve = visit->serve;

	if (strlist_has(&serve->hidden, keyword))
		return false;
	if (strcmp(keyword, "STARTTLS") == 0)
		return visit->context != NULL && !visit->is_tls &&
		    serve->tls == SERVE_STARTTLS;
	if (strcmp(keyword, "REQUIRETLS") == 0)
		return visit->is_tls;
	return strcmp(keyword, "AUTH") != 0 || has_auth(visit);
}

static void greet(struct visit *visit, const char *who)
{
	visit_forget_mail(visit);
	visit->is_greeted = true;
	buf_clear(&visit->facts);
	buf_addf(&visit->facts, "EHLO %s\n", who);
	if (visit->is_tls)
		buf_addf(&visit->facts, "TLS %s\n",
		    SSL_get_version(visit->wire->ssl));
}

static void do_helo(struct visit *visit, struct text line)
{
	char *who = text_dup(text_trim(text_part(line, 4, line.length)));

	greet(visit, who);
	free(who);
	visit_say(visit, "250 mail.example.net");
}

static void do_ehlo(struct visit *visit, struct text line)
{
	static const char *const keywords[] = {"PIPELINING", "8BITMIME",
	    "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "STARTTLS", "REQUIRETLS"};
	char *who = text_dup(text_trim(text_part(line, 4, line.length)));
	struct buf offer = {0};

	greet(visit, who);
	free(who);
	buf_add_string(&offer, "250-mail.example.net");
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (visit_offers(visit, keywords[i]))
			buf_addf(&offer, "\r\n250-%s", keywords[i]);
	if (visit_offers(visit, "AUTH"))
		buf_addf(&offer, "\r\n250-AUTH %s", visit->serve->mechanisms);
	if (visit_offers(visit, "SIZE"))
		buf_addf(&offer, "\r\n250-SIZE %llu", visit->serve->size);
	if (visit->serve->limits != NULL)
		buf_addf(&offer, "\r\n250-LIMITS %s", visit->serve->limits);
	buf_add_string(&offer, "\r\n250 HELP");
	visit_say(visit, buf_string(&offer));
	buf_free(&offer);
}

static void start_tls(struct visit *visit)
{
	struct error err;

	(void)wire_flush(visit->wire); /* a failure shows in a moment */
	if (visit_ends_at(visit, STAGE_HANDSHAKE))
		return;
	/* A client that does not like the certificate is not our trouble. */
	if (wire_start_tls(visit->wire, visit->context, &err) != 0) {
		visit->is_over = true;
		return;
	}
	visit->tally->handshakes++;
	visit->is_tls = true;
	visit->is_greeted = false;
}

static void do_starttls(struct visit *visit, struct text line)
{
	(void)line;
	if (!visit_offers(visit, "STARTTLS")) {
		visit_say(visit, "502 5.5.1 No TLS here");
		return;
	}
	visit_say(visit, "220 2.0.0 Go ahead");
	start_tls(visit);
}

static void do_auth(struct visit *visit, struct text line)
{
	struct text rest = line;
	struct text mechanism = {"", 0};
	struct buf fact = {0};

	if (!visit_offers(visit, "AUTH") || visit->is_logged_in) {
		visit_say(visit, "503 5.5.1 No login here or now");
		return;
	}
	(void)text_word(&rest, &mechanism); /* AUTH itself */
	(void)text_word(&rest, &mechanism); /* checked by visit_login() */
	buf_add_string(&fact, "AUTH ");
	buf_add(&fact, mechanism);
	buf_addf(&fact, " %s\n", visit->serve->user);
	visit->is_logged_in = visit_login(visit->serve, visit->wire, line);
	if (visit->is_logged_in)
		buf_add(&visit->facts, buf_text(&fact));
	buf_free(&fact);
}

static void do_reset(struct visit *visit, struct text line)
{
	(void)line;
	visit_forget_mail(visit);
	visit_say(visit, "250 2.0.0 Forgotten");
}

static void do_noop(struct visit *visit, struct text line)
{
	(void)line;
	visit_say(visit, "250 2.0.0 Ok");
}

static void do_quit(struct visit *visit, struct text line)
{
	(void)line;
	visit_say(visit, "221 2.0.0 Bye");
	(void)wire_flush(visit->wire); /* the client need not wait for it */
	visit->is_over = true;
}

static const struct {
	const char *verb;
	enum stage stage;
	void (*run)(struct visit *, struct text line);
} commands[] = {
    {"EHLO", STAGE_EHLO, do_ehlo},
    {"LHLO", STAGE_EHLO, do_ehlo},
    {"HELO", STAGE_NONE, do_helo},
    {"STARTTLS", STAGE_STARTTLS, do_starttls},
    {"AUTH", STAGE_AUTH, do_auth},
    {"MAIL", STAGE_MAIL, visit_mail},
    {"RCPT", STAGE_RCPT, visit_rcpt},
    {"DATA", STAGE_DATA, visit_data},
    {"RSET", STAGE_NONE, do_reset},
    {"NOOP", STAGE_NONE, do_noop},
    {"QUIT", STAGE_NONE, do_quit},
};

/* LMTP has LHLO where SMTP has EHLO and HELO (RFC 2033 4.1). */
static bool is_spoken(const struct visit *visit, const char *verb)
{
	const struct serve *serve = visit->serve;

	if (strlist_has(&serve->hidden, verb))
		return false;
	if (strcmp(verb, "LHLO") == 0)
		return serve->is_lmtp;
	return !serve->is_lmtp || strstr(verb, "HLO") == NULL;
}

static void run_command(struct visit *visit, struct text line)
{
	struct text rest = line;
	struct text verb;

	(void)text_word(&rest, &verb); /* an empty one is not found below */
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (!text_is_nocase(verb, commands[i].verb) ||
		    !is_spoken(visit, commands[i].verb))
			continue;
		if (commands[i].stage == STAGE_NONE ||
		    !visit_ends_at(visit, commands[i].stage))
			commands[i].run(visit, text_trim(line));
		return;
	}
	visit_say(visit, "502 5.5.1 No such command");
}

/* RFC 5321 2.3.8: CR and LF come together or not at all. */
void visit_count_bare(struct visit *visit, struct text line)
{
	size_t end = text_find(line, '\r');

	/* Before the greeting it may be a TLS record. */
	visit->tally->bare += visit->is_greeted && end + 2 != line.length;
}

static void run_commands(struct visit *visit)
{
	struct text line;

	while (!visit->is_over) {
		/* Pipelined commands are answered in one write. */
		if (!wire_has_line(visit->wire) && !wire_flush(visit->wire))
			return;
		if (!wire_line(visit->wire, &line))
			return;
		visit_count_bare(visit, line);
		run_command(visit, line);
	}
}

void visit_run(const struct serve *serve, SSL_CTX *context, struct wire *wire,
    unsigned number, struct tally *tally)
{
	struct visit visit = {
	    serve, context, wire, tally, number, .is_over = false};

	if (serve->tls == SERVE_IMPLICIT && context != NULL)
		start_tls(&visit);
	if (!visit.is_over && !visit_ends_at(&visit, STAGE_GREETING)) {
		visit_say(&visit,
		    serve->is_lmtp ? "220 mail.example.net LMTP" :
				     "220 mail.example.net ESMTP");
		run_commands(&visit);
	}
	visit_forget_mail(&visit);
	buf_free(&visit.envelope);
	buf_free(&visit.facts);
}
