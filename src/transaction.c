#include "transaction.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "mem.h"
#include "pump.h"

/* Commands are said, and answered, in this order: MAIL, RCPT..., DATA. */
struct transaction {
	struct smtp *smtp;
	struct envelope *envelope;
	const struct message *message;
	struct recipient **asked; /* those that RCPT was said for */
	size_t asked_count;
	size_t said;          /* MAIL and RCPTs so far */
	size_t heard;         /* answers to them so far */
	bool has_data;        /* DATA was said */
	bool is_data_open;    /* the server waits for the message */
	struct error refusal; /* of MAIL or DATA; no kind while there is none */
	struct pump pump;
};

static bool is_admitted(const struct recipient *recipient)
{
	return recipient->reply / 100 == 2 &&
	    recipient->error.kind == ERROR_NONE;
}

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
		return transaction->asked_count > 0;
	for (size_t i = 0; i < transaction->asked_count; i++)
		if (is_admitted(transaction->asked[i]))
			return true;
	return false;
}

static int hear(struct transaction *transaction, int64_t milliseconds,
    struct error *err)
{
	struct smtp *smtp = transaction->smtp;

	return chat_hear(&smtp->chat, &smtp->reply,
	    smtp_deadline(smtp, milliseconds), err);
}

/* The server is leaving or makes no sense: no answer that follows counts. */
static bool is_breakdown(const struct error *err)
{
	return err->reply == 421 || err->kind == ERROR_PROTOCOL;
}

static void take_mail(struct transaction *transaction)
{
	struct buf what = {0};

	if (!reply_is_positive(&transaction->smtp->reply)) {
		buf_addf(&what, "the sender <%s>",
		    transaction->envelope->sender);
		(void)smtp_refuse(transaction->smtp, ERROR_REFUSED,
		    buf_string(&what), &transaction->refusal);
	}
	buf_free(&what);
}

/* 552 says "too many recipients", which fewer may cure (RFC 5321 4.5.3.1.10). */
static enum error_kind kind_of_refusal(int code)
{
	if (code == 550 || code == 551 || code == 553)
		return ERROR_NO_USER;
	return code == 552 ? ERROR_DEFERRED : ERROR_REFUSED;
}

static void take_rcpt(struct transaction *transaction,
    struct recipient *recipient)
{
	const struct reply *reply = &transaction->smtp->reply;

	recipient->reply = reply->code;
	/* Behind a refused MAIL it says nothing about the recipient. */
	if (!reply_is_positive(reply) && !is_refused(transaction))
		(void)smtp_refuse(transaction->smtp,
		    kind_of_refusal(reply->code), recipient->address,
		    &recipient->error);
}

static int take_answer(struct transaction *transaction, size_t number,
    struct error *err)
{
	const struct error *refusal = &transaction->refusal;

	if (number == 0) {
		take_mail(transaction);
	} else {
		take_rcpt(transaction, transaction->asked[number - 1]);
		refusal = &transaction->asked[number - 1]->error;
	}
	if (!is_breakdown(refusal))
		return 0;
	/* It is not about the one recipient that it happened to. */
	if (number > 0)
		return smtp_refuse(transaction->smtp, refusal->kind,
		    "the session", err);
	*err = *refusal;
	return -1;
}

