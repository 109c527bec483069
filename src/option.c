#include "option.h"

#include <stddef.h>
#include <string.h>

#include "buf.h"
#include "utf8.h"

enum {
	SHOWN_MAX = 80,        /* bytes of an argument in a sentence */
	ENVELOPE_ID_MAX = 100, /* bytes, RFC 3461 4.4 */
	HOPS_MAX = 1000000
};

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
    {"--tls-info", MODE_TLS_INFO, NULL},
    {"--version", MODE_VERSION, NULL},
    {"-I", MODE_ALIASES, NULL},
    {"-bD", MODE_DELIVER, no_daemon},
    {"-bH", MODE_DELIVER, no_host_status},
    {"-bP", MODE_DELIVER, no_internals},
    {"-bS", MODE_DELIVER, no_batch_smtp},
    {"-ba", MODE_DELIVER, NULL},
    {"-bd", MODE_DELIVER, no_daemon},
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

static const struct {
	const char *name;
	unsigned flag;
} notify_words[] = {
    {"delay", NOTIFY_DELAY},
    {"failure", NOTIFY_FAILURE},
    {"success", NOTIFY_SUCCESS},
};

int option_refuse(struct error *err, const char *why, struct text argument)
{
	struct buf shown = {0};

	utf8_add_visible(&shown, text_part(argument, 0, SHOWN_MAX));
	(void)fail(err, ERROR_USAGE, "%s \"%s\"; see sendmail --help", why,
	    buf_string(&shown));
	buf_free(&shown);
	return -1;
}

static int set_string(void *member, const char *value, struct error *err)
{
	const char **string = member;

	(void)err;
	*string = value;
	return 0;
}

/* True unless it is spelled out as no, false or 0. */
static int set_boolean(void *member, const char *value, struct error *err)
{
	bool *is_set = member;

	(void)err;
	*is_set = value[0] == '\0' || strchr("fFnN0", value[0]) == NULL;
	return 0;
}

static int set_quiet(void *member, const char *value, struct error *err)
{
	bool *is_quiet = member;

	(void)err;
	*is_quiet = value[0] == 'q';
	return 0;
}

static int set_body(void *member, const char *value, struct error *err)
{
	enum envelope_body *body = member;

	(void)err;
	if (text_is_nocase(text_of(value), "7BIT"))
		*body = BODY_7BIT;
	else if (text_is_nocase(text_of(value), "8BITMIME"))
		*body = BODY_8BITMIME;
	return 0;
}

static unsigned notify_flag(struct text word)
{
	for (size_t i = 0; i < sizeof notify_words / sizeof *notify_words; i++)
		if (text_is_nocase(word, notify_words[i].name))
			return notify_words[i].flag;
	return 0;
}

/* "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" ), RFC 3461 4.1; 0 if not. */
static unsigned notify_of(struct text list)
{
	unsigned notify = 0;
	struct text word;

	if (text_is_nocase(list, "never"))
		return NOTIFY_NEVER;
	while (text_split(&list, ',', &word)) {
		unsigned flag = notify_flag(word);

		if (flag == 0)
			return 0;
		notify |= flag;
	}
	return notify;
}

static int set_notify(void *member, const char *value, struct error *err)
{
	unsigned *notify = member;

	*notify = notify_of(text_of(value));
	if (*notify != 0)
		return 0;
	return option_refuse(err,
	    "-N takes never, or a list of success, failure and delay, not",
	    text_of(value));
}

static int set_returns(void *member, const char *value, struct error *err)
{
	enum envelope_return *returns = member;

	if (text_is_nocase(text_of(value), "full"))
		*returns = RETURN_FULL;
	else if (text_is_nocase(text_of(value), "hdrs"))
		*returns = RETURN_HEADERS;
	else
		return option_refuse(err, "-R takes full or hdrs, not",
		    text_of(value));
	return 0;
}

static bool is_envelope_id(struct text value)
{
	for (size_t i = 0; i < value.length; i++)
		if (byte_is_control(value.data[i]) ||
		    byte_is_8bit(value.data[i]))
			return false;
	return value.length > 0 && value.length <= ENVELOPE_ID_MAX;
}

static int set_envelope_id(void *member, const char *value, struct error *err)
{
	if (!is_envelope_id(text_of(value)))
		return option_refuse(err,
		    "-V takes 1 to 100 printable ASCII characters, not",
		    text_of(value));
	return set_string(member, value, err);
}

