#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "clock.h"
#include "mem.h"
#include "wait.h"

enum {
	BLOCK = 16 * 1024,      /* bytes */
	PATIENCE = 10000,       /* milliseconds that a pipe gets to say all */
	LOCK_PAUSE = 2,         /* milliseconds between looks at a lock */
	MAX_DESCRIPTORS = 65536 /* closed one by one where it must be */
};

/*
 * Called after a failed read or write.  A descriptor that came from the caller
 * may be non-blocking, because another process made its other end so.
 */
static bool is_worth_repeating(int fd, short event)
{
	struct pollfd wait = {.fd = fd, .events = event};

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	return poll(&wait, 1, -1) >= 0 || errno == EINTR;
}

static ssize_t read_block(int fd, char *data, size_t size)
{
	ssize_t count;

	do
		count = read(fd, data, size);
	while (count < 0 && is_worth_repeating(fd, POLLIN));
	return count;
}

ssize_t file_read(int fd, char *data, size_t size, const char *what,
    struct error *err)
{
	ssize_t count = read_block(fd, data, size);

	if (count < 0)
		return fail_errno(err, ERROR_IO, "%s cannot be read", what);
	return count;
}

ssize_t file_read_at(int fd, char *data, size_t size, off_t offset,
    const char *what, struct error *err)
{
	ssize_t count;

	do
		count = pread(fd, data, size, offset);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return fail_errno(err, ERROR_IO, "%s cannot be read", what);
	return count;
}

int file_write(int fd, struct text text, const char *what, struct error *err)
{
	while (text.length > 0) {
		ssize_t count = write(fd, text.data, text.length);

		if (count < 0 && !is_worth_repeating(fd, POLLOUT))
			return fail_errno(err, ERROR_IO, "%s cannot be written",
			    what);
		if (count > 0)
			text = text_part(text, (size_t)count, text.length);
	}
	return 0;
}

int file_sync(int fd)
{
	int result;

	do
		result = fsync(fd);
	while (result < 0 && errno == EINTR);
	return result;
}

int file_truncate(int fd, off_t length)
{
	int result;

	do
		result = ftruncate(fd, length);
	while (result < 0 && errno == EINTR);
	return result;
}

void file_close_from(int first)
{
	long count = sysconf(_SC_OPEN_MAX);

#ifdef SYS_close_range
	/* Linux; in a container the loop below could take a second. */
	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0)
		return;
#endif
	if (count < 0 || count > MAX_DESCRIPTORS)
		count = MAX_DESCRIPTORS;
	for (int fd = first; fd < count; fd++)
		(void)close(fd);
}

bool file_lock(int fd, int64_t milliseconds)
{
	int64_t deadline = clock_ticks() + milliseconds;

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) ||
		    clock_left(deadline) == 0)
			return false;
		(void)poll(NULL, 0, LOCK_PAUSE);
	}
	return true;
}

/* Straight into the buf: what is read may be a secret, so no copy is made. */
static ssize_t add_all(struct buf *buf, int fd, size_t limit, bool may_block)
{
	int64_t deadline = clock_ticks() + PATIENCE;
	struct error ignored;
	size_t total = 0;
	ssize_t count;

	do {
		char *room = buf_room(buf, BLOCK);

		if (may_block && wait_for(fd, POLLIN, deadline, &ignored) < 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		count = read_block(fd, room, buf->capacity - buf->length);
		if (count > 0) {
			buf->length += (size_t)count;
			total += (size_t)count;
		}
		buf->data[buf->length] = '\0';
	} while (count > 0 && total <= limit);
	return count;
}

int file_add(struct buf *buf, const char *path, size_t limit,
    struct stat *status, enum error_kind kind, struct error *err)
{
	struct stat own;
	ssize_t last = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return fail_errno(err, kind, "%s cannot be opened", path);
	if (status == NULL)
		status = &own;
	if (fstat(fd, status) == 0) {
		/* One read, where the system says how much it will be. */
		if (status->st_size > 0 && (uint64_t)status->st_size <= limit)
			(void)buf_room(buf, (size_t)status->st_size + BLOCK);
		last = add_all(buf, fd, limit, !S_ISREG(status->st_mode));
	}
	if (last < 0)
		(void)fail_errno(err, kind, "%s cannot be read", path);
	else if (last > 0)
		(void)fail(err, kind, "%s is larger than %zu bytes", path,
		    limit);
	(void)close(fd);
	return last == 0 ? 0 : -1;
}

int file_open_new(const char *path, struct error *err)
{
	int fd = open(path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
	    0600);

	if (fd < 0)
		return fail_errno(err, ERROR_CREATE, "%s cannot be made", path);
	return fd;
}

static const char *describe_type(mode_t mode)
{
	if (S_ISLNK(mode))
		return "a symbolic link";
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISFIFO(mode))
		return "a named pipe";
	if (S_ISSOCK(mode))
		return "a socket";
	return "a device";
}

