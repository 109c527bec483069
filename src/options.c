#include "options.h"

#include <string.h>

#include "entry.h"
#include "selection.h"

/*
 * Not getopt(3): glibc's also takes options from behind the recipients, keeps
 * its place in global variables, and prints by itself.
 */

/* What is left of argv. */
struct arguments {
	char **next;
	char **end;
};

/* Attached is NULL where nothing was; what is not taken stays in rest. */
static int apply(struct options *options, const struct option *option,
    const char *attached, struct arguments *rest, struct error *err)
{
	const char *value = attached;

	if (option->argument == NO_VALUE)
		value = option->name;
	else if (option->argument == A_VALUE && value == NULL) {
		if (rest->next == rest->end)
			return option_refuse(err, "a value is missing after",
			    text_of(option->name));
		value = *rest->next++;
	}
	return option_set(options, option, value, err);
}

static int parse_long(struct options *options, const char *argument,
    struct arguments *rest, struct error *err)
{
	size_t length = strcspn(argument, "=");
	const char *value =
	    argument[length] == '=' ? argument + length + 1 : NULL;
	const struct option *option =
	    option_find((struct text){argument, length}, err);

	if (option == NULL)
		return -1;
	if (option->argument == NO_VALUE && value != NULL)
		return option_refuse(err, "no value may stand in",
		    text_of(argument));
	return apply(options, option, value, rest, err);
}

static int parse_cluster(struct options *options, const char *letters,
    struct arguments *rest, struct error *err)
{
	while (*letters != '\0') {
		const struct option *option = option_find_short(letters, err);
		const char *attached = NULL;

		if (option == NULL)
			return -1;
		letters += strlen(option->name) - 1;
		if (option->argument != NO_VALUE && *letters != '\0') {
			attached = letters;
			letters += strlen(letters);
		}
		if (apply(options, option, attached, rest, err) < 0)
			return -1;
	}
	return 0;
}

static int parse_options(struct options *options, struct arguments *rest,
    struct error *err)
{
	while (rest->next < rest->end) {
		const char *argument = *rest->next;
		int result;

		/* A lone "-" is an argument (POSIX XBD 12.2). */
		if (argument[0] != '-' || argument[1] == '\0')
			break;
		rest->next++;
		if (strcmp(argument, "--") == 0)
			break;
		result = argument[1] == '-' ?
		    parse_long(options, argument, rest, err) :
		    parse_cluster(options, argument + 1, rest, err);
		if (result < 0)
			return -1;
	}
	return 0;
}

static int parse_program(struct options *options, const char *path,
    struct error *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	return option_set_program(options, name, err);
}

/* -qI and its like ask for a run where nothing else was asked for. */
static void complete(struct options *options)
{
	if (selection_is_set(options) && options->mode == MODE_DELIVER) {
		options->mode = MODE_QUEUE_RUN;
		options->mode_name = "-q";
	}
}

static int check_arguments(const struct options *options, struct error *err)
{
	for (int i = 0; i < options->recipient_count; i++) {
		struct text argument = text_of(options->recipients[i]);

		if (options->mode == MODE_QUEUE_RUN)
			return option_refuse(err,
			    "an interval is attached to -q, as in -q5m, which "
			    "takes no argument such as",
			    argument);
		if (options->mode == MODE_QUEUE_LIST)
			return option_refuse(err,
			    "the whole queue is listed, or a part with -qI, "
			    "-qR or -qS; no argument is taken such as",
			    argument);
		if (options->mode == MODE_QUEUE_EDIT && !entry_is_id(argument))
			return option_refuse(err,
			    "the queue is changed by IDs as mailq shows them "
			    "or ALL, not by",
			    argument);
	}
	return 0;
}

static int check(const struct options *options, struct error *err)
{
	bool has_json = options->mode == MODE_EXPLAIN ||
	    options->mode == MODE_ADDRESS_TEST ||
	    options->mode == MODE_VERIFY || options->mode == MODE_QUEUE_LIST;

	if (options->mode == MODE_LISTENER && options->socket == NULL)
		return fail(err, ERROR_USAGE,
		    "this sendmail is no daemon and listens on no port, only "
		    "on a socket that -bd -oX=PATH names; see sendmail --help");
	if (options->is_json && !has_json)
		return fail(err, ERROR_USAGE,
		    "--json goes only with --explain, -bt, -bv and mailq; "
		    "see sendmail --help");
	return check_arguments(options, err);
}

int options_parse(struct options *options, int argc, char **argv,
    struct error *err)
{
	struct arguments rest = {argv, argv + argc};

	*options = (struct options){.mode_name = "-bm"};
	if (argc > 0 && parse_program(options, *rest.next++, err) < 0)
		return -1;
	if (parse_options(options, &rest, err) < 0)
		return -1;
	options->recipients = rest.next;
	options->recipient_count = (int)(rest.end - rest.next);
	complete(options);
	return check(options, err);
}

const char options_help[] =
    "usage: sendmail [options] [recipient ...] < message\n"
    "\n"
    "  -t           take recipients from To, Cc and Bcc as well\n"
    "  -i           a line with only a dot does not end the message\n"
    "  -f ADDRESS   envelope sender, where failure reports go\n"
    "  -F NAME      full name for a From field that is added\n"
    "  -v           show the session on standard error\n"
    "  -C FILE      use this configuration file\n"
    "  -odb, -odq   queue it: deliver in the background, with the next run\n"
    "  -bi -bt -bv  check aliases, show what rules do, verify recipients\n"
    "  -bp          list the queue, as mailq does\n"
    "  -bs          speak SMTP with the caller; at a socket: -bd -oX=PATH\n"
    "  -q, -q5m     deliver what is queued: once, every five minutes\n"
    "  -qI -qR -qS  only what has this part in ID, a recipient, the sender\n"
    "\n"
    "  --file FILE     read the message from a file\n"
    "  --profile NAME  use this profile of the configuration\n"
    "  --hold, --release, --retry, --remove ID ...  change the queue; or ALL\n"
    "  --dry-run, --explain  print what would be sent, or why; send nothing\n"
    "  --json          print --explain, -bt, -bv or the queue as JSON\n"
    "  --check-config  report what is wrong with the configuration\n"
    "  --tls-info      show the certificate of the smarthost\n"
    "  --version, --help  print the version, or this text\n"
    "\n"
    "See sendmail(8) for all options, sendmail.conf(5) for the configuration.\n";
