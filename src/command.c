#include "command.h"

#include "address.h"

/* xchar = any ASCII CHAR "!" to "~" except "+" and "="; RFC 3461 section 4 */
static void add_xtext(struct buf *line, const char *string)
{
	for (; *string != '\0'; string++) {
		if (*string > ' ' && *string < 0x7f && *string != '+' &&
		    *string != '=')
			buf_add_byte(line, *string);
		else
			buf_addf(line, "+%02X",
			    (unsigned)(unsigned char)*string);
	}
}

static void add_return(struct buf *line, const struct request *request)
{
	if (request->returns == RETURN_FULL)
		buf_add_string(line, " RET=FULL");
	if (request->returns == RETURN_HEADERS)
		buf_add_string(line, " RET=HDRS");
	if (request->envelope_id != NULL) {
		buf_add_string(line, " ENVID=");
		add_xtext(line, request->envelope_id);
	}
}

static bool is_8bit(const struct envelope *envelope,
    const struct message *message)
{
	return message->body.has_8bit ||
	    envelope->request.body == BODY_8BITMIME ||
	    message_header_is_8bit(message);
}

int command_add_mail(struct buf *line, const char *sender,
    const struct envelope *envelope, const struct message *message,
    const struct ehlo *offer, struct error *err)
{
	if (address_check(text_of(sender), err) < 0)
		return -1;
	buf_addf(line, "MAIL FROM:<%s>", sender);
	if (ehlo_offers(offer, EHLO_SIZE))
		buf_addf(line, " SIZE=%llu",
		    (unsigned long long)message_wire_length(message));
	if (ehlo_offers(offer, EHLO_8BITMIME) && is_8bit(envelope, message))
		buf_add_string(line, " BODY=8BITMIME");
	if (ehlo_offers(offer, EHLO_SMTPUTF8) &&
	    envelope_is_international(envelope))
		buf_add_string(line, " SMTPUTF8");
	if (ehlo_offers(offer, EHLO_DSN))
		add_return(line, &envelope->request);
	if (envelope->request.requires_tls)
		buf_add_string(line, " REQUIRETLS");
	return 0;
}

static void add_notify(struct buf *line, unsigned notify)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = {
	    {NOTIFY_NEVER, "NEVER"},
	    {NOTIFY_SUCCESS, "SUCCESS"},
	    {NOTIFY_FAILURE, "FAILURE"},
	    {NOTIFY_DELAY, "DELAY"},
	};
	const char *before = " NOTIFY=";

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if ((notify & words[i].flag) == 0)
			continue;
		buf_addf(line, "%s%s", before, words[i].word);
		before = ",";
	}
}

int command_add_rcpt(struct buf *line, const char *address,
    const struct recipient *recipient, const struct envelope *envelope,
    const struct ehlo *offer, struct error *err)
{
	if (address_check(text_of(address), err) < 0)
		return -1;
	buf_addf(line, "RCPT TO:<%s>", address);
	if (!ehlo_offers(offer, EHLO_DSN))
		return 0;
	add_notify(line, envelope_notify(envelope, recipient));
	if (recipient->original == NULL)
		return 0;
	buf_add_string(line, " ORCPT=");
	add_xtext(line, recipient->original);
	return 0;
}
