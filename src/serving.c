#include "serving.h"

#include <stdlib.h>

#include "mem.h"

/* --- replies ------------------------------------------------------------- */

void server_say(struct server *server, int code, const char *status,
    const char *words)
{
	answers_say(&server->answers, code, status, words);
}

void server_complain(struct server *server, int code, const char *status,
    const char *words)
{
	server->errors++;
	if (server->errors < SERVER_MAX_ERRORS) {
		server_say(server, code, status, words);
		return;
	}
	server_say(server, 421, "4.7.0",
	    "too many commands were wrong, goodbye");
	server->is_over = true;
}

/* --- the transaction ----------------------------------------------------- */

void server_reset(struct server *server)
{
	for (size_t i = 0; i < server->count; i++)
		recipient_free(&server->recipients[i]);
	free(server->recipients);
	server->recipients = NULL;
	server->count = 0;
	server->has_mail = false;
	server->answers.is_international = false;
	verb_mail_free(&server->mail);
}

void answer_mail(struct server *server, struct text rest)
{
	struct error err;

	if (server->has_mail) {
		server_complain(server, 503, "5.5.1",
		    "there is a sender already; RSET forgets him");
		return;
	}
	if (verb_read_mail(&server->mail, rest, server->domain, &err) < 0) {
		server_complain(server, err.reply, err.status, err.text);
		verb_mail_free(&server->mail);
	} else if (server->mail.size > server->desk.max_size) {
		server_say(server, 552, "5.3.4",
		    "the message is longer than is taken here");
		verb_mail_free(&server->mail);
	} else {
		server->has_mail = true;
		server->answers.is_international =
		    server->mail.is_international;
		server_say(server, 250, "2.1.0", "sender ok");
	}
}

static void add_recipient(struct server *server, const struct verb_rcpt *rcpt)
{
	const struct buf *original = &rcpt->original;

	server->recipients = mem_grow(server->recipients, server->count,
	    sizeof *server->recipients);
	server->recipients[server->count++] = (struct recipient){
	    .address = mem_dup(buf_string(&rcpt->recipient)),
	    .original =
		original->length > 0 ? mem_dup(buf_string(original)) : NULL,
	    .notify = rcpt->notify,
	};
}

static void take_recipient(struct server *server, struct text rest)
{
	const struct desk *desk = &server->desk;
	struct verb_rcpt rcpt = {.notify = 0};
	struct error err;

	if (verb_read_rcpt(&rcpt, rest, server->domain, &err) < 0) {
		server_complain(server, err.reply, err.status, err.text);
	} else if (desk->check_recipient(desk->context,
		       buf_string(&server->mail.sender),
		       buf_string(&rcpt.recipient), &err) < 0) {
		answers_refuse(&server->answers, &err);
	} else {
		add_recipient(server, &rcpt);
		server_say(server, 250, "2.1.5", "recipient ok");
	}
	verb_rcpt_free(&rcpt);
}

void answer_rcpt(struct server *server, struct text rest)
{
	if (!server->has_mail)
		server_complain(server, 503, "5.5.1", "MAIL comes first");
	else if (server->count >= SERVER_MAX_RECIPIENTS)
		server_say(server, 452, "4.5.3", "too many recipients at once");
	else
		take_recipient(server, rest);
}

/* --- commands that change nothing ---------------------------------------- */

void answer_unknown(struct server *server, struct text rest)
{
	(void)rest;
	server_complain(server, 500, "5.5.1", "this command is not known");
}

void answer_auth(struct server *server, struct text rest)
{
	(void)rest;
	server_complain(server, 503, "5.5.1", "nobody has to log in here");
}

void answer_missing(struct server *server, struct text rest)
{
	(void)rest;
	server_complain(server, 502, "5.5.1", "there is no such command here");
}

void answer_help(struct server *server, struct text rest)
{
	(void)rest;
	server_say(server, 214, "2.0.0",
	    "sendoff " VERSION ", see sendmail(8); the commands are those of "
	    "RFC 5321 and BDAT");
}

void answer_noop(struct server *server, struct text rest)
{
	(void)rest;
	server_say(server, 250, "2.0.0", "ok");
}

void answer_vrfy(struct server *server, struct text rest)
{
	(void)rest;
	server_say(server, 252, "2.1.5", "send some mail and see");
}

/* --- the session --------------------------------------------------------- */

void answer_helo(struct server *server, struct text rest)
{
	if (rest.length == 0) {
		server_complain(server, 501, "5.5.4",
		    "a name belongs behind it");
		return;
	}
	server_reset(server);
	server_say(server, 250, NULL, server->hostname);
}

/* RFC 5321 4.1.1.1; each is there because it works. */
void answer_ehlo(struct server *server, struct text rest)
{
	static const char *const offers[] = {"PIPELINING", "8BITMIME",
	    "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "CHUNKING", "HELP"};

	if (rest.length == 0) {
		server_complain(server, 501, "5.5.4",
		    "a name belongs behind it");
		return;
	}
	server_reset(server);
	buf_addf(&server->answers.waiting, "250-%s\r\n250-SIZE %llu\r\n",
	    server->hostname, (unsigned long long)server->desk.max_size);
	for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
		buf_addf(&server->answers.waiting, "250%c%s\r\n",
		    i + 1 < sizeof offers / sizeof *offers ? '-' : ' ',
		    offers[i]);
}

void answer_rset(struct server *server, struct text rest)
{
	(void)rest;
	server_reset(server);
	server_say(server, 250, "2.0.0", "forgotten");
}

void answer_quit(struct server *server, struct text rest)
{
	(void)rest;
	server_say(server, 221, "2.0.0", "goodbye");
	server->is_over = true;
}
