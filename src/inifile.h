/*
 * inifile.h - INI as libinih reads it, without its limits
 *
 * libinih as it is packaged cuts lines at 200 bytes, has no line numbers and
 * says nothing of an empty section.  So it is handed only the shape of each
 * line and judges that; the values stay here.
 */
#ifndef INIFILE_H
#define INIFILE_H

#include <stdbool.h>

#include "text.h"

enum {
	INIFILE_MAX_LINE = 64 * 1024, /* bytes */
	INIFILE_MAX_NAME = 49         /* bytes of a key or section; libinih's */
};

enum inifile_kind {
	INIFILE_SECTION,    /* text: what stands between the brackets */
	INIFILE_KEY,        /* name, and text: what stands behind the "=" */
	INIFILE_MORE,       /* text: a line that continues the last value */
	INIFILE_BAD,        /* text: what is wrong with the line */
	INIFILE_BAD_SECTION /* the same; what follows belongs to no section */
};

struct inifile_line {
	enum inifile_kind kind;
	unsigned number; /* from 1 */
	const char *name;
	struct text text;
};

/* Called for each line but comments and blank ones; false to stop. */
typedef bool inifile_visitor(void *context, const struct inifile_line *);

void inifile_read(struct text contents, inifile_visitor *, void *context);

#endif
