#include "transaction.h"

#include <string.h>

#include "command.h"

static bool is_refused(const struct transaction *transaction)
{
	return transaction->refusal.kind != ERROR_NONE;
}

static bool is_pipelined(const struct transaction *transaction)
{
	return ehlo_offers(&transaction->smtp->offer, EHLO_PIPELINING);
}

/* Somebody is admitted, or may be once all answers are in. */
static bool may_have_recipients(const struct transaction *transaction)
{
	if (transaction->heard < transaction->said)
		return transaction->said > 1;
	return group_has_admitted(&transaction->group);
}

static int hear(struct transaction *transaction, int64_t milliseconds,
    struct error *err)
{
	struct smtp *smtp = transaction->smtp;

	if (chat_hear(&smtp->chat, &smtp->reply,
		smtp_deadline(smtp, milliseconds), err) < 0)
		return -1;
	/* The answer to a QUIT that went ahead is none to what came before. */
	if (smtp->reply.code == 221)
		return fail(err, ERROR_NETWORK,
		    "%s: the server left before it had answered everything",
		    smtp->chat.peer);
	return 0;
}

/* The server is leaving or makes no sense: no answer that follows counts. */
static bool is_breakdown(const struct error *err)
{
	return err->reply == 421 || err->kind == ERROR_PROTOCOL;
}

static void take_mail(struct transaction *transaction)
{
	struct smtp *smtp = transaction->smtp;
	struct buf what = {0};

	smtp->has_answered |= smtp->reply.code != 421;
	smtp->needs_reset = reply_is_positive(&smtp->reply);
	if (!smtp->needs_reset) {
		buf_addf(&what, "the sender <%s>",
		    transaction->envelope->sender);
		(void)smtp_refuse(smtp, smtp_mail_refusal(smtp),
		    buf_string(&what), &transaction->refusal);
	}
	buf_free(&what);
}

/* Those that failed before they were asked have no answer. */
static struct recipient *next_answered(struct transaction *transaction)
{
	struct recipient *const *recipients = transaction->group.recipients;

	while (!recipient_is_open(recipients[transaction->answered]))
		transaction->answered++;
	return recipients[transaction->answered++];
}

static int take_rcpt(struct transaction *transaction,
    struct recipient *recipient, struct error *err)
{
	const struct smtp *smtp = transaction->smtp;
	struct error refusal = {0};

	recipient->reply = smtp->reply.code;
	/* Behind a refused MAIL it says nothing about the recipient. */
	if (reply_is_positive(&smtp->reply) || is_refused(transaction))
		return 0;
	(void)smtp_refuse(smtp, smtp_rcpt_refusal(smtp), recipient->address,
	    &refusal);
	/* It is not about the one recipient that it happened to. */
	if (is_breakdown(&refusal))
		return smtp_refuse(smtp, refusal.kind, "the session", err);
	recipient->error = refusal;
	return 0;
}

static int take_answer(struct transaction *transaction, size_t number,
    struct error *err)
{
	if (number > 0)
		return take_rcpt(transaction, next_answered(transaction), err);
	take_mail(transaction);
	if (!is_breakdown(&transaction->refusal))
		return 0;
	*err = transaction->refusal;
	return -1;
}

static int take_data(struct transaction *transaction, struct error *err)
{
	bool is_wanted = may_have_recipients(transaction);

	/* 554 for want of recipients says nothing of the message. */
	if (transaction->smtp->reply.code == 354)
		transaction->is_data_open = true;
	else if (!is_refused(transaction) &&
	    (is_wanted || transaction->smtp->reply.code / 100 != 5))
		(void)smtp_refuse(transaction->smtp, ERROR_REFUSED,
		    "the message", &transaction->refusal);
	if (!is_breakdown(&transaction->refusal))
		return 0;
	*err = transaction->refusal;
	return -1;
}

/* When the rest is lost behind a refusal, the refusal is what counts. */
static int hear_answer(struct transaction *transaction, int64_t milliseconds,
    struct error *err)
{
	if (hear(transaction, milliseconds, err) == 0)
		return 0;
	if (is_refused(transaction))
		*err = transaction->refusal;
	return -1;
}

