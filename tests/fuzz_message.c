/*
 * fuzz_message.c - a message from its first line to the end of the data
 *
 * The first byte says whether a lone dot ends the input and in which steps the
 * rest is read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "complete.h"
#include "dotstuff.h"
#include "scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct stamp stamp = {
    .id = "ID",
    .hostname = "host",
    .domain = "domain",
    .sender = "me@domain",
    .full_name = "Me",
};

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

/* Without line ends; the body is left in rest. */
static bool read_header(struct message *message, struct text *rest)
{
	enum message_line kind = MESSAGE_FIELD;
	struct error err = {0};
	struct text line;

	while (kind == MESSAGE_FIELD && rest->length > 0) {
		struct text before = *rest;

		(void)text_split(rest, '\n', &line);
		while (line.length > 0 && line.data[line.length - 1] == '\r')
			line.length--;
		kind = message_add_line(message, line, &err);
		if (kind == MESSAGE_BODY)
			*rest = before;
	}
	return kind != MESSAGE_BAD;
}

/* As lines end on the wire, and as many of them. */
static size_t count_lines(struct text wire)
{
	size_t lines = 0;

	for (size_t i = 0; i < wire.length; i++) {
		bool is_behind_cr = i > 0 && wire.data[i - 1] == '\r';

		require((wire.data[i] == '\n') == is_behind_cr);
		lines += wire.data[i] == '\n' ? 1 : 0;
	}
	return lines;
}

/* The server's view: dots taken off, up to the lone dot, which is the end. */
static void read_wire(struct text wire, struct buf *lines, size_t *dots)
{
	struct text line;

	while (text_split(&wire, '\n', &line)) {
		line.length--;
		if (text_is(line, "."))
			break;
		if (line.length > 0 && line.data[0] == '.') {
			line = text_part(line, 1, line.length);
			(*dots)++;
		}
		buf_add(lines, line);
		buf_add_byte(lines, '\n');
	}
	require(wire.length == 0);
}

/* What arrives has the same fields, and none that should not be seen. */
static void require_same_header(const struct message *message,
    struct text lines)
{
	struct message arrived = {0};

	require(read_header(&arrived, &lines));
	require(arrived.field_count == message->field_count);
	for (size_t i = 0; i < arrived.field_count; i++)
		require(arrived.fields[i].length == message->fields[i].length);
	require(message_field(&arrived, "Bcc", NULL) == NULL);
	require(message_field(&arrived, "Resent-Bcc", NULL) == NULL);
	message_free(&arrived);
}

static void stuff(struct dotstuff *state, struct text bytes, struct buf *wire)
{
	wire->length +=
	    dotstuff_add(state, bytes, buf_room(wire, 2 * bytes.length + 1));
}

static void deliver(struct message *message, struct text body, size_t step,
    struct scan *scan)
{
	struct dotstuff state = {0};
	struct buf header = {0};
	struct buf wire = {0};
	struct buf lines = {0};
	size_t dots = 0;

	for (size_t i = 0; i < message->field_count; i++) {
		buf_add(&header, field_text(&message->fields[i]));
		buf_add_byte(&header, '\n');
	}
	buf_add_byte(&header, '\n');
	stuff(&state, buf_text(&header), &wire);
	for (size_t i = 0; i < body.length; i += step)
		scan_add(scan, text_part(body, i, i + step));
	scan_end(scan);
	require(scan->body->length <= body.length);
	body.length = (size_t)scan->body->length;
	for (size_t i = 0; i < body.length; i += step)
		stuff(&state, text_part(body, i, i + step), &wire);
	wire.length += dotstuff_end(&state, buf_room(&wire, DOTSTUFF_END_MAX));
	require(count_lines(buf_text(&wire)) > 0);
	read_wire(buf_text(&wire), &lines, &dots);
	require(wire.length == message_wire_length(message) + dots + 3);
	require_same_header(message, buf_text(&lines));
	buf_free(&header);
	buf_free(&wire);
	buf_free(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message message = {.body.fd = -1};
	struct text rest = {(const char *)data, size};
	struct scan scan = {.body = &message.body};
	struct strlist recipients = {0};
	struct error err = {0};
	size_t step;

	if (size == 0)
		return 0;
	scan.dot_ends = data[0] % 2 == 1;
	step = 1 + data[0] / 2;
	rest = text_part(rest, 1, rest.length);
	if (read_header(&message, &rest)) {
		(void)complete_recipients(&message, "domain", &recipients,
		    &err);
		if (complete_message(&message, &stamp, &err) == 0)
			deliver(&message, rest, step, &scan);
	}
	strlist_free(&recipients);
	message_free(&message);
	return 0;
}
