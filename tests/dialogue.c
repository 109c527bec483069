#include "dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { MAX_REPEAT = 1000000 };

enum section { IN_FIELDS, IN_MESSAGE, IN_DATA, IN_STEPS };

struct reader {
	struct dialogue *dialogue;
	enum section section;
	unsigned line;
	bool is_joining; /* the last line was S: or R: */
	struct error *err;
};

static int complain(const struct reader *reader, const char *what)
{
	return fail(reader->err, ERROR_BUG, "%s:%u: %s", reader->dialogue->path,
	    reader->line, what);
}

static int hex_digit(char byte)
{
	if (byte_is_digit(byte))
		return byte - '0';
	byte = byte_lower(byte);
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Take the rest of "\x41" behind its backslash. */
static int take_hex(struct text *text, char *byte)
{
	int high;
	int low;

	if (text->length < 3)
		return -1;
	high = hex_digit(text->data[1]);
	low = hex_digit(text->data[2]);
	if (high < 0 || low < 0)
		return -1;
	*byte = (char)(high << 4 | low);
	*text = text_part(*text, 3, text->length);
	return 0;
}

static int take_escape(struct text *text, char *byte)
{
	static const char names[] = "rnt0\\*";
	static const char bytes[] = {
	    '\r', '\n', '\t', '\0', '\\', DIALOGUE_ANY};
	const char *found;

	if (text->length == 0)
		return -1;
	if (text->data[0] == 'x')
		return take_hex(text, byte);
	found = memchr(names, text->data[0], sizeof names - 1);
	if (found == NULL)
		return -1;
	*byte = bytes[found - names];
	*text = text_part(*text, 1, text->length);
	return 0;
}

int dialogue_unescape(struct buf *buf, struct text text)
{
	while (text.length > 0) {
		char byte = text.data[0];

		text = text_part(text, 1, text.length);
		if (byte == '\\' && take_escape(&text, &byte) != 0)
			return -1;
		buf_add_byte(buf, byte);
	}
	return 0;
}

/* Take "*600:" or ":" and one blank off a line. */
static int take_repeat(struct text *line, unsigned long long *repeat)
{
	size_t colon = text_find(*line, ':');
	struct text number = text_part(*line, 0, colon);

	*repeat = 1;
	if (colon == line->length)
		return -1;
	if (number.length > 0) {
		if (number.data[0] != '*')
			return -1;
		number = text_part(number, 1, number.length);
		if (text_number(number, MAX_REPEAT, repeat) != 0)
			return -1;
	}
	*line = text_part(*line, colon + 1, line->length);
	if (line->length > 0 && line->data[0] == ' ')
		*line = text_part(*line, 1, line->length);
	return 0;
}

/* The rest of a line behind its first letter: [*N]: text with escapes. */
static int add_repeated(struct reader *reader, struct buf *buf,
    struct text line, const char *line_end)
{
	struct buf once = {0};
	unsigned long long repeat;
	int result = 0;

	if (take_repeat(&line, &repeat) != 0 ||
	    dialogue_unescape(&once, line) != 0)
		result = complain(reader, "no such escape or repetition");
	else
		buf_add_string(&once, line_end);
	for (; result == 0 && repeat > 0; repeat--)
		buf_add(buf, buf_text(&once));
	buf_free(&once);
	return result;
}

/* A line of the message or of the data; "\:" and "\*N:" add no line end. */
static int add_content(struct reader *reader, struct buf *buf, struct text line,
    const char *line_end)
{
	if (line.length > 1 && line.data[0] == '\\' &&
	    (line.data[1] == ':' || line.data[1] == '*'))
		return add_repeated(reader, buf,
		    text_part(line, 1, line.length), "");
	buf_add(buf, line);
	buf_add_string(buf, line_end);
	return 0;
}

static struct step *add_step(struct reader *reader, enum step_kind kind)
{
	struct dialogue *dialogue = reader->dialogue;
	struct step *step;

	if (kind == STEP_SERVER && reader->is_joining)
		return &dialogue->steps[dialogue->count - 1];
	dialogue->steps = mem_resize(dialogue->steps, dialogue->count + 1,
	    sizeof *dialogue->steps);
	step = &dialogue->steps[dialogue->count++];
	*step = (struct step){.kind = kind, .line = reader->line};
	reader->is_joining = kind == STEP_SERVER;
	return step;
}

static const struct {
	const char *line_end; /* NULL: the step takes no text */
	enum step_kind kind;
	char letter;
} letters[] = {
    {"\r\n", STEP_SERVER, 'S'},
    {"", STEP_SERVER, 'R'},
    {"\r\n", STEP_CLIENT, 'C'},
    {NULL, STEP_DATA, 'D'},
    {NULL, STEP_TLS, 'T'},
    {NULL, STEP_CLOSE, 'X'},
    {NULL, STEP_WAIT, 'W'},
};

static bool is_over(const struct dialogue *dialogue)
{
	return dialogue->count > 0 &&
	    dialogue->steps[dialogue->count - 1].kind >= STEP_CLOSE;
}

static int read_step(struct reader *reader, struct text line)
{
	struct step *step;
	size_t n = 0;

	if (line.length == 0 || line.data[0] == '#') {
		reader->is_joining = false;
		return 0;
	}
	while (n < sizeof letters / sizeof *letters &&
	    letters[n].letter != line.data[0])
		n++;
	line = text_part(line, 1, line.length);
	if (n == sizeof letters / sizeof *letters)
		return complain(reader, "no such step");
	if (letters[n].line_end == NULL && !text_is(text_trim(line), ":"))
		return complain(reader, "this step takes no text");
	if (is_over(reader->dialogue))
		return complain(reader, "nothing can follow X: or W:");
	step = add_step(reader, letters[n].kind);
	if (letters[n].line_end == NULL)
		return 0;
	return add_repeated(reader, &step->bytes, line, letters[n].line_end);
}

static int add_options(struct reader *reader, struct text value)
{
	struct buf option = {0};
	struct text word;
	int result = 0;

	while (result == 0 && text_word(&value, &word)) {
		buf_clear(&option);
		result = dialogue_unescape(&option, word);
		strlist_add(&reader->dialogue->options, buf_text(&option));
	}
	buf_free(&option);
	return result == 0 ? 0 : complain(reader, "no such escape");
}

static int set_exit(struct reader *reader, struct text value)
{
	unsigned long long code;

	if (text_number(value, 255, &code) != 0)
		return complain(reader, "Exit: takes a number");
	reader->dialogue->exit_code = (int)code;
	return 0;
}

static int set_delivered(struct reader *reader, struct text value)
{
	reader->dialogue->is_delivered = text_is(value, "yes");
	if (text_is(value, "yes") || text_is(value, "no"))
		return 0;
	return complain(reader, "Delivered: is yes or no");
}

static int set_word(char **field, struct text value)
{
	free(*field);
	*field = text_dup(value);
	return 0;
}

static int set_field(struct reader *reader, struct text name, struct text value)
{
	struct dialogue *dialogue = reader->dialogue;

	if (text_is(name, "Options"))
		return add_options(reader, value);
	if (text_is(name, "Exit"))
		return set_exit(reader, value);
	if (text_is(name, "Delivered"))
		return set_delivered(reader, value);
	if (text_is(name, "From"))
		return set_word(&dialogue->from, value);
	if (text_is(name, "Nonce"))
		return set_word(&dialogue->nonce, value);
	if (text_is(name, "Binding"))
		return set_word(&dialogue->binding, value);
	if (text_is(name, "Config")) {
		strlist_add(&dialogue->config, value);
	} else if (text_is(name, "To")) {
		strlist_add(&dialogue->to, value);
	} else if (text_is(name, "Says")) {
		strlist_add(&dialogue->says, value);
	} else if (text_is(name, "Hides")) {
		strlist_add(&dialogue->hides, value);
	} else {
		return complain(reader, "no such field");
	}
	return 0;
}

static int read_field(struct reader *reader, struct text line)
{
	size_t colon = text_find(line, ':');

	if (line.length == 0 || line.data[0] == '#')
		return 0;
	if (colon == line.length)
		return complain(reader, "expected \"Name: value\"");
	return set_field(reader, text_part(line, 0, colon),
	    text_trim(text_part(line, colon + 1, line.length)));
}

static int read_line(struct reader *reader, struct text line)
{
	struct dialogue *dialogue = reader->dialogue;

	if (text_is(line, "-- message")) {
		reader->section = IN_MESSAGE;
		return 0;
	}
	if (text_is(line, "-- data")) {
		reader->section = IN_DATA;
		return 0;
	}
	if (text_is(line, "-- dialogue")) {
		reader->section = IN_STEPS;
		return 0;
	}
	if (reader->section == IN_MESSAGE)
		return add_content(reader, &dialogue->message, line, "\n");
	if (reader->section == IN_DATA)
		return add_content(reader, &dialogue->data, line, "\r\n");
	if (reader->section == IN_STEPS)
		return read_step(reader, line);
	return read_field(reader, line);
}

int dialogue_read(struct dialogue *dialogue, const char *path,
    struct error *err)
{
	struct reader reader = {.dialogue = dialogue, .err = err};
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int result = 0;

	*dialogue = (struct dialogue){.path = mem_dup(path)};
	if (file == NULL)
		return fail_errno(err, ERROR_BUG, "cannot open %s", path);
	while (result == 0 && (length = getline(&line, &size, file)) > 0) {
		struct text text = {line, (size_t)length};

		if (text.data[text.length - 1] == '\n')
			text.length--;
		reader.line++;
		result = read_line(&reader, text);
	}
	if (result == 0 && dialogue->count == 0)
		result = complain(&reader, "no steps behind \"-- dialogue\"");
	free(line);
	(void)fclose(file); /* it was only read */
	return result;
}

void dialogue_free(struct dialogue *dialogue)
{
	for (size_t i = 0; i < dialogue->count; i++)
		buf_free(&dialogue->steps[i].bytes);
	free(dialogue->steps);
	free(dialogue->path);
	free(dialogue->from);
	free(dialogue->nonce);
	free(dialogue->binding);
	strlist_free(&dialogue->config);
	strlist_free(&dialogue->options);
	strlist_free(&dialogue->to);
	strlist_free(&dialogue->says);
	strlist_free(&dialogue->hides);
	buf_free(&dialogue->message);
	buf_free(&dialogue->data);
	*dialogue = (struct dialogue){0};
}
