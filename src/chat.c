#include "chat.h"

#include <stdarg.h>
#include <stdlib.h>

#include "clock.h"
#include "mem.h"

enum {
	SECRET_PART = 12, /* bytes of a secret that are too many */
	READ_SIZE = 16 * 1024,
	OUT_OF_TURN_MS = 100 /* to complete what came out of turn */
};

void chat_say_secret(struct chat *chat, const char *shown, struct text line)
{
	transcript_add(chat->transcript, '>', text_of(shown));
	buf_add(&chat->out, line);
	buf_add_string(&chat->out, "\r\n");
}

void chat_say(struct chat *chat, const char *format, ...)
{
	va_list values;
	char *line;

	va_start(values, format);
	line = mem_format(format, values);
	va_end(values);
	chat_say_secret(chat, line, text_of(line));
	free(line);
}

int chat_send(struct chat *chat, struct text bytes, int64_t deadline,
    struct error *err)
{
	if (chat->transport->methods->write(chat->transport, bytes, deadline,
		err) == 0)
		return 0;
	transcript_addf(chat->transcript, '*', "%s", err->text);
	return fail_within(err, "%s: ", chat->peer);
}

void chat_hide(struct chat *chat, struct text secret)
{
	if (secret.length > 0)
		strlist_add(&chat->hidden, secret);
}

int chat_flush(struct chat *chat, int64_t deadline, struct error *err)
{
	/* Whatever it says now, it may say something else the next time. */
	int result =
	    chat_check_silence(chat, ERROR_DEFERRED, "the session", err);

	if (result == 0)
		result = chat_send(chat, buf_text(&chat->out), deadline, err);
	buf_wipe(&chat->out);
	return result;
}

int chat_check_silence(struct chat *chat, enum error_kind kind,
    const char *what, struct error *err)
{
	struct reply reply = {0};
	int result;

	if (chat->in.length == 0 &&
	    !chat->transport->methods->has_input(chat->transport))
		return 0;
	result = chat_hear(chat, &reply, clock_ticks() + OUT_OF_TURN_MS, err);
	/* It may say at any time that it has to go (RFC 5321 3.8, 4.2.5). */
	if (result == 0 &&
	    (reply_is_temporary(&reply) || reply_is_permanent(&reply)))
		(void)reply_refusal(&reply, kind, chat->peer, what, err);
	else
		(void)fail(err, ERROR_PROTOCOL,
		    "%s: the server spoke before it was asked", chat->peer);
	reply_free(&reply);
	return -1;
}

/* Wait for more bytes. */
static int receive(struct chat *chat, int64_t deadline, struct error *err)
{
	ssize_t count = chat->transport->methods->read(chat->transport,
	    buf_room(&chat->in, READ_SIZE), READ_SIZE, deadline, err);

	if (count == 0)
		return fail(err, ERROR_NETWORK,
		    "the server closed the connection");
	if (count < 0)
		return -1;
	chat->in.length += (size_t)count;
	/* The deadline is for the whole reply, however it trickles in. */
	if (clock_ticks() > deadline)
		return fail(err, ERROR_NETWORK, "no whole answer in time");
	return 0;
}

/* Read until there is a whole line; its length, with LF, goes to *length. */
static int await_line(struct chat *chat, size_t *length, int64_t deadline,
    struct error *err)
{
	size_t end;

	while ((end = text_find(buf_text(&chat->in), '\n')) ==
	    chat->in.length) {
		if (end > REPLY_MAX_BYTES)
			return fail(err, ERROR_PROTOCOL,
			    "a line of the answer has no end");
		if (receive(chat, deadline, err) < 0)
			return -1;
	}
	*length = end + 1;
	return 0;
}

/* How many bytes here repeat one of the secrets, or a good part of it. */
static size_t match_secret(struct text line, const struct strlist *secrets)
{
	for (size_t i = 0; i < secrets->count; i++) {
		const char *secret = secrets->items[i];
		size_t length = 0;

		while (length < line.length && secret[length] != '\0' &&
		    secret[length] == line.data[length])
			length++;
		if (secret[length] == '\0' || length >= SECRET_PART)
			return length;
	}
	return 0;
}

