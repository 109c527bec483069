#include "origin.h"

void origin_add(struct buf *buf, struct origin origin)
{
	if (origin.file != NULL)
		buf_add_string(buf, origin.file);
	if (origin.file != NULL && origin.line > 0)
		buf_addf(buf, ":%u", origin.line);
}
