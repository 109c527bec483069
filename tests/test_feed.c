#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feed.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { PATIENCE = 5000, IMPATIENCE = 20, BYTE_BY_BYTE = -1 };

/* --- a client ------------------------------------------------------------ */

/* What is in a packet is what one read(2) gives, without any timing. */
static int open_socket(int fds[2])
{
	int result = socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds);

	ck_assert_int_eq(result, 0);
	return fds[0];
}

static void send_part(int fd, struct text part)
{
	if (part.length > 0)
		ck_assert_int_eq(send(fd, part.data, part.length, 0),
		    (ssize_t)part.length);
}

static int open_halves(struct text text, size_t split)
{
	int fds[2];

	(void)open_socket(fds);
	send_part(fds[1], text_part(text, 0, split));
	send_part(fds[1], text_part(text, split, text.length));
	ck_assert_int_eq(close(fds[1]), 0);
	return fds[0];
}

/* No socket holds so many packets, so somebody has to wait for the reader. */
static int open_bytes(struct text text, pid_t *writer)
{
	int fds[2];

	(void)open_socket(fds);
	*writer = fork();
	ck_assert_int_ge(*writer, 0);
	if (*writer == 0) {
		(void)close(fds[0]);
		for (size_t i = 0; i < text.length; i++)
			if (send(fds[1], text.data + i, 1, MSG_NOSIGNAL) != 1)
				break;
		_exit(0);
	}
	ck_assert_int_eq(close(fds[1]), 0);
	return fds[0];
}

static void feed_open(struct feed *feed, const char *said, int split,
    pid_t *writer)
{
	struct text text = text_of(said);

	*writer = 0;
	*feed = (struct feed){.patience = PATIENCE};
	if (split == BYTE_BY_BYTE)
		feed->fd = open_bytes(text, writer);
	else
		feed->fd = open_halves(text, (size_t)split);
}

static void feed_close(struct feed *feed, pid_t writer)
{
	ck_assert_int_eq(close(feed->fd), 0);
	if (writer > 0)
		ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
	feed_free(feed);
}

/* --- what was understood ------------------------------------------------- */

static void read_line(struct feed *feed, struct buf *seen)
{
	struct text line;
	enum feed_line kind = feed_read_line(feed, &line);

	buf_add_byte(seen, '[');
	if (kind == FEED_LINE)
		buf_add(seen, line);
	buf_add_string(seen, kind == FEED_TOO_LONG ? "long]" : "]");
	if (kind != FEED_NONE)
		return;
	seen->length -= 2;
	buf_addf(seen, "%s",
	    feed->state == FEED_ENDED    ? "end" :
		feed->state == FEED_LATE ? "late" :
					   "broken");
}

static void read_message(struct feed *feed, size_t step, struct buf *seen)
{
	struct error err = {0};
	ssize_t count;

	feed_begin_message(feed);
	buf_add_byte(seen, '{');
	do {
		count =
		    feed_read_message(feed, buf_room(seen, step), step, &err);
		ck_assert_int_le(count, (ssize_t)step);
		if (count > 0)
			seen->length += (size_t)count;
	} while (count > 0);
	buf_add_string(seen, count < 0 ? "cut" : "}");
	ck_assert_int_eq(feed->is_dot_seen, count == 0);
	if (count == 0)
		ck_assert_int_eq(feed_read_message(feed, buf_room(seen, step),
				     step, &err),
		    0);
	else
		ck_assert_int_eq(err.kind, ERROR_NETWORK);
}

/* A line, a message, and all lines behind it. */
static void read_all(struct feed *feed, size_t step, struct buf *seen)
{
	read_line(feed, seen);
	if (feed->state == FEED_OPEN)
		read_message(feed, step, seen);
	for (int i = 0; feed->state == FEED_OPEN; i++) {
		ck_assert_int_lt(i, 100);
		read_line(feed, seen);
	}
}

