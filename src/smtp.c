#include "smtp.h"

#include "address.h"
#include "clock.h"
#include "idn.h"

int64_t smtp_deadline(const struct smtp *smtp, int64_t milliseconds)
{
	int64_t cap = smtp->profile->timeout;
	int64_t deadline =
	    clock_ticks() + (milliseconds < cap ? milliseconds : cap);

	if (smtp->deadline != 0 && milliseconds != SMTP_DOT_MS &&
	    smtp->deadline < deadline)
		deadline = smtp->deadline;
	return deadline;
}

int smtp_ask(struct smtp *smtp, struct error *err)
{
	return chat_ask(&smtp->chat, &smtp->reply,
	    smtp_deadline(smtp, SMTP_COMMAND_MS), err);
}

int smtp_refuse(const struct smtp *smtp, enum error_kind kind, const char *what,
    struct error *err)
{
	if (reply_is_temporary(&smtp->reply) ||
	    reply_is_permanent(&smtp->reply))
		return reply_refusal(&smtp->reply, kind, smtp->chat.peer, what,
		    err);
	return fail(err, ERROR_PROTOCOL, "%s answered %d to %s",
	    smtp->chat.peer, smtp->reply.code, what);
}

/* RFC 4954 6: a login first, or a better one; nothing is wrong with the mail. */
static bool is_about_login(int code)
{
	return code == 530 || code == 534;
}

/* RFC 1870 6.1: 552 is the answer to what SIZE= says. */
enum error_kind smtp_mail_refusal(const struct smtp *smtp)
{
	int code = smtp->reply.code;

	if (code == 552 && ehlo_offers(&smtp->offer, EHLO_SIZE))
		return ERROR_TOO_BIG;
	return is_about_login(code) ? ERROR_LOGIN : ERROR_REFUSED;
}

/* 552 says "too many recipients", which fewer may cure (RFC 5321 4.5.3.1.10). */
enum error_kind smtp_rcpt_refusal(const struct smtp *smtp)
{
	int code = smtp->reply.code;

	if (code == 550 || code == 551 || code == 553)
		return ERROR_NO_USER;
	if (is_about_login(code))
		return ERROR_LOGIN;
	return code == 552 ? ERROR_DEFERRED : ERROR_REFUSED;
}

int smtp_add_address(const struct smtp *smtp, const char *address,
    const char *be_used, struct buf *buf, struct error *err)
{
	struct text whole = text_of(address);
	struct text domain = address_domain(whole);
	struct text local = text_part(whole, 0, whole.length - domain.length);

	if (!address_is_international(whole) ||
	    ehlo_offers(&smtp->offer, EHLO_SMTPUTF8)) {
		buf_add(buf, whole);
		return 0;
	}
	if (text_has_8bit(local))
		return fail(err, ERROR_ADDRESS,
		    "%s cannot %s: %s does not offer SMTPUTF8", address,
		    be_used, smtp->chat.peer);
	buf_add(buf, local);
	return idn_add_ascii(buf, domain, ERROR_ADDRESS, err);
}

void smtp_free(struct smtp *smtp)
{
	chat_free(&smtp->chat);
	ehlo_free(&smtp->offer);
	reply_free(&smtp->reply);
}
