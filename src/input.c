#include "input.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "mem.h"
#include "scan.h"

enum { START_OF_LINE = 1024 }; /* bytes in which a field shows its name */

/* What input_read() needs besides its arguments. */
struct reader {
	struct input *input;
	struct message *message;
	struct scan scan;
	struct buf pending; /* read, not yet part of anything */
	bool is_header_over;
	bool is_at_end;
	bool is_regular;  /* a body stays where it is */
	uint64_t spilled; /* bytes of the body that are in a file of ours */
};

static int read_block(struct reader *reader, struct error *err)
{
	const struct input *input = reader->input;
	struct buf *pending = &reader->pending;
	char *room = buf_room(pending, INPUT_BLOCK);
	ssize_t count = input->read != NULL ?
	    input->read(input->source, room, INPUT_BLOCK, err) :
	    file_read(input->fd, room, INPUT_BLOCK, "the message", err);

	if (count < 0)
		return -1;
	pending->length += (size_t)count;
	reader->is_at_end = count == 0;
	return 0;
}

/* The next line of the header; false when more must be read for it. */
static bool next_line(struct reader *reader, size_t used, struct text *line,
    size_t *length)
{
	struct text rest = buf_text(&reader->pending);

	rest = text_part(rest, used, rest.length);
	*length = text_find(rest, '\n');
	if (*length == rest.length && (!reader->is_at_end || rest.length == 0))
		return false;
	*line = text_part(rest, 0, *length);
	*length = *length < rest.length ? *length + 1 : *length;
	while (line->length > 0 && line->data[line->length - 1] == '\r')
		line->length--;
	return true;
}

/* Give the message the lines that are complete; drops them from pending. */
static int take_lines(struct reader *reader, struct error *err)
{
	enum message_line kind = MESSAGE_FIELD;
	struct text line;
	size_t length = 0;
	size_t used = 0;

	while (kind == MESSAGE_FIELD &&
	    next_line(reader, used, &line, &length)) {
		used += length;
		if (reader->input->dot_ends && text_is(line, ".")) {
			reader->scan.is_over = true;
			kind = MESSAGE_BLANK;
		} else {
			kind = message_add_line(reader->message, line, err);
		}
	}
	if (kind == MESSAGE_BODY)
		used -= length;
	reader->is_header_over = kind != MESSAGE_FIELD;
	buf_skip(&reader->pending, used);
	return kind == MESSAGE_BAD ? -1 : 0;
}

/* A body may begin with a line that is longer than a header may be. */
static void look_ahead(struct reader *reader)
{
	struct text start = buf_text(&reader->pending);

	if (!reader->is_header_over && start.length >= START_OF_LINE)
		reader->is_header_over =
		    message_ends_before(reader->message, start);
}

static int read_header(struct reader *reader, struct error *err)
{
	const struct message *message = reader->message;

	while (!reader->is_header_over && !reader->is_at_end) {
		if (read_block(reader, err) < 0 || take_lines(reader, err) < 0)
			return -1;
		look_ahead(reader);
		if (message->header_length + reader->pending.length >
			MESSAGE_MAX_HEADER &&
		    !reader->is_header_over)
			return fail(err, ERROR_MESSAGE,
			    "the message is not sent: its header is longer "
			    "than %d bytes",
			    MESSAGE_MAX_HEADER);
	}
	return 0;
}

static int open_unnamed(struct reader *reader, struct error *err)
{
	struct body *body = &reader->message->body;

	reader->input->body_fd = file_open_unnamed(err);
	body->fd = reader->input->body_fd;
	body->offset = 0;
	return body->fd >= 0 ? 0 : -1;
}

static int open_file(struct reader *reader, struct error *err)
{
	const struct input *input = reader->input;
	struct body *body = &reader->message->body;

	if (input->make_file != NULL)
		body->fd = input->make_file(input->context);
	if (body->fd < 0)
		return open_unnamed(reader, err);
	body->offset = lseek(body->fd, 0, SEEK_CUR);
	if (body->offset < 0)
		return fail_errno(err, ERROR_IO, "the message cannot be kept");
	return 0;
}

static int write_spilled(void *context, struct text bytes, struct error *err)
{
	const int *fd = context;

	return file_write(*fd, bytes, "the message", err);
}

/*
 * There may be room elsewhere when there is none where it would be kept: then
 * it can at least be sent.
 */
