#include "dotstuff.h"

#include <string.h>

static char *put(char *out, struct text bytes)
{
	memcpy(out, bytes.data, bytes.length);
	return out + bytes.length;
}

/* What may stand inside a line: everything but LF, CR as a blank. */
static char *put_inside(struct dotstuff *state, struct text bytes, bool has_crs,
    char *out)
{
	char *first = out;

	if (bytes.length == 0)
		return out;
	if (state->is_after_cr)
		*first++ = ' ';
	else if (!state->is_inside_line && bytes.data[0] == '.')
		*first++ = '.';
	state->is_inside_line = true;
	state->is_after_cr = bytes.data[bytes.length - 1] == '\r';
	if (state->is_after_cr)
		bytes.length--;
	out = put(first, bytes);
	if (has_crs)
		for (char *at = first; at < out; at++)
			if (*at == '\r')
				*at = ' ';
	return out;
}

static char *put_line_end(struct dotstuff *state, char *out)
{
	*state = (struct dotstuff){0};
	*out++ = '\r';
	*out++ = '\n';
	return out;
}

size_t dotstuff_add(struct dotstuff *state, struct text bytes, char *out)
{
	bool has_crs = text_find(bytes, '\r') < bytes.length;
	char *start = out;

	while (bytes.length > 0) {
		size_t end = text_find(bytes, '\n');

		out = put_inside(state, text_part(bytes, 0, end), has_crs, out);
		if (end < bytes.length)
			out = put_line_end(state, out);
		bytes = text_part(bytes, end + 1, bytes.length);
	}
	return (size_t)(out - start);
}

size_t dotstuff_end(struct dotstuff *state, char *out)
{
	char *start = out;

	if (state->is_after_cr)
		*out++ = ' ';
	if (state->is_inside_line)
		out = put_line_end(state, out);
	out = put(out, text_of(".\r\n"));
	return (size_t)(out - start);
}
