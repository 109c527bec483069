#include "option.h"

#include <stddef.h>
#include <string.h>

#include "buf.h"
#include "entry.h"

static const char no_daemon[] =
    "this sendmail is no daemon and listens on no port; it has no";
static const char no_host_status[] =
    "this sendmail keeps no host status; it has no";
static const char no_internals[] =
    "this sendmail has neither queue groups nor drivers; it has no";
static const char no_batch_smtp[] =
    "this sendmail does not speak batch SMTP; it has no";

/*
 * How a mode is asked for.  Those of other sendmails are refused, because a
 * success that did nothing would be a lie.
 */
static const struct mode_row {
	const char *name;
	enum mode mode;
	const char *refusal;
} modes[] = {
    {"--check-config", MODE_CHECK_CONFIG, NULL},
    {"--dry-run", MODE_DRY_RUN, NULL},
    {"--explain", MODE_EXPLAIN, NULL},
    {"--help", MODE_HELP, NULL},
    {"--hold", MODE_QUEUE_EDIT, NULL},
    {"--release", MODE_QUEUE_EDIT, NULL},
    {"--remove", MODE_QUEUE_EDIT, NULL},
    {"--retry", MODE_QUEUE_EDIT, NULL},
    {"--tls-info", MODE_TLS_INFO, NULL},
    {"--version", MODE_VERSION, NULL},
    {"-I", MODE_ALIASES, NULL},
    {"-bD", MODE_DELIVER, no_daemon},
    {"-bH", MODE_DELIVER, no_host_status},
    {"-bP", MODE_DELIVER, no_internals},
    {"-bS", MODE_DELIVER, no_batch_smtp},
    {"-ba", MODE_DELIVER, NULL},
    {"-bd", MODE_LISTENER, NULL},
    {"-bh", MODE_DELIVER, no_host_status},
    {"-bi", MODE_ALIASES, NULL},
    {"-bl", MODE_DELIVER, no_daemon},
    {"-bm", MODE_DELIVER, NULL},
    {"-bp", MODE_QUEUE_LIST, NULL},
    {"-bs", MODE_SERVER, NULL},
    {"-bt", MODE_ADDRESS_TEST, NULL},
    {"-bv", MODE_VERIFY, NULL},
    {"-bw", MODE_DELIVER, no_daemon},
    {"-q", MODE_QUEUE_RUN, NULL},
    {"mailq", MODE_QUEUE_LIST, NULL},
    {"newaliases", MODE_ALIASES, NULL},
};

static const struct mode_row *find_mode(const char *name)
{
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (strcmp(name, modes[i].name) == 0)
			return &modes[i];
	return NULL;
}

static int set_mode(void *member, const char *value, struct error *err)
{
	struct options *options = member;
	const struct mode_row *row = find_mode(value);

	if (row == NULL)
		return option_refuse(err, "there is no operation mode",
		    text_of(value));
	if (row->refusal != NULL)
		return option_refuse(err, row->refusal, text_of(value));
	/* -bm asks for what happens anyway: it does not undo --dry-run. */
	if (row->mode == MODE_DELIVER)
		return 0;
	if (options->mode == MODE_QUEUE_EDIT)
		return option_refuse(err,
		    "what changes the queue is a mode of its own, which does "
		    "not go with",
		    text_of(value));
	options->mode = row->mode;
	options->mode_name = row->name;
	return 0;
}

static int set_operation(void *member, const char *value, struct error *err)
{
	struct buf name = {0};
	int result;

	buf_addf(&name, "-b%s", value);
	result = set_mode(member, buf_string(&name), err);
	buf_free(&name);
	return result;
}

/* With another mode it only selects: "mailq -qRx" lists what matches. */
static int run_queue(struct options *options, struct error *err)
{
	if (options->mode != MODE_DELIVER)
		return 0;
	return set_mode(options, "-q", err);
}

static int set_queue_run(void *member, const char *value, struct error *err)
{
	struct options *options = member;

	if (value != NULL && take_interval(&options->interval, value, err) < 0)
		return -1;
	return run_queue(options, err);
}

