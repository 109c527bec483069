#include "pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

/*
 * What is repeated is copied so often by regcomp(3), and what is repeated in
 * what is repeated the more: (((a{99}){99}){99}) would take all memory.
 */
enum { REGEX_MAX_SIZE = 16 * 1024, REGEX_MAX_COPIES = 64 * 1024 };

/* --- reading ------------------------------------------------------------- */

/* Where what begins at start is closed by the same byte, or text.length. */
static size_t find_closing(struct text text, size_t start)
{
	size_t n = start + 1;

	while (n < text.length && text.data[n] != text.data[start])
		n += text.data[n] == '\\' ? 2 : 1;
	return n < text.length ? n : text.length;
}

/* What is opened and not closed is for pattern_parse() to refuse. */
size_t pattern_find_end(struct text text, const char *separator)
{
	for (size_t n = 0; n < text.length; n++) {
		bool is_open =
		    text.data[n] == '"' || (n == 0 && text.data[n] == '/');
		size_t closing = is_open ? find_closing(text, n) : n;

		if (closing < text.length)
			n = closing;
		if (text_begins(text_part(text, n, text.length), separator))
			return n;
	}
	return text.length;
}

/* What no address has would make a rule that never does anything. */
static int parse_glob(struct pattern *pattern, struct text text,
    const char **spot, struct error *err)
{
	size_t stars = 0;

	for (size_t i = 0; i < text.length; i++) {
		char byte = text.data[i];

		*spot = text.data + i;
		if (byte_is_control(byte) || strchr(" ,;<>()", byte) != NULL)
			return fail(err, ERROR_CONFIG,
			    "has a character in its pattern that no address "
			    "has outside of quotes");
		if (byte == '"')
			i = find_closing(text, i);
		if (i == text.length)
			return fail(err, ERROR_CONFIG,
			    "has a quote in its pattern that nothing closes");
		stars += byte == '*';
	}
	pattern->captures = stars < PATTERN_CAPTURES ? stars : PATTERN_CAPTURES;
	pattern->is_bare =
	    text_find(text, '@') == text.length && !text_is(text, "*");
	pattern->glob = text_dup(text);
	return 0;
}

/* Back references are no part of these expressions; elsewhere they are slow. */
static bool has_back_reference(struct text regex)
{
	for (size_t i = 0; i + 1 < regex.length; i++) {
		if (regex.data[i] != '\\')
			continue;
		i++;
		if (byte_is_digit(regex.data[i]))
			return true;
	}
	return false;
}

/* How often "{m,n}" or "+" at the start of a text has something copied. */
static size_t count_copies(struct text text)
{
	size_t copies = 1;
	size_t number = 0;

	if (text.data[0] == '+')
		return 2;
	for (size_t i = 1; text.data[0] == '{' && i < text.length; i++) {
		if (byte_is_digit(text.data[i]))
			number = number * 10 + (size_t)(text.data[i] - '0');
		else if (text.data[i] == ',')
			number = 0;
		else
			break;
		if (number > REGEX_MAX_COPIES)
			number = REGEX_MAX_COPIES;
		if (number > copies)
			copies = number;
	}
	return copies;
}

/* A guess on the safe side: groups are taken to be inside each other. */
static bool is_too_big(struct text regex)
{
	size_t single = 1;
	size_t nested = 1;
	char before = ' ';

	for (size_t i = 0; i < regex.length && nested <= REGEX_MAX_SIZE; i++) {
		size_t copies = count_copies(text_part(regex, i, regex.length));

		if (strchr(")}+*?", before) != NULL)
			nested *= copies;
		else if (copies > single)
			single = copies;
		before = regex.data[i];
		if (before == '\\')
			i++;
	}
	return (uint64_t)regex.length * single * nested > REGEX_MAX_SIZE;
}

static int compile(struct pattern *pattern, const char *regex, int flags,
    struct error *err)
{
	int code = regcomp(&pattern->regex, regex, REG_EXTENDED | flags);

	if (code != 0) {
		char why[100];

		(void)regerror(code, &pattern->regex, why, sizeof why);
		return fail(err, ERROR_CONFIG,
		    "has a regular expression that is none: %s", why);
	}
	pattern->has_regex = true;
	pattern->captures = pattern->regex.re_nsub < PATTERN_CAPTURES ?
	    pattern->regex.re_nsub :
	    PATTERN_CAPTURES;
	return 0;
}

