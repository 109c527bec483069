#include "trace.h"

#include <stdlib.h>

#include "mem.h"

static const char *keep(struct trace *trace, const char *string)
{
	struct strlist *texts = &trace->texts;

	strlist_add(texts, text_of(string));
	return texts->items[texts->count - 1];
}

void trace_add(struct trace *trace, const struct step *step)
{
	struct step *copy;

	trace->steps =
	    mem_grow(trace->steps, trace->count, sizeof *trace->steps);
	copy = &trace->steps[trace->count++];
	*copy = *step;
	copy->before = keep(trace, step->before != NULL ? step->before : "");
	copy->after = keep(trace, step->after != NULL ? step->after : "");
	if (step->cause != NULL)
		copy->cause = keep(trace, step->cause);
}

void trace_free(struct trace *trace)
{
	strlist_free(&trace->texts);
	free(trace->steps);
	*trace = (struct trace){0};
}
