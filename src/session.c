#include "session.h"

#include "login.h"

/*
 * A smarthost that greets with 5yz is out of order, not against this message
 * (RFC 5321 3.1): the message deserves another try.
 */
static int hear_greeting(struct smtp *smtp, struct error *err)
{
	if (chat_hear(&smtp->chat, &smtp->reply,
		smtp_deadline(smtp, SMTP_COMMAND_MS), err) < 0)
		return -1;
	if (smtp->reply.code != 220)
		return smtp_refuse(smtp, ERROR_DEFERRED, "the connection", err);
	return 0;
}

static bool needs_extensions(const struct smtp *smtp)
{
	return smtp->profile->tls == TLS_STARTTLS || login_is_wanted(smtp) ||
	    smtp->profile->protocol == PROTOCOL_LMTP;
}

static int hello(struct smtp *smtp, struct error *err)
{
	bool is_lmtp = smtp->profile->protocol == PROTOCOL_LMTP;

	chat_say(&smtp->chat, "%s %s", is_lmtp ? "LHLO" : "EHLO",
	    smtp->hostname);
	if (smtp_ask(smtp, err) < 0)
		return -1;
	if (smtp->reply.code == 250) {
		ehlo_read(&smtp->offer, &smtp->reply,
		    smtp->profile->ignore_ehlo);
		return 0;
	}
	if (!reply_is_permanent(&smtp->reply) || needs_extensions(smtp))
		return smtp_refuse(smtp, ERROR_LACKS, "EHLO", err);
	chat_say(&smtp->chat, "HELO %s", smtp->hostname);
	if (smtp_ask(smtp, err) < 0)
		return -1;
	if (smtp->reply.code != 250)
		return smtp_refuse(smtp, ERROR_DEFERRED, "HELO", err);
	return 0;
}

static int start_tls(struct smtp *smtp, struct error *err)
{
	if (chat_start_tls(&smtp->chat, smtp_deadline(smtp, SMTP_COMMAND_MS),
		err) < 0)
		return -1;
	smtp->is_tls = true;
	smtp->is_private = true;
	return 0;
}

static int secure(struct smtp *smtp, struct error *err)
{
	if (!ehlo_offers(&smtp->offer, EHLO_STARTTLS))
		return fail(err, ERROR_LACKS,
		    "%s does not offer STARTTLS, so nothing was sent; see tls "
		    "in profile %s",
		    smtp->chat.peer, smtp->profile->name);
	chat_say(&smtp->chat, "STARTTLS");
	if (smtp_ask(smtp, err) < 0)
		return -1;
	if (smtp->reply.code != 220)
		return smtp_refuse(smtp, ERROR_LACKS, "STARTTLS", err);
	if (start_tls(smtp, err) < 0)
		return -1;
	return hello(smtp, err);
}

int session_begin(struct smtp *smtp, struct error *err)
{
	enum tls_mode tls = smtp->profile->tls;

	login_hide(smtp);
	if (tls == TLS_IMPLICIT && start_tls(smtp, err) < 0)
		return -1;
	if (hear_greeting(smtp, err) < 0 || hello(smtp, err) < 0)
		return -1;
	if (tls == TLS_STARTTLS && secure(smtp, err) < 0)
		return -1;
	if (login_is_wanted(smtp))
		return login_do(smtp, err);
	return 0;
}

void session_end(struct smtp *smtp)
{
	struct error ignored;

	if (smtp->is_over)
		return;
	chat_say(&smtp->chat, "QUIT");
	/* Politeness: nobody's mail depends on it. */
	(void)chat_flush(&smtp->chat, smtp_deadline(smtp, SMTP_COMMAND_MS),
	    &ignored);
	smtp->is_over = true;
}
