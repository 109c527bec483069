#include "header.h"

#include "token.h"
#include "transfer.h"
#include "words.h"

/*
 * extended-parameter = attribute ["*" section] "*" "=" charset "''" value
 *
 * RFC 2231 section 7.
 */

enum { VALUE_ROOM = 20 }; /* bytes of a parameter, however long its name is */

enum content {
	CONTENT_TEXT,
	CONTENT_ADDRESSES,
	CONTENT_PARAMS,
	CONTENT_TOKENS
};

/* A field that is not here holds text. */
static const struct {
	const char *name;
	enum content content;
} contents[] = {
    {"Authentication-Results", CONTENT_TOKENS},
    {"Bcc", CONTENT_ADDRESSES},
    {"Cc", CONTENT_ADDRESSES},
    {"Content-Disposition", CONTENT_PARAMS},
    {"Content-ID", CONTENT_TOKENS},
    {"Content-Location", CONTENT_TOKENS},
    {"Content-Transfer-Encoding", CONTENT_TOKENS},
    {"Content-Type", CONTENT_PARAMS},
    {"DKIM-Signature", CONTENT_TOKENS},
    {"Date", CONTENT_TOKENS},
    {"Disposition-Notification-To", CONTENT_ADDRESSES},
    {"Errors-To", CONTENT_ADDRESSES},
    {"From", CONTENT_ADDRESSES},
    {"In-Reply-To", CONTENT_TOKENS},
    {"List-Archive", CONTENT_TOKENS},
    {"List-Help", CONTENT_TOKENS},
    {"List-ID", CONTENT_ADDRESSES},
    {"List-Owner", CONTENT_TOKENS},
    {"List-Post", CONTENT_TOKENS},
    {"List-Subscribe", CONTENT_TOKENS},
    {"List-Unsubscribe", CONTENT_TOKENS},
    {"MIME-Version", CONTENT_TOKENS},
    {"Mail-Followup-To", CONTENT_ADDRESSES},
    {"Mail-Reply-To", CONTENT_ADDRESSES},
    {"Message-ID", CONTENT_TOKENS},
    {"Received", CONTENT_TOKENS},
    {"References", CONTENT_TOKENS},
    {"Reply-To", CONTENT_ADDRESSES},
    {"Resent-Bcc", CONTENT_ADDRESSES},
    {"Resent-Cc", CONTENT_ADDRESSES},
    {"Resent-Date", CONTENT_TOKENS},
    {"Resent-From", CONTENT_ADDRESSES},
    {"Resent-Message-ID", CONTENT_TOKENS},
    {"Resent-Reply-To", CONTENT_ADDRESSES},
    {"Resent-Sender", CONTENT_ADDRESSES},
    {"Resent-To", CONTENT_ADDRESSES},
    {"Return-Path", CONTENT_TOKENS},
    {"Return-Receipt-To", CONTENT_ADDRESSES},
    {"Sender", CONTENT_ADDRESSES},
    {"To", CONTENT_ADDRESSES},
    {"X-Original-From", CONTENT_ADDRESSES},
    {"X-Original-To", CONTENT_ADDRESSES},
};

static enum content content_of(const struct field *field)
{
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++)
		if (text_is_nocase(field_name(field), contents[i].name))
			return contents[i].content;
	return CONTENT_TEXT;
}

static bool has_long_line(struct text text)
{
	struct text line;

	while (text_split(&text, '\n', &line))
		if (line.length > TRANSFER_MAX_LINE)
			return true;
	return false;
}

bool header_is_fit(const struct message *header, bool keeps_8bit)
{
	if (!keeps_8bit && message_header_is_8bit(header))
		return false;
	for (size_t i = 0; i < header->field_count; i++)
		if (has_long_line(field_text(&header->fields[i])))
			return false;
	return true;
}

static void add_percent(struct buf *buf, struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.data[i];

		if (byte_is_letter(byte) || byte_is_digit(byte) ||
		    byte == '-' || byte == '.' || byte == '_')
			buf_add_byte(buf, byte);
		else
			buf_addf(buf, "%%%02X", (unsigned)(unsigned char)byte);
	}
}

