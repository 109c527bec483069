#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "input.h"
#include "scratch.h"
#include "suites.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { MEGABYTE = 1024 * 1024 };

/* --- where a message comes from ------------------------------------------ */

/*
 * Each part is what one read(2) gives, and no part the end: datagrams behave
 * like that without any timing.
 */
static int open_parts(struct text first, struct text second)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	if (first.length > 0)
		ck_assert_int_eq(send(fds[1], first.data, first.length, 0),
		    (ssize_t)first.length);
	if (second.length > 0)
		ck_assert_int_eq(send(fds[1], second.data, second.length, 0),
		    (ssize_t)second.length);
	ck_assert_int_eq(send(fds[1], "", 0, 0), 0);
	ck_assert_int_eq(close(fds[1]), 0);
	return fds[0];
}

/* A pipe with a process behind it that writes all of this so many times. */
static int open_pipe(struct text text, int times, pid_t *writer)
{
	struct error err;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	*writer = fork();
	ck_assert_int_ge(*writer, 0);
	if (*writer == 0) {
		(void)close(fds[0]);
		(void)signal(SIGPIPE, SIG_IGN);
		while (times-- > 0 &&
		    file_write(fds[1], text, "the pipe", &err) == 0)
			;
		_exit(0);
	}
	ck_assert_int_eq(close(fds[1]), 0);
	return fds[0];
}

static void close_pipe(int fd, pid_t writer)
{
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
}

/* A file that is open at some place in it. */
static int open_file(struct scratch *scratch, struct text text, off_t place)
{
	const char *path = scratch_write(scratch, "message", text);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(lseek(fd, place, SEEK_SET), place);
	return fd;
}

/* --- what became of it --------------------------------------------------- */

static void add_body(struct buf *out, const struct body *body, size_t step)
{
	struct error err = {0};
	ssize_t count;

	do {
		count = input_body(body, out->length, buf_room(out, step), step,
		    &err);
		ck_assert_int_ge(count, 0);
		ck_assert_uint_le((size_t)count, step);
		out->length += (size_t)count;
	} while (count > 0);
	ck_assert_uint_eq(out->length, body->length);
}

/* "[field][field]body" */
static void add_message(struct buf *out, const struct message *message)
{
	struct buf body = {0};

	for (size_t i = 0; i < message->field_count; i++) {
		buf_add_byte(out, '[');
		buf_add(out, field_text(&message->fields[i]));
		buf_add_byte(out, ']');
	}
	add_body(&body, &message->body, 3);
	buf_add(out, buf_text(&body));
	buf_free(&body);
}

static const struct {
	const char *in;
	bool dot_ends;
	const char *message;
} message_cases[] = {
    {"", false, ""},
    {"\n", false, ""},
    {"\r\n", false, ""},
    {"A: b\n\nbody\n", false, "[A: b]body\n"},
    {"A: b\r\n c\r\n\r\nbody\r\n", false, "[A: b\n c]body\r\n"},
    {"A: b\r\n\r\nx\ny\r\n\nz", false, "[A: b]x\ny\r\n\nz"},
    {"A: b\r\r\n\r\r\nx", false, "[A: b]x"},
    {"A: b\rC: d\n\n", false, "[A: b\rC: d]"},
    {"A: b", false, "[A: b]"},
    {"A: b\n", false, "[A: b]"},
    {"A: b\r", false, "[A: b]"},
    {"A: b\n c", false, "[A: b\n c]"},
    {"body", false, "body"},
    {"body\nA: b\n", false, "body\nA: b\n"},
    {"A: b\nbody\r\nx", false, "[A: b]body\r\nx"},
    {"A: b\nbody", false, "[A: b]body"},
    {"From x\nA: b\n\nbody", false, "[A: b]body"},
    {"From x\r\n", false, ""},
    {"A: b\n\n\n\nx", false, "[A: b]\n\nx"},
    /* a lone dot is text */
    {"A: b\n\n.\nx\n", false, "[A: b].\nx\n"},
    {"A: b\n.\nx\n", false, "[A: b].\nx\n"},
    {".\r\nA: b\n", false, ".\r\nA: b\n"},
    /* or the end, with either line end, in the header too */
    {"A: b\n\nx\n.\ny\n", true, "[A: b]x\n"},
    {"A: b\n\nx\r\n.\r\ny\n", true, "[A: b]x\r\n"},
    {"A: b\n\nx\r\n.\ny\n", true, "[A: b]x\r\n"},
    {"A: b\n\n.\ny", true, "[A: b]"},
    {"A: b\n\n.", true, "[A: b]"},
    {"A: b\n\nx\n.", true, "[A: b]x\n"},
    {"A: b\n.\nC: d\n\nx", true, "[A: b]"},
    {"A: b\r\n.\r\nC: d\n\nx", true, "[A: b]"},
    {".\nA: b\n", true, ""},
    {".", true, ""},
    {"body\n.\nx", true, "body\n"},
    /* other lines with dots stay as they are */
    {"\n..\n.x\n. \n \x2e\n.\r.\n.\rx\n", true, "..\n.x\n. \n .\n.\r.\n.\rx\n"},
    {"\nx.\n", true, "x.\n"},
    {"\nx\r.\n", true, "x\r.\n"},
};

