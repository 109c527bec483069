#include "mime.h"

#include <stdlib.h>
#include <string.h>

#include "header.h"
#include "mem.h"
#include "token.h"
#include "transfer.h"
#include "utf8.h"

/*
 * RFC 2046 section 5.1.1:
 *
 * multipart-body    := [preamble CRLF]
 *                      dash-boundary transport-padding CRLF
 *                      body-part *encapsulation
 *                      close-delimiter transport-padding
 *                      [CRLF epilogue]
 * dash-boundary     := "--" boundary
 * encapsulation     := delimiter transport-padding CRLF body-part
 * delimiter         := CRLF dash-boundary
 * close-delimiter   := delimiter "--"
 * transport-padding := *LWSP-char
 */

/* Encoding them is forbidden or would change what they say (RFC 2046 5.2). */
static const char *const opaque_types[] = {"multipart/signed",
    "message/partial", "message/external-body", "message/delivery-status",
    "message/disposition-notification"};

static struct part *last_part(const struct mime *mime)
{
	return &mime->parts[mime->count - 1];
}

static void restart_facts(struct mime *mime)
{
	struct part *part = last_part(mime);

	part->facts = (struct body){.fd = -1};
	mime->scan = (struct scan){.body = &part->facts};
	mime->cut_length = 0;
}

/* Opaque until its header is understood. */
static void begin_part(struct mime *mime, size_t parent, bool has_header)
{
	mime->parts[mime->count] = (struct part){
	    .parent = parent,
	    .header = mime->position,
	    .start = mime->position,
	    .is_utf8 = true,
	};
	mime->count++;
	mime->is_in_header = has_header;
	if (mime->count == MIME_MAX_PARTS) {
		mime->is_in_header = false;
		mime->level_count = 0;
	}
	restart_facts(mime);
}

static enum part_encoding read_encoding(const struct message *header)
{
	const struct field *field =
	    message_field(header, "Content-Transfer-Encoding", NULL);
	struct text value;

	if (field == NULL)
		return PART_7BIT;
	value = text_trim(field_body(field));
	if (value.length == 0 || text_is_nocase(value, "7bit"))
		return PART_7BIT;
	if (text_is_nocase(value, "8bit"))
		return PART_8BIT;
	return text_is_nocase(value, "binary") ? PART_BINARY : PART_ENCODED;
}

static bool is_opaque(struct text type)
{
	for (size_t i = 0; i < sizeof opaque_types / sizeof *opaque_types; i++)
		if (text_is_nocase(type, opaque_types[i]))
			return true;
	return false;
}

static bool is_in_digest(const struct mime *mime, const struct part *part)
{
	const struct level *level;

	if (mime->level_count == 0)
		return false;
	level = &mime->levels[mime->level_count - 1];
	return level->part == part->parent && level->is_digest;
}

/* The boundary among the parameters; false when there is none to use. */
static bool read_boundary(struct level *level, struct text params)
{
	struct buf value = {0};
	struct param param;
	struct text text;

	while (token_split(&params, ';', &text))
		if (param_read(text, &param) &&
		    text_is_nocase(param.name, "boundary") && value.length == 0)
			token_add_plain(&value, token_inside(param.value));
	text = buf_text(&value);
	while (text.length > 0 && byte_is_blank(text.data[text.length - 1]))
		text.length--;
	level->length = text.length <= sizeof level->boundary ? text.length : 0;
	memcpy(level->boundary, buf_string(&value), level->length);
	buf_free(&value);
	return level->length > 0;
}

static void enter_multipart(struct mime *mime, struct text type,
    struct text params)
{
	struct level *level;

	if (mime->level_count == MIME_MAX_DEPTH)
		return;
	level = &mime->levels[mime->level_count];
	if (!read_boundary(level, params))
		return;
	level->part = mime->count - 1;
	level->is_digest = text_is_nocase(type, "multipart/digest");
	mime->level_count++;
	last_part(mime)->kind = PART_COMPOSITE;
	/* Opaque for now: no boundary may come, and this be all there is. */
	begin_part(mime, level->part, false);
}

