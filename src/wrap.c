#include "wrap.h"

#include "utf8.h"

/* As text_word(), but what is left of one that is too long is the next one. */
static bool next_word(struct text *rest, struct text *word)
{
	struct text all = text_trim(*rest);

	*rest = all;
	if (!text_word(rest, word))
		return false;
	*word = utf8_cut(*word, WRAP_MAX_WORD);
	*rest = text_part(all, word->length, all.length);
	return true;
}

void wrap_add(struct buf *buf, const char *first, const char *indent,
    struct text words)
{
	size_t start = buf->length;
	bool has_words = false;
	struct text word;

	buf_add_string(buf, first);
	while (next_word(&words, &word)) {
		size_t column = buf->length - start;

		if (has_words && column + 1 + word.length > WRAP_WIDTH) {
			buf_add_byte(buf, '\n');
			start = buf->length;
			buf_add_string(buf, indent);
		} else if (has_words) {
			buf_add_byte(buf, ' ');
		}
		buf_add(buf, word);
		has_words = true;
	}
	buf_add_byte(buf, '\n');
}
