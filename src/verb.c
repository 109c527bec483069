#include "verb.h"

#include <string.h>

#include "address.h"
#include "utf8.h"

/*
 *	mail      = "FROM:" path *(SP parameter)
 *	rcpt      = "TO:" path *(SP parameter)
 *	path      = "<" *(quoted-string / any byte but ">") ">"
 *	parameter = keyword ["=" value]
 *	xtext     = *(xchar / "+" 2HEXDIG)      ; RFC 3461 section 4
 *
 * RFC 5321 section 4.1.2; blanks behind the colon are let pass, as everybody
 * does.
 */

static const struct {
	const char *name;
	enum verb verb;
} verbs[] = {
    {"AUTH", VERB_AUTH},
    {"BDAT", VERB_BDAT},
    {"DATA", VERB_DATA},
    {"EHLO", VERB_EHLO},
    {"EXPN", VERB_EXPN},
    {"HELO", VERB_HELO},
    {"HELP", VERB_HELP},
    {"MAIL", VERB_MAIL},
    {"NOOP", VERB_NOOP},
    {"QUIT", VERB_QUIT},
    {"RCPT", VERB_RCPT},
    {"RSET", VERB_RSET},
    {"STARTTLS", VERB_STARTTLS},
    {"VRFY", VERB_VRFY},
};

enum verb verb_find(struct text line, struct text *rest)
{
	struct text word;

	*rest = line;
	if (!text_word(rest, &word))
		return VERB_UNKNOWN;
	*rest = text_trim(*rest);
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (text_is_nocase(word, verbs[i].name))
			return verbs[i].verb;
	return VERB_UNKNOWN;
}

/* What fail() has said, as the answer with that code. */
static int answer(struct error *err, int reply)
{
	err->reply = reply;
	return -1;
}

static int refuse_value(struct error *err, const char *why)
{
	(void)fail(err, ERROR_USAGE, "%s", why);
	return answer(err, 501);
}

/* --- addresses ----------------------------------------------------------- */

static bool has_control(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (byte_is_control(text.data[i]))
			return true;
	return false;
}

/* Where the ">" stands that no quotes are around, or the length. */
static size_t find_end_of_path(struct text path)
{
	bool is_quoted = false;
	size_t i = 0;

	for (; i < path.length && (is_quoted || path.data[i] != '>'); i++) {
		if (path.data[i] == '"')
			is_quoted = !is_quoted;
		else if (path.data[i] == '\\' && i + 1 < path.length)
			i++;
	}
	return i < path.length ? i : path.length;
}

/* Take "FROM:<path>" or "TO:<path>" off *rest. */
static int take_path(struct text *rest, const char *keyword, struct text *path,
    struct error *err)
{
	struct text whole = *rest;
	size_t end;

	if (has_control(whole) || !utf8_is_valid(whole))
		return refuse_value(err,
		    "a command has no control characters and is UTF-8");
	if (!text_begins_nocase(whole, keyword))
		goto bad;
	whole = text_trim(text_part(whole, strlen(keyword), whole.length));
	end = find_end_of_path(whole);
	if (!text_begins(whole, "<") || end == whole.length)
		goto bad;
	*path = text_part(whole, 1, end);
	*rest = text_part(whole, end + 1, whole.length);
	if (rest->length == 0 || byte_is_blank(rest->data[0]))
		return 0;
bad:
	(void)fail(err, ERROR_USAGE, "%s<address> is what belongs here",
	    keyword);
	return answer(err, 501);
}

static int add_address(struct buf *address, struct text path,
    const char *domain, struct error *err)
{
	if (address_write(address, path, domain, err) == 0)
		return 0;
	return answer(err, 553);
}

/* --- parameters ---------------------------------------------------------- */

static int read_body(void *command, struct text value, struct error *err)
{
	struct verb_mail *mail = command;

	if (text_is_nocase(value, "7BIT"))
		mail->request.body = BODY_7BIT;
	else if (text_is_nocase(value, "8BITMIME"))
		mail->request.body = BODY_8BITMIME;
	else
		return refuse_value(err, "BODY takes 7BIT or 8BITMIME");
	return 0;
}

