/*
 * message_file.h - a message as the spool keeps it
 *
 * The line MESSAGE_FILE_MAGIC, then the body with line ends as they came, then
 * the header with LF and without the blank line: so the body can be written
 * before anybody knows what the header will be.
 */
#ifndef MESSAGE_FILE_H
#define MESSAGE_FILE_H

#include "entry.h"
#include "error.h"
#include "message.h"

#define MESSAGE_FILE_MAGIC "sendoff message 1\n"

/* The first thing to do with a new file.  What names it in sentences. */
int message_file_begin(int fd, const char *what, struct error *);

/*
 * Add body and header, or the header alone if the message's body is in that
 * very file, and note in the entry what it must be.  ERROR_IO; ERROR_MESSAGE
 * for a header that could not be read again.
 */
int message_file_write(int fd, const struct message *, struct entry *,
    const char *what, struct error *);

/*
 * The message, whose body stays in the file.  ERROR_MESSAGE when it is not what
 * the entry says; any other error has nothing to do with the message.
 */
int message_file_read(int fd, struct message *, const struct entry *,
    const char *what, struct error *);

#endif