static int check_hops(void *member, const char *value, struct error *err)
{
	unsigned long long hops;

	(void)member;
	if (text_number(text_of(value), HOPS_MAX, &hops) < 0)
		return option_refuse(err, "-h takes a number of hops, not",
		    text_of(value));
	return 0;
}

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
static int set_queue_run(void *member, const char *value, struct error *err)
{
	const struct options *options = member;

	(void)value;
	if (options->mode != MODE_DELIVER)
		return 0;
	return set_mode(member, "-q", err);
}

/*
 * The few of Sendmail's settings that mean something here, by letter for -o
 * and by name for -O.
 */
static const struct {
	char letter;
	const char *name;
	setter *set;
	size_t member;
} settings[] = {
    {'e', "ErrorMode", set_quiet, offsetof(struct options, is_quiet)},
    {'i', "IgnoreDots", set_boolean, offsetof(struct options, dot_is_text)},
    {'\0', "RequireTLS", set_boolean,
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

		if (text_is_nocase(name, settings[i].name))
			return settings[i].set(target, value, err);
	}
	return 0;
}

/* In the order of sendmail(8); the setters with offset 0 set several. */
static const struct option table[] = {
    {"--check-config", NO_VALUE, set_mode, 0},
    {"--dry-run", NO_VALUE, set_mode, 0},
    {"--explain", NO_VALUE, set_mode, 0},
    {"--file", A_VALUE, set_string, offsetof(struct options, message_file)},
    {"--help", NO_VALUE, set_mode, 0},
    {"--json", NO_VALUE, set_boolean, offsetof(struct options, is_json)},
    {"--profile", A_VALUE, set_string, offsetof(struct options, profile)},
    {"--tls-info", NO_VALUE, set_mode, 0},
    {"--version", NO_VALUE, set_mode, 0},
    {"-A", A_VALUE, NULL, 0},
    {"-B", A_VALUE, set_body, offsetof(struct options, request.body)},
    {"-C", A_VALUE, set_string, offsetof(struct options, config_file)},
    {"-D", A_VALUE, NULL, 0},
    {"-E", NO_VALUE, NULL, 0},
    {"-F", A_VALUE, set_string, offsetof(struct options, full_name)},
    {"-G", NO_VALUE, NULL, 0},
    {"-I", NO_VALUE, set_mode, 0},
    {"-J", NO_VALUE, NULL, 0},
    {"-L", A_VALUE, NULL, 0},
    {"-M", A_VALUE, NULL, 0},
    {"-N", A_VALUE, set_notify, offsetof(struct options, request.notify)},
    {"-O", A_VALUE, set_by_name, 0},
    {"-Q", ATTACHED_VALUE, NULL, 0},
    {"-R", A_VALUE, set_returns, offsetof(struct options, request.returns)},
    {"-T", NO_VALUE, NULL, 0},
    {"-U", NO_VALUE, NULL, 0},
    {"-V", A_VALUE, set_envelope_id,
	offsetof(struct options, request.envelope_id)},
    {"-X", A_VALUE, set_string, offsetof(struct options, transcript_file)},
    {"-b", A_VALUE, set_operation, 0},
    {"-c", NO_VALUE, NULL, 0},
    {"-d", ATTACHED_VALUE, NULL, 0},
    {"-e", A_VALUE, set_quiet, offsetof(struct options, is_quiet)},
    {"-f", A_VALUE, set_string, offsetof(struct options, sender)},
    {"-h", A_VALUE, check_hops, 0},
    {"-i", NO_VALUE, set_boolean, offsetof(struct options, dot_is_text)},
    {"-m", NO_VALUE, NULL, 0},
    {"-n", NO_VALUE, NULL, 0},
    {"-o", A_VALUE, set_by_letter, 0},
    {"-p", A_VALUE, NULL, 0},
    {"-q", ATTACHED_VALUE, set_queue_run, 0},
    {"-r", A_VALUE, set_string, offsetof(struct options, sender)},
    {"-s", NO_VALUE, NULL, 0},
    {"-t", NO_VALUE, set_boolean,
	offsetof(struct options, recipients_from_header)},
    {"-v", NO_VALUE, set_boolean, offsetof(struct options, is_verbose)},
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
	return find_mode(name) != NULL ? set_mode(options, name, err) : 0;
}
