#include "submit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "complete.h"
#include "configure.h"
#include "file.h"
#include "input.h"
#include "log.h"
#include "mailbox.h"
#include "relay.h"

struct submission {
	const struct options *options;
	const struct settings *settings;
	const struct profile *profile;
	const struct identity *identity;
	const char *domain;   /* completes bare names */
	const char *hostname; /* of this host */
	struct buf sender;
	struct strlist recipients;
	struct message message;
	struct envelope envelope;
};

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

/* Each argument may hold a list. */
static int read_recipients(struct submission *submission, struct error *err)
{
	const struct options *options = submission->options;

	for (int i = 0; i < options->recipient_count; i++) {
		struct text rest = text_of(options->recipients[i]);

		if (check_argument("recipient", options->recipients[i], err) <
			0 ||
		    complete_add_recipients(rest, submission->domain,
			&submission->recipients, err) < 0)
			return -1;
	}
	return 0;
}

/* A sender that is empty or "<>" is the null sender (RFC 5321 4.5.5). */
static int write_sender(struct submission *submission, const char *given,
    struct error *err)
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
	return address_write(&submission->sender, box.spec, submission->domain,
	    err);
}

static int read_sender(struct submission *submission, struct error *err)
{
	const struct profile *profile = submission->profile;
	const char *given = submission->options->sender;

	if (given != NULL && !(profile->override_from && profile->from != NULL))
		return write_sender(submission, given, err);
	if (profile->from == NULL)
		return write_sender(submission, submission->identity->login,
		    err);
	if (write_sender(submission, profile->from, err) == 0)
		return 0;
	return fail_within(err, "from in profile %s: ", profile->name);
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

static int complete(struct submission *submission, struct error *err)
{
	const struct identity *identity = submission->identity;
	const char *full_name = submission->options->full_name;
	struct buf from = {0};
	struct stamp stamp = {
	    .id = identity->id,
	    .at = identity->start,
	    .uid = identity->uid,
	    .hostname = submission->hostname,
	    .domain = submission->domain,
	    .sender = buf_string(&submission->sender),
	    .full_name = full_name != NULL ? full_name : identity->full_name,
	};
	int result = 0;

	/* Nobody can answer the null sender: From is who runs this. */
	if (submission->sender.length == 0) {
		result = address_write(&from, text_of(identity->login),
		    submission->domain, err);
		stamp.sender = buf_string(&from);
	}
	if (result == 0)
		result = complete_message(&submission->message, &stamp, err);
	buf_free(&from);
	return result;
}

static int collect_recipients(struct submission *submission, struct error *err)
{
	if (submission->options->recipients_from_header &&
	    complete_recipients(&submission->message, submission->domain,
		&submission->recipients, err) < 0)
		return -1;
	strlist_drop_repeats(&submission->recipients);
	if (submission->recipients.count > 0)
		return 0;
	return fail(err, ERROR_USAGE,
	    submission->options->recipients_from_header ?
		"there are no recipients: none in To, Cc or Bcc, none given" :
		"there are no recipients: give some, or -t to take those "
		"in the header");
}

/* Everything up to a message that may travel; nothing has been sent yet. */
static int prepare(struct submission *submission, struct input *input,
    struct error *err)
{
	if (read_sender(submission, err) < 0 ||
	    read_recipients(submission, err) < 0 ||
	    input_read(input, &submission->message, err) < 0 ||
	    collect_recipients(submission, err) < 0 ||
	    complete(submission, err) < 0)
		return -1;
	envelope_set(&submission->envelope, buf_string(&submission->sender),
	    &submission->recipients);
	submission->envelope.request = submission->options->request;
	return 0;
}

/* Where the transcript goes when transcript is not set, see sendmail(8). */
static void add_default_transcript(struct buf *path,
    const struct identity *identity)
{
	if (identity->uid == 0) {
		buf_add_string(path,
		    LOCALSTATEDIR "/log/sendoff/transcript.log");
		return;
	}
	configure_add_path(path, identity, "XDG_STATE_HOME", ".local/state",
	    "sendoff/transcript.log");
	file_make_parents(buf_string(path));
}

static void relay(struct submission *submission, const struct config *config)
{
	const struct settings *settings = submission->settings;
	const struct options *options = submission->options;
	struct buf path = {0};
	struct relay relay = {
	    .config = config,
	    .profile = submission->profile,
	    .identity = submission->identity,
	    .hostname = submission->hostname,
	    .is_verbose = options->is_verbose,
	    .extra_transcript =
		settings->allow_X ? options->transcript_file : NULL,
	};

	if (settings->transcript != NULL)
		buf_add_string(&path, settings->transcript);
	else
		add_default_transcript(&path, submission->identity);
	if (strcmp(buf_string(&path), "none") != 0)
		relay.transcript = buf_string(&path);
	relay_message(&relay, &submission->envelope, &submission->message);
	buf_free(&path);
}

static int report(const struct submission *submission,
    struct strlist *sentences, struct error *err)
{
	const struct envelope *envelope = &submission->envelope;
	const struct error *worst = envelope_worst(envelope);

	for (size_t i = 0; i < envelope->count; i++)
		if (!envelope->recipients[i].is_accepted)
			strlist_addf(sentences, "%s",
			    envelope->recipients[i].error.text);
	strlist_drop_repeats(sentences);
	if (worst == NULL)
		return 0;
	*err = *worst;
	return -1;
}

static const char *first_of(const char *value, const char *otherwise)
{
	return value != NULL ? value : otherwise;
}

int submit_message(const struct options *options, const struct config *config,
    const struct identity *identity, struct strlist *sentences,
    struct error *err)
{
	const struct settings *settings = config_settings(config);
	struct submission submission = {
	    .options = options,
	    .settings = settings,
	    .profile = config_profile(config, options->profile, err),
	    .identity = identity,
	    .domain = first_of(settings->domain, identity->domain),
	    .hostname = first_of(settings->hostname, identity->hostname),
	};
	struct input input = {
	    .fd = -1,
	    .body_fd = -1,
	    .max_size = settings->max_size,
	    /* A file ends where it ends. */
	    .dot_ends = !options->dot_is_text && options->message_file == NULL,
	};
	int result = -1;

	if (submission.profile == NULL ||
	    (input.fd = open_input(options, err)) < 0 ||
	    prepare(&submission, &input, err) < 0) {
		strlist_addf(sentences, "%s", err->text);
		log_sentence(LEVEL_ERROR, identity->id, err->text);
	} else {
		relay(&submission, config);
		result = report(&submission, sentences, err);
	}
	input_close(&input);
	if (input.fd > STDERR_FILENO)
		(void)close(input.fd);
	envelope_free(&submission.envelope);
	message_free(&submission.message);
	strlist_free(&submission.recipients);
	buf_free(&submission.sender);
	return result;
}
