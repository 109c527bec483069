#include "message_file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "input.h"
#include "scan.h"
#include "sha256.h"

enum { MAGIC = sizeof MESSAGE_FILE_MAGIC - 1 }; /* bytes */

int message_file_begin(int fd, const char *what, struct error *err)
{
	return file_write(fd, text_of(MESSAGE_FILE_MAGIC), what, err);
}

/* True when it is so many fields and nothing else. */
static bool read_header(struct message *message, struct text header)
{
	struct error unused;
	struct text line;

	while (text_split(&header, '\n', &line))
		if (message_add_line(message, line, &unused) != MESSAGE_FIELD)
			return false;
	return true;
}

static void write_header(struct buf *header, const struct message *message)
{
	for (size_t i = 0; i < message->field_count; i++) {
		buf_add(header, field_text(&message->fields[i]));
		buf_add_byte(header, '\n');
	}
}

/* Before it is kept, because later nobody could be told. */
static int check_header(const struct buf *header, size_t fields,
    struct error *err)
{
	struct message again = {.body.fd = -1};
	bool is_sound = !header->is_full &&
	    read_header(&again, buf_text(header)) &&
	    again.field_count == fields;

	message_free(&again);
	if (!is_sound)
		return fail(err, ERROR_MESSAGE,
		    "the queue cannot take the message's header: it is too "
		    "long or has lines that are no fields");
	return 0;
}

struct writing {
	int fd;
	bool is_there; /* in the file already */
	const char *what;
	struct sha256 sum;
};

static int write_block(void *context, struct text block, struct error *err)
{
	struct writing *writing = context;

	sha256_add(&writing->sum, block);
	return writing->is_there ?
	    0 :
	    file_write(writing->fd, block, writing->what, err);
}

/* Behind the body there may be bytes that were read but not wanted. */
static int go_behind(const struct writing *writing, uint64_t length,
    struct error *err)
{
	off_t end = (off_t)(MAGIC + length);

	if (file_truncate(writing->fd, end) < 0 ||
	    lseek(writing->fd, end, SEEK_SET) < 0)
		return fail_errno(err, ERROR_IO, "%s cannot be written",
		    writing->what);
	return 0;
}

int message_file_write(int fd, const struct message *message,
    struct entry *entry, const char *what, struct error *err)
{
	const struct body *body = &message->body;
	struct writing writing = {fd, body->fd == fd, what, {0}};
	struct buf header = {0};
	int result = -1;

	sha256_begin(&writing.sum);
	sha256_add(&writing.sum, text_of(MESSAGE_FILE_MAGIC));
	write_header(&header, message);
	if (check_header(&header, message->field_count, err) < 0 ||
	    input_each_block(body, write_block, &writing, err) < 0 ||
	    (writing.is_there && go_behind(&writing, body->length, err) < 0))
		goto out;
	sha256_add(&writing.sum, buf_text(&header));
	entry->body_length = body->length;
	entry->header_length = header.length;
	result = file_write(fd, buf_text(&header), what, err);
out:
	if (sha256_end(&writing.sum, entry->digest, err) < 0)
		result = -1;
	buf_free(&header);
	return result;
}

/* --- and back ------------------------------------------------------------ */

struct checking {
	struct sha256 sum;
	size_t magic_length; /* so far */
	struct scan scan;
	struct buf header;
};

/* It may come in parts. */
static int check_magic(void *context, struct text block, struct error *err)
{
	struct checking *checking = context;
	const char *expected = &MESSAGE_FILE_MAGIC[checking->magic_length];

	sha256_add(&checking->sum, block);
	if (memcmp(block.data, expected, block.length) != 0)
		return fail(err, ERROR_MESSAGE, "it begins with other bytes");
	checking->magic_length += block.length;
	return 0;
}

static int check_body(void *context, struct text block, struct error *err)
{
	struct checking *checking = context;

	(void)err;
	sha256_add(&checking->sum, block);
	scan_add(&checking->scan, block);
	return 0;
}

static int take_header(void *context, struct text block, struct error *err)
{
	struct checking *checking = context;

	(void)err;
	sha256_add(&checking->sum, block);
	buf_add(&checking->header, block);
	return 0;
}

static int read_part(int fd, uint64_t offset, uint64_t length,
    input_taker *take, struct checking *checking, struct error *err)
{
	const struct body part = {
	    .fd = fd,
	    .offset = (off_t)offset,
	    .length = length,
	};

	return input_each_block(&part, take, checking, err);
}

static int check_length(int fd, const struct entry *entry, const char *what,
    struct error *err)
{
	uint64_t length = MAGIC + entry->body_length + entry->header_length;
	struct stat status;

	if (fstat(fd, &status) < 0)
		return fail_errno(err, ERROR_IO, "%s cannot be examined", what);
	if ((uint64_t)status.st_size != length)
		return fail(err, ERROR_MESSAGE,
		    "it has %lld bytes instead of %llu",
		    (long long)status.st_size, (unsigned long long)length);
	return 0;
}

static int read_all(int fd, struct checking *checking,
    const struct entry *entry, struct error *err)
{
	uint64_t body = entry->body_length;
	uint64_t header = entry->header_length;
	unsigned char digest[SHA256_SIZE];
	int result = 0;

	sha256_begin(&checking->sum);
	if (read_part(fd, 0, MAGIC, check_magic, checking, err) < 0 ||
	    read_part(fd, MAGIC, body, check_body, checking, err) < 0 ||
	    read_part(fd, MAGIC + body, header, take_header, checking, err) < 0)
		result = -1;
	scan_end(&checking->scan);
	if (sha256_end(&checking->sum, digest, err) < 0)
		result = -1;
	if (result == 0 && memcmp(digest, entry->digest, sizeof digest) != 0)
		result = fail(err, ERROR_MESSAGE, "its bytes have changed");
	return result;
}

int message_file_read(int fd, struct message *message,
    const struct entry *entry, const char *what, struct error *err)
{
	struct checking checking = {.scan.body = &message->body};
	int result = -1;

	*message = (struct message){.body = {.fd = fd, .offset = MAGIC}};
	if (check_length(fd, entry, what, err) == 0)
		result = read_all(fd, &checking, entry, err);
	if (result == 0 &&
	    (checking.header.is_full ||
		!read_header(message, buf_text(&checking.header))))
		result = fail(err, ERROR_MESSAGE, "its header is none");
	if (result < 0)
		message_free(message);
	buf_free(&checking.header);
	return result;
}