static void check(const char *said, int split, size_t step, const char *means)
{
	struct feed feed;
	struct buf seen = {0};
	pid_t writer;

	feed_open(&feed, said, split, &writer);
	read_all(&feed, step, &seen);
	ck_assert_str_eq(buf_string(&seen), means);
	feed_close(&feed, writer);
	buf_free(&seen);
}

/* --- messages ------------------------------------------------------------ */

static const struct {
	const char *said;
	const char *means;
} messages[] = {
    /* With CRLF. */
    {"X\r\nab\r\n.\r\nQUIT\r\n", "[X]{ab\r\n}[QUIT]end"},
    {"X\r\n.\r\nQUIT\r\n", "[X]{}[QUIT]end"},
    {"X\r\n..\r\n.\r\n", "[X]{.\r\n}end"},
    {"X\r\n...\r\n.\r\n", "[X]{..\r\n}end"},
    {"X\r\n.a\r\n.\r\n", "[X]{a\r\n}end"},
    {"X\r\na.\r\n.\r\n", "[X]{a.\r\n}end"},
    {"X\r\n. \r\n.\r\n", "[X]{ \r\n}end"},
    {"X\r\na\r\r\n.\r\n", "[X]{a\r\r\n}end"},
    {"X\r\n\r\n.\r\n", "[X]{\r\n}end"},
    /* What somebody would hide in a message with CRLF. */
    {"X\r\na\n.\nQUIT\n\r\n.\r\n", "[X]{a\n.\nQUIT\n\r\n}end"},
    {"X\r\na\n.\r\nQUIT\r\n.\r\n", "[X]{a\n.\r\nQUIT\r\n}end"},
    {"X\r\na\r\n.\nQUIT\r\n.\r\n", "[X]{a\r\n\nQUIT\r\n}end"},
    {"X\r\na\r.\rQUIT\r\n.\r\n", "[X]{a\r.\rQUIT\r\n}end"},
    {"X\r\na\r.\r\nQUIT\r\n.\r\n", "[X]{a\r.\r\nQUIT\r\n}end"},
    {"X\r\na\r\n.\rQUIT\r\n.\r\n", "[X]{a\r\n\rQUIT\r\n}end"},
    {"X\r\na\r\n.\r\r\nQUIT\r\n.\r\n", "[X]{a\r\n\r\r\nQUIT\r\n}end"},
    {"X\r\na\n\r\n.\r\n", "[X]{a\n\r\n}end"},
    {"X\r\na\n\r.\r\nQ\r\n.\r\n", "[X]{a\n\r.\r\nQ\r\n}end"},
    {"X\r\n\n.\n\r\n.\r\n", "[X]{\n.\n\r\n}end"},
    /* With LF. */
    {"X\nab\n.\nQUIT\n", "[X]{ab\n}[QUIT]end"},
    {"X\n.\nQUIT\n", "[X]{}[QUIT]end"},
    {"X\n..\n.\n", "[X]{.\n}end"},
    {"X\n.a\n.\n", "[X]{a\n}end"},
    /* What somebody would hide in a message with LF. */
    {"X\na\r\n.\r\nQUIT\r\n.\n", "[X]{a\r\n\r\nQUIT\r\n}end"},
    {"X\na\n.\r\nQUIT\n.\n", "[X]{a\n\r\nQUIT\n}end"},
    {"X\na\r.\rQUIT\n.\n", "[X]{a\r.\rQUIT\n}end"},
    {"X\na\r.\nQ\n.\n", "[X]{a\r.\nQ\n}end"},
    /* Ends that are none. */
    {"X\r\nab\r\n.\r", "[X]{ab\r\ncut"},
    {"X\r\nab\r\n.", "[X]{ab\r\ncut"},
    {"X\r\nab\r\n", "[X]{ab\r\ncut"},
    {"X\r\nab", "[X]{abcut"},
    {"X\r\nab\n.\n", "[X]{ab\n.\ncut"},
    {"X\nab\n.", "[X]{ab\ncut"},
    {"X\nab\r\n.\r\n", "[X]{ab\r\n\r\ncut"},
    {"X\r\n", "[X]{cut"},
    /* A line without its end is none. */
    {"X", "end"},
    {"X\r", "end"},
    {"", "end"},
};