static int take_data(struct transaction *transaction, struct error *err)
{
	if (transaction->smtp->reply.code == 354)
		transaction->is_data_open = true;
	else if (!is_refused(transaction))
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

/* Send what has been said and take every answer to where it belongs. */
static int settle(struct transaction *transaction, struct error *err)
{
	struct smtp *smtp = transaction->smtp;

	if (chat_flush(&smtp->chat, smtp_deadline(smtp, SMTP_COMMAND_MS), err) <
	    0)
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

static int say_mail(struct transaction *transaction, struct error *err)
{
	struct buf line = {0};
	int result = command_add_mail(&line, transaction->envelope,
	    transaction->message, &transaction->smtp->offer, err);

	if (result == 0)
		chat_say(&transaction->smtp->chat, "%s", buf_string(&line));
	transaction->said++;
	buf_free(&line);
	return result;
}

/* RCPT for a recipient; an address that cannot be sent to fails alone. */
static int compose_rcpt(struct transaction *transaction,
    struct recipient *recipient, struct buf *line)
{
	const struct smtp *smtp = transaction->smtp;

	if (address_is_international(text_of(recipient->address)) &&
	    !ehlo_offers(&smtp->offer, EHLO_SMTPUTF8))
		return fail(&recipient->error, ERROR_ADDRESS,
		    "%s cannot be sent to: %s does not offer SMTPUTF8",
		    recipient->address, smtp->chat.peer);
	return command_add_rcpt(line, recipient,
	    &transaction->envelope->request, &smtp->offer, &recipient->error);
}

static int say_rcpts(struct transaction *transaction, struct error *err)
{
	struct envelope *envelope = transaction->envelope;
	struct buf line = {0};
	int result = 0;

	for (size_t i = 0;
	     result == 0 && i < envelope->count && !is_refused(transaction);
	     i++) {
		struct recipient *recipient = &envelope->recipients[i];

		buf_clear(&line);
		if (compose_rcpt(transaction, recipient, &line) < 0)
			continue;
		result = make_room(transaction, line.length, err);
		if (result < 0 || is_refused(transaction))
			break;
		chat_say(&transaction->smtp->chat, "%s", buf_string(&line));
		transaction->asked[transaction->asked_count++] = recipient;
		transaction->said++;
	}
	buf_free(&line);
	return result;
}

static int say_data(struct transaction *transaction, struct error *err)
{
	static const char line[] = "DATA";

	if (make_room(transaction, strlen(line), err) < 0)
		return -1;
	if (!is_refused(transaction) && may_have_recipients(transaction)) {
		chat_say(&transaction->smtp->chat, "%s", line);
		transaction->has_data = true;
	}
	return settle(transaction, err);
}

/* What must be true before anything is sent. */
static int check(const struct transaction *transaction, struct error *err)
{
	const struct smtp *smtp = transaction->smtp;
	const struct envelope *envelope = transaction->envelope;
	uint64_t size = message_wire_length(transaction->message);

	if (smtp->offer.max_size > 0 && size > smtp->offer.max_size)
		return fail(err, ERROR_TOO_BIG,
		    "%s takes messages of at most %llu bytes, this one has "
		    "%llu",
		    smtp->chat.peer, (unsigned long long)smtp->offer.max_size,
		    (unsigned long long)size);
	if (envelope->request.requires_tls &&
	    (!smtp->is_tls || !ehlo_offers(&smtp->offer, EHLO_REQUIRETLS)))
		return fail(err, ERROR_LACKS,
		    "%s does not offer REQUIRETLS, which was asked for",
		    smtp->chat.peer);
	if (address_is_international(text_of(envelope->sender)) &&
	    !ehlo_offers(&smtp->offer, EHLO_SMTPUTF8))
		return fail(err, ERROR_ADDRESS,
		    "%s cannot be the sender: %s does not offer SMTPUTF8",
		    envelope->sender, smtp->chat.peer);
	return 0;
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

/* One answer for all, or in LMTP one for each (RFC 2033 section 4.2). */
static int hear_outcome(struct transaction *transaction, struct error *err)
{
	bool is_lmtp = transaction->smtp->profile->protocol == PROTOCOL_LMTP;
	bool is_heard = false;

	for (size_t i = 0; i < transaction->asked_count; i++) {
		struct recipient *recipient = transaction->asked[i];

		if (!is_admitted(recipient))
			continue;
		if ((is_lmtp || !is_heard) &&
		    hear(transaction, SMTP_DOT_MS, err) < 0)
			return smtp_unsure(err);
		is_heard = true;
		take_dot(transaction, recipient);
	}
	return 0;
}

/*
 * A server that wants a message for nobody gets none: a lone dot ends it
 * (RFC 2920 3.1), and whatever it says then, nothing was sent to anybody.
 */
static int send_nothing(struct transaction *transaction, struct error *err)
{
	struct smtp *smtp = transaction->smtp;

	chat_say(&smtp->chat, ".");
	return chat_ask(&smtp->chat, &smtp->reply,
	    smtp_deadline(smtp, SMTP_DOT_MS), err);
}

static int run(struct transaction *transaction, struct error *err)
{
	if (check(transaction, err) < 0 ||
	    pump_plan(&transaction->pump, transaction->smtp,
		transaction->envelope, transaction->message, err) < 0 ||
	    say_mail(transaction, err) < 0 || say_rcpts(transaction, err) < 0 ||
	    say_data(transaction, err) < 0)
		return -1;
	if (is_refused(transaction) || !may_have_recipients(transaction))
		return transaction->is_data_open ?
		    send_nothing(transaction, err) :
		    0;
	if (pump_send(&transaction->pump, err) < 0)
		return -1;
	return hear_outcome(transaction, err);
}

int transaction_run(struct smtp *smtp, struct envelope *envelope,
    const struct message *message, struct error *err)
{
	struct transaction transaction = {
	    .smtp = smtp,
	    .envelope = envelope,
	    .message = message,
	    .asked = mem_alloc(envelope->count, sizeof(struct recipient *)),
	};
	int result = run(&transaction, err);

	/* A refusal stays one, however the session went on from there. */
	if (is_refused(&transaction)) {
		*err = transaction.refusal;
		result = -1;
	}
	if (result < 0)
		envelope_fail_rest(envelope, err);
	pump_free(&transaction.pump);
	free(transaction.asked);
	return result;
}
