#include "complete.h"

#include "address.h"
#include "mailbox.h"
#include "phrase.h"

/* Fields of addresses that an ordinary or a resent message may have. */
static const char *const qualified[] = {"From", "Sender", "Reply-To", "To",
    "Cc", "Resent-From", "Resent-Sender", "Resent-Reply-To", "Resent-To",
    "Resent-Cc", "Errors-To", "Disposition-Notification-To"};

/* What the next host must not see, or writes itself (RFC 5321 4.4). */
static const char *const removed[] = {"Bcc", "Resent-Bcc", "Return-Path"};

static const char *const usual[] = {"To", "Cc", "Bcc", NULL};
static const char *const resent[] = {
    "Resent-To", "Resent-Cc", "Resent-Bcc", NULL};

int complete_add_recipients(struct text list, const char *domain,
    struct strlist *recipients, struct error *err)
{
	struct mailbox box;

	while (mailbox_next(&list, &box)) {
		struct buf address = {0};
		int result = address_write(&address, box.spec, domain, err);

		if (result == 0)
			strlist_add(recipients, buf_text(&address));
		buf_free(&address);
		if (result < 0)
			return -1;
	}
	return 0;
}

static bool has_any(const struct message *message, const char *const names[])
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (message_field(message, names[i], NULL) != NULL)
			return true;
	return false;
}

int complete_recipients(const struct message *message, const char *domain,
    struct strlist *recipients, struct error *err)
{
	const char *const *names = has_any(message, resent) ? resent : usual;

	for (size_t i = 0; names[i] != NULL; i++) {
		const struct field *field = NULL;

		while ((field = message_field(message, names[i], field)) !=
		    NULL)
			if (complete_add_recipients(field_body(field), domain,
				recipients, err) < 0)
				return fail_within(err,
				    "the message is not sent: in %s, ",
				    names[i]);
	}
	return 0;
}

static void qualify(struct message *message, const char *domain)
{
	for (size_t i = 0; i < sizeof qualified / sizeof *qualified; i++) {
		struct field *field = NULL;

		while ((field = message_field(message, qualified[i], field)) !=
		    NULL) {
			struct text body = field_body(field);
			struct buf new = {0};

			address_qualify(&new, body, domain);
			if (new.length != body.length)
				message_replace(field, buf_text(&new));
			buf_free(&new);
		}
	}
}

static void add_from(struct message *message, const struct stamp *stamp)
{
	struct buf body = {0};

	phrase_add(&body, text_of(stamp->full_name));
	buf_addf(&body, body.length > 0 ? " <%s>" : "%s", stamp->sender);
	message_append(message, "From", buf_text(&body));
	buf_free(&body);
}

static void add_date(struct message *message, const struct stamp *stamp)
{
	struct buf body = {0};

	date_add_mail(&body, stamp->at);
	message_append(message, "Date", buf_text(&body));
	buf_free(&body);
}

static void add_message_id(struct message *message, const struct stamp *stamp)
{
	struct buf body = {0};

	buf_addf(&body, "<%s@%s>", stamp->id, stamp->domain);
	message_append(message, "Message-ID", buf_text(&body));
	buf_free(&body);
}

/* RFC 5321 4.4, without the client's address: who ran us is what counts. */
static void add_received(struct message *message, const struct stamp *stamp)
{
	struct buf body = {0};

	buf_addf(&body, "by %s (sendoff, from uid %lu)\n\tid %s; ",
	    stamp->hostname, (unsigned long)stamp->uid, stamp->id);
	date_add_mail(&body, stamp->at);
	message_prepend(message, "Received", buf_text(&body));
	buf_free(&body);
}

static int count_hosts(const struct message *message)
{
	const struct field *field = NULL;
	int count = 0;

	while ((field = message_field(message, "Received", field)) != NULL)
		count++;
	return count;
}

int complete_message(struct message *message, const struct stamp *stamp,
    struct error *err)
{
	if (count_hosts(message) > MESSAGE_MAX_RECEIVED)
		return fail(err, ERROR_MESSAGE,
		    "the message is not sent: it has been through more than "
		    "%d hosts, so it is in a loop",
		    MESSAGE_MAX_RECEIVED);
	for (size_t i = 0; i < sizeof removed / sizeof *removed; i++)
		message_remove(message, removed[i]);
	qualify(message, stamp->domain);
	if (message_field(message, "From", NULL) == NULL)
		add_from(message, stamp);
	if (message_field(message, "Date", NULL) == NULL)
		add_date(message, stamp);
	if (message_field(message, "Message-ID", NULL) == NULL)
		add_message_id(message, stamp);
	add_received(message, stamp);
	return 0;
}
