#include "words.h"

#include "base64.h"
#include "token.h"
#include "utf8.h"

/*
 * encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
 *
 * RFC 2047 section 2; section 5 has the places where one may stand: text,
 * comments, and the words of a phrase.
 */

enum {
	WORD_MAX = 74,  /* bytes; RFC 2047 2 has 75, but a ")" may follow */
	WORD_FRAME = 7, /* of it: "=?", "?B?" and "?=" */
	WORD_ROOM = 30  /* bytes; with fewer a word goes to the next line */
};

const char *words_charset(struct text text)
{
	return utf8_is_valid(text) ? "UTF-8" : "unknown-8bit";
}

/* Bytes in the last line; more than a line is as good as a line. */
static size_t column_of(const struct buf *buf)
{
	size_t i = buf->length;

	while (i > 0 && buf->length - i < WORDS_MAX_LINE &&
	    buf->data[i - 1] != '\n')
		i--;
	return buf->length - i;
}

struct text words_take(struct text *rest, size_t max)
{
	struct text all = *rest;
	struct text left = all;

	while (left.length > 0) {
		(void)utf8_next(&left);
		if (all.length - left.length > max && rest->length < all.length)
			break;
		*rest = left;
	}
	return text_part(all, 0, all.length - rest->length);
}

void words_add_encoded(struct buf *buf, struct text text)
{
	const char *charset = words_charset(text);
	size_t overhead = WORD_FRAME + text_of(charset).length;
	size_t column = column_of(buf);
	size_t size = column < WORD_MAX ? WORD_MAX - column : 0;

	while (text.length > 0) {
		struct text word;

		if (size < WORD_ROOM)
			size = WORD_MAX;
		word = words_take(&text, (size - overhead) / 4 * 3);
		buf_addf(buf, "=?%s?B?", charset);
		base64_encode(buf, word);
		buf_add_string(buf, text.length > 0 ? "?= " : "?=");
		size = WORD_MAX;
	}
}

/* Words of a text that will be encoded together. */
struct run {
	struct text gap;       /* the blanks before them */
	struct text text;      /* from the first one to the last one */
	bool is_after_encoded; /* the word before was encoded by others */
};

static void run_add(struct run *run, struct text gap, struct text word)
{
	if (run->text.length == 0) {
		run->gap = gap;
		run->text.data = word.data;
	}
	run->text.length = (size_t)(word.data - run->text.data) + word.length;
}

static bool is_encoded_word(struct text word)
{
	return text_begins_nocase(word, "=?") && word.length > 4 &&
	    text_is(text_part(word, word.length - 2, word.length), "?=");
}

/*
 * Blanks between two encoded words are not shown (RFC 2047 6.2), so those
 * next to one that was there before must be encoded as well.
 */
static void run_end(struct buf *buf, struct run *run, struct text after)
{
	struct buf plain = {0};

	if (run->text.length == 0)
		return;
	buf_add(buf, run->gap.length > 0 ? run->gap : text_of(" "));
	if (run->is_after_encoded)
		token_add_plain(&plain, run->gap);
	for (size_t i = 0; i < run->text.length; i++)
		if (run->text.data[i] != '\n')
			buf_add_byte(&plain, run->text.data[i]);
	token_add_plain(&plain, after);
	words_add_encoded(buf, buf_text(&plain));
	buf_free(&plain);
	run->text.length = 0;
}

void words_next(struct text *rest, struct text *gap, struct text *word)
{
	size_t i = 0;
	size_t end;

	while (i < rest->length &&
	    (byte_is_blank(rest->data[i]) || rest->data[i] == '\n'))
		i++;
	for (end = i; end < rest->length && !byte_is_blank(rest->data[end]) &&
	     rest->data[end] != '\n';
	     end++)
		;
	*gap = text_part(*rest, 0, i);
	*word = text_part(*rest, i, end);
	*rest = text_part(*rest, end, rest->length);
}

