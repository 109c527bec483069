#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#include "utf8.h"

/* How many characters are shown before the spot and from it on. */
enum { SPOT_BEFORE = 40, SPOT_BEHIND = 30 };

bool report_is_full(const struct report *report)
{
	return report->sentences->count >= REPORT_MAX;
}

void report_add(struct report *report, struct origin origin, const char *format,
    ...)
{
	char sentence[ERROR_TEXT_SIZE];
	struct buf place = {0};
	struct error err;
	va_list values;

	va_start(values, format);
	(void)vsnprintf(sentence, sizeof sentence, format, values);
	va_end(values);
	(void)fail(&err, ERROR_CONFIG, "%s", sentence);
	origin_add(&place, origin);
	if (place.length > 0)
		(void)fail_within(&err, "%s: ", buf_string(&place));
	buf_free(&place);
	if (!report->has_problem)
		*report->first = err;
	report->has_problem = true;
	if (!report_is_full(report))
		strlist_add(report->sentences, text_of(err.text));
}

static size_t count_characters(struct text text)
{
	size_t count = 0;

	for (; text.length > 0; count++)
		(void)utf8_next(&text);
	return count;
}

static struct text skip_characters(struct text text, size_t count)
{
	for (; text.length > 0 && count > 0; count--)
		(void)utf8_next(&text);
	return text;
}

static void add_before(struct buf *buf, struct text before)
{
	size_t count = count_characters(before);

	if (count > SPOT_BEFORE) {
		buf_add_string(buf, "...");
		before = skip_characters(before, count - SPOT_BEFORE);
	}
	utf8_add_visible(buf, before);
}

static void add_behind(struct buf *buf, struct text behind)
{
	struct text rest = skip_characters(behind, SPOT_BEHIND);

	utf8_add_visible(buf,
	    text_part(behind, 0, behind.length - rest.length));
	if (rest.length > 0)
		buf_add_string(buf, "...");
}

void report_add_spot(struct report *report, struct text value, const char *spot)
{
	size_t place = (size_t)(spot - value.data);
	struct buf plain = {0};
	struct buf shown = {0};
	size_t column;

	buf_add(&plain, value);
	for (size_t i = 0; i < plain.length; i++)
		if (plain.data[i] == '\t')
			plain.data[i] = ' ';
	add_before(&shown, text_part(buf_text(&plain), 0, place));
	column = count_characters(buf_text(&shown));
	add_behind(&shown, text_part(buf_text(&plain), place, plain.length));
	/* One without the other would be a riddle. */
	if (report->sentences->count + 2 <= REPORT_MAX) {
		strlist_addf(report->sentences, "    %s", buf_string(&shown));
		strlist_addf(report->sentences, "    %*s^", (int)column, "");
	}
	buf_free(&shown);
	buf_free(&plain);
}