/* The length of "250-" or "250 "; 0 where there is no such thing. */
static size_t code_length(struct text line)
{
	if (line.length < 4 || !byte_is_digit(line.data[0]) ||
	    !byte_is_digit(line.data[1]) || !byte_is_digit(line.data[2]) ||
	    (line.data[3] != ' ' && line.data[3] != '-'))
		return 0;
	return 4;
}

/* Add the line with "[hidden]" for each secret that is behind the code. */
static void add_hiding(struct buf *buf, struct text line,
    const struct strlist *secrets)
{
	size_t code = code_length(line);

	buf_add(buf, text_part(line, 0, code));
	line = text_part(line, code, line.length);
	while (line.length > 0) {
		size_t length = match_secret(line, secrets);

		if (length > 0)
			buf_add_string(buf, "[hidden]");
		else
			buf_add_byte(buf, line.data[0]);
		line = text_part(line, length > 0 ? length : 1, line.length);
	}
}

/* The lines of one reply; what was heard of it is written down in any case. */
static int hear_lines(struct chat *chat, struct reply *reply, struct buf *heard,
    int64_t deadline, struct error *err)
{
	enum reply_state state = REPLY_MORE;

	while (state == REPLY_MORE) {
		size_t length = 0;
		size_t start;
		struct text line;

		if (await_line(chat, &length, deadline, err) < 0)
			return -1;
		line = text_part(buf_text(&chat->in), 0, length - 1);
		if (line.length > 0 && line.data[line.length - 1] == '\r')
			line.length--;
		if (heard->length > 0)
			buf_add_byte(heard, '\n');
		start = heard->length;
		if (chat->hidden.count > 0)
			add_hiding(heard, line, &chat->hidden);
		else
			buf_add(heard, line);
		line = buf_text(heard);
		state = reply_add(reply, text_part(line, start, line.length));
		buf_skip(&chat->in, length);
	}
	if (state == REPLY_BAD)
		return fail(err, ERROR_PROTOCOL,
		    "what the server says is no SMTP reply");
	return 0;
}

int chat_hear(struct chat *chat, struct reply *reply, int64_t deadline,
    struct error *err)
{
	struct buf heard = {0};
	int result;

	reply_clear(reply);
	result = hear_lines(chat, reply, &heard, deadline, err);
	if (heard.length > 0)
		transcript_add(chat->transcript, '<', buf_text(&heard));
	buf_free(&heard);
	if (result == 0)
		return 0;
	transcript_addf(chat->transcript, '*', "%s", err->text);
	return fail_within(err, "%s: ", chat->peer);
}

int chat_ask(struct chat *chat, struct reply *reply, int64_t deadline,
    struct error *err)
{
	if (chat_flush(chat, deadline, err) < 0)
		return -1;
	return chat_hear(chat, reply, deadline, err);
}

int chat_start_tls(struct chat *chat, int64_t deadline, struct error *err)
{
	const struct transport_methods *methods = chat->transport->methods;
	struct buf summary = {0};

	/* CVE-2011-0411 from the client's side: an answer sent ahead. */
	if (chat_check_silence(chat, ERROR_DEFERRED, "the session", err) < 0)
		return -1;
	if (methods->start_tls(chat->transport, deadline, err) < 0) {
		transcript_addf(chat->transcript, '*', "%s", err->text);
		return fail_within(err, "%s: ", chat->peer);
	}
	methods->tls_summary(chat->transport, &summary);
	transcript_add(chat->transcript, '*', buf_text(&summary));
	buf_free(&summary);
	return 0;
}

void chat_free(struct chat *chat)
{
	buf_wipe(&chat->out);
	buf_free(&chat->in);
	strlist_wipe(&chat->hidden);
}
