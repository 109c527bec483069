#include "bury.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "input.h"
#include "utf8.h"

/* A file that is written under one name and then gets another. */
struct grave {
	struct buf name;
	struct buf temporary;
	struct buf path; /* of the first, for sentences */
	int parent;      /* descriptor of the directory */
	int fd;
};

static int fail_create(const char *path, struct error *err)
{
	return fail_errno(err, ERROR_CREATE, "%s cannot be made", path);
}

/* What root makes belongs to whom the directory belongs to that it is in. */
static int give_away(int fd, int parent)
{
	struct stat status;

	if (geteuid() != 0)
		return 0;
	if (fstat(parent, &status) != 0)
		return -1;
	return fchown(fd, status.st_uid, status.st_gid);
}

/* A name that is not synced may be lost, with all that is below it. */
static int complete_directory(int fd)
{
	int parent = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = -1;

	if (parent >= 0 && give_away(fd, parent) == 0)
		result = file_sync(parent);
	if (parent >= 0)
		(void)close(parent);
	return result;
}

static int open_existing(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int make_directory(const char *path)
{
	int fd;

	file_make_parents(path);
	if (mkdir(path, 0700) != 0)
		return -1;
	file_sync_parents(path);
	fd = open_existing(path);
	if (fd >= 0 && complete_directory(fd) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static int open_directory(struct grave *grave, const char *path,
    struct error *err)
{
	grave->parent = open_existing(path);
	if (grave->parent < 0 && errno == ENOENT)
		grave->parent = make_directory(path);
	/* Another process was faster. */
	if (grave->parent < 0 && errno == EEXIST)
		grave->parent = open_existing(path);
	return grave->parent >= 0 ? 0 : fail_create(path, err);
}

/* One of the temporary name is what a crash has left. */
static int open_file(struct grave *grave, struct error *err)
{
	const char *name = buf_string(&grave->temporary);

	(void)unlinkat(grave->parent, name, 0);
	grave->fd = openat(grave->parent, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (grave->fd < 0 || give_away(grave->fd, grave->parent) != 0)
		return fail_create(buf_string(&grave->path), err);
	return 0;
}

static void add_field(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s: ", name);
	utf8_add_visible(out, text_of(value));
	buf_add_byte(out, '\n');
}

/* Recipients that share a reason stand above it. */
static void add_reasons(struct buf *out, const struct burial *burial)
{
	for (size_t i = 0; i < burial->count; i++) {
		const struct recipient *const *next = &burial->recipients[i];
		const char *reason = next[0]->error.text;

		add_field(out, "X-Sendoff-To", next[0]->address);
		if (i + 1 == burial->count ||
		    strcmp(next[1]->error.text, reason) != 0)
			add_field(out, "X-Sendoff-Reason", reason);
	}
}

static void add_header(struct buf *out, const struct burial *burial)
{
	const struct entry *entry = burial->entry;
	const struct message *message = burial->message;

	add_field(out, "X-Sendoff-Id", entry->id);
	add_field(out, "X-Sendoff-From",
	    *entry->envelope.sender != '\0' ? entry->envelope.sender : "<>");
	add_reasons(out, burial);
	for (size_t i = 0; i < message->field_count; i++) {
		buf_add(out, field_text(&message->fields[i]));
		buf_add_byte(out, '\n');
	}
	buf_add_byte(out, '\n');
}

static int write_block(void *context, struct text bytes, struct error *err)
{
	const struct grave *grave = context;

	return file_write(grave->fd, bytes, buf_string(&grave->path), err);
}

/* From here on it is there under its own name, or not at all. */
static int finish(struct grave *grave, struct error *err)
{
	int fd = grave->fd;
	int result = file_sync(fd);
	int reason = errno;

	grave->fd = -1;
	(void)close(fd); /* it is synced, or lost already */
	errno = reason;
	if (result == 0 &&
	    renameat(grave->parent, buf_string(&grave->temporary),
		grave->parent, buf_string(&grave->name)) == 0 &&
	    file_sync(grave->parent) == 0)
		return 0;
	return fail_errno(err, ERROR_IO, "%s cannot be written",
	    buf_string(&grave->path));
}

static void clear_away(struct grave *grave, bool is_failed)
{
	if (grave->fd >= 0)
		(void)close(grave->fd);
	if (is_failed && grave->parent >= 0)
		(void)unlinkat(grave->parent, buf_string(&grave->temporary), 0);
	if (grave->parent >= 0)
		(void)close(grave->parent);
	buf_free(&grave->temporary);
	buf_free(&grave->path);
	buf_free(&grave->name);
}

int bury_message(const struct burial *burial, struct error *err)
{
	const struct body *body = &burial->message->body;
	struct grave grave = {.parent = -1, .fd = -1};
	struct buf header = {.ceiling = SIZE_MAX};
	int result = -1;

	buf_addf(&grave.name, "%s.eml", burial->name);
	buf_addf(&grave.temporary, ".%s.tmp", burial->name);
	buf_addf(&grave.path, "%s/%s.eml", burial->directory, burial->name);
	add_header(&header, burial);
	if (open_directory(&grave, burial->directory, err) == 0 &&
	    open_file(&grave, err) == 0 &&
	    write_block(&grave, buf_text(&header), err) == 0 &&
	    input_each_block(body, write_block, &grave, err) == 0)
		result = finish(&grave, err);
	clear_away(&grave, result != 0);
	buf_free(&header);
	return result;
}