/*
 * The error number of the open is little help here: ELOOP (or EMLINK) for a
 * link, ENXIO for a pipe without a reader.
 */
static int fail_open(const char *path, struct error *err)
{
	int reason = errno;
	struct stat status;

	if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return fail(err, ERROR_CREATE, "%s is %s, not a regular file",
		    path, describe_type(status.st_mode));
	errno = reason;
	return fail_errno(err, ERROR_CREATE, "%s cannot be opened", path);
}

/*
 * A second name would let somebody else choose which file grows.  No name at
 * all is harmless: another process has rotated the file away just now.
 */
static int check_type(int fd, const char *path, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return fail_errno(err, ERROR_CREATE, "%s cannot be examined",
		    path);
	if (!S_ISREG(status.st_mode))
		return fail(err, ERROR_CREATE, "%s is %s, not a regular file",
		    path, describe_type(status.st_mode));
	if (status.st_nlink > 1)
		return fail(err, ERROR_CREATE,
		    "%s has a second name (a hard link), so it is not used",
		    path);
	return 0;
}

int file_open_append(const char *path, struct error *err)
{
	int fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK |
		O_CLOEXEC,
	    0600);

	if (fd < 0)
		return fail_open(path, err);
	if (check_type(fd, path, err) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

void file_make_parents(const char *path)
{
	char *copy = mem_dup(path);
	char *end = copy;

	while (*end != '\0' && (end = strchr(end + 1, '/')) != NULL) {
		*end = '\0';
		/* Whoever opens the file says what is wrong. */
		(void)mkdir(copy, 0700);
		*end = '/';
	}
	free(copy);
}

static void sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* Nothing can be done where that is not allowed. */
	(void)file_sync(fd);
	(void)close(fd);
}

void file_sync_parents(const char *path)
{
	char *copy = mem_dup(path);
	char *end;

	while ((end = strrchr(copy, '/')) != NULL && end != copy) {
		*end = '\0';
		sync_directory(copy);
	}
	sync_directory(end == copy ? "/" : ".");
	free(copy);
}

static int open_named_and_unlink(const char *directory)
{
	struct buf path = {0};
	int fd;

	buf_addf(&path, "%s/sendmail.XXXXXX", directory);
	fd = mkstemp(path.data);
	if (fd >= 0) {
		(void)unlink(path.data);
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	buf_free(&path);
	return fd;
}

static int open_unnamed_in(const char *directory)
{
#ifdef O_TMPFILE
	/* Linux; file systems that lack it get the way that works anywhere. */
	int fd = open(directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
#endif
	return open_named_and_unlink(directory);
}

int file_open_unnamed(struct error *err)
{
	const char *const directories[] = {
	    getenv("TMPDIR"), "/var/tmp", "/tmp"};

	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
		int fd = -1;

		if (directories[i] != NULL && directories[i][0] == '/')
			fd = open_unnamed_in(directories[i]);
		if (fd >= 0)
			return fd;
	}
	return fail_errno(err, ERROR_CREATE,
	    "no temporary file can be made in $TMPDIR, /var/tmp or /tmp");
}

void file_drain(int fd, int64_t milliseconds)
{
	char block[BLOCK];
	int64_t deadline = clock_ticks() + milliseconds;
	struct error late;
	struct stat status;
	ssize_t count = 1;

	/* A terminal has no writer to spare, a file no writer at all. */
	if (fstat(fd, &status) != 0 ||
	    !(S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)))
		return;
	while (count > 0 && clock_left(deadline) > 0 &&
	    wait_for(fd, POLLIN, deadline, &late) == 0)
		count = read(fd, block, sizeof block);
}