static void read_from(int fd, int i, struct buf *out)
{
	struct input input = {
	    .fd = fd, .dot_ends = message_cases[i].dot_ends, .max_size = 1000};
	struct message message = {0};
	struct error err = {0};

	ck_assert_int_eq(input_read(&input, &message, &err), 0);
	buf_clear(out);
	add_message(out, &message);
	input_close(&input);
	message_free(&message);
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(a_message_is_the_same_however_it_arrives)
{
	struct text in = text_of(message_cases[_i].in);
	struct buf found = {0};

	for (size_t i = 0; i <= in.length; i++) {
		read_from(open_parts(text_part(in, 0, i),
			      text_part(in, i, in.length)),
		    _i, &found);
		ck_assert_str_eq(buf_string(&found), message_cases[_i].message);
	}
	buf_free(&found);
}
END_TEST

/* Gives its text in small parts, and then the end, or fails. */
struct giver {
	struct text rest;
	size_t step;
	bool is_cut;
};

static ssize_t give(void *source, char *data, size_t size, struct error *err)
{
	struct giver *giver = source;
	struct text part = text_part(giver->rest, 0, giver->step);

	ck_assert_uint_le(part.length, size);
	if (part.length == 0 && giver->is_cut)
		return (fail)(err, ERROR_NETWORK, "it was cut");
	if (part.length > 0)
		memcpy(data, part.data, part.length);
	giver->rest = text_part(giver->rest, part.length, giver->rest.length);
	return (ssize_t)part.length;
}

static int read_given(struct giver *giver, int i, struct buf *out)
{
	struct input input = {
	    .fd = -1,
	    .read = give,
	    .source = giver,
	    .dot_ends = message_cases[i].dot_ends,
	    .max_size = 1000,
	};
	struct message message = {0};
	struct error err = {0};
	int result = input_read(&input, &message, &err);

	buf_clear(out);
	if (result == 0)
		add_message(out, &message);
	else
		ck_assert_int_eq(err.kind, ERROR_NETWORK);
	input_close(&input);
	message_free(&message);
	return result;
}

START_TEST(a_message_is_the_same_from_a_function)
{
	struct text in = text_of(message_cases[_i].in);
	struct buf found = {0};

	for (size_t step = 1; step <= in.length + 1; step++) {
		struct giver giver = {.rest = in, .step = step};

		ck_assert_int_eq(read_given(&giver, _i, &found), 0);
		ck_assert_str_eq(buf_string(&found), message_cases[_i].message);
	}
	buf_free(&found);
}
END_TEST

START_TEST(what_a_function_does_not_end_is_no_message)
{
	struct text in = text_of("A: b\n\nbody\n");
	struct buf found = {0};

	for (size_t end = 0; end <= in.length; end++) {
		struct giver giver = {
		    .rest = text_part(in, 0, end), .step = 3, .is_cut = true};

		ck_assert_int_eq(read_given(&giver, 0, &found), -1);
	}
	buf_free(&found);
}
END_TEST

START_TEST(a_message_is_the_same_in_a_file)
{
	struct scratch scratch;
	struct buf text = {0};
	struct buf found = {0};

	scratch_make(&scratch);
	buf_add_string(&text, message_cases[_i].in);
	read_from(open_file(&scratch, buf_text(&text), 0), _i, &found);
	ck_assert_str_eq(buf_string(&found), message_cases[_i].message);
	buf_clear(&text);
	buf_addf(&text, "read\nbefore\n\n%s", message_cases[_i].in);
	read_from(open_file(&scratch, buf_text(&text), 13), _i, &found);
	ck_assert_str_eq(buf_string(&found), message_cases[_i].message);
	buf_free(&text);
	buf_free(&found);
	scratch_remove(&scratch);
}
END_TEST

/* --- big bodies ---------------------------------------------------------- */

/* Lines of different lengths, so that a byte in the wrong place shows. */
static void add_lines(struct buf *text, size_t size)
{
	for (size_t i = 0; text->length < size; i++)
		buf_addf(text, "%zu%.*s\n", i, (int)(i % 70),
		    "......................................................"
		    "................");
	text->length = size;
}

static const size_t body_sizes[] = {0, 1, INPUT_BLOCK - 7, INPUT_BLOCK - 6,
    INPUT_BLOCK, INPUT_MAX_MEMORY - 1, INPUT_MAX_MEMORY, INPUT_MAX_MEMORY + 1,
    INPUT_MAX_MEMORY + INPUT_BLOCK, 3 * INPUT_MAX_MEMORY + 5};

START_TEST(a_body_from_a_pipe_stays_in_memory_only_while_it_is_small)
{
	struct buf text = {0};
	struct buf body = {0};
	struct message message = {0};
	struct error err = {0};
	struct input input = {.max_size = 10 * MEGABYTE};
	pid_t writer;

	buf_add_string(&text, "A: b\n\n");
	add_lines(&text, 6 + body_sizes[_i]);
	input.fd = open_pipe(buf_text(&text), 1, &writer);
	ck_assert_int_eq(input_read(&input, &message, &err), 0);
	ck_assert_int_eq(input.body_fd >= 0, body_sizes[_i] > INPUT_MAX_MEMORY);
	ck_assert_int_eq(message.body.fd, input.body_fd);
	ck_assert_uint_le(message.body.memory.length, INPUT_MAX_MEMORY);
	if (input.body_fd >= 0)
		ck_assert_uint_eq(message.body.memory.length, 0);
	add_body(&body, &message.body, 65537);
	ck_assert_uint_eq(body.length, body_sizes[_i]);
	ck_assert_int_eq(memcmp(buf_string(&body), text.data + 6, body.length),
	    0);
	input_close(&input);
	ck_assert_int_eq(input.body_fd, -1);
	input_close(&input);
	close_pipe(input.fd, writer);
	message_free(&message);
	buf_free(&body);
	buf_free(&text);
}
END_TEST

static int give_file(void *context)
{
	const int *fd = context;

	return *fd;
}

/* A big message of which what is too much for memory goes to that file. */
static void expect_in_file(int fd, bool is_there)
{
	struct buf text = {0};
	struct buf body = {0};
	struct message message = {0};
	struct error err = {0};
	struct input input = {
	    .max_size = 10 * MEGABYTE, .make_file = give_file, .context = &fd};
	pid_t writer;

	buf_add_string(&text, "A: b\n\n");
	add_lines(&text, 6 + 3 * MEGABYTE);
	input.fd = open_pipe(buf_text(&text), 1, &writer);
	ck_assert_int_eq(input_read(&input, &message, &err), 0);
	ck_assert_int_eq(message.body.fd == fd, is_there);
	ck_assert_int_eq(input.body_fd < 0, is_there);
	add_body(&body, &message.body, 65537);
	ck_assert_uint_eq(body.length, 3 * MEGABYTE);
	ck_assert_int_eq(memcmp(buf_string(&body), text.data + 6, body.length),
	    0);
	input_close(&input);
	close_pipe(input.fd, writer);
	message_free(&message);
	buf_free(&body);
	buf_free(&text);
}

START_TEST(a_big_body_goes_to_a_file_of_the_caller_s)
{
	struct scratch scratch;
	int fd;

	scratch_make(&scratch);
	fd = open_file(&scratch, text_of("first this\n"), 11);
	expect_in_file(fd, true);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 11 + 3 * MEGABYTE);
	ck_assert_int_eq(close(fd), 0);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_big_body_goes_elsewhere_when_there_is_no_such_file)
{
	int fd = -1;

	expect_in_file(fd, false);
}
END_TEST

