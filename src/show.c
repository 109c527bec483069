#include "show.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "mem.h"
#include "utf8.h"

/* Tabs and the line ends of folded fields are blanks here. */
static void add_visible(struct buf *buf, struct text text)
{
	size_t start = 0;

	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] != '\t' && text.data[i] != '\n')
			continue;
		utf8_add_visible(buf, text_part(text, start, i));
		buf_add_byte(buf, ' ');
		start = i + 1;
	}
	utf8_add_visible(buf, text_part(text, start, text.length));
}

void show_line(struct buf *buf, const char *format, ...)
{
	char *line;
	va_list values;

	va_start(values, format);
	line = mem_format(format, values);
	va_end(values);
	add_visible(buf, text_of(line));
	buf_add_byte(buf, '\n');
	free(line);
}

void show_cell(struct strlist *cells, const char *text)
{
	struct buf visible = {0};

	if (text != NULL)
		add_visible(&visible, text_of(text));
	strlist_add(cells, buf_text(&visible));
	buf_free(&visible);
}

/* In characters; East Asian ones that take two columns count as one. */
static size_t width_of(const char *cell)
{
	struct text rest = text_of(cell);
	size_t width = 0;

	for (; rest.length > 0; width++)
		(void)utf8_next(&rest);
	return width;
}

static void add_blanks(struct buf *buf, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_add_byte(buf, ' ');
}

static void show_row(struct buf *buf, char *const *cells, size_t columns,
    const size_t *widths, unsigned indent)
{
	size_t gap = indent;

	for (size_t i = 0; i < columns; i++) {
		size_t width = width_of(cells[i]);

		/* No blanks at the end of a line. */
		if (width > 0) {
			add_blanks(buf, gap);
			buf_add_string(buf, cells[i]);
			gap = 0;
		}
		if (widths[i] > width)
			gap += widths[i] - width;
		if (widths[i] > 0 || width > 0)
			gap += 2;
	}
	buf_add_byte(buf, '\n');
}

void show_table(struct buf *buf, const struct strlist *cells, size_t columns,
    unsigned indent)
{
	size_t widths[SHOW_COLUMNS] = {0};

	for (size_t i = 0; i < cells->count; i++) {
		size_t width = width_of(cells->items[i]);

		if (width > widths[i % columns] && width <= SHOW_WIDEST)
			widths[i % columns] = width;
	}
	for (size_t i = 0; i + columns <= cells->count; i += columns)
		show_row(buf, &cells->items[i], columns, widths, indent);
}

int show_print(struct buf *buf, int fd, struct error *err)
{
	int result = 0;

	if (buf->is_full)
		result = fail(err, ERROR_MESSAGE,
		    "what there is to show is longer than %d bytes",
		    BUF_CEILING);
	else
		result = file_write(fd, buf_text(buf), "standard output", err);
	buf_clear(buf);
	return result;
}

static bool is_empty(const char *string)
{
	return string == NULL || *string == '\0';
}

static void add_change(struct strlist *cells, const struct step *step)
{
	struct buf change = {0};

	if (!is_empty(step->before))
		buf_addf(&change, "%s -> ", step->before);
	if (step->after != NULL)
		buf_add_string(&change, step->after);
	show_cell(cells, buf_string(&change));
	buf_free(&change);
}

/* In a row of its own: both halves may be long. */
static void add_cause(struct strlist *cells, const struct step *step)
{
	struct buf cause = {0};

	if (step->cause == NULL)
		return;
	buf_add_string(&cause, "    ");
	origin_add(&cause, step->origin);
	buf_addf(&cause, "%s%s", step->origin.file != NULL ? ": " : "",
	    step->cause);
	show_cell(cells, NULL);
	show_cell(cells, NULL);
	show_cell(cells, buf_string(&cause));
	buf_free(&cause);
}

void show_steps(struct buf *buf, const struct trace *trace, unsigned indent)
{
	struct strlist cells = {0};

	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		show_cell(&cells, step->stage);
		show_cell(&cells, step->scope);
		add_change(&cells, step);
		add_cause(&cells, step);
	}
	show_table(buf, &cells, 3, indent);
	strlist_free(&cells);
}

static void add_json_step(struct buf *buf, const struct step *step)
{
	struct buf where = {0};

	origin_add(&where, step->origin);
	json_add_comma(buf);
	buf_add_byte(buf, '{');
	json_add_member(buf, "stage", step->stage);
	json_add_member(buf, "scope", step->scope);
	if (!is_empty(step->before))
		json_add_member(buf, "before", step->before);
	json_add_member(buf, "after", step->after);
	json_add_member(buf, "cause", step->cause);
	if (where.length > 0)
		json_add_member(buf, "where", buf_string(&where));
	buf_add_byte(buf, '}');
	buf_free(&where);
}

void show_json_steps(struct buf *buf, const struct trace *trace)
{
	buf_add_byte(buf, '[');
	for (size_t i = 0; i < trace->count; i++)
		add_json_step(buf, &trace->steps[i]);
	buf_add_byte(buf, ']');
}

void show_json_list(struct buf *buf, const struct strlist *list)
{
	buf_add_byte(buf, '[');
	for (size_t i = 0; i < list->count; i++) {
		json_add_comma(buf);
		json_add_string(buf, text_of(list->items[i]));
	}
	buf_add_byte(buf, ']');
}

void show_smarthost(struct buf *buf, const struct profile *profile)
{
	for (size_t i = 0; i < profile->smarthost_count; i++) {
		if (i > 0)
			buf_add_string(buf, ", ");
		smarthost_add(buf, &profile->smarthosts[i]);
	}
}

void show_choice(struct buf *buf, const struct config *config, const char *name,
    const struct route *route)
{
	if (route == NULL) {
		config_add_choice(config, name, buf);
		return;
	}
	buf_addf(buf, "%s = %s in ",
	    route->side == ROUTE_SENDER ? "sender" : "recipient", route->text);
	origin_add(buf, route->origin);
}
