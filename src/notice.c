#include "notice.h"

#include <stdint.h>
#include <string.h>

#include "address.h"
#include "header.h"
#include "scan.h"
#include "utf8.h"
#include "wrap.h"

/*
 * The body is three parts: for people, for programs, and what came back.
 *
 * delivery-status-content = per-message-fields 1*( CRLF per-recipient-fields )
 * utf-8-addr-xtext        = 1*(QCHAR / EmbeddedUnicodeChar)
 * EmbeddedUnicodeChar     = %x5C.78 "{" HEXPOINT "}"    ; starts with "\x"
 * QCHAR                   = %x21-2a / %x2c-3c / %x3e-5b / %x5d-7e
 *
 * RFC 3464 section 2.1, RFC 6533 section 3.
 */

enum { COPIED_MAX = 500 }; /* bytes of a field of the message */

enum { PART_TEXT, PART_STATUS, PART_RETURNED, PART_COUNT };

struct piece {
	const char *type;
	struct buf content;
};

/* One word for each kind of notice, in the places that need one. */
static const struct {
	const char *subject;
	const char *verdict;
	const char *action;
} kinds[] = {
    [NOTICE_FAILED] = {"Undeliverable", "could not be delivered to", "failed"},
    [NOTICE_DELAYED] = {"Delayed", "has not been delivered yet to", "delayed"},
};

/* What the sender can do; those not here have been tried for long enough. */
static const char *const advice[ERROR_KINDS] = {
    [ERROR_UNSURE] = "It may have arrived: ask before you send it again.",
    [ERROR_NO_USER] = "Check the address, then send the message again.",
    [ERROR_REFUSED] = "It is not tried again: see what the server says.",
    [ERROR_TOO_BIG] = "Send it in parts, or say where it can be fetched.",
    [ERROR_ADDRESS] = "Correct the address, then send the message again.",
    [ERROR_MESSAGE] = "Correct the message, then send it again.",
};

static const char given_up[] =
    "It has been tried again and again, and is given up now. Send it again "
    "once the cause is repaired.";

bool notice_is_wanted(const struct envelope *envelope,
    const struct recipient *recipient, enum notice_kind kind)
{
	unsigned notify = envelope_notify(envelope, recipient);

	if (*envelope->sender == '\0')
		return false;
	return notify == 0 ||
	    (notify &
		(kind == NOTICE_FAILED ? NOTIFY_FAILURE : NOTIFY_DELAY)) != 0;
}

/* Who has such an address has mail that understands UTF-8 (RFC 6533 3). */
static bool is_global(const struct notice *notice)
{
	return address_is_international(text_of(notice->to));
}

/* --- for people ---------------------------------------------------------- */

static void add_recipient(const struct notice *notice,
    const struct recipient *recipient, struct buf *out)
{
	const struct error *err = &recipient->error;
	struct buf words = {0};

	buf_add_string(out, "  <");
	utf8_add_visible(out, text_of(recipient->address));
	buf_add_string(out, ">\n");
	utf8_add_visible(&words, text_of(err->text));
	wrap_add(out, "    ", "    ", buf_text(&words));
	if (notice->kind == NOTICE_FAILED)
		wrap_add(out, "    ", "    ",
		    text_of(advice[err->kind] != NULL ? advice[err->kind] :
							given_up));
	buf_add_byte(out, '\n');
	buf_free(&words);
}

static void add_outlook(const struct notice *notice, struct buf *out)
{
	struct buf words = {0};

	if (notice->kind == NOTICE_DELAYED) {
		buf_add_string(&words, "It will be tried again until ");
		date_add_mail(&words, notice->until);
		buf_add_string(&words, ". You need not send it again. ");
	}
	buf_addf(&words, "%s is attached. In the log of %s it is called %s.",
	    notice->body.data != NULL ? "The message" : "Its header",
	    notice->hostname, notice->about);
	wrap_add(out, "", "", buf_text(&words));
	buf_free(&words);
}

static void write_text(const struct notice *notice, struct piece *piece)
{
	struct buf *out = &piece->content;

	piece->type = "text/plain; charset=utf-8";
	buf_addf(out, "This is the mail system at %s.\n\nYour message of ",
	    notice->hostname);
	date_add_mail(out, notice->arrived);
	buf_addf(out, "\n%s\n\n", kinds[notice->kind].verdict);
	for (size_t i = 0; i < notice->count; i++)
		add_recipient(notice, notice->recipients[i], out);
	add_outlook(notice, out);
}

/* --- for programs -------------------------------------------------------- */

/* The characters of such a set, and all that are not ASCII, as "\x{HEX}". */
static void add_escaped(struct buf *out, struct text text, const char *set)
{
	while (text.length > 0) {
		int32_t point = utf8_next(&text);

		if (point >= ' ' && point < 0x7f && strchr(set, point) == NULL)
			buf_add_byte(out, (char)point);
		else
			buf_addf(out, "\\x{%X}",
			    (unsigned)(point < 0 ? '?' : point));
	}
}