START_TEST(a_message_is_understood_at_every_boundary)
{
	const char *said = messages[_i].said;

	for (int split = 0; split <= (int)strlen(said); split++)
		for (size_t step = 1; step < 5; step++)
			check(said, split, step, messages[_i].means);
	check(said, 0, 64 * 1024, messages[_i].means);
	check(said, BYTE_BY_BYTE, 1, messages[_i].means);
	check(said, BYTE_BY_BYTE, 100, messages[_i].means);
}
END_TEST

/* --- lines --------------------------------------------------------------- */

/* A word of that many bytes, and a line end. */
static void add_long_line(struct buf *said, size_t size, const char *ending)
{
	for (size_t i = strlen(ending); i < size; i++)
		buf_add_byte(said, 'x');
	buf_add_string(said, ending);
}

static const struct {
	const char *ending;
	size_t size;
	const char *means; /* of that line */
} long_lines[] = {
    {"\r\n", FEED_MAX_LINE, NULL},
    {"\r\n", FEED_MAX_LINE + 1, "[long]"},
    {"\r\n", 3 * FEED_MAX_LINE, "[long]"},
    {"\r\n", 60000, "[long]"},
    {"\n", FEED_MAX_LINE, NULL},
    {"\n", FEED_MAX_LINE + 1, "[long]"},
    {"\n", 60000, "[long]"},
};

static void check_long_line(int row, size_t split)
{
	struct buf said = {0};
	struct buf seen = {0};
	struct feed feed;
	pid_t writer;

	buf_addf(&said, "X%s", long_lines[row].ending);
	add_long_line(&said, long_lines[row].size, long_lines[row].ending);
	buf_addf(&said, "Y%s", long_lines[row].ending);
	feed_open(&feed, buf_string(&said), (int)split, &writer);
	for (int i = 0; i < 3; i++)
		read_line(&feed, &seen);
	if (long_lines[row].means != NULL)
		ck_assert_str_eq(buf_string(&seen), "[X][long][Y]");
	else
		ck_assert_uint_eq(seen.length,
		    long_lines[row].size - strlen(long_lines[row].ending) + 8);
	feed_close(&feed, writer);
	buf_free(&seen);
	buf_free(&said);
}

START_TEST(a_line_that_is_too_long_is_skipped)
{
	size_t size = long_lines[_i].size;

	check_long_line(_i, 0);
	check_long_line(_i, 3);
	check_long_line(_i, FEED_MAX_LINE + 3);
	check_long_line(_i, size);
	check_long_line(_i, size + 1);
	check_long_line(_i, size + 2);
}
END_TEST

static void check_split_lines(const char *said, int split, const char *means)
{
	struct buf seen = {0};
	struct feed feed;
	pid_t writer;

	feed_open(&feed, said, split, &writer);
	for (int i = 0; feed.state == FEED_OPEN && i < 100; i++)
		read_line(&feed, &seen);
	ck_assert_str_eq(buf_string(&seen), means);
	feed_close(&feed, writer);
	buf_free(&seen);
}

static void check_lines(const char *said, const char *means)
{
	for (int split = 0; split <= (int)strlen(said); split++)
		check_split_lines(said, split, means);
}

START_TEST(the_first_line_decides_for_all)
{
	check_lines("a\r\nb\nc\r\n", "[a][b\nc]end");
	check_lines("a\nb\r\nc\n", "[a][b\r][c]end");
	check_lines("\r\n\n\r\n", "[][\n]end");
	check_lines("\n\n\r\n", "[][][\r]end");
	check_lines("a\rb\r\nc\rd\r\n", "[a\rb][c\rd]end");
}
END_TEST

/* --- chunks -------------------------------------------------------------- */

