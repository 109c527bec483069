#include "report.h"

#include <stdarg.h>
#include <stdio.h>

bool report_is_full(const struct report *report)
{
	return report->sentences->count >= REPORT_MAX;
}

static void add_origin(struct error *err, struct origin origin)
{
	if (origin.file != NULL && origin.line > 0)
		(void)fail_within(err, "%s:%u: ", origin.file, origin.line);
	else if (origin.file != NULL)
		(void)fail_within(err, "%s: ", origin.file);
}

void report_add(struct report *report, struct origin origin, const char *format,
    ...)
{
	char sentence[ERROR_TEXT_SIZE];
	struct error err;
	va_list values;

	va_start(values, format);
	(void)vsnprintf(sentence, sizeof sentence, format, values);
	va_end(values);
	(void)fail(&err, ERROR_CONFIG, "%s", sentence);
	add_origin(&err, origin);
	if (!report->has_problem)
		*report->first = err;
	report->has_problem = true;
	if (!report_is_full(report))
		strlist_add(report->sentences, text_of(err.text));
}