/* Never folded: blanks in a quoted local part are part of the address. */
static void add_final_recipient(const struct notice *notice,
    const char *address, struct buf *out)
{
	if (!address_is_international(text_of(address))) {
		buf_addf(out, "Final-Recipient: rfc822; %s\n", address);
		return;
	}
	buf_add_string(out, "Final-Recipient: utf-8; ");
	if (is_global(notice))
		buf_add_string(out, address);
	else
		add_escaped(out, text_of(address), " +=\\");
	buf_add_byte(out, '\n');
}

static void add_date(struct buf *out, const char *name, struct moment at)
{
	buf_addf(out, "%s: ", name);
	date_add_mail(out, at);
	buf_add_byte(out, '\n');
}

/* RFC 3463 2: "delayed" goes with class 4; given up for want of time 4.4.7. */
static void add_status(const struct notice *notice, const struct error *err,
    struct buf *out)
{
	if (notice->kind == NOTICE_DELAYED)
		buf_addf(out, "Status: 4%s\n", err->status + 1);
	else
		buf_addf(out, "Status: %s\n",
		    error_is_worth_retrying(err->kind) ? "4.4.7" : err->status);
}

/* "HOST:PORT refused ...", as reply.h makes it; empty if it is not that. */
static struct text find_server(const struct error *err)
{
	struct text host = text_of(err->text);
	unsigned long long port;
	size_t colon;

	host = text_part(host, 0, text_find(host, ' '));
	colon = host.length;
	while (colon > 0 && host.data[colon - 1] != ':')
		colon--;
	if (err->reply == 0 || colon == 0 ||
	    text_number(text_part(host, colon, host.length), 65535, &port) < 0)
		return (struct text){NULL, 0};
	return text_part(host, 0, colon - 1);
}

/* "550 5.1.1 No such user", behind the first ": "; or the whole sentence. */
static const char *find_words(const struct error *err)
{
	struct buf start = {0};
	const char *found;

	buf_addf(&start, ": %d ", err->reply);
	found = strstr(err->text, buf_string(&start));
	buf_free(&start);
	return found != NULL ? found + 2 : err->text;
}

static void add_diagnostic(const struct notice *notice, const struct error *err,
    struct buf *out)
{
	struct buf words = {0};
	struct buf visible = {0};
	bool has_spoken = err->reply != 0;

	utf8_add_visible(&visible,
	    text_of(has_spoken ? find_words(err) : err->text));
	buf_add_string(&words, has_spoken ? "smtp; " : "X-sendoff; ");
	if (is_global(notice))
		buf_add(&words, buf_text(&visible));
	else
		add_escaped(&words, buf_text(&visible), "");
	wrap_add(out, "Diagnostic-Code: ", "    ", buf_text(&words));
	buf_free(&visible);
	buf_free(&words);
}

static void add_recipient_fields(const struct notice *notice,
    const struct recipient *recipient, struct buf *out)
{
	const struct error *err = &recipient->error;
	struct text server = find_server(err);

	buf_add_byte(out, '\n');
	if (recipient->original != NULL)
		buf_addf(out, "Original-Recipient: %s\n", recipient->original);
	add_final_recipient(notice, recipient->address, out);
	buf_addf(out, "Action: %s\n", kinds[notice->kind].action);
	add_status(notice, err, out);
	if (server.length > 0) {
		buf_add_string(out, "Remote-MTA: dns; ");
		add_escaped(out, server, "");
		buf_add_byte(out, '\n');
	}
	add_diagnostic(notice, err, out);
	add_date(out, "Last-Attempt-Date", notice->at);
	if (notice->kind == NOTICE_DELAYED)
		add_date(out, "Will-Retry-Until", notice->until);
}

static void write_status(const struct notice *notice, struct piece *piece)
{
	const char *envelope_id = notice->envelope->request.envelope_id;
	struct buf *out = &piece->content;

	piece->type = is_global(notice) ? "message/global-delivery-status" :
					  "message/delivery-status";
	if (envelope_id != NULL)
		buf_addf(out, "Original-Envelope-Id: %s\n", envelope_id);
	buf_addf(out, "Reporting-MTA: dns; %s\n", notice->hostname);
	add_date(out, "Arrival-Date", notice->arrived);
	for (size_t i = 0; i < notice->count; i++)
		add_recipient_fields(notice, notice->recipients[i], out);
}

/* --- what came back ------------------------------------------------------ */

static void write_returned(const struct notice *notice, struct piece *piece)
{
	const struct message *message = notice->message;
	bool is_whole = notice->body.data != NULL;
	struct buf *out = &piece->content;

	for (size_t i = 0; i < message->field_count; i++) {
		header_add_field(out, &message->fields[i], is_global(notice));
		buf_add_byte(out, '\n');
	}
	/* What is left then stands in addresses, and is UTF-8. */
	if (text_has_8bit(buf_text(out)))
		piece->type =
		    is_whole ? "message/global" : "message/global-headers";
	else
		piece->type =
		    is_whole ? "message/rfc822" : "text/rfc822-headers";
	if (is_whole) {
		buf_add_byte(out, '\n');
		buf_add(out, notice->body);
	}
}

