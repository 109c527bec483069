/*
 * error.h - what went wrong, as a value
 *
 * A function that can fail returns 0 or -1 and takes a struct error * last.
 * It fills it with one sentence: who, what, which value, what to do; without
 * newline.  The table in error.c maps each kind to the exit code (sysexits.h),
 * the enhanced status (RFC 3463) and whether the message deserves another try;
 * EXIT STATUS in sendmail(8) is that table.
 */
#ifndef ERROR_H
#define ERROR_H

#include <stdbool.h>

#include "compat.h"

/* In rising order of severity: the worst of several outcomes decides. */
enum error_kind {
	ERROR_NONE,
	ERROR_DEFERRED,    /* the server said 4yz */
	ERROR_NETWORK,     /* no connection, time-out, connection lost */
	ERROR_UNSURE,      /* lost after the final dot: may arrive twice */
	ERROR_PROTOCOL,    /* the other side does not speak SMTP */
	ERROR_NO_HOST,     /* the smarthost's name does not exist */
	ERROR_LOGIN,       /* login refused or impossible */
	ERROR_CERTIFICATE, /* the server could not prove its name */
	ERROR_LACKS,       /* the server lacks what the profile demands */
	ERROR_NO_USER,     /* a recipient refused with 550, 551 or 553 */
	ERROR_REFUSED,     /* any other 5yz to sender, recipient or content */
	ERROR_TOO_BIG,     /* over max_size or the server's SIZE */
	ERROR_ADDRESS,     /* an address that cannot be used */
	ERROR_MESSAGE,     /* a message that cannot be used */
	ERROR_NO_INPUT,    /* --file cannot be read */
	ERROR_USAGE,       /* bad command line, no recipients */
	ERROR_NO_MODE,     /* an operation that this version does not have */
	ERROR_CREATE,      /* a file that cannot be created */
	ERROR_IO,          /* reading or writing failed */
	ERROR_SYSTEM,      /* a system call failed */
	ERROR_CONFIG,      /* configuration missing, unreadable or wrong */
	ERROR_BUG,         /* a mistake of ours */
	ERROR_KINDS
};

enum { ERROR_TEXT_SIZE = 512, ERROR_STATUS_SIZE = 12 };

struct error {
	enum error_kind kind;
	int reply;                      /* SMTP code, 0 if no server spoke */
	char status[ERROR_STATUS_SIZE]; /* RFC 3463, never empty after fail() */
	char text[ERROR_TEXT_SIZE];     /* one sentence, valid UTF-8 */
};

/* Describe a failure; returns -1, so that "return fail(...)" reads well. */
int fail(struct error *, enum error_kind, const char *format, ...) PRINTF(3, 4);

/* As fail(), with ": " and the reason in errno behind the sentence. */
int fail_errno(struct error *, enum error_kind, const char *format, ...)
    PRINTF(3, 4);

/* Put context before the sentence, kind and status unchanged; returns -1. */
int fail_within(struct error *, const char *format, ...) PRINTF(2, 3);

int error_exit_code(enum error_kind);
const char *error_status(enum error_kind);

/* Another try, later or elsewhere, may succeed; the queue keeps the message. */
bool error_is_worth_retrying(enum error_kind);

#endif
