#include "dry_run.h"

#include <stdlib.h>

#include "file.h"
#include "input.h"
#include "mem.h"
#include "show.h"
#include "submission.h"

/* What has been written of a body. */
struct printer {
	int fd;
	bool is_after_cr; /* held back: it may be half a line end */
	bool is_inside_line;
	char *lines; /* room for a block */
};

static int print(int fd, struct text text, struct error *err)
{
	return file_write(fd, text, "standard output", err);
}

/* CRLF becomes LF; out has room for one byte more than there are. */
static size_t convert(struct printer *printer, struct text bytes, char *out)
{
	size_t length = 0;

	for (size_t i = 0; i < bytes.length; i++) {
		if (printer->is_after_cr && bytes.data[i] != '\n')
			out[length++] = '\r';
		printer->is_after_cr = bytes.data[i] == '\r';
		if (!printer->is_after_cr)
			out[length++] = bytes.data[i];
	}
	if (bytes.length > 0)
		printer->is_inside_line = bytes.data[bytes.length - 1] != '\n';
	return length;
}

static int print_end(const struct printer *printer, struct error *err)
{
	if (!printer->is_inside_line)
		return 0;
	return print(printer->fd, text_of(printer->is_after_cr ? "\r\n" : "\n"),
	    err);
}

static int print_block(void *context, struct text bytes, struct error *err)
{
	struct printer *printer = context;
	size_t length = convert(printer, bytes, printer->lines);

	return print(printer->fd, (struct text){printer->lines, length}, err);
}

static int print_body(const struct body *body, int fd, struct error *err)
{
	struct printer printer = {
	    .fd = fd,
	    .lines = mem_alloc(INPUT_BLOCK + 1, 1),
	};
	int result = input_each_block(body, print_block, &printer, err);

	if (result == 0)
		result = print_end(&printer, err);
	free(printer.lines);
	return result;
}

static void add_envelope(struct buf *buf, const struct envelope *envelope)
{
	show_line(buf, "MAIL FROM:<%s>", envelope->sender);
	for (size_t i = 0; i < envelope->count; i++)
		show_line(buf, "RCPT TO:<%s>", envelope->recipients[i].address);
	buf_add_byte(buf, '\n');
}

static void add_way(struct buf *buf, const struct submission *submission,
    const struct delivery *delivery)
{
	struct buf smarthost = {0};
	struct buf choice = {0};

	show_smarthost(&smarthost, delivery->profile);
	show_choice(&choice, submission->config, submission->policy.profile,
	    delivery->route);
	show_line(buf, "profile %s, %s: %s", delivery->profile->name,
	    buf_string(&smarthost), buf_string(&choice));
	buf_free(&choice);
	buf_free(&smarthost);
}

static int print_delivery(const struct submission *submission, size_t n, int fd,
    struct error *err)
{
	const struct delivery *delivery = &submission->plan.deliveries[n];
	const struct message *message = &delivery->message;
	struct buf buf = {0};
	int result;

	if (n > 0)
		buf_add_byte(&buf, '\n');
	if (submission->plan.count > 1)
		show_line(&buf, "== delivery %zu of %zu", n + 1,
		    submission->plan.count);
	add_way(&buf, submission, delivery);
	add_envelope(&buf, &delivery->envelope);
	for (size_t i = 0; i < message->field_count; i++) {
		buf_add(&buf, field_text(&message->fields[i]));
		buf_add_byte(&buf, '\n');
	}
	buf_add_byte(&buf, '\n');
	result = show_print(&buf, fd, err);
	buf_free(&buf);
	if (result < 0)
		return -1;
	return print_body(&message->body, fd, err);
}

int dry_run(const struct options *options, const struct config *config,
    const struct identity *identity, int fd, struct strlist *sentences,
    struct error *err)
{
	struct submission submission = {0};
	int result =
	    submission_make(&submission, options, config, identity, err);

	for (size_t i = 0; result == 0 && i < submission.plan.count; i++)
		result = print_delivery(&submission, i, fd, err);
	if (result < 0)
		strlist_add(sentences, text_of(err->text));
	else
		result = submission_report(&submission, sentences, err);
	submission_free(&submission);
	return result;
}
