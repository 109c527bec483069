/*
 * log.h - one line for each attempt and group of recipients
 *
 * The only module with state of its own.  A log that cannot be written never
 * stops a mail and never makes a program fail.
 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

#include "settings.h"
#include "text.h"

/* The settings must outlive the log. */
void log_open(const struct settings *);
void log_close(void);

/* An entry is a row of these; a value of NULL is left out. */
struct log_value {
	const char *key;
	const char *value;
	bool is_number; /* JSON without quotes */
};

enum log_level { LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR };

/*
 * Text: key=value key="two words", a quote mark inside shown as \x22; JSON: one
 * object.  Files, stderr and JSON begin with time and level; syslog(3) has its
 * own.
 */
void log_entry(enum log_level, const struct log_value *, size_t count);

/* One sentence, for what is no attempt. */
void log_sentence(enum log_level, const char *id, const char *sentence);

#endif
