#include "phrase.h"

#include <string.h>

#include "token.h"
#include "utf8.h"
#include "words.h"

/*
 * phrase = 1*word / obs-phrase
 * word   = atom / quoted-string
 */

static bool is_atom_or_blank(char byte)
{
	return byte_is_letter(byte) || byte_is_digit(byte) ||
	    strchr(" !#$%&'*+-/=?^_`{|}~", byte) != NULL;
}

static void clean(struct buf *buf, struct text name)
{
	while (name.length > 0) {
		struct text rest = name;
		int32_t point = utf8_next(&rest);

		if (point < 0)
			buf_add_byte(buf, '?');
		else if (point < 0x80 && byte_is_control((char)point))
			buf_add_byte(buf, ' ');
		else
			buf_add(buf,
			    text_part(name, 0, name.length - rest.length));
		name = rest;
	}
}

void phrase_add(struct buf *buf, struct text name)
{
	struct buf cleaned = {0};
	struct text text;
	bool is_plain = true;

	clean(&cleaned, name);
	text = text_trim(buf_text(&cleaned));
	for (size_t i = 0; i < text.length; i++)
		is_plain = is_plain && is_atom_or_blank(text.data[i]);
	/* Else a reader would decode what looks like an encoded word. */
	is_plain = is_plain && strstr(buf_string(&cleaned), "=?") == NULL;
	if (text_has_8bit(text))
		words_add_encoded(buf, text);
	else if (is_plain)
		buf_add(buf, text);
	else
		token_add_quoted(buf, text);
	buf_free(&cleaned);
}
