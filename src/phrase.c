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

void phrase_add(struct buf *buf, struct text name)
{
	struct buf cleaned = {0};
	struct text text;
	bool is_plain = true;

	utf8_add_line(&cleaned, name);
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
