/*
 * message.h - a message: its header in memory, its body elsewhere
 *
 * Give message_add_line() the lines of the input, without their line ends,
 * until it says that the header is over.  Fields keep their bytes and their
 * folding; a field's lines are joined by "\n" and carry no CR.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "error.h"
#include "text.h"

enum {
	MESSAGE_MAX_HEADER = 4 * 1024 * 1024, /* bytes */
	MESSAGE_MAX_FIELDS = 10000,
	MESSAGE_MAX_RECEIVED = 100 /* RFC 5321 6.3: large enough is 100 */
};

struct field {
	char *text; /* "Name: body", lines joined by "\n", owned */
	size_t length;
	size_t capacity;    /* 0 while text is just as long as it must be */
	size_t name_length; /* without blanks before the colon */
	size_t body_start;  /* behind the colon */
};

/*
 * Bytes from offset of a file, or of memory when fd is -1; line ends as they
 * came.  The facts were found by scan.h on the way in.
 */
struct body {
	int fd; /* owned by whoever opened it */
	off_t offset;
	struct buf memory;
	bool is_shared;       /* the memory belongs to another message */
	uint64_t length;      /* bytes as they came */
	uint64_t wire_length; /* bytes with CRLF line ends, as SIZE counts */
	uint64_t longest_line;
	bool has_8bit;
	bool has_nul;
	bool has_bare_cr;
};

struct message {
	struct field *fields;
	size_t field_count;
	size_t field_capacity;
	size_t header_length;
	struct body body;
};

enum message_line {
	MESSAGE_FIELD, /* taken; more may follow */
	MESSAGE_BLANK, /* taken; the body begins with the next line */
	MESSAGE_BODY,  /* not taken; the body begins with this line */
	MESSAGE_BAD    /* a limit was passed or the line holds a NUL */
};

/*
 * Add one line of the header.  A first line "From " or ">From " (mbox) is
 * dropped.  A line that is no field, "^[!-9;-~]+[ \t]*:", ends the header
 * (RFC 5322 2.2); so does the first line that is no continuation.
 */
enum message_line message_add_line(struct message *, struct text line,
    struct error *);

/* The header is over before a line that starts like this, however it ends. */
bool message_ends_before(const struct message *, struct text start);

/* A copy with a header of its own over the same body, which must outlive it. */
void message_share(struct message *, const struct message *);

void message_free(struct message *);

/*
 * The next field of that name, any case, behind after, or the first one when
 * after is NULL; NULL when there is none.
 */
struct field *message_field(const struct message *, const char *name,
    const struct field *after);
struct text field_text(const struct field *);
struct text field_name(const struct field *);
struct text field_body(const struct field *);

/* Put "Name: body" at the end, or as the very first field. */
void message_append(struct message *, const char *name, struct text body);
void message_prepend(struct message *, const char *name, struct text body);
void message_replace(struct field *, struct text body);

/* Remove every field of that name. */
void message_remove(struct message *, const char *name);

/* Bytes with CRLF line ends, header and blank line included (RFC 1870 5). */
uint64_t message_wire_length(const struct message *);
bool message_header_is_8bit(const struct message *);

#endif
