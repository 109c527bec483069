#include "utf8.h"

#include <string.h>

/*
 * UTF8-octets = *( UTF8-char ), RFC 3629 section 4; the smallest character
 * that needs so many bytes makes the overlong forms visible.
 */
static const int32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

static size_t sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

static int32_t decode(const char *data, size_t length)
{
	int32_t point = (unsigned char)data[0];

	if (length > 1)
		point &= 0x7f >> length;
	for (size_t i = 1; i < length; i++) {
		if (((unsigned char)data[i] & 0xc0) != 0x80)
			return -1;
		point = point << 6 | (data[i] & 0x3f);
	}
	if (point < smallest[length] || point > 0x10ffff ||
	    (point >= 0xd800 && point < 0xe000))
		return -1;
	return point;
}

int32_t utf8_next(struct text *rest)
{
	size_t length = sequence_length((unsigned char)rest->data[0]);
	int32_t point = -1;

	if (length > 0 && length <= rest->length)
		point = decode(rest->data, length);
	*rest = text_part(*rest, point < 0 ? 1 : length, rest->length);
	return point;
}

bool utf8_is_valid(struct text text)
{
	while (text.length > 0)
		if (utf8_next(&text) < 0)
			return false;
	return true;
}

struct text utf8_cut(struct text text, size_t max)
{
	size_t end = max;

	if (text.length <= max)
		return text;
	while (end > 0 && max - end < 3 &&
	    ((unsigned char)text.data[end] & 0xc0) == 0x80)
		end--;
	return text_part(text, 0, end);
}

void utf8_drop_cut_end(char *string)
{
	size_t length = strlen(string);
	size_t start = length;

	while (start > 0 && length - start < 4 &&
	    ((unsigned char)string[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 &&
	    sequence_length((unsigned char)string[start - 1]) >
		length - start + 1)
		string[start - 1] = '\0';
}

/* Of the printable ASCII that the text begins with. */
static size_t plain_length(struct text text)
{
	size_t length = 0;

	while (length < text.length && text.data[length] >= ' ' &&
	    text.data[length] <= '~')
		length++;
	return length;
}

/* Also what moves the text around it: RFC 9839, UAX #9. */
static bool is_visible(int32_t point)
{
	if (point < 0x20 || (point >= 0x7f && point < 0xa0))
		return false;
	if (point == 0x61c || point == 0x200e || point == 0x200f ||
	    point == 0xfeff)
		return false;
	return !(point >= 0x2028 && point <= 0x202e) &&
	    !(point >= 0x2066 && point <= 0x2069);
}

static void add_visible_character(struct buf *buf, struct text *rest)
{
	struct text text = *rest;
	int32_t point = utf8_next(rest);
	size_t length = text.length - rest->length;

	if (is_visible(point))
		buf_add(buf, text_part(text, 0, length));
	else
		for (size_t i = 0; i < length; i++)
			buf_addf(buf, "\\x%02X",
			    (unsigned)(unsigned char)text.data[i]);
}

void utf8_add_visible(struct buf *buf, struct text text)
{
	while (text.length > 0) {
		size_t plain = plain_length(text);

		/* Most text is nothing else, and then this is all. */
		buf_add(buf, text_part(text, 0, plain));
		text = text_part(text, plain, text.length);
		if (text.length > 0)
			add_visible_character(buf, &text);
	}
}

void utf8_add_line(struct buf *buf, struct text text)
{
	while (text.length > 0) {
		struct text rest = text;
		int32_t point = utf8_next(&rest);

		if (point < 0)
			buf_add_byte(buf, '?');
		else if (point < 0x20 || (point >= 0x7f && point < 0xa0))
			buf_add_byte(buf, ' ');
		else
			buf_add(buf,
			    text_part(text, 0, text.length - rest.length));
		text = rest;
	}
}
