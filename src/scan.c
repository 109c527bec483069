#include "scan.h"

/* The line so far has grown by bytes that hold no LF. */
static void add_to_line(struct scan *scan, struct text bytes, bool has_crs)
{
	if (bytes.length == 0)
		return;
	if (scan->is_after_cr)
		scan->body->has_bare_cr = true;
	if (scan->line == 0)
		scan->is_dot = bytes.data[0] == '.' &&
		    (bytes.length == 1 ||
			(bytes.length == 2 && bytes.data[1] == '\r'));
	else
		scan->is_dot =
		    scan->is_dot && scan->line == 1 && text_is(bytes, "\r");
	scan->line += bytes.length;
	scan->is_after_cr = bytes.data[bytes.length - 1] == '\r';
	if (has_crs && text_find(bytes, '\r') < bytes.length - 1)
		scan->body->has_bare_cr = true;
}

/* The current line is over; ending is 1 for its LF, 0 at the end of input. */
static void end_line(struct scan *scan, uint64_t ending)
{
	struct body *body = scan->body;
	uint64_t length = scan->line;

	if (scan->is_dot && scan->dot_ends) {
		scan->is_over = true;
		return;
	}
	if (scan->is_after_cr && ending == 1)
		length--;
	else if (scan->is_after_cr)
		body->has_bare_cr = true;
	if (length > body->longest_line)
		body->longest_line = length;
	body->length += scan->line + ending;
	body->wire_length += length + 2;
	scan->line = 0;
	scan->is_dot = false;
	scan->is_after_cr = false;
}

void scan_add(struct scan *scan, struct text bytes)
{
	bool has_crs = text_find(bytes, '\r') < bytes.length;
	struct text rest = bytes;

	while (!scan->is_over && rest.length > 0) {
		size_t end = text_find(rest, '\n');

		add_to_line(scan, text_part(rest, 0, end), has_crs);
		if (end < rest.length)
			end_line(scan, 1);
		rest = text_part(rest, end + 1, rest.length);
	}
	/* What stands behind the end is not part of the body. */
	bytes.length -= rest.length;
	if (!scan->body->has_8bit)
		scan->body->has_8bit = text_has_8bit(bytes);
	if (text_find(bytes, '\0') < bytes.length)
		scan->body->has_nul = true;
}

void scan_end(struct scan *scan)
{
	if (!scan->is_over && scan->line > 0)
		end_line(scan, 0);
}
