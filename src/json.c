#include "json.h"

#include <string.h>

#include "utf8.h"

void json_add_comma(struct buf *buf)
{
	if (buf->length > 0 &&
	    strchr("{[,:", buf->data[buf->length - 1]) == NULL)
		buf_add_byte(buf, ',');
}

void json_add_key(struct buf *buf, const char *key)
{
	json_add_comma(buf);
	json_add_string(buf, text_of(key));
	buf_add_byte(buf, ':');
}

/* Of what the text begins with and stands for itself in a string. */
static size_t plain_length(struct text text)
{
	size_t length = 0;

	while (length < text.length && text.data[length] >= ' ' &&
	    text.data[length] <= '~' && text.data[length] != '"' &&
	    text.data[length] != '\\')
		length++;
	return length;
}

/*
 * RFC 8259 section 7.  What utf8_add_visible() would change is written as a
 * number; a byte that is no UTF-8 has none.
 */
static void add_character(struct buf *buf, struct text *rest)
{
	struct text bytes = *rest;
	int32_t character = utf8_next(rest);
	struct buf visible = {0};

	if (character == '"' || character == '\\') {
		buf_addf(buf, "\\%c", (char)character);
		return;
	}
	bytes = text_part(bytes, 0, bytes.length - rest->length);
	utf8_add_visible(&visible, bytes);
	if (character < 0)
		buf_addf(buf, "\\%s", buf_string(&visible));
	else if (visible.length != bytes.length)
		buf_addf(buf, "\\u%04X", (unsigned)character);
	else
		buf_add(buf, bytes);
	buf_free(&visible);
}

void json_add_string(struct buf *buf, struct text text)
{
	buf_add_byte(buf, '"');
	while (text.length > 0) {
		size_t plain = plain_length(text);

		/* Most text is nothing else, and then this is all. */
		buf_add(buf, text_part(text, 0, plain));
		text = text_part(text, plain, text.length);
		if (text.length > 0)
			add_character(buf, &text);
	}
	buf_add_byte(buf, '"');
}

void json_add_member(struct buf *buf, const char *key, const char *value)
{
	if (value == NULL)
		return;
	json_add_key(buf, key);
	json_add_string(buf, text_of(value));
}
