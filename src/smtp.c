#include "smtp.h"

#include "clock.h"

int64_t smtp_deadline(const struct smtp *smtp, int64_t milliseconds)
{
	int64_t cap = smtp->profile->timeout;

	return clock_ticks() + (milliseconds < cap ? milliseconds : cap);
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

int smtp_unsure(struct error *err)
{
	struct error cause = *err;

	return fail(err, ERROR_UNSURE,
	    "the message may arrive twice, its end was not confirmed: %.300s",
	    cause.text);
}

void smtp_free(struct smtp *smtp)
{
	chat_free(&smtp->chat);
	ehlo_free(&smtp->offer);
	reply_free(&smtp->reply);
}