#ifdef __linux__
/* A file with so much room and no more. */
static const off_t rooms[] = {
    0, INPUT_MAX_MEMORY / 2, 2 * INPUT_MAX_MEMORY + 5};

START_TEST(a_big_body_goes_elsewhere_when_there_is_no_room)
{
	int fd =
	    memfd_create("full", MFD_CLOEXEC | (unsigned)MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, rooms[_i]), 0);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
	expect_in_file(fd, false);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST
#endif

START_TEST(a_body_in_a_file_stays_where_it_is)
{
	struct scratch scratch;
	struct buf text = {0};
	struct buf body = {0};
	struct message message = {0};
	struct error err = {0};
	struct input input = {.max_size = 10 * MEGABYTE};

	scratch_make(&scratch);
	buf_add_string(&text, "x\nA: b\n\n");
	add_lines(&text, 8 + body_sizes[_i]);
	input.fd = open_file(&scratch, buf_text(&text), 2);
	ck_assert_int_eq(input_read(&input, &message, &err), 0);
	ck_assert_int_eq(input.body_fd, -1);
	ck_assert_int_eq(message.body.fd, input.fd);
	ck_assert_int_eq(message.body.offset, 8);
	ck_assert_uint_eq(message.body.memory.length, 0);
	add_body(&body, &message.body, 65537);
	ck_assert_uint_eq(body.length, body_sizes[_i]);
	ck_assert_int_eq(memcmp(buf_string(&body), text.data + 8, body.length),
	    0);
	input_close(&input);
	ck_assert_int_ge(fcntl(input.fd, F_GETFD), 0);
	ck_assert_int_eq(close(input.fd), 0);
	message_free(&message);
	buf_free(&body);
	buf_free(&text);
	scratch_remove(&scratch);
}
END_TEST

