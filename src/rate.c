#include "rate.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "file.h"

enum {
	NUMBER_LENGTH = 18,                    /* digits */
	RECORD_LENGTH = 2 * NUMBER_LENGTH + 2, /* a blank, a line end */
	LOCK_LIMIT = 1000 /* milliseconds to wait for the others */
};

/* What NUMBER_LENGTH digits hold. */
static const unsigned long long largest = 999999999999999999U;

/* Upper case is escaped, too: some file systems do not tell it from lower. */
static bool is_plain(char byte)
{
	return (byte_is_letter(byte) && byte == byte_lower(byte)) ||
	    byte_is_digit(byte) || byte == '-' || byte == '_';
}

void rate_add_name(struct buf *buf, const char *profile)
{
	/* So that an empty name has one, and none is "." or "..". */
	buf_add_byte(buf, '=');
	for (; *profile != '\0'; profile++)
		if (is_plain(*profile))
			buf_add_byte(buf, *profile);
		else
			buf_addf(buf, "%%%02x", (unsigned char)*profile);
}

/* What the file says may have been another rate's, or anybody's. */
static void refill(struct bucket *bucket, const struct rate *rate, int64_t now)
{
	int64_t size = (int64_t)rate->count * rate->period;
	int64_t passed = 0;

	if (bucket->at < now)
		passed = now - bucket->at;
	if (passed > rate->period)
		passed = rate->period;
	if (bucket->used > size)
		bucket->used = size;
	bucket->used -= passed * (int64_t)rate->count;
	if (bucket->used < 0)
		bucket->used = 0;
	bucket->at = now;
}

time_t rate_take_from(struct bucket *bucket, const struct rate *rate,
    int64_t now)
{
	int64_t second = (int64_t)rate->count * 1000;
	int64_t missing;

	refill(bucket, rate, now);
	missing = bucket->used + rate->period - rate->count * rate->period;
	if (missing > 0)
		return (time_t)((missing + second - 1) / second);
	bucket->used += rate->period;
	return 0;
}

/* What cannot be read is a full bucket. */
static void read_bucket(int fd, struct bucket *bucket)
{
	char line[RECORD_LENGTH];
	struct text rest = {line, RECORD_LENGTH - 1};
	struct text used;
	unsigned long long numbers[2] = {0};
	struct error ignored; /* see above */

	*bucket = (struct bucket){0};
	if (file_read_at(fd, line, sizeof line, 0, "the rate", &ignored) !=
		RECORD_LENGTH ||
	    !text_split(&rest, ' ', &used) ||
	    text_number(used, largest, &numbers[0]) < 0 ||
	    text_number(rest, largest, &numbers[1]) < 0)
		return;
	bucket->used = (int64_t)numbers[0];
	bucket->at = (int64_t)numbers[1];
}

/* In one write over the old one: who is killed here leaves one of them. */
static void write_bucket(int fd, const struct bucket *bucket)
{
	struct buf line = {0};
	struct error ignored; /* the next one finds a token too many */

	buf_addf(&line, "%0*lld %0*lld\n", NUMBER_LENGTH,
	    (long long)bucket->used, NUMBER_LENGTH, (long long)bucket->at);
	(void)file_write(fd, buf_text(&line), "the rate", &ignored);
	buf_free(&line);
}

static int open_in(const struct spool *spool, int directory, const char *name)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	struct error ignored;
	int fd = openat(directory, name, flags);

	if (fd < 0 && errno == ENOENT)
		fd = spool_create(spool, directory, name, &ignored);
	/* Somebody else has made it just now. */
	if (fd < 0 && errno == EEXIST)
		fd = openat(directory, name, flags);
	return fd;
}

/* The profile's file, locked; or -1. */
static int open_bucket(const struct spool *spool, const char *profile)
{
	struct error ignored; /* see rate.h */
	struct buf name = {0};
	struct stat status;
	int directory = spool_open_part(spool, "rate", &ignored);
	int fd = -1;

	rate_add_name(&name, profile);
	if (directory >= 0)
		fd = open_in(spool, directory, buf_string(&name));
	if (fd >= 0 &&
	    (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
		!file_lock(fd, LOCK_LIMIT))) {
		(void)close(fd); /* nothing was written */
		fd = -1;
	}
	if (directory >= 0)
		(void)close(directory);
	buf_free(&name);
	return fd;
}

time_t rate_take(const struct spool *spool, const struct profile *profile,
    struct moment now)
{
	struct bucket bucket;
	time_t seconds;
	int fd;

	if (profile->rate.count == 0)
		return 0;
	fd = open_bucket(spool, profile->name);
	if (fd < 0)
		return 0;
	read_bucket(fd, &bucket);
	seconds = rate_take_from(&bucket, &profile->rate,
	    (int64_t)now.seconds * 1000 + now.milliseconds);
	write_bucket(fd, &bucket);
	(void)close(fd);
	return seconds;
}
