#include "token.h"

#include <string.h>

/*
 * RFC 5322 section 3.2, with UTF-8 from RFC 6532 and whatever else is met:
 *
 * comment        = "(" *([FWS] ctext / quoted-pair / comment) [FWS] ")"
 * quoted-string  = DQUOTE *([FWS] qtext / quoted-pair) [FWS] DQUOTE
 * domain-literal = "[" *([FWS] dtext) [FWS] "]"
 * atom           = 1*<any byte but specials and white space>
 *
 * and RFC 2045 section 5.1:
 *
 * parameter      = attribute "=" value
 */

static bool is_special(char byte)
{
	return byte != '\0' && strchr("()<>[]:;@\\,.\"", byte) != NULL;
}

static size_t skip_space(struct text text)
{
	size_t i = 0;

	while (i < text.length && byte_is_space(text.data[i]))
		i++;
	return i;
}

static size_t skip_atom(struct text text)
{
	size_t i = 0;

	while (i < text.length && !byte_is_space(text.data[i]) &&
	    !is_special(text.data[i]))
		i++;
	return i;
}

/* Behind the comment, or 0 when it is not closed. */
static size_t find_comment_end(struct text text)
{
	size_t depth = 0;

	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == '\\')
			i++;
		else if (text.data[i] == '(')
			depth++;
		else if (text.data[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

static size_t find_quote_end(struct text text)
{
	for (size_t i = 1; i < text.length; i++) {
		if (text.data[i] == '\\')
			i++;
		else if (text.data[i] == '"')
			return i + 1;
	}
	return 0;
}

/* A bracket that nothing closes before the next one is a byte like others. */
static size_t skip_literal(struct text text)
{
	for (size_t i = 1; i < text.length && text.data[i] != '['; i++)
		if (text.data[i] == ']')
			return i + 1;
	return 1;
}

/* What is not closed goes on to the end. */
static size_t or_all(size_t length, struct text text)
{
	return length > 0 ? length : text.length;
}

static enum token measure(struct text text, size_t *length)
{
	char byte = text.data[0];

	if (byte_is_space(byte)) {
		*length = skip_space(text);
		return TOKEN_SPACE;
	}
	if (byte == '(') {
		*length = or_all(find_comment_end(text), text);
		return TOKEN_COMMENT;
	}
	if (byte == '"') {
		*length = or_all(find_quote_end(text), text);
		return TOKEN_QUOTED;
	}
	if (byte == '[') {
		*length = skip_literal(text);
		return *length > 1 ? TOKEN_LITERAL : TOKEN_SPECIAL;
	}
	*length = is_special(byte) ? 1 : skip_atom(text);
	return is_special(byte) ? TOKEN_SPECIAL : TOKEN_ATOM;
}

enum token token_next(struct text *rest, struct text *token)
{
	size_t length = 0;
	enum token kind = measure(*rest, &length);

	*token = text_part(*rest, 0, length);
	*rest = text_part(*rest, length, rest->length);
	return kind;
}

bool token_is_closed(struct text token)
{
	if (token.length > 0 && token.data[0] == '(')
		return find_comment_end(token) > 0;
	if (token.length > 0 && token.data[0] == '"')
		return find_quote_end(token) > 0;
	return !text_is(token, "[");
}

bool token_next_word(struct text *rest, struct text *token)
{
	while (rest->length > 0) {
		enum token kind = token_next(rest, token);

		if (kind != TOKEN_SPACE &&
		    (kind != TOKEN_COMMENT || !token_is_closed(*token)))
			return true;
	}
	return false;
}

bool token_is_atext(char byte)
{
	return !byte_is_control(byte) && byte != ' ' && !is_special(byte);
}

bool token_split(struct text *rest, char separator, struct text *part)
{
	struct text whole = *rest;
	struct text token;

	if (whole.length == 0)
		return false;
	while (rest->length > 0)
		if (token_next(rest, &token) == TOKEN_SPECIAL &&
		    token.data[0] == separator) {
			*part = text_part(whole, 0,
			    (size_t)(token.data - whole.data));
			return true;
		}
	*part = whole;
	return true;
}

struct text token_inside(struct text token)
{
	if (token.length == 0 || token.data[0] != '"')
		return token;
	token = text_part(token, 1, token.length);
	if (token.length > 0 && token.data[token.length - 1] == '"')
		token.length--;
	return token;
}

void token_add_plain(struct buf *buf, struct text inside)
{
	for (size_t i = 0; i < inside.length; i++) {
		if (inside.data[i] == '\\' && i + 1 < inside.length)
			i++;
		if (inside.data[i] != '\r' && inside.data[i] != '\n')
			buf_add_byte(buf, inside.data[i]);
	}
}

void token_add_quoted(struct buf *buf, struct text plain)
{
	buf_add_byte(buf, '"');
	for (size_t i = 0; i < plain.length; i++) {
		if (plain.data[i] == '"' || plain.data[i] == '\\')
			buf_add_byte(buf, '\\');
		buf_add_byte(buf, plain.data[i]);
	}
	buf_add_byte(buf, '"');
}

/* Up to a comment, not to a blank: programs forget to quote those. */
static struct text read_value(struct text text)
{
	struct text rest = text;
	struct text token;

	while (rest.length > 0) {
		enum token kind = token_next(&rest, &token);

		if (kind == TOKEN_QUOTED && token.data == text.data)
			return token;
		if (kind == TOKEN_COMMENT)
			return text_trim(text_part(text, 0,
			    (size_t)(token.data - text.data)));
	}
	return text;
}

bool param_read(struct text part, struct param *param)
{
	size_t equals = text_find(part, '=');

	param->name = text_trim(text_part(part, 0, equals));
	param->value =
	    read_value(text_trim(text_part(part, equals + 1, part.length)));
	return equals < part.length && param->name.length > 0 &&
	    skip_atom(param->name) == param->name.length;
}