/* Where two blocks that are read meet. */
static const char *const dot_cases[] = {"\n.\n", "\r\n.\r\n"};

START_TEST(a_lone_dot_is_found_across_two_blocks)
{
	struct scratch scratch;

	scratch_make(&scratch);
	for (size_t i = INPUT_BLOCK - 8; i < INPUT_BLOCK + 3; i++) {
		struct input input = {.dot_ends = true, .max_size = MEGABYTE};
		struct message message = {0};
		struct error err = {0};
		struct buf text = {0};

		buf_add_string(&text, "A: b\n\n");
		while (text.length < i)
			buf_add_byte(&text, 'x');
		buf_add_string(&text, dot_cases[_i]);
		buf_add_string(&text, "not part of it\n");
		input.fd = open_file(&scratch, buf_text(&text), 0);
		ck_assert_int_eq(input_read(&input, &message, &err), 0);
		ck_assert_uint_eq(message.body.length,
		    i - 6 + strcspn(dot_cases[_i], "."));
		ck_assert_uint_eq(message.body.wire_length, i - 6 + 2);
		input_close(&input);
		ck_assert_int_eq(close(input.fd), 0);
		message_free(&message);
		buf_free(&text);
	}
	scratch_remove(&scratch);
}
END_TEST

/* --- what is refused ----------------------------------------------------- */

/* Read it and expect this kind of failure, or none. */
static void check_outcome(int fd, uint64_t max_size, enum error_kind kind)
{
	struct input input = {.fd = fd, .dot_ends = true, .max_size = max_size};
	struct message message = {0};
	struct error err = {0};
	int result = input_read(&input, &message, &err);

	ck_assert_int_eq(result, kind == ERROR_NONE ? 0 : -1);
	ck_assert_int_eq(err.kind, kind);
	input_close(&input);
	message_free(&message);
}

