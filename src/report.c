#include "report.h"

#include <stdarg.h>
#include <stdio.h>

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
