#include "mailing.h"

#include <stdlib.h>

#include "address.h"
#include "command.h"
#include "mem.h"
#include "transaction.h"

struct mailing {
	struct smtp *smtp;
	struct envelope *envelope;
	const struct message *message;
	struct buf mail;            /* the line MAIL, the same each time */
	bool is_international;      /* and it says SMTPUTF8 */
	struct recipient **waiting; /* first those of the next transaction */
	size_t count;               /* of those waiting */
	size_t max;                 /* in one transaction */
};

static struct text domain_of(const struct recipient *recipient)
{
	return address_domain(text_of(recipient->address));
}

static int compare_text(struct text a, struct text b)
{
	for (size_t i = 0; i < a.length && i < b.length; i++) {
		int order = byte_lower(a.data[i]) - byte_lower(b.data[i]);

		if (order != 0)
			return order;
	}
	return (a.length > b.length) - (a.length < b.length);
}

static int compare_domains(const void *a, const void *b)
{
	const struct recipient *const *first = a;
	const struct recipient *const *second = b;
	int order = compare_text(domain_of(*first), domain_of(*second));

	/* Equals stay in the order of the envelope. */
	if (order == 0)
		order = *first < *second ? -1 : 1;
	return order;
}

/* How many of those waiting may go together. */
static size_t group_size(const struct mailing *mailing)
{
	struct recipient *const *waiting = mailing->waiting;
	uint64_t domains = mailing->smtp->offer.max_domains;
	size_t size =
	    mailing->count < mailing->max ? mailing->count : mailing->max;

	if (domains == 0)
		return size;
	for (size_t i = 1; i < size; i++)
		if (!text_equal_nocase(domain_of(waiting[i - 1]),
			domain_of(waiting[i])) &&
		    --domains == 0)
			return i;
	return size;
}

static void line_up(struct mailing *mailing)
{
	const struct smtp *smtp = mailing->smtp;
	struct envelope *envelope = mailing->envelope;

	mailing->waiting =
	    mem_alloc(envelope->count, sizeof(struct recipient *));
	for (size_t i = 0; i < envelope->count; i++)
		mailing->waiting[i] = &envelope->recipients[i];
	mailing->count = envelope->count;
	mailing->max = smtp->profile->max_recipients;
	if (smtp->offer.max_recipients > 0 &&
	    smtp->offer.max_recipients < mailing->max)
		mailing->max = (size_t)smtp->offer.max_recipients;
	/* Those that may go together must stand together. */
	if (smtp->offer.max_domains > 0)
		qsort(mailing->waiting, mailing->count,
		    sizeof(struct recipient *), compare_domains);
}

/* RFC 8689 4.2.1: a server that may be anybody does not count. */
static int check_privacy(const struct smtp *smtp, struct error *err)
{
	if (!smtp->is_tls || !ehlo_offers(&smtp->offer, EHLO_REQUIRETLS))
		return fail(err, ERROR_LACKS,
		    "%s does not offer REQUIRETLS, which was asked for",
		    smtp->chat.peer);
	if (!smtp->profile->tls_verify)
		return fail(err, ERROR_LACKS,
		    "REQUIRETLS was asked for, and nobody knows who %s is: set "
		    "tls_verify = yes in profile %s",
		    smtp->chat.peer, smtp->profile->name);
	return 0;
}

/* What must be true before anything is sent. */
static int check(const struct mailing *mailing, struct error *err)
{
	const struct smtp *smtp = mailing->smtp;
	uint64_t size = message_wire_length(mailing->message);

	if (smtp->offer.max_size > 0 && size > smtp->offer.max_size)
		return fail(err, ERROR_TOO_BIG,
		    "%s takes messages of at most %llu bytes, this one has "
		    "%llu",
		    smtp->chat.peer, (unsigned long long)smtp->offer.max_size,
		    (unsigned long long)size);
	if (mailing->envelope->request.requires_tls &&
	    check_privacy(smtp, err) < 0)
		return -1;
	/* What one transaction has delivered no other can take back. */
	if (smtp->profile->on_partial == PARTIAL_ABORT &&
	    group_size(mailing) < mailing->count)
		return fail(err, ERROR_LACKS,
		    "%zu recipients do not fit into one transaction with %s, "
		    "which on_partial = abort needs; see max_recipients in "
		    "profile %s",
		    mailing->count, smtp->chat.peer, smtp->profile->name);
	return 0;
}

