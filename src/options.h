/*
 * options.h - the command line of every sendmail there ever was
 *
 * POSIX order: options end at "--" or at the first argument that is none.
 * Short options cluster and take their value attached or from the next
 * argument.  Historical options are accepted with the right arity and ignored;
 * an unknown one is ERROR_USAGE.  sendmail(8) lists them all.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "error.h"
#include "option.h"

/*
 * The last mode asked for counts, but neither -bm nor -q undoes another one.
 * ERROR_USAGE, and *options not to be used, for what is no command line.
 */
int options_parse(struct options *, int argc, char **argv, struct error *);

/* What --help prints. */
extern const char options_help[];

#endif