/* In sections, because a line without blanks cannot be folded. */
static void add_extended(struct buf *buf, struct text name, struct text value)
{
	const char *charset = words_charset(value);
	size_t used =
	    name.length + text_of("*0*='' ;").length + text_of(charset).length;
	size_t room = used + VALUE_ROOM < WORDS_MAX_LINE ?
	    WORDS_MAX_LINE - used :
	    VALUE_ROOM;
	bool has_sections = 3 * value.length > room;

	for (unsigned i = 0; value.length > 0; i++) {
		struct text part =
		    words_take(&value, has_sections ? room / 3 : value.length);

		buf_add(buf, name);
		if (has_sections)
			buf_addf(buf, "*%u", i);
		buf_add_string(buf, "*=");
		if (i == 0)
			buf_addf(buf, "%s''", charset);
		add_percent(buf, part);
		if (value.length > 0)
			buf_add_string(buf, "; ");
	}
}

/* One that is extended or split already would need more than its own value. */
static bool is_plain_param(struct text part, struct param *param)
{
	return param_read(part, param) && text_has_8bit(param->value) &&
	    !text_has_8bit(param->name) &&
	    text_find(param->name, '*') == param->name.length;
}

static void encode_params(struct buf *buf, struct text body)
{
	struct text part;

	while (token_split(&body, ';', &part)) {
		struct buf value = {0};
		struct param param;

		if (is_plain_param(part, &param)) {
			size_t first = (size_t)(param.name.data - part.data);

			token_add_plain(&value, token_inside(param.value));
			buf_add(buf, text_part(part, 0, first));
			add_extended(buf, param.name, buf_text(&value));
			first = (size_t)(param.value.data - part.data) +
			    param.value.length;
			part = text_part(part, first, part.length);
		}
		words_add_tokens(buf, part);
		if (part.data + part.length < body.data)
			buf_add_byte(buf, ';');
		buf_free(&value);
	}
}

static void encode_body(struct buf *buf, const struct field *field)
{
	struct text body = field_body(field);

	switch (content_of(field)) {
	case CONTENT_TEXT:
		words_add_text(buf, body);
		break;
	case CONTENT_ADDRESSES:
		words_add_addresses(buf, body);
		break;
	case CONTENT_PARAMS:
		encode_params(buf, body);
		break;
	case CONTENT_TOKENS:
		words_add_tokens(buf, body);
		break;
	}
}

/*
 * Only where there are blanks, so that unfolding gives the same text (RFC 5322
 * 2.2.3), and not behind the name: some readers lose a line without words.
 */
static void fold(struct buf *buf, struct text text, size_t limit)
{
	bool has_words = false;
	size_t column = 0;

	for (size_t i = 0; text.length > 0; i++) {
		struct text gap;
		struct text word;
		size_t end;

		words_next(&text, &gap, &word);
		for (end = gap.length; end > 0 && gap.data[end - 1] != '\n';)
			end--;
		if (end > 0) {
			has_words = false;
			column = 0;
		} else if (has_words && gap.length > 0 && word.length > 0 &&
		    column + gap.length + word.length > limit) {
			buf_add_byte(buf, '\n');
			has_words = false;
			column = 0;
		}
		buf_add(buf, gap);
		buf_add(buf, word);
		column += gap.length - end + word.length;
		has_words = has_words || (i > 0 && word.length > 0);
	}
}

/* Behind a comma a blank means nothing, and without one nothing is folded. */
static void space_list(struct buf *buf, struct text text)
{
	while (text.length > 0) {
		struct text token;
		bool is_comma = token_next(&text, &token) == TOKEN_SPECIAL &&
		    token.data[0] == ',';

		buf_add(buf, token);
		if (is_comma && text.length > 0 && !byte_is_space(*text.data))
			buf_add_byte(buf, ' ');
	}
}

void header_add_field(struct buf *buf, const struct field *field,
    bool keeps_8bit)
{
	struct text text = field_text(field);
	bool is_encoded = !keeps_8bit && text_has_8bit(text);
	struct buf encoded = {0};
	struct buf spaced = {0};

	if (!is_encoded && !has_long_line(text)) {
		buf_add(buf, text);
		return;
	}
	if (is_encoded) {
		buf_add(&encoded, text_part(text, 0, field->body_start));
		encode_body(&encoded, field);
		text = buf_text(&encoded);
	}
	if (has_long_line(text) && content_of(field) == CONTENT_ADDRESSES) {
		space_list(&spaced, text);
		text = buf_text(&spaced);
	}
	fold(buf, text, is_encoded ? WORDS_MAX_LINE : TRANSFER_MAX_LINE);
	buf_free(&spaced);
	buf_free(&encoded);
}
