/*
 * value    = *blank ( quoted / literal / plain ) *blank [ comment ]
 * quoted   = DQUOTE *( variable / escape / byte ) DQUOTE
 * literal  = "'" *byte "'"
 * plain    = *( variable / byte )     ; ends before a blank and ";"
 * variable = "${" ( letter / "_" ) *( letter / digit / "_" ) "}"
 * escape   = "\" ( DQUOTE / "\" )
 * comment  = ";" *byte
 *
 * For a rule, a quoted value with more than a comment behind it is a plain one.
 */
#include "value.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static bool is_name_byte(char byte)
{
	return byte_is_letter(byte) || byte_is_digit(byte) || byte == '_';
}

bool value_is_variable(struct text name)
{
	if (name.length == 0 || byte_is_digit(name.data[0]))
		return false;
	for (size_t i = 0; i < name.length; i++)
		if (!is_name_byte(name.data[i]))
			return false;
	return true;
}

/* The name is not quoted for a secret: "${" may stand in one by chance. */
static int add_variable(struct value *value, struct text name,
    config_variable *variable, struct error *err)
{
	char *string;
	const char *found;

	if (!value_is_variable(name))
		return fail(err, ERROR_CONFIG,
		    "has ${ without a name and }; single quotes keep it as "
		    "it is");
	string = text_dup(name);
	found = variable(string);
	value->is_changed = true;
	if (found != NULL)
		buf_add_string(&value->text, found);
	else if (value->is_secret)
		(void)fail(err, ERROR_CONFIG,
		    "takes a variable that the environment lacks; single "
		    "quotes keep ${ as it is");
	else
		(void)fail(err, ERROR_CONFIG,
		    "takes ${%s}, which the environment lacks", string);
	free(string);
	return found != NULL ? 0 : -1;
}

static bool is_escape(struct text text)
{
	return text.length > 1 && text.data[0] == '\\' &&
	    (text.data[1] == '"' || text.data[1] == '\\');
}

static int expand(struct value *value, struct text rest, bool has_escapes,
    config_variable *variable, struct error *err)
{
	while (rest.length > 0) {
		size_t end = 0;

		if (text_is(text_part(rest, 0, 2), "${")) {
			end = text_find(rest, '}');
			/* Without a } there is no name. */
			if (add_variable(value,
				text_part(rest, 2, end < rest.length ? end : 0),
				variable, err) < 0)
				return -1;
		} else {
			if (has_escapes && is_escape(rest))
				end++;
			buf_add_byte(&value->text, rest.data[end]);
			value->has_literal = true;
		}
		rest = text_part(rest, end + 1, rest.length);
	}
	return 0;
}

/* Of the quote that ends what begins with one; or text.length. */
static size_t find_closing(struct text text)
{
	size_t n = 1;

	while (n < text.length && text.data[n] != text.data[0]) {
		if (text.data[0] == '"' &&
		    is_escape(text_part(text, n, text.length)))
			n++;
		n++;
	}
	return n;
}

/* Something other than a comment stands behind the closing quote. */
static bool has_more(struct text text, size_t closing)
{
	struct text behind =
	    text_trim(text_part(text, closing + 1, text.length));

	return behind.length > 0 && behind.data[0] != ';';
}

static bool is_quoted(const struct value *value, struct text text)
{
	if (text.length == 0 || (text.data[0] != '"' && text.data[0] != '\''))
		return false;
	return !value->is_rule || text.data[0] == '\'' ||
	    !has_more(text, find_closing(text));
}

static int add_quoted(struct value *value, struct text text,
    config_variable *variable, struct error *err)
{
	size_t end = find_closing(text);
	struct text inside = text_part(text, 1, end);

	if (end == text.length)
		return fail(err, ERROR_CONFIG, "has no closing quote");
	if (has_more(text, end))
		return fail(err, ERROR_CONFIG,
		    "has something behind the closing quote; quotes go "
		    "around the whole value");
	value->is_changed = true;
	if (text.data[0] == '"')
		return expand(value, inside, true, variable, err);
	buf_add(&value->text, inside);
	value->has_literal = value->has_literal || inside.length > 0;
	return 0;
}

/* As libinih sees it: a blank and a ";" begin a comment. */
static struct text without_comment(struct text text)
{
	for (size_t i = 1; i < text.length; i++)
		if (text.data[i] == ';' && byte_is_blank(text.data[i - 1]))
			return text_part(text, 0, i);
	return text;
}

int value_add(struct value *value, struct text line, config_variable *variable,
    struct error *err)
{
	struct text text = text_trim(line);

	value->is_changed = value->is_changed || value->text.length > 0;
	if (value->text.length > 0)
		buf_add_byte(&value->text, ' ');
	if (is_quoted(value, text))
		return add_quoted(value, text, variable, err);
	return expand(value, text_trim(without_comment(line)), false, variable,
	    err);
}

static bool has_control(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (byte_is_control(text.data[i]) && text.data[i] != '\t')
			return true;
	return false;
}

int value_check(const struct value *value, struct error *err)
{
	struct text text = buf_text(&value->text);

	if (value->text.is_full)
		return fail(err, ERROR_CONFIG, "is longer than %d bytes",
		    VALUE_MAX);
	if (text.length == 0)
		return fail(err, ERROR_CONFIG, "has no value");
	if (has_control(text))
		return fail(err, ERROR_CONFIG, "holds a control character");
	if (!utf8_is_valid(text))
		return fail(err, ERROR_CONFIG, "is not UTF-8");
	return 0;
}

static bool is_separator(char byte)
{
	return byte_is_blank(byte) || byte == ',';
}

bool value_next_word(struct text *rest, struct text *word)
{
	size_t start = 0;
	size_t end;

	while (start < rest->length && is_separator(rest->data[start]))
		start++;
	end = start;
	while (end < rest->length && !is_separator(rest->data[end]))
		end++;
	*word = text_part(*rest, start, end);
	*rest = text_part(*rest, end, rest->length);
	return word->length > 0;
}

bool value_is_host(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!is_name_byte(name.data[i]) && name.data[i] != '-' &&
		    name.data[i] != '.' && name.data[i] != ':')
			return false;
	return name.length > 0 && name.length <= VALUE_MAX_HOST;
}