/* There is one queue, and nothing in it is lost or in quarantine. */
static int set_queue_group(void *member, const char *value, struct error *err)
{
	(void)value;
	return run_queue(member, err);
}

static int set_change(struct options *options, enum queue_change change,
    const char *id, struct error *err)
{
	static const char *const names[] = {
	    [CHANGE_HOLD] = "--hold",
	    [CHANGE_RELEASE] = "--release",
	    [CHANGE_REMOVE] = "--remove",
	    [CHANGE_RETRY] = "--retry",
	};
	bool is_alone = options->mode == MODE_DELIVER ||
	    options->mode == MODE_QUEUE_LIST || options->mode == MODE_QUEUE_RUN;

	if (!is_alone)
		return option_refuse(err,
		    "what changes the queue is asked for once and with no "
		    "other mode, so there can be no",
		    text_of(names[change]));
	if (!entry_is_id(text_of(id)))
		return option_refuse(err,
		    "the queue is changed by IDs as mailq shows them or ALL, "
		    "not by",
		    text_of(id));
	options->change = change;
	options->changed = id;
	return set_mode(options, names[change], err);
}

static int set_hold(void *member, const char *value, struct error *err)
{
	return set_change(member, CHANGE_HOLD, value, err);
}

static int set_release(void *member, const char *value, struct error *err)
{
	return set_change(member, CHANGE_RELEASE, value, err);
}

static int set_remove(void *member, const char *value, struct error *err)
{
	return set_change(member, CHANGE_REMOVE, value, err);
}

static int set_retry(void *member, const char *value, struct error *err)
{
	return set_change(member, CHANGE_RETRY, value, err);
}

/*
 * The few of Sendmail's settings that mean something here, by letter for -o
 * and by name for -O; and the place of our own socket.
 */
static const struct {
	char letter;
	const char *name;
	setter *set;
	size_t member;
} settings[] = {
    {'d', "DeliveryMode", take_delivery, offsetof(struct options, delivery)},
    {'e', "ErrorMode", take_quiet, offsetof(struct options, is_quiet)},
    {'i', "IgnoreDots", take_boolean, offsetof(struct options, dot_is_text)},
    {'X', NULL, take_socket, offsetof(struct options, socket)},
    {'\0', "RequireTLS", take_boolean,
	offsetof(struct options, request.requires_tls)},
};

static int set_by_letter(void *member, const char *value, struct error *err)
{
	if (value[0] == '\0')
		return 0;
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		void *target = (char *)member + settings[i].member;

		if (value[0] == settings[i].letter)
			return settings[i].set(target, value + 1, err);
	}
	return 0;
}

static int set_by_name(void *member, const char *value, struct error *err)
{
	size_t length = strcspn(value, "=");
	struct text name = {value, length};

	value += value[length] == '=' ? length + 1 : length;
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		void *target = (char *)member + settings[i].member;

		if (settings[i].name != NULL &&
		    text_is_nocase(name, settings[i].name))
			return settings[i].set(target, value, err);
	}
	return 0;
}

