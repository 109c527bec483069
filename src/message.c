#include "message.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

/*
 * field      = field-name *WSP ":" unstructured CRLF      RFC 5322 2.2, 4.5
 * field-name = 1*ftext          ; %d33-57 / %d59-126
 */
static size_t name_length(struct text line)
{
	size_t n = 0;

	while (n < line.length && line.data[n] > ' ' && line.data[n] < 0x7f &&
	    line.data[n] != ':')
		n++;
	return n;
}

/* Behind the colon, or 0 when the line is no field. */
static size_t find_body(struct text line, size_t name)
{
	size_t i = name;

	while (i < line.length && byte_is_blank(line.data[i]))
		i++;
	return name > 0 && i < line.length && line.data[i] == ':' ? i + 1 : 0;
}

static struct field *insert(struct message *message, size_t place)
{
	if (message->field_count == message->field_capacity) {
		message->field_capacity = 2 * message->field_capacity + 16;
		message->fields = mem_resize(message->fields,
		    message->field_capacity, sizeof *message->fields);
	}
	memmove(message->fields + place + 1, message->fields + place,
	    (message->field_count - place) * sizeof *message->fields);
	message->field_count++;
	return &message->fields[place];
}

static void set_field(struct field *field, struct text line)
{
	size_t length = name_length(line);

	*field = (struct field){
	    .text = text_dup(line),
	    .length = line.length,
	    .name_length = length,
	    .body_start = find_body(line, length),
	};
}

static void set_body(struct field *field, const char *name, struct text body)
{
	struct buf line = {0};

	buf_addf(&line, "%s: ", name);
	buf_add(&line, body);
	set_field(field, buf_text(&line));
	buf_free(&line);
}

/* Doubling the room keeps a field of many thousand lines linear. */
static void continue_field(struct field *field, struct text line)
{
	size_t length = field->length + 1 + line.length;

	if (length >= field->capacity) {
		field->capacity = 2 * length + 1;
		field->text = mem_resize(field->text, field->capacity, 1);
	}
	field->text[field->length] = '\n';
	memcpy(field->text + field->length + 1, line.data, line.length);
	field->length = length;
	field->text[length] = '\0';
}

static bool is_mbox_line(const struct message *message, struct text line)
{
	if (message->field_count > 0)
		return false;
	return text_is(text_part(line, 0, 5), "From ") ||
	    text_is(text_part(line, 0, 6), ">From ");
}

static enum message_line bad_line(struct error *err, const char *why)
{
	(void)fail(err, ERROR_MESSAGE, "the message is not sent: %s", why);
	return MESSAGE_BAD;
}

enum message_line message_add_line(struct message *message, struct text line,
    struct error *err)
{
	message->header_length += line.length + 1;
	if (line.length == 0)
		return MESSAGE_BLANK;
	if (text_find(line, '\0') < line.length)
		return bad_line(err, "its header has a NUL byte");
	if (byte_is_blank(line.data[0]) && message->field_count > 0) {
		continue_field(&message->fields[message->field_count - 1],
		    line);
		return MESSAGE_FIELD;
	}
	if (find_body(line, name_length(line)) == 0)
		return is_mbox_line(message, line) ? MESSAGE_FIELD :
						     MESSAGE_BODY;
	if (message->field_count == MESSAGE_MAX_FIELDS)
		return bad_line(err, "its header has more than 10000 fields");
	set_field(insert(message, message->field_count), line);
	return MESSAGE_FIELD;
}

bool message_ends_before(const struct message *message, struct text start)
{
	bool is_continuation =
	    byte_is_blank(start.data[0]) && message->field_count > 0;

	return !is_continuation && find_body(start, name_length(start)) == 0;
}

void message_share(struct message *copy, const struct message *message)
{
	*copy = *message;
	copy->body.is_shared = true;
	copy->field_capacity = message->field_count;
	copy->fields = mem_alloc(message->field_count, sizeof *copy->fields);
	for (size_t i = 0; i < message->field_count; i++) {
		copy->fields[i] = message->fields[i];
		copy->fields[i].text =
		    text_dup(field_text(&message->fields[i]));
		copy->fields[i].capacity = 0;
	}
}

void message_free(struct message *message)
{
	for (size_t i = 0; i < message->field_count; i++)
		free(message->fields[i].text);
	free(message->fields);
	if (!message->body.is_shared)
		buf_free(&message->body.memory);
	*message = (struct message){.body.fd = -1};
}

struct text field_text(const struct field *field)
{
	return (struct text){field->text, field->length};
}

struct text field_name(const struct field *field)
{
	return (struct text){field->text, field->name_length};
}

struct text field_body(const struct field *field)
{
	return text_part(field_text(field), field->body_start, field->length);
}

struct field *message_field(const struct message *message, const char *name,
    const struct field *after)
{
	size_t i = after != NULL ? (size_t)(after - message->fields) + 1 : 0;

	for (; i < message->field_count; i++)
		if (text_is_nocase(field_name(&message->fields[i]), name))
			return &message->fields[i];
	return NULL;
}

void message_append(struct message *message, const char *name, struct text body)
{
	set_body(insert(message, message->field_count), name, body);
}

void message_prepend(struct message *message, const char *name,
    struct text body)
{
	set_body(insert(message, 0), name, body);
}

void message_replace(struct field *field, struct text body)
{
	struct buf line = {0};

	buf_add(&line,
	    text_part((struct text){field->text, field->length}, 0,
		field->body_start));
	buf_add(&line, body);
	free(field->text);
	set_field(field, buf_text(&line));
	buf_free(&line);
}

void message_remove(struct message *message, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < message->field_count; i++) {
		struct field *field = &message->fields[i];

		if (text_is_nocase(field_name(field), name))
			free(field->text);
		else
			message->fields[kept++] = *field;
	}
	message->field_count = kept;
}

uint64_t message_wire_length(const struct message *message)
{
	uint64_t length = message->body.wire_length + 2;

	for (size_t i = 0; i < message->field_count; i++) {
		struct text rest = field_text(&message->fields[i]);
		struct text line;

		while (text_split(&rest, '\n', &line))
			length += line.length + 2;
	}
	return length;
}

bool message_header_is_8bit(const struct message *message)
{
	for (size_t i = 0; i < message->field_count; i++)
		if (text_has_8bit(field_text(&message->fields[i])))
			return true;
	return false;
}