/* --- the whole ----------------------------------------------------------- */

static bool has_string(const struct piece *pieces, const char *string)
{
	for (size_t i = 0; i < PART_COUNT; i++) {
		struct text content = buf_text(&pieces[i].content);

		if (memmem(content.data, content.length, string,
			strlen(string)) != NULL)
			return true;
	}
	return false;
}

/* Nobody knows the ID beforehand, so there is hardly ever a second try. */
static void choose_boundary(struct buf *boundary, const char *id,
    const struct piece *pieces)
{
	unsigned n = 0;

	do {
		buf_clear(boundary);
		buf_addf(boundary, "=_%s_%u", id, n++);
	} while (has_string(pieces, buf_string(boundary)));
}

static const char *encoding_of(bool has_8bit)
{
	return has_8bit ? "8bit" : "7bit";
}

/* The line end before a boundary belongs to it (RFC 2046 5.1.1). */
static void add_pieces(struct buf *out, const struct piece *pieces,
    const char *boundary)
{
	for (size_t i = 0; i < PART_COUNT; i++) {
		struct text content = buf_text(&pieces[i].content);

		buf_addf(out,
		    "\n--%s\nContent-Type: %s\n"
		    "Content-Transfer-Encoding: %s\n\n",
		    boundary, pieces[i].type,
		    encoding_of(text_has_8bit(content)));
		buf_add(out, content);
	}
	buf_addf(out, "\n--%s--\n", boundary);
}

/* The body of a field of the message, unless it is too long to be quoted. */
static struct text find_field(const struct notice *notice, const char *name)
{
	const struct field *field = message_field(notice->message, name, NULL);
	struct text body = {"", 0};

	if (field != NULL && field->length <= COPIED_MAX)
		body = text_trim(field_body(field));
	return body;
}

static void append_buf(struct message *message, const char *name,
    struct buf *body)
{
	message_append(message, name, buf_text(body));
	buf_clear(body);
}

/* Both fields: RFC 3834 3.1.5. */
static void append_references(const struct notice *notice,
    struct message *message)
{
	struct text id = find_field(notice, "Message-ID");

	if (id.length == 0 || text_has_8bit(id))
		return;
	message_append(message, "In-Reply-To", id);
	message_append(message, "References", id);
}

static void append_subject(const struct notice *notice, struct message *message,
    struct buf *body)
{
	struct text subject = find_field(notice, "Subject");

	buf_addf(body, subject.length > 0 ? "%s: " : "%s mail",
	    kinds[notice->kind].subject);
	buf_add(body, subject);
	append_buf(message, "Subject", body);
}

static void append_header(const struct notice *notice, struct message *message)
{
	struct buf body = {0};

	buf_addf(&body, "by %s (sendoff)\n\tid %s; ", notice->hostname,
	    notice->id);
	date_add_mail(&body, notice->at);
	append_buf(message, "Received", &body);
	date_add_mail(&body, notice->at);
	append_buf(message, "Date", &body);
	buf_addf(&body, "Mail Delivery System <MAILER-DAEMON@%s>",
	    notice->domain);
	append_buf(message, "From", &body);
	message_append(message, "To", text_of(notice->to));
	append_subject(notice, message, &body);
	buf_addf(&body, "<%s@%s>", notice->id, notice->domain);
	append_buf(message, "Message-ID", &body);
	append_references(notice, message);
	message_append(message, "Auto-Submitted", text_of("auto-replied"));
	buf_free(&body);
}

/* RFC 6522 3. */
static void append_mime(struct message *message, const char *boundary)
{
	struct buf body = {0};

	message_append(message, "MIME-Version", text_of("1.0"));
	buf_addf(&body,
	    "multipart/report; report-type=delivery-status;\n"
	    "\tboundary=\"%s\"",
	    boundary);
	append_buf(message, "Content-Type", &body);
	message_append(message, "Content-Transfer-Encoding",
	    text_of(encoding_of(message->body.has_8bit)));
	buf_free(&body);
}

void notice_write(const struct notice *notice, struct message *message)
{
	struct piece pieces[PART_COUNT] = {{0}};
	struct scan scan = {.body = &message->body};
	struct buf boundary = {0};

	for (size_t i = 0; i < PART_COUNT; i++)
		pieces[i].content.ceiling = SIZE_MAX;
	message->body = (struct body){.fd = -1, .memory.ceiling = SIZE_MAX};
	write_text(notice, &pieces[PART_TEXT]);
	write_status(notice, &pieces[PART_STATUS]);
	write_returned(notice, &pieces[PART_RETURNED]);
	choose_boundary(&boundary, notice->id, pieces);
	add_pieces(&message->body.memory, pieces, buf_string(&boundary));
	scan_add(&scan, buf_text(&message->body.memory));
	scan_end(&scan);
	append_header(notice, message);
	append_mime(message, buf_string(&boundary));
	buf_free(&boundary);
	for (size_t i = 0; i < PART_COUNT; i++)
		buf_free(&pieces[i].content);
}
