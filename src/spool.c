#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "mem.h"

enum {
	OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	/* Neither a pipe nor a terminal may keep us waiting. */
	OPEN_FILE = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
};

#define SYSTEM_TOP LOCALSTATEDIR "/spool/sendoff"

/* --- the directories ----------------------------------------------------- */

/* Root gives away what it makes in somebody's spool. */
static int give_away(const struct spool *spool, int fd)
{
	if (spool->owner == 0 || geteuid() != 0)
		return 0;
	return fchown(fd, spool->owner, spool->group);
}

/* In the system's the users may have spools of their own. */
static int make_top(const char *path)
{
	bool is_shared = geteuid() == 0 && strcmp(path, SYSTEM_TOP) == 0;
	int fd;

	file_make_parents(path);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -1;
	fd = open(path, OPEN_DIRECTORY);
	/* Not by mkdir(2), because of the umask. */
	if (fd >= 0 && is_shared && fchmod(fd, 0711) < 0) {
		(void)close(fd);
		fd = -1;
	}
	file_sync_parents(path);
	return fd;
}

/* What is not closed to others they could empty, or fill as they like. */
static int check_directory(const struct stat *status, uid_t owner,
    const char *path, const char *name, struct error *err)
{
	if (status->st_uid != owner)
		return fail(err, ERROR_CREATE,
		    "%s%s belongs to another user (uid %lu), so no mail is "
		    "kept there; see queue_dir",
		    path, name, (unsigned long)status->st_uid);
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(err, ERROR_CREATE,
		    "others may write to %s%s, so no mail is kept there; "
		    "see chmod go-w",
		    path, name);
	return 0;
}

/* 1 when there is none and it is not to be made. */
static int open_top(struct spool *spool, bool may_make, struct error *err)
{
	struct stat status;
	uid_t owner;

	spool->top = open(spool->path, OPEN_DIRECTORY);
	if (spool->top < 0 && errno == ENOENT) {
		if (!may_make)
			return 1;
		spool->top = make_top(spool->path);
	}
	if (spool->top < 0 && lstat(spool->path, &status) == 0 &&
	    S_ISLNK(status.st_mode))
		return fail(err, ERROR_CREATE,
		    "%s is a symbolic link, and none is followed here; set "
		    "queue_dir to where it leads",
		    spool->path);
	if (spool->top < 0 || fstat(spool->top, &status) < 0)
		return fail_errno(err, ERROR_CREATE, "%s cannot be opened",
		    spool->path);
	owner = geteuid() != 0 ? geteuid() : status.st_uid;
	spool->owner = status.st_uid;
	spool->group = status.st_gid;
	return check_directory(&status, owner, spool->path, "", err);
}

static int make_part(const struct spool *spool, const char *name)
{
	int fd;

	if (mkdirat(spool->top, name, 0700) < 0 && errno != EEXIST)
		return -1;
	fd = openat(spool->top, name, OPEN_DIRECTORY);
	if (fd >= 0 &&
	    (give_away(spool, fd) < 0 || file_sync(spool->top) < 0)) {
		(void)close(fd);
		fd = -1;
	}
	/* Again, for whoever made the top may have been killed before it. */
	file_sync_parents(spool->path);
	return fd;
}

int spool_open_part(const struct spool *spool, const char *name,
    struct error *err)
{
	int fd = openat(spool->top, name, OPEN_DIRECTORY);
	struct buf inside = {0};
	struct stat status;
	int result;

	if (fd < 0 && errno == ENOENT)
		fd = make_part(spool, name);
	if (fd < 0 || fstat(fd, &status) < 0) {
		result = fail_errno(err, ERROR_CREATE, "%s/%s cannot be opened",
		    spool->path, name);
	} else {
		buf_addf(&inside, "/%s", name);
		result = check_directory(&status, spool->owner, spool->path,
		    buf_string(&inside), err);
	}
	if (result < 0 && fd >= 0)
		(void)close(fd);
	buf_free(&inside);
	return result < 0 ? -1 : fd;
}