static void enter_message(struct mime *mime)
{
	if (last_part(mime)->encoding == PART_ENCODED)
		return;
	last_part(mime)->kind = PART_COMPOSITE;
	begin_part(mime, mime->count - 1, true);
	last_part(mime)->is_message = true;
}

/* The last part's header is complete: what is it? */
static void enter_part(struct mime *mime, const struct message *header)
{
	const struct field *field = message_field(header, "Content-Type", NULL);
	struct part *part = last_part(mime);
	struct text params = {NULL, 0};
	struct text type =
	    text_of(is_in_digest(mime, part) ? "message/rfc822" : "text/plain");

	if (field != NULL) {
		params = field_body(field);
		if (token_split(&params, ';', &type))
			type = text_trim(type);
	}
	part->has_type = field != NULL;
	part->encoding = read_encoding(header);
	part->is_header_8bit = message_header_is_8bit(header);
	part->is_header_long = !header_is_fit(header, true);
	if (is_opaque(type))
		return;
	if (text_begins_nocase(type, "multipart/")) {
		enter_multipart(mime, type, params);
	} else if (text_is_nocase(type, "message/rfc822")) {
		enter_message(mime);
	} else if (part->encoding != PART_ENCODED) {
		part->kind = PART_LEAF;
		/* RFC 2045 5.2: what is no type is plain text. */
		part->is_text = text_begins_nocase(type, "text/") ||
		    text_find(type, '/') == type.length;
	}
}

static void end_header(struct mime *mime)
{
	last_part(mime)->start = mime->position;
	mime->is_in_header = false;
	restart_facts(mime);
	enter_part(mime, &mime->header);
	message_free(&mime->header);
}

static void look_at_character(struct mime *mime, char byte)
{
	struct text cut = {mime->cut, mime->cut_length + 1};

	mime->cut[mime->cut_length++] = byte;
	if (utf8_next(&cut) >= 0)
		mime->cut_length = 0;
	else if (mime->cut_length == sizeof mime->cut)
		last_part(mime)->is_utf8 = false;
}

static void look_at_text(struct mime *mime, struct text bytes)
{
	struct part *part = last_part(mime);

	for (size_t i = 0; i < bytes.length; i++) {
		if (transfer_escapes(bytes.data[i]))
			part->escape_count++;
		if (part->is_utf8 &&
		    (mime->cut_length > 0 || byte_is_8bit(bytes.data[i])))
			look_at_character(mime, bytes.data[i]);
	}
}

static void take(struct mime *mime, struct text bytes);

/* A line that is no field is where the content begins, as in a message. */
static void take_back(struct mime *mime)
{
	struct buf line = mime->line;

	mime->line = (struct buf){0};
	mime->position -= line.length;
	end_header(mime);
	take(mime, buf_text(&line));
	buf_free(&line);
}

static void take_header_line(struct mime *mime)
{
	struct text line = buf_text(&mime->line);
	struct error ignored;
	enum message_line kind = MESSAGE_BAD;

	while (line.length > 0 &&
	    (line.data[line.length - 1] == '\n' ||
		line.data[line.length - 1] == '\r'))
		line.length--;
	if (mime->header.header_length + line.length < MIME_MAX_HEADER)
		kind = message_add_line(&mime->header, line, &ignored);
	switch (kind) {
	case MESSAGE_FIELD:
		break;
	case MESSAGE_BLANK:
		end_header(mime);
		break;
	case MESSAGE_BODY:
		take_back(mime);
		return;
	case MESSAGE_BAD:
		mime->is_in_header = false;
		message_free(&mime->header);
		break;
	}
	buf_clear(&mime->line);
}

static void take_header(struct mime *mime, struct text bytes)
{
	buf_add(&mime->line, bytes);
	if (!mime->is_inside_line || mime->line.length > MIME_MAX_HEADER)
		take_header_line(mime);
}

