#include "decode.h"

#include <iconv.h>
#include <stdlib.h>

#include "base64.h"
#include "token.h"
#include "utf8.h"

/*
 * encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
 *
 * RFC 2047 section 2, RFC 2231 section 5.
 */

enum {
	CHARSET_MAX = 40, /* bytes of a name */
	UTF8_GROWTH = 4   /* bytes that one byte may become */
};

/* An encoded word taken apart. */
struct encoded {
	struct text charset;
	struct text encoding;
	struct text data;
};

/* Take one off *rest, if that begins with one; its raw bytes into *raw. */
static bool take_encoded(struct text *rest, struct encoded *word,
    struct text *raw)
{
	struct text left = *rest;

	if (!text_begins(left, "=?"))
		return false;
	left = text_part(left, 2, left.length);
	if (!text_split(&left, '?', &word->charset) ||
	    !text_split(&left, '?', &word->encoding) ||
	    !text_split(&left, '?', &word->data) || !text_begins(left, "="))
		return false;
	*raw = text_part(*rest, 0, rest->length - left.length + 1);
	for (size_t i = 0; i < raw->length; i++)
		if (byte_is_space(raw->data[i]))
			return false;
	*rest = text_part(left, 1, left.length);
	return true;
}

static int hex_value(char byte)
{
	char lower = byte_lower(byte);

	if (byte_is_digit(byte))
		return byte - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* RFC 2047 4.2 */
static int decode_q(struct buf *bytes, struct text data)
{
	for (size_t i = 0; i < data.length; i++) {
		char byte = data.data[i];

		if (byte == '_')
			byte = ' ';
		if (byte == '=') {
			int high = i + 2 < data.length ?
			    hex_value(data.data[i + 1]) :
			    -1;
			int low = high < 0 ? -1 : hex_value(data.data[i + 2]);

			if (low < 0)
				return -1;
			byte = (char)(high << 4 | low);
			i += 2;
		}
		buf_add_byte(bytes, byte);
	}
	return 0;
}

/* A name as iconv_open(3) wants it; it must not become a path or an option. */
static bool is_charset(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!byte_is_letter(name.data[i]) &&
		    !byte_is_digit(name.data[i]) && name.data[i] != '-' &&
		    name.data[i] != '_')
			return false;
	return name.length > 0 && name.length <= CHARSET_MAX;
}

/* False, and nothing added, when the system does not know how. */
static bool convert(struct buf *buf, const char *charset, struct buf *bytes)
{
	iconv_t converter = iconv_open("UTF-8", charset);
	size_t room = bytes->length * UTF8_GROWTH;
	char *in = bytes->data;
	size_t left = bytes->length;
	char *out = buf_room(buf, room);
	size_t free_room = room;
	bool is_good;

	/* NOLINTNEXTLINE(performance-no-int-to-ptr): POSIX has it so. */
	if (converter == (iconv_t)-1)
		return false;
	is_good = bytes->length == 0 ||
	    iconv(converter, &in, &left, &out, &free_room) != (size_t)-1;
	if (is_good)
		buf->length += room - free_room;
	(void)iconv_close(converter);
	return is_good;
}

static bool add_in_utf8(struct buf *buf, struct text charset, struct buf *bytes)
{
	char *name;
	bool is_good;

	if (text_is_nocase(charset, "UTF-8") ||
	    text_is_nocase(charset, "US-ASCII")) {
		buf_add(buf, buf_text(bytes));
		return true;
	}
	if (!is_charset(charset))
		return false;
	name = text_dup(charset);
	is_good = convert(buf, name, bytes);
	free(name);
	return is_good;
}

/* False, and nothing added, when it is one for others to decode. */
static bool decode(struct buf *buf, const struct encoded *word)
{
	struct text charset =
	    text_part(word->charset, 0, text_find(word->charset, '*'));
	struct buf bytes = {0};
	int result = -1;

	if (text_is_nocase(word->encoding, "B"))
		result = base64_decode(&bytes, word->data);
	else if (text_is_nocase(word->encoding, "Q"))
		result = decode_q(&bytes, word->data);
	if (result == 0 && !add_in_utf8(buf, charset, &bytes))
		result = -1;
	buf_free(&bytes);
	return result == 0;
}

/* Take what is no encoded word off *rest; false when it means nothing. */
static bool take_plain(struct text *rest, struct text *inside)
{
	enum token kind;

	if (rest->data[0] == '\\') {
		*inside = text_part(*rest, 0, 2);
		*rest = text_part(*rest, 2, rest->length);
		return true;
	}
	kind = token_next(rest, inside);
	*inside = token_inside(*inside);
	return kind != TOKEN_SPACE && kind != TOKEN_COMMENT;
}

/* Take the next word off *rest; true when it was decoded. */
static bool add_word(struct buf *word, struct text *rest)
{
	struct encoded encoded;
	struct text raw;

	if (take_encoded(rest, &encoded, &raw)) {
		if (decode(word, &encoded))
			return true;
		buf_add(word, raw);
	} else if (take_plain(rest, &raw)) {
		token_add_plain(word, raw);
	}
	return false;
}

void decode_phrase(struct buf *buf, struct text phrase)
{
	struct buf plain = {0};
	struct buf word = {0};
	bool has_gap = false;
	bool is_after_decoded = false;

	while (phrase.length > 0) {
		bool is_decoded = add_word(&word, &phrase);

		if (word.length == 0) {
			has_gap = true;
			continue;
		}
		/* Blanks between encoded words are not shown, RFC 2047 6.2. */
		if (has_gap && !(is_decoded && is_after_decoded))
			buf_add_byte(&plain, ' ');
		buf_add(&plain, buf_text(&word));
		buf_clear(&word);
		is_after_decoded = is_decoded;
		has_gap = false;
	}
	utf8_add_line(buf, text_trim(buf_text(&plain)));
	buf_free(&word);
	buf_free(&plain);
}