static const struct {
	const char *in;
	uint64_t max_size;
	enum error_kind kind;
} size_cases[] = {
    {"A: b\n\nbody\n", 11, ERROR_NONE},
    {"A: b\n\nbody\n", 10, ERROR_TOO_BIG},
    {"A: b\n\nbody", 10, ERROR_NONE},
    {"A: b\n\nbody", 9, ERROR_TOO_BIG},
    {"A: b\n", 5, ERROR_NONE},
    {"A: b\n", 4, ERROR_TOO_BIG},
    {"", 0, ERROR_NONE},
    /* what follows a lone dot is not part of it */
    {"A: b\n\nbody\n.\n", 11, ERROR_NONE},
    {"A: b\n\nbody\n.\r\nand\nmore\n", 11, ERROR_NONE},
    {"A: b\n\nbody\n.\nand more", 10, ERROR_TOO_BIG},
    {"A: b\n.\nC: d\n\nbody\n", 5, ERROR_NONE},
};

START_TEST(a_message_over_the_limit_is_refused)
{
	struct text in = text_of(size_cases[_i].in);

	for (size_t i = 0; i <= in.length; i++) {
		int fd = open_parts(text_part(in, 0, i),
		    text_part(in, i, in.length));

		check_outcome(fd, size_cases[_i].max_size, size_cases[_i].kind);
		ck_assert_int_eq(close(fd), 0);
	}
}
END_TEST

START_TEST(input_without_end_is_read_up_to_the_limit)
{
	pid_t writer;
	int fd = open_pipe(text_of("\na line\n"), MEGABYTE, &writer);

	check_outcome(fd, 2 * MEGABYTE, ERROR_TOO_BIG);
	close_pipe(fd, writer);
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	check_outcome(fd, MEGABYTE, ERROR_TOO_BIG);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

static const struct {
	const char *first;
	const char *repeated;
	int times;
	enum error_kind kind;
} header_cases[] = {
    {"", "A: b\n", MESSAGE_MAX_FIELDS, ERROR_NONE},
    {"", "A: b\n", MESSAGE_MAX_FIELDS + 1, ERROR_MESSAGE},
    {"", "From x\n", MEGABYTE, ERROR_MESSAGE},
    {"A: b\n", "\tc\n", MEGABYTE, ERROR_NONE},
    {"A: b\n", "\tc\n", 2 * MEGABYTE, ERROR_MESSAGE},
    {"", "x", 4 * MEGABYTE - INPUT_BLOCK, ERROR_NONE},
    {"", "x", 5 * MEGABYTE, ERROR_NONE},
    {"A: ", "x", 5 * MEGABYTE, ERROR_MESSAGE},
};

START_TEST(a_header_has_limits)
{
	struct buf text = {0};
	pid_t writer;
	int fd;

	buf_add_string(&text, header_cases[_i].first);
	for (int i = 0; i < header_cases[_i].times; i++)
		buf_add_string(&text, header_cases[_i].repeated);
	fd = open_pipe(buf_text(&text), 1, &writer);
	buf_free(&text);
	check_outcome(fd, UINT64_MAX, header_cases[_i].kind);
	close_pipe(fd, writer);
}
END_TEST

static const struct {
	struct text in;
	enum error_kind kind;
} nul_cases[] = {
    {{"A: b\0\n\nx", 8}, ERROR_MESSAGE},
    {{"A: b\n\nx\0y\n", 10}, ERROR_NONE},
    {{"A: b\n\n\0", 7}, ERROR_NONE},
    {{"\0", 1}, ERROR_MESSAGE},
    {{"A: b\n\nx\n.\n\0", 11}, ERROR_NONE},
    {{"A: b\n.\n\0", 8}, ERROR_NONE},
};

START_TEST(a_nul_is_refused_in_the_header_alone)
{
	struct text in = nul_cases[_i].in;

	for (size_t i = 0; i <= in.length; i++) {
		int fd = open_parts(text_part(in, 0, i),
		    text_part(in, i, in.length));

		check_outcome(fd, 1000, nul_cases[_i].kind);
		ck_assert_int_eq(close(fd), 0);
	}
}
END_TEST

START_TEST(what_cannot_be_read_is_an_error)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	check_outcome(fd, 1000, ERROR_IO);
	ck_assert_int_eq(close(fd), 0);
	check_outcome(fd, 1000, ERROR_IO);
	check_outcome(-1, 1000, ERROR_IO);
}
END_TEST

