/*
 * file    = *( [ section / key / more / comment ] [ CR ] LF )
 * section = "[" name "]" [ comment ]
 * key     = name ( "=" / ":" ) value
 * more    = blank value               ; continues the value above it
 * comment = *blank ( ";" / "#" ) *byte
 */
#include "inifile.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

/* What libinih was given and has not yet answered for. */
enum given { GIVEN_NOTHING, GIVEN_SECTION, GIVEN_FIRST_KEY, GIVEN_LINE };

struct feed {
	inifile_visitor *visitor;
	void *context;
	struct text rest; /* of the file */
	struct text line; /* the one that libinih is at */
	unsigned number;  /* its */
	enum given given;
	bool is_over; /* the visitor has seen enough */
};

static void tell(struct feed *feed, enum inifile_kind kind, const char *name,
    struct text text)
{
	struct inifile_line line = {kind, feed->number, name, text};

	feed->given = GIVEN_NOTHING;
	feed->is_over = feed->is_over || !feed->visitor(feed->context, &line);
}

static bool tell_bad(struct feed *feed, enum inifile_kind kind,
    const char *sentence)
{
	tell(feed, kind, "", text_of(sentence));
	return false;
}

static size_t find_separator(struct text line)
{
	size_t n = 0;

	while (n < line.length && line.data[n] != '=' && line.data[n] != ':')
		n++;
	return n;
}

static bool is_comment(struct text text)
{
	return text.length == 0 || text.data[0] == ';' || text.data[0] == '#';
}

/* After this libinih has no reason left not to take it for a section. */
static const char *section_problem(struct text line, size_t end)
{
	if (end == line.length || text_find(line, ';') < end)
		return "a section without its ]";
	if (end > INIFILE_MAX_NAME + 1)
		return "a section whose name is longer than 49 bytes";
	if (!is_comment(text_trim(text_part(line, end + 1, line.length))))
		return "something stands behind the ] of the section";
	return NULL;
}

static bool shape_section(struct feed *feed, char *shape, size_t size)
{
	size_t end = text_find(feed->line, ']');
	const char *problem = section_problem(feed->line, end);

	if (problem != NULL)
		return tell_bad(feed, INIFILE_BAD_SECTION, problem);
	(void)snprintf(shape, size, "%.*s]\n", (int)end, feed->line.data);
	feed->given = GIVEN_SECTION;
	return true;
}

/*
 * Behind a blank only libinih knows whether it is a key or continues one: then
 * it says "name==" for the value instead of "=".  What can be no key is "x".
 */
static bool shape_key(struct feed *feed, char *shape, size_t size)
{
	struct text line = feed->line;
	size_t end = find_separator(line);
	struct text name = text_trim(text_part(line, 0, end));
	bool is_indented = byte_is_blank(line.data[0]);
	bool has_name = end < line.length && end + sizeof "==\n" <= size &&
	    name.length <= INIFILE_MAX_NAME;

	if (end < line.length && !has_name && !is_indented)
		return tell_bad(feed, INIFILE_BAD,
		    "a key whose name is longer than 49 bytes");
	if (has_name)
		(void)snprintf(shape, size, "%.*s==\n", (int)end, line.data);
	else
		(void)snprintf(shape, size, is_indented ? " x\n" : "x\n");
	feed->given = GIVEN_LINE;
	return true;
}

static bool shape_line(struct feed *feed, char *shape, size_t size)
{
	struct text line = feed->line;

	if (is_comment(text_trim(line)))
		return false;
	if (line.length > INIFILE_MAX_LINE)
		return tell_bad(feed, INIFILE_BAD,
		    "a line longer than 65536 bytes");
	if (text_find(line, '\0') < line.length)
		return tell_bad(feed, INIFILE_BAD, "a NUL byte in the line");
	if (line.data[0] == '[')
		return shape_section(feed, shape, size);
	return shape_key(feed, shape, size);
}

/*
 * libinih wants a line, as from fgets(3).  It keeps quiet about sections, so
 * each gets a key without a name to be told of.
 */
static char *give_line(char *shape, int size, void *stream)
{
	struct feed *feed = stream;

	if (feed->given == GIVEN_SECTION) {
		feed->given = GIVEN_FIRST_KEY;
		(void)snprintf(shape, (size_t)size, "=\n");
		return shape;
	}
	if (feed->given != GIVEN_NOTHING)
		(void)tell_bad(feed, INIFILE_BAD,
		    "neither [section] nor key = value nor a comment");
	while (!feed->is_over && text_split(&feed->rest, '\n', &feed->line)) {
		feed->number++;
		if (shape_line(feed, shape, (size_t)size))
			return shape;
	}
	return NULL;
}

static int take_key(void *user, const char *section, const char *name,
    const char *value)
{
	struct feed *feed = user;
	struct text line = feed->line;

	/* Other builds of libinih call for sections and lone words as well. */
	if (name == NULL || value == NULL)
		return 1;
	if (feed->given == GIVEN_FIRST_KEY)
		tell(feed, INIFILE_SECTION, "", text_trim(text_of(section)));
	else if (strcmp(value, "=") == 0)
		tell(feed, INIFILE_KEY, name,
		    text_part(line, find_separator(line) + 1, line.length));
	else
		tell(feed, INIFILE_MORE, "", text_trim(line));
	return 1;
}

void inifile_read(struct text contents, inifile_visitor *visitor, void *context)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	struct feed feed = {
	    .visitor = visitor, .context = context, .rest = contents};

	if (text_is(text_part(contents, 0, 3), byte_order_mark))
		feed.rest = text_part(contents, 3, contents.length);
	/* Each line that it found bad has been told of by number. */
	(void)ini_parse_stream(give_line, &feed, take_key, &feed);
}