/* A server that has no RSET is of no more use (RFC 5321 4.1.1.5). */
static int hear_reset(struct transaction *transaction, struct error *err)
{
	struct smtp *smtp = transaction->smtp;

	transaction->has_reset = false;
	if (hear(transaction, SMTP_COMMAND_MS, err) < 0)
		return -1;
	if (!reply_is_positive(&smtp->reply))
		return smtp_refuse(smtp, ERROR_DEFERRED, "RSET", err);
	smtp->needs_reset = false;
	return 0;
}

/* Send what has been said and take every answer to where it belongs. */
static int settle(struct transaction *transaction, struct error *err)
{
	struct smtp *smtp = transaction->smtp;

	if (chat_flush(&smtp->chat, smtp_deadline(smtp, SMTP_COMMAND_MS), err) <
	    0)
		return -1;
	if (transaction->has_reset && hear_reset(transaction, err) < 0)
		return -1;
	for (; transaction->heard < transaction->said; transaction->heard++)
		if (hear_answer(transaction, SMTP_COMMAND_MS, err) < 0 ||
		    take_answer(transaction, transaction->heard, err) < 0)
			return -1;
	if (!transaction->has_data)
		return 0;
	if (hear_answer(transaction, SMTP_DATA_MS, err) < 0)
		return -1;
	return take_data(transaction, err);
}

/*
 * Settle the group if a command of that length does not belong into it.  The
 * answers may be such that the command is not wanted any more.
 */
static int make_room(struct transaction *transaction, size_t length,
    struct error *err)
{
	size_t said = transaction->smtp->chat.out.length;

	if (said == 0 ||
	    (is_pipelined(transaction) &&
		said + length <= TRANSACTION_MAX_GROUP))
		return 0;
	return settle(transaction, err);
}

/* What an earlier transaction has left open is not to be mixed with this. */
static int say_mail(struct transaction *transaction, struct error *err)
{
	struct chat *chat = &transaction->smtp->chat;

	if (transaction->smtp->needs_reset) {
		chat_say(chat, "RSET");
		transaction->has_reset = true;
	}
	if (make_room(transaction, strlen(transaction->mail), err) < 0)
		return -1;
	chat_say(chat, "%s", transaction->mail);
	transaction->said++;
	return 0;
}

/* RCPT for a recipient; an address that cannot be sent to fails alone. */
static int compose_rcpt(struct transaction *transaction,
    struct recipient *recipient, struct buf *line)
{
	const struct smtp *smtp = transaction->smtp;
	struct buf address = {0};
	int result = smtp_add_address(smtp, recipient->address, "be sent to",
	    &address, &recipient->error);

	if (result == 0)
		result = command_add_rcpt(line, buf_string(&address), recipient,
		    transaction->envelope, &smtp->offer, &recipient->error);
	buf_free(&address);
	return result;
}

static int say_rcpts(struct transaction *transaction, struct error *err)
{
	struct buf line = {0};
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->group.count &&
	     !is_refused(transaction);
	     i++) {
		struct recipient *recipient = transaction->group.recipients[i];

		buf_clear(&line);
		if (compose_rcpt(transaction, recipient, &line) < 0)
			continue;
		result = make_room(transaction, line.length, err);
		if (result < 0 || is_refused(transaction))
			break;
		chat_say(&transaction->smtp->chat, "%s", buf_string(&line));
		transaction->said++;
	}
	buf_free(&line);
	return result;
}

static bool is_all_or_none(const struct transaction *transaction)
{
	return transaction->smtp->profile->on_partial == PARTIAL_ABORT &&
	    transaction->group.count > 1;
}

static int say_data(struct transaction *transaction, struct error *err)
{
	static const char line[] = "DATA";

	if ((is_all_or_none(transaction) ?
		    settle(transaction, err) :
		    make_room(transaction, strlen(line), err)) < 0)
		return -1;
	if (is_all_or_none(transaction) && !is_refused(transaction))
		group_refuse_all(&transaction->group);
	if (is_refused(transaction) || !may_have_recipients(transaction))
		return settle(transaction, err);
	chat_say(&transaction->smtp->chat, "%s", line);
	transaction->has_data = true;
	return settle(transaction, err);
}

static void take_dot(struct transaction *transaction,
    struct recipient *recipient)
{
	const struct smtp *smtp = transaction->smtp;
	struct buf what = {0};