/* RFC 1870 5 has up to 20 digits. */
static int read_size(void *command, struct text value, struct error *err)
{
	struct verb_mail *mail = command;

	if (value.length > 20 || text_number(value, ~0ULL, &mail->size) < 0)
		return refuse_value(err, "SIZE takes a number of bytes");
	return 0;
}

static int read_international(void *command, struct text value,
    struct error *err)
{
	struct verb_mail *mail = command;

	if (value.length > 0)
		return refuse_value(err, "SMTPUTF8 takes no value");
	mail->is_international = true;
	return 0;
}

static int read_requires_tls(void *command, struct text value,
    struct error *err)
{
	struct verb_mail *mail = command;

	if (value.length > 0)
		return refuse_value(err, "REQUIRETLS takes no value");
	mail->request.requires_tls = true;
	return 0;
}

static int read_returns(void *command, struct text value, struct error *err)
{
	struct verb_mail *mail = command;

	if (text_is_nocase(value, "FULL"))
		mail->request.returns = RETURN_FULL;
	else if (text_is_nocase(value, "HDRS"))
		mail->request.returns = RETURN_HEADERS;
	else
		return refuse_value(err, "RET takes FULL or HDRS");
	return 0;
}

/* Of an upper-case hexadecimal digit, or -1. */
static int digit_of(char byte)
{
	if (byte_is_digit(byte))
		return byte - '0';
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* What xtext stands for; false when it is none, or not printable ASCII. */
static bool add_plain(struct buf *plain, struct text xtext)
{
	for (size_t i = 0; i < xtext.length; i++) {
		char byte = xtext.data[i];

		if (byte == '+') {
			if (xtext.length - i < 3 ||
			    digit_of(xtext.data[i + 1]) < 0 ||
			    digit_of(xtext.data[i + 2]) < 0)
				return false;
			byte = (char)(digit_of(xtext.data[i + 1]) * 16 +
			    digit_of(xtext.data[i + 2]));
			i += 2;
		} else if (byte == '=') {
			return false;
		}
		if (byte_is_control(byte) || byte_is_8bit(byte))
			return false;
		buf_add_byte(plain, byte);
	}
	return xtext.length > 0;
}

static int read_envelope_id(void *command, struct text value, struct error *err)
{
	struct verb_mail *mail = command;

	if (!add_plain(&mail->envelope_id, value) ||
	    mail->envelope_id.length > VERB_MAX_ENVID)
		return refuse_value(err,
		    "ENVID takes 1 to 100 characters of xtext");
	return 0;
}

static int read_notify(void *command, struct text value, struct error *err)
{
	struct verb_rcpt *rcpt = command;

	rcpt->notify = notify_read(value);
	if (rcpt->notify == 0)
		return refuse_value(err,
		    "NOTIFY takes NEVER, or a list of SUCCESS, FAILURE and "
		    "DELAY");
	return 0;
}

/* An atom; those that are registered have nothing but these. */
static bool is_type(struct text type)
{
	for (size_t i = 0; i < type.length; i++)
		if (!byte_is_letter(type.data[i]) &&
		    !byte_is_digit(type.data[i]) && type.data[i] != '-')
			return false;
	return type.length > 0;
}

/*
 * addr-type ";" xtext.  What of RFC 6533 is UTF-8 would need a server that
 * knows it; nothing but a comment is lost.
 */
static int read_original(void *command, struct text value, struct error *err)
{
	struct verb_rcpt *rcpt = command;
	size_t end = text_find(value, ';');
	bool is_good =
	    is_type(text_part(value, 0, end)) && value.length <= VERB_MAX_ORCPT;

	if (text_begins_nocase(value, "utf-8;") && text_has_8bit(value))
		return 0;
	buf_add(&rcpt->original, text_part(value, 0, end));
	buf_add_byte(&rcpt->original, ';');
	if (!is_good ||
	    !add_plain(&rcpt->original,
		text_part(value, end + 1, value.length)))
		return refuse_value(err, "ORCPT takes a type, \";\" and xtext");
	return 0;
}

struct parameter {
	const char *keyword;
	int (*read)(void *command, struct text value, struct error *);
};

static const struct parameter mail_parameters[] = {
    {"BODY", read_body},
    {"SIZE", read_size},
    {"SMTPUTF8", read_international},
    {"REQUIRETLS", read_requires_tls},
    {"RET", read_returns},
    {"ENVID", read_envelope_id},
    {NULL, NULL},
};

static const struct parameter rcpt_parameters[] = {
    {"NOTIFY", read_notify},
    {"ORCPT", read_original},
    {NULL, NULL},
};

static const struct parameter *find_parameter(const struct parameter *known,
    struct text keyword, struct error *err)
{
	struct buf shown = {0};

	for (; known->keyword != NULL; known++)
		if (text_is_nocase(keyword, known->keyword))
			return known;
	utf8_add_visible(&shown, utf8_cut(keyword, 40));
	(void)fail(err, ERROR_USAGE, "the parameter %s is not known here",
	    buf_string(&shown));
	err->reply = 555;
	buf_free(&shown);
	return NULL;
}

/* RFC 5321 4.1.2 and each extension: none stands twice. */
static int read_parameters(const struct parameter *known, struct text rest,
    void *command, struct error *err)
{
	unsigned seen = 0;
	struct text word;

	while (text_word(&rest, &word)) {
		size_t end = text_find(word, '=');
		const struct parameter *parameter =
		    find_parameter(known, text_part(word, 0, end), err);
		unsigned flag;

		if (parameter == NULL)
			return -1;
		flag = 1U << (unsigned)(parameter - known);
		if ((seen & flag) != 0)
			return refuse_value(err, "a parameter stands twice");
		seen |= flag;
		if (parameter->read(command,
			text_part(word, end + 1, word.length), err) < 0)
			return -1;
	}
	return 0;
}

/* --- the commands -------------------------------------------------------- */

int verb_read_mail(struct verb_mail *mail, struct text rest, const char *domain,
    struct error *err)
{
	struct text path;

	if (take_path(&rest, "FROM:", &path, err) < 0 ||
	    (path.length > 0 &&
		add_address(&mail->sender, path, domain, err) < 0) ||
	    read_parameters(mail_parameters, rest, mail, err) < 0)
		return -1;
	if (mail->envelope_id.length > 0)
		mail->request.envelope_id = buf_string(&mail->envelope_id);
	return 0;
}

void verb_mail_free(struct verb_mail *mail)
{
	buf_free(&mail->sender);
	buf_free(&mail->envelope_id);
	*mail = (struct verb_mail){.request = {0}};
}

int verb_read_rcpt(struct verb_rcpt *rcpt, struct text rest, const char *domain,
    struct error *err)
{
	struct text path;

	if (take_path(&rest, "TO:", &path, err) < 0 ||
	    add_address(&rcpt->recipient, path, domain, err) < 0)
		return -1;
	return read_parameters(rcpt_parameters, rest, rcpt, err);
}

void verb_rcpt_free(struct verb_rcpt *rcpt)
{
	buf_free(&rcpt->recipient);
	buf_free(&rcpt->original);
	*rcpt = (struct verb_rcpt){.notify = 0};
}

int verb_read_bdat(struct text rest, uint64_t *size, bool *is_last,
    struct error *err)
{
	unsigned long long number;
	struct text word = {"", 0};

	(void)text_word(&rest, &word);
	rest = text_trim(rest);
	*is_last = text_is_nocase(rest, "LAST");
	if (text_number(word, VERB_MAX_CHUNK, &number) < 0 ||
	    (rest.length > 0 && !*is_last)) {
		(void)fail(err, ERROR_USAGE,
		    "BDAT takes a number of bytes, at most %d, and maybe LAST",
		    VERB_MAX_CHUNK);
		return answer(err, 501);
	}
	*size = number;
	return 0;
}
