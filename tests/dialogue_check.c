#include <string.h>

#include "base64.h"
#include "dialogue.h"
#include "utf8.h"

int dialogue_fail(const struct dialogue *dialogue, const struct step *step,
    const char *expected, struct text got, struct error *err)
{
	struct buf seen = {0};

	utf8_add_visible(&seen, text_part(got, 0, 200));
	(void)fail(err, ERROR_BUG, "%s:%u: expected %s, but %s%s",
	    dialogue->path, step->line, expected,
	    got.length > 0 ? "there came: " : "the client closed",
	    buf_string(&seen));
	buf_free(&seen);
	return -1;
}

/* Each piece goes where it fits first, the last one to the end. */
bool dialogue_matches(const struct step *step, struct text line)
{
	struct text pattern = buf_text(&step->bytes);
	size_t any = text_find(pattern, DIALOGUE_ANY);

	if (any == pattern.length)
		return pattern.length == line.length &&
		    memcmp(pattern.data, line.data, line.length) == 0;
	if (line.length < any || memcmp(pattern.data, line.data, any) != 0)
		return false;
	pattern = text_part(pattern, any + 1, pattern.length);
	line = text_part(line, any, line.length);
	while ((any = text_find(pattern, DIALOGUE_ANY)) < pattern.length) {
		const char *found = any == 0 ?
		    line.data :
		    memmem(line.data, line.length, pattern.data, any);

		if (found == NULL)
			return false;
		line = text_part(line, (size_t)(found - line.data) + any,
		    line.length);
		pattern = text_part(pattern, any + 1, pattern.length);
	}
	return line.length >= pattern.length &&
	    memcmp(line.data + line.length - pattern.length, pattern.data,
		pattern.length) == 0;
}

/* The next line, without its CRLF; a CR or LF anywhere else is an error. */
static int next_line(struct text *rest, struct text *line, struct error *err)
{
	(void)text_split(rest, '\n', line);
	if (line->length == 0 || line->data[line->length - 1] != '\r')
		return fail(err, ERROR_BUG, "a bare LF is in the data");
	line->length--;
	if (text_find(*line, '\r') < line->length)
		return fail(err, ERROR_BUG, "a bare CR is in the data");
	if (line->length > 0 && line->data[0] == '.')
		*line = text_part(*line, 1, line->length);
	return 0;
}

static bool is_added_field(struct text line)
{
	static const char *const names[] = {
	    "Received:", "Date:", "Message-ID:", "From:"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_begins_nocase(line, names[i]))
			return true;
	return false;
}

struct comparison {
	struct text rest; /* of what is expected */
	bool is_header;
	bool is_skipping; /* inside a field that the client added */
};

static int compare_line(struct comparison *comparison, struct text line,
    struct error *err)
{
	struct text rest = comparison->rest;
	struct text expected = {"", 0};
	struct buf visible = {0};

	if (comparison->is_skipping && line.length > 0 &&
	    byte_is_blank(line.data[0]))
		return 0;
	comparison->is_skipping = false;
	if (text_split(&rest, '\n', &expected) && expected.length > 0)
		expected.length--;
	if (comparison->rest.length > 0 && expected.length == line.length &&
	    memcmp(expected.data, line.data, line.length) == 0) {
		comparison->rest = rest;
		comparison->is_header &= line.length > 0;
		return 0;
	}
	if (comparison->is_header && is_added_field(line)) {
		comparison->is_skipping = true;
		return 0;
	}
	utf8_add_visible(&visible, text_part(line, 0, 200));
	(void)fail(err, ERROR_BUG, "the data line \"%s\" should be \"%.*s\"",
	    buf_string(&visible), (int)text_part(expected, 0, 200).length,
	    expected.data);
	buf_free(&visible);
	return -1;
}

int dialogue_check_data(const struct dialogue *dialogue, struct text wire,
    struct error *err)
{
	struct comparison comparison = {buf_text(&dialogue->data), true, false};
	struct text line;

	if (wire.length < 3 ||
	    memcmp(wire.data + wire.length - 3, ".\r\n", 3) != 0)
		return fail(err, ERROR_BUG, "the data does not end with a dot");
	wire.length -= 3;
	while (wire.length > 0) {
		if (next_line(&wire, &line, err) != 0)
			return -1;
		if (dialogue->data.length > 0 &&
		    compare_line(&comparison, line, err) != 0)
			return -1;
	}
	if (comparison.rest.length > 0)
		return fail(err, ERROR_BUG, "the data ends before \"%.*s\"",
		    (int)text_part(comparison.rest, 0, 100).length,
		    comparison.rest.data);
	return 0;
}

static bool has(struct text text, struct text what)
{
	return what.length > 0 && text.length > 0 &&
	    memmem(text.data, text.length, what.data, what.length) != NULL;
}

/*
 * What is sure to be in the base64 of any text that holds the secret at an
 * offset that leaves this remainder when divided by three.
 */
static void add_base64_core(struct buf *core, struct text secret, size_t offset)
{
	struct buf plain = {0};
	struct buf encoded = {0};
	size_t first = (offset * 8 + 5) / 6;

	buf_add(&plain, text_part(text_of("xx"), 0, offset));
	buf_add(&plain, secret);
	base64_encode(&encoded, buf_text(&plain));
	buf_add(core,
	    text_part(buf_text(&encoded), first, plain.length * 8 / 6));
	buf_free(&plain);
	buf_free(&encoded);
}

bool dialogue_shows(struct text text, struct text secret)
{
	bool is_shown = has(text, secret);

	for (size_t offset = 0; offset < 3; offset++) {
		struct buf core = {0};

		add_base64_core(&core, secret, offset);
		is_shown = is_shown || has(text, buf_text(&core));
		buf_free(&core);
	}
	return is_shown;
}