	buf_add_string(&what, "the message");
	if (smtp->profile->protocol == PROTOCOL_LMTP)
		buf_addf(&what, " to %s", recipient->address);
	recipient->reply = smtp->reply.code;
	recipient->is_accepted = reply_is_positive(&smtp->reply);
	if (!recipient->is_accepted)
		(void)smtp_refuse(smtp, ERROR_REFUSED, buf_string(&what),
		    &recipient->error);
	buf_free(&what);
}

/* The outcome of the others is only that the connection was lost. */
static int be_unsure(struct transaction *transaction, const struct error *err)
{
	group_be_unsure(&transaction->group, err);
	return -1;
}

/* The answer to the final dot; any but yes, no and later is no answer. */
static int hear_end(struct transaction *transaction, struct error *err)
{
	struct smtp *smtp = transaction->smtp;

	if (hear(transaction, SMTP_DOT_MS, err) < 0)
		return -1;
	if (reply_is_positive(&smtp->reply) ||
	    reply_is_temporary(&smtp->reply) ||
	    reply_is_permanent(&smtp->reply))
		return 0;
	return smtp_refuse(smtp, ERROR_REFUSED, "the message", err);
}

/* One answer for all, or in LMTP one for each (RFC 2033 section 4.2). */
static int hear_outcome(struct transaction *transaction, struct error *err)
{
	struct smtp *smtp = transaction->smtp;
	bool is_lmtp = smtp->profile->protocol == PROTOCOL_LMTP;
	bool is_heard = false;

	for (size_t i = 0; i < transaction->group.count; i++) {
		struct recipient *recipient = transaction->group.recipients[i];

		if (!group_admits(recipient))
			continue;
		if ((is_lmtp || !is_heard) && hear_end(transaction, err) < 0)
			return be_unsure(transaction, err);
		is_heard = true;
		take_dot(transaction, recipient);
		/* In LMTP nothing more is said about the others then. */
		if (is_lmtp && smtp->reply.code == 421) {
			(void)smtp_refuse(smtp, ERROR_REFUSED, "the session",
			    err);
			return be_unsure(transaction, err);
		}
	}
	smtp->needs_reset = false;
	/* Then it is not about these recipients. */
	if (!reply_is_positive(&smtp->reply) &&
	    (!is_lmtp || smtp->reply.code == 421))
		(void)smtp_refuse(smtp, ERROR_REFUSED, "the message",
		    &transaction->refusal);
	return 0;
}

/*
 * A server that wants a message for nobody gets none: a lone dot ends it
 * (RFC 2920 3.1), and whatever it says then, nothing was sent to anybody.
 */
static int send_nothing(struct transaction *transaction, struct error *err)
{
	struct smtp *smtp = transaction->smtp;

	smtp->needs_reset = false;
	chat_say(&smtp->chat, ".");
	return chat_ask(&smtp->chat, &smtp->reply,
	    smtp_deadline(smtp, SMTP_DOT_MS), err);
}

static int send_message(struct transaction *transaction, struct error *err)
{
	struct pump *pump = &transaction->pump;
	bool is_awaited =
	    group_reopen(&transaction->group) || transaction->has_next;

	pump->ends_session = transaction->is_last || !is_awaited;
	if (pump_send(pump, err) == 0)
		return hear_outcome(transaction, err);
	if (pump->is_ended)
		return be_unsure(transaction, err);
	return -1;
}

static int run(struct transaction *transaction, struct error *err)
{
	if (say_mail(transaction, err) < 0 || say_rcpts(transaction, err) < 0 ||
	    say_data(transaction, err) < 0)
		return -1;
	if (!is_refused(transaction) && may_have_recipients(transaction))
		return send_message(transaction, err);
	/* To whom it admitted a lone dot would be a message, an empty one. */
	if (transaction->is_data_open && may_have_recipients(transaction))
		transaction->smtp->is_over = true;
	else if (transaction->is_data_open)
		return send_nothing(transaction, err);
	return 0;
}

int transaction_run(struct transaction *transaction, struct error *err)
{
	struct smtp *smtp = transaction->smtp;
	int result = pump_plan(&transaction->pump, smtp, transaction->message,
	    transaction->is_international, err);

	if (result == 0) {
		result = run(transaction, err);
		smtp->is_broken = result < 0 || smtp->reply.code == 421;
	}
	/* A refusal stays one, however the session went on from there. */
	if (is_refused(transaction)) {
		*err = transaction->refusal;
		result = -1;
	}
	pump_free(&transaction->pump);
	return result;
}
