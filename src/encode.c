#include "encode.h"

#include <stdlib.h>

#include "header.h"
#include "mem.h"

/* Text gets longer in quoted-printable than in base64 from here on: 1 in 6. */
enum { QUOTED_GAIN = 6 };

/* What becomes of one part. */
struct change {
	enum transfer_kind transfer; /* of its content */
	const char *label; /* its new Content-Transfer-Encoding, or NULL */
	bool has_new_header;
	bool is_changed; /* it, or a part inside it */
	bool leaves_8bit;
};

/* Where in the current part the second pass is. */
enum { STAGE_BEFORE, STAGE_HEADER, STAGE_CONTENT };

bool encode_is_needed(const struct body *body, bool offers_8bitmime)
{
	return body->has_nul || body->has_bare_cr ||
	    body->longest_line > TRANSFER_MAX_LINE ||
	    (body->has_8bit && !offers_8bitmime);
}

void encode_begin(struct encode *encode, const struct message *message,
    bool offers_8bitmime)
{
	*encode = (struct encode){.offers_8bitmime = offers_8bitmime};
	mime_begin(&encode->mime, message);
}

void encode_look(struct encode *encode, struct text bytes)
{
	mime_add(&encode->mime, bytes);
}

static enum transfer_kind choose_transfer(const struct part *part)
{
	const struct body *facts = &part->facts;

	if (part->kind == PART_FILLER)
		return TRANSFER_FLAT;
	if (part->is_text && part->encoding != PART_BINARY && !facts->has_nul &&
	    !facts->has_bare_cr &&
	    part->escape_count * QUOTED_GAIN <= part->end - part->start)
		return TRANSFER_QUOTED;
	return TRANSFER_BASE64;
}

/* A bare CR in text is one that its writer did not mean: see dotstuff.h. */
static bool needs_encoding(const struct part *part, bool offers_8bitmime)
{
	const struct body *facts = &part->facts;

	return facts->has_nul || facts->longest_line > TRANSFER_MAX_LINE ||
	    (facts->has_bare_cr && !part->is_text) ||
	    (facts->has_8bit && !offers_8bitmime);
}

static void plan_content(struct encode *encode, const struct part *part,
    struct change *change)
{
	bool is_needed = needs_encoding(part, encode->offers_8bitmime);

	if (is_needed && part->kind != PART_OPAQUE) {
		change->transfer = choose_transfer(part);
		change->is_changed = true;
		if (change->transfer == TRANSFER_QUOTED)
			change->label = "quoted-printable";
		if (change->transfer == TRANSFER_BASE64)
			change->label = "base64";
		return;
	}
	change->leaves_8bit = part->facts.has_8bit;
	encode->leaves_nul = encode->leaves_nul || part->facts.has_nul;
}

/* RFC 2045 6.4: a composite part has the widest encoding of those inside. */
static void plan_composite(const struct part *part, struct change *change)
{
	bool is_wide =
	    part->encoding == PART_8BIT || part->encoding == PART_BINARY;

	if (!change->is_changed || !is_wide)
		return;
	if (!change->leaves_8bit)
		change->label = "7bit";
	else if (part->encoding == PART_BINARY)
		change->label = "8bit";
}

static void plan_part(struct encode *encode, size_t i)
{
	const struct part *part = &encode->mime.parts[i];
	struct change *change = &encode->changes[i];
	struct change *outer = &encode->changes[part->parent];

	if (part->kind == PART_COMPOSITE)
		plan_composite(part, change);
	else
		plan_content(encode, part, change);
	change->has_new_header = change->label != NULL ||
	    part->is_header_long ||
	    (part->is_header_8bit && !encode->offers_8bitmime);
	if (part->is_header_8bit && encode->offers_8bitmime)
		change->leaves_8bit = true;
	if (change->has_new_header)
		change->is_changed = true;
	outer->is_changed = outer->is_changed || change->is_changed;
	outer->leaves_8bit = outer->leaves_8bit || change->leaves_8bit;
}

static void begin_content(struct encode *encode)
{
	const struct part *part = &encode->mime.parts[encode->part];

	encode->stage = STAGE_CONTENT;
	encode->transfer = (struct transfer){
	    .kind = encode->changes[encode->part].transfer,
	    .has_lines = part->is_text && part->encoding != PART_BINARY,
	};
}

