#include "saslprep.h"

#include "utf8.h"

struct range {
	int32_t first;
	int32_t last;
};

/* RFC 3454 C.1.2, the spaces that are not ASCII. */
static const struct range spaces[] = {{0xa0, 0xa0}, {0x1680, 0x1680},
    {0x2000, 0x200b}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}};

/* RFC 3454 B.1, mapped to nothing. */
static const struct range nothing[] = {{0xad, 0xad}, {0x34f, 0x34f},
    {0x1806, 0x1806}, {0x180b, 0x180d}, {0x200c, 0x200d}, {0x2060, 0x2060},
    {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};

/* RFC 4013 section 2.3, without what was mapped before. */
static const struct range forbidden[] = {
    {0x0, 0x1f}, {0x7f, 0x9f},                        /* C.2.1, C.2.2 */
    {0x6dd, 0x6dd}, {0x70f, 0x70f}, {0x180e, 0x180e}, /* C.2.2 */
    {0x2028, 0x2029}, {0x2061, 0x2063}, {0x206a, 0x206f}, {0xfff9, 0xfffd},
    {0x1d173, 0x1d17a}, {0xe000, 0xf8ff},
    {0xf0000, 0x10ffff},                                /* C.3, private */
    {0xfdd0, 0xfdef}, {0x2ff0, 0x2ffb},                 /* C.4, C.7 */
    {0x340, 0x341}, {0x200e, 0x200f}, {0x202a, 0x202e}, /* C.8 */
    {0xe0001, 0xe0001}, {0xe0020, 0xe007f},             /* C.9 */
};

#define HAS(ranges, point)                                                     \
	is_in(ranges, sizeof(ranges) / sizeof *(ranges), point)

static bool is_in(const struct range ranges[], size_t count, int32_t point)
{
	for (size_t i = 0; i < count; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

/* The last two of each plane are no characters (RFC 3454 C.4). */
static bool is_forbidden(int32_t point)
{
	return (point & 0xfffe) == 0xfffe || HAS(forbidden, point);
}

int saslprep(struct text text, const char *name, struct buf *out,
    struct error *err)
{
	size_t start = out->length;

	while (text.length > 0) {
		struct text rest = text;
		int32_t point = utf8_next(&rest);

		if (point < 0)
			return fail(err, ERROR_CONFIG,
			    "the %s is not in UTF-8, as this login wants it",
			    name);
		if (HAS(spaces, point))
			buf_add_byte(out, ' ');
		else if (!HAS(nothing, point) && is_forbidden(point))
			return fail(err, ERROR_CONFIG,
			    "the %s has a character that no login may have "
			    "(RFC 4013), such as a control character",
			    name);
		else if (!HAS(nothing, point))
			buf_add(out,
			    text_part(text, 0, text.length - rest.length));
		text = rest;
	}
	if (out->length == start)
		return fail(err, ERROR_CONFIG,
		    "the %s is empty, or all its characters are invisible",
		    name);
	return 0;
}