/* In the order of sendmail(8); the setters with offset 0 set several. */
static const struct option table[] = {
    {"--check-config", NO_VALUE, set_mode, 0},
    {"--dry-run", NO_VALUE, set_mode, 0},
    {"--explain", NO_VALUE, set_mode, 0},
    {"--file", A_VALUE, take_string, offsetof(struct options, message_file)},
    {"--help", NO_VALUE, set_mode, 0},
    {"--hold", A_VALUE, set_hold, 0},
    {"--json", NO_VALUE, take_boolean, offsetof(struct options, is_json)},
    {"--profile", A_VALUE, take_string, offsetof(struct options, profile)},
    {"--release", A_VALUE, set_release, 0},
    {"--remove", A_VALUE, set_remove, 0},
    {"--retry", A_VALUE, set_retry, 0},
    {"--tls-info", NO_VALUE, set_mode, 0},
    {"--version", NO_VALUE, set_mode, 0},
    {"-A", A_VALUE, NULL, 0},
    {"-B", A_VALUE, take_body, offsetof(struct options, request.body)},
    {"-C", A_VALUE, take_string, offsetof(struct options, config_file)},
    {"-D", A_VALUE, NULL, 0},
    {"-E", NO_VALUE, NULL, 0},
    {"-F", A_VALUE, take_string, offsetof(struct options, full_name)},
    {"-G", NO_VALUE, NULL, 0},
    {"-I", NO_VALUE, set_mode, 0},
    {"-J", NO_VALUE, NULL, 0},
    {"-L", A_VALUE, NULL, 0},
    {"-M", A_VALUE, NULL, 0},
    {"-N", A_VALUE, take_notify, offsetof(struct options, request.notify)},
    {"-O", A_VALUE, set_by_name, 0},
    {"-Q", ATTACHED_VALUE, NULL, 0},
    {"-R", A_VALUE, take_returns, offsetof(struct options, request.returns)},
    {"-T", NO_VALUE, NULL, 0},
    {"-U", NO_VALUE, NULL, 0},
    {"-V", A_VALUE, take_envelope_id,
	offsetof(struct options, request.envelope_id)},
    {"-X", A_VALUE, take_string, offsetof(struct options, transcript_file)},
    {"-b", A_VALUE, set_operation, 0},
    {"-c", NO_VALUE, NULL, 0},
    {"-d", ATTACHED_VALUE, NULL, 0},
    {"-e", A_VALUE, take_quiet, offsetof(struct options, is_quiet)},
    {"-f", A_VALUE, take_string, offsetof(struct options, sender)},
    {"-h", A_VALUE, take_hops, 0},
    {"-i", NO_VALUE, take_boolean, offsetof(struct options, dot_is_text)},
    {"-m", NO_VALUE, NULL, 0},
    {"-n", NO_VALUE, NULL, 0},
    {"-o", A_VALUE, set_by_letter, 0},
    {"-p", A_VALUE, NULL, 0},
    {"-q", ATTACHED_VALUE, set_queue_run, 0},
    {"-q!I", A_VALUE, take_other_part, offsetof(struct options, ids)},
    {"-q!R", A_VALUE, take_other_part,
	offsetof(struct options, queue_recipients)},
    {"-q!S", A_VALUE, take_other_part, offsetof(struct options, senders)},
    {"-qG", ATTACHED_VALUE, set_queue_group, 0},
    {"-qI", A_VALUE, take_part, offsetof(struct options, ids)},
    {"-qL", ATTACHED_VALUE, set_queue_group, 0},
    {"-qQ", ATTACHED_VALUE, set_queue_group, 0},
    {"-qR", A_VALUE, take_part, offsetof(struct options, queue_recipients)},
    {"-qS", A_VALUE, take_part, offsetof(struct options, senders)},
    {"-r", A_VALUE, take_string, offsetof(struct options, sender)},
    {"-s", NO_VALUE, NULL, 0},
    {"-t", NO_VALUE, take_boolean,
	offsetof(struct options, recipients_from_header)},
    {"-v", NO_VALUE, take_boolean, offsetof(struct options, is_verbose)},
    {"-x", NO_VALUE, NULL, 0},
};

enum { OPTION_COUNT = sizeof table / sizeof *table };

const char *option_name(size_t n)
{
	return n < OPTION_COUNT ? table[n].name : NULL;
}

const struct option *option_find(struct text name, struct error *err)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (text_is(name, table[i].name))
			return &table[i];
	(void)option_refuse(err, "there is no option", name);
	return NULL;
}

const struct option *option_find_short(const char *letters, struct error *err)
{
	const char name[] = {'-', letters[0]};
	const struct option *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const char *own = table[i].name + 1;
		size_t length = strlen(own);

		if (own[0] != '-' && length > longest &&
		    text_begins(text_of(letters), own)) {
			found = &table[i];
			longest = length;
		}
	}
	if (found == NULL)
		(void)option_refuse(err, "there is no option",
		    (struct text){name, sizeof name});
	return found;
}

int option_set(struct options *options, const struct option *option,
    const char *value, struct error *err)
{
	if (option->set == NULL)
		return 0;
	return option->set((char *)options + option->member, value, err);
}

int option_set_program(struct options *options, const char *name,
    struct error *err)
{
	if (name[0] == '-' || find_mode(name) == NULL)
		return 0;
	return set_mode(options, name, err);
}
