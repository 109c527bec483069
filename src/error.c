#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "utf8.h"

static const struct {
	int exit_code;
	bool is_worth_retrying;
	char status[ERROR_STATUS_SIZE];
} kinds[ERROR_KINDS] = {
    [ERROR_NONE] = {EX_OK, false, "2.0.0"},
    [ERROR_DEFERRED] = {EX_TEMPFAIL, true, "4.0.0"},
    [ERROR_NETWORK] = {EX_TEMPFAIL, true, "4.4.1"},
    [ERROR_UNSURE] = {EX_TEMPFAIL, true, "4.4.2"},
    [ERROR_PROTOCOL] = {EX_PROTOCOL, true, "4.5.0"},
    [ERROR_NO_HOST] = {EX_NOHOST, true, "4.4.4"},
    [ERROR_LOGIN] = {EX_NOPERM, true, "4.7.8"},
    [ERROR_CERTIFICATE] = {EX_UNAVAILABLE, true, "4.7.5"},
    [ERROR_LACKS] = {EX_UNAVAILABLE, true, "4.7.10"},
    [ERROR_NO_USER] = {EX_NOUSER, false, "5.1.1"},
    [ERROR_REFUSED] = {EX_UNAVAILABLE, false, "5.0.0"},
    [ERROR_TOO_BIG] = {EX_DATAERR, false, "5.3.4"},
    [ERROR_ADDRESS] = {EX_DATAERR, false, "5.1.3"},
    [ERROR_MESSAGE] = {EX_DATAERR, false, "5.6.0"},
    [ERROR_NO_INPUT] = {EX_NOINPUT, false, "5.3.0"},
    [ERROR_USAGE] = {EX_USAGE, false, "5.5.4"},
    [ERROR_NO_MODE] = {EX_UNAVAILABLE, false, "5.3.3"},
    [ERROR_CREATE] = {EX_CANTCREAT, true, "4.3.0"},
    [ERROR_IO] = {EX_IOERR, true, "4.3.0"},
    [ERROR_SYSTEM] = {EX_OSERR, true, "4.3.0"},
    [ERROR_CONFIG] = {EX_CONFIG, true, "4.3.5"},
    [ERROR_BUG] = {EX_SOFTWARE, true, "4.3.0"},
};

PRINTF(2, 0)
static void set_text(struct error *err, const char *format, va_list values)
{
	(void)vsnprintf(err->text, sizeof err->text, format, values);
	utf8_drop_cut_end(err->text);
}

static void set_kind(struct error *err, enum error_kind kind)
{
	err->kind = kind;
	err->reply = 0;
	memcpy(err->status, kinds[kind].status, sizeof err->status);
}

int fail(struct error *err, enum error_kind kind, const char *format, ...)
{
	va_list values;

	set_kind(err, kind);
	va_start(values, format);
	set_text(err, format, values);
	va_end(values);
	return -1;
}

int fail_errno(struct error *err, enum error_kind kind, const char *format, ...)
{
	const char *reason = strerror(errno);
	size_t length;
	va_list values;

	set_kind(err, kind);
	va_start(values, format);
	set_text(err, format, values);
	va_end(values);
	length = strlen(err->text);
	(void)snprintf(err->text + length, sizeof err->text - length, ": %s",
	    reason);
	return -1;
}

int fail_within(struct error *err, const char *format, ...)
{
	char cause[ERROR_TEXT_SIZE];
	size_t length;
	va_list values;

	memcpy(cause, err->text, sizeof cause);
	va_start(values, format);
	set_text(err, format, values);
	va_end(values);
	length = strlen(err->text);
	(void)snprintf(err->text + length, sizeof err->text - length, "%s",
	    cause);
	utf8_drop_cut_end(err->text);
	return -1;
}

int error_exit_code(enum error_kind kind)
{
	return kinds[kind].exit_code;
}

const char *error_status(enum error_kind kind)
{
	return kinds[kind].status;
}

bool error_is_worth_retrying(enum error_kind kind)
{
	return kinds[kind].is_worth_retrying;
}