void words_add_text(struct buf *buf, struct text body)
{
	struct run run = {.text = {body.data, 0}};

	while (body.length > 0) {
		struct text gap;
		struct text word;
		bool is_encoded;

		words_next(&body, &gap, &word);
		if (text_has_8bit(word)) {
			run_add(&run, gap, word);
			continue;
		}
		is_encoded = is_encoded_word(word);
		run_end(buf, &run, is_encoded ? gap : text_part(gap, 0, 0));
		buf_add(buf, gap);
		buf_add(buf, word);
		run.is_after_encoded = is_encoded;
	}
	run_end(buf, &run, body);
}

/* Instead of raw, whose blanks at both ends stay. */
static void replace(struct buf *buf, struct text raw, const struct buf *plain)
{
	struct text inside = text_trim(raw);
	size_t first = (size_t)(inside.data - raw.data);

	buf_add(buf, text_part(raw, 0, first));
	words_add_encoded(buf, text_trim(buf_text(plain)));
	buf_add(buf, text_part(raw, first + inside.length, raw.length));
}

/* Those inside it one by one. */
static void encode_comment(struct buf *buf, struct text comment)
{
	struct buf plain = {0};
	size_t i = 0;

	while (i < comment.length) {
		size_t end = i;
		struct text inside;

		while (end < comment.length && comment.data[end] != '(' &&
		    comment.data[end] != ')')
			end += comment.data[end] == '\\' ? 2 : 1;
		inside = text_part(comment, i, end);
		buf_clear(&plain);
		token_add_plain(&plain, inside);
		if (text_has_8bit(inside))
			replace(buf, inside, &plain);
		else
			buf_add(buf, inside);
		buf_add(buf, text_part(comment, end, end + 1));
		i = end + 1;
	}
	buf_free(&plain);
}

/* The words up to a comment or to what ends a display name. */
static void encode_phrase(struct buf *buf, struct text *rest)
{
	struct buf plain = {0};
	struct text phrase = {rest->data, 0};

	while (rest->length > 0) {
		struct text left = *rest;
		struct text token;
		enum token kind = token_next(&left, &token);

		if (kind == TOKEN_COMMENT ||
		    (kind == TOKEN_SPECIAL &&
			(token.data[0] == '<' || token.data[0] == ':')))
			break;
		token_add_plain(&plain, token_inside(token));
		phrase.length += token.length;
		*rest = left;
	}
	if (text_has_8bit(phrase))
		replace(buf, phrase, &plain);
	else
		buf_add(buf, phrase);
	buf_free(&plain);
}

/* Tokens with their comments; a name is what comes before "<" or ":". */
static void add_tokens(struct buf *buf, struct text rest, bool has_name)
{
	while (rest.length > 0) {
		struct text token;
		enum token kind;

		if (has_name)
			encode_phrase(buf, &rest);
		if (rest.length == 0)
			break;
		kind = token_next(&rest, &token);
		if (kind == TOKEN_COMMENT)
			encode_comment(buf, token);
		else
			buf_add(buf, token);
		has_name = has_name && kind == TOKEN_COMMENT;
	}
}

/* Take a mailbox or a group's name, with what ends it, off a list. */
static struct text take_element(struct text *rest, bool *has_name)
{
	struct text whole = *rest;
	bool is_inside = false;
	char byte = '\0';

	*has_name = false;
	while (rest->length > 0 &&
	    (is_inside || (byte != ',' && byte != ';' && byte != ':'))) {
		struct text token;
		enum token kind = token_next(rest, &token);

		byte = '\0';
		if (kind == TOKEN_SPECIAL)
			byte = token.data[0];
		is_inside = byte == '<' || (is_inside && byte != '>');
		*has_name = *has_name || is_inside || byte == ':';
	}
	return text_part(whole, 0, whole.length - rest->length);
}

void words_add_addresses(struct buf *buf, struct text body)
{
	while (body.length > 0) {
		bool has_name;
		struct text element = take_element(&body, &has_name);

		add_tokens(buf, element, has_name);
	}
}

void words_add_tokens(struct buf *buf, struct text body)
{
	add_tokens(buf, body, false);
}
