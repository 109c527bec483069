#include "reply.h"

#include <string.h>

#include "utf8.h"

/*
 * Reply-line  = *( Reply-code "-" [ textstring ] CRLF )
 *               Reply-code [ SP textstring ] CRLF          RFC 5321 4.2
 * Reply-code  = %x32-35 %x30-35 %x30-39
 * status-code = class "." subject "." detail               RFC 3463 2
 */
enum { WORDS_SHOWN = 300 /* bytes of the server's words in a sentence */ };

static int read_code(struct text line)
{
	if (line.length < 3 || line.data[0] < '2' || line.data[0] > '5' ||
	    line.data[1] < '0' || line.data[1] > '5' ||
	    !byte_is_digit(line.data[2]))
		return -1;
	return (line.data[0] - '0') * 100 + (line.data[1] - '0') * 10 +
	    (line.data[2] - '0');
}

/* 1 to 3 digits; returns the place behind them, or i when there are none. */
static size_t skip_digits(struct text text, size_t i)
{
	size_t first = i;

	while (i < text.length && i - first < 3 && byte_is_digit(text.data[i]))
		i++;
	return i;
}

/* The length of a status at the start of the text, or 0. */
static size_t status_length(struct text text)
{
	size_t i = 2;

	if (text.length < 5 || text.data[1] != '.' ||
	    (text.data[0] != '2' && text.data[0] != '4' && text.data[0] != '5'))
		return 0;
	i = skip_digits(text, i);
	if (i == 2 || i >= text.length || text.data[i] != '.')
		return 0;
	if (skip_digits(text, i + 1) == i + 1)
		return 0;
	i = skip_digits(text, i + 1);
	return i == text.length || text.data[i] == ' ' ? i : 0;
}

/* Keep the last status of the reply's class and take any off the text. */
static struct text take_status(struct reply *reply, struct text text)
{
	size_t length = status_length(text);

	if (reply->lines == 1) {
		memcpy(reply->status, "0.0.0", sizeof "0.0.0");
		reply->status[0] = (char)('0' + reply->code / 100);
	}
	if (length == 0)
		return text;
	if (text.data[0] == reply->status[0]) {
		memcpy(reply->status, text.data, length);
		reply->status[length] = '\0';
	}
	return text_part(text, length + 1, text.length);
}

/* textstring = 1*(%d09 / %d32-126), and UTF-8 from RFC 6531 3.7.4.1 */
static bool has_control(struct text line)
{
	for (size_t i = 0; i < line.length; i++)
		if (byte_is_control(line.data[i]) && line.data[i] != '\t')
			return true;
	return false;
}

enum reply_state reply_add(struct reply *reply, struct text line)
{
	int code = read_code(line);
	char separator = ' ';

	if (line.length > 3)
		separator = line.data[3];
	reply->bytes += line.length;
	if (code < 0 || (separator != ' ' && separator != '-') ||
	    has_control(line) || (reply->lines > 0 && code != reply->code) ||
	    reply->lines == REPLY_MAX_LINES || reply->bytes > REPLY_MAX_BYTES)
		return REPLY_BAD;
	reply->code = code;
	if (reply->lines++ > 0)
		buf_add_byte(&reply->text, '\n');
	buf_add(&reply->text,
	    take_status(reply, text_part(line, 4, line.length)));
	return separator == '-' ? REPLY_MORE : REPLY_DONE;
}

void reply_clear(struct reply *reply)
{
	struct buf text = reply->text;

	buf_clear(&text);
	*reply = (struct reply){.text = text};
}

void reply_free(struct reply *reply)
{
	buf_free(&reply->text);
	*reply = (struct reply){0};
}

bool reply_is_positive(const struct reply *reply)
{
	return reply->code / 100 == 2;
}

bool reply_is_intermediate(const struct reply *reply)
{
	return reply->code / 100 == 3;
}

bool reply_is_temporary(const struct reply *reply)
{
	return reply->code / 100 == 4;
}

bool reply_is_permanent(const struct reply *reply)
{
	return reply->code / 100 == 5;
}

void reply_add_words(const struct reply *reply, struct buf *buf)
{
	struct text rest = utf8_cut(buf_text(&reply->text), WORDS_SHOWN);
	struct text line;
	const char *before = "";

	while (text_split(&rest, '\n', &line)) {
		buf_add_string(buf, before);
		utf8_add_visible(buf, line);
		before = " ";
	}
}

int reply_refusal(const struct reply *reply, enum error_kind kind,
    const char *who, const char *what, struct error *err)
{
	struct buf shown = {0};

	if (reply->text.length > 0)
		buf_add_byte(&shown, ' ');
	reply_add_words(reply, &shown);
	if (reply_is_temporary(reply))
		kind = ERROR_DEFERRED;
	(void)fail(err, kind, "%s %s %s: %d %s%s", who,
	    kind == ERROR_DEFERRED ? "put off" : "refused", what, reply->code,
	    reply->status, buf_string(&shown));
	err->reply = reply->code;
	memcpy(err->status, reply->status, sizeof err->status);
	buf_free(&shown);
	return -1;
}