static int move_elsewhere(struct reader *reader, struct error *err)
{
	struct body *body = &reader->message->body;
	const struct body spilled = {
	    .fd = body->fd,
	    .offset = body->offset,
	    .length = reader->spilled,
	};

	if (body->fd == reader->input->body_fd ||
	    open_unnamed(reader, err) < 0 ||
	    input_each_block(&spilled, write_spilled, &body->fd, err) < 0)
		return -1;
	return file_write(body->fd, buf_text(&body->memory), "the message",
	    err);
}

/* Out of memory into a file, once the body is too big for it. */
static int spill(struct reader *reader, struct error *err)
{
	struct body *body = &reader->message->body;

	if (body->fd < 0 && open_file(reader, err) < 0)
		return -1;
	if (file_write(body->fd, buf_text(&body->memory), "the message", err) <
		0 &&
	    move_elsewhere(reader, err) < 0)
		return -1;
	reader->spilled += body->memory.length;
	buf_clear(&body->memory);
	return 0;
}

static int keep_block(struct reader *reader, struct error *err)
{
	struct buf *memory = &reader->message->body.memory;

	if (!reader->is_regular && !reader->scan.is_over) {
		buf_add(memory, buf_text(&reader->pending));
		if (memory->length > INPUT_MAX_MEMORY && spill(reader, err) < 0)
			return -1;
	}
	scan_add(&reader->scan, buf_text(&reader->pending));
	buf_clear(&reader->pending);
	return 0;
}

/* Neither the lone dot nor what was read behind it counts. */
static bool is_too_big(const struct reader *reader)
{
	const struct scan *scan = &reader->scan;
	uint64_t size = reader->message->header_length + scan->body->length;

	if (!(scan->dot_ends && scan->is_dot))
		size += scan->line;
	return size > reader->input->max_size;
}

static int read_body(struct reader *reader, struct error *err)
{
	for (;;) {
		if (keep_block(reader, err) < 0)
			return -1;
		if (is_too_big(reader))
			return fail(err, ERROR_TOO_BIG,
			    "the message is not sent: it is longer than %llu "
			    "bytes; see max_size",
			    (unsigned long long)reader->input->max_size);
		if (reader->is_at_end || reader->scan.is_over)
			break;
		if (read_block(reader, err) < 0)
			return -1;
	}
	scan_end(&reader->scan);
	return reader->spilled > 0 ? spill(reader, err) : 0;
}

/* Where the body of a regular file starts, so that it need not be copied. */
static void place_body(struct reader *reader)
{
	struct body *body = &reader->message->body;
	struct stat status;
	off_t at;

	body->fd = -1;
	if (reader->input->read != NULL)
		return;
	at = lseek(reader->input->fd, 0, SEEK_CUR);
	reader->is_regular = at >= 0 &&
	    fstat(reader->input->fd, &status) == 0 && S_ISREG(status.st_mode);
	if (reader->is_regular) {
		body->fd = reader->input->fd;
		body->offset = at - (off_t)reader->pending.length;
	}
}

int input_read(struct input *input, struct message *message, struct error *err)
{
	struct reader reader = {
	    .input = input,
	    .message = message,
	    .scan = {.body = &message->body, .dot_ends = input->dot_ends},
	};
	int result;

	input->body_fd = -1;
	message->body.fd = -1;
	result = read_header(&reader, err);
	if (result == 0) {
		place_body(&reader);
		result = read_body(&reader, err);
	}
	buf_free(&reader.pending);
	return result;
}

void input_close(struct input *input)
{
	if (input->body_fd >= 0)
		(void)close(input->body_fd);
	input->body_fd = -1;
}

ssize_t input_body(const struct body *body, uint64_t position, char *data,
    size_t size, struct error *err)
{
	uint64_t left = body->length - position;
	ssize_t count;

	if (size > left)
		size = (size_t)left;
	if (size == 0)
		return 0;
	if (body->fd < 0) {
		memcpy(data, buf_string(&body->memory) + position, size);
		return (ssize_t)size;
	}
	count = file_read_at(body->fd, data, size,
	    body->offset + (off_t)position, "the message", err);
	if (count == 0)
		return fail(err, ERROR_IO,
		    "the message has become shorter while it was sent");
	return count;
}

int input_each_block(const struct body *body, input_taker *take, void *context,
    struct error *err)
{
	char *block = mem_alloc(INPUT_BLOCK, 1);
	uint64_t position = 0;
	int result = 0;

	while (result == 0 && position < body->length) {
		ssize_t count =
		    input_body(body, position, block, INPUT_BLOCK, err);

		if (count < 0) {
			result = -1;
			break;
		}
		result =
		    take(context, (struct text){block, (size_t)count}, err);
		position += (uint64_t)count;
	}
	free(block);
	return result;
}