static int compose_mail(struct mailing *mailing, struct error *err)
{
	const struct smtp *smtp = mailing->smtp;
	const struct envelope *envelope = mailing->envelope;
	struct buf sender = {0};
	int result;

	mailing->is_international = ehlo_offers(&smtp->offer, EHLO_SMTPUTF8) &&
	    envelope_is_international(envelope);
	result = smtp_add_address(smtp, envelope->sender, "be the sender",
	    &sender, err);
	if (result == 0)
		result = command_add_mail(&mailing->mail, buf_string(&sender),
		    envelope, mailing->message, &smtp->offer, err);
	buf_free(&sender);
	return result;
}

bool mailing_has_room(const struct smtp *smtp)
{
	return smtp->offer.max_mails == 0 ||
	    smtp->mails < smtp->offer.max_mails;
}

static int send_group(struct mailing *mailing, size_t size, struct error *err)
{
	struct smtp *smtp = mailing->smtp;
	struct transaction transaction = {
	    .smtp = smtp,
	    .envelope = mailing->envelope,
	    .message = mailing->message,
	    .mail = buf_string(&mailing->mail),
	    .is_international = mailing->is_international,
	    .group = {mailing->waiting, size},
	};

	smtp->mails++;
	transaction.is_last = !mailing_has_room(smtp);
	transaction.has_next = size < mailing->count || smtp->keeps_open;
	return transaction_run(&transaction, err);
}

/* Those that were too many stay, in front of those that have to wait. */
static void drop_settled(struct mailing *mailing, size_t size)
{
	size_t first = size;

	for (size_t i = size; i > 0; i--)
		if (recipient_is_open(mailing->waiting[i - 1]))
			mailing->waiting[--first] = mailing->waiting[i - 1];
	mailing->waiting += first;
	mailing->count -= first;
	if (first < size)
		mailing->max = first; /* so many it has answered for */
}

/* Before anybody else is asked: who has the message shall not get it again. */
static int strike(const struct mailing *mailing, struct error *err)
{
	const struct smtp *smtp = mailing->smtp;

	if (mailing->count == 0 || smtp->strike == NULL)
		return 0;
	return smtp->strike(smtp->context, err);
}

static int send_groups(struct mailing *mailing, struct error *err)
{
	while (mailing->count > 0 && mailing_has_room(mailing->smtp)) {
		size_t size = group_size(mailing);

		if (send_group(mailing, size, err) < 0)
			return -1;
		drop_settled(mailing, size);
		if (strike(mailing, err) < 0)
			return -1;
	}
	return 0;
}

static int run(struct mailing *mailing, struct error *err)
{
	const struct smtp *smtp = mailing->smtp;

	if (check(mailing, err) < 0 || compose_mail(mailing, err) < 0 ||
	    send_groups(mailing, err) < 0)
		return -1;
	if (mailing->count == 0)
		return 0;
	mailing->smtp->is_full = true;
	return fail(err, ERROR_DEFERRED,
	    "%s takes messages in %llu transactions of a session, and there "
	    "are more recipients: they need another session",
	    smtp->chat.peer, (unsigned long long)smtp->offer.max_mails);
}

int mailing_run(struct smtp *smtp, struct envelope *envelope,
    const struct message *message, struct error *err)
{
	struct mailing mailing = {
	    .smtp = smtp,
	    .envelope = envelope,
	    .message = message,
	};
	struct recipient **all;
	int result;

	smtp->has_answered = false;
	smtp->is_full = false;
	line_up(&mailing);
	all = mailing.waiting;
	result = run(&mailing, err);
	buf_free(&mailing.mail);
	free(all);
	return result;
}
