/*
 * file.h - files, with EINTR and short counts handled here and nowhere else
 */
#ifndef FILE_H
#define FILE_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "buf.h"
#include "error.h"

/* As read(2), but 0 means the end; -1 with ERROR_IO naming what. */
ssize_t file_read(int fd, char *data, size_t size, const char *what,
    struct error *);
ssize_t file_read_at(int fd, char *data, size_t size, off_t offset,
    const char *what, struct error *);

/* All of it, or -1 with ERROR_IO. */
int file_write(int fd, struct text, const char *what, struct error *);

/*
 * fsync(2) and ftruncate(2), with errno.  A failure to sync is final: a second
 * call would say that all is well, and what was written is lost all the same.
 */
int file_sync(int fd);
int file_truncate(int fd, off_t length);

/* All descriptors from that one on, whoever opened them; before execve(2). */
void file_close_from(int first);

/*
 * flock(2) for writing, within so many milliseconds: not for ever, for somebody
 * may hold the lock and hang.
 */
bool file_lock(int fd, int64_t milliseconds);

/*
 * Add a whole file of at most limit bytes.  Its type is not checked, so that
 * /dev/stdin and pipes work.  Fails with the given kind; *status may be NULL.
 */
int file_add(struct buf *, const char *path, size_t limit, struct stat *status,
    enum error_kind, struct error *);

/* Make a file, mode 0600; ERROR_CREATE also when there is one already. */
int file_open_new(const char *path, struct error *);

/*
 * Open for appending, made with mode 0600 where it is missing.  Never follows
 * a link, never waits, never opens what is no regular file.  Returns the
 * descriptor, or -1 with ERROR_CREATE.
 */
int file_open_append(const char *path, struct error *);

/* Make the directories of a path, mode 0700, where they are missing. */
void file_make_parents(const char *path);

/*
 * After a crash a name is there only if its directory has been synced: all of a
 * path's, as far as that is allowed.
 */
void file_sync_parents(const char *path);

/* A file without a name in $TMPDIR, else /var/tmp, else /tmp. */
int file_open_unnamed(struct error *);

/*
 * Read and drop what is left in a pipe or socket, so that its writer does not
 * get SIGPIPE; until the end or for so many milliseconds.
 */
void file_drain(int fd, int64_t milliseconds);

#endif