static bool is_missing(const struct spool *spool, const char *name)
{
	struct stat status;

	return fstatat(spool->top, name, &status, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT;
}

static int open_all(struct spool *spool, const char *path, bool may_make,
    struct error *err)
{
	int result;

	*spool = (struct spool){
	    .path = mem_dup(path),
	    .top = -1,
	    .messages = -1,
	    .queue = -1,
	    .tmp = -1,
	};
	result = open_top(spool, may_make, err);
	if (result == 0 && !may_make && is_missing(spool, "queue"))
		result = 1;
	if (result == 0 &&
	    ((spool->queue = spool_open_part(spool, "queue", err)) < 0 ||
		(spool->messages = spool_open_part(spool, "messages", err)) <
		    0 ||
		(spool->tmp = spool_open_part(spool, "tmp", err)) < 0))
		result = -1;
	if (result != 0)
		spool_close(spool);
	return result;
}

int spool_open(struct spool *spool, const char *path, struct error *err)
{
	return open_all(spool, path, true, err);
}

int spool_open_existing(struct spool *spool, const char *path,
    struct error *err)
{
	return open_all(spool, path, false, err);
}

void spool_close(struct spool *spool)
{
	const int all[] = {
	    spool->top, spool->messages, spool->queue, spool->tmp};

	/* A zeroed one has no descriptors, whatever they seem to be. */
	for (size_t i = 0; spool->path != NULL && i < sizeof all / sizeof *all;
	     i++)
		if (all[i] >= 0)
			(void)close(all[i]);
	free(spool->path);
	*spool =
	    (struct spool){.top = -1, .messages = -1, .queue = -1, .tmp = -1};
}

/* --- files --------------------------------------------------------------- */

const char *spool_part_name(const struct spool *spool, int directory)
{
	if (directory == spool->queue)
		return "queue/";
	if (directory == spool->messages)
		return "messages/";
	return directory == spool->tmp ? "tmp/" : "";
}

int spool_create(const struct spool *spool, int directory, const char *name,
    struct error *err)
{
	int fd = openat(directory, name, OPEN_FILE | O_RDWR | O_CREAT | O_EXCL,
	    0600);

	if (fd >= 0 && give_away(spool, fd) == 0)
		return fd;
	(void)fail_errno(err, ERROR_CREATE, "%s/%s%s cannot be made",
	    spool->path, spool_part_name(spool, directory), name);
	if (fd >= 0) {
		(void)unlinkat(directory, name, 0);
		(void)close(fd);
	}
	return -1;
}

int spool_open_file(int directory, const char *name, int mode)
{
	int fd = openat(directory, name, OPEN_FILE | mode);
	struct stat status;
	int reason = ELOOP;

	if (fd < 0)
		return -1;
	/* What cannot be examined now is not thereby damaged. */
	if (fstat(fd, &status) < 0)
		reason = errno;
	else if (S_ISREG(status.st_mode))
		return fd;
	(void)close(fd);
	errno = reason;
	return -1;
}

int spool_sync(const struct spool *spool, int fd, struct error *err)
{
	/* EINVAL: a file system on which directories need none of it. */
	if (file_sync(fd) < 0 && errno != EINVAL)
		return fail_errno(err, ERROR_IO,
		    "%s cannot be written to the disk", spool->path);
	return 0;
}

int spool_lock_drain(const struct spool *spool)
{
	int fd =
	    openat(spool->top, "drain", OPEN_FILE | O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return -1;
	if (give_away(spool, fd) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* --- names --------------------------------------------------------------- */

/* A descriptor of its own, because readdir(3) moves it. */
static DIR *open_names(int directory)
{
	int fd = openat(directory, ".", OPEN_DIRECTORY);
	DIR *names = fd >= 0 ? fdopendir(fd) : NULL;

	if (names == NULL && fd >= 0)
		(void)close(fd);
	return names;
}

/* NULL at the end, and then errno is 0, or at an error. */
static const char *next_name(DIR *names)
{
	const struct dirent *entry;

	do {
		errno = 0;
		/* Nobody else reads this stream. */
		/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
		entry = readdir(names);
	} while (entry != NULL && entry->d_name[0] == '.');
	return entry != NULL ? entry->d_name : NULL;
}

int spool_list_files(const struct spool *spool, int directory,
    struct strlist *list, struct error *err)
{
	DIR *names = open_names(directory);
	const char *name = NULL;
	int reason = errno;

	if (names != NULL) {
		while ((name = next_name(names)) != NULL)
			strlist_add(list, text_of(name));
		reason = errno;
		(void)closedir(names);
	}
	strlist_sort(list);
	errno = reason;
	if (names == NULL || reason != 0)
		return fail_errno(err, ERROR_IO, "%s/%s cannot be read",
		    spool->path, spool_part_name(spool, directory));
	return 0;
}

int spool_list(const struct spool *spool, struct strlist *list,
    struct error *err)
{
	size_t kept = 0;
	const char *id;
	time_t turn;

	if (spool_list_files(spool, spool->queue, list, err) < 0)
		return -1;
	for (size_t i = 0; i < list->count; i++)
		if (spool_read_name(list->items[i], &turn, &id))
			list->items[kept++] = list->items[i];
		else
			free(list->items[i]);
	list->count = kept;
	return 0;
}

bool spool_has_entries(const struct spool *spool)
{
	DIR *names = open_names(spool->queue);
	const char *id;
	const char *name;
	time_t turn;
	bool is_found = false;

	if (names == NULL)
		return false;
	while (!is_found && (name = next_name(names)) != NULL)
		is_found = spool_read_name(name, &turn, &id);
	(void)closedir(names);
	return is_found;
}

int spool_find(const struct spool *spool, const char *wanted,
    char found[SPOOL_NAME_SIZE])
{
	DIR *names = open_names(spool->queue);
	const char *id;
	const char *name;
	time_t turn;
	int result = 0;

	if (names == NULL)
		return -1;
	while (result == 0 && (name = next_name(names)) != NULL)
		if (spool_read_name(name, &turn, &id) &&
		    strcmp(id, wanted) == 0) {
			spool_write_name(found, turn, id);
			result = 1;
		}
	if (result == 0 && errno != 0)
		result = -1;
	(void)closedir(names);
	return result;
}