START_TEST(chunks_are_not_looked_at)
{
	static const char said[] = "X\r\n\r\n.\r\n.\nY\r\nZ\r\n";
	char data[7];

	for (int split = 0; split <= (int)strlen(said); split++) {
		struct feed feed;
		struct buf seen = {0};
		struct error err;
		size_t got = 0;
		pid_t writer;

		feed_open(&feed, said, split, &writer);
		read_line(&feed, &seen);
		while (got < sizeof data) {
			ssize_t count = feed_read_bytes(&feed, data + got,
			    sizeof data - got, &err);

			ck_assert_int_gt(count, 0);
			got += (size_t)count;
		}
		ck_assert_mem_eq(data, "\r\n.\r\n.\n", sizeof data);
		read_line(&feed, &seen);
		read_line(&feed, &seen);
		ck_assert_str_eq(buf_string(&seen), "[X][Y][Z]");
		ck_assert_int_eq(feed_read_bytes(&feed, data, 1, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_NETWORK);
		feed_close(&feed, writer);
		buf_free(&seen);
	}
}
END_TEST

/* --- silence ------------------------------------------------------------- */

START_TEST(silence_comes_to_an_end)
{
	struct feed feed = {.patience = IMPATIENCE};
	struct error err;
	struct text line;
	char data[8];
	int fds[2];

	feed.fd = open_socket(fds);
	send_part(fds[1], text_of("X\r\nY"));
	ck_assert_int_eq(feed_read_line(&feed, &line), FEED_LINE);
	ck_assert(!feed_has_line(&feed));
	ck_assert_int_eq(feed_read_line(&feed, &line), FEED_NONE);
	ck_assert_int_eq(feed.state, FEED_LATE);
	feed_begin_message(&feed);
	ck_assert_int_eq(feed_read_message(&feed, data, 8, &err), 1);
	ck_assert_int_eq(feed_read_message(&feed, data, 8, &err), -1);
	ck_assert_str_eq(err.text,
	    "the client did not go on with its message, so nothing was sent");
	ck_assert_int_eq(close(fds[1]), 0);
	feed_close(&feed, 0);
}
END_TEST

START_TEST(what_cannot_be_read_is_broken)
{
	struct feed feed = {.fd = -1, .patience = IMPATIENCE};
	struct text line;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	feed.fd = fds[1];
	ck_assert_int_eq(close(fds[0]), 0);
	ck_assert_int_eq(feed_read_line(&feed, &line), FEED_NONE);
	ck_assert_int_eq(feed.state, FEED_BROKEN);
	feed_close(&feed, 0);
}
END_TEST

START_TEST(a_whole_line_is_known_before_it_is_read)
{
	struct feed feed = {.patience = PATIENCE};
	struct text line;
	int fds[2];

	feed.fd = open_socket(fds);
	ck_assert(!feed_has_line(&feed));
	send_part(fds[1], text_of("X\r\nY\r\nZ\n"));
	ck_assert_int_eq(feed_read_line(&feed, &line), FEED_LINE);
	ck_assert(feed_has_line(&feed));
	ck_assert_int_eq(feed_read_line(&feed, &line), FEED_LINE);
	ck_assert(!feed_has_line(&feed));
	ck_assert_int_eq(close(fds[1]), 0);
	feed_close(&feed, 0);
}
END_TEST

Suite *suite_feed(void)
{
	Suite *suite = suite_create("feed");
	TCase *messages_case = tcase_create("messages");
	TCase *lines = tcase_create("lines");

	tcase_set_timeout(messages_case, 60);
	tcase_add_loop_test(messages_case,
	    a_message_is_understood_at_every_boundary, 0, COUNT(messages));
	tcase_add_test(messages_case, chunks_are_not_looked_at);
	tcase_add_loop_test(lines, a_line_that_is_too_long_is_skipped, 0,
	    COUNT(long_lines));
	tcase_add_test(lines, the_first_line_decides_for_all);
	tcase_add_test(lines, silence_comes_to_an_end);
	tcase_add_test(lines, what_cannot_be_read_is_broken);
	tcase_add_test(lines, a_whole_line_is_known_before_it_is_read);
	suite_add_tcase(suite, messages_case);
	suite_add_tcase(suite, lines);
	return suite;
}
