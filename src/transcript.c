#include "transcript.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "utf8.h"

enum {
	MARGIN = 13,   /* columns before the text of a line */
	MAX_TURNS = 50 /* files opened that somebody else rotated meanwhile */
};

static void show(const struct transcript *transcript, struct text line)
{
	struct error err;

	/* Nobody to tell when stderr is closed. */
	if (transcript->is_live)
		(void)file_write(STDERR_FILENO, line, "stderr", &err);
}

static void keep(struct transcript *transcript, struct text line)
{
	struct buf *block = &transcript->block;

	if (!transcript->is_kept || block->is_full)
		return;
	if (block->length + line.length <= TRANSCRIPT_MAX) {
		buf_add(block, line);
		return;
	}
	buf_addf(block, "%*s... cut after %d bytes\n", MARGIN, "",
	    TRANSCRIPT_MAX);
	block->is_full = true;
}

/* The first line with its prefix, those after it below its text. */
static void add_lines(struct buf *lines, const char *prefix, int margin,
    struct text text)
{
	struct text line = {0};

	(void)text_split(&text, '\n', &line);
	buf_add_string(lines, prefix);
	utf8_add_visible(lines, line);
	buf_add_byte(lines, '\n');
	while (text_split(&text, '\n', &line)) {
		buf_addf(lines, "%*s", margin, "");
		utf8_add_visible(lines, line);
		buf_add_byte(lines, '\n');
	}
}

void transcript_begin(struct transcript *transcript, struct text head)
{
	struct buf lines = {0};

	transcript->start = clock_ticks();
	add_lines(&lines, "== ", 3, head);
	show(transcript, buf_text(&lines));
	keep(transcript, buf_text(&lines));
	buf_free(&lines);
}

void transcript_add(struct transcript *transcript, char sign, struct text lines)
{
	int64_t elapsed = clock_ticks() - transcript->start;
	char seconds[32];
	char prefix[64];
	struct buf shown = {0};

	if (!transcript->is_live && !transcript->is_kept)
		return;
	(void)snprintf(seconds, sizeof seconds, "+%lld.%03d",
	    (long long)(elapsed / 1000), (int)(elapsed % 1000));
	(void)snprintf(prefix, sizeof prefix, "%9s  %c ", seconds, sign);
	add_lines(&shown, prefix, MARGIN, lines);
	show(transcript, buf_text(&shown));
	keep(transcript, buf_text(&shown));
	buf_free(&shown);
}

void transcript_addf(struct transcript *transcript, char sign,
    const char *format, ...)
{
	char text[TRANSCRIPT_MAX_LINE];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(text, sizeof text, format, values);
	va_end(values);
	utf8_drop_cut_end(text);
	transcript_add(transcript, sign, text_of(text));
}

void transcript_end(struct transcript *transcript, struct text line)
{
	struct buf lines = {0};

	add_lines(&lines, "== ", 3, line);
	show(transcript, buf_text(&lines));
	if (transcript->is_kept)
		buf_add(&transcript->block, buf_text(&lines));
	buf_free(&lines);
}

/* The path still leads to what we have open: nobody has rotated it away. */
static bool is_current(const char *path, const struct stat *ours)
{
	struct stat named;

	return lstat(path, &named) == 0 && named.st_dev == ours->st_dev &&
	    named.st_ino == ours->st_ino;
}

static bool has_room(const struct stat *status, size_t length,
    const struct settings *settings)
{
	uint64_t size = (uint64_t)status->st_size;

	return settings->transcript_max == 0 || size == 0 ||
	    size + length <= settings->transcript_max;
}

static int rotate_files(const char *path, unsigned count)
{
	struct buf from = {0};
	struct buf to = {0};
	int result = -1;

	if (count == 0)
		return unlink(path);
	if (count > TRANSCRIPT_MAX_FILES)
		count = TRANSCRIPT_MAX_FILES;
	for (unsigned n = count; n > 0; n--) {
		buf_clear(&from);
		buf_clear(&to);
		buf_add_string(&from, path);
		if (n > 1)
			buf_addf(&from, ".%u", n - 1);
		buf_addf(&to, "%s.%u", path, n);
		/* Old ones may be missing; the last, the file itself, counts. */
		result = rename(buf_string(&from), buf_string(&to));
	}
	buf_free(&from);
	buf_free(&to);
	return result;
}

/*
 * 0 when the block shall go into this file; -1 when the path leads, or leads
 * from now on, to another one.  Where the directory forbids rotation the file
 * has to grow.
 */
static int claim_file(int fd, const char *path, size_t length,
    const struct settings *settings, int64_t deadline)
{
	bool has_lock = file_lock(fd, clock_left(deadline));
	struct stat status;

	if (fstat(fd, &status) != 0)
		return 0;
	if (!is_current(path, &status))
		return -1;
	if (!has_lock || has_room(&status, length, settings) ||
	    rotate_files(path, settings->transcript_count) != 0)
		return 0;
	return -1;
}

static int open_claimed(const char *path, size_t length,
    const struct settings *settings, struct error *err)
{
	int64_t deadline = clock_ticks() + TRANSCRIPT_LOCK_LIMIT;

	for (int turn = 0;; turn++) {
		int fd = file_open_append(path, err);

		if (fd < 0 || turn == MAX_TURNS ||
		    claim_file(fd, path, length, settings, deadline) == 0)
			return fd;
		(void)close(fd);
	}
}

static int append_block(struct text block, const char *path,
    const struct settings *settings, struct error *err)
{
	int fd = open_claimed(path, block.length, settings, err);
	int result;

	if (fd < 0)
		return -1;
	result = file_write(fd, block, path, err);
	(void)close(fd);
	return result;
}

static int write_new_file(struct text block, const char *directory,
    const char *id, struct error *err)
{
	struct moment now = clock_now();
	char time[32] = "";
	struct tm local;
	struct buf path = {0};
	int fd;
	int result = -1;

	if (localtime_r(&now.seconds, &local) != NULL)
		(void)strftime(time, sizeof time, "%Y%m%d-%H%M%S", &local);
	buf_addf(&path, "%s%s.%03d-%s.txt", directory, time, now.milliseconds,
	    id);
	fd = file_open_new(buf_string(&path), err);
	if (fd >= 0) {
		result = file_write(fd, block, buf_string(&path), err);
		(void)close(fd);
	}
	buf_free(&path);
	return result;
}

int transcript_write(const struct transcript *transcript, const char *path,
    const struct settings *settings, const char *id, struct error *err)
{
	struct text block = buf_text(&transcript->block);
	size_t length = strlen(path);

	if (length > 0 && path[length - 1] == '/')
		return write_new_file(block, path, id, err);
	return append_block(block, path, settings, err);
}

void transcript_free(struct transcript *transcript)
{
	buf_free(&transcript->block);
}