static void add_unescaped(struct buf *buf, struct text regex)
{
	for (size_t i = 0; i < regex.length; i++) {
		bool is_escape = regex.data[i] == '\\' && i + 1 < regex.length;

		if (is_escape && regex.data[i + 1] != '/')
			buf_add_byte(buf, regex.data[i]);
		if (is_escape)
			i++;
		buf_add_byte(buf, regex.data[i]);
	}
}

static int parse_regex(struct pattern *pattern, struct text text,
    const char **spot, struct error *err)
{
	size_t closing = find_closing(text, 0);
	struct text regex = text_part(text, 1, closing);
	struct text flags = text_part(text, closing + 1, text.length);
	struct buf plain = {0};
	int result;

	if (closing == text.length)
		return fail(err, ERROR_CONFIG,
		    "has no \"/\" behind its regular expression");
	if (flags.length > 0 && !text_is(flags, "i")) {
		*spot = flags.data;
		return fail(err, ERROR_CONFIG,
		    "has something else than an \"i\" behind its regular "
		    "expression");
	}
	*spot = regex.data;
	if (regex.length == 0)
		return fail(err, ERROR_CONFIG,
		    "has nothing between the slashes of its pattern");
	if (has_back_reference(regex))
		return fail(err, ERROR_CONFIG,
		    "has a back reference in its regular expression, which "
		    "extended ones do not know");
	if (is_too_big(regex))
		return fail(err, ERROR_CONFIG,
		    "has a regular expression that repeats too much");
	add_unescaped(&plain, regex);
	result = compile(pattern, buf_string(&plain),
	    flags.length > 0 ? REG_ICASE : 0, err);
	buf_free(&plain);
	return result;
}

int pattern_parse(struct pattern *pattern, struct text text, const char **spot,
    struct error *err)
{
	*spot = text.data;
	if (text.length == 0)
		return fail(err, ERROR_CONFIG, "has no pattern");
	if (text.length > PATTERN_MAX)
		return fail(err, ERROR_CONFIG,
		    "has a pattern of more than %d bytes", PATTERN_MAX);
	return text.data[0] == '/' ? parse_regex(pattern, text, spot, err) :
				     parse_glob(pattern, text, spot, err);
}

void pattern_free(struct pattern *pattern)
{
	if (pattern->has_regex)
		regfree(&pattern->regex);
	free(pattern->glob);
	*pattern = (struct pattern){0};
}

/* --- matching ------------------------------------------------------------ */

/*
 * In one pass: where the text goes on otherwise than the glob, only the last
 * "*" that was met takes one byte more.  Never an earlier one: that could not
 * help.
 */
static bool glob_matches(const char *glob, struct text text,
    struct captures *captures)
{
	const char *star = NULL; /* the last one met */
	size_t begin = 0;        /* of what it takes */
	size_t end = 0;
	size_t stars = 0;
	size_t i = 0;

	while (i < text.length || *glob == '*') {
		if (*glob == '*') {
			star = glob++;
			begin = end = i;
			stars++;
		} else if (*glob != '\0' &&
		    byte_lower(*glob) == byte_lower(text.data[i])) {
			glob++;
			i++;
		} else if (star != NULL) {
			glob = star + 1;
			i = ++end;
		} else {
			return false;
		}
		if (star != NULL && stars <= PATTERN_CAPTURES) {
			captures->items[stars - 1] =
			    text_part(text, begin, end);
			captures->count = stars;
		}
	}
	return *glob == '\0';
}

static bool regex_matches(const regex_t *regex, const char *address,
    struct captures *captures, size_t count)
{
	regmatch_t found[PATTERN_CAPTURES + 1];

	if (regexec(regex, address, PATTERN_CAPTURES + 1, found, 0) != 0)
		return false;
	captures->count = count;
	/* A group that took no part is at -1. */
	for (size_t i = 0; i < count; i++)
		captures->items[i] = found[i + 1].rm_so < 0 ?
		    text_of("") :
		    text_part(text_of(address), (size_t)found[i + 1].rm_so,
			(size_t)found[i + 1].rm_eo);
	return true;
}

bool pattern_matches(const struct pattern *pattern, const struct site *site,
    const char *address, struct captures *captures)
{
	struct text text = text_of(address);

	*captures = (struct captures){0};
	if (text.length == 0)
		return false;
	if (pattern->has_regex)
		return regex_matches(&pattern->regex, address, captures,
		    pattern->captures);
	if (pattern->is_bare && !site_is_local(site, text, &text))
		return false;
	return glob_matches(pattern->glob, text, captures);
}

bool pattern_matches_name(const struct pattern *pattern, struct text name)
{
	struct captures ignored;

	return glob_matches(pattern->glob, name, &ignored);
}
