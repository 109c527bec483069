#include "options.h"

#include <string.h>

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
		const char name[] = {'-', *letters++};
		const struct option *option =
		    option_find((struct text){name, sizeof name}, err);
		const char *attached = NULL;

		if (option == NULL)
			return -1;
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

static int check(const struct options *options, struct error *err)
{
	if (!options->is_json || options->mode == MODE_EXPLAIN ||
	    options->mode == MODE_ADDRESS_TEST || options->mode == MODE_VERIFY)
		return 0;
	return fail(err, ERROR_USAGE,
	    "--json goes only with --explain, -bt and -bv; "
	    "see sendmail --help");
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
    "  -X FILE      write the session there, where allow_X = yes\n"
    "  -N WHEN      ask for reports: never, success,failure,delay\n"
    "  -oeq         print no reason for a failure\n"
    "  -bi          check the aliases file, as newaliases does\n"
    "  -bt          show what becomes of addresses, step by step\n"
    "  -bv          say whether the recipients are deliverable\n"
    "\n"
    "  --file FILE     read the message from a file\n"
    "  --profile NAME  use this profile of the configuration\n"
    "  --dry-run       print what would be sent, and send nothing\n"
    "  --explain       print what would happen, and why; send nothing\n"
    "  --json          print --explain, -bt and -bv as JSON\n"
    "  --check-config  report what is wrong with the configuration\n"
    "  --tls-info      show the certificate of the smarthost\n"
    "  --version, --help  print the version, or this text\n"
    "\n"
    "See sendmail(8) for all options, sendmail.conf(5) for the configuration.\n";