/* Bytes of one line that is no boundary, perhaps not all of them. */
static void take(struct mime *mime, struct text bytes)
{
	char last = bytes.data[bytes.length - 1];

	if (bytes.length > 1)
		mime->is_after_cr = bytes.data[bytes.length - 2] == '\r';
	mime->line_end = mime->is_after_cr ? 2 : 1;
	mime->is_after_cr = last == '\r';
	mime->is_inside_line = last != '\n';
	mime->position += bytes.length;
	scan_add(&mime->scan, bytes);
	if (mime->is_in_header)
		take_header(mime, bytes);
	else if (last_part(mime)->kind == PART_LEAF && last_part(mime)->is_text)
		look_at_text(mime, bytes);
}

/* The line end before a boundary is part of the boundary. */
static void end_part(struct mime *mime, uint64_t line_end)
{
	struct part *part;

	while (mime->is_in_header)
		end_header(mime);
	part = last_part(mime);
	part->end = mime->position;
	if (part->end - part->start >= line_end)
		part->end -= line_end;
	if (mime->cut_length > 0)
		part->is_utf8 = false;
	scan_end(&mime->scan);
}

static bool may_be_delimiter(const struct mime *mime, struct text line)
{
	return mime->level_count > 0 && line.length <= MIME_MAX_DELIMITER &&
	    line.data[0] == '-' && (line.length < 2 || line.data[1] == '-');
}

static bool is_delimiter(const struct level *level, struct text line,
    bool *is_last)
{
	struct text rest = text_part(line, 2, line.length);

	if (rest.length < level->length ||
	    memcmp(rest.data, level->boundary, level->length) != 0)
		return false;
	rest = text_part(rest, level->length, rest.length);
	*is_last = text_is(text_part(rest, 0, 2), "--");
	if (*is_last)
		rest = text_part(rest, 2, rest.length);
	return text_trim(rest).length == 0;
}

/* A boundary of an outer multipart ends the inner ones (RFC 2046 5.1.2). */
static bool take_delimiter(struct mime *mime, struct text line)
{
	size_t i = mime->level_count;
	bool is_last = false;
	size_t parent;

	while (i > 0 && !is_delimiter(&mime->levels[i - 1], line, &is_last))
		i--;
	if (i == 0)
		return false;
	end_part(mime, mime->line_end);
	mime->level_count = is_last ? i - 1 : i;
	mime->position += line.length;
	parent = mime->levels[i - 1].part;
	mime->parts[parent + 1].kind = PART_FILLER;
	begin_part(mime, parent, !is_last);
	if (is_last && mime->count < MIME_MAX_PARTS)
		last_part(mime)->kind = PART_FILLER;
	return true;
}

static void take_held(struct mime *mime)
{
	if (mime->held.length == 0)
		return;
	if (!may_be_delimiter(mime, buf_text(&mime->held)) ||
	    !take_delimiter(mime, buf_text(&mime->held)))
		take(mime, buf_text(&mime->held));
	buf_clear(&mime->held);
}

void mime_add(struct mime *mime, struct text bytes)
{
	while (bytes.length > 0) {
		size_t end = text_find(bytes, '\n') + 1;
		struct text piece = text_part(bytes, 0, end);
		struct buf *held = &mime->held;

		if (held->length == 0 &&
		    (mime->is_inside_line || !may_be_delimiter(mime, piece))) {
			take(mime, piece);
		} else {
			buf_add(held, piece);
			if (end <= bytes.length ||
			    !may_be_delimiter(mime, buf_text(held)))
				take_held(mime);
		}
		bytes = text_part(bytes, end, bytes.length);
	}
}

void mime_begin(struct mime *mime, const struct message *message)
{
	*mime = (struct mime){
	    .parts = mem_alloc(MIME_MAX_PARTS, sizeof *mime->parts),
	    .header = {.body.fd = -1},
	};
	begin_part(mime, 0, false);
	last_part(mime)->is_message = true;
	enter_part(mime, message);
}

void mime_end(struct mime *mime)
{
	take_held(mime);
	if (mime->is_in_header && mime->line.length > 0)
		take_header_line(mime);
	end_part(mime, 0);
}

void mime_free(struct mime *mime)
{
	free(mime->parts);
	buf_free(&mime->held);
	buf_free(&mime->line);
	message_free(&mime->header);
	*mime = (struct mime){0};
}
