#include "outage.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/* Two hosts may share a name that long; the second then has its turn later. */
enum { MAX_NAME = 200 };

static void add_path(struct buf *path, const char *directory,
    const struct smarthost *smarthost)
{
	struct buf name = {.ceiling = MAX_NAME};
	struct text text;

	smarthost_add(&name, smarthost);
	text = buf_text(&name);
	buf_addf(path, "%s/down-", directory);
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.data[i];
		bool is_plain = byte_is_letter(byte) || byte_is_digit(byte) ||
		    byte == '.' || byte == '-';

		if (!is_plain)
			byte = '_';
		buf_add_byte(path, byte);
	}
	buf_free(&name);
}

/* Ours, or somebody could choose where we make files. */
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

void outage_note(const char *directory, const struct smarthost *smarthost)
{
	struct buf path = {0};
	int place;
	int fd = -1;

	add_path(&path, directory, smarthost);
	file_make_parents(buf_string(&path));
	place = open_directory(directory);
	if (place >= 0)
		fd = openat(place, buf_string(&path) + strlen(directory) + 1,
		    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    0600);
	if (fd >= 0) {
		(void)futimens(fd, NULL); /* in vain at worst */
		(void)close(fd);
	}
	if (place >= 0)
		(void)close(place);
	buf_free(&path);
}

bool outage_is_fresh(const char *directory, const struct smarthost *smarthost,
    time_t now)
{
	struct buf path = {0};
	struct stat status;
	bool is_there;

	add_path(&path, directory, smarthost);
	is_there = lstat(buf_string(&path), &status) == 0;
	buf_free(&path);
	return is_there && S_ISREG(status.st_mode) &&
	    status.st_uid == geteuid() && status.st_mtime <= now &&
	    now - status.st_mtime < OUTAGE_SECONDS;
}

void outage_forget(const char *directory, const struct smarthost *smarthost)
{
	struct buf path = {0};

	add_path(&path, directory, smarthost);
	(void)unlink(buf_string(&path)); /* usually there is none */
	buf_free(&path);
}
