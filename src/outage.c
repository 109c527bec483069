#include "outage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/* Two hosts may share a name that long; the second then has its turn later. */
enum { MAX_NAME = 200 };

/* "down-" and the smarthost, in what every file system takes. */
static void add_name(struct buf *buf, const struct smarthost *smarthost)
{
	struct buf shown = {.ceiling = MAX_NAME};
	struct text text;

	smarthost_add(&shown, smarthost);
	text = buf_text(&shown);
	buf_add_string(buf, "down-");
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.data[i];
		bool is_plain = byte_is_letter(byte) || byte_is_digit(byte) ||
		    byte == '.' || byte == '-';

		if (!is_plain)
			byte = '_';
		buf_add_byte(buf, byte);
	}
	buf_free(&shown);
}

/* Ours, or somebody could choose where we make and remove files. */
static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd >= 0 && (fstat(fd, &status) < 0 || status.st_uid != geteuid())) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static void make_directory(const char *path)
{
	struct buf inside = {0};

	buf_addf(&inside, "%s/", path);
	file_make_parents(buf_string(&inside));
	buf_free(&inside);
}

static void touch(int place, const char *name)
{
	int fd = openat(place, name,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	(void)futimens(fd, NULL); /* in vain at worst */
	(void)close(fd);
}

void outage_note(const char *directory, const struct smarthost *smarthost)
{
	struct buf name = {0};
	int place;

	add_name(&name, smarthost);
	make_directory(directory);
	place = open_directory(directory);
	if (place >= 0) {
		touch(place, buf_string(&name));
		(void)close(place);
	}
	buf_free(&name);
}

bool outage_is_fresh(const char *directory, const struct smarthost *smarthost,
    time_t now)
{
	struct buf name = {0};
	struct stat status = {0};
	bool is_there = false;
	int place = open_directory(directory);

	add_name(&name, smarthost);
	if (place >= 0) {
		is_there = fstatat(place, buf_string(&name), &status,
			       AT_SYMLINK_NOFOLLOW) == 0;
		(void)close(place);
	}
	buf_free(&name);
	return is_there && S_ISREG(status.st_mode) &&
	    status.st_uid == geteuid() && status.st_mtime <= now &&
	    now - status.st_mtime < OUTAGE_SECONDS;
}

void outage_forget(const char *directory, const struct smarthost *smarthost)
{
	struct buf name = {0};
	int place = open_directory(directory);

	add_name(&name, smarthost);
	if (place >= 0) {
		/* Usually there is none. */
		(void)unlinkat(place, buf_string(&name), 0);
		(void)close(place);
	}
	buf_free(&name);
}