START_TEST(a_file_that_shrinks_is_noticed)
{
	struct scratch scratch;
	struct input input = {.max_size = 1000};
	struct message message = {0};
	struct error err = {0};
	char bytes[100];

	scratch_make(&scratch);
	input.fd = open_file(&scratch, text_of("A: b\n\n0123456789"), 0);
	ck_assert_int_eq(input_read(&input, &message, &err), 0);
	ck_assert_int_eq(ftruncate(input.fd, 6 + 4), 0);
	ck_assert_int_eq(input_body(&message.body, 0, bytes, sizeof bytes,
			     &err),
	    4);
	ck_assert_int_eq(memcmp(bytes, "0123", 4), 0);
	ck_assert_int_eq(input_body(&message.body, 4, bytes, sizeof bytes,
			     &err),
	    -1);
	ck_assert_int_eq(err.kind, ERROR_IO);
	input_close(&input);
	ck_assert_int_eq(close(input.fd), 0);
	message_free(&message);
	scratch_remove(&scratch);
}
END_TEST

START_TEST(a_file_that_grows_is_read_as_it_was)
{
	struct scratch scratch;
	struct input input = {.max_size = 1000};
	struct message message = {0};
	struct error err = {0};
	struct buf body = {0};

	scratch_make(&scratch);
	input.fd = open_file(&scratch, text_of("A: b\n\n0123456789"), 0);
	ck_assert_int_eq(input_read(&input, &message, &err), 0);
	ck_assert_int_eq(file_write(input.fd, text_of("more"), "x", &err), 0);
	add_body(&body, &message.body, 100);
	ck_assert_str_eq(buf_string(&body), "0123456789");
	buf_free(&body);
	input_close(&input);
	ck_assert_int_eq(close(input.fd), 0);
	message_free(&message);
	scratch_remove(&scratch);
}
END_TEST

static TCase *reading_tests(void)
{
	TCase *tests = tcase_create("reading");

	tcase_add_loop_test(tests, a_message_is_the_same_however_it_arrives, 0,
	    COUNT(message_cases));
	tcase_add_loop_test(tests, a_message_is_the_same_from_a_function, 0,
	    COUNT(message_cases));
	tcase_add_test(tests, what_a_function_does_not_end_is_no_message);
	tcase_add_loop_test(tests, a_message_is_the_same_in_a_file, 0,
	    COUNT(message_cases));
	tcase_add_loop_test(tests,
	    a_body_from_a_pipe_stays_in_memory_only_while_it_is_small, 0,
	    COUNT(body_sizes));
	tcase_add_test(tests, a_big_body_goes_to_a_file_of_the_caller_s);
	tcase_add_test(tests,
	    a_big_body_goes_elsewhere_when_there_is_no_such_file);
#ifdef __linux__
	tcase_add_loop_test(tests,
	    a_big_body_goes_elsewhere_when_there_is_no_room, 0, COUNT(rooms));
#endif
	tcase_add_loop_test(tests, a_body_in_a_file_stays_where_it_is, 0,
	    COUNT(body_sizes));
	tcase_add_loop_test(tests, a_lone_dot_is_found_across_two_blocks, 0,
	    COUNT(dot_cases));
	return tests;
}

static TCase *refusal_tests(void)
{
	TCase *tests = tcase_create("refusing");

	tcase_add_loop_test(tests, a_message_over_the_limit_is_refused, 0,
	    COUNT(size_cases));
	tcase_add_test(tests, input_without_end_is_read_up_to_the_limit);
	tcase_add_loop_test(tests, a_header_has_limits, 0, COUNT(header_cases));
	tcase_add_loop_test(tests, a_nul_is_refused_in_the_header_alone, 0,
	    COUNT(nul_cases));
	tcase_add_test(tests, what_cannot_be_read_is_an_error);
	tcase_add_test(tests, a_file_that_shrinks_is_noticed);
	tcase_add_test(tests, a_file_that_grows_is_read_as_it_was);
	return tests;
}

Suite *suite_input(void)
{
	Suite *suite = suite_create("input");

	suite_add_tcase(suite, reading_tests());
	suite_add_tcase(suite, refusal_tests());
	return suite;
}
