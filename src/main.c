#include <stdio.h>
#include <unistd.h>

#include "config.h"
#include "configure.h"
#include "error.h"
#include "file.h"
#include "harden.h"
#include "identity.h"
#include "log.h"
#include "options.h"
#include "submit.h"
#include "utf8.h"

static const char system_file[] = SYSCONFDIR "/sendmail.conf";

enum { DRAIN_MS = 10 * 1000 };

/* A line for each. */
static void print_sentences(FILE *file, const char *prefix,
    const struct strlist *sentences)
{
	for (size_t i = 0; i < sentences->count; i++) {
		struct buf line = {0};

		utf8_add_visible(&line, text_of(sentences->items[i]));
		(void)fprintf(file, "%s%s\n", prefix, buf_string(&line));
		buf_free(&line);
	}
}

static int finish(const struct options *options,
    const struct strlist *sentences, const struct error *err)
{
	if (!options->is_quiet)
		print_sentences(stderr, "sendmail: ", sentences);
	return error_exit_code(err->kind);
}

/*
 * A caller that writes into a pipe must see the exit code, not SIGPIPE.  In the
 * other modes nobody writes, or not before an answer.
 */
static void drain(const struct options *options)
{
	if (options->mode == MODE_DELIVER && options->message_file == NULL)
		file_drain(STDIN_FILENO, DRAIN_MS);
}

static int deliver(const struct options *options, const struct config *config,
    const struct identity *identity)
{
	struct strlist sentences = {0};
	struct error err = {0};
	int code;

	(void)submit_message(options, config, identity, &sentences, &err);
	/* After success, too: there may be more behind a lone dot. */
	drain(options);
	code = finish(options, &sentences, &err);
	strlist_free(&sentences);
	return code;
}

static int check_config(const struct findings *findings)
{
	print_sentences(stdout, "", &findings->problems);
	print_sentences(stdout, "warning: ", &findings->warnings);
	return error_exit_code(findings->problems.count > 0 ? ERROR_CONFIG :
							      ERROR_NONE);
}

static void log_warnings(const struct strlist *warnings, const char *id)
{
	for (size_t i = 0; i < warnings->count; i++)
		log_sentence(LEVEL_WARNING, id, warnings->items[i]);
}

/* The modes that need a configuration. */
static int run_configured(const struct options *options,
    const struct identity *identity)
{
	struct config *config = config_new();
	struct findings findings = {0};
	struct error err = {0};
	int result =
	    configure(config, options, identity, system_file, &findings, &err);
	int code;

	log_open(config_settings(config));
	if (options->mode == MODE_CHECK_CONFIG) {
		/* Well-formed is not enough: something must be sent with it. */
		if (result == 0 &&
		    config_profile(config, options->profile, &err) == NULL)
			strlist_add(&findings.problems, text_of(err.text));
		code = check_config(&findings);
	} else if (result < 0) {
		log_sentence(LEVEL_ERROR, identity->id, err.text);
		drain(options);
		code = finish(options, &findings.problems, &err);
	} else {
		log_warnings(&findings.warnings, identity->id);
		code = deliver(options, config, identity);
	}
	log_close();
	findings_free(&findings);
	config_free(config);
	return code;
}

static int fail_alone(const struct options *options, const struct error *err)
{
	struct strlist sentences = {0};
	int code;

	drain(options);
	strlist_addf(&sentences, "%s", err->text);
	code = finish(options, &sentences, err);
	strlist_free(&sentences);
	return code;
}

static int run(const struct options *options)
{
	struct identity identity = {0};
	struct error err = {0};
	int code;

	if (options->mode == MODE_VERSION) {
		(void)printf("sendmail (sendoff) %s\n", VERSION);
		return error_exit_code(ERROR_NONE);
	}
	if (options->mode == MODE_HELP) {
		(void)fputs(options_help, stdout);
		return error_exit_code(ERROR_NONE);
	}
	if (options->mode != MODE_DELIVER &&
	    options->mode != MODE_CHECK_CONFIG) {
		(void)fail(&err, ERROR_NO_MODE,
		    "%s is not part of this version, which delivers at once "
		    "and keeps no queue; nothing was done",
		    options->mode_name);
		return fail_alone(options, &err);
	}
	if (identity_find(&identity, &err) < 0)
		return fail_alone(options, &err);
	code = run_configured(options, &identity);
	identity_free(&identity);
	return code;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct error err = {0};

	if (harden_process(&err) < 0 ||
	    options_parse(&options, argc, argv, &err) < 0) {
		options = (struct options){0};
		return fail_alone(&options, &err);
	}
	return run(&options);
}
