/*
 * input.h - a message from a descriptor
 *
 * The header goes to memory.  A body in a regular file stays where it is; one
 * from a pipe stays in memory while it is small and goes to a file without a
 * name when it is not, so memory does not grow with the message.
 */
#ifndef INPUT_H
#define INPUT_H

#include "error.h"
#include "message.h"

enum {
	INPUT_BLOCK = 64 * 1024,       /* bytes read at once */
	INPUT_MAX_MEMORY = 1024 * 1024 /* bytes of body kept in memory */
};

/* As file_read(): 0 at the end; -1, and then there is no message. */
typedef ssize_t input_source(void *source, char *data, size_t size,
    struct error *);

struct input {
	int fd; /* read from here; stays open, belongs to the caller; or ... */
	input_source *read; /* ... where this is not NULL, from the source */
	void *source;
	bool dot_ends;     /* a line with only a dot ends the message */
	uint64_t max_size; /* bytes */
	int body_fd;       /* of our own file, or -1; see input_close() */
	/*
	 * Where a body goes that is too big for memory: a file to write to
	 * from where it stands, which stays the maker's; or -1, and then it is
	 * one without a name, as where this is NULL.
	 */
	int (*make_file)(void *context);
	void *context;
};

/* ERROR_TOO_BIG, ERROR_MESSAGE, ERROR_IO. */
int input_read(struct input *, struct message *, struct error *);

/* Close what input_read() opened; the message's body ends with it. */
void input_close(struct input *);

/*
 * Up to size bytes of the body from a position on; 0 at its end.  ERROR_IO
 * when the file has become shorter.
 */
ssize_t input_body(const struct body *, uint64_t position, char *data,
    size_t size, struct error *);

/* Hand the body over, block by block, until it ends or that fails. */
typedef int input_taker(void *context, struct text bytes, struct error *);
int input_each_block(const struct body *, input_taker *, void *context,
    struct error *);

#endif
