#include "envelope_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

enum { BLOCK = 4096 }; /* bytes, more than most envelopes have */

/* A disk that gives less than it has is no proof of damage. */
static int check_length(int fd, const struct buf *text, const char *what,
    struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return fail_errno(err, ERROR_IO, "%s cannot be examined", what);
	if (text->length <= ENTRY_MAX &&
	    (uintmax_t)status.st_size != text->length)
		return fail(err, ERROR_IO,
		    "%zu bytes of %s could be read, and it has %ju",
		    text->length, what, (uintmax_t)status.st_size);
	return 0;
}

static int read_text(int fd, struct buf *text, const char *what,
    struct error *err)
{
	ssize_t count;

	do {
		char *room = buf_room(text, BLOCK);

		count = file_read(fd, room, BLOCK, what, err);
		if (count > 0)
			text->length += (size_t)count;
	} while (count > 0 && text->length <= ENTRY_MAX);
	return count < 0 ? -1 : check_length(fd, text, what, err);
}

int envelope_file_read(const struct spool *spool, const char *name,
    struct entry *entry, struct error *err)
{
	int fd = spool_open_file(spool->queue, name, O_RDONLY);
	struct buf text = {.ceiling = ENTRY_MAX + 2 * BLOCK};
	int result;

	if (fd < 0 && errno == ENOENT)
		return fail(err, ERROR_SYSTEM, "somebody else has had %s",
		    name);
	if (fd < 0 && errno == ELOOP)
		return fail(err, ERROR_MESSAGE,
		    "%s/queue/%s is no regular file", spool->path, name);
	if (fd < 0)
		return fail_errno(err, ERROR_IO, "%s/queue/%s cannot be opened",
		    spool->path, name);
	result = read_text(fd, &text, name, err);
	if (result == 0)
		result = entry_read(entry, buf_text(&text), err);
	(void)close(fd);
	buf_free(&text);
	return result;
}

/* Who has the entry locked is alone with this name: the old one is dead. */
static int create(const struct spool *spool, const char *id, struct error *err)
{
	int fd = spool_create(spool, spool->tmp, id, err);

	if (fd < 0 && unlinkat(spool->tmp, id, 0) == 0)
		fd = spool_create(spool, spool->tmp, id, err);
	return fd;
}

static int write_and_sync(const struct spool *spool, const char *id,
    struct text text, struct error *err)
{
	int fd = create(spool, id, err);
	int result;

	if (fd < 0)
		return -1;
	result = file_write(fd, text, spool->path, err);
	if (result == 0)
		result = spool_sync(spool, fd, err);
	/* It is synced: closing takes nothing of that back. */
	(void)close(fd);
	if (result < 0)
		(void)unlinkat(spool->tmp, id, 0);
	return result;
}

int envelope_file_write(const struct spool *spool, const char *name,
    const struct entry *entry, struct error *err)
{
	struct buf text = {.ceiling = ENTRY_MAX};
	int result = entry_write(entry, &text, err);

	if (result == 0)
		result = write_and_sync(spool, entry->id, buf_text(&text), err);
	if (result == 0 &&
	    renameat(spool->tmp, entry->id, spool->queue, name) < 0) {
		result = fail_errno(err, ERROR_IO,
		    "%s/tmp/%s cannot be renamed", spool->path, entry->id);
		(void)unlinkat(spool->tmp, entry->id, 0);
	}
	buf_free(&text);
	return result;
}

int envelope_file_check(const struct entry *entry, struct error *err)
{
	struct buf text = {.ceiling = ENTRY_MAX};
	struct entry again = {0};
	struct error why;
	int result = entry_write(entry, &text, err);

	if (result == 0 && entry_read(&again, buf_text(&text), &why) < 0)
		result = fail(err, ERROR_BUG,
		    "the queue could not read what it would write: %s",
		    why.text);
	entry_free(&again);
	buf_free(&text);
	return result;
}
