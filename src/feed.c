#include "feed.h"

#include <poll.h>
#include <string.h>

#include "clock.h"
#include "file.h"
#include "wait.h"

/*
 *	command = *2046OCTET ending
 *	message = *(*OCTET ending) "." ending
 *	ending  = CRLF / LF        ; one of them in the whole session
 *
 * RFC 5321 2.3.8, 4.1.1.4, 4.5.2
 */

enum { BLOCK = 64 * 1024 };

static struct text unread(const struct feed *feed)
{
	return text_part(buf_text(&feed->in), feed->used, feed->in.length);
}

/* More of it; false when there is none. */
static bool fill(struct feed *feed, int64_t deadline)
{
	struct error err;
	ssize_t count;

	buf_skip(&feed->in, feed->used);
	feed->used = 0;
	if (feed->state != FEED_OPEN)
		return false;
	if (wait_for(feed->fd, POLLIN, deadline, &err) < 0) {
		feed->state =
		    err.kind == ERROR_NETWORK ? FEED_LATE : FEED_BROKEN;
		return false;
	}
	count = file_read(feed->fd, buf_room(&feed->in, BLOCK), BLOCK,
	    "what the client says", &err);
	if (count > 0)
		feed->in.length += (size_t)count;
	else
		feed->state = count == 0 ? FEED_ENDED : FEED_BROKEN;
	return count > 0;
}

static const char *ending(const struct feed *feed)
{
	return feed->is_lf ? "\n" : "\r\n";
}

/* Where the first line ends, with its end; 0 when that has not come yet. */
static size_t find_line(const struct feed *feed, struct text rest)
{
	const char *found;

	if (!feed->has_line_end || feed->is_lf) {
		size_t end = text_find(rest, '\n');

		return end < rest.length ? end + 1 : 0;
	}
	found =
	    rest.length > 0 ? memmem(rest.data, rest.length, "\r\n", 2) : NULL;
	return found != NULL ? (size_t)(found - rest.data) + 2 : 0;
}

static void decide_line_end(struct feed *feed, struct text line)
{
	if (feed->has_line_end)
		return;
	feed->has_line_end = true;
	feed->is_lf = line.length < 2 || line.data[line.length - 2] != '\r';
}

enum feed_line feed_read_line(struct feed *feed, struct text *line)
{
	int64_t deadline = clock_ticks() + feed->patience;
	bool is_too_long = false;
	struct text rest;
	size_t length;

	for (;;) {
		rest = unread(feed);
		length = find_line(feed, rest);
		if (length > 0)
			break;
		if (rest.length > FEED_MAX_LINE) {
			is_too_long = true;
			/* The last one may be half of the line's end. */
			feed->used += rest.length - 1;
		}
		if (!fill(feed, deadline))
			return FEED_NONE;
	}
	feed->used += length;
	*line = text_part(rest, 0, length);
	decide_line_end(feed, *line);
	line->length -= strlen(ending(feed));
	return is_too_long || length > FEED_MAX_LINE ? FEED_TOO_LONG :
						       FEED_LINE;
}

bool feed_has_line(const struct feed *feed)
{
	return find_line(feed, unread(feed)) > 0;
}

bool feed_has_bytes(const struct feed *feed)
{
	return feed->in.length > feed->used;
}

void feed_begin_message(struct feed *feed)
{
	feed->is_at_start = true;
	feed->is_after_cr = false;
	feed->is_dot_seen = false;
}

static const char *last_line(const struct feed *feed)
{
	return feed->is_lf ? ".\n" : ".\r\n";
}

/* Enough has come to say whether this is the last line. */
static bool is_clear(const struct feed *feed, struct text rest)
{
	const char *last = last_line(feed);

	if (!feed->is_at_start || rest.length >= strlen(last))
		return rest.length > 0;
	return rest.length > 0 && memcmp(rest.data, last, rest.length) != 0;
}

/* Up to the end of a line, but no more than size bytes. */
static size_t copy_line(struct feed *feed, struct text rest, char *data,
    size_t size)
{
	struct text line = text_part(rest, 0, text_find(rest, '\n') + 1);
	bool is_after_cr = feed->is_after_cr;
	char last;

	line = text_part(line, 0, size);
	memcpy(data, line.data, line.length);
	last = line.data[line.length - 1];
	if (line.length > 1)
		is_after_cr = line.data[line.length - 2] == '\r';
	feed->is_at_start = last == '\n' && (feed->is_lf || is_after_cr);
	feed->is_after_cr = last == '\r';
	feed->used += line.length;
	return line.length;
}

/* True when there was a dot that is no part of the message. */
static bool skip_dot(struct feed *feed, struct text rest)
{
	const char *last = last_line(feed);

	if (!feed->is_at_start || rest.data[0] != '.')
		return false;
	feed->is_dot_seen = text_begins(rest, last);
	feed->used += feed->is_dot_seen ? strlen(last) : 1;
	feed->is_at_start = false;
	feed->is_after_cr = false;
	return true;
}

static ssize_t fail_cut(const struct feed *feed, struct error *err)
{
	if (feed->state == FEED_LATE)
		return fail(err, ERROR_NETWORK,
		    "the client did not go on with its message, so nothing was "
		    "sent");
	return fail(err, ERROR_NETWORK,
	    "the client left in the middle of its message, so nothing was "
	    "sent");
}

ssize_t feed_read_message(struct feed *feed, char *data, size_t size,
    struct error *err)
{
	int64_t deadline = clock_ticks() + feed->patience;
	size_t count = 0;

	while (count < size && !feed->is_dot_seen) {
		struct text rest = unread(feed);

		if (!is_clear(feed, rest)) {
			if (count > 0)
				break;
			if (!fill(feed, deadline))
				return fail_cut(feed, err);
		} else if (!skip_dot(feed, rest)) {
			count +=
			    copy_line(feed, rest, data + count, size - count);
		}
	}
	return (ssize_t)count;
}

ssize_t feed_read_bytes(struct feed *feed, char *data, size_t size,
    struct error *err)
{
	struct text rest = unread(feed);

	if (rest.length == 0 && !fill(feed, clock_ticks() + feed->patience))
		return fail_cut(feed, err);
	rest = text_part(unread(feed), 0, size);
	memcpy(data, rest.data, rest.length);
	feed->used += rest.length;
	return (ssize_t)rest.length;
}

void feed_free(struct feed *feed)
{
	buf_free(&feed->in);
}
