#include "posting.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "complete.h"
#include "mailbox.h"

static const char *first_of(const char *value, const char *otherwise)
{
	return value != NULL ? value : otherwise;
}

struct site posting_site(const struct settings *settings,
    const struct identity *identity)
{
	return (struct site){
	    .domain = first_of(settings->domain, identity->domain),
	    .hostname = first_of(settings->hostname, identity->hostname),
	};
}

/* What people type has no control characters; who types them means harm. */
static int check_argument(const char *what, const char *value,
    struct error *err)
{
	for (const char *at = value; *at != '\0'; at++)
		if (byte_is_control(*at))
			return fail(err, ERROR_ADDRESS,
			    "the %s given has a control character in it", what);
	return 0;
}

/* RFC 5321 4.5.5 has the null sender. */
int posting_add_sender(struct buf *sender, const char *given,
    const char *domain, struct error *err)
{
	struct text rest = text_of(given);
	struct mailbox box;
	struct mailbox other;

	if (check_argument("sender", given, err) < 0)
		return -1;
	if (!mailbox_next(&rest, &box) || box.spec.length == 0)
		return 0;
	if (mailbox_next(&rest, &other))
		return fail(err, ERROR_ADDRESS,
		    "the sender given is more than one address");
	return address_write(sender, box.spec, domain, err);
}

/* Each argument may hold a list. */
static int read_arguments(struct posting *posting, struct error *err)
{
	const struct options *options = posting->options;

	for (int i = 0; i < options->recipient_count; i++) {
		struct text list = text_of(options->recipients[i]);

		if (check_argument("recipient", options->recipients[i], err) <
			0 ||
		    complete_add_recipients(list, posting->site.domain,
			&posting->recipients, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Somebody at a terminal who asks what would become of an address has no
 * message to go with it.
 */
static bool has_message(const struct options *options)
{
	return options->mode == MODE_DELIVER || options->message_file != NULL ||
	    options->recipients_from_header || options->recipient_count == 0 ||
	    isatty(STDIN_FILENO) == 0;
}

static int open_input(const struct options *options, struct error *err)
{
	const char *path = options->message_file;
	struct stat status;
	int fd;

	if (path == NULL)
		return STDIN_FILENO;
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return fail(err, ERROR_NO_INPUT,
		    "the message file %s is a directory", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail_errno(err, ERROR_NO_INPUT,
		    "the message file %s cannot be read", path);
	return fd;
}

static int read_message(struct posting *posting, struct error *err)
{
	if (posting->input.read != NULL)
		return input_read(&posting->input, &posting->message, err);
	if (!has_message(posting->options))
		return 0;
	posting->input.fd = open_input(posting->options, err);
	if (posting->input.fd < 0)
		return -1;
	return input_read(&posting->input, &posting->message, err);
}

static int collect_recipients(struct posting *posting, struct error *err)
{
	bool is_from_header = posting->options->recipients_from_header;

	if (is_from_header &&
	    complete_recipients(&posting->message, posting->site.domain,
		&posting->recipients, err) < 0)
		return -1;
	strlist_drop_repeats(&posting->recipients);
	if (posting->recipients.count > 0)
		return 0;
	return fail(err, ERROR_USAGE,
	    is_from_header ?
		"there are no recipients: none in To, Cc or Bcc, none given" :
		"there are no recipients: give some, or -t to take those "
		"in the header");
}

int posting_read(struct posting *posting, const struct options *options,
    const struct settings *settings, const struct identity *identity,
    struct error *err)
{
	*posting = (struct posting){
	    .options = options,
	    .identity = identity,
	    .site = posting_site(settings, identity),
	    .message.body.fd = -1,
	    .input =
		{
		    .fd = -1,
		    .body_fd = -1,
		    .max_size = settings->max_size,
		    .make_file = posting->input.make_file,
		    .context = posting->input.context,
		    .read = posting->input.read,
		    .source = posting->input.source,
		    /* A file ends where it ends. */
		    .dot_ends =
			!options->dot_is_text && options->message_file == NULL,
		},
	};
	if (read_arguments(posting, err) < 0 || read_message(posting, err) < 0)
		return -1;
	return collect_recipients(posting, err);
}

void posting_free(struct posting *posting)
{
	input_close(&posting->input);
	if (posting->input.fd > STDERR_FILENO)
		(void)close(posting->input.fd);
	message_free(&posting->message);
	strlist_free(&posting->recipients);
}
