#include "log.h"

#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "date.h"
#include "error.h"
#include "file.h"
#include "json.h"
#include "utf8.h"

static const struct {
	const char *name;
	int priority;
} levels[] = {
    [LEVEL_INFO] = {"info", LOG_INFO},
    [LEVEL_WARNING] = {"warning", LOG_WARNING},
    [LEVEL_ERROR] = {"error", LOG_ERR},
};

static struct {
	const struct settings *settings;
	bool is_syslog_open;
} state;

void log_open(const struct settings *settings)
{
	state.settings = settings;
}

void log_close(void)
{
	if (state.is_syslog_open)
		closelog();
	state.settings = NULL;
	state.is_syslog_open = false;
}

/* What could be taken for the end of the value, or for no value at all. */
static bool needs_quotes(const char *value)
{
	return *value == '\0' || strpbrk(value, " \"=") != NULL;
}

/* A quote mark is shown as a byte, so that the next one always ends a value. */
static void add_text_value(struct buf *line, const char *key, const char *value)
{
	struct buf visible = {0};
	const char *quote = needs_quotes(value) ? "\"" : "";

	utf8_add_visible(&visible, text_of(value));
	buf_addf(line, "%s%s=%s", line->length > 0 ? " " : "", key, quote);
	for (size_t i = 0; i < visible.length; i++)
		if (visible.data[i] == '"')
			buf_add_string(line, "\\x22");
		else
			buf_add_byte(line, visible.data[i]);
	buf_add_string(line, quote);
	buf_free(&visible);
}

static void add_json_value(struct buf *line, const struct log_value *value)
{
	if (line->length == 0)
		buf_add_byte(line, '{');
	json_add_key(line, value->key);
	if (value->is_number)
		buf_add_string(line, value->value);
	else
		json_add_string(line, text_of(value->value));
}

static void add_value(struct buf *line, const struct log_value *value)
{
	if (value->value == NULL)
		return;
	if (state.settings->log_format == LOG_JSON)
		add_json_value(line, value);
	else
		add_text_value(line, value->key, value->value);
}

static bool goes_to_syslog(void)
{
	return strcmp(state.settings->log, "syslog") == 0;
}

/* syslog(3) adds both by itself, but not where a JSON reader finds them. */
static void add_time_and_level(struct buf *line, enum log_level level)
{
	struct buf time = {0};

	date_add_log(&time, clock_now());
	if (state.settings->log_format == LOG_JSON)
		add_value(line,
		    &(struct log_value){"time", buf_string(&time), false});
	else
		buf_add(line, buf_text(&time));
	add_value(line,
	    &(struct log_value){"level", levels[level].name, false});
	buf_free(&time);
}

/*
 * Opened for each line: that is one line for most processes, and a file that
 * logrotate(8) has moved away is not written to any longer.
 */
static void write_line(struct text line)
{
	bool is_stderr = strcmp(state.settings->log, "stderr") == 0;
	struct error err;
	int fd = STDERR_FILENO;

	if (!is_stderr)
		fd = file_open_append(state.settings->log, &err);
	if (fd < 0)
		return;
	/* A log that cannot be written stops nothing; see log.h. */
	(void)file_write(fd, line, "the log", &err);
	if (!is_stderr)
		(void)close(fd);
}

static void send_line(enum log_level level, const struct buf *line)
{
	if (!goes_to_syslog()) {
		write_line(buf_text(line));
		return;
	}
	if (!state.is_syslog_open)
		openlog("sendmail", LOG_PID, LOG_MAIL);
	state.is_syslog_open = true;
	syslog(levels[level].priority, "%s", buf_string(line));
}

void log_entry(enum log_level level, const struct log_value *values,
    size_t count)
{
	struct buf line = {0};
	bool is_json;

	if (state.settings == NULL || strcmp(state.settings->log, "none") == 0)
		return;
	is_json = state.settings->log_format == LOG_JSON;
	if (is_json || !goes_to_syslog())
		add_time_and_level(&line, level);
	for (size_t i = 0; i < count; i++)
		add_value(&line, &values[i]);
	if (is_json)
		buf_add_byte(&line, '}');
	if (!goes_to_syslog())
		buf_add_byte(&line, '\n');
	send_line(level, &line);
	buf_free(&line);
}

void log_sentence(enum log_level level, const char *id, const char *sentence)
{
	const struct log_value values[] = {
	    {.key = "id", .value = id},
	    {.key = "sentence", .value = sentence},
	};

	log_entry(level, values, sizeof values / sizeof *values);
}