void encode_plan(struct encode *encode)
{
	struct mime *mime = &encode->mime;

	mime_end(mime);
	encode->changes = mem_alloc(mime->count, sizeof *encode->changes);
	/* From the inside out. */
	for (size_t i = mime->count; i > 0; i--)
		plan_part(encode, i - 1);
	encode->leaves_8bit =
	    encode->changes[0].leaves_8bit && !encode->offers_8bitmime;
	begin_content(encode);
}

static bool is_label(const struct field *field)
{
	return text_is_nocase(field_name(field), "Content-Transfer-Encoding");
}

/* Content that got a new encoding must be MIME, if it was not before. */
static void add_missing(struct buf *out, const struct part *part,
    const struct message *header)
{
	if (part->is_message &&
	    message_field(header, "MIME-Version", NULL) == NULL)
		buf_add_string(out, "MIME-Version: 1.0\n");
	if (!part->has_type && part->facts.has_8bit)
		buf_addf(out, "Content-Type: text/plain; charset=%s\n",
		    part->is_utf8 ? "utf-8" : "unknown-8bit");
}

static void add_fields(struct buf *out, const struct message *header,
    const struct part *part, const char *label, bool keeps_8bit)
{
	for (size_t i = 0; i < header->field_count; i++) {
		const struct field *field = &header->fields[i];

		if (label != NULL && is_label(field))
			continue;
		header_add_field(out, field, keeps_8bit);
		buf_add_byte(out, '\n');
	}
	if (label == NULL)
		return;
	add_missing(out, part, header);
	buf_addf(out, "Content-Transfer-Encoding: %s\n", label);
}

void encode_add_header(const struct encode *encode,
    const struct message *message, bool keeps_8bit, struct buf *out)
{
	const char *label =
	    encode->changes != NULL ? encode->changes[0].label : NULL;

	add_fields(out, message, encode->mime.parts, label, keeps_8bit);
}

/* The header of a part has been collected; its lines are fields. */
static void add_part_header(struct encode *encode, struct buf *out)
{
	struct message header = {.body.fd = -1};
	struct text rest = buf_text(&encode->header);
	struct error ignored;
	struct text line;

	while (text_split(&rest, '\n', &line)) {
		while (line.length > 0 && line.data[line.length - 1] == '\r')
			line.length--;
		if (message_add_line(&header, line, &ignored) != MESSAGE_FIELD)
			break;
	}
	add_fields(out, &header, &encode->mime.parts[encode->part],
	    encode->changes[encode->part].label, encode->offers_8bitmime);
	buf_add_byte(out, '\n');
	message_free(&header);
	buf_clear(&encode->header);
}

static uint64_t stage_end(const struct encode *encode)
{
	const struct part *part = &encode->mime.parts[encode->part];

	if (encode->part == encode->mime.count)
		return UINT64_MAX;
	if (encode->stage == STAGE_BEFORE)
		return part->header;
	if (encode->stage == STAGE_HEADER || part->kind == PART_COMPOSITE)
		return part->start;
	return part->end;
}

static void leave_stage(struct encode *encode, struct buf *out)
{
	switch (encode->stage) {
	case STAGE_BEFORE:
		encode->stage = STAGE_HEADER;
		break;
	case STAGE_HEADER:
		if (encode->changes[encode->part].has_new_header)
			add_part_header(encode, out);
		begin_content(encode);
		break;
	default:
		transfer_end(&encode->transfer, out);
		encode->part++;
		encode->stage = STAGE_BEFORE;
		break;
	}
}

static void add_piece(struct encode *encode, struct text piece, struct buf *out)
{
	if (encode->stage == STAGE_CONTENT)
		transfer_add(&encode->transfer, piece, out);
	else if (encode->stage == STAGE_HEADER &&
	    encode->changes[encode->part].has_new_header)
		buf_add(&encode->header, piece);
	else
		buf_add(out, piece);
}

void encode_add(struct encode *encode, struct text bytes, struct buf *out)
{
	for (;;) {
		struct text piece = bytes;
		uint64_t left;

		while (stage_end(encode) == encode->position)
			leave_stage(encode, out);
		if (bytes.length == 0)
			break;
		left = stage_end(encode) - encode->position;
		if (left < piece.length)
			piece.length = (size_t)left;
		add_piece(encode, piece, out);
		encode->position += piece.length;
		bytes = text_part(bytes, piece.length, bytes.length);
	}
}

void encode_free(struct encode *encode)
{
	mime_free(&encode->mime);
	free(encode->changes);
	buf_free(&encode->header);
	*encode = (struct encode){0};
}
